package sim

import (
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
)

// person is somebody inside.
type person struct {
	entered time.Duration // let in
	pressed time.Duration // asked for the page that is waited for
	serial  uint32        // grows with each press, so that what was planned for an earlier one is void
	plan    uint8         // which of the visits
	at      uint8         // step of it
	press   uint8         // of this step
	retries uint8
	buyer   bool
	inside  bool
	ordered bool
	waits   int32 // request waited for; -1 is none
	home    int32 // replica where all of the visit goes, if replicas are sticky; -1 is none yet
}

const nobody = -1

// letIn is a person inside, who asks for the first page at once.
func (w *world) letIn(came time.Duration) {
	who := int32(len(w.people))
	if n := len(w.freePeople); n > 0 {
		who, w.freePeople = w.freePeople[n-1], w.freePeople[:n-1]
	} else {
		w.people = append(w.people, person{})
	}
	plan, buyer := w.dice.chooseVisit(w.s.Crowd.Buyers, w.s.Shop.Kept)
	serial := w.people[who].serial
	w.people[who] = person{entered: w.now, plan: plan, buyer: buyer, inside: true, waits: nobody, home: nobody, serial: serial}
	w.inside++
	w.tally.entered++
	w.tally.wait(w.now - came)
	if w.front != nil {
		w.front.places.Enter(w.clock())
	}
	w.pressed(who, true)
}

// goes ends a visit.
func (w *world) goes(who int32) {
	p := &w.people[who]
	p.inside = false
	p.serial++
	w.inside--
	if !p.ordered {
		w.tally.leftWithout(w.now)
	}
	w.freePeople = append(w.freePeople, who)
}

// pressed is a person asking for the next thing; fresh says that it is not a redirect's
// page, nor the same thing asked for again.
func (w *world) pressed(who int32, fresh bool) {
	p := &w.people[who]
	st := &visits[p.plan][p.at]
	p.serial++
	if fresh {
		p.pressed, p.press, p.retries = w.now, 0, 0
	}
	// With the front a reload gets the page that is being made, or keeps its turn.
	if w.front == nil && !st.pays() && p.press < maxReloads && w.dice.Float64() < reloadShare {
		w.plan(seconds(reloadAfter), reloads, who, p.serial)
	}
	if w.dice.Float64() < leaveShare {
		w.plan(seconds(leaveAfter), leaves, who, p.serial)
	}
	w.request(who, st)
}

// request sends one to the front, or to the shop if there is none.
func (w *world) request(who int32, st *step) {
	p := &w.people[who]
	id := int32(len(w.requests))
	if n := len(w.freeRequests); n > 0 {
		id, w.freeRequests = w.freeRequests[n-1], w.freeRequests[:n-1]
	} else {
		w.requests = append(w.requests, request{})
		w.stamps = append(w.stamps, 0)
	}
	w.requests[id] = request{who: who, serial: p.serial, step: st, entered: p.entered, replica: nobody}
	p.waits = id
	if w.front == nil {
		w.ask(id)
		return
	}
	started, v := w.front.lim.Arrive(w.clock(), admit.Request{ID: uint64(id) + 1, Lane: st.lane, Class: st.class,
		Visitor: uint64(who) + 1, Replica: w.stays(p), Pressed: epoch.Add(p.pressed), Page: st.class == falochron.ClassPage})
	switch {
	case started:
		w.ask(id)
	case v.Action != falochron.Queue:
		w.answer(id, false)
		w.forget(id)
	}
}

func (w *world) forget(id int32) {
	w.stamps[id]++
	w.freeRequests = append(w.freeRequests, id)
}

// ended is a request that the shop has done with.
func (w *world) ended(id int32, ok bool) {
	w.close(id, ok)
	w.forget(id)
}

