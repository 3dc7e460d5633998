package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/proc"
)

// stand is what one case is measured at.
type stand struct {
	shop, edge, plain *process
	edgeAt, plainAt   string
	adminAt           string    // of the edge
	requests          []request // to look with; what is measured is asked by [stand.asking]
	people            people    // with a place, where it takes one
	conns             int
	bytes             int
	data              string
}

// stand starts a shop, the edge before it, and a plain server that answers what
// the edge answered.
func (b *bench) stand(ctx context.Context, c costCase) (s *stand, err error) {
	s = &stand{conns: costConns}
	defer func() {
		if err != nil {
			s.stop()
		}
	}()
	if s.data, err = os.MkdirTemp("", "falochron-bench-"); err != nil {
		return s, err
	}
	var shopAt string
	if s.shop, shopAt, err = startPlain(ctx, costShop()); err != nil {
		return s, err
	}
	if s.adminAt, err = freePort(); err != nil {
		return s, err
	}
	if s.edgeAt, err = freePort(); err != nil {
		return s, err
	}
	args := []string{"run", "--origin", "http://" + shopAt, "--listen", s.edgeAt, "--admin", s.adminAt, "--data", s.edgeData()}
	if c.mode != "" {
		args = append(args, "--mode", c.mode)
	}
	if s.edge, err = start(ctx, s.edgeAt, nil, b.program, args...); err != nil {
		return s, err
	}
	if err := s.prepare(ctx, c); err != nil {
		return s, err
	}
	answer, err := s.look(c)
	if err != nil {
		return s, err
	}
	s.bytes = len(answer.Body)
	s.plain, s.plainAt, err = startPlain(ctx, map[string]canned{c.path: answer})
	return s, err
}

// edgeData is the data folder of the edge.
func (s *stand) edgeData() string { return filepath.Join(s.data, "edge") }

// costShop answers at once, so that what is measured is not the shop.
func costShop() map[string]canned {
	filler := func(n int) []byte {
		return []byte(strings.Repeat("/* what a shop sends: not compressible */\n", n/42+1)[:n])
	}
	css := http.Header{"Content-Type": {"text/css"}, "Cache-Control": {"public, max-age=3600"}}
	page := []byte("<!doctype html><html><head><title>A page</title></head><body>" + strings.Repeat("<p>words</p>\n", 73) + "</body></html>")
	return map[string]canned{
		"/hit-1k.css":  {200, css, filler(1 << 10)},
		"/hit-30k.css": {200, css, filler(30 << 10)},
		"/page":        {200, http.Header{"Content-Type": {"text/html; charset=utf-8"}, "Cache-Control": {"no-store"}}, page},
		// What a script asks for: nothing in it is made for one browser, and the edge
		// puts no script of its own into it.
		"/basket": {200, http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}},
			[]byte(`{"items":[` + strings.Repeat(`"one of many",`, 71) + `"the last"]}`)},
	}
}

func startPlain(ctx context.Context, answers map[string]canned) (*process, string, error) {
	at, err := freePort()
	if err != nil {
		return nil, "", err
	}
	order, err := json.Marshal(plainOrder{at, answers})
	if err != nil {
		return nil, "", err
	}
	exe, err := ownProgram()
	if err != nil {
		return nil, "", err
	}
	p, err := start(ctx, at, order, exe, plainArgument)
	return p, at, err
}

// prepare makes the requests, each connection a visitor of its own.
func (s *stand) prepare(ctx context.Context, c costCase) error {
	s.people.knock = func(cookie string) (canned, error) { return ask(s.edgeAt, knocking(cookie)) }
	if c.who == within {
		// A visitor has only few requests at the shop at a time, and the edge
		// begins with few in all.
		s.conns = 4
	}
	for range s.conns {
		cookie, err := s.cookie(ctx, c.who)
		if err != nil {
			return err
		}
		s.requests = append(s.requests, c.request(cookie))
	}
	return nil
}

