package control

import (
	"time"

	"github.com/falochron/falochron/internal/forecast"
)

// What a wave was like is kept for nowcasts of those to come: how many newcomers came in
// which second after the post, and nothing of who they were. Figures learnt from that
// (falochron forecast fit) count from the next wave on.

const (
	// learnsFor is how long a wave is counted from its first sign on: as long as its seconds
	// are kept, less what may lie between the post and that.
	learnsFor = time.Hour - beforeOnset
	// learnsFrom is how many must have come because of a wave for it to teach anything, and
	// for how long it must have been counted. Guesses.
	learnsFrom  = 100
	learnsLeast = time.Minute
)

// figures are what nowcasts of a shop's waves are made of.
func (w *watched) figures() *forecast.Figures {
	if w.r.cfg.Figures == nil {
		return forecast.BuiltIn()
	}
	f, err := w.r.cfg.Figures(w.name)
	if err != nil {
		w.r.log.Warn("nowcasts are made of the program's own figures", "shop", w.name, "err", err)
	}
	if f == nil {
		return forecast.BuiltIn()
	}
	return f
}

// learn keeps how the wave went until a moment: its end, the beginning of a second one on
// top of it, or as long as one is counted. Nothing is to be learnt if some of it was missed,
// or if most of what came was an attack.
func (w *watched) learn(until time.Time) {
	v := &w.wave
	last := w.seen.Load()
	if v.learnt || last == nil {
		return
	}
	v.learnt = true
	if v.spoilt || w.r.cfg.Keep == nil {
		return
	}
	post := v.onset
	if began := last.Nowcast.Began; !began.IsZero() && !began.After(post) {
		post = began
	}
	if w.missed.After(post) {
		return
	}
	t := w.traced(post, until, last.Base)
	if t == nil {
		return
	}
	text := t.Write()
	w.r.to.aside(func() {
		if err := w.r.cfg.Keep(w.name, post, text); err != nil {
			w.r.log.Warn("how a wave went is not on disk", "shop", w.name, "err", err)
		}
	})
}

// traced are the newcomers of a wave by the time after its post; nil if there is too
// little to learn from.
func (w *watched) traced(post, until time.Time, base float64) *forecast.Trace {
	from, counts := w.seconds.since(post, until)
	t := forecast.Trace{Length: until.Sub(post).Seconds(), Base: base}
	if from.After(post) || t.Length < learnsLeast.Seconds() {
		return nil
	}
	for i, n := range counts {
		begin := from.Add(time.Duration(i) * time.Second).Sub(post).Seconds()
		for j := range n { // of one second they came evenly
			if at := begin + float64(2*j+1)/float64(2*n); at >= 0 {
				t.At = append(t.At, at)
			}
		}
	}
	if float64(len(t.At))-base*t.Length < learnsFrom {
		return nil
	}
	return &t
}
