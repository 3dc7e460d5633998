package plan

import "time"

// longestEvening is how long a sales evening lasts at most.
const longestEvening = 14 * day

// wavesNear are the waves of the actor's shops that may clash with a campaign, its own
// among them: so that what is asked of one campaign does not cost all of a year with
// thousands. With m, that is one of its own as well.
func (b *Book) wavesNear(who Actor, now time.Time, k *campaign, m moment) (waves []wave) {
	first, last, reach := m.at, m.at, max(hostHour, m.lasts, m.early)
	add := func(t time.Time) {
		if first.IsZero() || t.Before(first) {
			first = t
		}
		if t.After(last) {
			last = t
		}
	}
	for i := range k.Posts {
		add(k.Posts[i].At)
	}
	for i := range k.Evenings {
		e := &k.Evenings[i]
		add(e.Start)
		reach = max(reach, e.Lasts, e.PreQueue)
	}
	near := func(t time.Time, reach time.Duration) bool {
		return !t.Before(first.Add(-reach)) && !t.After(last.Add(reach))
	}
	for _, s := range b.shops {
		if !b.serves(who, s) {
			continue
		}
		for _, id := range s.campaigns {
			o := b.campaigns[id]
			is := o == k
			for i := 0; i < len(o.Posts) && !is; i++ {
				is = near(o.Posts[i].At, reach)
			}
			for i := 0; i < len(o.Evenings) && !is; i++ {
				is = near(o.Evenings[i].Start, longestEvening)
			}
			if is {
				waves = b.wavesIn(waves, s, o, now)
			}
		}
	}
	return waves
}
