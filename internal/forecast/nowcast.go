package forecast

import (
	"math"
	"math/rand/v2"
	"time"
)

// Observed is what has been counted of a wave so far.
type Observed struct {
	Until time.Time     // end of the last tick
	Tick  time.Duration // 100 ms to 10 s; 0 is a second
	// Counts are the newcomers in each tick, oldest first: from two minutes before the
	// onset on if there are so many. What is older than an hour and a quarter is not
	// looked at.
	Counts []uint32
	Base   float64 // newcomers a second who would come without the wave, about
	// Onset is when the rise began, about; zero: not known, it is looked for in Counts.
	Onset time.Time
	// Posted is when the post went out, if a program said so exactly; zero: not known.
	Posted time.Time
	// Announced is the post of which the wave probably is; nil: none was announced.
	Announced *Announced
}

// Announced is what the campaign's forecast says of the post.
type Announced struct {
	Channel Channel
	At      time.Time     // when it is to go out; zero: not known
	Slip    time.Duration // by how much it may be earlier or later
	// People are those who come because of it, in all: [PostAnswer.People].
	People Range
	// Sure is how sure it is that the wave is of this post, 0 to 1; 0 takes 0.75.
	Sure float64
}

// Nowcasted is what is to be expected of a wave of which the beginning was seen.
// Each Range holds in four of five waves. People are newcomers beyond the base.
type Nowcasted struct {
	// Known says whether the figures may be shown to people; Why says why not. They are
	// there all the same.
	Known bool
	Why   Unknown
	Began time.Time // when the post probably went out; some seconds before the first reaction
	Seen  float64   // people of the wave so far
	// Peak is the highest rate, in people a second, as the mean of the busiest ten
	// seconds; PeakMinute are the people of the busiest sixty. Both of the first hour.
	Peak, PeakMinute Range
	// PeakAfter is the middle of the busiest ten seconds, in seconds after Began.
	PeakAfter Range
	// In10Min and InHour are the people of the first ten minutes and hour after Began.
	In10Min, InHour Range
	// HalfLife is when half of all have come, in seconds after Began. All are those
	// who come within a week.
	HalfLife Range
	// Leans is the belief that explains the counts best, as "measured", "any size",
	// "any speed" or "announced"; Weight is how much of the answer is its, 0 to 1.
	Leans  string
	Weight float64

	band pacing // see [Nowcasted.RateAt]
}

// PeakAt is the moment of the busiest ten seconds: its range.
func (n *Nowcasted) PeakAt() (low, mid, high time.Time) {
	at := func(s float64) time.Time { return n.Began.Add(seconds(s)) }
	return at(n.PeakAfter.Low), at(n.PeakAfter.Mid), at(n.PeakAfter.High)
}

// Nowcaster makes nowcasts. It holds what is the same for all of them, and has a
// single owner.
type Nowcaster struct {
	figures *Figures
	beliefs []likely
	// draws are standard normals by future: first those of the course, then those by
	// which counts scatter around it. They are the same each time, so that a nowcast
	// moves with the counts alone.
	draws [futures][stretches + cells]float64
	tried []way // of the last nowcast, to be used again
}

// likely is a shape with how probable it is before anything is counted.
type likely struct {
	shape  shape
	weight float64
}

// futures is how many futures a nowcast draws.
const futures = 400

// How probable the beliefs are before anything is counted, and how wide: guesses.
// No shop's waves need be as large as the posts of the figures, or as fast; so where
// counts contradict that, they win. Of a shop's waves four in five are taken to be
// between as large as those posts and eight hundred times as large, in the middle 33
// times. Small waves are not expected at all: nobody needs a nowcast of them, and
// the little that is seen of a large one at first looks like one.
const (
	weightMeasured = 0.88
	weightAnySize  = 0.10
	weightAnySpeed = 0.02
	anySizeMore    = 3.5 // logarithm of how many times as large
	anySizeSD      = 2.5
	anySpeedSD     = 1.0
	surePost       = 0.75 // that the wave is of the announced post, if nobody says
)

