package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/crowd"
)

// How long the story waits for what should follow a tap. Each is longer than what is
// promised, so that a late answer is told as late.
const (
	toldWithin = 20 * time.Second
	seenWithin = 30 * time.Second
)

// chapter is one moment of the story.
type chapter struct {
	At       time.Time `json:"at"`
	Says     string    `json:"says"`
	Pictures []string  `json:"pictures,omitempty"`
}

// tell prints what happened and keeps it for the report.
func (s *announcedStage) tell(r *announcedResult, pictures []string, format string, args ...any) {
	c := chapter{time.Now(), fmt.Sprintf(format, args...), pictures}
	r.Story = append(r.Story, c)
	s.out.say("%s  %s", c.At.Format("15:04:05"), c.Says)
	for _, p := range pictures {
		s.out.say("          picture: %s", p)
	}
}

// afterMS is how many milliseconds lie between two moments; never where one of them is
// missing.
func afterMS(from, to time.Time) told {
	if from.IsZero() || to.IsZero() {
		return told(math.NaN())
	}
	return told(ms(to.Sub(from)))
}

// play tells the story from the signed link to the draw.
func (s *announcedStage) play(ctx context.Context) (*announcedResult, error) {
	r := &announcedResult{}
	var err error
	ola := s.hand.tab(ctx, "Ola", 390, 844, true, "en", &err)
	jan := s.hand.tab(ctx, "Jan", 1280, 900, false, "en", &err)
	wall := s.hand.tab(ctx, "the wall", 1600, 1000, false, "en", &err)
	s.comesIn(ctx, r, ola, wall)
	if err == nil {
		err = s.calls(ctx, r, ola, jan)
	}
	if err == nil {
		err = s.posts(ctx, r, ola, wall)
	}
	if err == nil {
		err = s.evening(ctx, r, wall, &err)
	}
	r.Messages, r.Twice, r.Unsigned = s.chat.tally()
	s.tell(r, nil, "%d messages went to the four in all, %d of them to the host in the minute after its first.", len(r.Messages), r.firstMinute("hosting"))
	return r, err
}

// enters opens a link as a person does: sees the door, and presses its button.
func (s *announcedStage) enters(ctx context.Context, t *tabDemo, party string) {
	t.open(ctx, s.links[party])
	t.click(ctx, `button[value=open]`)
	i := slices.IndexFunc(theParties, func(p aParty) bool { return p.id == party })
	t.await(ctx, `location.pathname === '`+theParties[i].page+`'`, seenWithin)
}

// comesIn is how Ola comes to her page, and what she sees there.
func (s *announcedStage) comesIn(ctx context.Context, r *announcedResult, ola, wall *tabDemo) {
	if *ola.err = outside(ctx, s.links["ola"], nil); *ola.err == nil {
		s.tell(r, nil, "A program that checks messages opens Ola's link. It opens nothing.")
	}
	s.enters(ctx, ola, "ola")
	ola.says(ctx, fmt.Sprintf("your shop takes %d a minute", rehearsedOrders), seenWithin)
	hold := ola.reads(ctx, "#verdict")
	s.tell(r, []string{ola.picture(ctx, "1-influencer-before")}, "Ola opens it on her phone, presses Open, and sees: %s", hold)
	s.enters(ctx, wall, "agency")
	var ready struct {
		Readiness struct {
			Verdict string
			Load    struct{ People float64 }
		}
	}
	if *ola.err == nil {
		*ola.err = s.ask(ctx, http.MethodGet, "plan/campaigns/"+theCampaign+"/readiness", "", nil, &ready)
	}
	r.Foretold, r.Verdict = int(ready.Readiness.Load.People+0.5), ready.Readiness.Verdict
}

