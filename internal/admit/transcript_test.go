package admit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/falochron/falochron"
)

// The transcripts tell the limiter's and the places' rules as stories that can
// be read aloud; go test ./internal/admit -rewrite writes them anew.
func TestLimiterTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata/limiter", func(t *testing.T, path string) {
		s := &limiterStory{}
		datadriven.RunTest(t, path, s.play)
	})
}

func TestPlacesTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata/places", func(t *testing.T, path string) {
		s := &placesStory{}
		datadriven.RunTest(t, path, s.play)
	})
}

var evening = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)

type limiterStory struct {
	now  time.Time
	lim  *Limiter
	id   uint64
	busy []serving // at the deterministic shop of "full"
}

type serving struct {
	id uint64
	at time.Time
}

func (s *limiterStory) play(t *testing.T, d *datadriven.TestData) string {
	var out strings.Builder
	switch d.Cmd {
	case "new":
		s.now, s.id, s.busy = evening, 1000, nil
		cfg := Config{Start: number(d, "start", 0), Ceiling: number(d, "ceiling", 0), VisitorParallel: number(d, "visitor", 0),
			QueueMax: number(d, "queue", 0), CallbackQueue: number(d, "callbacks", 0)}
		s.lim = NewLimiter(cfg, s.now)
	case "ceiling":
		s.lim.SetCeiling(number(d, "n", 0))
	case "arrive": // one request a line: id lane [visitor]
		for line := range strings.Lines(d.Input) {
			var id, visitor uint64
			var lane string
			fmt.Sscan(line, &id, &lane, &visitor)
			_, v := s.lim.Arrive(s.now, Request{ID: id, Lane: laneNamed(t, lane), Class: falochron.ClassPage, Visitor: visitor})
			fmt.Fprintf(&out, "%d %s: %s, bound by %s %v\n", id, v.Action, v.Reason, v.Limit, v.Bound)
		}
	case "crowded":
		s.lim.Crowded(true)
	case "watch":
		v := s.lim.Watch(s.now, Request{ID: uint64(number(d, "id", 0)), Lane: LaneInside, Class: falochron.ClassPage})
		fmt.Fprintf(&out, "would %s: %s\n", v.Action, v.Reason)
	case "done":
		for line := range strings.Lines(d.Input) {
			var id uint64
			var how string
			fmt.Sscan(line, &id, &how)
			took, st, sh := s.lim.Done(s.now, id, outcomeNamed(t, how))
			fmt.Fprintf(&out, "%d took %v\n", id, took)
			s.tell(&out, st, sh)
		}
	case "cancel":
		s.lim.Cancel(uint64(number(d, "id", 0)))
	case "advance":
		by, err := time.ParseDuration(strings.TrimSpace(d.Input))
		if err != nil {
			t.Fatal(err)
		}
		s.now = s.now.Add(by)
		st, sh := s.lim.Tick(s.now)
		s.tell(&out, st, sh)
	case "full":
		s.full(t, d, &out)
	case "state":
		st := s.lim.State()
		fmt.Fprintf(&out, "%d of %d in flight (%s)", st.InFlight, st.Limit, st.Bound)
		for l := range NumLanes {
			if st.Waiting[l] > 0 {
				fmt.Fprintf(&out, ", %d %s wait", st.Waiting[l], l)
			}
		}
		fmt.Fprintf(&out, "; dead %v; %s\n", s.lim.Dead(), st.Why)
	default:
		t.Fatalf("unknown command %q", d.Cmd)
	}
	if out.Len() == 0 {
		return "ok\n"
	}
	return out.String()
}

func (s *limiterStory) tell(out *strings.Builder, st []Start, sh []Shed) {
	for _, x := range st {
		fmt.Fprintf(out, "start %d after %v\n", x.ID, x.Waited)
	}
	for _, x := range sh {
		fmt.Fprintf(out, "refuse %d: %s, bound by %s\n", x.ID, x.Verdict.Reason, x.Verdict.Limit)
	}
}

