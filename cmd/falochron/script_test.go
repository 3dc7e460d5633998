package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestScripts(t *testing.T) {
	t.Parallel()
	old, err := filepath.Abs("../../internal/store/testdata/format-1.backup")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("OLD_BACKUP", old)
			e.Values[castKey{}] = &cast{shops: map[string]*testShop{}, programs: map[string]*program{}, pending: map[string]chan string{}}
			// Eight in the evening of Warsaw, in ten days: plans lie ahead.
			warsaw, err := time.LoadLocation("Europe/Warsaw")
			if err != nil {
				return err
			}
			y, m, d := time.Now().In(warsaw).Date()
			e.Setenv("IN_TEN_DAYS", time.Date(y, m, d+10, 20, 0, 0, 0, warsaw).Format(time.RFC3339))
			e.Setenv("THAT_DAY", time.Date(y, m, d+10, 20, 0, 0, 0, warsaw).Format("2006-01-02"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "occupy": occupy, "address": scriptAddress, "fill": fill,
			"shop": scriptShop, "held": held, "release": release,
			"serve": scriptServe, "signal": scriptSignal, "says": says, "ends": ends,
			"receiver": scriptReceiver,
			"ask":      scriptAsk, "later": later, "answered": answered, "certificate": certificate,
		},
	})
}

// cast is who plays in one script.
type cast struct {
	shops    map[string]*testShop
	programs map[string]*program
	pending  map[string]chan string
}

type castKey struct{}

func castOf(ts *testscript.TestScript) *cast { return ts.Value(castKey{}).(*cast) }

func need(ts *testscript.TestScript, neg bool, args []string, n int, usage string) {
	if neg || len(args) < n {
		ts.Fatalf("usage: %s", usage)
	}
}

// exits CODE PROGRAM ARG... runs a program and compares its exit code; stdout
// and stderr can be checked afterwards as after exec.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "exits CODE PROGRAM ARG...")
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// occupy VARIABLE listens on a loopback port until the script ends and puts its
// address into the variable.
func occupy(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "occupy VARIABLE")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv(args[0], l.Addr().String())
}

// address VARIABLE is a loopback address where nobody listens (yet).
func scriptAddress(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "address VARIABLE")
	ts.Setenv(args[0], (&house{ports: map[string]bool{}}).port())
}

// fill FILE... puts the variables into the files.
func fill(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "fill FILE...")
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// shop NAME [ADDRESS] opens a shop and puts its URL into the variable NAME.
func scriptShop(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "shop NAME [ADDRESS]")
	var l net.Listener
	if len(args) > 1 {
		var err error
		l, err = net.Listen("tcp", args[1])
		ts.Check(err)
	}
	s := newShop(l, args[0])
	ts.Defer(s.end)
	castOf(ts).shops[args[0]] = s
	ts.Setenv(args[0], s.URL)
}

// held SHOP waits until the shop holds a request.
func held(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "held SHOP")
	select {
	case <-castOf(ts).shops[args[0]].held:
	case <-time.After(patience):
		ts.Fatalf("no request came")
	}
}

// release SHOP lets the requests go that the shop holds.
func release(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "release SHOP")
	castOf(ts).shops[args[0]].release()
}

// serve NAME ARG... starts falochron run ARG... on ports of its own and waits
// until it is there: its URL is then in NAME, the operators' address in
// NAME_ADMIN.
func scriptServe(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "serve NAME ARG...")
	flags := []string{"run", "--listen", "127.0.0.1:0"}
	if indexOf(args, "--admin") < 0 {
		flags = append(flags, "--admin", "127.0.0.1:0")
	}
	p := launch(ts.Fatalf, ts.MkAbs("."), append(flags, args[1:]...)...)
	ts.Defer(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		ts.Logf("%s said:\n%s%s", args[0], p.out.String(), p.err.String())
		if said := p.err.String(); strings.Contains(said, "DATA RACE") || strings.Contains(said, "panic") {
			ts.Fatalf("a race or a panic")
		}
	})
	p.ready()
	castOf(ts).programs[args[0]] = p
	ts.Setenv(args[0], p.url)
	ts.Setenv(args[0]+"_ADMIN", p.admin)
}

// signal NAME HUP|TERM|INT|KILL
func scriptSignal(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "signal NAME HUP|TERM|INT|KILL")
	s := map[string]syscall.Signal{"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL}[args[1]]
	castOf(ts).programs[args[0]].signal(s)
}

// says NAME WORDS waits for words on standard output or, with -log, in the log;
// after those waited for before.
func says(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "says [-log] NAME WORDS")
	if args[0] == "-log" {
		castOf(ts).programs[args[1]].logs(args[2])
		return
	}
	castOf(ts).programs[args[0]].until(args[1])
}

// ends NAME CODE waits for the end; the code of a signal is its name.
func ends(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "ends NAME CODE")
	p := castOf(ts).programs[args[0]]
	got := strconv.Itoa(p.end())
	if w, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		got = w.Signal().String()
	}
	if got != args[1] {
		ts.Fatalf("it ended with %s, want %s", got, args[1])
	}
}

// question is a request of a script.
type question struct {
	h2, h2c, page, until         bool
	host, proxy, token, id, post string
	cert                         string
	fields                       []string
}

