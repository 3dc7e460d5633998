package webhook

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// What is sent is what docs/fleet.md says, and signed after Standard Webhooks.
func TestWhatIsSent(t *testing.T) {
	h := newHost(t)
	d, err := New(h.config())
	if err != nil {
		t.Fatal(err)
	}
	o, err := order(t, d, 3)
	if err != nil || o.Accepted != 3 || o.Before != 1 || !o.Changed {
		t.Fatalf("%+v, %v", o, err)
	}
	if len(h.said) != 1 || h.said[0].Data.Replicas != 3 || h.said[0].Data.Reason != "wave" || h.said[0].Data.Leave[0] != "r2" || h.said[0].Data.Expires.IsZero() {
		t.Errorf("%+v", h.said)
	}
	// The example of the standard's own reference implementations.
	raw, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	if got := sign(raw, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)); got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("signature %s", got)
	}
	cfg := h.config()
	cfg.Key = []byte("another key of the right length!")
	wrong, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := order(t, wrong, 4); falochron.KindOf(err) != falochron.Denied || falochron.HintOf(err) == "" {
		t.Errorf("with another key: %v", err)
	}
}

// To go back and forth between two numbers is no repetition: each order has a key of its
// own, also where the host has no versions.
func TestKeysOfOrders(t *testing.T) {
	at := time.Unix(1800000000, 0)
	one, three := 1, 3
	keys := map[string]string{}
	for what, s := range map[string]*hostState{
		"from one":                   {Replicas: &one},
		"from three":                 {Replicas: &three, Order: &hostOrder{3, at}},
		"from three, an earlier end": {Replicas: &three, Order: &hostOrder{3, at.Add(-time.Hour)}},
		"from one, another version":  {Replicas: &one, version: `"2"`},
	} {
		k := idempotent("order", s, 5, at)
		if k != idempotent("order", s, 5, at) || k == idempotent("order", s, 4, at) || k == idempotent("end", s, 5, at) {
			t.Errorf("%s: key %s", what, k)
		}
		if other := keys[k]; other != "" {
			t.Errorf("%s and %s have one key", what, other)
		}
		keys[k] = what
	}
}

// A host that answers 202 is asked how far it is, and not given the same order again.
func TestTaken(t *testing.T) {
	var posts, polls int
	status, location := http.StatusAccepted, "/orders/1"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			posts++
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusAccepted)
		case r.URL.Path == "/orders/1":
			polls++
			w.WriteHeader(status)
		default:
			fmt.Fprint(w, `{"replicas": 1}`)
		}
	}))
	defer s.Close()
	d, err := New(Config{URL: s.URL, Key: key, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	if err != nil {
		t.Fatal(err)
	}
	notes := func() []fleet.Note {
		st, err := d.Observe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return st.Notes
	}
	for range 3 {
		if o, err := order(t, d, 4); err != nil || o.Accepted != 4 {
			t.Fatalf("%+v, %v", o, err)
		}
		if n := notes(); len(n) > 0 {
			t.Errorf("notes while it is at it: %v", n)
		}
	}
	if posts != 1 || polls != 3 {
		t.Errorf("%d orders, asked %d times", posts, polls)
	}
	status = http.StatusUnprocessableEntity // it comes to nothing
	if n := notes(); len(n) != 1 || n[0].Kind != "no-room" || !strings.Contains(n[0].Text, "4 replicas") {
		t.Errorf("notes of an order that came to nothing: %v", n)
	}
	location = "http://127.0.0.2:1/elsewhere"
	if o, err := order(t, d, 4); err != nil || posts != 2 || len(o.Notes) != 1 || o.Notes[0].Kind != "foreign" {
		t.Errorf("%+v, %v, %d orders", o, err, posts)
	}
	polls = 0
	if notes(); polls != 0 {
		t.Error("it was asked for where the host must not lead us")
	}
}

// Whatever the host answers is sorted by who has to do something about it.
func TestStatuses(t *testing.T) {
	status, body := 200, ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://169.254.169.254/")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	defer s.Close()
	for _, c := range []struct {
		status int
		body   string
		kind   falochron.Kind
	}{
		{302, "", falochron.NotFound}, {401, "", falochron.Denied}, {403, "s3cr3t", falochron.Denied}, {404, "", falochron.NotFound}, {409, "", falochron.Conflict},
		{422, "", falochron.Invalid}, {429, "", falochron.Unavailable}, {500, "s3cr3t", falochron.Unavailable},
		{200, "", falochron.Unavailable}, {200, "{}", falochron.Unavailable}, {200, `{"replicas": -1}`, falochron.Unavailable}, {200, `{"replicas": "many"}`, falochron.Unavailable},
		{200, `{"replicas": 1, "members": [` + strings.Repeat(`{},`, 10_000) + `{}]}`, falochron.Unavailable}, {200, strings.Repeat("x", maxAnswer+1), falochron.Unavailable},
	} {
		status, body = c.status, c.body
		d, err := New(Config{URL: s.URL, Key: key, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Observe(t.Context())
		if falochron.KindOf(err) != c.kind || err == nil || falochron.HintOf(err) == "" || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%d %.30q: %v", c.status, c.body, err)
		}
	}
}

// Without leave nothing inside is reached, and nothing without encryption.
func TestInsideIsRefused(t *testing.T) {
	reached := 0
	serve := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ })
	plain, secure := httptest.NewServer(serve), httptest.NewTLSServer(serve)
	defer plain.Close()
	defer secure.Close()
	other := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, cfg := range []Config{{URL: secure.URL, Key: key}, {URL: secure.URL, Key: key, Allow: other}, {URL: plain.URL, Key: key, Allow: other}} {
		d, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Observe(t.Context()); falochron.KindOf(err) != falochron.Denied || falochron.HintOf(err) == "" || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s: %v", cfg.URL, err)
		}
	}
	if reached > 0 {
		t.Errorf("reached %d times", reached)
	}
	for ip, public := range map[string]bool{
		"1.1.1.1": true, "2606:4700::1111": true, "127.0.0.1": false, "10.1.2.3": false, "169.254.169.254": false, "100.100.100.200": false, "168.63.129.16": false,
		"192.168.1.1": false, "0.0.0.0": false, "224.0.0.1": false, "::1": false, "::ffff:127.0.0.1": false, "fe80::1": false, "fd00:ec2::254": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false,
	} {
		if got := (guard{}).may(netip.MustParseAddr(ip)); got != public {
			t.Errorf("%s: %v", ip, got)
		}
	}
}

func TestConfigFaults(t *testing.T) {
	for _, cfg := range []Config{{}, {URL: "ftp://host", Key: key}, {URL: "https://u:p@host", Key: key}, {URL: "http://host", Key: key}, {URL: "https://host", Key: key[:23]}, {URL: "https://host", Key: key, Timeout: -1}} {
		if _, err := New(cfg); falochron.KindOf(err) != falochron.Invalid {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
	for _, text := range []string{"", "whsec_", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!"} {
		k, err := ParseKey(text + "\n")
		if good := text == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"; good != (err == nil) || good && len(k) != 24 || err != nil && strings.Contains(err.Error(), "MfKQ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
