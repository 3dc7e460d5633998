package sim

import (
	"math"
	"time"

	"github.com/falochron/falochron/internal/forecast"
)

// Shape is how the people of a wave are spread over time.
type Shape uint8

// The shapes. Surprise is the measured one: the middle course of 60 retweet cascades of
// large accounts, as the nowcast's figures have it. Drop, Screen and Story are the
// forecast's profiles; of those only Screen is measured.
const (
	Surprise Shape = iota // a post nobody announced
	Drop                  // an announced moment that people wait for
	Screen                // a spot or a code on a screen
	Story                 // a story with a link
	Ramp                  // rises in a straight line, and falls so: a day
	numShapes
)

var shapeNames = [numShapes]string{"surprise", "drop", "screen", "story", "ramp"}

// String returns the shape's name as it is written in files.
func (s Shape) String() string {
	if s < numShapes {
		return shapeNames[s]
	}
	return "none"
}

// Shapes lists the names of all shapes.
func Shapes() []string { return shapeNames[:] }

// ParseShape returns the shape of a name, and whether there is one.
func ParseShape(name string) (Shape, bool) {
	for i, n := range shapeNames {
		if n == name {
			return Shape(i), true
		}
	}
	return 0, false
}

// profiles are the shares that have come by 10 s, 1, 5, 15 and 60 minutes, of those who
// come in an hour; straight lines between them over the logarithm of time.
var profiles = [numShapes][5]float64{
	Drop:   {0.035, 0.3125, 0.729, 0.917, 1},
	Screen: {0.04, 0.351, 0.952, 0.982, 1},
	Story:  {0.004, 0.052, 0.259, 0.552, 1},
}

var profileAt = [5]float64{10, 60, 300, 900, 3600}

// shapes holds what is computed once.
type shapes struct{ surprise [3601]float64 }

func newShapes() *shapes {
	s := &shapes{}
	f := forecast.BuiltIn()
	for i := range s.surprise {
		s.surprise[i] = f.Middle(time.Duration(i) * time.Second)
	}
	hour := s.surprise[3600]
	for i := range s.surprise {
		s.surprise[i] /= hour
	}
	return s
}

// by is the share of a wave's people that has come t seconds after the post, 0 to 1.
func (s *shapes) by(w Wave, t float64) float64 {
	switch {
	case t <= 0:
		return 0
	case w.Shape == Ramp:
		u := t / w.Over.Seconds()
		switch {
		case u >= 2:
			return 1
		case u <= 1:
			return u * u / 2
		}
		return 1 - (2-u)*(2-u)/2
	case t >= 3600:
		return 1
	case w.Shape == Surprise:
		i := int(t)
		return s.surprise[i] + (t-float64(i))*(s.surprise[i+1]-s.surprise[i])
	}
	p := &profiles[w.Shape]
	if t <= profileAt[0] {
		return p[0] * t / profileAt[0]
	}
	i := 0
	for t > profileAt[i+1] {
		i++
	}
	u := math.Log(t/profileAt[i]) / math.Log(profileAt[i+1]/profileAt[i])
	return p[i] + u*(p[i+1]-p[i])
}

// expected is how many people come between from and to, in seconds, on average.
func (s *shapes) expected(c *Crowd, from, to float64) float64 {
	n := c.Base * (to - from)
	for _, w := range c.Waves {
		at := w.At.Seconds()
		n += w.People * (s.by(w, to-at) - s.by(w, from-at))
	}
	return n
}
