package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/falochron/falochron/internal/room"
)

// What is promised: the room's memory for a million tickets outstanding.
const (
	roomPeople    = 1_000_000
	goalRoomBytes = 256 << 10
)

// roomRow is one size of the line, measured.
type roomRow struct {
	stamp
	Outstanding   int     `json:"outstanding"`
	Bytes         int     `json:"room_bytes"`     // as the room counts
	HeapBytes     int     `json:"heap_bytes"`     // as the allocator counts
	SnapshotBytes int     `json:"snapshot_bytes"` // worst case: no segment is uniform
	IssueNS       float64 `json:"issue_ns"`
	ReturnNS      float64 `json:"return_ns"`
	CallNS        float64 `json:"call_ns"`
	ClaimNS       float64 `json:"claim_ns"`
	SnapshotMS    float64 `json:"snapshot_ms"`
	RestoreMS     float64 `json:"restore_ms"`
}

func roomTakes(settings) time.Duration { return 10 * time.Second }

func runRoom(ctx context.Context, b *bench) (outcome, error) {
	var rows []roomRow
	for _, n := range []int{1_000, roomPeople} {
		var rounds []roomRow
		for range costRounds {
			r, err := measureRoom(n)
			if err != nil {
				return outcome{}, err
			}
			rounds = append(rounds, r)
			if ctx.Err() != nil {
				return outcome{}, ctx.Err()
			}
		}
		r := middle(rounds)
		r.stamp = b.stamp()
		rows = append(rows, r)
	}
	if err := saveRows(b, "room", rows); err != nil {
		return outcome{}, err
	}
	return roomOutcome(rows), nil
}

// measureRoom fills a room with n people who all came back, and uses it. Its
// clock is made up: the room has none.
func measureRoom(n int) (row roomRow, err error) {
	now := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	before := heap()
	r := room.New(room.Config{}, now)
	row.Outstanding = n
	each := func(times int, f func(i int)) float64 {
		began := time.Now()
		for i := range times {
			f(i)
		}
		return float64(time.Since(began).Nanoseconds()) / float64(times)
	}
	row.IssueNS = each(n, func(int) {
		if _, e := r.Issue(now); e != nil {
			err = e
		}
	})
	if err != nil {
		return row, err
	}
	spread := func(i int) uint64 { return 1 + uint64(i)*7919%uint64(n) } // 7919 is prime: everybody once
	for i := range n {
		r.Return(now, spread(i))
	}
	row.Bytes, row.HeapBytes = r.Bytes(), heap()-before

	// From here on everybody counts: the dear case, in which people are ahead.
	row.ReturnNS = each(100_000, func(i int) { r.Return(now, spread(i)) })
	tenth := n / 10
	left := n - tenth/2
	for i := range tenth / 2 { // some leave, evenly: no segment of the snapshot is uniform
		r.Leave(now, uint64(1+i*20))
	}
	var snap []byte
	row.SnapshotMS = each(20, func(int) { snap = r.Snapshot() }) / 1e6
	row.SnapshotBytes = len(snap)
	row.RestoreMS = each(20, func(int) {
		if e := room.New(room.Config{}, now).Restore(snap); e != nil {
			err = e
		}
	}) / 1e6
	// Ten a second are called, as a large shop does, for the time it takes to
	// call a tenth of the line or a thousand seconds.
	seconds := min(1000, left/10)
	row.CallNS = each(seconds, func(i int) {
		now = now.Add(100 * time.Millisecond)
		r.Call(now, 1, 10)
	})
	granted := 0
	row.ClaimNS = each(int(r.Front()-1), func(i int) {
		if r.Claim(now, uint64(i+1)) == room.Granted {
			granted++
		}
	})
	if granted == 0 {
		return row, fmt.Errorf("a room with %d people called nobody", n)
	}
	runtime.KeepAlive(r)
	return row, err
}

// heap is what is alive now.
func heap() int {
	runtime.GC()
	runtime.GC() // the first one may only have begun to free what has finalizers
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// middle takes the median of each number; of the memory the most.
func middle(rounds []roomRow) roomRow {
	of := func(pick func(roomRow) float64, decimals int) float64 {
		var xs []float64
		for _, r := range rounds {
			xs = append(xs, pick(r))
		}
		return rounded(median(xs), decimals)
	}
	m := rounds[0]
	for _, r := range rounds {
		m.Bytes, m.HeapBytes, m.SnapshotBytes = max(m.Bytes, r.Bytes), max(m.HeapBytes, r.HeapBytes), max(m.SnapshotBytes, r.SnapshotBytes)
	}
	m.IssueNS = of(func(r roomRow) float64 { return r.IssueNS }, 1)
	m.ReturnNS = of(func(r roomRow) float64 { return r.ReturnNS }, 1)
	m.CallNS = of(func(r roomRow) float64 { return r.CallNS }, 1)
	m.ClaimNS = of(func(r roomRow) float64 { return r.ClaimNS }, 1)
	m.SnapshotMS = of(func(r roomRow) float64 { return r.SnapshotMS }, 4)
	m.RestoreMS = of(func(r roomRow) float64 { return r.RestoreMS }, 4)
	return m
}

// roomOutcome turns rows into a table and a judgement.
func roomOutcome(rows []roomRow) (out outcome) {
	t := table{head: []string{"tickets outstanding", "room state", "on the heap", "goal", "Issue", "Return", "Call", "Claim", "snapshot", "snapshot takes", "restore takes"}}
	ns := func(x float64) string { return fmt.Sprintf("%.0f ns", x) }
	kb := func(n int) string { return fmt.Sprintf("%.1f KB", float64(n)/1024) }
	for _, r := range rows {
		goal := ""
		if r.Outstanding == roomPeople {
			goal = "≤ 256 KB, reached"
			if most := max(r.Bytes, r.HeapBytes); most > goalRoomBytes {
				goal = "≤ 256 KB, MISSED"
				out.missed = append(out.missed, fmt.Sprintf("a million tickets need %s, goal 256 KB", kb(most)))
			}
		}
		t.add(fmt.Sprint(r.Outstanding), kb(r.Bytes), kb(r.HeapBytes), goal, ns(r.IssueNS), ns(r.ReturnNS), ns(r.CallNS), ns(r.ClaimNS),
			kb(r.SnapshotBytes), fmt.Sprintf("%.3f ms", r.SnapshotMS), fmt.Sprintf("%.3f ms", r.RestoreMS))
	}
	out.markdown = head(rows, func(r roomRow) stamp { return r.stamp }) + t.String()
	return out
}
