package journal

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falochron/falochron"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func wait(id string, at time.Time) falochron.Record {
	return falochron.Record{
		Time: at, ID: id, Shop: "perfumy.example", Client: "203.0.113.0/24", Class: falochron.ClassCart, Lane: "new",
		Method: "POST", Path: "/koszyk/dodaj", Status: 503,
		Verdict: falochron.Verdict{Action: falochron.Wait, Reason: "no-place", Limit: "places", Bound: 6.25},
		Session: "s1", Place: 7, Ahead: 41, Waited: 3 * time.Millisecond, Took: 4 * time.Millisecond,
		Origin: "http://127.0.0.1:8080", InUse: 4, Allowed: 4,
	}
}

func pass(id string) falochron.Record {
	return falochron.Record{Time: noon, ID: id, Method: "GET", Path: "/", Status: 200}
}

func TestFindGivesTheWholeRecordBack(t *testing.T) {
	j := New(Config{Size: 8})
	want := wait("r1", noon)
	j.Append(want)
	got, ok := j.Find("r1")
	if !ok {
		t.Fatal("not found")
	}
	got.Time = got.Time.UTC()
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, ok := j.Find(""); ok {
		t.Error("found a record without an id")
	}
	if _, ok := j.Find("r2"); ok {
		t.Error("found a record that was never there")
	}
}

func TestEveryVerdictIsKeptAndPlainAnswersAreSampled(t *testing.T) {
	j := New(Config{Size: 4096, PassSample: 10})
	for i := range 100 {
		j.Append(pass(fmt.Sprintf("p%d", i)))
		for a := range falochron.NumActions {
			r := wait(fmt.Sprintf("v%d-%s", i, a), noon)
			r.Verdict.Action = a
			if a != falochron.Pass && a != falochron.Hit && a != falochron.Own {
				j.Append(r)
			}
		}
	}
	if _, n := j.Reach(); n != 10+100*(int(falochron.NumActions)-3) {
		t.Errorf("kept %d records", n)
	}
	for _, id := range []string{"p0", "p10", "p90"} {
		if _, ok := j.Find(id); !ok {
			t.Errorf("%s: one in ten, the first included, is kept", id)
		}
	}
	if _, ok := j.Find("p1"); ok {
		t.Error("p1 is kept")
	}
}

func TestWhatIsPlain(t *testing.T) {
	near, watched, would, broken, event := pass("near"), pass("watched"), pass("would"), pass("broken"), pass("event")
	near.Verdict = falochron.Verdict{Action: falochron.Pass, Reason: "room", Limit: "concurrency", Bound: 4}
	watched.Verdict.Would = true // would have passed too
	would.Verdict = falochron.Verdict{Action: falochron.Wait, Would: true}
	broken.Status, event.Note = 502, "replica back"
	// A place was spent: from the line, or on somebody who was there before us.
	fromLine, taken, again := pass("from-line"), pass("taken"), pass("again")
	fromLine.Place, fromLine.Verdict.Reason = 7, "place-free"
	taken.Verdict.Reason = "adopted"
	again.Place, again.Verdict.Reason = 7, "place-claimed"
	slow, stream, picture := pass("slow"), pass("stream"), pass("picture")
	slow.Took, stream.Took, picture.Took = 11*time.Second, time.Hour, time.Minute
	stream.Status, picture.Class = 101, falochron.ClassStatic
	j := New(Config{Size: 16, PassSample: -1})
	for _, r := range []falochron.Record{pass("p"), near, watched, would, broken, event, fromLine, taken, again, slow, stream, picture} {
		j.Append(r)
	}
	for id, want := range map[string]bool{
		"p": false, "near": false, "watched": false, "would": true, "broken": true, "event": true,
		"from-line": true, "taken": true, "again": false, "slow": true, "stream": false, "picture": false,
	} {
		if _, ok := j.Find(id); ok != want {
			t.Errorf("%s kept: %v", id, ok)
		}
	}
}

// Who is let in at once is kept, the first of a rush too, but a day of it fills a
// part of the ring only; a clock that is set back changes nothing for long.
func TestNewcomersAreKeptAndDoNotFillTheRing(t *testing.T) {
	j := New(Config{PassSample: -1})
	come := func(at time.Time) bool {
		r := pass("n")
		r.Time, r.Verdict = at, falochron.Verdict{Reason: "place-free", Limit: "concurrency", Bound: 4}
		_, before := j.Reach()
		j.Append(r)
		_, after := j.Reach()
		return after > before
	}
	for i := range newcomerRush {
		if !come(noon) {
			t.Fatalf("newcomer %d of a rush is not kept", i+1)
		}
	}
	if come(noon) {
		t.Error("a rush has no end")
	}
	kept := 0
	for s := range 86400 { // one a second, all day
		if come(noon.Add(time.Duration(s) * time.Second)) {
			kept++
		}
	}
	if kept < 17000 || kept > 65536/3 {
		t.Errorf("a day's newcomers take %d slots of 65536", kept)
	}
	if !come(noon) {
		t.Error("nobody is kept until the clock is where it was")
	}
	if !come(noon.Add(48 * time.Hour)) {
		t.Error("who comes after a quiet day is not kept")
	}
}

