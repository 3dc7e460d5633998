package docker

import (
	"cmp"
	"math"
	"slices"
)

// room is what a host has left for replicas.
type room struct {
	host    *host
	slots   int // how many fit in all; negative: no bound is known
	has     int // replicas that take a slot
	cpus    int
	failing bool // the last replica there could not be made
}

// free is how many more fit; negative: any number.
func (r room) free() int {
	if r.slots < 0 {
		return -1
	}
	return max(r.slots-r.has, 0)
}

// keptForOthers is the part of a machine's memory that replicas leave to whatever else
// runs there (guessed: an engine, a log, a shell).
const keptForOthers = 0.1

// slotsFor is how many copies a machine carries by its size and a copy's limits; negative
// where neither limits them. Cores may be promised twice over by an engine, but a wave
// takes them all at once.
func slotsFor(cpus int, memory, limitMemory, limitNano int64) int {
	slots := -1
	if limitMemory > 0 && memory > 0 {
		slots = int(float64(memory) * (1 - keptForOthers) / float64(limitMemory))
	}
	if limitNano > 0 && cpus > 0 {
		byCPU := int(int64(cpus) * 1e9 / limitNano)
		if slots < 0 || byCPU < slots {
			slots = byCPU
		}
	}
	return slots
}

// spread places up to n replicas where most is free: each goes where, after it, the
// smallest share of what fits is taken; where nothing limits, the fewest per core. Hosts
// on which the last one failed come last.
func spread(rooms []room, n int) []*host {
	rooms = slices.Clone(rooms)
	bounded := !slices.ContainsFunc(rooms, func(r room) bool { return r.slots < 0 })
	load := func(r room) float64 {
		size := float64(max(r.cpus, 1))
		if bounded {
			size = float64(r.slots)
		}
		if size == 0 {
			return math.Inf(1)
		}
		return float64(r.has+1) / size
	}
	var placed []*host
	for len(placed) < n {
		best := -1
		for i, r := range rooms {
			if r.free() == 0 {
				continue
			}
			if best < 0 || better(r, rooms[best], load) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		rooms[best].has++
		placed = append(placed, rooms[best].host)
	}
	return placed
}

func better(a, b room, load func(room) float64) bool {
	if a.failing != b.failing {
		return b.failing
	}
	return load(a) < load(b)
}

// candidate is one of ours that may go where fewer are wanted.
type candidate struct {
	name   string
	job    *job // one that is not made yet
	seen   seen
	named  int // its place in Want.Leave; negative: not named
	broken bool
	ready  bool
}

// leavers chooses who goes: what does not work, then those that were named, in that order,
// then what is not ready, then the newest.
func leavers(all []candidate, n int) []candidate {
	all = slices.Clone(all)
	rank := func(c candidate) int {
		switch {
		case c.broken:
			return 0
		case c.named >= 0:
			return 1
		case c.job != nil:
			return 2
		case !c.ready:
			return 3
		}
		return 4
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.named, b.named), b.seen.ordered.Compare(a.seen.ordered), cmp.Compare(b.name, a.name))
	})
	return all[:min(n, len(all))]
}

// freeNumbers are the n smallest numbers, from 1, that nobody has.
func freeNumbers(taken map[int]bool, n int) []int {
	var free []int
	for i := 1; len(free) < n; i++ {
		if !taken[i] {
			free = append(free, i)
		}
	}
	return free
}
