package sim

import (
	"math"
	"time"
)

// Scaler decides how many replicas are wanted. It is asked once a second and keeps its own
// cadence: between two of its turns it says what it said before. What it says is cut to
// the owner's bounds by the world, as an engine does.
type Scaler interface {
	// Name is what it is called in tables.
	Name() string
	// Decide returns the wanted number, and why, in a few words.
	Decide(*Sight) (wanted int, why string)
}

// doubter is a scaler that can say that replicas which are starting are not known to help.
type doubter interface{ doubts() bool }

// Sight is what can be seen of the shop from outside at one moment.
type Sight struct {
	Now       time.Duration // since the story's beginning
	Scenario  *Scenario     // what the owner knows: bounds, the plan, how long a start takes
	Replicas  []*replica
	Seconds   []Second // by second, the last one just past
	Wanted    int      // ordered now
	InLine    int
	Inside    int
	Startable int // replicas that could start without a new machine; -1 = no matter
	edge      edgeSight
}

// count is how many replicas are in a phase.
func (s *Sight) count(p phase) (n int) {
	for _, r := range s.Replicas {
		if r.phase == p {
			n++
		}
	}
	return n
}

// over is the mean of the last n seconds of a figure.
func (s *Sight) over(n int, of func(*Second) float64) float64 {
	n = min(n, len(s.Seconds))
	if n == 0 {
		return 0
	}
	sum := 0.0
	for i := len(s.Seconds) - n; i < len(s.Seconds); i++ {
		sum += of(&s.Seconds[i])
	}
	return sum / float64(n)
}

// replicaRate is the requests a second that one warm replica answers with every worker
// busy: what an operator finds in a load test.
func (s *Scenario) replicaRate() float64 {
	a := s.appetite()
	return float64(s.Shop.Workers) / (a.whole / a.requests * (1 + crowding))
}

// atLeast is the smallest whole number that is not below x; what is above a whole number by
// rounding alone is that number.
func atLeast(x float64) int { return int(math.Ceil(x - 1e-9)) }

// Scalers are all that are compared, each made anew for one story, by name.
func Scalers() []func() Scaler {
	return []func() Scaler{NewHPA, NewHPARate, NewKPA, NewKEDA, NewScheduled, NewTrend,
		func() Scaler { return NewOurs(Reactive) }, func() Scaler { return NewOurs(Nowcast) }, func() Scaler { return NewOurs(Announces) }}
}