func TestTheRingStatesItsReach(t *testing.T) {
	j := New(Config{Size: 4})
	if at, n := j.Reach(); n != 0 || !at.IsZero() {
		t.Errorf("empty ring: %v, %d", at, n)
	}
	for i := range 6 {
		j.Append(wait(fmt.Sprint(i), noon.Add(time.Duration(i)*time.Second)))
		at, n := j.Reach()
		if want := noon.Add(time.Duration(max(0, i-3)) * time.Second); !at.Equal(want) || n != min(i+1, 4) {
			t.Errorf("after %d: %v, %d", i+1, at, n)
		}
	}
	if _, ok := j.Find("1"); ok {
		t.Error("an evicted record is found")
	}
}

func TestSinceIsOrderedFilteredAndKeepsTheNewest(t *testing.T) {
	j := New(Config{Size: 64})
	for _, i := range []int{0, 2, 1, 3, 4} { // requests end in another order than they began
		r := wait(fmt.Sprint(i), noon.Add(time.Duration(i)*time.Second))
		if i == 3 {
			r.Shop = "other.example"
		}
		j.Append(r)
	}
	j.Append(falochron.Record{Time: noon.Add(1500 * time.Millisecond), Shop: "perfumy.example", Actor: "Ola", Note: "mode: auto → hold"})
	j.Append(falochron.Record{Time: noon.Add(3500 * time.Millisecond), Shop: "perfumy.example", Note: "replica is gone"})
	for _, c := range []struct {
		name string
		from time.Time
		f    Filter
		want string
	}{
		{"all", time.Time{}, Filter{}, "0 1 Ola 2 3 ! 4"},
		{"from a moment", noon.Add(time.Second), Filter{}, "1 Ola 2 3 ! 4"},
		{"one shop", time.Time{}, Filter{Shop: "perfumy.example"}, "0 1 Ola 2 ! 4"},
		{"notes", time.Time{}, Filter{Notes: true}, "Ola !"},
		{"the newest two", time.Time{}, Filter{Limit: 2}, "! 4"},
		{"the future", noon.Add(time.Hour), Filter{}, ""},
	} {
		var got []string
		for _, r := range j.Since(c.from, c.f) {
			switch {
			case r.Actor != "":
				got = append(got, r.Actor)
			case r.Note != "":
				got = append(got, "!")
			default:
				got = append(got, r.ID)
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: got %q, want %q", c.name, s, c.want)
		}
	}
}

func TestNoSecretEntersAndNoTextGrowsASlot(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	j := New(Config{Size: 64})
	for i, path := range []string{"/p?falo_t=SECRET", "/p;jsessionid=SECRET", "/p#SECRET", "/" + long} {
		r := wait(fmt.Sprint("id", i), noon)
		r.Path = path
		r.Method, r.Session, r.Client = "GET"+long, "s"+long, "c"+long
		r.Note = "n" + long
		j.Append(r)
	}
	r := wait(long, noon)
	j.Append(r)
	if _, ok := j.Find(long); !ok {
		t.Error("a cut id is not found by its whole form")
	}
	if err := j.Audit(falochron.Record{Time: noon, Actor: "Ola", Path: "/p?SECRET", Note: long}); err != nil {
		t.Error(err)
	}
	for _, r := range j.Since(time.Time{}, Filter{}) {
		if s := fmt.Sprintf("%+v", r); strings.Contains(s, "SECRET") || len(s) > 1500 {
			t.Errorf("%d bytes: %.300s", len(s), s)
		}
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	j := New(Config{Size: 1024, PassSample: 1})
	r := wait("0191d3f0-7c1e-7b3a-9d7e-2f6a4c1b8e55", noon)
	if n := testing.AllocsPerRun(1000, func() { j.Append(r) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

// Readers let appends through in mid-walk; what they return must still be whole
// records that were appended.
func TestReadersAndWritersAtOnce(t *testing.T) {
	j := New(Config{Size: 3 * readChunk})
	var writers, readers sync.WaitGroup
	for w := range 2 {
		writers.Go(func() {
			for i := range 20_000 {
				j.Append(wait(fmt.Sprintf("w%d-%d", w, i), noon.Add(time.Duration(i))))
			}
		})
	}
	done := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for {
				for _, r := range j.Since(time.Time{}, Filter{Limit: 100_000}) {
					if !strings.HasPrefix(r.ID, "w") || r.Ahead != 41 {
						t.Errorf("a torn record: %+v", r)
						return
					}
				}
				j.Reach()
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
}

func BenchmarkAppend(b *testing.B) {
	r := wait("0191d3f0-7c1e-7b3a-9d7e-2f6a4c1b8e55", noon)
	b.Run("verdict", func(b *testing.B) {
		j := New(Config{})
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				j.Append(r)
			}
		})
	})
	b.Run("plain", func(b *testing.B) {
		j, p := New(Config{}), pass("p")
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				j.Append(p)
			}
		})
	})
}
