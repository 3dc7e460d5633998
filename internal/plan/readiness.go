package plan

import (
	"slices"
	"time"
)

// How old something may be. Guesses, except that a shop is another one after a release.
const (
	measuredFor = 30 * day
	checkedFor  = 24 * time.Hour
	onCallFrom  = 24 * time.Hour // before T somebody must be on call
)

// Readiness is whether a campaign may go out, and why. It is computed, never typed.
type Readiness struct {
	Verdict Verdict
	Load    Load
	Items   []Item // in the order in which people ask
	// Told says that nobody has measured what the shop takes: a go rests on what somebody
	// told.
	Told bool
	// Missing is how many items stand against a go.
	Missing int
	Begins  time.Time // the next moment, or T if none is ahead, in the shop's zone; zero: nothing is planned
}

// Verdict is what comes of it.
type Verdict string

// The verdicts.
const (
	Go         Verdict = "go"
	GoWithLine Verdict = "go-with-a-line" // the shop holds, and people wait
	NoGo       Verdict = "no-go"
)

// Status is how far an item is.
type Status string

// The statuses. An item that is no is wrong; one that is not yet is missing or old.
const (
	OK     Status = "ok"
	NotYet Status = "not yet"
	No     Status = "no"
)

// Item is one thing that readiness rests on.
type Item struct {
	Kind   ItemKind
	Status Status
	// Must says that it stands against a go unless it is OK.
	Must   bool
	Reason Reason
	// Check is what was looked at, or is to be, of the post that Reason names; empty: the
	// item is about something else.
	Check CheckKind
}

// ItemKind is what an item is about.
type ItemKind string

// The kinds of item.
const (
	AboutPlan     ItemKind = "plan"
	AboutPeople   ItemKind = "people"   // who is there, and on call
	AboutForecast ItemKind = "forecast" // how many come
	AboutReach    ItemKind = "reach"    // of a post, and its proof
	AboutCapacity ItemKind = "capacity"
	AboutLine     ItemKind = "line"
	AboutReserve  ItemKind = "reserve" // what the host can add in time
	AboutStock    ItemKind = "stock"
	AboutCheck    ItemKind = "check" // of link, price or coupon
	AboutStep     ItemKind = "step"
	AboutConflict ItemKind = "conflict"
	AboutEdge     ItemKind = "edge" // the shop is not behind it
)

// Readiness computes it from the plan and what other rooms know.
func (b *Book) Readiness(now time.Time, who Actor, id ID, f Facts) (Readiness, error) {
	if err := b.admit(now, who); err != nil {
		return Readiness{}, err
	}
	k, s, err := b.campaignOf(who, id)
	if err != nil {
		return Readiness{}, err
	}
	q := question{b: b, k: k, s: s, now: now, who: who, f: &f, moments: k.moments()}
	if len(q.moments) == 0 {
		q.item(AboutPlan, No, true, Reason{Kind: "nothing-planned"})
		return q.answer(Load{}), nil
	}
	if f.Apart {
		q.item(AboutEdge, No, false, Reason{Kind: "shop-apart"})
	}
	q.begins = q.moments[0].at
	for _, m := range q.moments {
		if m.state != Out && m.at.Add(m.slip).After(now) {
			q.begins = m.at
			break
		}
	}
	stock := q.stock()
	capacity := q.capacity()
	l := load(&f, capacity, stock)
	if f.FirstMinute.Mid > 0 && f.Buy > 0 {
		q.item(AboutForecast, OK, true, Reason{Kind: "forecast", N: whole(f.FirstMinute.Low), M: whole(f.FirstMinute.High)})
	} else {
		q.item(AboutForecast, NotYet, true, Reason{Kind: "no-forecast"})
	}
	q.reach()
	q.line(&l)
	q.reserve(&l)
	q.checks()
	q.people()
	q.steps()
	q.conflicts()
	return q.answer(l), nil
}

// question is a readiness being found out.
type question struct {
	b       *Book
	k       *campaign
	s       *shop
	now     time.Time
	who     Actor
	f       *Facts
	moments []moment
	begins  time.Time
	items   []Item
	told    bool // the capacity is only told
}

func (q *question) item(k ItemKind, s Status, must bool, r Reason) {
	if blind(q.who) {
		r = r.hidden()
	}
	q.items = append(q.items, Item{Kind: k, Status: s, Must: must, Reason: r})
}

func (q *question) answer(l Load) Readiness {
	r := Readiness{Verdict: Go, Load: l, Items: q.items, Told: q.told}
	for _, i := range q.items {
		if i.Must && i.Status != OK {
			r.Missing++
		}
	}
	if !q.begins.IsZero() {
		r.Begins = q.begins.In(q.s.zone)
	}
	switch {
	case r.Missing > 0:
		r.Verdict = NoGo
	case l.Queue > noLine:
		r.Verdict = GoWithLine
	}
	return r
}