// full keeps every slot taken for a while at a shop of some workers that take
// each the same time, first come first served, and tells each change.
func (s *limiterStory) full(t *testing.T, d *datadriven.TestData, out *strings.Builder) {
	workers := number(d, "workers", 8)
	each := time.Duration(number(d, "ms", 400)) * time.Millisecond
	how := outcomeNamed(t, word(d, "answers", "answered"))
	end, why := s.now.Add(time.Duration(number(d, "seconds", 10))*time.Second), s.lim.State().Why
	begun := s.now
	for s.now.Before(end) {
		s.now = s.now.Add(10 * time.Millisecond)
		for len(s.busy) > 0 && !s.busy[0].at.After(s.now) {
			id := s.busy[0].id
			s.busy = s.busy[1:]
			s.lim.Done(s.now, id, how)
		}
		s.lim.Tick(s.now)
		for !s.lim.Saturated() {
			s.id++
			if ok, _ := s.lim.Arrive(s.now, Request{ID: s.id, Lane: LaneInside, Class: falochron.ClassPage}); !ok {
				s.lim.Cancel(s.id)
				break
			}
			at := s.now.Add(each)
			if n := len(s.busy); n >= workers {
				at = s.busy[n-workers].at.Add(each)
			}
			s.busy = append(s.busy, serving{s.id, at})
			slices.SortStableFunc(s.busy, func(a, b serving) int { return a.at.Compare(b.at) })
		}
		if now := s.lim.State().Why; now != why {
			why = now
			fmt.Fprintf(out, "%5.1fs %s\n", s.now.Sub(begun).Seconds(), why)
		}
	}
}

type placesStory struct {
	now     time.Time
	places  *Places
	entered []time.Time
}

func (s *placesStory) play(t *testing.T, d *datadriven.TestData) string {
	switch d.Cmd {
	case "new":
		s.now, s.places, s.entered = evening, NewPlaces(evening), nil
	case "enter":
		for range number(d, "n", 1) {
			s.places.Enter(s.now)
			s.entered = append(s.entered, s.now)
		}
	case "advance":
		by, err := time.ParseDuration(strings.TrimSpace(d.Input))
		if err != nil {
			t.Fatal(err)
		}
		s.now = s.now.Add(by)
	case "spent": // everybody who is in has just had so many requests answered
		took := time.Duration(number(d, "ms", 400)) * time.Millisecond
		for _, e := range s.entered {
			s.places.Spent(s.now, e, took, falochron.ClassPage)
		}
	case "live": // for some seconds everybody inside asks for a page every so often
		each, took := number(d, "every", 10), time.Duration(number(d, "ms", 400))*time.Millisecond
		for sec := range number(d, "seconds", 10) {
			for i, e := range s.entered {
				if (sec+i)%each == 0 {
					s.places.Spent(s.now, e, took, falochron.ClassPage)
				}
			}
			s.update(d)
			s.now = s.now.Add(time.Second)
		}
	case "update":
		s.update(d)
	default:
		t.Fatalf("unknown command %q", d.Cmd)
	}
	limit := number(d, "limit", 0)
	if limit == 0 {
		return "ok\n"
	}
	ok, v := s.places.Verdict()
	return fmt.Sprintf("may enter %v: %s, bound by %s %.1f; aim %.2f, demand %.1f, a person costs %.2f s, %.2f a second, call %.0f\n",
		ok, v.Reason, v.Limit, v.Bound, s.places.Aim(), s.places.Demand(0), s.places.Whole(), s.places.PerSecond(limit), s.places.Standby(limit))
}

func (s *placesStory) update(d *datadriven.TestData) {
	limit := number(d, "limit", 0)
	if limit == 0 {
		return
	}
	s.places.Update(s.now, Load{
		Limit: limit, Free: number(d, "free", 0), Wait: time.Duration(number(d, "wait", 0)) * time.Millisecond,
		Queued: number(d, "queued", 0), Outside: number(d, "outside", 0), Dead: d.HasArg("dead"), Probing: d.HasArg("probing"), Growing: d.HasArg("growing"), Starting: d.HasArg("starting"),
	})
}

func word(d *datadriven.TestData, key, otherwise string) string {
	for _, a := range d.CmdArgs {
		if a.Key == key && len(a.Vals) == 1 {
			return a.Vals[0]
		}
	}
	return otherwise
}

func number(d *datadriven.TestData, key string, otherwise int) int {
	n, err := strconv.Atoi(word(d, key, strconv.Itoa(otherwise)))
	if err != nil {
		panic(fmt.Sprintf("%s: %s: %v", d.Pos, key, err))
	}
	return n
}

func laneNamed(t *testing.T, name string) Lane {
	i := slices.Index(laneNames[:], name)
	if i < 0 {
		t.Fatalf("no lane %q", name)
	}
	return Lane(i)
}

func outcomeNamed(t *testing.T, name string) Outcome {
	i := slices.Index([]string{"answered", "errored", "timedout", "unreach", "refused", "dropped"}, name)
	if i < 0 {
		t.Fatalf("no outcome %q", name)
	}
	return Outcome(i)
}
