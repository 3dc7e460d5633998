package plan

import "time"

// News is how many acts there are that the actor may read of: those of its shops, of
// their campaigns, and of its own party. What was shown when it was another number is
// old. A link that is over is refused, as everywhere.
//
// Who of another party is on call is not counted: that party's history is its own.
func (b *Book) News(now time.Time, who Actor) (int, error) {
	if err := b.admit(now, who); err != nil {
		return 0, err
	}
	n := 0
	for _, s := range b.shops {
		if b.serves(who, s) {
			n += s.acts
		}
	}
	for id := range b.parties {
		if b.reads(who, id) {
			n += b.parties[id].acts
		}
	}
	return n, nil
}

// reads reports whether the actor may read what was done to a party.
func (b *Book) reads(who Actor, id ID) bool {
	return b.party(id) != nil && (who.Role == Operator || who.Party == id && who.Role != Machine && !b.limited(who))
}
