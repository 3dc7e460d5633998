package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// planner is the campaign room of a story: a book, and what tells the edge of it. The
// store that keeps a book on disk has a story of its own below: it looks each second for
// what others wrote, and these last hours.
type planner struct {
	*world
	mu   sync.Mutex // guards book
	book *plan.Book
}

// planner opens the campaign room and puts the shops of the world into it, which are
// before the edge already.
func (w *world) planner() *planner {
	w.Helper()
	p := &planner{world: w, book: plan.New(plan.DefaultMatrix(), time.LoadLocation)}
	p.attend()
	p.do(plan.PutParty{Party: plan.Party{ID: "ola", Name: "Ola"}})
	for _, s := range w.shops {
		for _, c := range shopInPlan(s) {
			p.do(c)
		}
	}
	return p
}

// shopInPlan puts a shop of the world into the plan, with a campaign.
func shopInPlan(s *shop) []plan.Command {
	return []plan.Command{
		plan.PutShop{Shop: plan.Shop{ID: plan.ID(s.name), Name: s.name, Zone: "Europe/Warsaw", Domains: s.hosts, Parties: []plan.Service{{Party: "ola", Role: plan.Influencer}}}},
		plan.PutCampaign{Shop: plan.ID(s.name), Name: "Lipstick"},
	}
}

// attend tells the edge of the plan as long as the edge runs.
func (p *planner) attend() {
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			p.tell()
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	p.ends = append([]func(){func() { stop(); running.Wait() }}, p.ends...)
}

// tell publishes what the book announces.
func (p *planner) tell() {
	p.mu.Lock()
	all, _ := p.book.Outward(time.Now())
	p.mu.Unlock()
	for shop, a := range control.AnnouncedBy(all, func(s *plan.Shop) string { return string(s.ID) }) {
		p.announce(shop, a)
	}
}

// announce makes it part of a shop's orders.
func (w *world) announce(shop string, a *falochron.Announced) {
	if snap, ok := w.edge.Snapshot(shop); ok && !snap.Plan.Same(a) {
		snap.Plan = a
		snap.Version++
		w.edge.Publish(shop, snap)
	}
}

// do is something that an operator does; a second later it counts everywhere.
func (p *planner) do(c plan.Command) {
	p.Helper()
	p.mu.Lock()
	a, err := p.book.Decide(time.Now(), plan.Actor{Role: plan.Operator}, c)
	if err == nil {
		p.book.Apply(a)
	}
	p.mu.Unlock()
	if err != nil {
		p.Fatalf("%T: %v", c, err)
	}
	p.tell()
	advance(time.Second)
}

// Read lets f look at the book.
func (p *planner) Read(f func(*plan.Book)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(p.book)
}

// code is the code of a post's short link.
func (p *planner) code(campaign, post plan.ID) (code string) {
	p.Helper()
	p.Read(func(b *plan.Book) {
		links, err := b.ShortLinks(time.Now(), plan.Actor{Role: plan.Operator}, campaign)
		if err != nil {
			p.Fatal(err)
		}
		for _, l := range links {
			if l.Post == post {
				code = l.Code
			}
		}
	})
	if code == "" {
		p.Fatalf("%s has no code", post)
	}
	return code
}

// draws is what the edge publishes of draws.
func (p *planner) draws(host string) (all []struct {
	Start            time.Time
	Commitment, Seed string
	First, Count     uint64
}) {
	p.Helper()
	var said struct {
		Draws []struct {
			Start            time.Time
			Commitment, Seed string
			First, Count     uint64
		}
	}
	if err := json.Unmarshal([]byte(p.visitor(host).script("GET", "/.falochron/draw").body), &said); err != nil {
		p.Fatal(err)
	}
	return said.Draws
}

// status is what a waiting page is told.
func (v *visitor) status() (s struct{ State, Start, Line string }) {
	if err := json.Unmarshal([]byte(v.script("GET", "/.falochron/status").body), &s); err != nil {
		v.world.Error(err)
	}
	return s
}

// expect reports what was not as it should be.
func (w *world) expect(what string, got, want any) {
	w.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.Errorf("%s: %v, want %v", what, got, want)
	}
}

// evening is a shop with a page that is shared, and an evening in its plan, in forty
// minutes, whose waiting room opens twenty before it.
func evening(w *world, mode falochron.Mode, draw bool) (*planner, *shop) {
	s := w.shop("a", "a.example")
	s.limit = 2
	s.pages["/p"] = offer{takes: 100 * time.Millisecond, fresh: 10 * time.Minute}
	w.start(mode, origin.Config{})
	p := w.planner()
	p.do(plan.PutEvening{Campaign: "a-1", Evening: plan.Evening{Name: "Black Friday", Start: time.Now().Add(40 * time.Minute), PreQueue: 20 * time.Minute, Draw: draw, Lasts: 2 * time.Hour}})
	return p, s
}

