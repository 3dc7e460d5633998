package sim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// TestTranscripts shows each rival sights that its documentation speaks of.
//
//	scaler NAME [least=2] [most=40] [workers=8] [announced=10m]   the table begins
//	replicas n=4 [phase=ready] [age=10m] [cpu=0.7] [here=5] [rate=9]   that are there, from now on like this
//	more n=4 [phase=starting] [age=20s]   beside them
//	see [line=0] [sent=0] [for=60s] [obey=true]                   goes on, and prints each decision that is another number
//
// With obey the ordered number of replicas is there at once, like the last ones.
func TestTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var h *hand
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			arg := func(name string, into any) {
				if d.HasArg(name) {
					d.ScanArgs(t, name, into)
				}
			}
			span := func(name string, or time.Duration) time.Duration {
				text := or.String()
				arg(name, &text)
				v, err := time.ParseDuration(text)
				if err != nil {
					d.Fatalf(t, "%v", err)
				}
				return v
			}
			switch d.Cmd {
			case "scaler":
				h = newHand(d.CmdArgs[0].Key)
				if h.scaler == nil {
					d.Fatalf(t, "no scaler %s", d.CmdArgs[0].Key)
				}
				h.s.Lasts = 3 * time.Hour
				arg("least", &h.s.Replicas.Least)
				arg("most", &h.s.Replicas.Most)
				arg("workers", &h.s.Shop.Workers)
				if at := span("announced", 0); at > 0 {
					h.s.Announced = []Announced{{At: at, People: 25_000, Shape: Drop}}
				}
				h.s = h.s.withDefaults()
				h.sight.Scenario = &h.s
				return ""
			case "replicas":
				like := model{phase: "ready", age: span("age", 10*time.Minute)}
				n := 0
				arg("n", &n)
				arg("phase", &like.phase)
				for name, into := range map[string]*float64{"cpu": &like.cpu, "here": &like.here, "rate": &like.rate} {
					text := "0"
					arg(name, &text)
					if _, err := fmt.Sscan(text, into); err != nil {
						d.Fatalf(t, "%v", err)
					}
				}
				h.set(n, like)
				return ""
			case "more":
				like := model{phase: "starting", age: span("age", 20*time.Second)}
				n := 0
				arg("n", &n)
				arg("phase", &like.phase)
				for range n {
					h.add(like)
				}
				h.sight.Wanted += n
				return ""
			case "see":
				line, sent, obey := 0, 0, false
				arg("line", &line)
				arg("sent", &sent)
				arg("obey", &obey)
				return h.see(span("for", time.Minute), line, sent, obey)
			}
			d.Fatalf(t, "no command %s", d.Cmd)
			return ""
		})
	})
}

// hand holds a scaler and what it is shown.
type hand struct {
	scaler  Scaler
	s       Scenario
	sight   Sight
	seconds []Second
	models  map[int]model
	last    model
	next    int
}

type model struct {
	phase           string
	age             time.Duration
	cpu, here, rate float64
}

func newHand(name string) *hand {
	h := &hand{models: map[int]model{}}
	for _, s := range Scalers() {
		if s().Name() == name {
			h.scaler = s()
		}
	}
	h.sight.Now = time.Hour // long after everything
	return h
}

func (h *hand) set(n int, m model) {
	// The first n are like this; others go.
	h.last = m
	for len(h.sight.Replicas) > n {
		h.sight.Replicas = h.sight.Replicas[:len(h.sight.Replicas)-1]
	}
	for len(h.sight.Replicas) < n {
		h.add(m)
	}
	for _, r := range h.sight.Replicas {
		h.models[r.id] = m
	}
	h.sight.Wanted = n
}

func (h *hand) add(m model) {
	r := &replica{id: h.next, begun: h.sight.Now - m.age, readyAt: h.sight.Now - m.age, samples: int(m.age / time.Second)}
	h.next++
	for i := range r.cpu {
		r.cpu[i], r.here[i], r.served[i] = float32(m.cpu), float32(m.here), float32(m.rate)
	}
	h.models[r.id] = m
	h.sight.Replicas = append(h.sight.Replicas, r)
}

func (h *hand) see(span time.Duration, line, sent int, obey bool) string {
	var b strings.Builder
	was := -1
	for range int(span / time.Second) {
		h.sight.Now += time.Second
		h.seconds = append(h.seconds, Second{Sent: sent, InLine: line})
		h.sight.Seconds, h.sight.InLine = h.seconds, line
		for _, r := range h.sight.Replicas {
			m := h.models[r.id]
			switch m.phase {
			case "starting":
				r.phase = starting
			case "pending":
				r.phase = pending
			default:
				r.phase = ready
			}
			i := r.samples % sampleRing
			r.cpu[i], r.here[i], r.served[i] = float32(m.cpu), float32(m.here), float32(m.rate)
			r.samples++
		}
		n, why := h.scaler.Decide(&h.sight)
		if n != was {
			fmt.Fprintf(&b, "%v: %d (%s)\n", h.sight.Now-time.Hour, n, why)
			was = n
		}
		h.sight.Wanted = n
		if obey {
			for len(h.sight.Replicas) < n {
				m := h.last
				m.age = 0
				h.add(m)
			}
			h.sight.Replicas = h.sight.Replicas[:n]
		}
	}
	return b.String()
}