// calls is the tap ten minutes ahead, and what becomes of it until the host has
// acknowledged it.
func (s *announcedStage) calls(ctx context.Context, r *announcedResult, ola, jan *tabDemo) error {
	known, err := s.watch(ctx, "called")
	if err != nil {
		return err
	}
	tap := ola.click(ctx, `button[value=post-soon]`)
	ola.says(ctx, "The post goes out in 10 minutes", seenWithin)
	if *ola.err != nil {
		return *ola.err
	}
	s.tell(r, []string{ola.picture(ctx, "2-influencer-called")}, "Ola taps “In 10 minutes”.")
	w := <-known
	r.Call.PlanMS, r.Call.EdgeMS = afterMS(tap, w.plan), afterMS(tap, w.edge)
	s.tell(r, nil, "  %s ms after the tap it is in the plan, %s ms after it at the edge.", r.Call.PlanMS, r.Call.EdgeMS)

	m, came := s.chat.await(ctx, "hosting", tap, toldWithin, func(m *chatMessage) bool {
		return strings.Contains(m.Subject, "The post goes out in 10 minutes") && len(m.Links) > 0
	})
	if !came {
		r.Call.ToldMS = told(math.NaN())
		s.tell(r, nil, "  the host was not told within %s.", toldWithin)
		return nil
	}
	r.Call.ToldMS = afterMS(tap, m.At)
	s.tell(r, nil, "  %s ms after it the host's chat has, with a good signature: “%s”", r.Call.ToldMS, m.Subject)

	link := m.Links[0].URL
	before, err := s.heard(ctx)
	if err != nil {
		return err
	}
	if err := outside(ctx, link, nil); err != nil {
		return err
	}
	jan.open(ctx, link)
	opened, err := s.heard(ctx)
	if err != nil {
		return err
	}
	r.Call.OpeningDoesNothing = opened == before
	asks := jan.picture(ctx, "3-host-message")
	at := jan.click(ctx, `button[value=seen]`)
	seen := jan.await(ctx, `location.search.includes('done') && !!document.querySelector('[data-verdict=go]')`, seenWithin)
	if *jan.err != nil {
		return *jan.err
	}
	r.Call.AcknowledgedMS = afterMS(at, seen)
	after, err := s.heard(ctx)
	if err != nil {
		return err
	}
	r.Call.Acknowledged = after == opened+1
	s.tell(r, []string{asks, jan.picture(ctx, "4-host-acknowledged")}, "Jan of the host opens the message's link (opening alone does nothing), and confirms: %s after the tap.", seen.Sub(tap).Round(10*time.Millisecond))
	return nil
}

// noticed is when a change was first seen.
type noticed struct{ plan, edge time.Time }

// watch looks every 20 ms whether the post is in another state in the plan, and whether
// the edge tells its fans otherwise than before.
func (s *announcedStage) watch(ctx context.Context, state string) (<-chan noticed, error) {
	before, err := s.fansAreTold(ctx)
	out := make(chan noticed, 1)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, toldWithin)
		defer cancel()
		var n noticed
		for ctx.Err() == nil && (n.plan.IsZero() || n.edge.IsZero()) {
			if n.plan.IsZero() {
				if now, err := s.planState(ctx); err == nil && now == state {
					n.plan = time.Now()
				}
			}
			if n.edge.IsZero() {
				if told, err := s.fansAreTold(ctx); err == nil && told != before {
					n.edge = time.Now()
				}
			}
			_ = pause(ctx, 20*time.Millisecond)
		}
		out <- n
	}()
	return out, err
}

// fansAreTold is what the edge tells everybody who asks for the shop's status line.
func (s *announcedStage) fansAreTold(ctx context.Context) (string, error) {
	var line struct {
		Words map[string]struct{ Said string }
	}
	err := outside(ctx, "http://"+s.edge.listen+"/.falochron/line.json", &line)
	return line.Words["en"].Said, err
}

// shortLink is the path of the post's short link, and how many came by it.
func (s *announcedStage) shortLink(ctx context.Context) (path string, came int, err error) {
	var got struct {
		Links []struct {
			Post, Code string
			Arrivals   int
		}
	}
	if err := s.ask(ctx, http.MethodGet, "plan/campaigns/"+theCampaign+"/links", "", nil, &got); err != nil {
		return "", 0, err
	}
	for _, l := range got.Links {
		if l.Post == thePost {
			return falochron.ShortLinkPath + l.Code, l.Arrivals, nil
		}
	}
	return "", 0, errors.New("the post has no short link")
}

// planState is the state of the post in the plan.
func (s *announcedStage) planState(ctx context.Context) (string, error) {
	var got struct {
		Campaign struct {
			Posts []struct{ State string }
		}
	}
	if err := s.ask(ctx, http.MethodGet, "plan/campaigns/"+theCampaign, "", nil, &got); err != nil || len(got.Campaign.Posts) == 0 {
		return "", err
	}
	return got.Campaign.Posts[0].State, nil
}

// heard is how often the host has acknowledged something of the campaign.
func (s *announcedStage) heard(ctx context.Context) (n int, err error) {
	var got struct {
		Audit struct {
			Entries []struct {
				What string
				By   struct{ Party string }
			}
		}
	}
	err = s.ask(ctx, http.MethodGet, "plan/campaigns/"+theCampaign+"/audit", "", nil, &got)
	for _, e := range got.Audit.Entries {
		if strings.HasPrefix(e.What, "heard") && e.By.Party == "hosting" {
			n++
		}
	}
	return n, err
}