// An evening of the plan opens its waiting room by itself, is moved while people stand in
// it, and is drawn as they were told before.
func TestAnEveningOfThePlanIsDrawn(t *testing.T) {
	story(t, func(w *world) {
		p, _ := evening(w, falochron.ModeAuto, true)
		start := w.vitals("a").Opening.Start
		w.expect("a shop that sells as ever", w.visitor("a.example").see("/p").status, 200)
		w.expect("nothing is drawn yet", len(p.draws("a.example")), 0)
		advance(time.Until(start.Add(-20*time.Minute)) - time.Second)
		w.expect("a second before the waiting room opens", w.visitor("a.example").see("/p").status, 200)
		advance(2 * time.Second)

		// The page is in the cache, and yet who comes now is to be in the draw.
		fans := make([]*visitor, 12)
		for i := range fans {
			fans[i] = w.visitor("a.example")
			got := fans[i].see("/p")
			if got.status != http.StatusServiceUnavailable || got.state() != "prequeue" || got.says("start") != start.Format(time.RFC3339) || !strings.Contains(got.body, "We begin at 1\u00a0Jan, 01:40; the waiting room opens at 1\u00a0Jan, 01:20.") {
				t.Fatalf("%d %s %s", got.status, got.state(), got.body)
			}
		}
		o := w.vitals("a").Opening
		w.expect("the vitals", fmt.Sprintf("%s %t %t %q", o.Evening, o.Open, o.Draw, o.Overruled), `a-1.1 true true ""`)
		announced := p.draws("a.example")
		if len(announced) != 1 || announced[0].Seed != "" || len(announced[0].Commitment) != 64 {
			t.Fatalf("published: %v", announced)
		}

		// It slips by fifty minutes: further than a waiting room would open before it. Who
		// stands in it stays, and is told within a second.
		p.do(plan.Slip{Campaign: "a-1", Moment: "a-1.1", By: 50 * time.Minute})
		moved := start.Add(50 * time.Minute)
		for _, f := range fans {
			got := f.status()
			w.expect("after the slip", got.State+" "+got.Start+" "+got.Line, "prequeue "+moved.Format(time.RFC3339)+" We begin a little later: at 1\u00a0Jan, 02:30.")
		}
		w.expect("still", p.draws("a.example")[0].Commitment, announced[0].Commitment)

		advance(time.Until(moved) + 300*time.Millisecond)
		drawn := p.draws("a.example")
		if len(drawn) != 1 || drawn[0].Commitment != announced[0].Commitment || len(drawn[0].Seed) != 64 || drawn[0].Count != 12 || !drawn[0].Start.Equal(moved) {
			t.Fatalf("published: %v, was %v", drawn, announced)
		}
		for _, f := range fans {
			got, _ := f.reach("GET", "/p")
			w.expect("in the end", got.status, 200)
		}
		w.expect("over", w.vitals("a").InLine, 0)
	})
}

// An evening that is called off lets those who wait in as they came, and tells them.
func TestAnEveningIsCalledOff(t *testing.T) {
	story(t, func(w *world) {
		p, s := evening(w, falochron.ModeAuto, true)
		advance(25 * time.Minute)
		fans := make([]*visitor, 6)
		for i := range fans {
			fans[i] = w.visitor("a.example")
			w.expect("before", fans[i].see("/p").state(), "prequeue")
			w.expect("before", fans[i].status().State, "prequeue")
		}
		w.order("a", func(s *falochron.Snapshot) { s.Mode = falochron.ModeHold }) // so that the order can be seen
		p.do(plan.Cancel{Campaign: "a-1", Moment: "a-1.1", Why: "sold out"})
		for i, f := range fans {
			var got struct {
				State, Line string
				Ahead       int
			}
			if err := json.Unmarshal([]byte(f.script("GET", "/.falochron/status").body), &got); err != nil {
				t.Fatal(err)
			}
			w.expect("told", fmt.Sprint(got), fmt.Sprint("{held This time it does not take place; we will be back. ", i, "}"))
		}
		w.expect("nothing is drawn", len(p.draws("a.example")), 0)
		w.order("a", func(s *falochron.Snapshot) { s.Mode = falochron.ModeAuto })
		for _, f := range fans {
			got, _ := f.reach("GET", "/p")
			w.expect("let in", got.status, 200)
		}
		if s.requests("/p") == 0 {
			t.Error("nobody reached the shop")
		}
	})
}

