package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/proc"
	"github.com/falochron/falochron/internal/sim"
)

// realRun is a story played for real on this machine's loopback: Falochron as anybody
// starts it, which starts a toy shop's replicas itself, and a crowd of the very people that
// come in virtual time. It borrows the second act's ways to ask the operators' API.
type realRun struct {
	story *sim.Scenario
	house *house
	out   *printer
	ask   announcedStage // its edge, and nothing else of it
}

// The bounds of what is played for real: it takes minutes, and waits where a shop would work,
// so that two cores do for it.
const (
	realLasts    = 3 * time.Minute
	realStart    = 45 * time.Second
	realPeople   = 1500
	realReplicas = 10
	realWorkers  = 8
	// realSlower is by how much slower the toy shop gets with its workers' tenfold waiting: its
	// backlog of 511 has room for more.
	realSlower = 1.05
)

// realScaler is who scales where a story is played for real: nothing is announced there.
const realScaler = "ours-nowcast"

// A replica is ordered half a second after it is wanted and gets visitors a second and a half
// after it listens, on average: the loops look once a second, and every two seconds. In
// virtual time it is one second after it is wanted that its start begins. So its program
// boots a second sooner than the story's start and is cold for as much longer as it has been
// listening.
const (
	realSooner = time.Second
	realUnseen = 1500 * time.Millisecond
)

// realCheck refuses a story that cannot be played for real.
func realCheck(s *sim.Scenario) error {
	r := &s.Replicas
	for _, c := range []struct {
		bad        bool
		what, hint string
	}{
		{s.Lasts == 0 || s.Lasts > realLasts, fmt.Sprintf("it lasts %v", s.Lasts), fmt.Sprintf("lasts: up to %v", realLasts)},
		{!s.New, "what is known beforehand is not known", "new: true"},
		{!s.FirstLook, "places count at once", "first_look: true"},
		{!r.Sticky || r.SlowStart == 0 || r.Drain == 0, "replicas do not come and go as the edge's", "replicas: sticky, slow_start and drain"},
		{r.Spread >= 0, "its starts vary", "replicas.spread: 0%"},
		{r.Start < 5*time.Second || r.Start > realStart, fmt.Sprintf("a replica starts in %v", r.Start), fmt.Sprintf("replicas.start: 5s to %v", realStart)},
		{r.Cold <= 0, "its replicas are never cold, or as long as may be", "replicas.cold: written out"},
		{r.Least == 0 || r.Most == 0 || r.Most > realReplicas, fmt.Sprintf("%d to %d replicas", r.Least, r.Most), fmt.Sprintf("replicas.least and most: 1 to %d", realReplicas)},
		{r.Have != 0 && r.Have != r.Least, "it begins with more than the minimum", "leave out replicas.have"},
		{r.PerNode > 0 || r.Fails > 0, "machines come or starts fail", "leave out replicas.per_node and fails"},
		{s.Shop.Connections > 0 || s.Shop.Kept, "its database has a ceiling, or pages are kept", "leave out shop.connections and kept"},
		{s.Shop.Workers == 0 || s.Shop.Workers > realWorkers, fmt.Sprintf("%d workers", s.Shop.Workers), fmt.Sprintf("shop.workers: 1 to %d", realWorkers)},
		{s.Shop.Slower == 0 || s.Shop.Slower > realSlower, "the toy shop does not get that slow", fmt.Sprintf("shop.slower: up to %v", realSlower)},
		{len(s.Announced) > 0, "waves are announced", "leave them out: nothing tells the plan of them"},
		{s.Crowd.Buyers != 0, "as many buy as may be", "leave out crowd.buyers: the toy shop's visitors are 45 % buyers"},
		{len(s.Arrivals()) > realPeople, fmt.Sprintf("%d people come", len(s.Arrivals())), fmt.Sprintf("up to %d", realPeople)},
	} {
		if c.bad {
			return usage("--real: the story "+s.Name+" cannot be played for real: "+c.what, c.hint)
		}
	}
	return nil
}

// playForReal plays a story for real and returns what was measured.
func playForReal(ctx context.Context, w io.Writer, s *sim.Scenario) (m *measuredRun, err error) {
	h, err := newHouse()
	if err != nil {
		return nil, err
	}
	defer h.close()
	r := &realRun{story: s, house: h, out: newPrinter(w)}
	plan := toyshopPlan(max(s.Seed, 1), max(s.Crowd.Compression, 1))
	list, err := crowd.DrawAt(plan, s.Arrivals(), s.Lasts)
	if err != nil {
		return nil, err
	}
	r.out.say("%s, for real: %d people in %v, %d of them want to buy; on 127.0.0.1, over in %s", s.Name, len(list.Fans), s.Lasts, list.Buyers,
		elapsed(s.Replicas.Start+replicasOpen+s.Lasts))
	before := proc.Machine()
	if err := r.raise(ctx); err != nil {
		return nil, err
	}
	if m, err = r.wave(ctx, list); err != nil {
		return nil, err
	}
	m.Story, m.Seed, m.Busy = s.Name, max(s.Seed, 1), round(proc.Machine().BusySince(before, 0), 3)
	if m.LatenessP99MS > voidLatenessMS {
		m.VoidBecause = append(m.VoidBecause, fmt.Sprintf("the fans were %.0f ms late", m.LatenessP99MS))
	}
	return m, nil
}

