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
	told   Standing // the first range told
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
	widths, waits     float64  // seconds, summed over them
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

// owner is the other side of the room.
type owner struct {
	rate    func(time.Duration) float64 // places a second
	says    func(time.Duration) float64 // what can be kept up, as the owner knows it; nil = rate
	standby func(time.Duration) float64 // people to be called beyond the places there are; nil = none
}

// play runs an evening: people arrive over a minute, the owner has places in a
// bucket of two seconds' worth (at least 2), people of whom stay stays long.
func play(seed uint64, people int, stay float64, span time.Duration, o owner) night {
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
		perSecond, ready := o.rate(t), 0.0
		tokens = min(tokens+perSecond*tick.Seconds(), max(2, 2*perSecond))
		if o.standby != nil {
			ready = o.standby(t)
		}
		says := perSecond
		if o.says != nil {
			says = o.says(t)
		}
		r.Call(now, tokens+ready, says)
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
				if st.WaitHigh > 0 {
					f.told, f.toldAt = st, t
				}
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
						out.widths += (f.told.WaitHigh - f.told.WaitLow).Seconds()
						out.waits += (t - f.toldAt).Seconds()
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
			n := play(11, 6000, c.stay, span, owner{rate: c.rate})
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

// TestRangesWhileTheShopFills: a shop of which nothing is known looks empty, so
// very many are called at once and stand at its door, and it takes people fast
// until it is full. What the owner says can be kept up is little then. Who comes
// to the line in those seconds is told a range that comes true all the same.
func TestRangesWhileTheShopFills(t *testing.T) {
	const ever = time.Hour
	type till struct {
		end  time.Duration
		rate float64
	}
	steps := func(all ...till) func(time.Duration) float64 {
		return func(t time.Duration) float64 {
			for _, s := range all {
				if t < s.end {
					return s.rate
				}
			}
			return 0
		}
	}
	for _, c := range []struct {
		name   string
		people int
		widest float64 // the ranges may be so many times as wide as the waits are long
		owner  owner
	}{
		{"the line grows by those who press", 500, 1.35, owner{
			rate:    steps(till{15 * time.Second, 5}, till{ever, 1.5}),
			says:    steps(till{time.Minute, 0.5}, till{ever, 1}),
			standby: steps(till{20 * time.Second, 100}, till{ever, 10})}},
		{"all stand in line at once", 4000, 1.35, owner{
			rate:    steps(till{10 * time.Second, 10}, till{ever, 3}),
			says:    steps(till{time.Minute, 0.7}, till{ever, 2}),
			standby: steps(till{15 * time.Second, 150}, till{ever, 15})}},
		{"too many went in, and then nobody for a while", 500, 1.8, owner{
			rate:    steps(till{14 * time.Second, 7}, till{34 * time.Second, 0.2}, till{ever, 2.5}),
			says:    steps(till{time.Minute, 1}, till{ever, 2}),
			standby: steps(till{20 * time.Second, 120}, till{ever, 12})}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := play(11, c.people, 1, 30*time.Minute, c.owner)
			kept, late := float64(n.kept)/float64(n.told), float64(n.late)/float64(n.told)
			t.Logf("of %d ranges %.2f came true, %.2f waited longer; the ranges are %.0f s wide for waits of %.0f s",
				n.told, kept, late, n.widths/float64(n.told), n.waits/float64(n.told))
			if kept < 0.95 {
				t.Errorf("%.2f of the ranges came true, want 0.95", kept)
			}
			if n.widths > c.widest*n.waits {
				t.Errorf("the ranges are %.2f times as wide as the waits are long, at most %v", n.widths/n.waits, c.widest)
			}
		})
	}
}