// stock is how many articles there are for the whole campaign; 0 is not known.
func (q *question) stock() int {
	total, shared, limited, gone := 0, false, false, false
	for _, m := range q.moments {
		p := q.k.post(m.id)
		if p != nil && q.gone(p, m) {
			gone = true
			continue
		}
		if p == nil || p.Stock == 0 {
			shared = true
		}
		if p != nil {
			total += p.Stock
			limited = limited || p.Limited
		}
	}
	known := !shared || q.k.Stock > 0
	if shared {
		total += q.k.Stock
	}
	if gone && total == 0 {
		return 0 // said already
	}
	if known && total > 0 {
		q.item(AboutStock, OK, true, Reason{Kind: "stock", N: float64(total)})
		return total
	}
	// Of what is limited people want to know; of the rest there may be enough for all.
	q.item(AboutStock, NotYet, limited, Reason{Kind: "no-stock"})
	return 0
}

// capacity is what the shop is known to finish: what is measured goes before what is
// told, then the newer. A told figure stands against nothing while it is fresh, as told
// reach does not: nothing can be measured before the first line, and the line holds
// whether the figure is right or not. It is named, and the verdict says what it rests on.
func (q *question) capacity() Capacity {
	k := q.s.capacity()
	if m := q.f.Measured; m.OrdersPerMinute > 0 && m.Evidence != Told && (k.OrdersPerMinute <= 0 || k.Evidence == Told || m.At.After(k.At)) {
		k = m
	}
	released := q.released()
	r := Reason{N: k.OrdersPerMinute, For: q.now.Sub(k.At), At: k.At.In(q.s.zone)}
	status, must := NotYet, true
	if q.told = k.OrdersPerMinute > 0 && k.Evidence == Told; q.told {
		r.Who, r.Role = q.b.nameOf(q.s.toldBy.Party), q.s.toldBy.Role
	}
	switch {
	case k.OrdersPerMinute <= 0:
		r.Kind = "no-capacity"
	case q.told && r.For > measuredFor:
		r.Kind = "told-old"
	case q.told && released.After(k.At):
		r.Kind, r.Was = "told-before-release", released.In(q.s.zone)
	case q.told:
		r.Kind, must = "capacity-only-told", false
	case r.For > measuredFor:
		r.Kind = "capacity-old"
	case released.After(k.At):
		r.Kind, r.Was = "capacity-before-release", released.In(q.s.zone)
	default:
		r.Kind, status = "capacity-known-"+string(k.Evidence), OK
	}
	q.item(AboutCapacity, status, must, r)
	return k
}

// released is when the shop last got new code, as far as is known.
func (q *question) released() time.Time {
	last := q.f.Released
	for i := range q.s.windows {
		w := &q.s.windows[i]
		if w.Kind != Release {
			continue
		}
		// One that is going on has changed the shop already.
		if end, begun := w.last(q.now, q.s.zone); begun && earlier(end, q.now).After(last) {
			last = earlier(end, q.now)
		}
	}
	return last
}

// reach names posts of which nobody knows, or has shown, how many people see them.
func (q *question) reach() {
	told := false
	for _, m := range q.moments {
		p := q.k.post(m.id)
		switch {
		case p == nil || p.State == Out:
		case m.size == 0:
			told = true
			q.item(AboutReach, NotYet, false, Reason{Kind: "no-reach", What: m.what, Ref: m.id})
		case !p.Proof:
			told = true
			q.item(AboutReach, NotYet, false, Reason{Kind: "reach-told", What: m.what, Ref: m.id, N: float64(m.size)})
		}
	}
	if !told {
		q.item(AboutReach, OK, false, Reason{Kind: "reach-shown"})
	}
}

// line says whether there is one, and whether people bear it.
func (q *question) line(l *Load) {
	if l.People <= 0 || l.Buy <= 0 || l.OrdersPerMinute <= 0 {
		return // said already
	}
	r := Reason{For: l.Queue, N: l.OrdersPerMinute, M: whole(l.Served)}
	switch {
	case l.Queue > longestLine:
		r.Kind = "line-too-long"
		q.item(AboutLine, No, true, r)
	case l.Queue > noLine:
		r.Kind = "line"
		q.item(AboutLine, OK, true, r)
	case l.QueueHigh > noLine:
		r.Kind, r.For = "line-perhaps", l.QueueHigh
		q.item(AboutLine, OK, true, r)
	default:
		r.Kind = "line-none"
		q.item(AboutLine, OK, true, r)
	}
}

// reserve says whether the host can add what would shorten the line, in time. A line
// is honest without it, so it stands against nothing.
func (q *question) reserve(l *Load) {
	if l.Need <= l.Have || l.Queue <= noLine {
		return
	}
	v := q.f.Reserve
	if v.Workers == 0 {
		v = q.s.reserve
	}
	left := q.begins.Sub(q.now)
	r := Reason{N: float64(l.Need), M: float64(v.Workers), For: v.Lead, At: q.begins.Add(-v.Lead).In(q.s.zone)}
	switch {
	case v.Workers == 0:
		r.Kind = "reserve-unknown"
	case v.Workers < l.Need && v.Workers <= l.Have:
		r.Kind = "reserve-none"
	case left < v.Lead:
		r.Kind, r.At = "reserve-late", q.begins.In(q.s.zone)
		q.item(AboutReserve, No, false, r)
		return
	case v.Workers < l.Need:
		r.Kind = "reserve-small"
	default:
		r.Kind = "reserve-enough"
		q.item(AboutReserve, OK, false, r)
		return
	}
	q.item(AboutReserve, NotYet, false, r)
}

