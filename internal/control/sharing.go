package control

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
)

// SharingView is what is known of a shop's pages, and what follows from it now.
type SharingView struct {
	falochron.Sharing
	Kinds []KindView `json:"kinds"`
}

// KindView is one kind of page as the API shows it.
type KindView struct {
	falochron.SharedKind
	Shared bool   `json:"shared"`           // now
	Reason string `json:"reason,omitempty"` // why not, in a fixed vocabulary; see [falochron.SharedKind.MayShare]
	Asks   bool   `json:"asks"`             // it passed, and only the owner's word is missing
}

func sharingView(s falochron.Sharing, now time.Time) SharingView {
	v := SharingView{Sharing: s, Kinds: []KindView{}}
	for _, k := range s.Kinds {
		may, why := k.MayShare(now)
		v.Kinds = append(v.Kinds, KindView{SharedKind: k, Shared: may, Reason: why, Asks: why == "owner-not-asked"})
	}
	return v
}

// SharingChange is what became of a change of what may be shared.
type SharingChange struct {
	Sharing falochron.Sharing // in force now
	Audit   *journal.Entry    // nil if nothing had to change, or nobody in particular changed it
	Warning string            // it is in force, but something about it went wrong
}

// ChangeSharing changes what is known of a shop's pages: it hands a copy to edit,
// which changes it and returns a note of what it did, "" for nothing that people
// should read about. The copy is put in force, and the note is written down as
// actor's doing; without an actor, as something that happened. An error of edit
// leaves everything as it was.
//
// Whatever checks the pages in the background uses it, too: so the owner's word is
// never given for evidence that is being replaced.
func (c *Control) ChangeSharing(shop, actor string, edit func(*falochron.Sharing) (note string, err error)) (SharingChange, error) {
	next, note, fault, err := c.putSharing(shop, edit)
	if err != nil {
		return SharingChange{Sharing: next}, err
	}
	done := SharingChange{Sharing: next}
	if fault != nil {
		c.log.Error("save what may be shared", "err", fault, "shop", shop)
		done.Warning = "it is in force, but the data folder did not take it: after a restart the owner is asked again"
	}
	if note == "" {
		return done, nil
	}
	record := falochron.Record{Time: time.Now(), Shop: shop, Actor: actor, Note: note}
	if actor == "" {
		c.cfg.Journal.Append(record)
	} else {
		record.ID = "audit-" + rand.Text()[:12]
		entry := journal.EntryOf(record)
		done.Audit = &entry
		if err := c.cfg.Journal.Audit(record); err != nil {
			c.log.Error("write audit record", "err", err, "shop", shop, "actor", actor, "note", note)
			done.Warning = "it is in force, but the audit file did not take the record"
		}
	}
	c.log.Info("sharing changed", "shop", shop, "actor", actor, "note", note)
	return done, nil
}

// putSharing reads, changes and publishes under one lock. fault says that what is
// in force could not be saved.
func (c *Control) putSharing(shop string, edit func(*falochron.Sharing) (string, error)) (next falochron.Sharing, note string, fault, err error) {
	c.sharing.Lock()
	defer c.sharing.Unlock()
	now, err := c.sharingOf(shop)
	if err != nil {
		return now, "", nil, err
	}
	next = now
	next.Kinds = slices.Clone(now.Kinds) // the edge reads the old list without a lock
	if note, err = edit(&next); err != nil {
		return now, "", nil, err
	}
	if sameSharing(now, next) {
		return now, "", nil, nil
	}
	return next, note, c.cfg.SetSharing(shop, next), nil
}

func sameSharing(a, b falochron.Sharing) bool {
	return a.Refused == b.Refused && a.Asked.Equal(b.Asked) && a.Compared.Equal(b.Compared) && slices.EqualFunc(a.Kinds, b.Kinds, func(x, y falochron.SharedKind) bool {
		return x.Name == y.Name && x.Forbidden == y.Forbidden && x.Seen == y.Seen && x.Checked.Equal(y.Checked) && x.Passed == y.Passed && x.Harm == y.Harm && x.Why == y.Why &&
			x.Confirmed.Equal(y.Confirmed) && slices.Equal(x.Spans, y.Spans)
	})
}

func (c *Control) sharingOf(shop string) (falochron.Sharing, error) {
	if c.cfg.Sharing == nil || c.cfg.SetSharing == nil {
		return falochron.Sharing{}, &falochron.Error{
			Kind: falochron.Unavailable, Op: "look what may be shared", Public: "nothing is known of the shops' pages here",
		}
	}
	s, ok := c.cfg.Sharing(shop)
	if !ok {
		return s, noShop(shop)
	}
	return s, nil
}

