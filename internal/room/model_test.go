package room

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// naive is the room as one would write it without caring for memory: one record
// for each place, in the order of the line.
type naive struct {
	places []naivePlace // by sequence, from 1 on
	called int          // how many places of the line are called
	order  []int        // line → index into places; grows with each issue
	from   int          // where the pre-queue begins
	start  time.Time
	seed   [32]byte
}

type naivePlace struct {
	state  status
	called bool
}

func (m *naive) line(seq uint64) int {
	for pos, i := range m.order {
		if i == int(seq-1) {
			return pos
		}
	}
	return -1
}

func (m *naive) standing(seq uint64) (State, int) {
	if seq == 0 || seq > uint64(len(m.places)) {
		return Unknown, 0
	}
	p := m.places[seq-1]
	switch {
	case p.state == claimed:
		return Claimed, 0
	case p.state == left:
		return Left, 0
	case p.called:
		return Called, 0
	case !m.start.IsZero() && m.line(seq) >= m.from:
		return PreQueue, 0
	}
	ahead := 0
	for _, i := range m.order[:m.line(seq)] {
		if p := m.places[i]; p.state == counted && !p.called {
			ahead++
		}
	}
	return Waiting, ahead
}

// call lets the line move until n people who count are called.
func (m *naive) call(n int) {
	end := len(m.order)
	if !m.start.IsZero() {
		end = m.from
	}
	for pos := m.called; pos < end && n > 0; pos++ {
		if m.places[m.order[pos]].state != counted {
			continue
		}
		for ; m.called <= pos; m.called++ {
			m.places[m.order[m.called]].called = true
		}
		n--
	}
}

func (m *naive) draw() {
	n := uint64(len(m.order) - m.from)
	drawn := make([]int, n)
	for i := range n {
		drawn[DrawPosition(m.seed, n, i)] = m.order[m.from+int(i)]
	}
	copy(m.order[m.from:], drawn)
	m.start = time.Time{}
}

// TestRandomOperations plays random evenings on the room and on the naive one.
// How many people a Call calls is the room's business; that they are the right
// ones is checked here. All of it happens within one claim window.
func TestRandomOperations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := evening
		r, m := New(Config{}, now), &naive{}
		draws := 0
		seqs := func() uint64 { return uint64(rapid.IntRange(0, len(m.places)+1).Draw(t, "seq")) }
		t.Repeat(map[string]func(*rapid.T){
			"issue": func(t *rapid.T) {
				for range rapid.IntRange(1, 70).Draw(t, "n") {
					seq, err := r.Issue(now)
					if err != nil || seq != uint64(len(m.places)+1) {
						t.Fatalf("issued %d, %v", seq, err)
					}
					m.order = append(m.order, len(m.places))
					m.places = append(m.places, naivePlace{})
				}
			},
			"return": func(t *rapid.T) {
				for range 20 {
					seq := seqs()
					r.Return(now, seq)
					if st, _ := m.standing(seq); st != Unknown && m.places[seq-1].state == issued {
						m.places[seq-1].state = counted
					}
				}
			},
			"call": func(t *rapid.T) {
				m.call(r.Call(now, rapid.Float64Range(-2, 20).Draw(t, "places"), rapid.Float64Range(0, 5).Draw(t, "rate")))
			},
			"claim": func(t *rapid.T) {
				for range 10 {
					seq := seqs()
					st, _ := m.standing(seq)
					got := r.Claim(now, seq)
					if (got == Granted) != (st == Called) || (got == AlreadyClaimed) != (st == Claimed) {
						t.Fatalf("claim of %d, which is %v: %v", seq, st, got)
					}
					if got == Granted {
						m.places[seq-1].state = claimed
					}
				}
			},
			"leave": func(t *rapid.T) {
				seq := seqs()
				r.Leave(now, seq)
				if st, _ := m.standing(seq); st == Waiting || st == PreQueue || st == Called {
					m.places[seq-1].state = left
				}
			},
			"announce": func(t *rapid.T) {
				if draws == maxDraws || !m.start.IsZero() {
					t.Skip("a start is announced, or there were enough")
				}
				draws++
				m.seed[0], m.start = byte(draws), now.Add(2*time.Second)
				m.from = m.called
				for i := range r.Draws() {
					d := r.Draws()[i]
					m.from = max(m.from, int(d.First+d.Count)-1)
				}
				if err := r.Announce(now, m.start, m.seed); err != nil {
					t.Fatal(err)
				}
			},
			"advance": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(-500, 1500).Draw(t, "ms")) * time.Millisecond)
				r.Advance(now)
				if !m.start.IsZero() && !now.Before(m.start) {
					m.draw()
				}
			},
			"restart": func(t *rapid.T) {
				saved := r.Snapshot()
				r = New(Config{}, now)
				if err := r.Restore(saved); err != nil {
					t.Fatal(err)
				}
			},
			"": func(t *rapid.T) {
				for seq := uint64(0); seq <= uint64(len(m.places)+1); seq += 1 + uint64(len(m.places)/40) {
					st, ahead := m.standing(seq)
					if got := r.Peek(now, seq); got.State != st || got.Ahead != ahead {
						t.Fatalf("%d: %v with %d ahead, want %v with %d", seq, got.State, got.Ahead, st, ahead)
					}
				}
			},
		})
		r.check(t)
	})
}
