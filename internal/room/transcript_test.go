package room

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// evening is when all our stories begin.
var evening = time.Date(2026, 3, 5, 20, 0, 0, 0, time.UTC)

// story plays a transcript: commands, then what the room answered.
type story struct {
	t   *testing.T
	r   *Room
	now time.Time
}

func TestTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata/transcripts", func(t *testing.T, path string) {
		s := &story{t: t, now: evening}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			out := s.play(d)
			if s.r != nil {
				s.r.check(t)
			}
			return out
		})
	})
}

func (s *story) play(d *datadriven.TestData) string {
	switch d.Cmd {
	case "new":
		cfg := Config{MaxOutstanding: arg(d, "max", 0)}
		if d.HasArg("budget") {
			cfg.PollBudget = float64(arg(d, "budget", 0))
		}
		s.now = evening
		s.r = New(cfg, s.now)
	case "issue":
		return s.issue(arg(d, "n", 1))
	case "come": // issue and return at once: n people stand in line
		for range arg(d, "n", 1) {
			seq, err := s.r.Issue(s.now)
			if err != nil {
				return err.Error()
			}
			s.r.Return(s.now, seq)
		}
	case "return", "peek", "leave", "claim", "defer":
		return s.each(d)
	case "call":
		n := s.r.Call(s.now, number(d, "places"), number(d, "rate"))
		return fmt.Sprintf("called %d\n", n)
	case "advance": // as an owner who looks once a second
		span := duration(s.t, d.CmdArgs[0].Key)
		for end := s.now.Add(span); s.now.Before(end); {
			s.now = s.now.Add(min(time.Second, end.Sub(s.now)))
			s.r.Advance(s.now)
		}
	case "serve": // calls and lets everybody claim who is there, once a second
		return s.serve(duration(s.t, d.CmdArgs[0].Key), number(d, "rate"))
	case "clock": // one leap of the clock that nobody looked at
		s.now = s.now.Add(duration(s.t, d.CmdArgs[0].Key))
		s.r.Advance(s.now)
	case "announce":
		var seed [32]byte
		seed[0] = byte(arg(d, "seed", 0))
		var start time.Time
		if d.HasArg("in") {
			var in string
			d.ScanArgs(s.t, "in", &in)
			start = s.now.Add(duration(s.t, in))
		}
		if err := s.r.Announce(s.now, start, seed); err != nil {
			return err.Error()
		}
	case "draws":
		var b strings.Builder
		for _, dr := range s.r.Draws() {
			fmt.Fprintf(&b, "first=%d count=%d order=", dr.First, dr.Count)
			for i := range dr.Count {
				fmt.Fprintf(&b, " %d", dr.First+DrawPosition(dr.Seed, dr.Count, i))
			}
			b.WriteByte('\n')
		}
		return b.String()
	case "extend":
		s.r.Extend(uint64(arg(d, "limit", 0)))
	case "resume":
		s.r.Resume(uint64(arg(d, "next", 0)))
	case "restart":
		saved := s.r.Snapshot()
		s.r = New(s.r.cfg, s.now)
		if err := s.r.Restore(saved); err != nil {
			return err.Error()
		}
	case "line":
	default:
		return "unknown command " + d.Cmd
	}
	return fmt.Sprintf("floor=%d called=%d next=%d waiting=%d\n", s.r.floor, s.r.called, s.r.next, s.r.waiting)
}

func (s *story) issue(n int) string {
	var first, last uint64
	for i := range n {
		seq, err := s.r.Issue(s.now)
		if err != nil {
			return fmt.Sprintf("issued %d, then: %v\n", i, err)
		}
		if i == 0 {
			first = seq
		}
		last = seq
	}
	return fmt.Sprintf("issued %d-%d\n", first, last)
}

// serve lets claim, each second, as many called people as there are places.
func (s *story) serve(span time.Duration, rate float64) string {
	tokens, served := 0.0, 0
	for end := s.now.Add(span); s.now.Before(end); {
		s.now = s.now.Add(time.Second)
		tokens = min(tokens+rate, 2+rate)
		s.r.Call(s.now, tokens, rate)
		for p := s.r.floor; p < s.r.called && tokens >= 1; p++ {
			if s.r.ledger.get(p) == counted && s.r.Claim(s.now, p) == Granted {
				tokens--
				served++
			}
		}
	}
	return fmt.Sprintf("served %d\n", served)
}

