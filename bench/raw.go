package main

import (
	"context"
	"fmt"
	"time"

	"github.com/falochron/falochron/internal/proc"
)

// How raw speed is measured.
const (
	rawRounds = 5
	// The bench and its load stay on one core, the server on another, so that
	// neither takes what the other would burn.
	rawLoadCore   = "0"
	rawServerCore = "1"
	rawConns      = 8
	rawStreams    = 4 // of one HTTP/2 connection at a time: a page and what it needs
	rawShoppers   = 4 // people with a place, each with one request at the shop at a time
	rawIdle       = 500
)

// wire is the way in which a server is spoken to.
type wire uint8

const (
	wireKept    wire = iota // HTTP/1.1, connections kept
	wireNew                 // HTTP/1.1, a new connection for each request
	wireH2                  // HTTP/2 over TLS, connections kept
	wireFull                // HTTP/1.1 over TLS, a full handshake for each request
	wireResumed             // the same, each handshake resumed
	wireIdle                // HTTP/1.1: memory of connections that wait
	wireIdleTLS             // the same over TLS
)

var wireNames = [...]string{"HTTP/1.1, kept", "HTTP/1.1, new connection each", "HTTP/2 over TLS, kept",
	"TLS handshake, full", "TLS handshake, resumed", "idle connection, HTTP/1.1", "idle connection, HTTP/1.1 over TLS"}

func (w wire) String() string { return wireNames[w] }

func (w wire) tls() bool { return w == wireH2 || w == wireFull || w == wireResumed || w == wireIdleTLS }

func (w wire) idle() bool { return w == wireIdle || w == wireIdleTLS }

// answerKind is where an answer comes from.
type answerKind uint8

const (
	fromCache  answerKind = iota
	fromServer            // made by the server: the waiting status
	fromShop
)

// rawCase is one answer over one wire.
type rawCase struct {
	name     string
	kind     answerKind
	path     string
	wire     wire
	requests int // a round; of connections where they idle
}

// mode is the one of Falochron in which the answer is what it is said to be.
func (c rawCase) mode() string {
	if c.kind == fromServer {
		return "hold"
	}
	return "auto"
}

// rawCases are sized so that nginx takes about a quarter of a second for each. CPU time is
// read in nanoseconds, so it is not the clock that asks for more; what other programs burn
// meanwhile is read in steps of 10 ms, and must be told from 10 % of two cores.
func rawCases() []rawCase {
	const status = "waiting status"
	return []rawCase{
		{"cache hit, 1 KB", fromCache, "/hit-1k.css", wireKept, 40_000},
		{"cache hit, 1 KB", fromCache, "/hit-1k.css", wireNew, 6_000},
		{"cache hit, 1 KB", fromCache, "/hit-1k.css", wireH2, 20_000},
		{"cache hit, 30 KB", fromCache, "/hit-30k.css", wireKept, 20_000},
		{"cache hit, 30 KB", fromCache, "/hit-30k.css", wireNew, 6_000},
		{"cache hit, 30 KB", fromCache, "/hit-30k.css", wireH2, 8_000},
		{"passed through, 1 KB", fromShop, "/basket", wireKept, 6_000},
		{"passed through, 1 KB", fromShop, "/basket", wireNew, 4_000},
		{"passed through, 1 KB", fromShop, "/basket", wireH2, 4_000},
		{"page passed through, 1 KB", fromShop, "/page", wireKept, 6_000},
		{status, fromServer, rawStatusPath, wireKept, 40_000},
		{status, fromServer, rawStatusPath, wireNew, 6_000},
		{status, fromServer, rawStatusPath, wireH2, 20_000},
		{status, fromServer, rawStatusPath, wireFull, 600},
		{status, fromServer, rawStatusPath, wireResumed, 1_000},
		{status, fromServer, rawStatusPath, wireIdle, rawIdle},
		{status, fromServer, rawStatusPath, wireIdleTLS, rawIdle},
	}
}

// rawRow is one case, measured at everybody.
type rawRow struct {
	stamp
	Case     string    `json:"case"`
	Wire     string    `json:"wire"`
	Unit     string    `json:"unit"` // of the costs
	Bytes    int       `json:"body_bytes"`
	Requests int       `json:"requests_per_round"`
	Cells    []rawCell `json:"servers"`
	Others   []float64 `json:"others_busy,omitempty"` // share of the machine burnt by other programs, by measurement of CPU
	Void     bool      `json:"void"`
}

