package control

import (
	"slices"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/radar"
	"github.com/falochron/falochron/internal/radar/tale"
)

// Says is what was seen in a sentence or two, in a time zone. A reader who may know no
// more than shop, time and size of what is planned is not told whose it is.
func (s *RadarSight) Says(zone *time.Location, hidden bool) plan.Words {
	t := s.tale(zone, hidden)
	return plan.Words{EN: t.Sentence("en"), PL: t.Sentence("pl")}
}

func (s *RadarSight) tale(zone *time.Location, hidden bool) tale.Wave {
	t := tale.Wave{
		Now: s.At.In(zone), State: s.State, Onset: s.Onset, Rate: s.Rate * 60, Usual: s.Usual * 60, Come: s.Come,
		Whose: tale.Whose{Hidden: hidden},
		Fans:  crowdOf(s, falochron.CohortFans), Attack: crowdOf(s, falochron.CohortAttack),
	}
	if !s.Known {
		t.Usual = 0
	}
	if len(s.Suspects) > 0 {
		best := &s.Suspects[0]
		t.Whose.Sure, t.Whose.Channel, t.Whose.Several = best.Confidence, best.Channel, best.Fit == radar.FitSeveral
		if _, post, _ := whosePost(s); post != "" {
			t.Whose.Post, t.Whose.Kind, t.Whose.Account = true, s.Post.Kind, s.Post.Account
			t.Whose.At, t.Whose.Early = s.Post.At.In(zone), best.Early
		}
	}
	if n := &s.Nowcast; n.Known {
		_, mid, late := n.PeakAt()
		t.Size = tale.Size{Known: true, InTen: spanOf(n.In10Min), InHour: spanOf(n.InHour), PeakAt: mid, PeakAtLatest: late}
	}
	return t
}

func spanOf(r forecast.Range) tale.Span { return tale.Span{Low: r.Low, Mid: r.Mid, High: r.High} }

// crowdOf is the heaviest crowd of a kind; nothing if there is none. Where nobody was
// found to be fans, those of whom it is not known stand for them.
func crowdOf(s *RadarSight, kind falochron.CohortKind) tale.Crowd {
	v, found := heaviest(s.Verdicts, kind)
	if !found && kind == falochron.CohortFans {
		v, found = heaviest(s.Verdicts, falochron.CohortUnsure)
	}
	if !found {
		return tale.Crowd{}
	}
	c := tale.Crowd{There: true, Kind: v.Kind, Sure: v.Confidence, Signs: slices.Clone(v.Reasons), Treatment: v.Treatment, Shadow: s.Shadow}
	if v.Kind == falochron.CohortFans {
		c.Signs = append(c.Signs, s.habits...)
	}
	return c
}

// What fans are like is told of so many at least: of fewer a mean says little.
const (
	habitsFrom = 20
	// sharedBy is how many visitors at one address are more than a household.
	sharedBy = 5
	// mostlyShared is the share of visitors behind such addresses from which on a wave is
	// said to come over the networks of carriers. A guess.
	mostlyShared = 0.3
)

// habitsOf are what those who are not taken for an attack are like: how many pages each
// looks at, and whether they come over carriers' networks.
func habitsOf(tallies []falochron.CohortTally, verdicts []falochron.CohortVerdict) (out []falochron.CohortReason) {
	bad := make(map[falochron.CohortKey]bool)
	for i := range verdicts {
		bad[verdicts[i].Key] = verdicts[i].Kind == falochron.CohortAttack
	}
	var shown, people, visitors, shared float64
	for i := range tallies {
		t := &tallies[i]
		switch {
		case bad[t.Key]:
		case !t.Key.Net.IsValid():
			shown, people, visitors = shown+float64(t.Shown), people+float64(t.In+t.Line), visitors+float64(t.Tickets)
		case t.Key.Net.IsSingleIP() || t.Key.Net.Addr().Is6() && t.Key.Net.Bits() == 64:
			if phone := t.Key.Client == falochron.ClientApp || t.Key.Client == falochron.ClientChromeMobile || t.Key.Client == falochron.ClientSafariMobile; phone && !t.Hosting && t.Tickets >= sharedBy {
				shared += float64(t.Tickets)
			}
		}
	}
	if people >= habitsFrom && shown >= people {
		out = append(out, falochron.CohortReason{Sign: tale.SignPages, Value: shown / people})
	}
	if visitors >= habitsFrom && shared >= mostlyShared*visitors {
		out = append(out, falochron.CohortReason{Sign: tale.SignCarriers, Value: shared, Of: visitors})
	}
	return out
}

// inWords is something that a pure room says, in both languages.
func inWords(say func(lang string) string) plan.Words {
	return plan.Words{EN: say("en"), PL: say("pl")}
}

// Why is why a crowd was judged as it was.
func Why(v falochron.CohortVerdict) plan.Words {
	return inWords(func(lang string) string { return radar.CohortSentence(v, lang) })
}