// close tells the limiter and the person.
func (w *world) close(id int32, ok bool) {
	if f := w.front; f != nil {
		how := admit.Answered
		if !ok {
			how = admit.Errored
		}
		took, starts, sheds := f.lim.Done(w.clock(), uint64(id)+1, how)
		if ok {
			f.places.Spent(w.clock(), epoch.Add(w.requests[id].entered), took, w.requests[id].step.class)
		}
		w.wake(starts, sheds)
	}
	w.answer(id, ok)
	w.deliver()
}

// wake notes who may start and who is refused; [world.deliver] does it when nothing else
// is being done.
func (w *world) wake(starts []admit.Start, sheds []admit.Shed) {
	for _, s := range starts {
		w.woken = append(w.woken, wakeup{int32(s.ID - 1), true})
	}
	for _, s := range sheds {
		w.woken = append(w.woken, wakeup{int32(s.ID - 1), false})
	}
}

type wakeup struct {
	id    int32
	start bool
}

func (w *world) deliver() {
	if w.delivering {
		return
	}
	w.delivering = true
	for i := 0; i < len(w.woken); i++ {
		if k := w.woken[i]; k.start {
			w.ask(k.id)
		} else {
			w.answer(k.id, false)
			w.forget(k.id)
		}
	}
	w.woken, w.delivering = w.woken[:0], false
}

// redirects says that what a person waits for is answered with a redirect: the page is still to
// come, and it is that which is seen.
func redirects(p *person) bool {
	next := int(p.at) + 1
	return next < len(visits[p.plan]) && visits[p.plan][next].think == 0
}

// answer is what a person sees; nobody may be there any more.
func (w *world) answer(id int32, ok bool) {
	q := &w.requests[id]
	who := q.who
	p := &w.people[who]
	if !p.inside || p.serial != q.serial {
		w.tally.forNobody++
		return
	}
	p.waits = nobody
	took := w.now - p.pressed
	st := q.step
	if !ok || !redirects(p) {
		w.tally.answer(w.now, took, ok)
		if took > seconds(brokenAfter) {
			w.tally.broken++
		}
	}
	if !ok {
		if p.retries < maxRetries && w.dice.Float64() < reloadShare {
			p.retries++
			w.plan(seconds(w.dice.within(retryMin, retryMax)), thinks, who, p.serial)
			return
		}
		w.tally.letDown++
		w.goes(who)
		return
	}
	if st.pays() {
		w.tally.order(w.now)
		p.ordered = true
	}
	p.at++
	if int(p.at) == len(visits[p.plan]) {
		w.tally.done++
		w.goes(who)
		return
	}
	p.retries = 0
	if think := visits[p.plan][p.at].think; think > 0 {
		w.plan(seconds(w.dice.think(think)/w.s.Crowd.Compression), thinks, who, p.serial)
		return
	}
	w.pressed(who, false)
}

// thought is a person who presses next.
func (w *world) thought(who int32, serial uint32) {
	if p := &w.people[who]; p.inside && p.serial == serial {
		again := p.retries > 0
		retries := p.retries
		w.pressed(who, true)
		if again {
			w.people[who].retries = retries
		}
	}
}

// reloaded is a person who asks for the same page again; the shop goes on with the first.
func (w *world) reloaded(who int32, serial uint32) {
	p := &w.people[who]
	if !p.inside || p.serial != serial || p.waits == nobody {
		return
	}
	p.press++
	w.pressed(who, false)
}

// left is a person for whom it took too long.
func (w *world) left(who int32, serial uint32) {
	p := &w.people[who]
	if !p.inside || p.serial != serial || p.waits == nobody {
		return
	}
	q := &w.requests[p.waits]
	w.tally.answer(w.now, w.now-p.pressed, false)
	w.tally.letDown++
	if q.sent {
		if q.step.pays() {
			w.tally.charged++
		}
	} else {
		w.front.lim.Cancel(uint64(p.waits) + 1)
		w.forget(p.waits)
	}
	w.goes(who)
}
