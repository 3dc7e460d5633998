package store

import (
	"errors"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/google/go-cmp/cmp"
)

// Several messages become one, which is as if it had been claimed: who dies with it
// leaves it, and not its parts, to the next.
func TestGather(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s, other := open(t, address), open(t, address)
		if err := s.Enqueue(t.Context(), Message{Key: "a", Lane: "chat"}, Message{Key: "b", Lane: "chat"}, Message{Key: "c", Lane: "chat"}); err != nil {
			t.Fatal(err)
		}
		parts := claim(t, s, at(0), 2)
		one, err := s.Gather(t.Context(), at(1), time.Minute, parts, Message{Key: "g", Lane: "chat", Due: at(1), Body: []byte("both")})
		if err != nil || one.ID != 4 || one.Attempt != 1 || one.Key != "g" {
			t.Fatalf("%+v, %v", one, err)
		}
		if got := claim(t, other, at(60), 10); !cmp.Equal(keysOf(got), []string{"c#1"}) {
			t.Errorf("the parts, or the whole, are claimed by another: %v", keysOf(got))
		}
		again := claim(t, other, at(62), 10) // the first has died
		if !cmp.Equal(keysOf(again), []string{"g#2"}) || string(again[0].Body) != "both" {
			t.Fatalf("%v", keysOf(again))
		}
		if err := s.Settle(t.Context(), one, Result{Outcome: Delivered, Ended: at(63)}); !errors.Is(err, ErrLate) {
			t.Error(err)
		}
		if err := other.Settle(t.Context(), again[0], Result{Outcome: Delivered, Ended: at(64)}); err != nil {
			t.Error(err)
		}
		all, err := s.Deliveries(t.Context(), 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"g": "chat delivered ", "c": "chat  ", "b": "gathered delivered in g", "a": "gathered delivered in g"}
		for _, d := range all {
			note := ""
			if n := len(d.Attempts); d.Lane == Gathered {
				note = d.Attempts[n-1].Note
			}
			if got := d.Lane + " " + string(d.State) + " " + note; got != want[d.Key] {
				t.Errorf("%s: %q, wants %q", d.Key, got, want[d.Key])
			}
		}
		if len(all) != len(want) {
			t.Errorf("%d messages", len(all))
		}
	})
}

// If one of the parts is somebody else's by now, nothing is gathered.
func TestGatherLate(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s := open(t, address)
		if err := s.Enqueue(t.Context(), Message{Key: "a"}, Message{Key: "b"}); err != nil {
			t.Fatal(err)
		}
		parts := claim(t, s, at(0), 2)
		quick := claim(t, s, at(60), 1)
		if _, err := s.Gather(t.Context(), at(61), time.Minute, parts, Message{Key: "g"}); !errors.Is(err, ErrLate) {
			t.Error(err)
		}
		all, err := s.Deliveries(t.Context(), 0, 10)
		if err != nil || len(all) != 2 || all[0].State != Pending || all[1].State != Pending {
			t.Errorf("%+v, %v", all, err)
		}
		if err := s.Settle(t.Context(), quick[0], Result{Outcome: Delivered, Ended: at(62)}); err != nil {
			t.Error(err)
		}
		for name, err := range map[string]error{
			"no parts": second(s.Gather(t.Context(), at(1), time.Minute, nil, Message{Key: "h"})), "no lease": second(s.Gather(t.Context(), at(1), 0, parts, Message{Key: "h"})),
			"no key": second(s.Gather(t.Context(), at(1), time.Minute, parts, Message{})),
		} {
			if falochron.KindOf(err) != falochron.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
