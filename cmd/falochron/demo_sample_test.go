package main

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/proc"
	"github.com/falochron/falochron/internal/toyshop"
)

// tell is a sample of a shop that has refused so many by then.
func tell(at time.Duration, refused uint64, backlog int) second {
	return second{at: at, ok: true, stats: toyshop.Stats{Refused502: refused, Backlog: backlog}}
}

// What a shop refused belongs to the second in which it was told, however long
// the shop took to tell.
func TestRefusalsKeepTheirSecond(t *testing.T) {
	secs := func(x float64) time.Duration { return time.Duration(x * float64(time.Second)) }
	for name, c := range map[string]struct {
		samples []second
		want    []int
	}{
		"on time":            {[]second{tell(0, 0, 0), tell(secs(1), 3, 0), tell(secs(2.01), 3, 0), tell(secs(2.99), 5, 0)}, []int{3, 0, 2}},
		"a slow answer":      {[]second{tell(0, 0, 0), tell(secs(1), 0, 0), tell(secs(4.2), 7, 0), tell(secs(5), 8, 0)}, []int{0, 0, 0, 7, 1}},
		"two in one second":  {[]second{tell(0, 0, 0), tell(secs(0.9), 1, 0), tell(secs(1.1), 3, 0)}, []int{3}},
		"no answer":          {[]second{tell(0, 0, 0), {at: secs(1)}, tell(secs(2), 4, 0)}, []int{0, 4}},
		"the shop restarted": {[]second{tell(0, 0, 0), tell(secs(1), 9, 0), tell(secs(2), 2, 0), tell(secs(3), 3, 0)}, []int{9, 0, 1}},
		"nothing":            {nil, nil},
	} {
		got, busy := bySecond(c.samples)
		if !reflect.DeepEqual(got, c.want) || len(busy) != len(got) {
			t.Errorf("%s: %v and %d shares, want %v", name, got, len(busy), c.want)
		}
	}
	// A slow second counts for as long as it lasted in the mean of the machine.
	_, busy := bySecond([]second{{times: proc.Times{}}, {at: secs(1), times: proc.Times{Busy: 0, All: 2}}, {at: secs(4), times: proc.Times{Busy: 6, All: 8}}})
	if mean(busy) != 0.75 {
		t.Errorf("busy %v: three of four seconds were", busy)
	}
}

func TestWorkedOff(t *testing.T) {
	at := func(secs int) time.Duration { return time.Duration(secs) * time.Second }
	samples := []second{tell(at(0), 0, 0), tell(at(14), 0, 0), tell(at(16), 0, 300), {at: at(17)}, tell(at(18), 0, 0), tell(at(19), 0, 5)}
	if got := workedOff(samples, at(15)); got != at(18) {
		t.Errorf("worked off at %v, want 18 s: an answer that did not come says nothing", got)
	}
	if got := workedOff(samples[:3], at(15)); got != at(16) {
		t.Errorf("never worked off: %v, want the end", got)
	}
}

// What a scenario should do and does not is told, whatever the reason.
func TestScenarioSaysWhatDidNotHappen(t *testing.T) {
	fine := func(context.Context) error { return nil }
	for name, c := range map[string]struct {
		acts []act
		want string // "" for nothing odd
	}{
		"all is done":        {[]act{{time.Second, "kill", fine}, {2 * time.Second, "back", fine}}, ""},
		"it fails":           {[]act{{time.Second, "kill", func(context.Context) error { return errors.New("port is taken") }}}, "kill: port is taken"},
		"it is late":         {[]act{{time.Second, "slow", func(context.Context) error { time.Sleep(3 * time.Second); return nil }}, {2 * time.Second, "back", fine}}, "back: 2.0 s late"},
		"the wave is over":   {[]act{{11 * time.Second, "kill", fine}}, "kill: the wave was over before"},
		"it does not finish": {[]act{{9 * time.Second, "start", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}}, "start: context deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, over := context.WithTimeout(t.Context(), 10*time.Second)
				defer over()
				var odd []string
				play(ctx, time.Now(), c.acts, func(string) {}, func(err error) { odd = append(odd, err.Error()) })
				if got := strings.Join(odd, "; "); got != c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
			})
		})
	}
}
