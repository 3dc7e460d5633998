package plan

import (
	"net/url"
	"time"
)

// Proof is how it was shown how many people see a post. Zero: nobody has said how. It
// is what somebody says, and whoever reads it can look for himself; nothing is computed
// from it but that the number was shown ([Post.Proof]).
type Proof struct {
	Kind ProofKind `json:"kind,omitempty"`
	Date string    `json:"date,omitempty"` // of the numbers, "2026-11-20"
	Link string    `json:"link,omitempty"` // where it can be looked at, http or https
	Note string    `json:"note,omitempty"` // for people
}

// ProofKind is what was shown.
type ProofKind string

// The kinds of proof.
const (
	Statistics ProofKind = "statistics" // the channel's own figures, as a picture of them
	MediaKit   ProofKind = "media-kit"
	PastPosts  ProofKind = "past-posts" // what earlier posts reached
	OtherProof ProofKind = "other"      // the note says it
)

// proofKinds are the words for them, to stand after a colon.
var proofKinds = map[ProofKind]Words{
	Statistics: {"the channel's statistics", "statystyki kanału"}, MediaKit: {"a media kit", "media kit"},
	PastPosts: {"past posts", "wcześniejsze wpisy"}, OtherProof: {"otherwise", "w inny sposób"},
}

// ProofKinds lists the kinds in the order in which they are offered.
func ProofKinds() []ProofKind { return []ProofKind{Statistics, MediaKit, PastPosts, OtherProof} }

// words say what was shown, with what somebody wrote about it.
func (p *Proof) words() Words {
	w := proofKinds[p.Kind]
	if p.Date != "" {
		w.EN, w.PL = w.EN+" of "+p.Date, w.PL+" z "+p.Date
	}
	if p.Note != "" {
		w.EN, w.PL = w.EN+" – "+p.Note, w.PL+" – "+p.Note
	}
	return w
}

// check refuses what is no proof. One of nothing but a link or a note is of another kind.
func (p *Proof) check() error {
	if *p == (Proof{}) {
		return nil
	}
	if p.Kind == "" {
		p.Kind = OtherProof
	}
	if _, known := proofKinds[p.Kind]; !known {
		return invalid(Reason{Kind: "bad-proof"})
	}
	if p.Kind == OtherProof && p.Link == "" && p.Note == "" {
		return invalid(Reason{Kind: "empty", What: "note"})
	}
	if err := text("note", p.Note, maxText); err != nil {
		return err
	}
	if p.Date != "" {
		if _, err := time.Parse(time.DateOnly, p.Date); err != nil {
			return invalid(Reason{Kind: "bad-date"})
		}
	}
	if p.Link == "" {
		return nil
	}
	// It leads out of the shop, so people are told where: no other scheme, and nobody's
	// name before the host.
	u, err := url.Parse(p.Link)
	if len(p.Link) > maxLink || badText(p.Link, maxLink) != "" || err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		return invalid(Reason{Kind: "bad-link"})
	}
	return nil
}

// seen is the proof for somebody: who sees sizes only is told of what kind it is.
func (p Proof) seen(who Actor) Proof {
	if blind(who) {
		return Proof{Kind: p.Kind}
	}
	return p
}

func (ShowReach) kind() string   { return "reach-shown" }
func (ShowReach) action() Action { return KeepPosts }
func (c ShowReach) scope() scope { return scope{campaign: c.Campaign} }

func (c ShowReach) decide(b *Book, now time.Time, who Actor) (Command, error) {
	k, _, err := b.running(now, who, c.Campaign)
	if err != nil {
		return nil, err
	}
	p := k.post(c.Post)
	if p == nil {
		return nil, unknown("post", c.Post)
	}
	if err := first(b.owns(who, p.Party), c.Shown.check()); err != nil {
		return nil, err
	}
	if p.State == Cancelled {
		return nil, conflicts(Reason{Kind: "cancelled-already", What: nameFor(who, p.label()), Ref: p.ID})
	}
	return c, nil
}

func (c ShowReach) tell(b *Book) Reason {
	r := b.about(c.Campaign, Reason{Kind: "proof-given", What: b.momentOf(c.Campaign, c.Post).what, Ref: c.Post, Found: c.Shown.words()})
	if c.Shown == (Proof{}) {
		r.Kind, r.Found = "proof-taken-back", Words{}
	}
	return r
}

func (c ShowReach) apply(b *Book, _ *Act) {
	k := b.campaigns[c.Campaign]
	if k == nil {
		return
	}
	if p := k.post(c.Post); p != nil {
		p.Shown, p.Proof = c.Shown, c.Shown != (Proof{})
	}
}

// proven completes what a post says of its proof: who says how it was shown says that it
// was, and who changes a post without a word of it leaves it as it is.
func (p *Post) proven(old *Post) error {
	if old != nil && p.Shown == (Proof{}) && p.Proof {
		p.Shown = old.Shown
	}
	if !p.Proof && p.Shown == (Proof{}) {
		return nil
	}
	p.Proof = true
	return p.Shown.check()
}
