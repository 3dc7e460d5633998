package room

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// lineOf returns a room with n people in line.
func lineOf(n int) *Room {
	r := New(Config{}, evening)
	for range n {
		seq, err := r.Issue(evening)
		if err != nil {
			panic(err)
		}
		r.count(seq)
	}
	return r
}

const million = 1_000_000

// TestMillionTicketsFitIn256KB is a promise: 262,144 bytes for a million
// outstanding tickets, all of which have come back, a full call history among
// them; by our own count and by the runtime's.
func TestMillionTicketsFitIn256KB(t *testing.T) {
	const most = 256 << 10
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	least := int64(1 << 40) // of three: other tests' leftovers may end while we measure
	for range 3 {
		before := heap()
		r := lineOf(million)
		// Half of them called one by one, over most of a window: the longest history.
		now := evening
		for range 800 {
			now = now.Add(time.Second)
			r.Call(now, 600, 0)
		}
		least = min(least, int64(heap())-int64(before))
		if got := r.next - r.floor; got != million {
			t.Fatalf("%d places outstanding, want a million", got)
		}
		if got := r.Bytes(); got > most {
			t.Fatalf("the room counts %d bytes, at most %d", got, most)
		}
		runtime.KeepAlive(r)
	}
	t.Logf("heap %d bytes", least)
	if least > most {
		t.Errorf("the heap grew by %d bytes, at most %d", least, most)
	}
}

func TestWindowOverFreesMemory(t *testing.T) {
	r := lineOf(100_000)
	full := r.Bytes()
	now := evening
	for range 2000 {
		now = now.Add(time.Second)
		r.Call(now, 400, 0)
	}
	for range 1000 {
		now = now.Add(time.Second)
		r.Advance(now)
	}
	if r.floor != r.next || r.Bytes() > full/3 {
		t.Errorf("floor %d of %d, %d bytes left of %d", r.floor, r.next, r.Bytes(), full)
	}
	r.check(t)
}

// TestPollBudget sums the polls of whole lines at many lengths and rates.
func TestPollBudget(t *testing.T) {
	for _, n := range []int{1, 10, 30, 300, 3000, 30_000, 300_000, 2_000_000} {
		r := lineOf(0)
		r.waiting = n
		r.pace.note(0).issued = 0
		for i, rate := range []float64{0, 0.1, 0.5, 2, 10, 50, 300} {
			r.offer = rate
			r.growth = growth{times: []float64{0, 20, 3}[i%3]} // replicas start, or none do
			sum, last := 0.0, time.Duration(0)
			for ahead := 0; ahead < n; ahead++ {
				poll, _ := r.pollAt(ahead)
				if poll < last {
					t.Fatalf("%d in line at %v/s: %d ahead polls sooner (%v) than those before (%v)", n, rate, ahead, poll, last)
				}
				last = poll
				sum += 1 / poll.Seconds()
				if ahead > 5000 && ahead%97 != 0 { // sample the far end
					step := min(96, n-1-ahead)
					ahead += step
					sum += float64(step) / poll.Seconds()
				}
			}
			if sum > r.cfg.PollBudget {
				t.Errorf("%d in line at %v/s: %.0f polls/s, budget %.0f", n, rate, sum, r.cfg.PollBudget)
			}
			if front, _ := r.pollAt(0); rate <= 10 && front > 5*time.Second {
				t.Errorf("%d in line at %v/s: the front polls every %v", n, rate, front)
			}
		}
	}
}

func TestWaitRangeIsNeverOneNumber(t *testing.T) {
	r := lineOf(1)
	for _, rate := range []float64{1e-9, 0.01, 1, 1000, 1e9} {
		r.offer = rate
		for _, ahead := range []int{0, 1, 10, 1000, 4_000_000} {
			if low, high := r.wait(ahead, 0, 0); low < 0 || high <= low {
				t.Errorf("%d ahead at %v/s: %v to %v", ahead, rate, low, high)
			}
		}
	}
}

