package radar

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/falochron/falochron"
)

// Judge says of each cohort whether it is fans or an attack, and what is to be done about
// it. It has one owner, who calls [Judge.Observe] about once a second. Make it with
// [NewJudge].
//
// Its one rule: a cohort is an attack only if at least one thing was seen that fans do not
// do (a strong sign), and next to nobody in it does what only fans do, which is to come
// back with a ticket. What a cohort says it is, where it comes from and how evenly it asks
// only adds to that.
//
// Steps, with each Observe:
//
//  1. The counters' growth goes into a memory that forgets half in [memory]. A ticket that
//     was given is due some seconds later: until then nobody could have come back.
//  2. Signs are weighed; their sum and a prior are the odds of an attack.
//  3. Addresses first. What attacking addresses did is taken away from what their network
//     did: neighbours are judged by the rest.
//  4. Only the cohort of all who look alike, wherever from, that could be no browser's may
//     be called an attack. Fans on their phones cannot be told from those who copy their
//     header fields but by address.
//  5. The verdict changes with hysteresis, and the treatment goes up and down a ladder.
type Judge struct {
	cfg     JudgeConfig
	cohorts map[falochron.CohortKey]*cohort
	changes []CohortChange
	usual   float64 // files that go with a page at this shop, at most four are told apart; zero: not known
}

// JudgeConfig sets how patient a judge is. Zero means the default.
type JudgeConfig struct {
	// SlowFor is how long a cohort is slowed before it has to pass a test, if it goes on.
	// Default 10 s.
	SlowFor time.Duration
	// ChallengeFor is how long it is tested before it is refused, if it goes on. Default 20 s.
	ChallengeFor time.Duration
}

// CohortChange is a verdict that is another now.
type CohortChange struct{ Before, Now falochron.CohortVerdict }

const (
	memory = 40 * time.Second // half of what was seen counts no more after it; chosen

	// A ticket that goes out with a page comes back with its files, within a second or two
	// of which phones on bad lines need some more and programs none; or with the next page,
	// where files are elsewhere. One that goes out with the waiting page comes back with its
	// first question, after 13 s at most (room: firstPoll and its jitter).
	dueAtOnce = 2 * time.Second
	dueFiles  = 5 * time.Second
	dueNext   = time.Minute
	dueLine   = 16 * time.Second

	prior      = -4.0 // odds of an attack before anything was seen: 1 in 55; chosen
	sureAt     = 0.95 // of an attack, seen twice
	atOnceAt   = 0.99 // seen once
	doubtBelow = 0.6
	doubtFor   = time.Minute // so long, until an attack is none any more
	fansAt     = -5.0        // odds
	fansUntil  = -2.0

	somebody  = 0.2 // tickets that came back: one within a minute and a half
	comesBack = 0.3 // share of tickets that come back from which a cohort is no attack, whatever else

	goesOn  = 1.0 // requests a second of strangers from which a treatment was not enough
	quietAt = 0.1 // below it for easeAfter, a treatment is eased
	persist = 0.5 // while more come in spite of the test, nothing is eased

	easeAfter = time.Minute
)

// NewJudge returns a judge who has seen nothing.
func NewJudge(cfg JudgeConfig) *Judge {
	cfg.SlowFor = cmp.Or(max(cfg.SlowFor, 0), 10*time.Second)
	cfg.ChallengeFor = cmp.Or(max(cfg.ChallengeFor, 0), 20*time.Second)
	return &Judge{cfg: cfg, cohorts: make(map[falochron.CohortKey]*cohort)}
}

// cohort is what is known of one.
type cohort struct {
	tally   falochron.CohortTally // as last told
	seen    time.Time
	window  window
	rate    float64 // requests a second, over the last seconds
	strange float64 // of those, of strangers
	given   []given // tickets given until when, oldest first, of the last minute
	inDue   uint64  // of tickets given with a page, how many were due already
	lineDue uint64  // of those in line

	verdict falochron.CohortVerdict
	odds    float64
	holders bool      // it is those with tickets who behave like an attack
	sure    int       // times in a row that it was surely an attack
	doubt   time.Time // since when it is not; zero: it is
	treated time.Time // since when it is treated as it is
	quiet   time.Time // since when hardly anything came; zero: something comes
}

