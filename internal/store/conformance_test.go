package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/google/go-cmp/cmp"
)

// What is appended is read again as it was, in order, by another process too.
func TestAppendAndRead(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s := open(t, address)
		if acts, err := s.Read(t.Context(), 0, 10); len(acts) != 0 || err != nil {
			t.Fatalf("of an empty store: %v, %v", acts, err)
		}
		want := []Act{
			{Seq: 99, At: begun.Add(123456789), Kind: "bare"}, // nanoseconds are not kept; nor is this Seq
			{At: begun.In(time.FixedZone("Warsaw", 3600)), Stream: "świąteczna 🎄", Actor: "o'la\"; --", Kind: "said/1", Body: []byte{0, 255, '\n', 0x80}},
			{At: time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC), Kind: "late", Body: bytes.Repeat([]byte("x"), MaxBody)},
		}
		seq, err := s.Append(t.Context(), 0, want)
		if err != nil || seq != 3 {
			t.Fatalf("%d, %v", seq, err)
		}
		if want[1].Seq != 2 {
			t.Errorf("the caller's act has number %d", want[1].Seq)
		}
		want[0].At = begun.Add(123456000)
		want[1].At = begun
		for name, s := range map[string]*Store{"same": s, "other": open(t, address)} {
			if head, err := s.Head(t.Context()); head != 3 || err != nil {
				t.Errorf("%s: head %d, %v", name, head, err)
			}
			if diff := cmp.Diff(want, allActs(t, s), cmp.Comparer(bytes.Equal)); diff != "" {
				t.Errorf("%s: -appended +read:\n%s", name, diff)
			}
		}
		if acts, err := s.Read(t.Context(), 3, 10); len(acts) != 0 || err != nil {
			t.Errorf("after the last: %v, %v", acts, err)
		}
	})
}

// A page holds few acts when they are large.
func TestReadIsBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s := open(t, address)
		const n = maxPage/MaxBody + 3
		acts := actsFrom(0, n)
		for i := range acts {
			acts[i].Body = bytes.Repeat([]byte{byte(i)}, MaxBody)
		}
		messages := noticesFrom(0, n)
		for i := range messages {
			messages[i].Body = acts[i].Body
		}
		if _, err := s.Append(t.Context(), 0, acts, messages...); err != nil {
			t.Fatal(err)
		}
		for limit, want := range map[int]int{-1: 1, 0: 1, 2: 2, 1000: maxPage / MaxBody} {
			if d, err := s.Deliveries(t.Context(), 0, limit); err != nil || len(d) != want || d[0].ID != n {
				t.Errorf("%d messages for a limit of %d, %v", len(d), limit, err)
			}
			if acts, err := s.Read(t.Context(), 0, limit); err != nil || len(acts) != want {
				t.Errorf("%d acts for a limit of %d, %v", len(acts), limit, err)
			}
		}
		page, err := s.Read(t.Context(), 0, 1000)
		if err != nil || len(page) != maxPage/MaxBody {
			t.Errorf("%d acts in a page, %v", len(page), err)
		}
		if all := allActs(t, s); len(all) != n {
			t.Errorf("%d acts read", len(all))
		}
	})
}

// Who was slower gets a conflict, and has written nothing.
func TestConflict(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		quick, slow := open(t, address), open(t, address)
		mustAppend(t, quick, 0, 2)
		for _, after := range []uint64{0, 1, 3, 1 << 40} { // too old, and what is not there yet
			_, err := slow.Append(t.Context(), after, actsFrom(after, 1), Message{Key: "slow"})
			if !errors.Is(err, ErrConflict) || falochron.KindOf(err) != falochron.Conflict || falochron.HintOf(err) == "" {
				t.Errorf("after %d: %v", after, err)
			}
		}
		if diff := cmp.Diff(actsFrom(0, 2), allActs(t, slow)); diff != "" {
			t.Error(diff)
		}
		if d, err := slow.Deliveries(t.Context(), 0, 10); len(d) != 0 || err != nil {
			t.Errorf("enqueued: %v, %v", d, err)
		}
		mustAppend(t, slow, 2, 1)
	})
}

// A transaction that does not come to its end leaves nothing, wherever it ends.
func TestAllOrNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s := open(t, address)
		mustAppend(t, s, 0, 1)
		for _, at := range []string{"begun", "moved", "written"} {
			ctx, cancel := context.WithCancel(t.Context())
			s.step = func(step string) {
				if step == at {
					cancel()
				}
			}
			_, err := s.Append(ctx, 1, actsFrom(1, 3), Message{Key: "k"})
			s.step = func(string) {}
			if !errors.Is(err, context.Canceled) {
				t.Errorf("given up when %s: %v", at, err)
			}
			if d, err := s.Deliveries(t.Context(), 0, 10); len(d) != 0 || err != nil {
				t.Errorf("given up when %s: enqueued %v, %v", at, d, err)
			}
			if diff := cmp.Diff(actsFrom(0, 1), allActs(t, s)); diff != "" {
				t.Errorf("given up when %s:\n%s", at, diff)
			}
		}
		mustAppend(t, s, 1, 3)
	})
}