func (q *question) parse(ts *testscript.TestScript, args []string) []string {
	f := flag.NewFlagSet("ask", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.BoolVar(&q.h2, "h2", false, "HTTP/2 over TLS only")
	f.BoolVar(&q.h2c, "h2c", false, "HTTP/2 without TLS")
	f.BoolVar(&q.page, "page", false, "as a browser's navigation")
	f.BoolVar(&q.until, "until", false, "again until the status is right")
	f.StringVar(&q.cert, "until-certificate", "", "again until the server shows this certificate")
	f.StringVar(&q.host, "host", "", "Host")
	f.StringVar(&q.proxy, "proxy", "", "PROXY header: the client's address")
	f.StringVar(&q.token, "token", "", "file of the token")
	f.StringVar(&q.id, "id", "", "variable for the request id")
	f.StringVar(&q.post, "post", "", "POST this JSON")
	f.Func("H", "header field", func(s string) error { q.fields = append(q.fields, s); return nil })
	ts.Check(f.Parse(args))
	return f.Args()
}

// client never keeps a connection: each question is a new visitor's.
func (q *question) client() *http.Client {
	tr := &http.Transport{DisableKeepAlives: true, Protocols: new(http.Protocols), TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	tr.Protocols.SetHTTP1(!q.h2 && !q.h2c)
	tr.Protocols.SetHTTP2(q.h2)
	tr.Protocols.SetUnencryptedHTTP2(q.h2c)
	tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err == nil && q.proxy != "" {
			_, err = fmt.Fprintf(c, "PROXY TCP4 %s 127.0.0.1 4711 80\r\n", q.proxy)
		}
		return c, err
	}
	return &http.Client{Transport: tr, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// put asks once and returns status and the answer as text: status line, header
// fields in order, body, and the certificate's name.
func (q *question) put(ts *testscript.TestScript, url string) (status, text string, err error) {
	method := http.MethodGet
	if q.post != "" {
		method = http.MethodPost
	}
	req, err := http.NewRequest(method, url, strings.NewReader(q.post))
	if err != nil {
		return "", "", err
	}
	if q.page {
		req.Header.Set("Accept", "text/html")
	}
	if q.post != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.token != "" {
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(ts.ReadFile(q.token)))
	}
	for _, f := range q.fields {
		k, v, _ := strings.Cut(f, ": ")
		req.Header.Set(k, v)
	}
	req.Host = q.host
	c := q.client()
	defer c.CloseIdleConnections()
	resp, err := c.Do(req)
	if err != nil {
		return "fails", err.Error() + "\n", nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "fails", err.Error() + "\n", nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", resp.Proto, resp.Status)
	for _, k := range slices.Sorted(maps.Keys(resp.Header)) {
		for _, v := range resp.Header[k] {
			fmt.Fprintf(&b, "%s: %s\n", k, v)
		}
	}
	if resp.TLS != nil {
		fmt.Fprintf(&b, "certificate: %s\n", resp.TLS.PeerCertificates[0].Subject.CommonName)
	}
	if q.id != "" {
		ts.Setenv(q.id, resp.Header.Get("X-Request-Id"))
	}
	fmt.Fprintf(&b, "\n%s\n", body)
	return strconv.Itoa(resp.StatusCode), b.String(), nil
}

// ask [flags] STATUS URL asks and compares the status, or "fails" for no answer
// (400|fails: either); the answer is then in stdout. With -until it asks again
// until it is so.
func scriptAsk(ts *testscript.TestScript, neg bool, args []string) {
	var q question
	rest := q.parse(ts, args)
	need(ts, neg, rest, 2, "ask [flags] STATUS URL")
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		status, text, err := q.put(ts, rest[1])
		ts.Check(err)
		right := slices.Contains(strings.Split(rest[0], "|"), status)
		wrong := !right && q.until || q.cert != "" && !strings.Contains(text, "\ncertificate: "+q.cert+"\n")
		if wrong && time.Now().Before(end) {
			continue
		}
		_, _ = io.WriteString(ts.Stdout(), text)
		if !right {
			ts.Fatalf("status %s, want %s:\n%s", status, rest[0], text)
		}
		return
	}
}

// later NAME [flags] URL asks without waiting for the answer.
func later(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "later NAME [flags] URL")
	var q question
	rest := q.parse(ts, args[1:])
	ch := make(chan string, 1)
	castOf(ts).pending[args[0]] = ch
	go func() {
		status, text, err := q.put(ts, rest[0])
		ch <- fmt.Sprint(status, " ", text, err)
	}()
}

// answered NAME waits for the answer to a later, which is then in stdout.
func answered(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "answered NAME")
	select {
	case text := <-castOf(ts).pending[args[0]]:
		_, _ = io.WriteString(ts.Stdout(), text)
	case <-time.After(patience):
		ts.Fatalf("no answer")
	}
}

// certificate NAME [FILES] writes FILES.crt and FILES.key for 127.0.0.1, called
// NAME.
func certificate(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "certificate NAME FILES")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	ts.Check(err)
	tmpl := &x509.Certificate{SerialNumber: serial, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour)}
	tmpl.Subject.CommonName = args[0]
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	ts.Check(err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]+".crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]+".key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))
}
