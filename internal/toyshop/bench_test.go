package toyshop

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// What one request costs in CPU: pages with hardly any service time. The
// promise is less than 0.2 ms.
func BenchmarkWorked(b *testing.B) {
	s, err := New(Config{Data: b.TempDir(), Pace: 1e-9, PublicURL: "http://shop.test"})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	h := s.Handler()
	session := newSession()
	if err := s.store.addToCart(session, "swieca-molo", 1); err != nil {
		b.Fatal(err)
	}
	for name, path := range map[string]string{
		"home": "/", "product": "/produkt/swieca-molo", "search": "/szukaj?q=roz", "cart": "/koszyk", "checkout": "/zamowienie", "static": "/static/sklep.css",
	} {
		b.Run(name, func(b *testing.B) {
			cpu := cpuSeconds()
			for b.Loop() {
				r := httptest.NewRequest("GET", path, nil)
				r.Header.Set("Cookie", sessionCookie+"="+session)
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, r)
				if rec.Code != 200 {
					b.Fatal(rec.Code)
				}
			}
			b.ReportMetric((cpuSeconds()-cpu)/float64(b.N)*1e6, "cpu-µs/op")
		})
	}
}

// The same of shops in a guise, which make each page anew. The promise is less
// than 1 ms.
func BenchmarkWorkedInGuise(b *testing.B) {
	for _, name := range Guises() {
		s, err := New(Config{Data: b.TempDir(), As: name, Pace: 1e-9, PublicURL: "http://shop.test", Hops: 1})
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		h := s.Handler()
		p, err := Paths(name)
		if err != nil {
			b.Fatal(err)
		}
		words := p.Words("swieca-molo", "ola@example.com")
		for _, c := range []Call{p.Home, p.Product} {
			b.Run(name+" "+c.Name, func(b *testing.B) {
				cpu, n := cpuSeconds(), 0
				for b.Loop() {
					r, err := c.Request(b.Context(), "http://shop.test", words)
					if err != nil {
						b.Fatal(err)
					}
					if r.Body == nil {
						r.Body = http.NoBody
					}
					r.RemoteAddr = "192.0.2.1:1"
					r.Header.Set("User-Agent", browserAgent)
					r.Header.Set("X-Forwarded-For", fmt.Sprint(n/100))
					n++
					rec := httptest.NewRecorder()
					h.ServeHTTP(rec, r)
					if rec.Code != 200 {
						b.Fatal(rec.Code)
					}
				}
				b.ReportMetric((cpuSeconds()-cpu)/float64(b.N)*1e6, "cpu-µs/op")
			})
		}
	}
}

// What a buyer's two writing steps cost, transactions included.
func BenchmarkBuying(b *testing.B) {
	st, err := openStore(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer st.close()
	s := newShelves()
	if err := st.stockUp(s.articles, MaxStock); err != nil {
		b.Fatal(err)
	}
	cpu := cpuSeconds()
	for b.Loop() {
		session := newSession()
		if err := st.addToCart(session, "swieca-molo", 1); err != nil {
			b.Fatal(err)
		}
		if got, err := st.book(buyer{session, "Ola", "ola@example.com"}, s.price); err != nil || got.nr == 0 {
			b.Fatal(got, err)
		}
	}
	b.ReportMetric((cpuSeconds()-cpu)/float64(b.N)*1e6, "cpu-µs/op")
	b.StopTimer()
	cpu = cpuSeconds()
	if _, err := st.totals(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric((cpuSeconds()-cpu)*1e6, "stats-cpu-µs")
}

// What it costs to say 502.
func BenchmarkRefused(b *testing.B) {
	s, err := New(Config{Data: InMemory, Workers: 1, Backlog: -1, Pace: MaxPace})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	h := s.Handler()
	s.pool.submit(&job{route: home, work: func() answer { return answer{} }, done: make(chan answer, 1)})
	r := httptest.NewRequest("GET", "/", nil)
	for b.Loop() {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if rec.Code != 502 {
			b.Fatal(rec.Code)
		}
	}
}
