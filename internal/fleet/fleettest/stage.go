package fleettest

import (
	"testing"
	"time"

	"github.com/falochron/falochron/internal/fleet"
)

// Fault is a way in which an engine misbehaves.
type Fault string

// The faults of engines.
const (
	// None: it works again.
	None Fault = "none"
	// Gone: nothing answers at its address, or the connection is cut at once. Each try
	// counts as a call.
	Gone Fault = "gone"
	// Slow: it takes a call and does not answer before the caller gives up.
	Slow Fault = "slow"
	// Garbled: it answers what nobody can read, with a status that says all is well.
	Garbled Fault = "garbled"
	// Deaf: it says yes to every change and does nothing.
	Deaf Fault = "deaf"
	// Cut: it does what it is told, and the connection breaks before it has said so. It
	// answers what is only read.
	Cut Fault = "cut"
	// Refusing: it says that we may not, as with a role that lacks a right.
	Refusing Fault = "refusing"
	// Stale: the next change is answered by a conflict, since somebody else was quicker;
	// those after it are done.
	Stale Fault = "stale"
)

// Stage is one engine with one shop, and what a test needs to move it. A driver's test
// builds a new one for every rule. Everything on it is cleaned up by the test that built
// it (testing.TB.Cleanup).
type Stage struct {
	// New makes a driver for the shop of this stage. Each is one more program of ours,
	// with nothing in its memory. Those that are open at a test's end the suite closes.
	New func(testing.TB) fleet.Driver
	// Kill ends what a driver does by itself, as when our program is killed: without
	// Close. nil: it does nothing by itself, so to forget it is enough.
	Kill func(testing.TB, fleet.Driver)
	// Base is how many replicas are ready when nobody has ordered anything.
	Base int
	// Calls returns how many calls the engine was sent so far, tries that failed
	// included, and how many of them were to change something.
	Calls func() (all, changes int)
	// Foreign puts beside the shop's replicas what looks like them and is not ours, and
	// returns a check that it is as it was. No State counts it.
	Foreign func(testing.TB) (untouched func() error)
	// Spoil makes replicas that are started from now on fail (true) or work (false).
	Spoil func(t testing.TB, spoilt bool)
	// Hold keeps replicas that are started from now on from getting ready (true), until
	// they may (false). Those that are ready stay so. Without it nobody could be sure to
	// see one that starts: a machine that does other things looks too late.
	Hold func(t testing.TB, held bool)
	// Fault makes the engine misbehave from now on in one way, None in no way.
	Fault func(testing.TB, Fault)
	// Most is the number beyond which the engine's owner lets us not go, on this stage;
	// at least Base + 4. 0: the suite orders no more than 4 above Base.
	Most int
	// Mortal says that replicas end with our program, as local processes do.
	Mortal bool
	// Cannot says what this engine cannot do, each with its reason: names of rules, or
	// Faults. What is neither there nor here fails.
	Cannot map[string]string
	// Patience is how long anything may take at the most before a test fails. Zero means
	// ten minutes, which no busy machine reaches. It makes no test slower that passes.
	Patience time.Duration
	// Beat is the wait between two looks. Zero means 20 ms.
	Beat time.Duration
}

// Rule is one thing that every driver has to do.
type Rule struct {
	// Name is in words with hyphens.
	Name string
	// Fault is what the stage's engine must be able to do; empty for most rules.
	Fault Fault
	// Check fails the test where a driver breaks the rule.
	Check func(testing.TB, *Stage)
}

// Run tries all rules, each on a stage of its own.
func Run(t *testing.T, build func(testing.TB) *Stage) {
	for _, r := range Rules() {
		t.Run(r.Name, func(t *testing.T) { r.On(t, build(t)) })
	}
}

// On tries one rule on one stage. It skips what the stage says cannot be done there.
func (r Rule) On(t testing.TB, s *Stage) {
	t.Helper()
	for _, name := range []string{r.Name, string(r.Fault)} {
		if why := s.Cannot[name]; why != "" {
			t.Skipf("not with this engine: %s", why)
		}
	}
	switch {
	case s.New == nil, s.Calls == nil, s.Fault == nil && r.Fault != "",
		s.Hold == nil && r.Name == "starting-then-ready",
		s.Foreign == nil && r.Name == "nothing-of-others-is-touched",
		s.Spoil == nil && r.Name == "failing-replicas-are-told":
		t.Fatalf("the stage lacks what rule %s needs, and Cannot has no reason", r.Name)
	case s.Most != 0 && s.Most < s.Base+4:
		t.Fatalf("the stage's maximum is %d, at least %d", s.Most, s.Base+4)
	}
	if s.Patience <= 0 {
		s.Patience = 10 * time.Minute
	}
	if s.Beat <= 0 {
		s.Beat = 20 * time.Millisecond
	}
	r.Check(t, s)
}