// window is what a cohort did lately.
type window struct {
	asks, strange, lines, told, carts, missed, hits, faults, forged float64
	files, scripts, shown, named, bare                              float64
	due, back                                                       float64
}

func (w *window) fade(by float64) {
	for _, v := range w.all() {
		*v *= by
	}
}

func (w *window) less(o *window) (left window) {
	left = *w
	for i, v := range left.all() {
		*v = max(*v-*o.all()[i], 0)
	}
	return left
}

func (w *window) more(o *window) {
	for i, v := range w.all() {
		*v += *o.all()[i]
	}
}

func (w *window) all() [16]*float64 {
	return [...]*float64{
		&w.asks, &w.strange, &w.lines, &w.told, &w.carts, &w.missed, &w.hits, &w.faults, &w.forged,
		&w.files, &w.scripts, &w.shown, &w.named, &w.bare, &w.due, &w.back,
	}
}

// full are the pages that were shown and name files, as far as is known.
func (w *window) full() float64 { return max(w.shown-w.bare, 0) }

// given is how many tickets had been given at a moment.
type given struct {
	at       time.Time
	in, line uint64
}

// level is how wide a cohort is.
type level int

const (
	address level = iota
	network
	wide
)

func levelOf(k falochron.CohortKey) level {
	switch {
	case !k.Net.IsValid():
		return wide
	case k.Net.Bits() == 32 && k.Net.Addr().Is4() || k.Net.Bits() == 64 && k.Net.Addr().Is6():
		return address
	}
	return network
}

// around is the network of an address.
func around(k falochron.CohortKey) falochron.CohortKey {
	bits := 24
	if k.Net.Addr().Is6() {
		bits = 48
	}
	p, err := k.Net.Addr().Prefix(bits)
	if err != nil {
		p = netip.Prefix{}
	}
	k.Net = p
	return k
}

// Observe takes what cohorts have done and returns what they are taken for: all attacks,
// and of the others the largest, as many as somebody would read; those who ask most come
// first. Cohorts of which nothing is told any more are forgotten.
func (j *Judge) Observe(now time.Time, tallies []falochron.CohortTally) []falochron.CohortVerdict {
	j.changes = j.changes[:0]
	for i := range tallies {
		j.see(now, &tallies[i])
	}
	var files, pages float64
	for k, c := range j.cohorts {
		if c.seen.Before(now) {
			if c.verdict.Kind == falochron.CohortAttack {
				over := c.verdict
				over.Kind, over.Treatment, over.Since, over.Rate = falochron.CohortUnsure, falochron.TreatNone, now, 0
				j.changes = append(j.changes, CohortChange{c.verdict, over})
			}
			delete(j.cohorts, k)
		} else if w := &c.window; levelOf(k) == wide && w.back >= 3 {
			// Of those who come back, and of none more than a page can have: nobody can teach
			// what is usual here by asking for files.
			files, pages = files+min(w.files, 4*w.shown), pages+w.shown
		}
	}
	j.usual = 0
	if pages >= 30 {
		j.usual = files / pages
	}
	explained := make(map[falochron.CohortKey]*window)
	for _, l := range []level{address, network, wide} {
		for k, c := range j.cohorts {
			if levelOf(k) != l {
				continue
			}
			w := c.window
			if e := explained[k]; e != nil {
				w = w.less(e)
			}
			j.judge(now, c, l, &w)
			if l == address && c.verdict.Kind == falochron.CohortAttack {
				n := around(k)
				if explained[n] == nil {
					explained[n] = new(window)
				}
				explained[n].more(&c.window)
			}
		}
	}
	return j.verdicts()
}

