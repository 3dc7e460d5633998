package falochron

import "time"

// Sharing is what one shop's pages are known to be: whose software makes them,
// and which kinds of them may be shared although the shop forbids it.
type Sharing struct {
	Platform string   `json:"platform"`        // name of the preset in force: woocommerce, generic
	Title    string   `json:"title"`           // as people write it
	Evidence string   `json:"evidence"`        // proven or read: how the preset is known
	Set      bool     `json:"set"`             // the configuration names it; otherwise recognised
	Signs    []string `json:"signs,omitempty"` // by which it was recognised
	// Origin is the address of the shop's first server, as configured. What was found at
	// another proves nothing of kinds that are [SharedKind.Unproven].
	Origin string `json:"origin,omitempty"`
	// Refused says why the shop could not be looked at, in words for its owner.
	Refused string `json:"refused,omitempty"`
	// Asked is when somebody wanted the pages to be compared now; zero = nobody does.
	// The comparison that begins ends it.
	Asked time.Time `json:"asked,omitzero"`
	// Compared is when the last comparison of all kinds ended, be it in vain; zero = none has.
	Compared time.Time    `json:"compared,omitzero"`
	Kinds    []SharedKind `json:"kinds"`
}

// SharedKind is one kind of page that is the same for everybody who is
// anonymous, and what is known about that at this shop.
type SharedKind struct {
	Name string `json:"name"` // product, category...
	// Forbidden: the shop says that nobody may store it, as its preset knows or as the
	// last check has seen. It is shared only after a check that passed within
	// [SharingProofLife] and the owner's word.
	Forbidden bool `json:"forbidden"`
	// Seen: only the check has seen that, the preset does not say so. Pages of this
	// kind that do not forbid it are shared without proof and word.
	Seen bool `json:"seen,omitempty"`
	// Exempt: it is the cart of whoever has none, which says nothing of anybody. It is
	// shared without proof and word, whatever the shop says.
	Exempt bool `json:"exempt,omitempty"`
	// Unproven: nobody has described the shop's software. Pages of this kind that do not
	// forbid it are shared only after a check that passed within [SharingProofLife]; those that do,
	// never.
	Unproven bool      `json:"unproven,omitempty"`
	Checked  time.Time `json:"checked,omitzero"` // of the last twins check; zero = never
	Passed   bool      `json:"passed"`
	// Harm: the last check found something that surely was made for one visitor, such
	// as a form's token. The kind is not shared then, even where the shop forbids
	// nothing: who gets another's page could not buy from it.
	Harm  bool   `json:"harm,omitempty"`
	Why   string `json:"why,omitempty"` // the verdict in words
	Spans []Span `json:"spans,omitempty"`
	// Confirmed is when the owner allowed it, having seen the evidence; zero = not.
	Confirmed time.Time `json:"confirmed,omitzero"`
}

// NeedsWord reports whether a kind is shared only with the owner's word.
func (k *SharedKind) NeedsWord() bool { return k.Forbidden && !k.Exempt && !k.Unproven }

// Span is a place where pages made for two visitors differ.
type Span struct {
	Page     string `json:"page"`      // path that was asked for
	Where    string `json:"where"`     // form, cart, script, attribute id of div...
	Harmless bool   `json:"harmless"`  // may differ among those who share the page
	A        string `json:"a"`         // what the first visitor got, shortened
	B        string `json:"b"`         // what the second got
	WithCart bool   `json:"with_cart"` // the second had something in the cart
}

// SharingProofLife is how long a twins check is believed.
const SharingProofLife = 24 * time.Hour

// TwinsDiffer is why a kind is not shared of which the check found that it is made
// for one visitor.
const TwinsDiffer = "twins-differ"

// MayShare reports whether a kind may be shared now, although the shop forbids it, if
// it does and the kind is not [SharedKind.Unproven]; and if not, why. Of a kind that is
// [SharedKind.Seen] to be forbidden, what does not forbid it itself is shared in any case
// but that of [SharedKind.Harm] or of no proof where one is needed.
func (k *SharedKind) MayShare(now time.Time) (bool, string) {
	switch {
	case k.Harm:
		return false, TwinsDiffer
	case !k.NeedsWord() && !k.Unproven:
		return true, ""
	case k.Checked.IsZero():
		return false, "twins-never-checked"
	case !k.Passed:
		return false, TwinsDiffer
	case now.Sub(k.Checked) > SharingProofLife, now.Sub(k.Checked) < -time.Hour: // or the clock was set back
		return false, "twins-too-old"
	case k.Confirmed.IsZero() && !k.Unproven:
		return false, "owner-not-asked"
	}
	return true, ""
}