func (s *story) each(d *datadriven.TestData) string {
	var b strings.Builder
	for _, a := range d.CmdArgs {
		from, to, ok := strings.Cut(a.Key, "-")
		if !ok {
			to = from
		}
		lo, hi := parse(s.t, from), parse(s.t, to)
		for seq := lo; seq <= hi; seq++ {
			switch d.Cmd {
			case "return":
				fmt.Fprintf(&b, "%d: %s\n", seq, s.r.Return(s.now, seq).show())
			case "peek":
				fmt.Fprintf(&b, "%d: %s\n", seq, s.r.Peek(s.now, seq).show())
			case "claim":
				fmt.Fprintf(&b, "%d: %v\n", seq, s.r.Claim(s.now, seq))
			case "leave":
				s.r.Leave(s.now, seq)
				fmt.Fprintf(&b, "%d: %s\n", seq, s.r.Peek(s.now, seq).show())
			case "defer":
				s.r.Defer(s.now, seq)
			}
		}
	}
	return b.String()
}

func (st Standing) show() string {
	var b strings.Builder
	b.WriteString(st.State.String())
	if st.State == Waiting {
		fmt.Fprintf(&b, " ahead=%d", st.Ahead)
		if st.Called > 0 {
			fmt.Fprintf(&b, " called=%d", st.Called)
		}
		if st.WaitHigh == 0 {
			b.WriteString(" wait=?")
		} else {
			fmt.Fprintf(&b, " wait=%v-%v", st.WaitLow, st.WaitHigh)
		}
	}
	if st.Poll > 0 {
		fmt.Fprintf(&b, " poll=%v+%v", st.Poll.Round(10*time.Millisecond), st.Jitter.Round(10*time.Millisecond))
	}
	return b.String() + " (" + st.Reason + ")"
}

func arg(d *datadriven.TestData, key string, otherwise int) int {
	for _, a := range d.CmdArgs {
		if a.Key == key {
			n, err := strconv.Atoi(a.Vals[0])
			if err != nil {
				panic(err)
			}
			return n
		}
	}
	return otherwise
}

func number(d *datadriven.TestData, key string) float64 {
	for _, a := range d.CmdArgs {
		if a.Key == key {
			v, err := strconv.ParseFloat(a.Vals[0], 64)
			if err != nil {
				panic(err)
			}
			return v
		}
	}
	return 0
}

func duration(t *testing.T, s string) time.Duration {
	t.Helper()
	v, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func parse(t *testing.T, s string) uint64 {
	t.Helper()
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// check recounts what the room keeps as counters, and its invariants.
func (r *Room) check(t interface {
	Helper()
	Fatalf(string, ...any)
}) {
	t.Helper()
	if r.floor < 1 || r.called < r.floor || r.next < r.called {
		t.Fatalf("floor %d, called %d, next %d are out of order", r.floor, r.called, r.next)
	}
	if n := r.next - r.floor; n > uint64(r.cfg.MaxOutstanding) {
		t.Fatalf("%d places outstanding, at most %d allowed", n, r.cfg.MaxOutstanding)
	}
	n := 0
	for p := r.called; p < r.next; p++ {
		switch r.ledger.get(p) {
		case counted:
			n++
		case claimed:
			t.Fatalf("place %d was claimed and not called", p)
		}
	}
	from, away := r.floor+(r.next-r.floor)/3, 0
	for p := from; p < r.next; p++ {
		if r.ledger.get(p) == issued {
			away++
		}
	}
	if got := r.ledger.absent(from, r.next); got != away {
		t.Fatalf("%d people from place %d on have not come back, the ledger says %d", away, from, got)
	}
	if n != r.waiting {
		t.Fatalf("%d people wait, the counter says %d", n, r.waiting)
	}
	for i := range r.calls {
		if c := r.calls[i]; c.claimed > c.counted {
			t.Fatalf("call %d: %d of %d people claimed", i, c.claimed, c.counted)
		}
	}
	if len(r.calls) > maxCalls {
		t.Fatalf("%d calls kept, at most %d", len(r.calls), maxCalls)
	}
}