// Before a start without a draw nobody is called, and at it everybody goes in as they
// came: also after a restart, when it is moved, and when a draw was before.
func TestAStartWithoutADraw(t *testing.T) {
	r := New(Config{}, evening)
	now := evening
	for range 5 {
		seq, err := r.Issue(now)
		if err != nil {
			t.Fatal(err)
		}
		r.Return(now, seq)
	}
	start := now.Add(10 * time.Minute)
	r.Await(now, start)
	r.Await(now, start.Add(time.Minute))
	restored := New(Config{}, now)
	if err := restored.Restore(r.Snapshot()); err != nil {
		t.Fatal(err)
	}
	r = restored
	if at, open := r.Announced(); !open || !at.Equal(start.Add(time.Minute)) || r.Drawn() {
		t.Fatalf("%v %v, drawn %v", at, open, r.Drawn())
	}
	if r.Call(start, 5, 5); r.Peek(start, 1).State != PreQueue {
		t.Errorf("before it: %v", r.Peek(start, 1).State)
	}
	now = start.Add(time.Minute)
	r.Advance(now)
	if _, open := r.Announced(); open || len(r.Draws()) != 0 {
		t.Error("it was drawn, or has not come")
	}
	for seq := range uint64(5) {
		if st := r.Peek(now, seq+1); st.State != Waiting || st.Ahead != int(seq) {
			t.Errorf("place %d: %+v", seq+1, st)
		}
	}
	if err := r.Announce(now, now.Add(time.Minute), [32]byte{1}); err != nil || !r.Drawn() {
		t.Error(err, "not drawn")
	}
}

func TestRestoreRefusesGarbage(t *testing.T) {
	r := lineOf(5000)
	r.Call(evening.Add(time.Second), 3, 1)
	if err := r.Announce(evening.Add(time.Second), evening.Add(time.Minute), [32]byte{1}); err != nil {
		t.Fatal(err)
	}
	good := r.Snapshot()
	before := bytes.Clone(good)
	refuse := func(what string, data []byte) {
		t.Helper()
		err := r.Restore(data)
		var fe *falochron.Error
		if !errors.As(err, &fe) || fe.Kind != falochron.Invalid || fe.Hint == "" {
			t.Fatalf("%s: %v", what, err)
		}
		if !bytes.Equal(r.Snapshot(), before) {
			t.Fatalf("%s changed the room", what)
		}
	}
	refuse("nothing", nil)
	refuse("text", []byte("this is not a snapshot of anything, but long enough"))
	for n := 0; n < len(good); n += 7 {
		refuse("truncated", good[:n])
	}
	for i := 0; i < len(good)*8; i += 13 {
		flipped := bytes.Clone(good)
		flipped[i/8] ^= 1 << (i % 8)
		refuse("bit flipped", flipped)
	}
	future := bytes.Clone(good)
	future[4] = 9
	refuse("future version", future)
	refuse("contradiction", resum(good, func(b []byte) { binary.BigEndian.PutUint64(b[5+16:], 1<<60) }))
	refuse("longer than it says", resum(append(bytes.Clone(good), 0), func([]byte) {}))
	if err := r.Restore(good); err != nil || !bytes.Equal(r.Snapshot(), before) {
		t.Fatal("the good one:", err)
	}
}

// resum changes a snapshot and gives it a checksum that matches.
func resum(good []byte, change func([]byte)) []byte {
	b := bytes.Clone(good)
	change(b)
	binary.BigEndian.PutUint32(b[len(b)-4:], checksum(b[:len(b)-4]))
	return b
}

// FuzzRestore feeds bodies with a right checksum, so that the decoder behind it
// is reached. Whatever it accepts is a room that works.
func FuzzRestore(f *testing.F) {
	r := lineOf(300)
	f.Add(r.Snapshot())
	r.Call(evening.Add(time.Second), 20, 1)
	r.Claim(evening.Add(time.Second), 3)
	r.Announce(evening, evening.Add(time.Minute), [32]byte{1})
	f.Add(r.Snapshot())
	r.Advance(evening.Add(2 * time.Minute))
	f.Add(r.Snapshot())
	f.Fuzz(func(t *testing.T, data []byte) {
		r := New(Config{MaxOutstanding: 1 << 16}, evening)
		if len(data) < 4 || r.Restore(resum(data, func([]byte) {})) != nil || r.next-r.floor > 1<<16 {
			return
		}
		again := New(Config{}, evening)
		if err := again.Restore(r.Snapshot()); err != nil || !bytes.Equal(again.Snapshot(), r.Snapshot()) {
			t.Fatal("a restored room does not survive its own snapshot:", err)
		}
		now := evening
		for i := range uint64(40) {
			now = now.Add(20 * time.Second)
			r.Return(now, r.floor+i)
			r.Call(now, 3, 1)
			r.Claim(now, r.called-1)
			r.Leave(now, r.next-1)
			r.Issue(now)
		}
	})
}

