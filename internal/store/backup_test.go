package store

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/google/go-cmp/cmp"
)

// seeded fills an empty store with something of everything, always the same.
func seeded(t testing.TB, s *Store) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	after := uint64(0)
	for range 8 {
		acts := actsFrom(after, 1+rng.IntN(4))
		for i := range acts {
			acts[i].Stream = fmt.Sprintf("drop %d", rng.IntN(3))
			acts[i].Actor = []string{"", "ola", "Zażółć gęślą jaźń", `o'brien"`}[rng.IntN(4)]
			acts[i].Body = make([]byte, rng.IntN(40))
			for j := range acts[i].Body {
				acts[i].Body[j] = byte(rng.Uint32())
			}
			if len(acts[i].Body) == 0 {
				acts[i].Body = nil
			}
		}
		var messages []Message
		for i := range rng.IntN(3) {
			messages = append(messages, Message{Key: fmt.Sprint("k", after, i), Lane: "email", Act: after + 1, Due: at(rng.IntN(100)), Body: []byte{byte(rng.Uint32())}})
		}
		if _, err := s.Append(t.Context(), after, acts, messages...); err != nil {
			t.Fatal(err)
		}
		after += uint64(len(acts))
	}
	if err := s.Enqueue(t.Context(), Message{Key: "at once"}, Message{Key: "at once"}, Message{Key: "later", Due: at(1e6)}); err != nil {
		t.Fatal(err)
	}
	if old, err := s.TakeCall(t.Context(), "seeded", at(0), at(0), at(0), at(600)); old != nil || err != nil {
		t.Fatal(old, err)
	}
	if err := s.EndCall(t.Context(), "seeded", []byte("outcome")); err != nil {
		t.Fatal(err)
	}
	for now := 0; now < 200; now += 40 {
		got, err := s.Claim(t.Context(), at(now), time.Minute, 3)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range got {
			r := []Result{{Outcome: Delivered}, {Outcome: Again, Next: at(now + 50), Note: "busy"}, {Outcome: GivenUp, Note: "no such address"}, {}}[(i+now/40)%4]
			if r.Ended = at(now + 1); r.Outcome == Pending {
				continue // who had it never came back
			}
			if err := s.Settle(t.Context(), c, r); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// content is everything that a store says of itself.
type content struct {
	Acts    []Act
	Journal []Delivery
}

func contentOf(t testing.TB, s *Store) content {
	t.Helper()
	journal, err := s.Deliveries(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return content{allActs(t, s), journal}
}

func backedUp(t testing.TB, s *Store) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := s.Backup(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// linesOf is what is in a backup, without its first line and its sum: those hold
// the time it was made.
func linesOf(t testing.TB, backup []byte) string {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(backup))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	return strings.Join(lines[1:len(lines)-2], "\n")
}

// A backup moves everything from each engine to each, and what is restored goes on.
func TestBackupMoves(t *testing.T) {
	for from := range engines {
		for to := range engines {
			t.Run(from+" to "+to, func(t *testing.T) {
				was := open(t, engines[from](t))
				seeded(t, was)
				want, file := contentOf(t, was), backedUp(t, was)
				address := engines[to](t)
				counts, err := open(t, address).Restore(t.Context(), bytes.NewReader(file), false)
				if err != nil {
					t.Fatal(err)
				}
				is := open(t, address)
				if diff := cmp.Diff(want, contentOf(t, is)); diff != "" {
					t.Errorf("-was +is:\n%s", diff)
				}
				if int(counts.Acts) != len(want.Acts) || int(counts.Messages) != len(want.Journal) || counts.Attempts < 5 {
					t.Errorf("it says that it restored %+v", counts)
				}
				if diff := cmp.Diff(linesOf(t, file), linesOf(t, backedUp(t, is))); diff != "" {
					t.Errorf("its own backup: -was +is:\n%s", diff)
				}
				mustAppend(t, is, uint64(len(want.Acts)), 1, Message{Key: "new"}, Message{Key: "at once"})
				journal, err := is.Deliveries(t.Context(), 0, 1)
				if err != nil || journal[0].Key != "new" || journal[0].ID <= want.Journal[0].ID {
					t.Errorf("%v, %v", journal, err)
				}
				// What was under way is tried again, as its next attempt.
				got := claim(t, is, at(1e7), 100)
				open := map[string]int{}
				for _, d := range want.Journal {
					if d.State == Pending {
						open[d.Key] = len(d.Attempts) + 1
					}
				}
				open["new"] = 1
				for _, c := range got {
					if open[c.Key] != c.Attempt {
						t.Errorf("%s is tried for time %d, want %d", c.Key, c.Attempt, open[c.Key])
					}
				}
				if len(got) != len(open) {
					t.Errorf("%d claimed, want %d", len(got), len(open))
				}
			})
		}
	}
}

// A store that holds something is not overwritten by mistake.
func TestRestoreRefusesAPlan(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s := open(t, address)
		empty := backedUp(t, s)
		mustAppend(t, s, 0, 1)
		file := backedUp(t, s)
		mustAppend(t, s, 1, 1, Message{Key: "k"})
		claim(t, s, at(1), 1)
		want := contentOf(t, s)
		for _, file := range [][]byte{empty, file} {
			_, err := s.Restore(t.Context(), bytes.NewReader(file), false)
			says(t, err, falochron.Conflict, "holds a plan already, of 2 acts", "--replace")
			if diff := cmp.Diff(want, contentOf(t, s)); diff != "" {
				t.Error(diff)
			}
		}
		mustAppend(t, s, 2, 1) // nothing was changed: it is the same log
		if _, err := s.Restore(t.Context(), bytes.NewReader(file), true); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(content{Acts: actsFrom(0, 1)}, contentOf(t, s)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// same reports whether two files hold the same lines, each whole.
func same(one, other []byte) bool {
	var held [2][]byte
	for i, file := range [][]byte{one, other} {
		zip, err := gzip.NewReader(bytes.NewReader(file))
		if err != nil {
			return false
		}
		if held[i], err = io.ReadAll(zip); err != nil {
			return false
		}
	}
	return bytes.Equal(held[0], held[1])
}

// A damaged backup is refused, wherever it is damaged, and nothing is changed.
func TestRestoreRefusesDamage(t *testing.T) {
	s := open(t, engines["sqlite"](t))
	mustAppend(t, s, 0, 3, Message{Key: "k"})
	claim(t, s, at(1), 1)
	want, file := contentOf(t, s), backedUp(t, s)
	is := open(t, engines["sqlite"](t))
	refused := func(name string, file []byte) {
		t.Helper()
		_, err := is.Restore(t.Context(), bytes.NewReader(file), false)
		// The number of the schema is read before the end, which has the sum of all.
		if newer := falochron.KindOf(err) == falochron.Conflict && strings.Contains(err.Error(), "made by a newer falochron"); !newer {
			says(t, err, falochron.Invalid, "the backup cannot be used: ", "nothing was changed")
		}
		if got := contentOf(t, is); len(got.Acts)+len(got.Journal) > 0 {
			t.Fatalf("%s: %v", name, got)
		}
	}
	for n := 0; n < len(file); n += 5 {
		refused(fmt.Sprint("cut off at ", n), file[:n])
	}
	refused("something follows", append(bytes.Clone(file), "more"...))
	refused("another follows", append(bytes.Clone(file), file...))
	const gzipHeader = 10 // its time and system mean nothing
	for n := gzipHeader; n < len(file); n += 3 {
		bad := bytes.Clone(file)
		bad[n] ^= 1 << (n % 8)
		if same(bad, file) {
			continue // a bit that fills up the last byte of the compressed stream holds nothing
		}
		refused(fmt.Sprint("damaged at ", n), bad)
	}

	// With every sum right, but written by no program of ours.
	lines := strings.Split(linesOf(t, file), "\n")
	head := backupHead{Is: backupName, Format: backupFormat, Schema: 1, Counts: Counts{Acts: 3, Messages: 1, Attempts: 1}, LastMessage: 1}
	for name, lie := range map[string]struct {
		head  func(*backupHead)
		lines func([]string) []string
	}{
		"another file":    {head: func(h *backupHead) { h.Is = "letter" }},
		"more acts":       {head: func(h *backupHead) { h.Acts++ }},
		"fewer messages":  {head: func(h *backupHead) { h.Messages-- }},
		"message of none": {head: func(h *backupHead) { h.LastMessage-- }},
		"a gap":           {lines: func(l []string) []string { return append(l[:1:1], l[2:]...) }},
		"other order":     {lines: func(l []string) []string { l[0], l[1] = l[1], l[0]; return l }},
		"twice":           {lines: func(l []string) []string { return append(l, l[len(l)-1]) }},
		"no message":      {lines: func(l []string) []string { return append(l[:3:3], l[4:]...) }},
		"unknown field":   {lines: func(l []string) []string { l[0] = `{"act":{"seq":1,"new":2}}`; return l }},
		"no field":        {lines: func(l []string) []string { l[0] = `{}`; return l }},
		"no JSON":         {lines: func(l []string) []string { l[0] = `hello`; return l }},
		"no such state": {lines: func(l []string) []string {
			l[3] = strings.Replace(l[3], `"id":1`, `"id":1,"state":"lost"`, 1)
			return l
		}},
	} {
		h, l := head, append([]string(nil), lines...)
		if lie.head != nil {
			lie.head(&h)
		}
		if lie.lines != nil {
			l = lie.lines(l)
		}
		refused(name, forged(t, h, l))
	}
	if _, err := is.Restore(t.Context(), bytes.NewReader(forged(t, head, lines)), false); err != nil {
		t.Fatal("without a lie: ", err)
	}
	if diff := cmp.Diff(want, contentOf(t, is)); diff != "" {
		t.Error(diff)
	}
}

// forged is a backup of these lines, with the right sums.
func forged(t *testing.T, head backupHead, lines []string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := newBackupWriter(&b)
	err := w.line(head)
	for _, l := range lines {
		w.sum.Write([]byte(l + "\n"))
		_, werr := w.buf.WriteString(l + "\n")
		err = errors.Join(err, werr)
	}
	if err := errors.Join(err, w.end()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What a newer program wrote is left to it.
func TestRestoreRefusesNewer(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s := open(t, address)
		for _, h := range []backupHead{{Is: backupName, Format: backupFormat + 1, Schema: 1}, {Is: backupName, Format: backupFormat, Schema: 99}} {
			_, err := s.Restore(t.Context(), bytes.NewReader(forged(t, h, nil)), false)
			says(t, err, falochron.Conflict, "made by a newer falochron", "that release")
		}
	})
}

// A backup is of one moment, while others append and deliver.
func TestBackupWhileOthersWrite(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s, other := open(t, address), open(t, address)
		to := engines["sqlite"](t)
		for n := uint64(3); n <= 9; n += 3 {
			if _, err := other.Append(t.Context(), n-3, actsFrom(n-3, 3), noticesFrom(n-3, 3)...); err != nil {
				t.Fatal(err)
			}
			want := contentOf(t, s)
			later := false
			s.step = func(step string) {
				if step != "counted" {
					return
				}
				later = true
				if _, err := other.Append(t.Context(), n, actsFrom(n, 3), noticesFrom(n, 3)...); err != nil {
					t.Error(err)
				}
				claim(t, other, at(0), 1)
			}
			file := backedUp(t, s)
			s.step = func(string) {}
			if _, err := open(t, to).Restore(t.Context(), bytes.NewReader(file), true); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, contentOf(t, open(t, to))); diff != "" || !later {
				t.Errorf("-as it was +backed up:\n%s", diff)
			}
			n += 3
		}
	})
}

// A backup that cannot be written is no backup, and the plan is not to blame.
func TestBackupNowhere(t *testing.T) {
	s := open(t, engines["sqlite"](t))
	mustAppend(t, s, 0, 1000)
	_, err := s.Backup(t.Context(), refuses{})
	says(t, err, falochron.Unavailable, "write the backup", "The plan itself is well")
	mustAppend(t, s, 1000, 1)
}

type refuses struct{}

func (refuses) Write([]byte) (int, error) { return 0, errors.New("no room") }
