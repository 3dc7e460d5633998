package admit

import (
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// What static files took says nothing of the unloaded latency of pages: their first
// answers may take three times as long as the next ones, and then a shop that is as quick as
// ever would seem to be three times slower, and its limit stay where it was.
func TestFilesSayNothingOfPages(t *testing.T) {
	now := time.Unix(1000, 0)
	c := newClimb(4, now)
	done := func(class falochron.Class, took time.Duration, beside, times int) {
		for range times {
			now = now.Add(50 * time.Millisecond)
			c.observe(now, beside)
			c.done(now, running{class: class, beside: beside, epoch: c.epoch}, took, Answered)
		}
	}
	const page = 400 * time.Millisecond
	done(falochron.ClassStatic, 9*time.Millisecond, 1, 3) // before any page: nothing else is known
	done(falochron.ClassPage, page, 1, 6)
	done(falochron.ClassStatic, 9*time.Millisecond, 1, 3)
	done(falochron.ClassStatic, 2*time.Millisecond, 1, 40)
	if base := c.base(); base < page*9/10 || base > page*11/10 {
		t.Errorf("a page of %v is taken to need %v unloaded", page, base)
	}
	done(falochron.ClassPage, page, 4, 3*startWindow) // the first window is of before
	if c.slow > 1.1 || levels[c.level] <= 4 {
		t.Errorf("pages as quick as ever are taken to be %.1f times slower, and the limit is %d (%s)", c.slow, levels[c.level], c.why)
	}
}
