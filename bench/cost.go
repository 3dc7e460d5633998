package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// What is promised: CPU of the edge for one waiting status.
const (
	goalStatusKeptMS = 0.05
	goalStatusNewMS  = 0.2
)

// How costs are measured.
const (
	costRounds = 3
	// costOthers is the share of the machine that other programs may burn during
	// a round: beyond it they also push ours out of the caches.
	costOthers = 0.10
	costConns  = 8
)

// costCase is one sort of answer whose CPU is measured.
type costCase struct {
	name     string
	mode     string  // of the edge; empty is the default
	path     string  // what is asked for
	who      visitor // who asks
	requests int     // a round
	fresh    bool    // a new connection for each
	status   int
	cache    string // what Cache-Status must say, if anything
	goalMS   float64
	identity bool // the visitor takes no compression: the edge puts its script in, and compresses nothing
}

// visitor is who asks.
type visitor uint8

const (
	stranger visitor = iota // without any cookie
	inLine                  // with a ticket
	within                  // with a place inside
)

func costCases() []costCase {
	return []costCase{
		{name: "waiting status, kept connection", mode: "hold", path: "/.falochron/status", who: inLine, requests: 100_000, status: 200, goalMS: goalStatusKeptMS},
		{name: "waiting status, new connection each", mode: "hold", path: "/.falochron/status", who: inLine, requests: 20_000, fresh: true, status: 200, goalMS: goalStatusNewMS},
		{name: "waiting page, to somebody in line", mode: "hold", path: "/page", who: inLine, requests: 20_000, status: 503},
		{name: "waiting page, to a newcomer (a new place)", mode: "hold", path: "/page", who: stranger, requests: 20_000, status: 503},
		{name: "cache hit, 1 KB", path: "/hit-1k.css", who: stranger, requests: 50_000, status: 200, cache: "hit"},
		{name: "cache hit, 30 KB", path: "/hit-30k.css", who: stranger, requests: 30_000, status: 200, cache: "hit"},
		{name: "page from the shop, 1 KB, script put in", path: "/page", who: within, requests: 20_000, status: 200, cache: "fwd", identity: true},
		{name: "page from the shop, 1 KB, and compressed", path: "/page", who: within, requests: 20_000, status: 200, cache: "fwd"},
		{name: "page from the shop, 1 KB, mode off", mode: "off", path: "/page", who: stranger, requests: 20_000, status: 200},
	}
}

// costRow is one case, measured.
type costRow struct {
	stamp
	Case     string    `json:"case"`
	Requests int       `json:"requests_per_round"`
	Bytes    int       `json:"body_bytes"`
	EdgeMS   []float64 `json:"edge_cpu_ms"`      // per request, by round
	PlainMS  []float64 `json:"plain_cpu_ms"`     // of a plain net/http server answering the same bytes
	Others   []float64 `json:"others_busy"`      // share of the machine burnt by other programs, by round
	GoalMS   float64   `json:"goal_ms,omitzero"` // at most
	Void     bool      `json:"void"`
}

func costTakes(s settings) time.Duration { return 2 * time.Minute / time.Duration(s.requests) }

func runCost(ctx context.Context, b *bench) (outcome, error) {
	var rows []costRow
	for _, c := range costCases() {
		c.requests /= b.requests
		row, err := b.cost(ctx, c)
		if err == nil && row.Void && b.requests == 1 && ctx.Err() == nil {
			b.say("  %s: the machine was busy with something else; once more", c.name)
			row, err = b.cost(ctx, c)
		}
		if err != nil {
			return outcome{}, fmt.Errorf("%s: %w", c.name, err)
		}
		b.say("  %-44s %.4f ms, plain server %.4f ms", c.name, median(row.EdgeMS), median(row.PlainMS))
		rows = append(rows, row)
		if err := saveRows(b, "cost", rows); err != nil {
			return outcome{}, err
		}
	}
	return costOutcome(rows), nil
}

