package plan

import "time"

// move is a change of a post or an evening: its number, when it was made, and from when
// to when the moment went. The first one announces it, and goes from nowhere.
type move struct {
	n           int
	at, was, to time.Time
}

// span is from when a step is asked, and until when, after the last move of what it is
// counted from. answered says that there was an answer for an earlier moment.
func (s *Step) span(created time.Time, last move, answered bool, zone *time.Location) (asked, due time.Time) {
	due = s.due(last.to, zone)
	known := created
	// A move gives time anew for what was answered for the moment before, and for what
	// was not due by it yet; what was missing stays missing.
	if last.at.After(known) && (last.was.IsZero() || s.Timed && answered || s.due(last.was, zone).After(last.at)) {
		known = last.at
	}
	if due.Before(known) {
		air := s.Late / 2
		if s.Days <= 0 && s.After <= 0 {
			air = min(air, max(0, last.to.Sub(known))/2)
		}
		due = known.Add(air).In(zone)
	}
	return earlier(later(due.Add(-s.Ahead), known), due).In(zone), due
}

// ladder is when the owner of a step is told: when it is asked, once more when it is due,
// and with everybody when it is late.
func (s *Step) ladder(asked, due time.Time) []rung {
	again := due
	if !asked.Before(due) {
		again = due.Add(s.Late / 2)
	}
	return []rung{{at: asked, level: Asking}, {at: again, level: Again}, {at: due.Add(s.Late), level: Everybody}}
}

// anew is the number of the move with which a step is asked anew. A move of what nobody
// has answered is told as a move, and not as another question: only the first after
// an answer counts, and one that takes the step back to before what its owner was told,
// since there is a later time then at which it has to be said again. The number grows
// with what counts, so that a question is never taken for one before.
func (s *Step) anew(created time.Time, moves []move, given kept, answered bool, zone *time.Location) (n int) {
	for i, m := range moves {
		if i == 0 || answered && m.n <= given.n+1 {
			n = m.n
			continue
		}
		told := func(last move) (n int) {
			asked, due := s.span(created, last, answered && m.n > given.n, zone)
			for _, r := range s.ladder(asked, due) {
				if !r.at.After(m.at) {
					n++
				}
			}
			return n
		}
		if told(moves[i-1]) > told(m) {
			n = m.n
		}
	}
	return n
}

// moved keeps a move for [Step.anew].
func (c *campaign) moved(id ID, n int, at, was time.Time) {
	if m, found := c.find(id); found {
		c.moves[id] = append(c.moves[id], move{n, at, was, m.at})
	}
}

// answer notes an answer to a step, with how often that had moved by then which the step
// is counted from.
func (c *campaign) answer(p promise, given kept) {
	given.of = p.moment
	if all := c.moments(); given.of == "" && len(all) > 0 {
		given.of = all[0].id
	}
	given.n = c.changes[string(given.of)].n
	c.confirmed[p] = given
}
