package toyshop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/websocket"

	"github.com/falochron/falochron"
)

// A running shop on loopback, as the command runs it.
type running struct {
	shop, backstage string // URLs
	log             *syncBuffer
	stop            func() error
}

func run(t *testing.T, cfg Config) *running {
	t.Helper()
	front, back := loopback(t), loopback(t)
	r := &running{"http://" + front.Addr().String(), "http://" + back.Addr().String(), &syncBuffer{}, nil}
	cfg.Log = slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- s.Run(ctx, front, back) }()
	r.stop = sync.OnceValue(func() error {
		cancel()
		return <-over
	})
	t.Cleanup(func() { r.stop() })
	return r
}

func loopback(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (r *running) stats(t *testing.T, query string) (st Stats) {
	t.Helper()
	res, err := http.Get(r.backstage + "/stats" + query)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&st); err != nil {
		t.Fatal(err)
	}
	return st
}

// TestJourney walks a buyer through a real shop: tap, look, cart, order, notice
// of the payment through the public address, thank-you page, and all of it
// again after a restart.
func TestJourney(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	world, told := publicWorld(t)
	data := t.TempDir()
	r := run(t, Config{Data: data, Pace: 0.001, PublicURL: world.url, Stock: 3, Seed: 7})
	world.lead(t, r.shop)

	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar}
	see := func(path string) string {
		t.Helper()
		res, err := browser.Get(r.shop + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return want(t, res, 200)
	}
	press := func(path string, form url.Values) string {
		t.Helper()
		res, err := browser.PostForm(r.shop+path, form)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.Request.URL.RequestURI() + "\n" + want(t, res, 200)
	}
	if !strings.Contains(see("/?igsh=abc"), `href="/produkt/pomadka-bursztyn"`) {
		t.Error("home does not lead to the article")
	}
	if page := see("/produkt/pomadka-bursztyn"); !strings.Contains(page, `id="add-form"`) || !strings.Contains(page, `id="add-fetch"`) || !strings.Contains(page, `id="add-xhr"`) {
		t.Error("a button is missing")
	}
	cart := press("/koszyk/dodaj", url.Values{"product": {"pomadka-bursztyn"}, "qty": {"2"}})
	if !strings.HasPrefix(cart, "/koszyk\n") || !strings.Contains(cart, `data-item="pomadka-bursztyn"`) {
		t.Errorf("cart: %s", cart)
	}
	if !strings.Contains(see("/zamowienie"), `name="blik"`) {
		t.Error("no checkout form")
	}
	done := press("/zamowienie", url.Values{"name": {"Ola Fala"}, "email": {"ola.fala@example.com"}, "blik": {"123456"}})
	if !strings.HasPrefix(done, "/zamowienie/dziekujemy?nr=1\n") || !strings.Contains(done, `data-order="1" data-paid="false"`) {
		t.Errorf("thank-you page: %s", done)
	}
	<-told
	if page := see("/zamowienie/dziekujemy?nr=1"); !strings.Contains(page, `data-paid="true"`) {
		t.Error("the order is not paid after the notice")
	}

	st := r.stats(t, "?charges=1")
	if st.Orders != 1 || st.Paid != 1 || st.Served["order"] != 1 || len(st.Charges) != 1 || st.Charges[0].Email != "ola.fala@example.com" {
		t.Errorf("stats %+v", st)
	}
	if st := r.stats(t, ""); st.Charges != nil {
		t.Error("charges told without being asked for")
	}
	browser.CloseIdleConnections()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if log := r.log.String(); strings.Contains(log, "@") || strings.Contains(log, "Ola") || !strings.Contains(log, "toy shop open") {
		t.Errorf("log: %s", log)
	}

	again := run(t, Config{Data: data, Pace: 0.001, Stock: 500})
	if st := again.stats(t, ""); st.Orders != 1 || st.Paid != 1 {
		t.Errorf("after a restart: %+v", st)
	}
}

// world is a public address for a shop whose own is not known yet: what stands
// before it.
type world struct {
	url   string
	mu    sync.Mutex
	proxy http.Handler
}

// publicWorld also returns a channel that says when a notice has been answered.
func publicWorld(t *testing.T) (*world, <-chan bool) {
	w, told := &world{}, make(chan bool, 16)
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		proxy := w.proxy
		w.mu.Unlock()
		proxy.ServeHTTP(rw, r)
		told <- true
	}))
	t.Cleanup(srv.Close)
	w.url = srv.URL
	return w, told
}

func (w *world) lead(t *testing.T, shop string) {
	u, err := url.Parse(shop)
	if err != nil {
		t.Fatal(err)
	}
	p := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }, Transport: &http.Transport{DisableKeepAlives: true}}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.proxy = p
}

