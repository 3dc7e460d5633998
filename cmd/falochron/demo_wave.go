package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/proc"
	"github.com/falochron/falochron/internal/toyshop"
)

const (
	waveGrace = 5 * time.Second // what runs at a wave's end may still be answered
	// callbackGrace is how long after that a notice of payment may still come before
	// the waves are judged, both at the same moment.
	callbackGrace = 5 * time.Second
)

// waveResult is one wave, as the crowd, the shop and the machine saw it.
type waveResult struct {
	report  *crowd.Report
	stats   toyshop.Stats
	notices notices // of payment, when the provider had no more to send
	things  toyshop.Things
	life    lifetimes // of the shop's pages
	money   crowd.Money
	refused []int // by second, as the shop counted
	busy    []float64
	log     waveLog
	edgeRSS float64
	cleared time.Duration // when the shop had worked off what it was full of when the edge started
}

// waveNotShown stands for a wave that is not part of the run.
func waveNotShown() *waveResult { return &waveResult{report: &crowd.Report{}} }

// wave sends the list at the shop, with the edge before it or without.
func (d *demo) wave(ctx context.Context, list *crowd.List, protected bool) (*waveResult, error) {
	s, err := d.set(ctx, list, protected)
	if err != nil {
		return nil, err
	}
	defer s.clear()
	return s.play(ctx)
}

