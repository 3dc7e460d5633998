package control

import (
	"fmt"
	"time"

	"github.com/falochron/falochron"
)

// lineQuiet is how long the line must have been empty before it is said to be
// over: one person more or less is no news.
const lineQuiet = 30 * time.Second

// notices decides what of a shop's second is news for people. The texts keep to
// the form "what: became so", which the console can say in another language.
type notices struct {
	open  bool      // the line has been said to be open
	empty time.Time // since when it has been empty, while open
}

func (n *notices) decide(before, after falochron.Vitals, now time.Time) []string {
	var news []string
	switch {
	case after.InLine > 0 && !n.open:
		n.open = true
		news = append(news, "line: opened")
	case after.InLine > 0:
		n.empty = time.Time{}
	case n.open && n.empty.IsZero():
		n.empty = now
	case n.open && now.Sub(n.empty) >= lineQuiet:
		*n = notices{}
		news = append(news, "line: over")
	}
	if after.Opening.Open && after.Opening.Evening != "" && !before.Opening.Open {
		news = append(news, "evening: opened")
	}
	if after.Opening.Overruled != "" && after.Opening.Overruled != before.Opening.Overruled {
		news = append(news, "evening: overruled")
	}
	was := make(map[string]bool, len(before.Replicas))
	for _, r := range before.Replicas {
		was[r.URL] = r.Healthy
	}
	for _, r := range after.Replicas {
		healthy, known := was[r.URL]
		switch {
		case (healthy || !known) && !r.Healthy:
			news = append(news, fmt.Sprintf("replica lost: %s (%s)", r.URL, r.Reason))
		case known && !healthy && r.Healthy:
			news = append(news, "replica back: "+r.URL)
		}
	}
	return news
}
