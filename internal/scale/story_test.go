package scale

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// fading is a course that begins with 1 and is e times less after each fades; 0 = it
// stays.
func fading(at, fades time.Duration) float64 {
	if fades <= 0 {
		return 1
	}
	return math.Exp(-at.Seconds() / fades.Seconds())
}

// nowcast reads lines "until people upper", the moment as a time after now; as time goes
// on, what has come is taken off.
func nowcast(t *testing.T, input string, now time.Time) func(*world) []Coming {
	var all []Coming
	for line := range strings.Lines(input) {
		var until string
		var people, upper float64
		if _, err := fmt.Sscan(line, &until, &people, &upper); err != nil {
			t.Fatal(err)
		}
		all = append(all, Coming{now.Add(dur(t, until)), people, upper})
	}
	return func(w *world) []Coming {
		gone := Coming{}
		last := Coming{At: now}
		for _, c := range all {
			if !c.At.After(w.now) {
				last, gone = c, c
				continue
			}
			if last.At.Before(w.now) {
				part := w.now.Sub(last.At).Seconds() / c.At.Sub(last.At).Seconds()
				gone = Coming{People: last.People + part*(c.People-last.People), Upper: last.Upper + part*(c.Upper-last.Upper)}
			}
			break
		}
		var left []Coming
		for _, c := range all {
			if c.At.After(w.now) {
				left = append(left, Coming{c.At, c.People - gone.People, c.Upper - gone.Upper})
			}
		}
		return left
	}
}
