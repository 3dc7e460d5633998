package plan

import "time"

// Source says where a post or an evening was read from, if nobody typed it here: an
// imported file, or a scheduler. Only one of a shop's posts and evenings has a key, so
// that what is said twice is one.
type Source struct {
	Key string `json:"key,omitempty"` // what it is called there
	// Print is a fingerprint of what was said there last: who says the same again
	// changes nothing, not even what was moved here meanwhile.
	Print string `json:"print,omitempty"`
}

const (
	maxKey   = 250 // characters; longer ones are a fingerprint of themselves
	maxPrint = 64
)

// check refuses a source that cannot be kept, or that another post or evening of the
// shop has.
func (o *Source) check(b *Book, s *shop, of ID, who Actor) error {
	if err := first(text("key", o.Key, maxKey), text("print", o.Print, maxPrint)); err != nil || o.Key == "" {
		return err
	}
	if k, m, _ := b.sourced(s, o.Key); k != nil && m.id != of {
		return conflicts(Reason{Kind: "same-post", What: nameFor(who, m.what), Ref: m.id})
	}
	return nil
}

// sourced is what came to the shop under a key; nil: nothing did.
func (b *Book) sourced(s *shop, key string) (*campaign, moment, Source) {
	for _, id := range s.campaigns {
		k := b.campaigns[id]
		for i := range k.Posts {
			if p := &k.Posts[i]; p.Source.Key == key {
				return k, p.moment(), p.Source
			}
		}
		for i := range k.Evenings {
			if e := &k.Evenings[i]; e.Source.Key == key {
				return k, e.moment(), e.Source
			}
		}
	}
	return nil, moment{}, Source{}
}

// Sourced is a post or an evening that came from elsewhere.
type Sourced struct {
	Campaign ID
	Ref      ID // of the post or evening
	Evening  bool
	At       time.Time
	State    State // [Cancelled] also of a campaign that was called off
	Source   Source
}

// Sourced finds the post or evening that came to a shop under a key; found is false if
// none did. Who does not serve the shop learns nothing of it.
func (b *Book) Sourced(now time.Time, who Actor, shop ID, key string) (out Sourced, found bool, err error) {
	if err := b.admit(now, who); err != nil {
		return out, false, err
	}
	s, err := b.shopOf(who, shop)
	if err != nil {
		return out, false, err
	}
	k, m, of := b.sourced(s, key)
	if k == nil || key == "" {
		return out, false, nil
	}
	out = Sourced{Campaign: k.ID, Ref: m.id, Evening: m.evening, At: m.at, State: m.state, Source: of}
	if k.Cancelled {
		out.State = Cancelled
	}
	return out, true, nil
}

// revision is how often others had to hear of a change of a post or an evening since
// it was announced, and when anything of it was changed last.
func (c *campaign) revision(id ID) (changes int, at time.Time) {
	own, all := c.changes[string(id)], c.changes[""]
	changes, at = max(own.n+all.n-1, 0), later(own.at, all.at)
	for i := len(c.log.entries) - 1; i >= 0; i-- {
		if e := &c.log.entries[i]; e.What.Ref == id {
			return changes, later(at, e.At)
		}
	}
	return changes, at
}
