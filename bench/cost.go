package main

import (
	"context"
	"fmt"
	"time"

	"github.com/falochron/falochron/internal/proc"
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
		{name: "waiting status, kept connection", mode: "hold", path: "/.falochron/status", who: inLine, requests: 50_000, status: 200, goalMS: goalStatusKeptMS},
		{name: "waiting status, new connection each", mode: "hold", path: "/.falochron/status", who: inLine, requests: 10_000, fresh: true, status: 200, goalMS: goalStatusNewMS},
		{name: "waiting page, to somebody in line", mode: "hold", path: "/page", who: inLine, requests: 10_000, status: 503},
		{name: "waiting page, to a newcomer (a new place)", mode: "hold", path: "/page", who: stranger, requests: 10_000, status: 503},
		{name: "cache hit, 1 KB", path: "/hit-1k.css", who: stranger, requests: 25_000, status: 200, cache: "hit"},
		{name: "cache hit, 30 KB", path: "/hit-30k.css", who: stranger, requests: 15_000, status: 200, cache: "hit"},
		{name: "page from the shop, 1 KB, script put in", path: "/page", who: within, requests: 10_000, status: 200, cache: "fwd", identity: true},
		{name: "page from the shop, 1 KB, and compressed", path: "/page", who: within, requests: 10_000, status: 200, cache: "fwd"},
		{name: "page from the shop, 1 KB, mode off", mode: "off", path: "/page", who: stranger, requests: 10_000, status: 200},
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

func costTakes(s settings) time.Duration { return 80 * time.Second / time.Duration(s.requests) }

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
		if err := p.invite(ctx, c, 1, c.requests); err != nil {
			return row, err
		}
		requests, err := p.asking(c, c.requests)
		if err != nil {
			return row, err
		}
		for i := range 2 { // who goes first changes, so that neither profits
			before, own, others := proc.Machine(), p.ownCPU(), 0.0
			edge := i == round%2
			at, who, into := p.plainAt, p.plain, &row.PlainMS
			if edge {
				at, who, into = p.edgeAt, p.edge, &row.EdgeMS
			}
			burnt, err := who.cpu()
			if err != nil {
				return row, err
			}
			if err := drive(ctx, at, requests, c.requests, p.conns, !c.fresh, c.status); err != nil {
				return row, err
			}
			now, err := who.cpu()
			if err != nil {
				return row, err
			}
			*into = append(*into, rounded(1000*(now-burnt)/float64(c.requests), 5))
			others = proc.Machine().BusySince(before, p.ownCPU()-own)
			row.Others = append(row.Others, rounded(others, 3))
			row.Void = row.Void || others > costOthers
		}
	}
	return row, p.check(c)
}
