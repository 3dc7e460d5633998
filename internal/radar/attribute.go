package radar

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/falochron/falochron"
)

// Announced is a post of the plan as the radar needs it.
type Announced struct {
	ID      string
	Channel falochron.Channel
	At      time.Time     // when it is to go out, or went
	Slip    time.Duration // it may come so much earlier or later
	Out     bool
	Off     bool   // it was called off
	Path    string // of the page it leads to, without its query; empty: not known
}

// When a post may be what brings people of its channel. Chosen: people post half an hour
// early and an hour late; a story or a reel is seen for hours after it is out, and its
// second peak is its own.
const (
	mayBeEarly = 30 * time.Minute
	mayBeLate  = time.Hour
	outBefore  = 2 * time.Minute // clocks differ, and people post before they tap
	outAfter   = 3 * time.Hour
)

// mayBring reports whether the post may be what began at a moment.
func (p *Announced) mayBring(onset time.Time) bool {
	from, until := p.At.Add(-p.Slip-mayBeEarly), p.At.Add(p.Slip+mayBeLate)
	if p.Out {
		from, until = p.At.Add(-outBefore), p.At.Add(outAfter)
	}
	return !p.Off && !onset.Before(from) && !onset.After(until)
}

// Seen is what is known of a wave.
type Seen struct {
	Onset   time.Time
	Entries []Excess    // of [Entrances.Since]
	Posts   []Announced // of the plan; those that lie a day away do no harm
}

// By what else than its entry a newcomer is given to a post.
const ByPath = "path" // the page is one that only this post leads to now

// How sure evidence is (docs/radar-whose.md): that of the channel alone is as sure for
// the post if it is the only one of the channel that may be out.
var sureness = map[string]float64{
	falochron.ByLink: 0.99, falochron.ByCampaign: 0.95, falochron.ByClick: 0.8, falochron.ByInApp: 0.8, falochron.ByReferrer: 0.7, ByPath: 0.4,
}

// namedOnly is how sure a channel is that only the parameters of an unknown campaign
// name: who made the link wrote them for himself.
const namedOnly = 0.7

// Suspect is whose post a wave may be.
type Suspect struct {
	Post     string            // of the plan, by its id; empty: none that is known
	Channel  falochron.Channel // unknown: nothing says it
	Campaign string            // parameters that the plan does not know, if it is they that tell
	By       string            // the strongest evidence: [falochron.ByLink] and so on, or [ByPath]
	// Share is how much of what came beyond calm times is its own, from 0 to 1, and
	// Newcomers how many people that is.
	Share, Newcomers float64
	// Confidence is how sure it is that the wave is this post's, or this channel's, from 0
	// to 1; of who came by no sign, how sure it is that nothing is known.
	Confidence float64
	// Early is how long before its announced moment the wave began; negative: after it.
	// Zero without a post, and of one that was said to be out.
	Early time.Duration
	Fit   Fit
}

// Fit is how a suspect goes with the plan.
type Fit uint8

// The ways.
const (
	FitAnnounced Fit = iota // it is a post of the plan
	FitSeveral              // several posts of the channel may be out, and nothing tells them apart
	FitUnplanned            // the plan has no post that it could be: ask
	FitUnknown              // nothing says where they come from
)

var fitNames = [...]string{"announced", "several", "unplanned", "unknown"}

// String is the word for journal and API.
func (f Fit) String() string {
	if int(f) < len(fitNames) {
		return fitNames[f]
	}
	return fitNames[FitUnknown]
}

// Attribute ranks whose post a wave is, the surest and largest first. Only what came
// beyond calm times counts. It is empty as long as nothing has.
//
// 1. A short link, or parameters that one post has, name the post.
// 2. A channel alone names the post if just one of the channel may be out at the onset,
// or if links name one of them. Two that may be are told apart by links alone.
// 3. Of those without any sign, the page on which they land names the post if just one
// leads there and may be out.
// 4. The rest is a channel without a post: unplanned; or unknown.
func Attribute(s Seen) []Suspect {
	a := attribution{Seen: s, groups: map[group]*weight{}, linked: map[string]float64{}}
	for _, e := range s.Entries {
		x := e.beyond()
		a.total += x
		if e.Entry.Post != "" {
			a.linked[e.Entry.Post] += x
		}
	}
	if a.total <= 0 {
		return nil
	}
	for _, e := range s.Entries {
		if x := e.beyond(); x > 0 {
			g, sure, by := a.place(e.Entry)
			a.add(g, e, x, sure, by)
		}
	}
	return a.rank()
}

// beyond is what came beyond calm times.
func (e *Excess) beyond() float64 { return max(0, e.Came-e.Calm) }

// attribution is one ranking under way.
type attribution struct {
	Seen
	total  float64
	linked map[string]float64 // what came by links and parameters, by post
	groups map[group]*weight
}

// group is what is one suspect.
type group struct {
	post, campaign string
	channel        falochron.Channel
	fit            Fit
}

// weight is what speaks for it.
type weight struct {
	came, calm, beyond, sure float64
	by                       map[string]float64
}

// reallyLinked is which share of the wave a post's links must have before they tell its
// channel's other newcomers: some people open old links at any time. Chosen.
const reallyLinked = 0.05

