package edge

import (
	"fmt"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// Which of the announced starts counts, and when its waiting room opens.
func TestDue(t *testing.T) {
	at := func(minutes int) time.Time { return evening.Add(time.Duration(minutes) * time.Minute) }
	plan := func(e ...falochron.AnnouncedEvening) *falochron.Announced { return &falochron.Announced{Evenings: e} }
	black := falochron.AnnouncedEvening{ID: "black", Start: at(0), PreQueue: 20 * time.Minute, Draw: true}
	moved := func(minutes int) falochron.AnnouncedEvening { e := black; e.Start = at(minutes); return e }
	cyber := falochron.AnnouncedEvening{ID: "cyber", Start: at(14 * 60), PreQueue: time.Hour}
	open := &opening{evening: "black", start: at(0)}
	ordered := &opening{start: at(0)}
	for _, tc := range []struct {
		what string
		snap falochron.Snapshot
		now  int // minutes
		was  *opening
		want string // evening, its start in minutes
	}{
		{"nothing", falochron.Snapshot{}, 0, nil, "none"},
		{"before it opens", falochron.Snapshot{Plan: plan(black)}, -21, nil, "none"},
		{"open", falochron.Snapshot{Plan: plan(black)}, -20, nil, "black 0"},
		{"at the start", falochron.Snapshot{Plan: plan(black)}, 0, nil, "none"},
		{"moved by more than it opens before", falochron.Snapshot{Plan: plan(moved(60))}, -10, nil, "none"},
		{"the same while people stand in it", falochron.Snapshot{Plan: plan(moved(60))}, -10, open, "black 60"},
		{"moved to another day", falochron.Snapshot{Plan: plan(moved(24 * 60))}, -10, open, "none"},
		{"called off, and another is hours away", falochron.Snapshot{Plan: plan(cyber)}, 14*60 - 100, open, "none"},
		{"moved to now", falochron.Snapshot{Plan: plan(moved(-10))}, -10, open, "none"},
		{"an ordered start counts on its day", falochron.Snapshot{Start: at(60), Plan: plan(black, cyber)}, 0, nil, "none"},
		{"it opens half an hour before", falochron.Snapshot{Start: at(60), Plan: plan(black, cyber)}, 30, nil, " 60"},
		{"the other day is the plan's", falochron.Snapshot{Start: at(60), Plan: plan(black, cyber)}, 14*60 - 60, nil, "cyber 840"},
		{"an ordered start moved while people stand in it", falochron.Snapshot{Start: at(120)}, -10, ordered, " 120"},
		{"a start ordered in place of the evening, while people stand in it", falochron.Snapshot{Start: at(90), Plan: plan(black)}, -10, open, " 90"},
		{"the same for another day", falochron.Snapshot{Start: at(13 * 60), Plan: plan(black)}, -10, &opening{evening: "gone", start: at(0)}, "black 0"},
		{"an evening without a waiting room", falochron.Snapshot{Plan: plan(falochron.AnnouncedEvening{ID: "late", Start: at(0)})}, -1, nil, "none"},
		{"of two the nearer", falochron.Snapshot{Plan: plan(falochron.AnnouncedEvening{ID: "b", Start: at(15), PreQueue: time.Hour}, black)}, -1, nil, "black 0"},
	} {
		all, _ := openings(&tc.snap)
		got := "none"
		if o := due(at(tc.now), all, tc.was); o != nil {
			got = fmt.Sprintf("%s %.0f", o.evening, o.start.Sub(evening).Minutes())
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.what, got, tc.want)
		}
	}
	_, overruled := openings(&falochron.Snapshot{Start: at(60), Plan: plan(black, cyber)})
	if fmt.Sprint(overruled) != "[black]" {
		t.Errorf("overruled: %v", overruled)
	}
}