// Without a draw people go in as they came, whoever reloads, and no lot is published.
func TestAnEveningWithoutADraw(t *testing.T) {
	story(t, func(w *world) {
		p, _ := evening(w, falochron.ModeAuto, false)
		advance(25 * time.Minute)
		fans := make([]*visitor, 8)
		for i := range fans {
			fans[i] = w.visitor("a.example")
			got := fans[i].see("/p")
			w.expect("before", got.state(), "prequeue")
			if !strings.Contains(got.body, "We let people in as they came") || strings.Contains(got.body, "draw") {
				t.Fatal(got.body)
			}
			fans[i].status()
		}
		// A restart in between, and a slip: the order stays.
		w.kill()
		w.start(falochron.ModeAuto, origin.Config{})
		p.attend()
		w.expect("after the kill", fans[0].status().State, "prequeue")
		p.do(plan.Slip{Campaign: "a-1", Moment: "a-1.1", By: -10 * time.Minute})
		w.order("a", func(s *falochron.Snapshot) { s.Mode = falochron.ModeHold })
		advance(6 * time.Minute)
		w.expect("nothing is drawn", len(p.draws("a.example")), 0)
		for i, f := range fans {
			var got struct {
				State string
				Ahead int
			}
			if err := json.Unmarshal([]byte(f.script("GET", "/.falochron/status").body), &got); err != nil {
				t.Fatal(err)
			}
			w.expect("after the start", fmt.Sprint(got), fmt.Sprint("{held ", i, "}"))
		}
	})
}

// The waiting page tells the start by the clock by which the plan tells it to the fans,
// unless the configuration names another; after a kill as well.
func TestOneClockOnThePage(t *testing.T) {
	story(t, func(w *world) {
		var configured *time.Location
		w.cfg = func(c *edge.ShopConfig) {
			pages, err := page.New(page.Config{ShopName: "A", DefaultLang: "en", Location: configured})
			if err != nil {
				t.Fatal(err)
			}
			c.Pages = pages
		}
		p, _ := evening(w, falochron.ModeAuto, true)
		start := w.vitals("a").Opening.Start
		advance(25 * time.Minute)
		warsaw, err := time.LoadLocation("Europe/Warsaw")
		if err != nil {
			t.Fatal(err)
		}
		there := start.In(warsaw).Format("15:04")
		fan := w.visitor("a.example")
		tells := func(clock string) {
			t.Helper()
			body := strings.ReplaceAll(fan.see("/p").body, "\u00a0", " ")
			if !strings.Contains(body, clock) || !strings.Contains(body, "We begin at 1 Jan, "+there) {
				t.Fatalf("no %q, or the fans are told another than %s:\n%s", clock, there, body)
			}
		}
		tells(there + " (CET)")
		w.kill()
		w.start(falochron.ModeAuto, origin.Config{})
		tells(there + " (CET)") // from disk, before the plan says it again
		w.kill()
		configured = time.UTC
		w.start(falochron.ModeAuto, origin.Config{})
		p.attend()
		tells(start.UTC().Format("15:04 (UTC)"))
	})
}

// What was ordered counts before what is planned: a start, and a mode.
func TestOrdersCountBeforeThePlan(t *testing.T) {
	story(t, func(w *world) {
		var warned []string
		w.cfg = func(c *edge.ShopConfig) { c.Warn = func(err error) { warned = append(warned, err.Error()) } }
		p, _ := evening(w, falochron.ModeAuto, true)
		planned := w.vitals("a").Opening.Start
		ordered := planned.Add(20 * time.Minute)
		w.order("a", func(s *falochron.Snapshot) { s.Start = ordered })
		o := w.vitals("a").Opening
		w.expect("overruled", fmt.Sprintf("%t %q %s %d", o.Start.Equal(ordered), o.Evening, o.Overruled, len(warned)), `true "" a-1.1 1`)
		advance(25 * time.Minute)
		w.expect("an evening that was overruled", w.visitor("a.example").see("/p").status, 200)
		w.order("a", func(s *falochron.Snapshot) { s.Start = time.Time{} })
		w.expect("it counts again", w.visitor("a.example").see("/p").state(), "prequeue")
		// Of these none has the line before what is shared.
		for _, mode := range []falochron.Mode{falochron.ModeHold, falochron.ModeWatch, falochron.ModeOff} {
			w.order("a", func(s *falochron.Snapshot) { s.Mode = mode })
			w.expect(mode.String(), w.visitor("a.example").see("/p").status, 200)
		}
		snap, _ := w.edge.Snapshot("a")
		w.expect("the plan orders no mode", snap.Mode, falochron.ModeOff)
		p.do(plan.Cancel{Campaign: "a-1"})
	})
}