// cost measures one case, with servers of its own.
func (b *bench) cost(ctx context.Context, c costCase) (row costRow, err error) {
	p, err := b.stand(ctx, c)
	if err != nil {
		return row, err
	}
	defer p.stop()
	row = costRow{stamp: b.stamp(), Case: c.name, Requests: c.requests, Bytes: p.bytes, GoalMS: c.goalMS, Void: b.requests != 1}
	for round := range costRounds {
		for i := range 2 { // who goes first changes, so that neither profits
			before, own, others := readLoad(), p.ownCPU(), 0.0
			edge := i == round%2
			at, who, into := p.plainAt, p.plain, &row.PlainMS
			if edge {
				at, who, into = p.edgeAt, p.edge, &row.EdgeMS
			}
			burnt, err := who.cpu()
			if err != nil {
				return row, err
			}
			if err := drive(ctx, at, p.requests, c.requests, p.conns, !c.fresh, c.status); err != nil {
				return row, err
			}
			now, err := who.cpu()
			if err != nil {
				return row, err
			}
			*into = append(*into, rounded(1000*(now-burnt)/float64(c.requests), 5))
			others = readLoad().othersSince(before, p.ownCPU()-own)
			row.Others = append(row.Others, rounded(others, 3))
			row.Void = row.Void || others > costOthers
		}
	}
	return row, p.check(c)
}

// stand is what one case is measured at.
type stand struct {
	shop, edge, plain *process
	edgeAt, plainAt   string
	requests          []request
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
	admin, err := freePort()
	if err != nil {
		return s, err
	}
	if s.edgeAt, err = freePort(); err != nil {
		return s, err
	}
	args := []string{"run", "--origin", "http://" + shopAt, "--listen", s.edgeAt, "--admin", admin, "--data", filepath.Join(s.data, "edge")}
	if c.mode != "" {
		args = append(args, "--mode", c.mode)
	}
	if s.edge, err = start(ctx, s.edgeAt, nil, b.program, args...); err != nil {
		return s, err
	}
	if err := s.prepare(c); err != nil {
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
func (s *stand) prepare(c costCase) error {
	if c.who == within {
		// A visitor has only few requests at the shop at a time, and the edge
		// begins with few in all.
		s.conns = 4
	}
	for range s.conns {
		r := request{path: c.path, header: [][2]string{
			{"User-Agent", "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"},
			{"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
			{"Accept-Language", "pl-PL,pl;q=0.9,en;q=0.8"},
			{"Accept-Encoding", "gzip, deflate, br, zstd"},
			{"Sec-Fetch-Dest", "document"}, {"Sec-Fetch-Mode", "navigate"},
		}}
		switch {
		case strings.HasSuffix(c.path, "/status"):
			r.header[1], r.header[4], r.header[5] = [2]string{"Accept", "*/*"}, [2]string{"Sec-Fetch-Dest", "empty"}, [2]string{"Sec-Fetch-Mode", "cors"}
		case strings.HasSuffix(c.path, ".css"):
			r.header[1], r.header[4], r.header[5] = [2]string{"Accept", "text/css,*/*;q=0.1"}, [2]string{"Sec-Fetch-Dest", "style"}, [2]string{"Sec-Fetch-Mode", "no-cors"}
		}
		if c.identity {
			r.header[3][1] = "identity"
		}
		if c.who != stranger {
			cookie, err := s.cookie(c.who)
			if err != nil {
				return err
			}
			r.header = append(r.header, [2]string{"Cookie", cookie})
		}
		s.requests = append(s.requests, r)
	}
	return nil
}

// cookie knocks as a newcomer and returns what the edge gave.
func (s *stand) cookie(who visitor) (string, error) {
	a, err := ask(s.edgeAt, request{path: "/page", header: [][2]string{{"Accept", "text/html"}, {"Sec-Fetch-Dest", "document"}}})
	if err != nil {
		return "", err
	}
	want := map[visitor]string{inLine: "falo_w1=", within: "falo_i1="}[who]
	for _, set := range a.Header.Values("Set-Cookie") {
		if strings.HasPrefix(set, want) {
			pair, _, _ := strings.Cut(set, ";")
			return pair, nil
		}
	}
	return "", &falochron.Error{Kind: falochron.Internal, Op: "measure a cost", Public: fmt.Sprintf("the edge gave no %s cookie, it answered %d", want, a.Status),
		Hint: "does the edge answer as it is documented?"}
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
	sum := ownCPU()
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