func (c *Control) getSharing(w http.ResponseWriter, r *http.Request, _ actor) error {
	s, err := c.sharingOf(r.PathValue("shop"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]any{"sharing": sharingView(s, time.Now())})
}

// postConfirm takes the owner's word that a kind may be shared although the shop
// forbids to store it. It may be given before the first check, by somebody who has
// made one himself; it has no effect until a check here passes. A body may name the
// check whose evidence was seen, {"checked": "2026-11-27T18:00:00Z"}, and say that the
// caller has seen the shop forbid it, of which this side may not know yet:
// {"forbidden": true}.
func (c *Control) postConfirm(w http.ResponseWriter, r *http.Request, who actor) error {
	var body struct {
		Checked   *time.Time `json:"checked"`
		Forbidden bool       `json:"forbidden"`
	}
	if r.ContentLength != 0 {
		if err := readBody(w, r, &body); err != nil {
			return err
		}
	}
	return c.word(w, r, who, "confirmed", func(k *falochron.SharedKind) error {
		conflict := func(public, hint string) error {
			return &falochron.Error{Kind: falochron.Conflict, Op: "allow to share", Public: public, Hint: hint}
		}
		if body.Forbidden && !k.Forbidden {
			k.Forbidden, k.Seen = true, true
		}
		switch {
		case k.Exempt:
			return conflict("whoever has no cart is shown the same empty one, so no word is needed", "nothing has to be done")
		case !k.NeedsWord():
			return conflict("the shop does not forbid to store these pages, so no word is needed", "nothing has to be done")
		case body.Checked != nil && !body.Checked.Equal(k.Checked):
			return conflict("the pages were compared again meanwhile", "look at the evidence again")
		case !k.Checked.IsZero() && !k.Passed:
			return conflict("these pages did not pass the last check: "+k.Why, "they can be allowed once a check passes")
		}
		if k.Confirmed.IsZero() {
			k.Confirmed = time.Now().UTC().Truncate(time.Second)
		}
		return nil
	})
}

// postWithdraw takes the owner's word back. A body may say that the caller has
// compared the pages himself and found that they differ: {"differs": "a form is made
// for one visitor", "harm": true}. Then they count as different until they are compared
// here again; with harm they are not shared even where the shop forbids nothing.
func (c *Control) postWithdraw(w http.ResponseWriter, r *http.Request, who actor) error {
	var body struct {
		Differs string `json:"differs"`
		Harm    bool   `json:"harm"`
	}
	if r.ContentLength != 0 {
		if err := readBody(w, r, &body); err != nil {
			return err
		}
		if n := len(body.Differs); n == 0 || n > maxDiffers {
			return &falochron.Error{
				Kind: falochron.Invalid, Op: "stop sharing", Public: "differs is missing or too long",
				Hint: fmt.Sprintf("say in a sentence what differs, in at most %d bytes; or send no body", maxDiffers),
			}
		}
	}
	return c.word(w, r, who, "withdrawn", func(k *falochron.SharedKind) error {
		k.Confirmed = time.Time{}
		if body.Differs != "" {
			k.Checked, k.Passed, k.Harm = time.Now().UTC().Truncate(time.Second), false, k.Harm || body.Harm
			k.Why, k.Spans = "compared by hand: "+body.Differs, nil
		}
		return nil
	})
}

// maxDiffers is how long a sentence may be that says what differs, in bytes.
const maxDiffers = 1000

// postLook asks that the shop's pages be compared now, and not when it is time. It is
// begun within half a minute, as soon as nobody waits at the shop; what it finds is
// seen as after any comparison.
func (c *Control) postLook(w http.ResponseWriter, r *http.Request, who actor) error {
	if r.ContentLength != 0 {
		if err := readBody(w, r, &struct{}{}); err != nil {
			return err
		}
	}
	done, err := c.ChangeSharing(r.PathValue("shop"), who.name, func(s *falochron.Sharing) (string, error) {
		switch {
		case len(s.Kinds) == 0:
			return "", &falochron.Error{
				Kind: falochron.Conflict, Op: "compare the pages", Public: "nothing of this shop is shared by kind, so nothing has to be compared",
				Hint: "a shop whose software is not known yet has no kinds",
			}
		case !s.Asked.IsZero():
			return "", nil // it is asked for already
		}
		s.Asked = time.Now().UTC().Truncate(time.Second)
		return "sharing: comparison → ordered", nil
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]any{
		"sharing": sharingView(done.Sharing, time.Now()), "audit": done.Audit, "warning": done.Warning,
	})
}