// raise starts Falochron and waits until its first replicas take requests and it has been
// open for a while: what has just started is no measure of anything.
func (r *realRun) raise(ctx context.Context) error {
	listen, admin, first := r.house.port(), r.house.port(), r.house.portsFrom(r.story.Replicas.Most)
	file := ""
	p, err := r.house.process("edge", func(data string) []string {
		file = data + ".yaml"
		return []string{"run", "--config", file, "--data", data, "--listen", listen, "--admin", admin}
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(r.config(listen, first)), 0o600); err != nil {
		return err
	}
	r.ask = announcedStage{announcedDemo: &announcedDemo{house: r.house, out: r.out}, edge: &edgeProcess{p, listen, admin}}
	if err := p.start(); err != nil {
		return err
	}
	if err := p.listening(ctx, listen); err != nil {
		return err
	}
	begins, cancel := context.WithTimeout(ctx, r.story.Replicas.Start+readyWithin)
	defer cancel()
	for {
		if l, err := r.look(ctx); err == nil && l.Ready >= r.story.Replicas.Least {
			return pause(ctx, replicasOpen)
		}
		if err := pause(begins, 200*time.Millisecond); err != nil {
			return p.failed("no replica of the shop is ready")
		}
	}
}

// config is the configuration that is the story's shop and owner.
func (r *realRun) config(listen string, first int) string {
	s := r.story
	pace := 1.0
	if s.Shop.Page > 0 {
		pace = s.Shop.Page.Seconds() / 0.4 // what a page of the toy shop takes
	}
	command, _ := json.Marshal([]string{ // a list of strings is JSON as well as YAML
		r.house.exe, "toyshop", "--listen", "127.0.0.1:{port}", "--data", filepath.Join(r.house.dir, "toyshop"), "--public-url", "http://" + listen,
		"--workers", strconv.Itoa(s.Shop.Workers), "--seed", strconv.FormatUint(max(s.Seed, 1), 10), "--pace", strconv.FormatFloat(pace, 'g', -1, 64),
		"--boot", (s.Replicas.Start - realSooner).String(), "--cold", (s.Replicas.Cold + realUnseen).String(),
	})
	wait := s.Patience
	if wait == 0 {
		wait = time.Minute
	}
	return fmt.Sprintf(`shops:
  - name: %s
    origins: ["http://127.0.0.1:%d"]
    fleet:
      driver: processes
      mode: act
      min: %d
      max: %d
      target_wait: %v
      start: %v
      slow_start: %v
      drain: %v
      processes:
        command: %s
        first_port: %d
        last_port: %d
        health: /static/health
        nice: 0
`, theShop, first, s.Replicas.Least, s.Replicas.Most, wait, s.Replicas.Start, s.Replicas.SlowStart, s.Replicas.Drain, command, first, first+s.Replicas.Most-1)
}

// look asks the operators' API what there is.
func (r *realRun) look(ctx context.Context) (l measuredLook, err error) {
	var n struct {
		Vitals struct {
			InLine int `json:"in_line"`
			Inside int `json:"inside"`
			Limit  int `json:"limit"`
		} `json:"vitals"`
		Fleet struct{ Wanted, Ready, Starting, Draining, Failed int } `json:"fleet"`
	}
	err = r.ask.ask(ctx, "GET", "shops/"+theShop, "", nil, &n)
	f := &n.Fleet
	return measuredLook{InLine: n.Vitals.InLine, Inside: n.Vitals.Inside, Limit: n.Vitals.Limit, Wanted: f.Wanted, Ready: f.Ready, There: f.Ready + f.Starting + f.Draining + f.Failed}, err
}

// wave lets the people come, and measures.
func (r *realRun) wave(ctx context.Context, list *crowd.List) (*measuredRun, error) {
	m := &measuredRun{}
	began := time.Now()
	over, done := context.WithCancel(ctx)
	defer done()
	watched := make(chan error, 1)
	go func() { watched <- r.watch(over, began, m) }()
	rep, err := crowd.Wave{List: list, Target: crowd.Target{Base: "http://" + r.ask.edge.listen}, Grace: waveGrace,
		Progress: func(p crowd.Progress) {
			r.out.progress("for real", p.At, r.story.Lasts, fmt.Sprintf("%d orders, %d in line, %d inside", p.Orders, p.InLine, p.Inside))
		}}.Run(ctx)
	done()
	if failed := <-watched; err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	m.of(rep, r.story.Lasts)
	there := replicaSeconds(m.Seconds, r.story.Lasts)
	m.ReplicaSeconds = &there
	return m, nil
}

// watch notes each second what there is.
func (r *realRun) watch(ctx context.Context, began time.Time, m *measuredRun) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		l, err := r.look(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		l.At = round(time.Since(began).Seconds(), 1)
		m.Seconds = append(m.Seconds, l)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
