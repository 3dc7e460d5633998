package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

func picturesTake(settings) time.Duration { return time.Second }

// runPictures draws what lies beside the tables by now. What was not measured has no
// picture.
func runPictures(_ context.Context, b *bench) (outcome, error) {
	var out outcome
	orders, err := loadRows[ordersRow](b, "orders")
	if err != nil {
		return out, err
	}
	peers, err := loadRows[ordersRow](b, "peers")
	if err != nil {
		return out, err
	}
	contest, err := loadRows[contestRow](b, "algorithms")
	if err != nil {
		return out, err
	}
	var shown []string
	for _, p := range []struct{ name, alt, picture string }{
		{"orders", "Orders a minute behind Falochron and elsewhere, when many times too many buyers come", ordersPlot(orders, peers)},
		{"algorithms", "Orders a minute with each admission algorithm before the same shop", contestPlot(contest)},
	} {
		if p.picture == "" {
			continue
		}
		if err := b.plot(p.name, p.picture); err != nil {
			return out, err
		}
		shown = append(shown, fmt.Sprintf("![%s](benchmarks/%s.svg)", p.alt, p.name))
	}
	if len(shown) == 0 {
		shown = []string{"Nothing to draw yet."}
	}
	out.markdown = strings.Join(shown, "\n\n")
	return out, nil
}
