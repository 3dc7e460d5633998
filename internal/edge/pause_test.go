package edge

import (
	"net/http"
	"testing"
	"time"
)

// A shop that refuses the cache's requests is left alone for as long as it says,
// within bounds; if it does not say, for twice as long each time.
func TestPauseOfFills(t *testing.T) {
	start := time.Date(2026, 11, 26, 20, 0, 0, 0, time.UTC)
	says := func(word string) http.Header {
		if word == "" {
			return http.Header{}
		}
		return http.Header{"Retry-After": {word}}
	}

	t.Run("by the shop's word", func(t *testing.T) {
		for _, c := range []struct {
			word string
			want time.Duration
		}{
			{"60", time.Minute},
			{"Thu, 26 Nov 2026 20:02:00 GMT", 2 * time.Minute},
			{"86400", pauseMost},
			{"0", pauseFirst},
			{"soon", pauseFirst},
			{"", pauseFirst},
		} {
			var p pause
			if left := p.left(start); left != 0 {
				t.Errorf("a pause of %v before anything was asked", left)
			}
			wait, began := p.refused(says(c.word), start.Add(-time.Second), start)
			if wait != c.want || !began || p.left(start) != c.want {
				t.Errorf("%q: a pause of %v (%v), %v left; want %v", c.word, wait, began, p.left(start), c.want)
			}
			if left := p.left(start.Add(c.want)); left != 0 {
				t.Errorf("%q: %v left when it is over", c.word, left)
			}
		}
	})

	t.Run("twice as long each time", func(t *testing.T) {
		var p pause
		now := start
		for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
			asked := now
			now = now.Add(100 * time.Millisecond)
			if wait, _ := p.refused(says(""), asked, now); wait != want*time.Second {
				t.Fatalf("a pause of %v, want %v s", wait, int(want))
			}
			now = now.Add(p.left(now) + time.Millisecond)
		}
		p.answered(now)
		if wait, _ := p.refused(says(""), now.Add(time.Second), now.Add(2*time.Second)); wait != pauseFirst {
			t.Errorf("a pause of %v after the shop has answered, want %v", wait, pauseFirst)
		}
	})

	t.Run("many refused at once are one", func(t *testing.T) {
		var p pause
		asked, now := start, start.Add(time.Second)
		p.refused(says(""), asked, now)
		for range 20 {
			if _, began := p.refused(says(""), asked, now); began {
				t.Fatal("another pause")
			}
		}
		if left := p.left(now); left != pauseFirst {
			t.Errorf("%v left, want %v", left, pauseFirst)
		}
		// One of them says more: it is heeded, and never shortens what was said.
		p.refused(says("30"), asked, now)
		p.refused(says("3"), asked, now)
		if left := p.left(now); left != 30*time.Second {
			t.Errorf("%v left, want the longest that was said, 30s", left)
		}
		// What was let through before the pause began says nothing about it.
		p.answered(asked)
		if left := p.left(now); left != 30*time.Second {
			t.Errorf("%v left after an answer to what was asked before", left)
		}
	})
}