// see takes in what a cohort's counters say.
func (j *Judge) see(now time.Time, t *falochron.CohortTally) {
	c := j.cohorts[t.Key]
	if c == nil {
		c = &cohort{verdict: falochron.CohortVerdict{Key: t.Key, Since: now}, seen: t.Born}
		j.cohorts[t.Key] = c
	}
	before := &c.tally
	if !t.Born.Equal(before.Born) { // its counters began anew
		before = &falochron.CohortTally{}
		c.given, c.inDue, c.lineDue = c.given[:0], 0, 0
	}
	step := min(max(now.Sub(c.seen), 0), 10*memory)
	c.window.fade(math.Exp2(-step.Seconds() / memory.Seconds()))
	w := &c.window
	for _, d := range []struct {
		to       *float64
		now, was uint64
	}{
		{&w.asks, t.Asks, before.Asks}, {&w.strange, t.Strange, before.Strange}, {&w.files, t.Files, before.Files}, {&w.scripts, t.Scripts, before.Scripts},
		{&w.shown, t.Shown, before.Shown}, {&w.named, t.Named, before.Named}, {&w.bare, t.Bare, before.Bare},
		{&w.lines, t.Lines, before.Lines}, {&w.told, t.Told, before.Told}, {&w.carts, t.Carts, before.Carts}, {&w.missed, t.Missed, before.Missed}, {&w.hits, t.Hits, before.Hits},
		{&w.faults, t.Faults, before.Faults}, {&w.forged, t.Forged, before.Forged}, {&w.back, t.Back, before.Back},
	} {
		*d.to += float64(grown(d.now, d.was))
	}
	c.fall(now, t, j.usual >= 1)
	if secs := step.Seconds(); secs > 0 {
		weight, busts := 1-math.Exp(-secs/3), grown(t.Busts, before.Busts)
		c.rate += weight * (float64(grown(t.Asks, before.Asks)+busts)/secs - c.rate)
		c.strange += weight * (float64(grown(t.Strange, before.Strange)+busts)/secs - c.strange)
	}
	c.tally, c.seen = *t, now
}

func grown(now, was uint64) uint64 { return now - min(was, now) }

// fall books the tickets that have fallen due; files says whether pages have any here. One
// that went out with a page that names no files does not: its reader may read for minutes,
// or leave, and nothing is seen of either.
func (c *cohort) fall(now time.Time, t *falochron.CohortTally, files bool) {
	withPage := dueNext
	if browserless(t.Key) {
		withPage = dueAtOnce
	} else if files {
		withPage = dueFiles
	}
	if n := len(c.given); n == 0 || now.Sub(c.given[n-1].at) >= time.Second {
		c.given = append(c.given, given{now, t.In - min(t.Loose, t.In), t.Line})
	}
	in, line, old := c.inDue, c.lineDue, 0
	for i, g := range c.given {
		age := now.Sub(g.at)
		if age >= withPage {
			in = max(in, g.in)
		}
		if age >= dueLine {
			line = max(line, g.line)
		}
		if age >= dueNext {
			old = i
		}
	}
	c.window.due += float64(in-c.inDue) + float64(line-c.lineDue)
	c.inDue, c.lineDue = in, line
	c.given = slices.Delete(c.given, 0, old)
}

// judge weighs a cohort and settles what follows.
func (j *Judge) judge(now time.Time, c *cohort, l level, w *window) {
	was := c.verdict
	s := weigh(c, l, w, j.usual)
	c.odds = s.odds
	if s.strong {
		c.holders = s.holders
	}
	p := 1 / (1 + math.Exp(-s.odds))
	v := &c.verdict
	v.Rate, v.Reasons = c.rate, s.reasons
	// Who comes back and then behaves like none is no fan either.
	may := s.strong && (s.pure || s.holders) && (l != wide || browserless(v.Key))
	if may && p >= sureAt {
		c.sure++
	} else {
		c.sure = 0
	}
	switch v.Kind {
	case falochron.CohortAttack:
		if p >= doubtBelow && may || v.Treatment >= falochron.TreatChallenge && c.strange >= persist {
			c.doubt = time.Time{}
		} else if c.doubt.IsZero() {
			c.doubt = now
		}
		if !c.holders && w.due >= 5 && w.back >= comesBack*w.due || !c.doubt.IsZero() && now.Sub(c.doubt) >= doubtFor {
			v.Kind = falochron.CohortUnsure
		}
	case falochron.CohortFans:
		if s.odds > fansUntil {
			v.Kind = falochron.CohortUnsure
		}
	}
	switch {
	case v.Kind == falochron.CohortAttack:
	case c.sure >= 2 || c.sure == 1 && p >= atOnceAt:
		v.Kind = falochron.CohortAttack
	case s.odds <= fansAt:
		v.Kind = falochron.CohortFans
	}
	if v.Kind != was.Kind {
		v.Since, c.doubt = now, time.Time{}
	}
	switch v.Confidence = p; v.Kind {
	case falochron.CohortAttack:
		v.Confidence = max(p, doubtBelow)
	case falochron.CohortFans:
		v.Confidence = 1 - p
	}
	j.treat(now, c, l)
	if v.Kind != was.Kind && (v.Kind == falochron.CohortAttack || was.Kind == falochron.CohortAttack) || v.Treatment != was.Treatment {
		j.changes = append(j.changes, CohortChange{was, *v})
	}
}