// checks asks of each post that is not out what was found in the shop.
func (q *question) checks() {
	for _, m := range q.moments {
		p := q.k.post(m.id)
		if p == nil || p.State == Out {
			continue
		}
		if p.Link == "" {
			q.item(AboutCheck, NotYet, true, Reason{Kind: "no-link", What: m.what, Ref: m.id})
			continue
		}
		q.check(p, m, LinkCheck)
		if p.Price > 0 {
			q.check(p, m, PriceCheck)
		}
		if p.Coupon != "" {
			q.check(p, m, CouponCheck)
		}
	}
}

// people says whom nobody can call.
func (q *question) people() {
	soon := q.begins.Sub(q.now) <= onCallFrom
	roles := map[Role]bool{}
	for _, v := range q.s.Parties {
		if !q.k.takesPart(q.s, v) {
			continue
		}
		roles[v.Role] = true
		if v.Role != Host && v.Role != SoftwareHouse {
			continue
		}
		call := OnCall{}
		if p := q.b.party(v.Party); p != nil {
			call = p.at(q.begins)
		}
		r := Reason{Who: q.b.nameOf(v.Party), Role: v.Role, At: q.begins.In(q.s.zone)}
		if call == (OnCall{}) {
			r.Kind = "nobody-on-call"
			q.item(AboutPeople, NotYet, soon, r)
			continue
		}
		// The name is for those who may ring: all who take part.
		r.Kind, r.Step = "on-call", Words{call.Contact.Name, call.Contact.Name}
		q.item(AboutPeople, OK, soon, r)
	}
	for _, r := range []Role{Influencer, Host} {
		if !roles[r] {
			q.item(AboutPeople, NotYet, true, Reason{Kind: "nobody-named", Role: r})
		}
	}
}

// steps names what is not confirmed and is needed for a go, or due. Of what one tap
// would confirm together the last is named.
func (q *question) steps() {
	tasks := q.b.judged(q.k, q.s, q.now)
	listed := map[whose]bool{}
	var open []Item
	for i := len(tasks) - 1; i >= 0; i-- {
		t := &tasks[i]
		key := whose{t.Who, t.moment.id}
		switch {
		case t.Status == Done || t.Status == Missed || !t.Due.Before(t.moment.at):
			continue // what is done while people come is no matter of readiness
		case !t.Step.Needed && t.Status != Overdue && !t.Refused, t.Covered && listed[key]:
			continue
		}
		status := NotYet
		if t.Refused {
			status = No
		}
		listed[key] = listed[key] || t.Step.Timed && !t.Refused
		open = append(open, Item{Kind: AboutStep, Status: status, Must: true, Reason: t.Reason})
	}
	slices.Reverse(open)
	for _, i := range open {
		q.item(i.Kind, i.Status, i.Must, i.Reason)
	}
	if len(open) == 0 {
		q.item(AboutStep, OK, true, Reason{Kind: "all-confirmed"})
	}
}

// conflicts names what clashes with the campaign.
func (q *question) conflicts() {
	found := q.b.clashes(q.who, q.b.wavesNear(q.who, q.now, q.k, moment{}), q.k)
	for _, c := range found {
		if c.Grave {
			q.item(AboutConflict, No, true, c.Reason)
		} else {
			q.item(AboutConflict, NotYet, false, c.Reason)
		}
	}
	if len(found) == 0 {
		q.item(AboutConflict, OK, false, Reason{Kind: "no-conflict"})
	}
}

// Sentences say it, the most important first: the numbers, the verdict, and what
// stands against it.
func (r *Readiness) Sentences(l Language) []string {
	var out []string
	if r.Load.People > 0 {
		out = append(out, r.Load.Sentence(l))
	}
	v := Reason{Kind: "verdict-no", N: float64(r.Missing)}
	switch {
	case r.Verdict == Go && r.Told:
		v = Reason{Kind: "verdict-go-told"}
	case r.Verdict == Go:
		v = Reason{Kind: "verdict-go"}
	case r.Verdict == GoWithLine && r.Told:
		v = Reason{Kind: "verdict-line-told", For: r.Load.Queue}
	case r.Verdict == GoWithLine:
		v = Reason{Kind: "verdict-line", For: r.Load.Queue}
	}
	out = append(out, v.Sentence(l))
	for _, i := range r.Items {
		if i.Status != OK {
			out = append(out, i.Reason.Sentence(l))
		}
	}
	return out
}
