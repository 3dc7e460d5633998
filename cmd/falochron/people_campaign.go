package main

import (
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// auditLines is how many lines of what was done a page shows.
const auditLines = 100

// campaignView is a campaign as the reader may see it.
func (v *visit) campaignView(id plan.ID) (k plan.CampaignView, err error) {
	v.plan.Read(func(b *plan.Book) { k, err = b.Campaign(v.now, v.who, id) })
	return k, err
}

// campaignPage shows everything about one campaign.
func campaignPage(v *visit) (console.View, error) {
	k, err := v.campaignView(v.campaign)
	if err != nil {
		return nil, err
	}
	r, err := v.read(v.campaign)
	if err != nil {
		return nil, err
	}
	s, _ := v.shopView(k.Campaign.Shop)
	h := v.look(&s.Shop)
	came := v.came(h)
	view := &console.CampaignView{
		Frame: v.frame(k.Zone), Name: nameOf(&k.Campaign), Shop: k.ShopName, Verdict: r.verdict(), Why: r.why(),
		Posts: postsOf(&k.Campaign, v.now, came), Ready: r.items(false), Checks: r.checks(&k), Steps: append(v.hearings(k.Campaign.ID, k.Zone), v.steps(&k)...),
		Forecast: r.curve(&k, k.Zone), People: partiesOf(&k),
	}
	if k.Campaign.Cancelled {
		view.Verdict, view.Why, view.Ready, view.Checks = console.NoGo, console.Text{}, nil, nil
	}
	v.linksOf(k.Campaign.ID, view.Posts)
	if v.acts(plan.KeepPosts) && !k.Over {
		view.May, view.Plan = append(view.May, console.ActProof), v.planPath(k.Campaign.ID)
		for i := range view.Posts {
			p := &view.Posts[i]
			p.Prove = p.Kind == "post" && p.State != console.Cancelled && v.ownPost(p.ID, &k.Campaign)
			if p.State != console.Cancelled && (p.Prove || p.Kind == "evening") {
				p.Change = changePath(p.ID)
			}
		}
	}
	if v.acts(plan.ReportPosts) && !k.Over {
		view.May = append(view.May, console.ActUnplanned)
	}
	if v.acts(plan.SpeakToFans) && !k.Over {
		view.May = append(view.May, console.ActTellFans)
	}
	if v.acts(plan.ConfirmSteps) && !k.Over {
		view.May = append(view.May, console.ActConfirm, console.ActWithdraw)
	}
	if v.acts(plan.SayFound) && !k.Over {
		view.May = append(view.May, console.ActRight, console.ActWrong)
		if h.name != "" && v.lookouts != nil {
			view.May = append(view.May, console.ActLook)
		}
	}
	for i := range view.Posts {
		if p := &view.Posts[i]; h.known && isOut(p.State) && (view.Live == nil || came(p.At) > view.Live.People) {
			l := h.live(came(p.At))
			view.Live = &l
		}
	}
	var standing plan.Standing
	var audit plan.Audit
	var conflicts []plan.Conflict
	v.plan.Read(func(b *plan.Book) {
		if standing, err = b.Standing(v.now, v.who, v.campaign, h.forPlan()); err != nil {
			return
		}
		if audit, err = b.CampaignAudit(v.now, v.who, v.campaign); err != nil {
			return
		}
		conflicts, err = b.Conflicts(v.now, v.who)
	})
	if err != nil {
		return nil, err
	}
	view.Tell, view.Thanks, view.Audit, view.Stand = said(standing.Fans), thanksOf(&standing), logOf(audit, auditLines), standOf(&standing)
	for i := range conflicts {
		if c := &conflicts[i]; len(view.Conflicts) < hostMost && (c.One.Campaign == v.campaign || c.Other.Campaign == v.campaign) {
			view.Conflicts = append(view.Conflicts, v.conflict(c, v.campaign))
		}
	}
	return view, nil
}

// nameOf is how a page calls a campaign: by its id where its name is not for the reader,
// or where nobody gave it one.
func nameOf(k *plan.Campaign) string {
	if k.Name == "" {
		return string(k.ID)
	}
	return k.Name
}

// acts reports whether the reader's role may do it.
func (v *visit) acts(a plan.Action) bool { return plan.Can(v.who.Role, a) }

// mineIs reports whether a task is the reader's own.
func (v *visit) mineIs(t *plan.Task) bool {
	return t.Who == plan.Service{Party: v.who.Party, Role: v.who.Role}
}

// isOpen reports whether somebody waits for a task.
func isOpen(t *plan.Task) bool {
	return (t.Status == plan.Asked || t.Status == plan.Overdue) && !t.Covered
}

// steps are the rows of the matrix.
func (v *visit) steps(k *plan.CampaignView) (out []console.Step) {
	for i := range k.Tasks {
		t := &k.Tasks[i]
		out = append(out, console.Step{
			ID: nameStep(k.Campaign.ID, t), When: tMinus(&t.Step), What: asks(t), Owner: console.Role(t.Who.Role), Name: t.Name,
			Due: t.Due, Done: t.Status == plan.Done, No: t.Refused, By: doneBy(t), At: t.Done,
			Mine: v.mineIs(t) && !t.Step.Posted && !k.Over && (t.Status == plan.Done || t.Status != plan.Missed),
		})
	}
	return out
}

func doneBy(t *plan.Task) string {
	if t.Status != plan.Done && !t.Refused {
		return ""
	}
	return t.Name
}

// hearings are the changes that wait for the reader to say that he has heard of them,
// as steps of his own.
func (v *visit) hearings(campaign plan.ID, zone *time.Location) (out []console.Step) {
	for _, n := range v.changes(campaign) {
		out = append(out, console.Step{
			ID: hearOf + n.About, When: news, What: said(n.Reason), Owner: console.Role(v.who.Role), Name: v.name, Due: time.Time{}, Mine: true,
		})
	}
	return out
}

// changes are the notices to the reader that are no step of his.
func (v *visit) changes(campaign plan.ID) []plan.Notice {
	return slices.DeleteFunc(v.notices(campaign), func(n plan.Notice) bool { return strings.Contains(n.About, "/step/") })
}

// partiesOf are those who make the campaign, with what waits on them.
func partiesOf(k *plan.CampaignView) []console.Party {
	out := make([]console.Party, len(k.People))
	for i, p := range k.People {
		out[i] = console.Party{Role: console.Role(p.Role), Name: p.Name}
		for j := range k.Tasks {
			t := &k.Tasks[j]
			switch {
			case t.Who != p.Service:
			case t.Status == plan.Done:
				out[i].Done++
			case isOpen(t):
				out[i].Tasks = append(out[i].Tasks, taskOf(k, t))
			}
		}
	}
	return out
}

// taskOf is a task for a list of what waits. Who has done the same already waits for it.
func taskOf(k *plan.CampaignView, t *plan.Task) console.Task {
	out := console.Task{ID: nameStep(k.Campaign.ID, t), What: asks(t), Due: t.Due}
	for i := range k.Tasks {
		o := &k.Tasks[i]
		if o.Step.ID == t.Step.ID && o.Moment == t.Moment && o.Who != t.Who && o.Status == plan.Done && !slices.Contains(out.Waits, console.Role(o.Who.Role)) {
			out.Waits = append(out.Waits, console.Role(o.Who.Role))
		}
	}
	return out
}

// thanksOf names whom to thank.
func thanksOf(s *plan.Standing) (out []console.Thank) {
	for i := range s.Thanks {
		t := &s.Thanks[i]
		what := asks(t)
		out = append(out, console.Thank{Role: console.Role(t.Who.Role), Name: t.Name, For: console.Text{EN: wasDone.EN + what.EN, PL: wasDone.PL + what.PL}})
	}
	return out
}

// conflict is one for a page that is of a campaign, or of none: it is told by the other
// side of it.
func (v *visit) conflict(c *plan.Conflict, of plan.ID) console.Conflict {
	other := c.Other
	if of != "" && other.Campaign == of && c.One.Campaign != of {
		other = c.One
	}
	s, _ := v.shopView(other.Shop)
	return console.Conflict{What: said(c.Reason), Shop: s.Shop.Name, At: other.At, Size: v.size(other.Campaign, other.Ref)}
}
