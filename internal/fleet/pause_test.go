package fleet

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

func gone() error {
	return &falochron.Error{Kind: falochron.Unavailable, Op: "ask the engine", Public: "it does not answer"}
}

// Who asks ten times a second for ten minutes asks the engine some two dozen times.
func TestPause(t *testing.T) {
	begin := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	var p Pause
	var asked []string
	for now := begin; now.Before(begin.Add(10 * time.Minute)); now = now.Add(100 * time.Millisecond) {
		if err := p.Enter(now); err != nil {
			if falochron.KindOf(err) != falochron.Unavailable {
				t.Fatalf("handed back: %v", err)
			}
			continue
		}
		if len(asked) < 7 {
			asked = append(asked, now.Sub(begin).String())
		} else {
			asked = append(asked, "")
		}
		p.Leave(now, gone())
	}
	if got := fmt.Sprint(asked[:7]); got != "[0s 1s 3s 7s 15s 31s 1m1s]" || len(asked) > 25 {
		t.Errorf("%d calls, the first at %s", len(asked), got)
	}
}

// While one finds out whether the engine is back, the others wait for it.
func TestPauseOneTries(t *testing.T) {
	now := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	var p Pause
	for range 3 { // calls that were under way together count as one failure
		if err := p.Enter(now); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		p.Leave(now, gone())
	}
	now = now.Add(time.Second)
	if err := p.Enter(now); err != nil {
		t.Fatalf("after the first pause: %v", err)
	}
	if p.Enter(now) == nil {
		t.Error("two try at once")
	}
	p.Leave(now, context.Canceled)
	if err := p.Enter(now); err != nil {
		t.Errorf("the one who tried gave up, and nobody else may: %v", err)
	}
	p.Leave(now, errors.Join(&falochron.Error{Kind: falochron.Denied}))
	for range 2 {
		if p.Enter(now) != nil {
			t.Error("an engine that says no has answered")
		}
	}
}

func TestPauseIsBounded(t *testing.T) {
	now := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	p := Pause{First: time.Minute, Most: 90 * time.Second}
	for _, wait := range []time.Duration{time.Minute, 90 * time.Second, 90 * time.Second} {
		if err := p.Enter(now); err != nil {
			t.Fatal(err)
		}
		p.Leave(now, gone())
		if p.Enter(now.Add(wait-1)) == nil {
			t.Errorf("shorter than %s", wait)
		}
		now = now.Add(wait)
	}
}
