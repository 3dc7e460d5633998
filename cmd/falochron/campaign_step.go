package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// whichStep says of a step that was not found what there is instead: the posts and
// evenings that it is asked for, or the steps of the party. Other errors stay as they are.
func (d *desk) whichStep(err error, campaign plan.ID, step string, moment plan.ID) error {
	refused, ok := errors.AsType[*plan.Refusal](err)
	if !ok || refused.Kind != falochron.NotFound {
		return err
	}
	var k plan.CampaignView
	var hidden error
	d.Read(func(b *plan.Book) { k, hidden = b.Campaign(d.now, d.who, campaign) })
	if hidden != nil {
		return err // it was the campaign that was not found
	}
	var steps, moments []string // of the party; of the step
	once := false
	for i := range k.Tasks {
		t := &k.Tasks[i]
		if t.Who != (plan.Service{Party: d.who.Party, Role: d.who.Role}) {
			continue
		}
		if !slices.Contains(steps, t.Step.ID) {
			steps = append(steps, t.Step.ID)
		}
		switch {
		case t.Step.ID != step:
		case t.Moment == "":
			once = true
		default:
			moments = append(moments, d.askedFor(t))
		}
	}
	e := &falochron.Error{Kind: falochron.NotFound, Op: "change the plan", Public: strings.TrimSuffix(refused.Reason.Sentence(d.lang), ".")}
	switch {
	case len(moments) > 0 && moment == "":
		e.Public = d.say("the step "+step+" is asked for each post and evening", "krok "+step+" dotyczy każdego wpisu i wieczoru osobno")
		e.Hint = d.say("say which with --post: ", "podaj który, przez --post: ") + strings.Join(moments, ", ")
	case len(moments) > 0:
		e.Hint = d.say("--post can be: ", "--post może być: ") + strings.Join(moments, ", ")
	case once:
		e.Public = d.say("the step "+step+" is asked once for the whole campaign", "krok "+step+" dotyczy całej kampanii")
		e.Hint = d.say("leave --post out", "pomiń --post")
	case len(steps) > 0:
		e.Hint = d.say("the steps of this party are: ", "kroki tej strony to: ") + strings.Join(steps, ", ")
	default:
		return err
	}
	return e
}

// askedFor names the post or evening of a task, for whom may see its name.
func (d *desk) askedFor(t *plan.Task) string {
	if t.What == "" {
		return string(t.Moment)
	}
	return string(t.Moment) + " (" + t.What + ")"
}