// posts is the tap, the wave that follows it, and what the war room shows.
func (s *announcedStage) posts(ctx context.Context, r *announcedResult, ola, wall *tabDemo) error {
	wall.open(ctx, s.room+"/plan/war-room/"+theCampaign)
	known, err := s.watch(ctx, "out")
	if err != nil {
		return err
	}
	tap := ola.click(ctx, `button[value=post-now]`)
	ola.says(ctx, "The post is out", seenWithin)
	if *ola.err != nil {
		return *ola.err
	}
	if s.fault == "slow-tap" {
		tap = tap.Add(-3 * time.Second)
	}
	w := <-known
	r.Post.PlanMS, r.Post.EdgeMS = afterMS(tap, w.plan), afterMS(tap, w.edge)
	s.tell(r, nil, "Ola taps “I'm posting now”: %s ms after it that is in the plan, %s ms after it at the edge. The post goes out.", r.Post.PlanMS, r.Post.EdgeMS)

	path, _, err := s.shortLink(ctx)
	if err != nil {
		return err
	}
	if s.fault == "bare-link" {
		path = ""
	}
	list, err := s.fans(path, r.Foretold, s.length)
	if err != nil {
		return err
	}
	s.tell(r, nil, "%d fans come within %s, as many as the forecast says of the first minute, by %s and each with a click id of its own.", len(list.Fans), s.length, path)
	over := s.send(ctx, list, "the wave")
	defer s.plant(ctx)()
	if err := pause(ctx, s.length-beforeTheEnd); err != nil {
		return err
	}
	s.tell(r, []string{ola.picture(ctx, "5-influencer-wave"), wall.picture(ctx, "6-war-room")}, "At its height Ola's phone says: %s",
		ola.reads(ctx, "#live"))
	r.Marker = s.marker(ctx, wall, tap)
	got := <-over
	if got.err != nil {
		return got.err
	}
	r.Wave = waveOf(got.report)
	if _, r.Wave.Counted, err = s.shortLink(ctx); err != nil {
		return err
	}
	s.tell(r, nil, "The wave is over: %d came, %d of them by the short link as the edge counted; up to %d stood in line, %d were let in, %d of these let down; %d ordered.",
		r.Wave.Came, r.Wave.Counted, r.Wave.InLine, r.Wave.Admitted, r.Wave.Broken, r.Wave.Orders)
	return *ola.err
}

// plant makes the shop die in mid-wave for a while, if that is the fault, and returns
// what waits until it is back.
func (s *announcedStage) plant(ctx context.Context) (wait func()) {
	var back sync.WaitGroup
	if s.fault == "dead-shop" {
		back.Go(func() {
			if pause(ctx, s.length/3) == nil {
				s.out.say("  the shop dies")
				s.shop.kill()
			}
			if pause(ctx, s.length/6) == nil {
				s.out.say("  the shop is back")
				_ = s.shop.start() // if not, it stays dead, which is the fault
			}
		})
	}
	return back.Wait
}

// marker reads from the war room when it says that the post went out.
func (s *announcedStage) marker(ctx context.Context, wall *tabDemo, tap time.Time) told {
	shown := wall.text(ctx, `(document.querySelector('#arrivals-curve .marks time') || {getAttribute: function () { return ''; }}).getAttribute('datetime')`)
	at, err := time.Parse(time.RFC3339Nano, shown)
	if err != nil {
		return told(math.NaN())
	}
	return told(math.Abs(ms(at.Sub(tap))))
}

// beforeTheEnd of the wave it is looked at: what was a minute ago is known by then.
const beforeTheEnd = 6 * time.Second

// announcedWave is how long the wave is, that is the first minute after the post.
const announcedWave = time.Minute

// Bounds of the crowd: fewer are no wave, more are more than a laptop with a browser on
// it plays in a minute.
const fewestFans, mostFans = 200, 1500

// fans are who comes by an address, n of them over length.
func (s *announcedStage) fans(path string, n int, length time.Duration) (*crowd.List, error) {
	plan := toyshopPlan(s.seed, demoCompression)
	for i := range plan.Journeys {
		steps := slices.Clone(plan.Journeys[i].Steps)
		if path != "" {
			steps[0].Path = path + "?{click}"
		}
		plan.Journeys[i].Steps = steps
	}
	return crowd.Draw(plan, min(max(n, fewestFans), mostFans), length)
}

// goneHome is a crowd that has gone home.
type goneHome struct {
	report *crowd.Report
	err    error
}

// send lets a crowd come, beside everything else that happens.
func (s *announcedStage) send(ctx context.Context, list *crowd.List, name string) <-chan goneHome {
	out := make(chan goneHome, 1)
	go func() {
		rep, err := crowd.Wave{List: list, Target: crowd.Target{Base: "http://" + s.edge.listen}, Grace: waveGrace,
			Progress: func(p crowd.Progress) {
				s.out.progress(name, p.At, list.Length, fmt.Sprintf("%d orders, %d in line, %d inside", p.Orders, p.InLine, p.Inside))
			}}.Run(ctx)
		out <- goneHome{rep, errors.Join(err, ctx.Err())}
	}()
	return out
}

// pause waits.
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