// treat moves a cohort on the ladder: slow, then the test, then refusal, each only if the
// one before did not end it; and down again when it is quiet. No more than a test is asked
// of whole networks, or of all who look alike.
func (j *Judge) treat(now time.Time, c *cohort, l level) {
	v := &c.verdict
	before := v.Treatment
	most := falochron.TreatChallenge
	if l == address {
		most = falochron.TreatRefuse
	}
	if c.window.back > somebody || l == address && j.peopleAround(v.Key) {
		most = falochron.TreatSlow // and nobody who came back is meant by it
	}
	switch {
	case v.Kind != falochron.CohortAttack:
		v.Treatment = falochron.TreatNone
	case before == falochron.TreatNone:
		v.Treatment = falochron.TreatSlow
	case before > most:
		v.Treatment = most
	case before < most && c.strange >= goesOn && now.Sub(c.treated) >= j.patience(before):
		v.Treatment = before + 1
	}
	if c.strange >= quietAt {
		c.quiet = time.Time{}
	} else if c.quiet.IsZero() {
		c.quiet = now
	}
	if before > falochron.TreatSlow && v.Treatment == before && !c.quiet.IsZero() && now.Sub(c.quiet) >= easeAfter {
		v.Treatment, c.quiet = before-1, time.Time{}
	}
	if v.Treatment != before {
		c.treated = now
	}
}

// peopleAround reports whether people who look like those at an address came back lately in
// the network around it. Behind the addresses of a carrier people come and go: at one where
// nobody came back yet the next one may be a fan.
func (j *Judge) peopleAround(k falochron.CohortKey) bool {
	n := j.cohorts[around(k)]
	return n != nil && n.window.back > somebody
}

func (j *Judge) patience(t falochron.Treatment) time.Duration {
	if t == falochron.TreatSlow {
		return j.cfg.SlowFor
	}
	return j.cfg.ChallengeFor
}

// Lists that people read are no longer than this.
const (
	tellAttacks = 256
	tellOthers  = 64
)

// verdicts are those that are told.
func (j *Judge) verdicts() (out []falochron.CohortVerdict) {
	attacks, others := []falochron.CohortVerdict{}, []falochron.CohortVerdict{}
	for _, c := range j.cohorts {
		if v := c.verdict; v.Kind == falochron.CohortAttack {
			attacks = append(attacks, v)
		} else if v.Kind == falochron.CohortFans || v.Rate >= quietAt {
			others = append(others, v)
		}
	}
	byRate := func(a, b falochron.CohortVerdict) int {
		return cmp.Or(-cmp.Compare(a.Rate, b.Rate), cmp.Compare(a.Key.String(), b.Key.String()))
	}
	slices.SortFunc(attacks, byRate)
	slices.SortFunc(others, byRate)
	out = append(attacks[:min(len(attacks), tellAttacks)], others[:min(len(others), tellOthers)]...)
	slices.SortStableFunc(out, func(a, b falochron.CohortVerdict) int { return -cmp.Compare(a.Rate, b.Rate) })
	return out
}

// Orders are what the edge is to do about all cohorts, as of the last Observe; nil if there
// is nothing to do. In shadow it does nothing.
func (j *Judge) Orders(shadow bool) *falochron.RadarOrders {
	o := &falochron.RadarOrders{Shadow: shadow, Cohorts: make(map[falochron.CohortKey]falochron.Treatment), Holders: make(map[falochron.CohortKey]bool)}
	any := false
	for k, c := range j.cohorts {
		switch {
		case c.verdict.Treatment != falochron.TreatNone:
			o.Cohorts[k], any = c.verdict.Treatment, true
			if c.holders {
				o.Holders[k] = true
			}
		case c.verdict.Kind == falochron.CohortFans && levelOf(k) != wide:
			o.Cohorts[k] = falochron.TreatNone
		}
	}
	if !any {
		return nil
	}
	return o
}

// Changes are the verdicts that became or ceased to be an attack with the last Observe, or
// are treated otherwise. They hold until the next one.
func (j *Judge) Changes() []CohortChange { return j.changes }