// request is what a phone's browser asks for, with a cookie or without.
func (c costCase) request(cookie string) request {
	r := request{path: c.path, header: [][2]string{
		{"User-Agent", "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"},
		{"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		{"Accept-Language", "pl-PL,pl;q=0.9,en;q=0.8"},
		{"Accept-Encoding", "gzip, deflate, br, zstd"},
		{"Sec-Fetch-Dest", "document"}, {"Sec-Fetch-Mode", "navigate"},
	}}
	switch {
	case strings.HasSuffix(c.path, "/status"), c.path == "/basket":
		r.header[1], r.header[4], r.header[5] = [2]string{"Accept", "*/*"}, [2]string{"Sec-Fetch-Dest", "empty"}, [2]string{"Sec-Fetch-Mode", "cors"}
	case strings.HasSuffix(c.path, ".css"):
		r.header[1], r.header[4], r.header[5] = [2]string{"Accept", "text/css,*/*;q=0.1"}, [2]string{"Sec-Fetch-Dest", "style"}, [2]string{"Sec-Fetch-Mode", "no-cors"}
	}
	if c.identity {
		r.header[3][1] = "identity"
	}
	if cookie != "" {
		r.header = append(r.header, [2]string{"Cookie", cookie})
	}
	return r
}

// knocking is the page that a newcomer asks for, or with a ticket somebody in line.
func knocking(cookie string) request {
	r := request{path: "/page", header: [][2]string{{"Accept", "text/html"}, {"Sec-Fetch-Dest", "document"}}}
	if cookie != "" {
		r.header = append(r.header, [2]string{"Cookie", cookie})
	}
	return r
}

// cookie is what the edge gives one more visitor; a stranger has none.
func (s *stand) cookie(ctx context.Context, who visitor) (string, error) {
	switch who {
	case within:
		return letIn(ctx, s.people.knock)
	case inLine:
		a, err := s.people.knock("")
		if err != nil {
			return "", err
		}
		if cookie := given(a, "falo_w1="); cookie != "" {
			return cookie, nil
		}
		return "", noCookie("falo_w1=", a)
	}
	return "", nil
}

// invite sees to it that there are people for n requests, so many times.
func (s *stand) invite(ctx context.Context, c costCase, times, n int) error {
	if c.who != within {
		return nil
	}
	return s.people.invite(ctx, times*peopleFor(c.path, n))
}

// asking are the requests, to be sent in turn, of those who ask n times in all: of people
// with a place always new ones, who were invited before.
func (s *stand) asking(c costCase, n int) ([]request, error) {
	if c.who != within {
		return s.requests, nil
	}
	cookies, err := s.people.take(peopleFor(c.path, n))
	if err != nil {
		return nil, err
	}
	var all []request
	for _, cookie := range cookies {
		all = append(all, c.request(cookie))
	}
	return all, nil
}

// look asks every request once or twice (the first fills the cache) and returns
// what the edge answers now.
func (s *stand) look(c costCase) (a canned, err error) {
	for range 2 {
		for _, r := range s.requests {
			if a, err = ask(s.edgeAt, r); err != nil {
				return a, err
			}
		}
	}
	return a, s.right(c, a)
}

// check looks once more after the last round: what was measured must still have
// been the sort of answer it is said to be.
func (s *stand) check(c costCase) error {
	a, err := ask(s.edgeAt, s.requests[0])
	if err != nil {
		return err
	}
	return s.right(c, a)
}

func (s *stand) right(c costCase, a canned) error {
	cache := a.Header.Get("Cache-Status")
	if a.Status == c.status && (c.cache == "" || strings.Contains(cache, c.cache)) {
		return nil
	}
	return &falochron.Error{Kind: falochron.Internal, Op: "measure a cost", Public: fmt.Sprintf("answered %d, Cache-Status %q; wanted %d, %q", a.Status, cache, c.status, c.cache),
		Hint: "what would be measured is not what its name says"}
}

// ownCPU is what all of ours have burnt.
func (s *stand) ownCPU() float64 {
	sum := proc.OwnCPU()
	for _, p := range []*process{s.shop, s.edge, s.plain} {
		if c, err := p.cpu(); err == nil {
			sum += c
		}
	}
	return sum
}

func (s *stand) stop() {
	for _, p := range []*process{s.edge, s.shop, s.plain} {
		if p != nil {
			p.stop()
		}
	}
	_ = os.RemoveAll(s.data)
}