// The units of costs.
const (
	unitCPU    = "µs CPU of the server for each request"
	unitMemory = "bytes of the server for each connection"
)

// rawCell is what one server showed in one case.
type rawCell struct {
	Server    string    `json:"server"`
	Version   string    `json:"version,omitempty"`
	Without   string    `json:"without,omitempty"`    // why there is no number
	Cost      []float64 `json:"cost,omitempty"`       // by round, in the row's unit
	PerSecond []float64 `json:"per_second,omitempty"` // answers, by round
	Core      []float64 `json:"core,omitempty"`       // share of its core that the server burnt, by round
}

func rawTakes(s settings) time.Duration { return 7 * time.Minute / time.Duration(s.requests) }

// runRaw measures Falochron and everybody else on one core.
func runRaw(ctx context.Context, b *bench) (outcome, error) {
	b.installPeers(ctx)
	release, err := pinSelf(ctx)
	if err != nil {
		return outcome{}, err
	}
	defer release()
	peers, err := findPeers(ctx, b)
	if err != nil {
		return outcome{}, err
	}
	var rows []rawRow
	for _, mode := range []string{"auto", "hold"} {
		measured, err := b.rawMode(ctx, mode, peers, rows)
		if err != nil {
			return outcome{}, err
		}
		rows = measured
	}
	return rawOutcome(rows), nil
}

// rawMode measures the cases for which Falochron runs in one mode, and adds them
// to rows.
func (b *bench) rawMode(ctx context.Context, mode string, peers []rawPeer, rows []rawRow) ([]rawRow, error) {
	f, err := openField(ctx, mode, peers, rawServerCore)
	if err != nil {
		return nil, err
	}
	defer f.close()
	for _, c := range rawCases() {
		if c.mode() != mode {
			continue
		}
		if !c.wire.idle() {
			c.requests /= b.requests
		}
		row, err := b.raw(ctx, f, c)
		if err == nil && row.Void && b.requests == 1 && ctx.Err() == nil {
			b.say("  %s, %s: the machine was busy with something else; once more", c.name, c.wire)
			row, err = b.raw(ctx, f, c)
		}
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", c.name, c.wire, err)
		}
		b.say("  %-26s %-34s %s", c.name, c.wire, row.inWords())
		rows = append(rows, row)
		if err := saveRows(b, "raw", rows); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// raw measures one case: five rounds, in each of which every server has its turn,
// another one beginning each time.
func (b *bench) raw(ctx context.Context, f *rawField, c rawCase) (row rawRow, err error) {
	row = rawRow{stamp: b.stamp(), Case: c.name, Wire: c.wire.String(), Unit: unitCPU, Requests: c.requests,
		Bytes: len(f.right(c)), Void: b.requests != 1}
	if c.wire.idle() {
		row.Unit = unitMemory
	}
	var able []int
	for i, p := range f.peers {
		row.Cells = append(row.Cells, rawCell{Server: p.name, Version: p.version, Without: p.without(c)})
		if row.Cells[i].Without != "" {
			continue
		}
		able = append(able, i)
		if err := f.check(ctx, i, c); err != nil {
			return row, err
		}
		if !c.wire.idle() {
			warm := c
			warm.requests = max(1, c.requests/10)
			if _, err := f.measure(ctx, i, warm); err != nil {
				return row, err
			}
		}
	}
	for round := range rawRounds {
		for turn := range able {
			i := able[(turn+round)%len(able)]
			before, own := proc.Machine(), f.ownCPU()
			m, err := f.measure(ctx, i, c)
			if err != nil {
				return row, err
			}
			cell := &row.Cells[i]
			cell.Cost = append(cell.Cost, rounded(m.cost, 3))
			if c.wire.idle() {
				continue // memory does not depend on what others burn
			}
			cell.PerSecond = append(cell.PerSecond, rounded(m.perSecond, 0))
			cell.Core = append(cell.Core, rounded(m.core, 3))
			others := proc.Machine().BusySince(before, f.ownCPU()-own)
			row.Others = append(row.Others, rounded(others, 3))
			row.Void = row.Void || others > costOthers
		}
	}
	for _, i := range able {
		if err := f.check(ctx, i, c); err != nil {
			return row, err
		}
	}
	return row, nil
}
