package main

import (
	"fmt"
	"strings"

	"github.com/falochron/falochron/bench/nowcast"
)

// nowcastPosts writes the tables of past posts, and what was missed of them.
func nowcastPosts(text *strings.Builder, row *nowcastRow, out *outcome) {
	if len(row.Cells) == 0 {
		text.WriteString("No traces were given, so nothing is said of past posts.\n")
		return
	}
	for _, clock := range []nowcast.Clock{nowcast.FirstSeen, nowcast.Posted} {
		fmt.Fprintf(text, "\n#### Seconds %s\n\n%d posts, each with figures of the others. Median error; behind each rival by how much\nit is worse than the nowcast (90 %% bootstrap interval over the posts, points).\n\n", clock, row.Posts)
		var t table
		for _, c := range row.Cells {
			if c.Clock != clock {
				continue
			}
			if t.head == nil {
				t.head = []string{"seen, asked", "nowcast", "within ×2", "80 % holds", "high ÷ low"}
				for _, r := range c.Rivals {
					t.head = append(t.head, r.Name)
				}
			}
			cells := []string{fmt.Sprintf("%d s, %s", c.Horizon, c.Quantity), percent(c.Nowcast.Error), fmt.Sprintf("%.0f %%", 100*c.Nowcast.Twice),
				fmt.Sprintf("%.0f %%", 100*c.Holds), fmt.Sprintf("%.1f", c.Width)}
			for _, r := range c.Rivals {
				cells = append(cells, rivalCell(r))
			}
			t.add(cells...)
			if clock == nowcast.FirstSeen {
				nowcastGoals(c, out)
			}
		}
		text.WriteString(t.String())
	}
}

func rivalCell(r nowcast.Score) string {
	if !said(r) {
		return "–"
	}
	return fmt.Sprintf("%s (%+.0f to %+.0f)", percent(r.Error), 100*r.Low, 100*r.High)
}

// said reports whether a rival says anything of a quantity.
func said(r nowcast.Score) bool {
	for _, v := range r.Said {
		if v > 0 {
			return true
		}
	}
	return false
}

// nowcastGoals says which goals a cell misses, and by how much.
func nowcastGoals(c nowcast.Cell, out *outcome) {
	where := fmt.Sprintf("nowcast, %d s, %s", c.Horizon, c.Quantity)
	missed := func(format string, args ...any) {
		out.missed = append(out.missed, where+": "+fmt.Sprintf(format, args...))
	}
	for _, r := range c.Rivals {
		if said(r) && r.Error <= c.Nowcast.Error {
			missed("%s is wrong by %s, the nowcast by %s", r.Name, percent(r.Error), percent(c.Nowcast.Error))
		}
	}
	if posts, _ := nowcastHolds(); c.Holds < posts[0]-1e-9 || c.Holds > posts[1]+1e-9 {
		missed("the interval holds in %s, not %s to %s", percent(c.Holds), percent(posts[0]), percent(posts[1]))
	}
	if want := nowcastTen()[c.Horizon]; want > 0 && c.Quantity == nowcast.In10Min.String() && c.Nowcast.Error > want {
		missed("wrong by %s, not %s", percent(c.Nowcast.Error), percent(want))
	}
	if c.Horizon == 30 && c.Quantity == nowcast.PeakMinute.String() {
		if c.Nowcast.Error > nowcastMinute30 {
			missed("wrong by %s, not %s", percent(c.Nowcast.Error), percent(nowcastMinute30))
		}
		if c.Nowcast.Twice < nowcastTwice30 {
			missed("within a factor of two in %s, not %s", percent(c.Nowcast.Twice), percent(nowcastTwice30))
		}
	}
}

// nowcastMade writes the table of made waves.
func nowcastMade(text *strings.Builder, row *nowcastRow, out *outcome) {
	fmt.Fprintf(text, "\n#### Made waves\n\nSeed %d. Share of waves whose 80 %% interval holds; in brackets the median error.\n\n", row.Seed)
	t := table{head: []string{"seen, waves"}}
	at := map[string]int{}
	_, want := nowcastHolds()
	for _, h := range row.Waves {
		name := fmt.Sprintf("%d s, %s", h.Horizon, h.Family)
		if len(t.rows) == 0 || t.rows[len(t.rows)-1][0] != name {
			t.add(name)
		}
		if _, known := at[h.Quantity]; !known {
			at[h.Quantity] = len(t.head)
			t.head = append(t.head, h.Quantity)
		}
		last := len(t.rows) - 1
		t.rows[last] = append(t.rows[last], fmt.Sprintf("%s (%.0f %%)", percent(h.Holds), 100*h.Error))
		if h.Family == nowcast.Believed && (h.Holds < want[0] || h.Holds > want[1]) {
			out.missed = append(out.missed, fmt.Sprintf("nowcast, %d s, %s: of made waves the interval holds in %s, not %s to %s", h.Horizon, h.Quantity, percent(h.Holds), percent(want[0]), percent(want[1])))
		}
	}
	text.WriteString(t.String())
	fmt.Fprintf(text, "\nOne nowcast costs %.2f ms after 10 s of counts, %.2f ms after two minutes and %.2f ms after fifty.\n", row.Cost[0]/1e6, row.Cost[1]/1e6, row.Cost[2]/1e6)
}
