package main

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/toyshop"
)

// A notice that the provider is about to send again is waited for; one that the shop
// refused for good, or has not heard of when the waiting is over, counts.
func TestNoticesAreWaitedFor(t *testing.T) {
	const never = time.Hour
	for name, test := range map[string]struct {
		heard, lost time.Duration // when the shop hears of two notices, and a third is given up
		want        notices
		took        time.Duration
	}{
		"heard at once":           {0, never, notices{}, 0},
		"heard a minute later":    {59500 * time.Millisecond, never, notices{Late: 2}, time.Minute},
		"given up":                {0, 0, notices{Lost: 1}, 0},
		"given up while waiting":  {30 * time.Second, 20 * time.Second, notices{Late: 2, Lost: 1}, 30 * time.Second},
		"never heard of, no more": {never, never, notices{Late: 2, Pending: 2}, noticesWithin},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				ask := func() (toyshop.Stats, error) {
					var st toyshop.Stats
					if time.Since(began) < test.heard {
						st.CallbacksPending = 2
					}
					if time.Since(began) >= test.lost {
						st.CallbacksLost = 1
					}
					return st, nil
				}
				judged, _ := ask()
				got, err := sent(t.Context(), judged, ask)
				if err != nil || got != test.want || time.Since(began) != test.took {
					t.Errorf("%+v, %v after %v, want %+v after %v", got, err, time.Since(began), test.want, test.took)
				}
				if got.unheard() != test.want.Pending+test.want.Lost {
					t.Errorf("%d unheard of", got.unheard())
				}
			})
		})
	}
}
