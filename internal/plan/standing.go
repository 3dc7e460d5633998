package plan

import (
	"slices"
	"time"
)

// Standing is a campaign as one of its parties needs it at the moment: what happens,
// what is asked of them, who waits on whom, and what to tell the fans.
type Standing struct {
	Happening Reason
	Ask       Reason // what is asked first; or that nothing is
	Fans      Reason // what to tell them
	Others    []Person
	Asked     []Task // of the actor's party, asked or overdue, the first first
	// WaitOnYou are the others who have done their part of what the actor is asked for
	// first, and cannot do it for them.
	WaitOnYou []Person
	WaitsOn   []Task // of the others, asked or overdue
	Thanks    []Task // of the others, done; the newest first, three at most
}

// Standing is that of the actor in a campaign. With live it says how the shop is now;
// nil is not known.
func (b *Book) Standing(now time.Time, who Actor, id ID, live *Live) (Standing, error) {
	v, err := b.Campaign(now, who, id) // what the actor may see, and nothing else
	if err != nil {
		return Standing{}, err
	}
	out := Standing{Happening: b.happening(&v, now, live), Fans: b.forFans(&v, now, live)}
	me := who.service()
	for _, p := range v.People {
		if p.Service != me {
			out.Others = append(out.Others, p)
		}
	}
	for _, t := range v.Tasks {
		open := (t.Status == Asked || t.Status == Overdue) && !t.Covered
		switch {
		case t.Who == me && open:
			out.Asked = append(out.Asked, t)
		case t.Who != me && open:
			out.WaitsOn = append(out.WaitsOn, t)
		case t.Who != me && t.Status == Done && !t.Step.Posted:
			out.Thanks = append(out.Thanks, t)
		}
	}
	slices.SortStableFunc(out.Thanks, func(x, y Task) int { return y.Done.Compare(x.Done) })
	out.Thanks = out.Thanks[:min(len(out.Thanks), 3)]
	if len(out.Asked) == 0 {
		out.Ask = Reason{Kind: "nothing-asked"}
		return out, nil
	}
	first := out.Asked[0]
	out.Ask = Reason{Kind: "asked-of-you", Step: first.Step.Ask, What: first.What, Ref: first.Moment, At: first.Due}
	switch {
	case first.Status == Overdue:
		out.Ask.Kind = "overdue-of-you"
	case !now.Before(first.Due):
		out.Ask.Kind = "asked-now"
	}
	for _, p := range out.Others {
		if slices.ContainsFunc(v.Tasks, func(t Task) bool {
			return t.Who == p.Service && t.Step.ID == first.Step.ID && t.Moment == first.Moment && t.Status == Done
		}) {
			out.WaitOnYou = append(out.WaitOnYou, p)
		}
	}
	return out, nil
}

// stage is the moment that matters now: the one going on, or the next.
func (v *CampaignView) stage(now time.Time) (m moment, going, found bool) {
	for _, m := range v.Campaign.moments() {
		switch begun := m.state == Out || !m.at.After(now) && (m.evening || m.state == Called); {
		case !now.Before(m.at.Add(m.lasts + m.slip)):
			continue
		default:
			return m, begun, true
		}
	}
	return moment{}, false, false
}

// happening says it in one sentence.
func (b *Book) happening(v *CampaignView, now time.Time, live *Live) Reason {
	m, going, found := v.stage(now)
	r := Reason{What: m.what, Ref: m.id, At: m.at.In(v.Zone)}
	switch {
	case v.Campaign.Cancelled:
		return Reason{Kind: "now-cancelled"}
	case live != nil && going:
		r.N, r.For, r.Kind = float64(live.People), live.Line, "now-well"
		switch {
		case b.campaigns[v.Campaign.ID].soldOut(live.SoldOut):
			r.Kind = "now-sold-out"
		case !live.Well:
			r.Kind = "now-ill"
		case live.Held:
			r.Kind = "now-held"
		case !live.Opens.IsZero():
			r.Kind, r.At = "now-opens", live.Opens.In(v.Zone)
		case live.Line >= noLine:
			r.Kind = "now-line"
		case live.InLine > 0:
			r.Kind = "now-short-line"
		}
	case going:
		r.Kind = "now-going"
	case found && m.state == Called:
		r.Kind, r.For = "now-called", m.at.Sub(now)
	case found && !m.at.After(now):
		r.Kind = "now-unsaid"
	case found && m.evening:
		r.Kind = "now-evening-next"
	case found:
		r.Kind = "now-next"
	case len(v.Campaign.moments()) == 0:
		r = Reason{Kind: "nothing-planned"}
	default:
		r = Reason{Kind: "now-past"}
	}
	return r
}

// forFans is a sentence that may be shown to everybody: it has no name that the fans
// do not know, and no number that would make them run.
func (b *Book) forFans(v *CampaignView, now time.Time, live *Live) Reason {
	m, going, found := v.stage(now)
	r := Reason{At: m.at.In(v.Zone)}
	switch {
	case v.Campaign.Cancelled:
		r.Kind = "fans-cancelled"
	case going && live != nil && b.campaigns[v.Campaign.ID].soldOut(live.SoldOut):
		r.Kind = "fans-sold-out"
	case going && live != nil && !live.Well:
		r.Kind = "fans-ill"
	case going && live != nil && live.Held:
		r.Kind = "fans-held"
	case found && live != nil && !live.Opens.IsZero() && (going || m.evening && !live.Held):
		r.Kind, r.At = "fans-opens", live.Opens.In(v.Zone)
	case going && live != nil && live.Line >= noLine:
		r.Kind, r.For = "fans-line", live.Line
	case going && live != nil && live.InLine > 0:
		r.Kind = "fans-short-line"
	case going && live == nil:
		r.Kind = "fans-on" // nobody knows here whether there is a line
	case going:
		r.Kind = "fans-open"
	case found && !m.at.After(now):
		r.Kind = "fans-any-moment"
	case found:
		r.Kind = "fans-soon"
		if m.evening && m.early > 0 {
			r.Kind, r.Was = "fans-evening", m.at.Add(-m.early).In(v.Zone)
		}
		if ch, moved := b.campaigns[v.Campaign.ID].changes[string(m.id)]; moved && ch.reason.Kind != "taken-back" && m.at.After(ch.was) && !ch.was.IsZero() && m.state == Planned {
			r.Kind, r.Was = "fans-later", ch.was.In(v.Zone)
		}
	case len(v.Campaign.moments()) == 0:
		r.Kind = "fans-nothing"
	default:
		r.Kind = "fans-over"
	}
	return r
}

// Sentences say what happens, what is asked, whom the others wait on, and what to tell
// the fans.
func (s *Standing) Sentences(l Language) []string {
	out := []string{s.Happening.Sentence(l), s.Ask.Sentence(l)}
	for _, p := range s.WaitOnYou {
		out = append(out, Reason{Kind: "waits-on-you", Who: p.Name, Role: p.Role}.Sentence(l))
	}
	for i := range s.WaitsOn {
		out = append(out, s.WaitsOn[i].Reason.Sentence(l))
	}
	for i := range s.Thanks {
		t := &s.Thanks[i]
		out = append(out, Reason{Kind: "thanks", Who: t.Name, Role: t.Who.Role, Step: t.Step.Ask, At: t.Reason.At}.Sentence(l))
	}
	return append(out, s.Fans.Sentence(l))
}
