package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// While the shop is full, a person may ask it for 60 pages at once and for 600 of what
// scripts fetch; who asks for more is refused (docs/radar-cohorts.md). As in a wave, much
// is asked for by many. Each of them asks for so many and has left then: a few less, since
// the same person may be looked at before and after.
const (
	pagesEach = 50
	readsEach = 500
)

// newcomersEvery is the time from one newcomer to the next. An edge that knows nothing of
// its shop yet lets in three in 20 ms; beyond that they stand in line.
const newcomersEvery = 8 * time.Millisecond

// entryTakes at most: of somebody who met the line all the same.
const entryTakes = 30 * time.Second

// requestsEach is how many requests for a path one person makes.
func requestsEach(path string) int {
	if path == "/page" {
		return pagesEach
	}
	return readsEach
}

// peopleFor is how many people n requests for a path take.
func peopleFor(path string, n int) int {
	each := requestsEach(path)
	return (n + each - 1) / each
}

// people are those who have a place at the edge and have asked for nothing with it yet:
// their cookies. They come in before anything is measured, so that what a newcomer costs
// is not in it.
type people struct {
	knock func(cookie string) (canned, error) // asks for a page; without a cookie as a newcomer
	ready []string
}

// invite lets newcomers in until n are ready.
func (p *people) invite(ctx context.Context, n int) error {
	for len(p.ready) < n {
		cookie, err := letIn(ctx, p.knock)
		if err != nil {
			return err
		}
		p.ready = append(p.ready, cookie)
		if err := pause(ctx, newcomersEvery); err != nil {
			return err
		}
	}
	return nil
}

// take is n people, who are not ready any more.
func (p *people) take(n int) ([]string, error) {
	if n > len(p.ready) {
		return nil, &falochron.Error{Kind: falochron.Internal, Op: "measure what people with a place cost", Public: fmt.Sprintf("%d people are needed, %d are ready", n, len(p.ready)),
			Hint: "is the machine much faster than a moment ago? Then measure once more"}
	}
	taken := p.ready[:n]
	p.ready = p.ready[n:]
	return taken, nil
}

// letIn knocks until there is a place, with the ticket of the line if one was given.
func letIn(ctx context.Context, knock func(cookie string) (canned, error)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, entryTakes)
	defer cancel()
	cookie := ""
	for {
		a, err := knock(cookie)
		if err != nil {
			return "", err
		}
		if inside := given(a, "falo_i1="); inside != "" {
			return inside, nil
		}
		if waiting := given(a, "falo_w1="); waiting != "" {
			cookie = waiting
		}
		if pause(ctx, 100*time.Millisecond) != nil {
			return "", noCookie("falo_i1=", a)
		}
	}
}

// given is the cookie of a kind that an answer sets, as it is sent back; empty when it
// sets none. Over TLS its name has a prefix.
func given(a canned, kind string) string {
	for _, set := range a.Header.Values("Set-Cookie") {
		if pair, _, _ := strings.Cut(set, ";"); strings.Contains(pair, kind) {
			return pair
		}
	}
	return ""
}

func noCookie(kind string, a canned) error {
	return &falochron.Error{Kind: falochron.Internal, Op: "measure a cost", Public: fmt.Sprintf("the edge gave no %s cookie, it answered %d", kind, a.Status),
		Hint: "does the edge answer as it is documented?"}
}

// pause waits, or returns why it did not.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