// set makes a shop ready for a wave, and what stands before it.
func (d *demo) set(ctx context.Context, list *crowd.List, protected bool) (s *stage, err error) {
	name, front := "bare shop", ""
	listen := d.house.port()
	if protected {
		name, front = protector(d.front), "http://"+listen
	}
	shop, err := d.house.shop(ctx, d.workers, d.seed, d.rig.front(front, d.house.port()))
	if err != nil {
		return nil, err
	}
	d.out.say("  $ %s", shop.line())
	s = &stage{demo: d, name: name, shop: shop, target: shop.base, protected: protected}
	defer func(made *stage) { // s is nil where an error is returned
		if err != nil {
			made.clear()
		}
	}(s)
	if s.life, err = d.lifetimesAt(ctx, shop.base); err != nil {
		return nil, err
	}
	if s.list, err = s.life.counting(list, d.as); err != nil {
		return nil, err
	}
	switch {
	case protected && d.front != "":
		if s.front, err = d.house.front(d.front, listen, shop.base); err != nil {
			return nil, err
		}
		d.out.say("  $ %s", s.front.line())
		if err := s.raiseFront(ctx); err != nil {
			return nil, err
		}
	case protected:
		if s.edge, err = d.house.edge(listen, shop.base, d.rig.mode(), d.rig.edgeFlags()...); err != nil {
			return nil, err
		}
		d.out.say("  $ %s", s.edge.line())
		if err := s.raise(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// clear takes everything away again. Nothing that the shop could still say counts,
// and ending its backlog would hold up the demo.
func (s *stage) clear() {
	if s.relay != nil {
		s.relay.close()
	}
	if s.edge != nil {
		s.edge.kill()
	}
	if s.front != nil {
		s.front.stop()
	}
	s.shop.kill()
}

// play is the wave, once the edge has had the time to look at the shop's pages that it
// would have had in the days before.
func (s *stage) play(ctx context.Context) (*waveResult, error) {
	if s.edge != nil && s.relay == nil && s.as == "" && s.rig.mode() == "" {
		if err := s.compared(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.rig.untilTold(ctx); err != nil {
		return nil, err
	}
	return s.run(ctx, s.list)
}

// stage is where one wave plays.
type stage struct {
	*demo
	name      string
	shop      *shopProcess
	edge      *edgeProcess  // nil when bare, and with a front of somebody else's
	front     *frontProcess // that; else nil
	relay     *relay        // only when the edge starts cold
	target    string
	protected bool
	list      *crowd.List // who comes
	life      lifetimes   // of the shop's pages

	mu   sync.Mutex // guards what follows
	rss  float64
	odd  []string
	secs []second
}

// raise puts the edge before the shop: at once, or behind a relay that turns to
// it later.
func (s *stage) raise(ctx context.Context) error {
	s.target = "http://" + s.edge.listen
	if s.scenario.edgeColdAt > 0 {
		r, err := newRelay(s.shop.base[len("http://"):])
		if err != nil {
			return err
		}
		s.relay, s.target = r, "http://"+r.addr()
		return nil
	}
	if err := s.edge.start(); err != nil {
		return err
	}
	if err := s.edge.listening(ctx, s.edge.listen); err != nil {
		return err
	}
	if !s.headless {
		s.out.say("  live page: %s", s.edge.livePage())
	}
	if s.as != "" && s.rig.mode() == "" {
		return s.ownersWord(ctx)
	}
	return nil
}

func (s *stage) run(ctx context.Context, list *crowd.List) (*waveResult, error) {
	over, done := context.WithCancel(ctx)
	defer done()
	var side sync.WaitGroup
	start, cpu := time.Now(), proc.OwnCPU()
	side.Go(func() { s.sample(over, start) })
	side.Go(func() {
		play(over, start, s.acts(), func(what string) { s.out.say("  %s", what) }, func(err error) { s.note(err.Error()) })
	})
	attack := s.besiege(over, list.Length)
	to := s.demo.target(s.target)
	to.From = s.rig.fansAt()
	rep, err := crowd.Wave{List: list, Target: to, Grace: waveGrace,
		Progress: func(p crowd.Progress) { s.show(p, list.Length) }}.Run(ctx)
	if err != nil {
		done()
		_, _ = attack() // it ends with the wave
		return nil, err
	}
	attacked, err := attack()
	if err != nil {
		return nil, err
	}
	cpu = proc.OwnCPU() - cpu
	if s.front != nil && s.front.ended() {
		s.note(s.name + " ended in mid-wave")
	}
	s.out.say("  %s: over, %d orders in all", s.name, ordersOf(rep))
	stats, err := s.settle(ctx)
	done()
	side.Wait()
	if err != nil {
		return nil, err
	}
	w := s.result(rep, stats, cpu)
	if w.log.Attack, err = s.besieged(ctx, attacked, rep); err != nil {
		return nil, err
	}
	w.life = s.life
	if w.things, err = s.shop.things(ctx); err != nil {
		return nil, err
	}
	if n := stats.CallbacksPending; n > 0 {
		s.out.say("  %s: %d notices of payment are yet to be sent, or sent again; at most %v for them", s.name, n, noticesWithin)
	}
	if w.notices, err = sent(ctx, stats, func() (toyshop.Stats, error) { return s.shop.stats(ctx, false) }); err != nil {
		return nil, err
	}
	if n := w.notices; n.unheard() > 0 {
		s.out.say("  %s: %d notices of payment were given up, %d are still to be sent", s.name, n.Lost, n.Pending)
	}
	w.log.Notices = w.notices
	return w, ctx.Err()
}

func (s *stage) show(p crowd.Progress, whole time.Duration) {
	text := fmt.Sprintf("%d orders, %d error pages/s", p.Orders, p.Last.Errors)
	if s.protected {
		text = fmt.Sprintf("%d orders, %d in line, %d inside, %d error pages/s", p.Orders, p.InLine, p.Inside, p.Last.Errors)
	}
	s.out.progress(s.name, p.At, whole, text)
}

// acts are the scenario's doings in this wave.
func (s *stage) acts() []act {
	var acts []act
	sc := s.scenario
	if sc.slowAt > 0 {
		acts = append(acts, act{sc.slowAt, fmt.Sprintf("the shop becomes %g times slower", sc.slowFactor),
			func(ctx context.Context) error { return s.shop.pace(ctx, sc.slowFactor) }})
	}
	if !s.protected {
		return acts
	}
	if sc.edgeColdAt > 0 {
		acts = append(acts, act{sc.edgeColdAt, "the edge starts, in the middle of the wave", func(ctx context.Context) error {
			if err := s.edge.start(); err != nil {
				return err
			}
			if err := s.edge.listening(ctx, s.edge.listen); err != nil {
				return err
			}
			s.relay.turn(s.edge.listen)
			return nil
		}})
	}
	if sc.killAt > 0 {
		acts = append(acts, act{sc.killAt, "kill -9 of the edge, and restart", func(ctx context.Context) error {
			s.edge.kill()
			if err := s.rig.lose(s.edge); err != nil {
				return err
			}
			if err := s.edge.start(); err != nil {
				return err
			}
			return s.edge.listening(ctx, s.edge.listen)
		}})
	}
	if sc.outageAt > 0 {
		acts = append(acts, act{sc.outageAt, "the shop dies", func(context.Context) error { s.shop.kill(); return nil }},
			act{sc.outageAt + sc.outageFor, "the shop is back", func(ctx context.Context) error {
				if err := s.shop.start(); err != nil {
					return err
				}
				return s.shop.listening(ctx, s.shop.base[len("http://"):])
			}})
	}
	sortActs(acts)
	return acts
}

// settle waits a moment for the last notices of payment and takes the shop's word.
func (s *stage) settle(ctx context.Context) (toyshop.Stats, error) {
	end := time.Now().Add(callbackGrace)
	for {
		st, err := s.shop.stats(ctx, true)
		if err != nil || st.CallbacksPending == 0 || time.Now().After(end) {
			return st, err
		}
		t := time.NewTimer(200 * time.Millisecond)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return st, ctx.Err()
		}
	}
}

func (s *stage) note(odd string) {
	s.mu.Lock()
	s.odd = append(s.odd, odd)
	s.mu.Unlock()
}

// chargesOf are what the payment provider has charged, for the crowd to compare with what it
// ordered.
func chargesOf(stats toyshop.Stats) []crowd.Charge {
	charges := make([]crowd.Charge, len(stats.Charges))
	for i, c := range stats.Charges {
		charges[i] = crowd.Charge{Email: c.Email, Order: fmt.Sprint(c.Order), At: time.UnixMilli(c.AtUnixMS)}
	}
	return charges
}

// result puts together what crowd, shop and machine saw.
func (s *stage) result(rep *crowd.Report, stats toyshop.Stats, cpu float64) *waveResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &waveResult{report: rep, stats: stats, edgeRSS: s.rss}
	w.money = rep.CompareCharges(chargesOf(stats))
	w.refused, w.busy = bySecond(s.secs)
	if s.scenario.edgeColdAt > 0 && s.protected {
		w.cleared = workedOff(s.secs, s.scenario.edgeColdAt)
	}
	w.log = s.logOf(w, cpu)
	return w
}

func (s *stage) logOf(w *waveResult, cpu float64) waveLog {
	t := &w.report.Totals
	l := waveLog{LatenessP99MS: ms(w.report.Late.P99), BusyMean: round(mean(w.busy), 3), BusyPeak: round(peak(w.busy, 10), 3),
		CrowdCPUS: round(cpu, 2), CrowdRSSMB: round(peakMB(os.Getpid()), 1), ShopCPUS: round(s.shop.cpu(), 2), Requests: t.Requests, Orders: ordersOf(w.report),
		Admitted: t.Admitted, Checkouts: t.Checkouts, CheckoutFailed: t.CheckoutFailed, Endings: map[string]int{}, Broken: map[string]int{}, ErrorShare: round(w.report.ErrorShare(), 4), LeftForSlow: t.Endings[crowd.TooSlow],
		Reloads: t.Reloads, PollErrors: t.PollErrors, FansErred: t.Erred, PlacesLost: t.PlacesLost, WentBack: t.WentBack,
		ChargedTwice: w.money.Twice, OrdersMissing: w.money.Missing, Refused502: int(w.stats.Refused502),
		Timeouts504: int(w.stats.Timeouts504), Statuses: t.Statuses, Attention: s.odd,
		RankAdmitted: round(w.report.AdmittedRankCorrelation(), 5), RankAll: round(w.report.FairnessRankCorrelation(), 5)}
	_, l.PromisesJudged = w.report.PromiseKept()
	if s.edge != nil {
		l.EdgeCPUS = round(s.edge.cpu(), 2)
	}
	if s.front != nil {
		l.EdgeCPUS = round(s.front.burnt(), 2)
	}
	for e, n := range t.Endings {
		l.Endings[e.String()] = n
	}
	for f, n := range t.Broken {
		l.Broken[f.String()] = n
	}
	for i, sec := range w.report.Seconds {
		if i%10 == 0 {
			l.OrdersPer10S, l.InLinePer10S = append(l.OrdersPer10S, 0), append(l.InLinePer10S, 0)
		}
		l.OrdersPer10S[i/10] += sec.Orders
		l.InLinePer10S[i/10] = max(l.InLinePer10S[i/10], sec.InLine)
	}
	return l
}

func ordersOf(r *crowd.Report) (n int) {
	for _, s := range r.Seconds {
		n += s.Orders
	}
	return n
}

func mean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(max(len(xs), 1))
}

// peak is the largest mean of n values in a row.
func peak(xs []float64, n int) float64 {
	best := 0.0
	for i := 0; i+n <= len(xs); i++ {
		best = max(best, mean(xs[i:i+n]))
	}
	return best
}
