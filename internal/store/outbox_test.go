package store

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Several processes would claim at begun+n seconds.
func at(n int) time.Time { return begun.Add(time.Duration(n) * time.Second) }

func claim(t *testing.T, s *Store, now time.Time, limit int) []Claimed {
	t.Helper()
	got, err := s.Claim(t.Context(), now, time.Minute, limit)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func keysOf(got []Claimed) (keys []string) {
	for _, c := range got {
		keys = append(keys, fmt.Sprintf("%s#%d", c.Key, c.Attempt))
	}
	return keys
}

// One message's life: due, claimed, tried, tried again, delivered; and all of it
// in the journal.
func TestOutbox(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s, other := open(t, address), open(t, address)
		mustAppend(t, s, 0, 2,
			Message{Key: "b", Lane: "chat", Act: 2, Due: at(5)},
			Message{Key: "a", Lane: "email", Act: 1, Due: at(1), Body: []byte{0, 1, 255}},
			Message{Key: "a", Lane: "email", Body: []byte("the same notice, from somebody who was not sure")})
		if err := s.Enqueue(t.Context(), Message{Key: "now"}, Message{Key: "b", Due: at(0)}); err != nil {
			t.Fatal(err)
		}

		if got := claim(t, other, at(0), 10); !cmp.Equal(keysOf(got), []string{"now#1"}) {
			t.Fatalf("at 0: %v", keysOf(got))
		} else if err := other.Settle(t.Context(), got[0], Result{Outcome: GivenUp, Ended: at(0), Note: "no such address \xff\x00" + strings.Repeat("ł", maxNote)}); err != nil {
			t.Fatal(err)
		}
		first := claim(t, s, at(5), 1) // the longest due first
		if diff := cmp.Diff([]Claimed{{Message: Message{Key: "a", Lane: "email", Act: 1, Due: at(1), Body: []byte{0, 1, 255}}, ID: 2, Attempt: 1}}, first, cmpopts.IgnoreUnexported(Claimed{})); diff != "" {
			t.Fatal(diff)
		}
		if got := claim(t, other, at(5), 10); !cmp.Equal(keysOf(got), []string{"b#1"}) {
			t.Fatalf("of two, one is taken: %v", keysOf(got))
		} // and it never comes back

		if err := s.Settle(t.Context(), first[0], Result{Outcome: Again, Ended: at(6), Next: at(30), Note: "busy"}); err != nil {
			t.Fatal(err)
		}
		if got := claim(t, s, at(29), 10); len(got) != 0 {
			t.Fatalf("before its time: %v", keysOf(got))
		}
		second := claim(t, s, at(30), 10)
		if err := s.Settle(t.Context(), second[0], Result{Outcome: Delivered, Ended: at(31)}); err != nil {
			t.Fatal(err)
		}
		if got := claim(t, s, at(64), 10); len(got) != 0 {
			t.Fatalf("while the lease lasts: %v", keysOf(got))
		}
		if got := claim(t, s, at(65), 10); !cmp.Equal(keysOf(got), []string{"b#2"}) {
			t.Fatalf("after the lease: %v", keysOf(got))
		}
		if got := claim(t, s, at(1e6), 10); !cmp.Equal(keysOf(got), []string{"b#3"}) {
			t.Fatalf("what is settled is not claimed: %v", keysOf(got))
		}

		want := []Delivery{
			{Message: Message{Key: "now"}, ID: 4, State: GivenUp, Attempts: []Attempt{
				{Number: 1, Started: at(0), Ended: at(0), Outcome: GivenUp, Note: "no such address \uFFFD\uFFFD" + strings.Repeat("ł", (maxNote-22)/2) + "…"}}},
			{Message: Message{Key: "a", Lane: "email", Act: 1, Due: at(1), Body: []byte{0, 1, 255}}, ID: 2, State: Delivered, Attempts: []Attempt{
				{Number: 1, Started: at(5), Ended: at(6), Outcome: Again, Note: "busy"},
				{Number: 2, Started: at(30), Ended: at(31), Outcome: Delivered}}},
			{Message: Message{Key: "b", Lane: "chat", Act: 2, Due: at(5)}, ID: 1, Attempts: []Attempt{
				{Number: 1, Started: at(5)}, {Number: 2, Started: at(65)}, {Number: 3, Started: at(1e6)}}},
		}
		want[1].Due = at(30) // of the last time it was due
		got, err := other.Deliveries(t.Context(), 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if page, err := other.Deliveries(t.Context(), 4, 1); err != nil || !cmp.Equal(page, want[1:2]) {
			t.Errorf("a page of the journal: %v, %v", page, err)
		}
	})
}