// Many who append at once: every act is there once, in one order for all.
func TestManyWriters(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		const stores, writers, each = 2, 3, 12
		var wg sync.WaitGroup
		for i := range stores {
			s := open(t, address)
			for j := range writers {
				wg.Go(func() {
					for k := 0; k < each; {
						after, err := s.Head(t.Context())
						if err != nil {
							t.Error(err)
							return
						}
						_, err = s.Append(t.Context(), after, []Act{{At: begun, Kind: "said/1", Body: fmt.Appendf(nil, "%d %d %d", i, j, k)}})
						switch {
						case err == nil:
							k++
						case !errors.Is(err, ErrConflict):
							t.Error(err)
							return
						}
					}
				})
			}
		}
		wg.Wait()
		all := allActs(t, open(t, address))
		last, times := map[string]string{}, map[string]int{}
		for i, a := range all {
			if a.Seq != uint64(i+1) {
				t.Fatalf("act %d stands at %d", a.Seq, i+1)
			}
			times[string(a.Body)]++
			who := string(a.Body[:3])
			if was := last[who]; len(was) > len(a.Body) || len(was) == len(a.Body) && was >= string(a.Body) {
				t.Errorf("%q after %q", a.Body, was)
			}
			last[who] = string(a.Body)
		}
		if len(all) != stores*writers*each || len(times) != len(all) {
			t.Errorf("%d acts, %d different", len(all), len(times))
		}
	})
}

// What would not come back as it is, or could fill a reader's memory, is refused.
func TestRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s := open(t, address)
		good := func() Act { return actsFrom(0, 1)[0] }
		for name, spoil := range map[string]func(*Act, *Message){
			"no kind":       func(a *Act, _ *Message) { a.Kind = "" },
			"no time":       func(a *Act, _ *Message) { a.At = time.Time{} },
			"far future":    func(a *Act, _ *Message) { a.At = a.At.AddDate(9000, 0, 0) },
			"large":         func(a *Act, _ *Message) { a.Body = make([]byte, MaxBody+1) },
			"long word":     func(a *Act, _ *Message) { a.Actor = strings.Repeat("x", MaxWord+1) },
			"NUL":           func(a *Act, _ *Message) { a.Stream = "a\x00b" },
			"no UTF-8":      func(a *Act, _ *Message) { a.Kind = "\xff" },
			"no key":        func(_ *Act, m *Message) { m.Key = "" },
			"NUL in a key":  func(_ *Act, m *Message) { m.Key = "\x00" },
			"large message": func(_ *Act, m *Message) { m.Body = make([]byte, MaxBody+1) },
			"long lane":     func(_ *Act, m *Message) { m.Lane = strings.Repeat("x", MaxWord+1) },
			"due before":    func(_ *Act, m *Message) { m.Due = m.Due.AddDate(-1000, 0, 0) },
			"no such act":   func(_ *Act, m *Message) { m.Act = 1 << 63 },
		} {
			a, m := good(), Message{Key: "k", Due: begun}
			spoil(&a, &m)
			if _, err := s.Append(t.Context(), 0, []Act{good(), a}, m); falochron.KindOf(err) != falochron.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.Append(t.Context(), 0, nil, Message{Key: "k"}); falochron.KindOf(err) != falochron.Invalid {
			t.Errorf("no act: %v", err)
		}
		if _, err := s.Append(t.Context(), 0, actsFrom(0, MaxActs+1)); falochron.KindOf(err) != falochron.Invalid {
			t.Errorf("too many: %v", err)
		}
		mustAppend(t, s, 0, MaxActs)
		if all := allActs(t, s); len(all) != MaxActs {
			t.Errorf("%d acts", len(all))
		}
	})
}

// Several programs may start at once on an empty place.
func TestOpenedByManyAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		var wg sync.WaitGroup
		logs := make([]string, 4)
		for i := range logs {
			wg.Go(func() {
				s, err := Open(t.Context(), Config{Address: address})
				if err != nil {
					t.Error(err)
					return
				}
				logs[i] = s.log
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, log := range logs {
			if log == "" || log != logs[0] {
				t.Errorf("logs %q", logs)
			}
		}
	})
}
