package plan

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// Task is a step of the matrix as it is asked of one party, in one campaign, and for
// one post or evening if it is asked of each.
type Task struct {
	Step   Step
	Who    Service
	Name   string // of the party
	Moment ID     // empty: it is asked once for the campaign
	What   string // names the post or evening, empty like Moment
	// Asked is from when it is asked, Due until when. What was due before the post was
	// announced, or moved, is asked from then on.
	Asked, Due time.Time
	Status     TaskStatus
	Reason     Reason    // of the status
	Done       time.Time // when it was confirmed; zero: not, or for another moment
	// Refused says that its owner has said no.
	Refused bool
	// Covered says that it was confirmed for another moment, and that confirming a later
	// task of the same party will do for it as well.
	Covered bool

	moment  moment    // what it is counted from
	planned time.Time // when it is due by the matrix alone
	// n is the move of that moment with which it is asked anew, if the step is timed.
	n int
	// renewed is when the owner last confirmed another timed task for the moment as it
	// is now: who says "still right" need not say again all that went before.
	renewed time.Time
}

// TaskStatus is how far a task has come.
type TaskStatus string

// The statuses.
const (
	Later   TaskStatus = "later"   // it is not asked yet
	Asked   TaskStatus = "asked"   // it is asked
	Overdue TaskStatus = "overdue" // it was due and is not done; of a step due at T, for some minutes
	Missed  TaskStatus = "missed"  // it was not done, and it is too late for it
	Done    TaskStatus = "done"
)

// leastSlip is how far a moment may move without voiding what was confirmed for it,
// if nothing was said: people mean "at eight", not a second. A guess.
const leastSlip = 15 * time.Minute

// tasks are all tasks of a campaign without their status, in the order of the matrix.
func (b *Book) tasks(k *campaign, s *shop) []Task {
	moments := k.moments()
	if len(moments) == 0 {
		return nil
	}
	out := make([]Task, 0, len(b.matrix.Steps)*2)
	for i := range b.matrix.Steps {
		step := &b.matrix.Steps[i]
		for _, v := range s.Parties {
			if v.Role != step.Role || !k.takesPart(s, v) {
				continue
			}
			if !step.Each {
				out = b.task(out, k, s, step, v, moments[0], "")
				continue
			}
			for _, m := range moments {
				if step.Posted && m.evening || v.Role == Influencer && m.party != "" && m.party != v.Party {
					continue
				}
				out = b.task(out, k, s, step, v, m, m.id)
			}
		}
	}
	k.renew(out)
	slices.SortStableFunc(out, func(x, y Task) int {
		return cmp.Or(x.planned.Compare(y.planned), x.moment.at.Compare(y.moment.at), slices.Index(chain, x.Who.Role)-slices.Index(chain, y.Who.Role),
			cmp.Compare(x.Who.Party, y.Who.Party))
	})
	return out
}

func (b *Book) task(out []Task, k *campaign, s *shop, step *Step, v Service, m moment, id ID) []Task {
	planned := step.due(m.at, s.zone)
	if k.Unplanned && planned.Before(k.Created) {
		return out // nobody could have done it
	}
	given, answered := k.confirmed[promise{step.ID, v, id}]
	t := Task{Step: *step, Who: v, Name: b.nameOf(v.Party), Moment: id, planned: planned, moment: m}
	ch := k.changes[string(m.id)]
	t.Asked, t.Due = step.span(k.Created, move{ch.n, ch.at, ch.was, m.at}, answered, s.zone)
	if step.Timed {
		if given.of != m.id {
			given.n = 0 // it was counted from another
		}
		t.n = step.anew(k.Created, k.moves[m.id], given, answered, s.zone)
	}
	if id != "" {
		t.What = m.what
	}
	return append(out, t)
}

// whose is a party and the post or evening that it is asked for.
type whose struct {
	who    Service
	moment ID
}

// renew finds what was confirmed for a moment after it had moved.
func (c *campaign) renew(tasks []Task) {
	latest := map[whose]time.Time{}
	for i := range tasks {
		t := &tasks[i]
		given, found := c.confirmed[t.promise()]
		if key := (whose{t.Who, t.moment.id}); found && !given.no && t.Step.Timed && t.near(given.moment) && given.at.After(latest[key]) {
			latest[key] = given.at
		}
	}
	for i := range tasks {
		tasks[i].renewed = latest[whose{tasks[i].Who, tasks[i].moment.id}]
	}
}