// A start that is ordered while people stand in the waiting room of the evening moves it:
// nobody is let in early, and the draw is the one that they were told of.
func TestAnOrderedStartMovesAnOpenWaitingRoom(t *testing.T) {
	story(t, func(w *world) {
		p, _ := evening(w, falochron.ModeAuto, true)
		planned := w.vitals("a").Opening.Start
		advance(25 * time.Minute)
		fans := make([]*visitor, 12)
		for i := range fans {
			fans[i] = w.visitor("a.example")
			w.expect("before", fans[i].see("/p").state(), "prequeue")
		}
		announced := p.draws("a.example")
		if len(announced) != 1 {
			t.Fatalf("published: %v", announced)
		}
		later := planned.Add(70 * time.Minute)
		w.order("a", func(s *falochron.Snapshot) { s.Start = later })
		advance(time.Second)
		for _, f := range fans {
			got := f.status()
			w.expect("ordered later", got.State+" "+got.Start, "prequeue "+later.Format(time.RFC3339))
		}
		w.order("a", func(s *falochron.Snapshot) { s.Start = time.Now() })
		advance(time.Second)
		drawn := p.draws("a.example")
		if len(drawn) != 1 || drawn[0].Commitment != announced[0].Commitment || len(drawn[0].Seed) != 64 || drawn[0].Count != 12 {
			t.Fatalf("ordered for now, published: %v, was %v", drawn, announced)
		}
	})
}

// Whoever dies between the word of the plan and the line's own file opens the evening for
// the moment that the plan has, and takes no old one for an order.
func TestAKillBetweenTheSlipAndTheLine(t *testing.T) {
	story(t, func(w *world) {
		p, _ := evening(w, falochron.ModeAuto, true)
		planned := w.vitals("a").Opening.Start
		advance(25 * time.Minute)
		f := w.visitor("a.example")
		w.expect("before", f.see("/p").state(), "prequeue")
		announced := p.draws("a.example")
		advance(2 * time.Second) // the line is on disk
		w.kill()
		kept, err := w.store.Shop("a")
		if err != nil {
			t.Fatal(err)
		}
		a, arrivals, err := kept.LoadAnnounced()
		if err != nil || a == nil {
			t.Fatal(a, err)
		}
		a.Evenings[0].Start = planned.Add(50 * time.Minute)
		if err := kept.SaveAnnounced(a, arrivals); err != nil {
			t.Fatal(err)
		}
		w.start(falochron.ModeAuto, origin.Config{})
		o := w.vitals("a").Opening
		w.expect("the opening", fmt.Sprintf("%q %t %q %t", o.Evening, o.Start.Equal(planned.Add(50*time.Minute)), o.Overruled, o.Open), `"a-1.1" true "" true`)
		snap, _ := w.edge.Snapshot("a")
		w.expect("nothing was ordered", snap.Start, time.Time{})
		w.expect("still", f.status().State, "prequeue")
		if after := p.draws("a.example"); len(after) != 1 || len(announced) != 1 || after[0].Commitment != announced[0].Commitment {
			t.Errorf("published: %v, was %v", after, announced)
		}
	})
}

// What is written to the store counts at the edge within a second, whichever process
// writes it.
func TestAnotherProcessMovesThePost(t *testing.T) {
	story(t, func(w *world) {
		s := w.shop("a", "a.example")
		w.start(falochron.ModeAuto, origin.Config{})
		file := filepath.Join(t.TempDir(), "plan.db")
		open := func() *control.Campaigns {
			c, err := control.OpenCampaigns(context.Background(), control.CampaignsConfig{Open: func(ctx context.Context) (*store.Store, error) {
				return store.Open(ctx, store.Config{Address: file})
			}})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		here := open()
		announcer := control.Announcer{Plan: here, Shops: w.edge.Shops, Behind: func(s *plan.Shop) string { return string(s.ID) }, Publish: w.announce}
		ctx, stop := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { here.Run(ctx) })
		running.Go(func() { announcer.Run(ctx) })
		do := func(c *control.Campaigns, commands ...plan.Command) {
			for _, command := range commands {
				if _, err := c.Do(context.Background(), time.Now(), plan.Actor{Role: plan.Operator}, command); err != nil {
					t.Fatalf("%T: %v", command, err)
				}
			}
			advance(time.Second)
		}
		do(here, plan.PutParty{Party: plan.Party{ID: "ola", Name: "Ola"}})
		do(here, shopInPlan(s)...)
		start := time.Now().Add(40 * time.Minute).UTC()
		do(here, plan.PutEvening{Campaign: "a-1", Evening: plan.Evening{Name: "Black Friday", Start: start, PreQueue: 20 * time.Minute, Draw: true, Lasts: time.Hour}})
		w.expect("planned here", w.vitals("a").Opening.Start, start)
		other := open()
		do(other, plan.Slip{Campaign: "a-1", Moment: "a-1.1", By: time.Hour})
		w.expect("moved elsewhere", w.vitals("a").Opening.Start, start.Add(time.Hour))
		do(other, plan.Cancel{Campaign: "a-1"})
		w.expect("called off elsewhere", w.vitals("a").Opening.Start, time.Time{})
		stop()
		running.Wait()
		for _, c := range []*control.Campaigns{here, other} {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}