func TestOwnersSlips(t *testing.T) {
	r := lineOf(10)
	nan := 0.0
	nan /= nan
	if n := r.Call(evening, nan, nan); n != 0 {
		t.Errorf("called %d for no number of places", n)
	}
	if n := r.Call(evening, -3, 0); n != 0 {
		t.Errorf("called %d for fewer than no places", n)
	}
	if n := r.Call(evening, 1e300, 1e300); n != 10 {
		t.Errorf("called %d of 10 for all places of the world", n)
	}
	r = lineOf(10)
	r.Call(evening, 0, 3)
	if low, high := r.wait(5, 0, 0); high == 0 || r.Call(evening, 0, -1) != 0 {
		t.Error("no range for three per second")
	} else if l, h := r.wait(5, 0, 0); l != low || h != high {
		t.Error("a call without a rate changed the rate")
	}
	r.Call(evening, 1e9, 0)
	if r.Peek(evening, 10).State.String() != "called" || State(99).String() == "" || ClaimResult(99).String() == "" {
		t.Error("names")
	}
}

func TestPeekChangesNothing(t *testing.T) {
	r := lineOf(100)
	r.Issue(evening)
	r.Call(evening, 5, 1)
	before := r.Snapshot()
	for seq := range uint64(120) {
		r.Peek(evening.Add(time.Hour), seq)
	}
	if !bytes.Equal(before, r.Snapshot()) {
		t.Error("a look at the line changed it")
	}
}

func BenchmarkReturnInAMillion(b *testing.B) {
	r := lineOf(million)
	r.Call(evening, 1, 2)
	b.ReportMetric(float64(r.Bytes()), "room-bytes")
	for i := uint64(0); b.Loop(); i++ {
		r.Return(evening, 2+i*7919%(million-2))
	}
}

func BenchmarkSnapshotOfAMillion(b *testing.B) {
	r := lineOf(million)
	for i := uint64(5); i < million; i += 4096 { // worst case: no segment is uniform
		r.Leave(evening, i)
	}
	for b.Loop() {
		b.SetBytes(int64(len(r.Snapshot())))
	}
}

func BenchmarkDrawOfAMillion(b *testing.B) {
	r := lineOf(million)
	for b.Loop() {
		b.StopTimer()
		r.draws = nil
		r.Announce(evening, evening.Add(time.Second), [32]byte{3})
		b.StartTimer()
		r.draw()
	}
}

// Who was called and found the door full is counted while waiting there, and no
// longer; impatience makes nobody two people.
func TestAtDoor(t *testing.T) {
	r := lineOf(10)
	called := r.Call(evening, 5, 0)
	if called < 3 {
		t.Fatalf("%d called", called)
	}
	first := r.floor
	for range 100 {
		for seq := range uint64(3) {
			r.Defer(evening, first+seq)
		}
	}
	r.Defer(evening, r.next-1) // still in line: not at the door
	if got := r.AtDoor(evening); got != 3 {
		t.Errorf("%d at the door, want 3", got)
	}
	r.Leave(evening, first)
	if got := r.AtDoor(evening); got != 2 {
		t.Errorf("%d at the door after one has left, want 2", got)
	}
	r.Claim(evening, first+1)
	if got := r.AtDoor(evening); got != 1 {
		t.Errorf("%d at the door after one has gone in, want 1", got)
	}
	if got := r.AtDoor(evening.Add(r.cfg.pollCycle())); got != 0 {
		t.Errorf("%d at the door after a poll cycle", got)
	}
}

// The memory of the door is bounded, and it is the first who are kept.
func TestDoorIsBounded(t *testing.T) {
	r := lineOf(1000)
	r.Call(evening, 900, 0)
	for seq := uint64(800); seq > 0; seq-- {
		r.Defer(evening, seq)
	}
	r.Defer(evening, 801)
	if got := r.AtDoor(evening); got != doorMost {
		t.Errorf("%d at the door, want %d", got, doorMost)
	}
	if last := r.door.there[doorMost-1].place; last != doorMost {
		t.Errorf("the last at the door is %d, want %d", last, doorMost)
	}
}

