package room

import (
	"container/heap"
	"math/rand/v2"
	"testing"
	"time"
)

// fan is one visitor of a simulated evening: polls as told, claims when called.
type fan struct {
	seq    uint64
	next   time.Duration // next look at the page, since the evening's start
	leaves time.Duration // closes the page then, without a word
	issued time.Duration
	told   Standing // the first range told after the place counted
	toldAt time.Duration
}

type agenda []*fan

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].next < a[j].next }
func (a agenda) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)        { *a = append(*a, x.(*fan)) }
func (a *agenda) Pop() any {
	old := *a
	f := old[len(old)-1]
	*a = old[:len(old)-1]
	return f
}

// night is what came out of it.
type night struct {
	claims            int
	turnedAway        int      // came when called, and there was no place
	told, kept, late  int      // ranges told; the wait was within, or longer
	polls, pollsWorst int      // in one second
	order             []uint64 // who went in, by sequence, in the order of going in
}

// blur is how many people, on average, went in before somebody although they
// stood behind.
func (n *night) blur() float64 {
	passed := 0
	for i, seq := range n.order {
		for _, later := range n.order[i+1:] {
			if later < seq {
				passed++
			}
		}
	}
	return float64(passed) / float64(max(len(n.order), 1))
}

// play runs an evening: people arrive over a minute, the owner has rate(t)
// places per second in a bucket of two seconds' worth (at least 2), people of
// whom stay stays long.
func play(seed uint64, people int, stay float64, span time.Duration, rate func(time.Duration) float64) night {
	rng := rand.New(rand.NewPCG(seed, 1))
	r := New(Config{}, evening)
	var out night
	var line agenda
	for range people {
		at := time.Duration(rng.Float64() * float64(time.Minute))
		f := &fan{next: at, issued: at, leaves: span * 2}
		if rng.Float64() > stay {
			f.leaves = at + time.Duration(rng.ExpFloat64()*float64(40*time.Second))
		}
		line = append(line, f)
	}
	heap.Init(&line)
	tokens, second := 0.0, 0
	const tick = 250 * time.Millisecond
	for t := time.Duration(0); t < span; t += tick {
		now := evening.Add(t)
		perSecond := rate(t)
		tokens = min(tokens+perSecond*tick.Seconds(), max(2, 2*perSecond))
		r.Call(now, tokens, perSecond)
		if t%time.Second == 0 {
			out.pollsWorst = max(out.pollsWorst, second)
			second = 0
		}
		for line.Len() > 0 && line[0].next <= t {
			f := line[0]
			if f.leaves <= f.next {
				heap.Pop(&line)
				continue
			}
			out.polls++
			second++
			if f.seq == 0 {
				f.seq, _ = r.Issue(now)
				st := r.Peek(now, f.seq)
				f.next = t + st.Poll + time.Duration(rng.Float64()*float64(st.Jitter))
				heap.Fix(&line, 0)
				continue
			}
			st := r.Return(now, f.seq)
			if st.State == Called {
				if tokens >= 1 && r.Turn(now, f.seq, tokens) && r.Claim(now, f.seq) == Granted {
					tokens--
					out.order = append(out.order, f.seq)
					out.claims++
					if f.told.WaitHigh > 0 {
						out.told++
						if wait := t - f.toldAt; wait >= f.told.WaitLow && wait <= f.told.WaitHigh {
							out.kept++
						} else if wait > f.told.WaitHigh {
							out.late++
						}
					}
					heap.Pop(&line)
					continue
				}
				out.turnedAway++
				r.Defer(now, f.seq)
			}
			if f.told.State == Unknown && st.WaitHigh > 0 {
				f.told, f.toldAt = st, t
			}
			f.next = t + st.Poll + time.Duration(rng.Float64()*float64(st.Jitter))
			heap.Fix(&line, 0)
		}
	}
	return out
}

// TestClaimsNeitherStarveNorFlood: the places the owner has are used, though a
// called visitor comes seconds later and many never do; and few come in vain.
func TestClaimsNeitherStarveNorFlood(t *testing.T) {
	steady := func(v float64) func(time.Duration) float64 { return func(time.Duration) float64 { return v } }
	const span = 10 * time.Minute
	for _, c := range []struct {
		name string
		stay float64
		rate func(time.Duration) float64
		want float64 // places the owner had
	}{
		{"all stay, slow shop", 1, steady(0.3), 0.3 * 600},
		{"all stay", 1, steady(2), 1200},
		{"all stay, large shop", 1, steady(8), 8 * 600},
		{"a third leaves", 0.67, steady(2), 1200},
		{"most leave", 0.3, steady(2), 1200},
		{"most leave, slow shop", 0.3, steady(0.3), 180},
		{"three times slower from the middle", 0.8, func(t time.Duration) float64 {
			if t > span/2 {
				return 1
			}
			return 3
		}, 300*3 + 300},
		{"four times faster from the middle", 0.8, func(t time.Duration) float64 {
			if t > span/2 {
				return 4
			}
			return 1
		}, 300 + 300*4},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := play(11, 6000, c.stay, span, c.rate)
			used := float64(n.claims) / c.want
			vain := float64(n.turnedAway) / float64(n.claims)
			kept := float64(n.kept) / float64(max(n.told, 1))
			late := float64(n.late) / float64(max(n.told, 1))
			t.Logf("used %.3f of the places, %.2f came in vain per claim, wait within the range %.2f, longer %.2f of %d, polls at most %d/s, passed by %.1f",
				used, vain, kept, late, n.told, n.pollsWorst, n.blur())
			if used < 0.94 {
				t.Errorf("%.3f of the places were used, want 0.94", used)
			}
			if late > 0.15 {
				t.Errorf("%.2f waited longer than the range they were told, at most 0.15", late)
			}
			// Who has not come back after the call is passed, and goes in later: those
			// come on top.
			if blur := n.blur(); c.stay == 1 && blur > 1+5*c.rate(0) {
				t.Errorf("%.1f people went in before each who stood behind", blur)
			}
			if vain > 1.1 { // one, and a little for keeping the order where places are rare
				t.Errorf("%.2f visits in vain for each claim, at most 1.1", vain)
			}
		})
	}
}
