package main

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/radar"
)

// aSight is half a minute of a wave of ola's story, four minutes early.
func aSight(w *planWorld) *control.RadarSight {
	onset := theEvening.Add(-4 * time.Minute)
	now := onset.Add(30 * time.Second)
	s := &control.RadarSight{
		Shop: "lip", Planned: "lip", At: now, From: onset.Add(-2 * time.Minute), Come: 1240,
		Sighting: radar.Sighting{State: radar.Storm, Onset: onset, Rate: 60, Base: 1, Factor: 60, Known: true},
		Suspects: []radar.Suspect{{Post: "lip-1.1", Channel: falochron.Instagram, By: falochron.ByLink, Share: 0.9, Confidence: 0.97, Early: 4 * time.Minute}},
		Post:     &control.RadarPost{ID: "lip-1.1", Campaign: "lip-1", Kind: "instagram-story", Account: w.words("A", "account"), Party: "ola", At: theEvening},
		Verdicts: []falochron.CohortVerdict{
			{Key: falochron.CohortKey{Net: netip.MustParsePrefix("203.0.113.7/32"), Client: falochron.ClientTool}, Kind: falochron.CohortAttack, Confidence: 0.98, Treatment: falochron.TreatSlow},
			{Key: falochron.CohortKey{Client: falochron.ClientApp, Marked: true}, Kind: falochron.CohortFans, Confidence: 0.97},
		},
	}
	for i := range 150 {
		n := uint32(1)
		if i >= 120 {
			n = uint32(2 * (i - 119))
		}
		s.Counts = append(s.Counts, n)
	}
	s.Nowcast = forecast.Nowcast(forecast.Observed{Until: now, Tick: time.Second, Counts: s.Counts, Base: 1, Onset: onset})
	return s
}

// While a wave is on, everybody's page has it in one sentence; a host, and an influencer
// of another post, are told that and when, not whose.
func TestTheRadarOnThePages(t *testing.T) {
	w := openPlanWorld(t)
	seen := aSight(w)
	w.clock = seen.At
	w.radar = func(shop string) (*control.RadarSight, bool) { return seen, shop == "lip" }
	mm, web := w.opens("mm", plan.MediaHouse), w.opens("web", plan.Host)
	ola, eva := w.opens("ola", plan.Influencer), w.opens("eva", plan.Influencer)
	const whose, hidden = "story of secretA account, 4 minutes early (97 % sure), began 19:56:00", "The wave announced for 20:00, 4 minutes early (97 % sure), began 19:56:00"
	mm.reads("/plan/war-room/lip-1", whose, "Tools, one address of 203.0.113.0/24", "in a lane of its own", "attack, 98%", "fans, 97%", "to come: eight of ten such waves")
	ola.reads("/plan/next", whose)
	web.reads("/plan/host", hidden)
	web.reads("/plan/war-room/lip-1", hidden, "attack, 98%")
	for path, b := range map[string]*browser{"/plan/host": web, "/plan/next": eva, "/plan/war-room": eva} {
		if says := text(b.get(path).Body.String()); strings.Contains(says, "secretA account") || strings.Contains(says, "203.0.113.7") {
			t.Errorf("%s tells whose the wave is: %s", path, says)
		}
	}
	if says := text(ola.get("/plan/next").Body.String()); strings.Contains(says, "203.0.113") {
		t.Error("an influencer's phone lists crowds")
	}
	seen.Post.Party = "eva" // of another influencer
	ola.reads("/plan/next", hidden)
	mm.header = map[string][]string{"Accept-Language": {"pl"}}
	mm.reads("/plan/war-room/lip-1", "elacja secretA account z 20:00, 4 minuty wcześniej (97 % pewności), początek o 19:56:00", "atak, 98%")

	calm := *seen
	calm.State = radar.Calm
	w.radar = func(string) (*control.RadarSight, bool) { return &calm, true }
	if says := text(mm.get("/plan/war-room/lip-1").Body.String()); strings.Contains(says, "4 minut") {
		t.Errorf("in calm the war room says %s", says)
	}
}

// The chart of a wave is measured until now, and a band from then on; it goes on with the
// wave, and never asks for a second that is not there.
func TestTheChartOfAWave(t *testing.T) {
	w := openPlanWorld(t)
	seen := aSight(w)
	for _, age := range []int{1, 4, 30, 400, 599, 601, 1200, 3700} {
		s := *seen
		s.Counts = nil
		for i := range 120 + age {
			s.Counts = append(s.Counts, uint32(i%7))
		}
		if extra := len(s.Counts) - 3720; extra > 0 {
			s.Counts, s.From = s.Counts[extra:], s.From.Add(time.Duration(extra)*time.Second)
		}
		now := s.From.Add(time.Duration(len(s.Counts)) * time.Second)
		c := liveCurve(&s, nil, time.UTC)
		measured, ahead := 0, 0
		for _, p := range c.Points {
			switch {
			case p.Mid != console.Unknown && p.At.Add(liveStep).After(now):
				t.Fatalf("%d s: %v is measured", age, p.At)
			case p.Mid != console.Unknown:
				measured++
			case p.Low != console.Unknown:
				ahead++
			}
		}
		if measured < 12 || len(c.Points) < 100 || len(c.Points) > 140 || !c.Nowcast {
			t.Errorf("%d s: %d points, %d measured, %d ahead", age, len(c.Points), measured, ahead)
		}
		if seen.Nowcast.Known && ahead == 0 {
			t.Errorf("%d s: nothing is ahead", age)
		}
	}
}

// What a wave brought is in the history: when it began, how many came, and what was said.
func TestAWaveInTheHistory(t *testing.T) {
	w := openPlanWorld(t)
	w.clock = theEvening.Add(time.Minute)
	machine := plan.Actor{Role: plan.Machine}
	w.must(machine, plan.PostNow{Campaign: "lip-1", Post: "lip-1.1"})
	began := w.clock
	w.must(machine, plan.RecordSight{Shop: "lip", Sight: plan.Sight{What: plan.WaveSeen, Began: began, Campaign: "lip-1", Post: "lip-1.1", Sure: 0.97, People: plan.Interval{Low: 2400, Mid: 3200, High: 4900}}})
	w.clock = w.clock.Add(2 * time.Hour)
	w.must(machine, plan.RecordSight{Shop: "lip", Sight: plan.Sight{What: plan.WaveOver, Began: began, Ended: w.clock, Campaign: "lip-1", Post: "lip-1.1", Sure: 0.97, Came: 3120, All: 8310, Peak: 498, PeakAt: began.Add(80 * time.Second)}})
	w.must(machine, plan.RecordOutcome{Campaign: "lip-1", Moment: "lip-1.1", Outcome: plan.Outcome{FirstMinute: 412, FirstHour: 8310, Before: 96, Orders: -1}})
	mm := w.opens("mm", plan.MediaHouse)
	mm.reads("/plan/history", "The wave began 20:01:00", "People in its first ten minutes 3,120 said when it began: 2,400–4,900", "In the busiest minute 498 20:02:20")
}
