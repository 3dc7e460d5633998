package main

import (
	"context"
	"time"

	"github.com/falochron/falochron/internal/toyshop"
)

// notices is what became of the provider's notices of payment.
type notices struct {
	Late    int `json:"late"`    // yet to be sent, or sent again, when the wave was judged
	Pending int `json:"pending"` // the same when the waiting for those was over
	Lost    int `json:"lost"`    // refused as often as the provider sends one, and given up
}

// unheard counts the charges that the shop never heard of.
func (n notices) unheard() int { return n.Pending + n.Lost }

// noticesWithin bounds the waiting for what the provider sends again. The imitation of
// EverShop hears 120 notices a minute from one address, as EverShop does, and answers 429
// to the others; the provider, like real ones, tries again after 1, 2, 4, 8, 15, 30 and 60 s.
// So whatever was refused for the minute's sake is heard of a minute later, and what is
// not, by a shop that nobody else asks anything by then, never will be.
const noticesWithin = 65 * time.Second

// sent waits, after a wave was judged, until the provider has no notice to send any more.
// One that was refused for the moment is not one that the shop never heard of.
func sent(ctx context.Context, judged toyshop.Stats, ask func() (toyshop.Stats, error)) (notices, error) {
	n := notices{Late: judged.CallbacksPending, Pending: judged.CallbacksPending, Lost: judged.CallbacksLost}
	end := time.NewTimer(noticesWithin)
	defer end.Stop()
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for n.Pending > 0 {
		select {
		case <-again.C:
		case <-end.C:
			return n, nil
		case <-ctx.Done():
			return n, ctx.Err()
		}
		st, err := ask()
		if err != nil {
			return n, err
		}
		n.Pending, n.Lost = st.CallbacksPending, st.CallbacksLost
	}
	return n, nil
}