// A place that is free goes to whoever stands at the door first in the order of
// the line, not to whoever happens to look first; absent people are not waited
// for.
func TestTurn(t *testing.T) {
	r := lineOf(10)
	r.Call(evening, 8, 0)
	r.Call(evening, 0, 0)
	for _, seq := range []uint64{5, 3, 7} { // 1, 2, 4 and 6 are away
		r.Defer(evening, seq)
	}
	for _, c := range []struct {
		seq    uint64
		places float64
		want   bool
	}{
		{3, 1, true}, {5, 1, false}, {7, 1, false}, {5, 2, true}, {7, 2, false}, {7, 3, true},
		{1, 1, true},   // comes back: nobody stands before them
		{4, 1, false},  // 3 does
		{10, 9, false}, // not called
	} {
		if got := r.Turn(evening, c.seq, c.places); got != c.want {
			t.Errorf("with %v places it is the turn of %d: %v", c.places, c.seq, got)
		}
	}
	if r.Turn(evening, 7, 1) {
		t.Error("a place goes to one whose turn is later")
	}
	r.Call(evening, 9, 0) // nine places come free within a cycle, three before anybody looks
	if !r.Turn(evening, 7, 1) {
		t.Error("a place is kept from one who gets one within the cycle anyway")
	}
}

// Who stood in line and did not go in is counted once: who left when he left, who did not
// come for his turn when its window is over; not who took a number and went, nor who went in.
func TestLeftEarly(t *testing.T) {
	r := New(Config{ClaimWindow: 10 * time.Minute, MaxStep: time.Hour}, evening)
	now := evening
	place := func(back bool) uint64 {
		t.Helper()
		seq, err := r.Issue(now)
		if err != nil {
			t.Fatal(err)
		}
		if back {
			r.Return(now, seq)
		}
		return seq
	}
	goes, stays, leaves, never := place(true), place(true), place(true), place(false)
	is := func(want uint64, when string) {
		t.Helper()
		if got := r.LeftEarly(); got != want {
			t.Errorf("%s: %d left early, want %d", when, got, want)
		}
	}
	is(0, "while all stand")
	r.Leave(now, leaves)
	r.Leave(now, leaves)
	is(1, "after one has left, and pressed twice")
	r.Leave(now, never)
	is(1, "after one who never came back has left")
	now = now.Add(time.Minute)
	r.Call(now, 10, 0)
	if got := r.Claim(now, goes); got != Granted {
		t.Fatal(got)
	}
	now = now.Add(9 * time.Minute)
	r.Advance(now)
	is(1, "within the window")
	now = now.Add(2 * time.Minute)
	r.Advance(now)
	is(2, "after it")
	if got := r.Claim(now, stays); got == Granted {
		t.Error("a turn that is over was taken")
	}
	// Called, and left then.
	late := place(true)
	r.Call(now, 10, 0)
	r.Leave(now, late)
	now = now.Add(time.Hour)
	r.Advance(now)
	is(3, "of whom was called and left then, counted once")
}

// Who left early is counted on over a restart; what the version before saved is read, and
// nobody loses a place by it.
func TestLeftEarlyOverARestart(t *testing.T) {
	r := New(Config{ClaimWindow: 10 * time.Minute, MaxStep: time.Hour}, evening)
	for range 4 {
		seq, err := r.Issue(evening)
		if err != nil {
			t.Fatal(err)
		}
		r.Return(evening, seq)
	}
	r.Leave(evening, 1)
	r.Call(evening, 1, 0) // and does not come
	saved := r.Snapshot()
	before := slices.Delete(bytes.Clone(saved[:len(saved)-4]), 37, 45) // as version 1 had it
	before[4] = 1
	before = binary.BigEndian.AppendUint32(before, checksum(before))
	for name, of := range map[string]struct {
		data []byte
		want uint64
	}{"this version": {saved, 2}, "the version before": {before, 1}} {
		again := New(Config{ClaimWindow: 10 * time.Minute, MaxStep: time.Hour}, evening)
		if err := again.Restore(of.data); err != nil {
			t.Fatal(name, err)
		}
		if again.Waiting() != 2 {
			t.Errorf("%s: %d wait", name, again.Waiting())
		}
		again.Advance(evening.Add(11 * time.Minute))
		if got := again.LeftEarly(); got != of.want {
			t.Errorf("%s: %d left early, want %d", name, got, of.want)
		}
	}
	lying := bytes.Clone(saved[:len(saved)-4])
	binary.BigEndian.PutUint64(lying[37:], 99) // more than ever stood there
	if err := r.Restore(binary.BigEndian.AppendUint32(lying, checksum(lying))); err == nil {
		t.Error("more people left than ever came, and it is believed")
	}
}
