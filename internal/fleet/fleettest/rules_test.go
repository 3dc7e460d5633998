package fleettest

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/fleet"
)

// stage is one with the engine in memory and a driver that breaks one rule, or none.
func stage(breaks string) *Stage {
	e := newEngine(1)
	return &Stage{
		New: func(t testing.TB) fleet.Driver {
			d := &driver{e: e, breaks: breaks, close: make(chan struct{})}
			end := make(chan struct{})
			t.Cleanup(func() { close(end) })
			go func() { // what drivers have: something that runs until Close
				select {
				case <-d.close:
				case <-end:
				}
			}()
			return d
		},
		Base:  1,
		Most:  e.most,
		Calls: e.calls,
		Foreign: func(testing.TB) func() error {
			return e.untouched
		},
		Spoil: func(_ testing.TB, spoilt bool) { e.spoil(spoilt) },
		Hold:  func(_ testing.TB, held bool) { e.hold(held) },
		Fault: func(_ testing.TB, f Fault) { e.misbehave(f) },
	}
}

// A driver that keeps all rules passes all of them.
func TestRules(t *testing.T) {
	for _, r := range Rules() {
		t.Run(r.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { r.On(t, stage("")) })
		})
	}
}

// Each rule is broken by somebody, and that is found by that rule.
func TestEveryRuleCanFail(t *testing.T) {
	planted := map[string][]string{
		"starting-then-ready":                    {"waits until they are ready", "starting is ready", "hides those that start", "nothing is its own", "ids are not unique", "youngest first"},
		"the-same-again-changes-nothing":         {"writes always", "reads twice", "looking changes"},
		"down-to-fewer":                          {"never fewer", "starts all anew"},
		"those-named-leave-first":                {"chooses by itself", "stops whom it is told"},
		"orders-that-cannot-be-followed":         {"takes any order"},
		"never-beyond-the-maximum":               {"knows no maximum", "says no bound"},
		"nothing-of-others-is-touched":           {"takes strangers for its own"},
		"the-next-program-finds-them":            {"restores at every start", "undoes only the last"},
		"the-next-program-undoes-what-expired":   {"keeps it in its memory", "restores for ever", "restores in silence"},
		"expiry-while-we-live":                   {"never restores", "asks the clock"},
		"a-renewed-order-stays":                  {"keeps the first end"},
		"failing-replicas-are-told":              {"failing is ready", "nobody says why", "stops one that works"},
		"a-cancelled-call-changes-nothing":       {"goes on though cancelled"},
		"many-at-once":                           {"adds what is missing"},
		"close-leaves-nothing-running":           {"goes on after its end", "stops them at its end"},
		"an-engine-that-is-gone":                 {"storms", "no kinds", "no hints", "gone is empty"},
		"what-expired-while-the-engine-was-gone": {"a start that fails is none"},
		"an-engine-that-is-slow":                 {"waits for the engine", "storms"},
		"an-engine-that-talks-rubbish":           {"rubbish is nothing", "no kinds"},
		"an-engine-that-only-says-yes":           {"believes what it ordered"},
		"an-answer-that-is-lost":                 {"does it again", "writes the number first"},
		"an-engine-that-refuses":                 {"a refusal is no kind", "no hints"},
		"somebody-was-quicker":                   {"a conflict is no kind"},
	}
	for _, r := range Rules() {
		if len(planted[r.Name]) == 0 {
			t.Errorf("nobody breaks %s", r.Name)
		}
		for _, breaks := range planted[r.Name] {
			t.Run(r.Name+"/"+strings.ReplaceAll(breaks, " ", "-"), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					if faults := judge(t, r, stage(breaks)); len(faults) == 0 {
						t.Errorf("a driver of which is true that it %q passes", breaks)
					} else {
						t.Log(faults[0])
					}
				})
			})
		}
		delete(planted, r.Name)
	}
	for name := range planted {
		t.Errorf("there is no rule %s", name)
	}
}

// A stage that can do less says so, or fails.
func TestStageLacks(t *testing.T) {
	for what, poor := range map[string]struct {
		spoil func(*Stage)
		rule  string
		fails bool
	}{
		"no fault":              {func(s *Stage) { s.Fault = nil }, "an-engine-that-is-gone", true},
		"no fault, with reason": {func(s *Stage) { s.Fault, s.Cannot = nil, map[string]string{"gone": "it is this machine"} }, "an-engine-that-is-gone", false},
		"no strangers":          {func(s *Stage) { s.Foreign = nil }, "nothing-of-others-is-touched", true},
		"nothing is held back":  {func(s *Stage) { s.Hold = nil }, "starting-then-ready", true},
		"no spoiling":           {func(s *Stage) { s.Spoil = nil }, "failing-replicas-are-told", true},
		"rule, with reason": {func(s *Stage) {
			s.Spoil, s.Cannot = nil, map[string]string{"failing-replicas-are-told": "the host hides it"}
		}, "failing-replicas-are-told", false},
		"too small": {func(s *Stage) { s.Most = s.Base + 1 }, "down-to-fewer", true},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := stage("")
				poor.spoil(s)
				for _, r := range Rules() {
					if r.Name != poor.rule {
						continue
					}
					if faults := judge(t, r, s); len(faults) > 0 != poor.fails {
						t.Errorf("faults: %q", faults)
					}
				}
			})
		})
	}
}

// judge tries a rule and returns what it finds, instead of failing.
func judge(t *testing.T, r Rule, s *Stage) []string {
	s.Patience, s.Beat = 10*time.Second, 100*time.Millisecond
	n := &notebook{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.On(n, s)
	}()
	<-done
	for len(n.cleanups) > 0 {
		last := n.cleanups[len(n.cleanups)-1]
		n.cleanups = n.cleanups[:len(n.cleanups)-1]
		last()
	}
	return n.faults
}

// notebook takes down what a test would fail by.
type notebook struct {
	testing.TB
	mu       sync.Mutex
	faults   []string
	cleanups []func()
}

func (n *notebook) Errorf(format string, a ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults = append(n.faults, fmt.Sprintf(format, a...))
}
func (n *notebook) Error(a ...any) { n.Errorf("%s", fmt.Sprint(a...)) }
func (n *notebook) Fatalf(format string, a ...any) {
	n.Errorf(format, a...)
	runtime.Goexit()
}
func (n *notebook) Fatal(a ...any)       { n.Fatalf("%s", fmt.Sprint(a...)) }
func (n *notebook) Skipf(string, ...any) { runtime.Goexit() }
func (n *notebook) Skip(...any)          { runtime.Goexit() }
func (n *notebook) Helper()              {}
func (n *notebook) Cleanup(f func())     { n.cleanups = append(n.cleanups, f) }