// What was charged and not confirmed when the shop stopped is told after its
// return, to an address that need not be the same.
func TestNoticesSurviveARestart(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	data := t.TempDir()
	dead := loopback(t)
	dead.Close()
	s, err := New(Config{Data: data, Pace: 0.001, PublicURL: "http://" + dead.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	st := &stage{T: t, Shop: s, handler: s.Handler()}
	f := &fan{s: st}
	f.add("swieca-molo")
	want(t, f.order("ola@example.com"), 303)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	world, told := publicWorld(t)
	r := run(t, Config{Data: data, Pace: 0.001, PublicURL: world.url})
	world.lead(t, r.shop)
	<-told
	if st := r.stats(t, ""); st.Orders != 1 || st.Paid != 1 {
		t.Errorf("%+v", st)
	}
}

func TestBackstage(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	r := run(t, Config{Data: InMemory, Pace: 0.001, Stock: 4})
	post := func(path string, status int) string {
		t.Helper()
		res, err := http.Post(r.backstage+path, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return want(t, res, status)
	}
	post("/pace?x=3", 200)
	if st := r.stats(t, ""); st.Pace != 3 {
		t.Errorf("pace %v", st.Pace)
	}
	for _, x := range []string{"", "0", "-1", "NaN", "Inf", "101", "fast"} {
		if b := post("/pace?x="+x, 400); !strings.Contains(b, "hint") {
			t.Error(b)
		}
	}
	post("/pace?x=0.001", 200)
	post("/stock?product=swieca-molo&n=0", 200)
	post("/stock?n=7", 200)
	post("/stock?product=nie-ma&n=7", 404)
	post("/stock?product=swieca-molo&n=-1", 400)

	// None of it is to be had at the shop.
	res, err := http.Get(r.shop + "/stats")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	want(t, res, 404)
}

func TestBackstageStaysAtHome(t *testing.T) {
	s, err := New(Config{Data: InMemory})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Run(t.Context(), loopback(t), openTo{loopback(t)})
	if falochron.KindOf(err) != falochron.Denied || falochron.HintOf(err) == "" {
		t.Errorf("backstage for everybody: %v", err)
	}
}

type openTo struct{ net.Listener }

func (openTo) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero, Port: 80} }

func TestChat(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	r := run(t, Config{Data: InMemory})
	ws, err := websocket.Dial("ws"+strings.TrimPrefix(r.shop, "http")+"/czat", "", r.shop)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	for _, text := range []string{"Czy pomadka jest wegańska?", strings.Repeat("fala ", 5000)} {
		var got string
		if err := websocket.Message.Send(ws, text); err != nil {
			t.Fatal(err)
		}
		if err := websocket.Message.Receive(ws, &got); err != nil || got != text {
			t.Errorf("%d bytes came back as %d, %v", len(text), len(got), err)
		}
	}
	res, err := http.Get(r.shop + "/czat")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	want(t, res, http.StatusUpgradeRequired)
	// A shop that stops hangs up.
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(ws); err != nil {
		t.Logf("hung up: %v", err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		cfg  Config
		kind falochron.Kind
	}{
		"no folder":          {Config{}, falochron.Invalid},
		"folder is a file":   {Config{Data: file}, falochron.Unavailable},
		"negative workers":   {Config{Data: InMemory, Workers: -1}, falochron.Invalid},
		"too many workers":   {Config{Data: InMemory, Workers: MaxWorkers + 1}, falochron.Invalid},
		"too much backlog":   {Config{Data: InMemory, Backlog: MaxBacklog + 1}, falochron.Invalid},
		"standing still":     {Config{Data: InMemory, Pace: -1}, falochron.Invalid},
		"public path":        {Config{Data: InMemory, PublicURL: "http://a/b"}, falochron.Invalid},
		"public without all": {Config{Data: InMemory, PublicURL: "shop.example"}, falochron.Invalid},
		"endless stock":      {Config{Data: InMemory, Stock: MaxStock + 1}, falochron.Invalid},
	} {
		if s, err := New(test.cfg); err == nil {
			s.Close()
			t.Errorf("%s: accepted", name)
		} else if falochron.KindOf(err) != test.kind || falochron.HintOf(err) == "" {
			t.Errorf("%s: %v, kind %v, hint %q", name, err, falochron.KindOf(err), falochron.HintOf(err))
		}
	}
	odd := filepath.Join(t.TempDir(), "sklep? 100% #1")
	s, err := New(Config{Data: odd})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := os.Stat(filepath.Join(odd, databaseFile)); err != nil {
		t.Error(fmt.Errorf("folder with an odd name: %w", err))
	}
}