// word changes one kind of a shop's pages and answers with what is in force now.
func (c *Control) word(w http.ResponseWriter, r *http.Request, who actor, became string, edit func(*falochron.SharedKind) error) error {
	name := r.PathValue("kind")
	done, err := c.ChangeSharing(r.PathValue("shop"), who.name, func(s *falochron.Sharing) (string, error) {
		i := slices.IndexFunc(s.Kinds, func(k falochron.SharedKind) bool { return k.Name == name })
		if i < 0 {
			return "", noKind("this shop has no such kind of page")
		}
		if err := edit(&s.Kinds[i]); err != nil {
			return "", err
		}
		return fmt.Sprintf("sharing: %s → %s", name, became), nil
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]any{
		"sharing": sharingView(done.Sharing, time.Now()), "audit": done.Audit, "warning": done.Warning,
	})
}

func noKind(public string) error {
	return &falochron.Error{
		Kind: falochron.NotFound, Op: "allow to share", Public: public,
		Hint: "GET …/sharing lists them; a shop whose software is not known yet has none",
	}
}

// LeftOut is a kind of page that a word for all of them has not changed.
type LeftOut struct {
	Name string `json:"name"`
	// Reason is one of [falochron.SharedKind.MayShare], or: not-forbidden (it needs no
	// word), allowed-already, not-allowed (no word to take back), not-named (the
	// caller named others).
	Reason string `json:"reason"`
}

// postAllow takes the owner's word for every kind that passed and lacks only that.
// What was never compared is left out: nobody has seen anything of it. A body may name
// the checks whose evidence was seen, {"checked": {"product": "2026-11-27T18:00:00Z"}}:
// then the word is for those kinds only, and for none if one of them was compared
// again.
func (c *Control) postAllow(w http.ResponseWriter, r *http.Request, who actor) error {
	var body struct {
		Checked map[string]time.Time `json:"checked"`
	}
	if r.ContentLength != 0 {
		if err := readBody(w, r, &body); err != nil {
			return err
		}
	}
	now := time.Now()
	return c.wordForAll(w, r, who, "confirmed", func(kinds []falochron.SharedKind) error {
		known := 0
		for _, k := range kinds {
			seen, named := body.Checked[k.Name]
			if !named {
				continue
			}
			known++
			if !seen.Equal(k.Checked) {
				return &falochron.Error{
					Kind: falochron.Conflict, Op: "allow to share", Hint: "look at the evidence again",
					Public: "some of the pages were compared again meanwhile (" + k.Name + "), so nothing was allowed",
				}
			}
		}
		if known < len(body.Checked) {
			return noKind("this shop does not have all these kinds of pages")
		}
		return nil
	}, func(k *falochron.SharedKind) (leftOut string) {
		may, why := k.MayShare(now)
		_, named := body.Checked[k.Name]
		switch {
		case body.Checked != nil && !named:
			return "not-named"
		case may && !k.NeedsWord():
			return "not-forbidden"
		case may:
			return "allowed-already"
		case why != "owner-not-asked":
			return why
		}
		k.Confirmed = now.UTC().Truncate(time.Second)
		return ""
	})
}

// postWithdrawAll takes back every word that was given. What the shop does not
// forbid goes on being shared: that needs no word.
func (c *Control) postWithdrawAll(w http.ResponseWriter, r *http.Request, who actor) error {
	return c.wordForAll(w, r, who, "withdrawn", nil, func(k *falochron.SharedKind) (leftOut string) {
		switch {
		case !k.Confirmed.IsZero():
			k.Confirmed = time.Time{}
			return ""
		case !k.NeedsWord():
			return "not-forbidden"
		}
		return "not-allowed"
	})
}

// wordForAll changes all kinds of a shop's pages at once, or none, with one line of
// audit, and answers with the names of those that were changed and why others were
// not. edit changes one kind, or says why it is left out; look, unless nil, sees
// them all before.
func (c *Control) wordForAll(w http.ResponseWriter, r *http.Request, who actor, became string, look func([]falochron.SharedKind) error, edit func(*falochron.SharedKind) (leftOut string)) error {
	changed, left := []string{}, []LeftOut{}
	done, err := c.ChangeSharing(r.PathValue("shop"), who.name, func(s *falochron.Sharing) (string, error) {
		if look != nil {
			if err := look(s.Kinds); err != nil {
				return "", err
			}
		}
		for i := range s.Kinds {
			k := &s.Kinds[i]
			if why := edit(k); why != "" {
				left = append(left, LeftOut{k.Name, why})
			} else {
				changed = append(changed, k.Name)
			}
		}
		return fmt.Sprintf("sharing: %s → %s", strings.Join(changed, ", "), became), nil
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]any{
		"changed": changed, "left_out": left,
		"sharing": sharingView(done.Sharing, time.Now()), "audit": done.Audit, "warning": done.Warning,
	})
}