// taskOf is the task of a promise.
func (b *Book) taskOf(k *campaign, s *shop, p promise) (Task, bool) {
	for _, t := range b.tasks(k, s) {
		if t.promise() == p {
			return t, true
		}
	}
	return Task{}, false
}

func (t *Task) promise() promise { return promise{t.Step.ID, t.Who, t.Moment} }

// aboutTask names a task for [Acknowledge]. What is asked anew has another name.
func (c *campaign) aboutTask(t *Task) string {
	return c.aboutTasks() + t.Step.ID + "/" + string(t.Who.Party) + "/" + string(t.Who.Role) + ofMoment(string(t.moment.id), t.n)
}

func (c *campaign) aboutTasks() string { return string(c.ID) + "/step/" }

func ofMoment(thing string, n int) string { return "/" + thing + "/" + strconv.Itoa(n) }

// tooLate reports whether nobody needs the task any more: it was to be done before a
// moment that has passed, or during a wave that is over.
func (t *Task) tooLate(now time.Time) bool {
	if t.Step.Days > 0 || t.Step.After > 0 {
		return false
	}
	if t.Step.Days < 0 || t.Step.After < 0 {
		return t.moment.state == Out || now.After(t.moment.at.Add(t.moment.slip))
	}
	return !now.Before(t.moment.at.Add(t.moment.slip + t.moment.lasts))
}

// holds reports whether the task is confirmed for the moment at which it now is, or
// done by posting.
func (c *campaign) holds(t *Task) bool {
	if t.Step.Posted {
		return t.moment.state == Out
	}
	given, found := c.confirmed[t.promise()]
	if !found || given.no {
		return false
	}
	return !t.Step.Timed || t.near(given.moment) || t.renewed.After(given.at)
}

// near reports whether what was confirmed for a moment holds for that of the task.
func (t *Task) near(at time.Time) bool {
	return at.Sub(t.moment.at).Abs() <= max(t.moment.slip, leastSlip)
}

// briefly is how long after T a step of the moment itself is not late yet. "I'm posting
// now" makes T of the second in which it is tapped: nobody could have known it, and to be
// told takes a minute or two, to answer as long. Of all other steps the hour was known
// before: they are late when they are due. A guess.
const briefly = 5 * time.Minute

// grace is how long after it is due a task counts as overdue. A post is not late while it
// is where it may slip to.
func (t *Task) grace() time.Duration {
	switch {
	case t.Step.Posted:
		return max(briefly, t.moment.slip)
	case t.Step.Days == 0 && t.Step.After == 0:
		return briefly
	}
	return 0
}

// judge sets the status of a task.
func (c *campaign) judge(t *Task, now time.Time) {
	given, found := c.confirmed[t.promise()]
	zone := t.Due.Location()
	t.Reason = Reason{Who: t.Name, Role: t.Who.Role, Step: t.Step.Ask, What: t.What, Ref: t.Moment, At: t.Due}
	switch {
	case c.holds(t):
		t.Status, t.Reason.Kind, t.Done = Done, "step-done", given.at
		if t.Step.Posted {
			t.Done = t.moment.at
		}
		t.Reason.At = t.Done.In(zone)
		return
	case t.tooLate(now):
		t.Status, t.Reason.Kind = Missed, "step-missed"
		return
	case !now.Before(t.Due.Add(t.grace())):
		t.Status, t.Reason.Kind = Overdue, "step-overdue"
	case !now.Before(t.Due):
		t.Status, t.Reason.Kind = Asked, "step-now"
	case found || !now.Before(t.Asked):
		t.Status, t.Reason.Kind = Asked, "step-asked"
	default:
		t.Status, t.Reason.Kind, t.Reason.At = Later, "step-later", t.Asked
	}
	switch {
	case given.no:
		t.Refused, t.Reason.Kind, t.Reason.Other = true, "step-refused", given.why
	case found: // for another moment
		t.Reason.Kind, t.Reason.Was, t.Reason.At = "step-void", given.moment.In(zone), t.moment.at.In(zone)
	}
}

// judged are all tasks of a campaign with their status.
func (b *Book) judged(k *campaign, s *shop, now time.Time) []Task {
	out := b.tasks(k, s)
	for i := range out {
		k.judge(&out[i], now)
	}
	covered := map[whose]bool{}
	for i := len(out) - 1; i >= 0; i-- {
		t := &out[i]
		key := whose{t.Who, t.moment.id}
		t.Covered = t.Reason.Kind == "step-void" && covered[key]
		if t.Step.Timed && !t.Step.Posted && !t.Refused && (t.Status == Asked || t.Status == Overdue) {
			covered[key] = true
		}
	}
	return out
}
