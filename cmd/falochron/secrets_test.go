package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// planted is in every place of a request, an answer and the configuration where
// people keep secrets.
const planted = "pl4nted"

// No secret gets out: not into what the program says and logs at its loudest,
// not into the journal, the audit file, the metrics or the vitals; and the shop
// learns none of ours.
func TestNoSecretGetsOut(t *testing.T) {
	t.Parallel()
	shop := shopFor(t, "shop")
	mad := madShop(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "f.yaml")
	text := fmt.Sprintf(`log: {level: debug}
trust: {proxies: [127.0.0.1], header: X-Client}
shops:
  - name: shop
    hosts: [shop.example]
    origins: ['%s']
    stock: {url: 'http://127.0.0.1:9/stock?key=%[2]s', token: %[2]s-stock-token, interval: 1s}
  - name: mad
    hosts: [mad.example]
    origins: ['http://%[3]s']
`, shop.URL, planted, mad)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "--config", file, "--data", filepath.Join(dir, "data"))
	p.logs("stock is not known")

	secrets := []string{planted}
	var got strings.Builder // everything an operator can read
	visit := func(method, host, target, body string, cookies ...*http.Cookie) []*http.Cookie {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, p.url+target, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		req.SetBasicAuth("user", planted)
		for k, v := range map[string]string{
			"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded", "X-Client": "203.0.113.77",
			"Referer": "http://" + host + "/a?token=" + planted, "X-Api-Key": planted, "User-Agent": planted,
		} {
			req.Header.Set(k, v)
		}
		for _, c := range append(cookies, &http.Cookie{Name: "toy_session", Value: planted}, &http.Cookie{Name: "falo_i1", Value: planted}) {
			req.AddCookie(c)
		}
		resp, err := client(t).Do(req)
		if err != nil {
			return nil // the mad shop's broken answers
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		if id := resp.Header.Get("X-Request-Id"); id != "" {
			_, story := p.api("GET", "/api/v1/explain/"+id, "")
			got.WriteString(story)
		}
		return resp.Cookies()
	}
	query := "?q=" + planted + "&falo_t=" + planted
	for _, c := range visit("GET", "shop.example", "/p/x"+query, "") {
		secrets = append(secrets, c.Value)
	}
	visit("POST", "shop.example", "/koszyk/dodaj"+query, url.Values{"note": {planted}}.Encode())
	visit("POST", "shop.example", "/platnosc/powiadomienie"+query, planted)
	visit("GET", "shop.example", "/.falochron/open?t="+planted, "")
	visit("GET", "nobody.example", "/"+query, "")
	visit("GET", "shop.example", "/%2e%2e;jsessionid="+planted, "")
	for range 4 {
		visit("GET", "mad.example", "/"+query, "")
	}
	p.api("POST", "/api/v1/shops/shop/hold", "{}")
	for _, c := range visit("GET", "shop.example", "/p/y"+query, "") {
		secrets = append(secrets, c.Value)
		visit("GET", "shop.example", "/.falochron/status"+query, "", c)
	}
	visit("POST", "shop.example", "/zamowienie"+query, url.Values{"blik": {planted}}.Encode())
	// Wrong tokens at the operators' door.
	for _, target := range []string{"/api/v1/shops?token=" + planted, "/metrics"} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+p.admin+target, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+planted)
		resp, err := client(t).Do(req)
		if err != nil || resp.StatusCode != http.StatusUnauthorized {
			t.Fatal(resp, err)
		}
		resp.Body.Close()
	}
	if resp, err := client(t).PostForm("http://"+p.admin+"/login", url.Values{"token": {planted}}); err == nil {
		resp.Body.Close()
	}
	p.signal(syscall.SIGHUP)
	p.until("reloaded")

	for _, path := range []string{"/metrics", "/api/v1/journal?since=1h", "/api/v1/shops/shop", "/api/v1/shops/mad", "/debug/pprof/cmdline"} {
		_, text := p.api("GET", path, "")
		got.WriteString(text)
	}
	p.signal(syscall.SIGTERM)
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, name := range []string{"audit.jsonl", "shops/shop/shop.json", "shops/shop/line"} {
		b, err := os.ReadFile(filepath.Join(p.data, name))
		if err != nil {
			t.Fatal(err)
		}
		got.Write(b)
	}
	secrets = append(secrets, ourSecrets(t, p.data)...)
	if len(secrets) < 6 { // planted, a place inside, a place in line, token, root, key
		t.Fatalf("only %d secrets are looked for", len(secrets))
	}
	for name, text := range map[string]string{"standard output": p.out.String(), "the log": p.err.String(), "what operators read": got.String()} {
		for _, s := range secrets {
			if i := strings.Index(text, s); i >= 0 && s != "" {
				t.Errorf("%s holds a secret: …%s…", name, text[max(i-80, 0):min(i+80, len(text))])
			}
		}
		if strings.Contains(text, "203.0.113.77") {
			t.Errorf("%s holds a whole address", name)
		}
	}
	if !strings.Contains(got.String(), "/zamowienie") {
		t.Error("the journal was empty: nothing is proven")
	}
}

// ourSecrets are the token and the keys in a data folder.
func ourSecrets(t *testing.T, data string) []string {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(data, "admin-token"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(data, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	var keys struct {
		Root string
		Keys []struct{ Secret string }
	}
	if err := json.Unmarshal(b, &keys); err != nil || len(keys.Keys) == 0 {
		t.Fatal(err)
	}
	return []string{strings.TrimSpace(string(token)), keys.Root, keys.Keys[0].Secret}
}

// madShop answers with something that is no HTTP and holds a secret.
func madShop(t *testing.T) (address string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = bufio.NewReader(c).ReadString('\n')
			_, _ = io.WriteString(c, []string{
				"HTTP/1.1 200 OK\r\nSet-Cookie " + planted + "\r\n\r\n",
				planted + "\r\n\r\n",
				"HTTP/1.1 " + planted + " OK\r\n\r\n",
				"HTTP/1.1 200 OK\r\nContent-Length: " + planted + "\r\n\r\n",
			}[n%4])
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}
