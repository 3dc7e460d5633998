package edge

import (
	"net/http"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/cache"
	"github.com/falochron/falochron/internal/preset"
)

// errorLife is how long an error that the shop calls fresh is believed: a page
// that is missing for a moment must not be missing for a day.
const errorLife = 5 * time.Second

// FileLife is how long a file is kept of which the shop's web server says only when it was
// changed. Chosen: themes name the version of a file in its address, so that a change is seen at
// once, and a picture that was replaced is seen in a minute.
const FileLife = time.Minute

// pageMost is how long a page is kept that the shop calls fresh for longer. Shops that
// say a day count on telling their cache what has changed; nobody tells this one, and
// with a stale page going out while a fresh one is fetched a minute costs nothing.
const pageMost = time.Minute

// sharing is what may be shared of what was asked for, and under which key.
type sharing struct {
	policy cache.Policy
	kind   *preset.Kind // nil = none that the preset knows
	why    string       // why no more is shared than the shop itself calls public; empty = nothing
	query  string       // what is asked by GET in place of a posted question; empty = what the address has
	form   string       // the shop's cookies that choose a language or a currency
	fields http.Header  // request fields that do the same
}

// mayShare says what may be shared of what is asked for, or why nothing. Files are
// the same for all; anything else is shared among the anonymous only, and where
// the shop says nothing about it, only if the preset lists the kind.
func (x *exchange) mayShare() (s sharing, reason string) {
	s.policy.ErrorLife, s.policy.Most = errorLife, pageMost
	s.policy.WhileStale, s.policy.IfError = x.set.Reuse.WhileStale, x.set.Reuse.IfError
	s.policy.Full, s.policy.Owned = x.shop.gate.crowded, x.set.classify.Owned
	if x.class == falochron.ClassStatic {
		s.policy.Static, s.policy.FileLife, s.policy.Missing = true, FileLife, x.standing.Anonymous
		s.policy.Drop = x.set.classify.Drops // some shops give a session with a picture
		return s, ""
	}
	if !x.standing.Anonymous {
		return s, x.standing.Reason
	}
	form, fields, ok := x.set.classify.Forms(x.r.Header)
	if !ok {
		return s, "form-cookie"
	}
	s.form, s.fields = form, fields
	if reason := x.lands(); reason != "" {
		return s, reason
	}
	// Some shops call a page public and set a cookie of statistics with it.
	s.policy.Drop = x.set.classify.Harmless
	kind, asked, ok := x.sort()
	if !ok {
		return s, ""
	}
	if len(kind.Queries) > 0 { // an interface's session, or what it is chosen by, may have been given any name
		switch {
		case !x.set.classify.Bare(x.r.Header):
			return s, "cookie-of-the-shop"
		case !preset.Ordinary(x.r.Header):
			return s, "field-of-the-shop"
		}
		s.fields = preset.Preflighted(s.fields)
	}
	s.kind = kind
	s.policy.Reads = !safe(x.r.Method)
	if asked.Method != x.asked.Method {
		s.query = asked.Query
	}
	s.policy.Drop, s.policy.Check, s.policy.Common = x.set.classify.Drops, kind.Check, kind.IsCommon
	known := x.known(kind)
	switch may, why := known.MayShare(x.now); {
	case kind.Unproven && !x.set.classify.Bare(x.r.Header):
		s.why = "cookie-of-the-shop" // nobody knows what it means
	case kind.Unproven && !x.page:
		s.why = "not-a-page-view" // a script may say in fields of its own whose cart it means, or want a piece
	case kind.Unproven && may:
		s.policy.Micro, s.policy.Compared = kind.Life, true
	case kind.Unproven:
		s.why = why // what the shop itself calls public is, all the same
	case may:
		s.policy.Micro, s.policy.Override = kind.Life, known.Forbidden || known.Exempt
	case known.Seen && !known.Harm:
		s.policy.Micro = kind.Life // what does not forbid it, as before
	case known.Forbidden && why != falochron.TwinsDiffer:
		s.why = why // and yet some of these shops call their pages public themselves
	default:
		return s, why
	}
	if kind.Class == falochron.ClassFragment && !kind.Empty {
		// What scripts read about stock and price is as fresh as the kind says, or it is
		// read at the shop.
		s.policy.WhileStale, s.policy.IfError = 0, 0
	}
	if life := x.set.Reuse.PageLife; life > 0 && s.policy.Micro > 0 && kind.Class == falochron.ClassPage {
		s.policy.Micro = life
	}
	return s, ""
}

// sort is which kind of what is shared a request is for, and what is asked for by it: a
// question that was posted is one in the address.
func (x *exchange) sort() (kind *preset.Kind, asked preset.Request, ok bool) {
	asked = x.asked
	if as, posted := x.set.classify.Posted(asked, x.body); posted {
		asked = as
	}
	kind, ok = x.set.classify.Kind(asked, x.class)
	return kind, asked, ok
}

// known is what is known of a kind at this shop: a check that found a page to be made
// for one visitor counts against any, and what the shop forbids needs one that passed,
// and the owner's word.
func (x *exchange) known(kind *preset.Kind) falochron.SharedKind {
	sharing := x.shop.sharing.Load()
	for i := range sharing.Kinds {
		if sharing.Kinds[i].Name == kind.Name {
			return sharing.Kinds[i]
		}
	}
	return falochron.SharedKind{Forbidden: kind.Forbidden, Exempt: exempt(kind), Unproven: kind.Unproven}
}