// Who comes back after the lease does not take the message from who has it now.
func TestLate(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s := open(t, address)
		if err := s.Enqueue(t.Context(), Message{Key: "k"}); err != nil {
			t.Fatal(err)
		}
		slow := claim(t, s, at(0), 1)
		quick := claim(t, s, at(60), 1)
		if err := s.Settle(t.Context(), slow[0], Result{Outcome: Delivered, Ended: at(61)}); !errors.Is(err, ErrLate) {
			t.Errorf("late: %v", err)
		}
		if err := s.Settle(t.Context(), quick[0], Result{Outcome: Again, Ended: at(62), Next: at(70)}); err != nil {
			t.Error(err)
		}
		if err := s.Settle(t.Context(), quick[0], Result{Outcome: Delivered, Ended: at(63)}); !errors.Is(err, ErrLate) {
			t.Errorf("twice: %v", err)
		}
		got, err := s.Deliveries(t.Context(), 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		want := []Attempt{{Number: 1, Started: at(0), Ended: at(61), Outcome: Delivered}, {Number: 2, Started: at(60), Ended: at(62), Outcome: Again}}
		if diff := cmp.Diff(want, got[0].Attempts); diff != "" || got[0].State != Pending {
			t.Errorf("state %q, attempts -want +got:\n%s", got[0].State, diff)
		}
		// Over, but nobody else has claimed it: the result counts.
		again := claim(t, s, at(70), 1)
		if err := s.Settle(t.Context(), again[0], Result{Outcome: Delivered, Ended: at(600)}); err != nil {
			t.Error(err)
		}
	})
}

// Many who claim at once: no message is ever two claimers' at the same time.
func TestClaimedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		const stores, claimers, messages = 2, 3, 120
		s := open(t, address)
		var all []Message
		for i := range messages {
			all = append(all, Message{Key: fmt.Sprint(i), Due: at(i % 7)})
		}
		if err := s.Enqueue(t.Context(), all...); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		times := map[string]int{}
		var wg sync.WaitGroup
		for range stores {
			s := open(t, address)
			for n := range claimers {
				wg.Go(func() {
					for {
						got, err := s.Claim(t.Context(), at(10), time.Hour, n+1)
						if err != nil {
							t.Error(err)
							return
						}
						mu.Lock()
						for _, c := range got {
							times[c.Key]++
						}
						done := len(times) == messages
						mu.Unlock()
						if len(got) == 0 && done {
							return
						}
					}
				})
			}
		}
		wg.Wait()
		for key, n := range times {
			if n != 1 {
				t.Errorf("message %s was claimed %d times", key, n)
			}
		}
	})
}

func TestOutboxRefuses(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s := open(t, address)
		if err := s.Enqueue(t.Context(), Message{Key: "k"}); err != nil {
			t.Fatal(err)
		}
		c := claim(t, s, at(0), 1)[0]
		for name, err := range map[string]error{
			"nothing":       s.Enqueue(t.Context()),
			"no key":        s.Enqueue(t.Context(), Message{}),
			"no lease":      second(s.Claim(t.Context(), at(0), 0, 1)),
			"no limit":      second(s.Claim(t.Context(), at(0), time.Minute, 0)),
			"no outcome":    s.Settle(t.Context(), c, Result{Ended: at(1)}),
			"no next":       s.Settle(t.Context(), c, Result{Outcome: Again, Ended: at(1)}),
			"no end":        s.Settle(t.Context(), c, Result{Outcome: Delivered}),
			"other outcome": s.Settle(t.Context(), c, Result{Outcome: "lost", Ended: at(1)}),
		} {
			if falochron.KindOf(err) != falochron.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := s.Settle(t.Context(), c, Result{Outcome: Delivered, Ended: at(1)}); err != nil {
			t.Error(err)
		}
	})
}

func second[T any](_ T, err error) error { return err }
