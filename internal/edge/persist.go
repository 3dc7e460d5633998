package edge

import "time"

// What must survive a kill -9: that no sequence is issued twice (blocks are
// reserved on disk before the first ticket of the block), and who was called
// (the room's snapshot, once a second). Tickets carry the rest.

// reserveBlock is how many sequences are reserved at once: at a thousand
// newcomers a second the disk is asked every ten seconds. reserveAhead is when.
const (
	reserveBlock = 20_000
	reserveAhead = 10_000
)

func (sh *shop) restore(now time.Time) error {
	st := sh.set.Load().State
	b, err := st.LoadRoom()
	if err == nil && b != nil {
		err = sh.gate.room.Restore(b)
	}
	if err != nil {
		// Tickets carry the order: without the picture everybody has to come back
		// once to count. A shop that does not start would cost them more.
		sh.set.Load().Report(err)
		b = nil
	}
	from, err := st.Reserve(reserveBlock)
	if err != nil {
		return err
	}
	if b != nil || from > 1 {
		// A start that came while we were away is drawn among those who stood in
		// line, not among the numbers reserved.
		sh.gate.room.Advance(now)
		sh.gate.room.Resume(from)
	} else {
		sh.born = now
	}
	sh.reserved = from + reserveBlock
	sh.gate.room.Extend(sh.reserved)
	sh.gate.room.Advance(now)
	return nil
}

// extend reserves the next block in time. If the disk refuses, the line goes on
// in memory: a waiting fan is worth more than a perfect restart; the fault is
// reported.
func (sh *shop) extend() {
	sh.saving.Lock()
	defer sh.saving.Unlock()
	next := sh.gate.next()
	if next+reserveAhead < sh.reserved {
		return
	}
	if _, err := sh.set.Load().State.Reserve(reserveBlock); err != nil {
		sh.fault(err)
	}
	sh.reserved += reserveBlock
	sh.gate.extend(sh.reserved)
}

// save writes the room's snapshot.
func (sh *shop) save() {
	sh.saving.Lock()
	defer sh.saving.Unlock()
	b, changed := sh.gate.snapshot()
	if !changed {
		return
	}
	if err := sh.set.Load().State.SaveRoom(b); err != nil {
		sh.gate.unsaved()
		sh.fault(err)
	}
}

// fault reports a failing disk at most every ten seconds.
func (sh *shop) fault(err error) {
	if now := time.Now(); now.Sub(sh.lastFail) > 10*time.Second {
		sh.lastFail = now
		sh.set.Load().Report(err)
	}
}
