package crowd

import (
	"math"
	"time"
)

// shapeStep is the width of one share of the arrival shape.
const shapeStep = 10 * time.Second

// shapeSteps is how many shares there are: ten minutes.
const shapeSteps = 60

// Shares returns the arrival shape of one surprising post: the share of all
// clicks, in percent, in each ten seconds after it. The first five minutes are
// measured (retweet cascades of large accounts, Kobayashi & Lambiotte 2016);
// the next five fall in a straight line to the 0.87 measured at ten minutes.
// The shares are relative weights: they add up to a little over 100.
func Shares() [shapeSteps]float64 {
	s := [shapeSteps]float64{
		0.15, 1.35, 2.36, 2.91, 3.39, 3.19, 3.23, 3.26, 3.17, 3.19,
		3.21, 2.82, 2.61, 2.55, 2.51, 2.24, 2.22, 1.98, 1.94, 1.77,
		2.13, 1.75, 1.71, 1.72, 1.51, 1.44, 1.56, 1.71, 1.51, 1.52,
	}
	const measured, last = 30, 0.87
	from := s[measured-1]
	for i := measured; i < shapeSteps; i++ {
		s[i] = from + (last-from)*float64(i-measured+1)/float64(shapeSteps-measured)
	}
	return s
}

// shape is the first part of the arrival curve as a distribution.
type shape struct {
	sum [shapeSteps + 1]float64 // sum[i] = weight before step i
	end float64                 // where it is cut, in steps
	all float64                 // weight before end
}

// newShape cuts the curve after length, which is clamped to ten minutes.
func newShape(length time.Duration) shape {
	var s shape
	for i, w := range Shares() {
		s.sum[i+1] = s.sum[i] + w
	}
	s.end = math.Min(float64(length)/float64(shapeStep), shapeSteps)
	s.all = s.before(s.end)
	return s
}

// before is the weight of the curve before x steps.
func (s *shape) before(x float64) float64 {
	i := int(x)
	if i >= shapeSteps {
		return s.sum[shapeSteps]
	}
	return s.sum[i] + (x-float64(i))*(s.sum[i+1]-s.sum[i])
}

// at returns the moment by which the share u (0 to 1) of the part has arrived.
func (s *shape) at(u float64) time.Duration {
	want := u * s.all
	i := 0
	for i < shapeSteps-1 && s.sum[i+1] < want {
		i++
	}
	x := float64(i) + (want-s.sum[i])/(s.sum[i+1]-s.sum[i])
	return time.Duration(math.Min(x, s.end) * float64(shapeStep))
}