// NewNowcaster makes one of figures, as [BuiltIn] or [Fit] gives them.
func NewNowcaster(f *Figures) *Nowcaster {
	n := &Nowcaster{figures: f}
	larger := make([]float64, stretches)
	for k := range larger {
		larger[k] = f.Mean[k] + anySizeMore
	}
	n.beliefs = []likely{
		{newShape("measured", f.Mean, f.Spread), weightMeasured},
		{newShape("any size", larger, widened(f.Spread, anySizeSD, 0)), weightAnySize},
		{newShape("any speed", larger, widened(f.Spread, anySizeSD, anySpeedSD)), weightAnySpeed},
	}
	chance := &chances{rand.New(rand.NewPCG(1, 0)), futures / 2}
	for k := range n.draws[0] {
		for i, e := range chance.normals() {
			n.draws[i][k] = e
		}
	}
	return n
}

// widened is the covariance with a size that may be any and a speed that may be: the
// logarithm of the rate gets a constant and a slope over the logarithm of time.
func widened(spread [][]float64, size, speed float64) [][]float64 {
	out := square(len(spread))
	for i := range spread {
		for j := range spread[i] {
			v := size*size + speed*speed*lean(i)*lean(j)
			out[i][j] = spread[i][j] + v
			out[j][i] = out[i][j]
		}
	}
	return out
}

// lean is where stretch k lies between the beginning and the end: from 1 for what
// comes in seconds, by 0 at ten minutes, to below 0 for what comes in days.
func lean(k int) float64 {
	middle := (bounds[k] + bounds[k+1]) / 2
	return math.Log(600/middle) / math.Log(600/7.5)
}

// Nowcast says what is to be expected, from the built-in figures. It builds them anew
// each time, which takes longer than the answer: a loop keeps a [Nowcaster].
func Nowcast(o Observed) Nowcasted { return NewNowcaster(BuiltIn()).Nowcast(o) }

// longest is what is looked at of the counts, in seconds.
const longest = 75 * 60

// Nowcast says what is to be expected.
//
//  1. When the post went out is not known, so several moments are tried; and several
//     beliefs about its shape and size.
//  2. For each of these pairs the most likely course is found, and how well it
//     explains the counts ([shape.fit]).
//  3. Futures are drawn from the pairs, from each as often as it explains the counts;
//     and in each of them what is asked is read off ([Nowcaster.draw]).
func (n *Nowcaster) Nowcast(o Observed) Nowcasted {
	o, ok := o.sound()
	if !ok {
		return Nowcasted{Why: BadInput}
	}
	s := newSeries(o.Counts, o.Tick)
	rise, risen := s.rise(&o)
	out := Nowcasted{Seen: s.since(rise, o.Base)}
	beliefs := n.beliefs
	if a := o.Announced.shape(n.figures); a != nil {
		sure := o.Announced.sure()
		beliefs = nil
		for _, b := range n.beliefs {
			b.weight *= 1 - sure
			beliefs = append(beliefs, b)
		}
		beliefs = append(beliefs, likely{*a, sure})
	}
	ways := n.ways(&s, &o, rise, beliefs)
	n.draw(&s, &o, rise, ways, &out)
	out.Why = n.unknown(&s, &o, &out, ways, risen)
	out.Known = out.Why == KnownWell
	return out
}

// sound is the input as it can be used.
func (o Observed) sound() (Observed, bool) {
	if o.Tick == 0 {
		o.Tick = time.Second
	}
	if o.Tick < 10*time.Millisecond || o.Tick > time.Minute || len(o.Counts) == 0 || o.Until.IsZero() ||
		!(o.Base >= 0) || math.IsInf(o.Base, 0) {
		return o, false
	}
	if most := int(longest / o.Tick.Seconds()); len(o.Counts) > most {
		o.Counts = o.Counts[len(o.Counts)-most:]
	}
	return o, true
}

// from is a moment as seconds of the series of counts.
func (s *series) from(o *Observed, t time.Time) float64 { return t.Sub(o.Until).Seconds() + s.end() }