// place finds where an entry belongs, and how sure that is by what.
func (a *attribution) place(e falochron.Entry) (g group, sure float64, by string) {
	by, sure = e.By, sureness[e.By]
	if e.Post != "" {
		return group{post: e.Post, channel: a.channelOf(e.Post)}, sure, by
	}
	if by == falochron.ByCampaign {
		sure = namedOnly
	}
	if e.Channel == falochron.ChannelUnknown {
		if e.Campaign != "" { // a newsletter, or another shop: at least it has a name
			return group{campaign: e.Campaign, fit: FitUnplanned}, sure, by
		}
		if post, n := a.only(func(p *Announced) bool { return e.Path != "" && p.Path == e.Path && p.mayBring(a.Onset) }); n == 1 {
			return group{post: post, channel: a.channelOf(post)}, sureness[ByPath], ByPath
		}
		return group{fit: FitUnknown}, 0, falochron.ByNone
	}
	of := func(p *Announced) bool { return p.Channel == e.Channel }
	if post, n := a.only(func(p *Announced) bool { return of(p) && a.linked[p.ID] >= reallyLinked*a.total }); n == 1 {
		return group{post: post, channel: e.Channel}, sure, by
	}
	switch post, n := a.only(func(p *Announced) bool { return of(p) && p.mayBring(a.Onset) }); n {
	case 0:
		g = group{channel: e.Channel, fit: FitUnplanned}
		if by == falochron.ByCampaign {
			g.campaign = e.Campaign
		}
		return g, sure, by
	case 1:
		return group{post: post, channel: e.Channel}, sure, by
	}
	return group{channel: e.Channel, fit: FitSeveral}, sure, by
}

// only is the post of which something is true, and of how many it is.
func (a *attribution) only(is func(*Announced) bool) (id string, n int) {
	for i := range a.Posts {
		if p := &a.Posts[i]; is(p) {
			id, n = p.ID, n+1
		}
	}
	return id, n
}

// channelOf is the channel of a post as the plan has it, not as each newcomer shows: all
// who came by its link are one suspect.
func (a *attribution) channelOf(post string) falochron.Channel {
	for i := range a.Posts {
		if a.Posts[i].ID == post {
			return a.Posts[i].Channel
		}
	}
	return falochron.ChannelUnknown
}

func (a *attribution) add(g group, e Excess, x, sure float64, by string) {
	w := a.groups[g]
	if w == nil {
		w = &weight{by: map[string]float64{}}
		a.groups[g] = w
	}
	w.came, w.calm, w.beyond, w.sure = w.came+e.Came, w.calm+e.Calm, w.beyond+x, w.sure+x*sure
	w.by[by] += x
}

// leastTold is the least share of a wave that is worth a word.
const leastTold = 0.01

// rank makes suspects of the groups.
func (a *attribution) rank() []Suspect {
	rest := 0.0
	if w := a.groups[group{fit: FitUnknown}]; w != nil {
		rest = w.beyond
	}
	var out []Suspect
	for g, w := range a.groups {
		if w.beyond < leastTold*a.total {
			continue
		}
		s := Suspect{Post: g.post, Channel: g.channel, Campaign: g.campaign, Fit: g.fit, By: w.strongest(), Newcomers: w.beyond, Share: w.beyond / a.total}
		if g.fit == FitUnknown {
			s.Confidence = w.real() * s.Share
		} else {
			// Where most of the wave shows no sign, the few that do may have come anyway.
			s.Confidence = w.sure / w.beyond * w.real() * min(1, 2*w.beyond/(w.beyond+rest))
		}
		for i := range a.Posts {
			if p := &a.Posts[i]; p.ID == g.post && g.post != "" && !p.Out {
				s.Early = p.At.Sub(a.Onset)
			}
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(x, y Suspect) int {
		if (x.Fit == FitUnknown) != (y.Fit == FitUnknown) {
			return cmp.Compare(x.Fit, y.Fit) // the rest stands last
		}
		return cmp.Or(cmp.Compare(y.Share*y.Confidence, x.Share*x.Confidence), cmp.Compare(x.Post, y.Post), cmp.Compare(x.Channel, y.Channel), cmp.Compare(x.Campaign, y.Campaign))
	})
	return out
}

// strongest is the evidence that is surest, of what brought at least a tenth.
func (w *weight) strongest() (by string) {
	for _, is := range [...]string{falochron.ByLink, falochron.ByCampaign, falochron.ByClick, falochron.ByInApp, falochron.ByReferrer, ByPath, falochron.ByNone} {
		if w.by[is] >= 0.1*w.beyond && w.by[is] > 0 {
			return is
		}
	}
	return falochron.ByNone
}

// arrivalScatter is variance over mean of newcomers in calm times, as measured: see docs/radar.md.
const arrivalScatter = 1.5

// real is the chance that at least half of what came beyond calm times is real: the
// arrivalScatter of what came and of what was expected is that of counts.
func (w *weight) real() float64 {
	z := w.beyond / 2 / math.Sqrt(arrivalScatter*(w.came+w.calm))
	return 0.5 * (1 + math.Erf(z/math.Sqrt2))
}

// Unplanned is the suspect to be asked about: the influencer did not announce it, and it
// may be a post of hers. That is the first if no post of the plan fits it, also where
// nothing is known at all.
func Unplanned(suspects []Suspect) (Suspect, bool) {
	if len(suspects) == 0 {
		return Suspect{}, false
	}
	first := suspects[0]
	for _, s := range suspects {
		if s.Fit == FitUnknown && s.Share > 0.5 && first.Share < 0.25 {
			first = s // what is known is too little to speak for the wave
		}
	}
	return first, first.Fit == FitUnplanned || first.Fit == FitUnknown
}
