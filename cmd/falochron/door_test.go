package main

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// What goes wrong before any shop is known can be read by operators, and the
// log tells of it sparingly and without whole addresses.
func TestWhatComesToTheDoorIsCounted(t *testing.T) {
	t.Parallel()
	shop := shopFor(t, "shop")
	p := start(t, "--origin", shop.URL)
	var ports []string
	say := func(text string) {
		t.Helper()
		c, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		ports = append(ports, c.LocalAddr().String())
		_, _ = io.WriteString(c, text)
		_, _ = io.Copy(io.Discard, c) // until it is hung up
	}
	const broken = 20
	for range broken {
		// HTTP/2 that begins well and goes on with DATA on stream 0.
		say("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\x00\x00\x00\x04\x00\x00\x00\x00\x00" + "\x00\x00\x08\x00\x00\x00\x00\x00\x00my-words")
	}
	say("CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n\r\n")
	poll(t, "everything is counted", func() bool {
		return p.metric("falochron_connections_broken_total") == broken && p.metric("falochron_bad_requests_total") == 1
	})
	if n := p.metric("falochron_connections_open"); n < 0 || n > 2 {
		t.Errorf("%g connections are open", n)
	}
	if code, text := p.api("GET", "/api/v1/door", ""); code != http.StatusOK || !strings.Contains(text, `"broken":20`) {
		t.Errorf("%d %s", code, text)
	}

	// Somebody who had a cart before Falochron was there.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/koszyk/dodaj", strings.NewReader("a=b"))
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "sid", Value: "of-before"})
	resp, err := client(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if n := p.metric(`falochron_adopted_people_total{shop="shop"}`); n != 1 {
		t.Errorf("%g people were taken over", n)
	}

	log := p.err.String()
	if n := strings.Count(log, `msg="http server"`); n == 0 || n > 5 {
		t.Errorf("%d lines in the log:\n%s", n, log)
	}
	for _, address := range append(ports, "my-words") {
		if strings.Contains(log, address) {
			t.Errorf("%s is in the log:\n%s", address, log)
		}
	}
}
