package plan

import (
	"time"
)

func (Confirm) kind() string   { return "step-confirmed" }
func (Confirm) action() Action { return ConfirmSteps }
func (c Confirm) scope() scope { return scope{campaign: c.Campaign} }

func (c Confirm) decide(b *Book, now time.Time, who Actor) (Command, error) {
	k, s, err := b.running(now, who, c.Campaign)
	if err != nil {
		return nil, err
	}
	t, found := b.taskOf(k, s, promise{c.Step, who.service(), c.Moment})
	switch {
	case !found:
		return nil, unknown("step", ID(shorten(c.Step)))
	case t.Step.Posted:
		return nil, invalid(Reason{Kind: "confirmed-by-posting"})
	case k.holds(&t):
		return nil, conflicts(Reason{Kind: "confirmed-already", Step: t.Step.Ask})
	}
	c.By, c.For, c.Ask = who.service(), t.moment.at, t.Step.Ask
	return c, nil
}

// shorten keeps a refusal short, whatever was asked for.
func shorten(s string) string {
	if len(s) > maxID {
		return ""
	}
	return s
}

func (c Confirm) tell(b *Book) Reason {
	return b.about(c.Campaign, Reason{Kind: "step-confirmed", Step: b.asked(c.Ask, c.Step, c.By.Role), Ref: c.Moment, At: c.For})
}

// asked is what a step asked when it was answered. Acts of old releases do not say it:
// then it is what the step asks now, or its id if the matrix has no such step any more.
func (b *Book) asked(then Words, step string, role Role) Words {
	if then != (Words{}) {
		return then
	}
	for i := range b.matrix.Steps {
		if s := &b.matrix.Steps[i]; s.ID == step && s.Role == role {
			return s.Ask
		}
	}
	return Words{step, step}
}

func (c Confirm) apply(b *Book, a *Act) {
	if k := b.campaigns[c.Campaign]; k != nil {
		k.answer(promise{c.Step, c.By, c.Moment}, kept{at: a.At, moment: c.For})
	}
}

func (Withdraw) kind() string   { return "step-withdrawn" }
func (Withdraw) action() Action { return ConfirmSteps }
func (c Withdraw) scope() scope { return scope{campaign: c.Campaign} }

func (c Withdraw) decide(b *Book, now time.Time, who Actor) (Command, error) {
	k, s, err := b.running(now, who, c.Campaign)
	if err != nil {
		return nil, err
	}
	if err := text("why", c.Why, maxName); err != nil {
		return nil, err
	}
	p := promise{c.Step, who.service(), c.Moment}
	t, found := b.taskOf(k, s, p)
	switch {
	case !found:
		return nil, unknown("step", ID(shorten(c.Step)))
	case t.Step.Posted:
		return nil, invalid(Reason{Kind: "confirmed-by-posting"})
	case k.confirmed[p].no:
		return nil, conflicts(Reason{Kind: "refused-already", Step: t.Step.Ask})
	}
	c.By, c.For, c.Ask = who.service(), t.moment.at, t.Step.Ask
	return c, nil
}

func (c Withdraw) tell(b *Book) Reason {
	return Reason{Kind: "step-withdrawn", Who: b.nameOf(c.By.Party), Role: c.By.Role, Step: b.asked(c.Ask, c.Step, c.By.Role), Ref: c.Moment, Other: c.Why}
}

func (c Withdraw) apply(b *Book, a *Act) {
	k := b.campaigns[c.Campaign]
	if k == nil {
		return
	}
	k.answer(promise{c.Step, c.By, c.Moment}, kept{at: a.At, moment: c.For, no: true, why: c.Why})
	k.changed(c.Step+"/"+string(c.By.Party)+"/"+string(c.By.Role)+"/"+string(c.Moment), a, c.For, time.Time{}, c.tell(b))
}

// changed keeps the newest change of a thing, for the others to hear of it. What they
// acknowledged of the one before says nothing of this one.
func (c *campaign) changed(thing string, a *Act, moment, was time.Time, r Reason) {
	if moment.IsZero() {
		moment = a.At
	}
	n := 1
	if old, again := c.changes[thing]; again {
		n = old.n + 1
		for h := range c.heard {
			if h.about == c.aboutChange(thing, old.n) {
				delete(c.heard, h)
			}
		}
	}
	c.moved(ID(thing), n, a.At, was)
	c.changes[thing] = change{n: n, at: a.At, by: a.Actor.service(), moment: moment, was: was, reason: r}
}

// aboutChange names a change for [Acknowledge].
func (c *campaign) aboutChange(thing string, n int) string {
	return string(c.ID) + "/change" + ofMoment(thing, n)
}

func (Acknowledge) kind() string   { return "acknowledged" }
func (Acknowledge) action() Action { return Acknowledging }
func (c Acknowledge) scope() scope { return scope{campaign: c.Campaign} }

func (c Acknowledge) decide(b *Book, _ time.Time, who Actor) (Command, error) {
	k, s, err := b.campaignOf(who, c.Campaign)
	if err != nil {
		return nil, err
	}
	if !b.hears(k, s, c.About, who.service()) {
		return nil, unknown("notice", ID(shorten(c.About)))
	}
	c.By = who.service()
	if _, already := k.heard[hearing{c.About, c.By}]; already {
		return nil, conflicts(Reason{Kind: "heard-already"})
	}
	return c, nil
}

// hears reports whether a party is told about it: of a change by another, or a step
// of its own.
func (b *Book) hears(k *campaign, s *shop, about string, v Service) bool {
	if !k.takesPart(s, v) {
		return false
	}
	for thing, ch := range k.changes {
		if k.aboutChange(thing, ch.n) == about {
			return ch.by != v
		}
	}
	for _, t := range b.tasks(k, s) {
		if t.Who == v && k.aboutTask(&t) == about {
			return true
		}
	}
	return false
}

func (c Acknowledge) tell(b *Book) Reason {
	if k := b.campaigns[c.Campaign]; k != nil {
		for thing, ch := range k.changes {
			if k.aboutChange(thing, ch.n) == c.About {
				return Reason{Kind: "heard-of-change", What: ch.reason.What, Ref: ch.reason.Ref}
			}
		}
		for _, t := range b.tasks(k, b.shops[k.Shop]) {
			if t.Who == c.By && k.aboutTask(&t) == c.About {
				return Reason{Kind: "heard-of-step", Step: t.Step.Ask}
			}
		}
	}
	return Reason{Kind: "heard"}
}

func (c Acknowledge) apply(b *Book, a *Act) {
	k := b.campaigns[c.Campaign]
	if k == nil {
		return
	}
	if s := b.shops[k.Shop]; b.hears(k, s, c.About, c.By) {
		k.heard[hearing{c.About, c.By}] = a.At
	}
}
