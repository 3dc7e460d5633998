package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Rhythm says how one person wants to be told: not at night, and not twenty times in a
// minute.
type Rhythm struct {
	// Zone is where the person is. Nil means UTC.
	Zone *time.Location
	// Quiet are the hours in which only urgent messages go.
	Quiet Quiet
	// Window is the least time between two that are not urgent; what comes in it is
	// gathered and becomes one. Zero or negative means that nothing is gathered, but
	// what is urgent at the same moment.
	Window time.Duration
}

// Waiting is a message that has not gone yet.
type Waiting struct {
	Message Message
	Since   time.Time // when it was written
	// Leads says that it tells what happened, and the others what follows from it: of
	// several urgent ones it is the headline.
	Leads bool
}

// Batch is what is to be sent as one.
type Batch struct {
	Message Message
	// IDs are the messages in it, in order. Who keeps them must note which batch they went
	// into before it is sent: another try has the same batch, not a larger one.
	IDs []string
}

// Due says which of the messages waiting for one recipient are to be sent now, and when to
// look again; zero if nothing waits. last is when the last message that was not urgent
// went out to them, zero for never. A message that is waiting twice goes once.
//
//  1. Urgent messages go now. Those that go at the same moment go as one: what leads is
//     its headline, the others are listed below.
//  2. In quiet hours the others wait until these end.
//  3. Within Window of the last one they wait until it is over.
//  4. Then all that wait go as one, in the order in which they were written.
//
// What has more links than one message may carry goes as several.
func (r Rhythm) Due(waiting []Waiting, last, now time.Time) (send []Batch, again time.Time) {
	zone := r.Zone
	if zone == nil {
		zone = time.UTC
	}
	waiting = slices.Clone(waiting)
	slices.SortStableFunc(waiting, func(a, b Waiting) int { return a.Since.Compare(b.Since) })
	seen := map[string]bool{}
	var calm, urgent []Waiting
	for _, w := range waiting {
		switch {
		case seen[w.Message.ID]:
		case w.Message.Urgency == Urgent:
			urgent = append(urgent, w)
		default:
			calm = append(calm, w)
		}
		seen[w.Message.ID] = true
	}
	slices.SortStableFunc(urgent, func(a, b Waiting) int { return after(a.Leads) - after(b.Leads) })
	for len(urgent) > 0 {
		n := fitting(urgent)
		send = append(send, head(urgent[:n]))
		urgent = urgent[n:]
	}
	if len(calm) == 0 {
		return send, time.Time{}
	}
	if at := r.opens(last, now, zone); at.After(now) {
		return send, at
	}
	if r.Window <= 0 {
		for _, w := range calm {
			send = append(send, Batch{Message: w.Message, IDs: []string{w.Message.ID}})
		}
		return send, time.Time{}
	}
	for len(calm) > 0 {
		n := fitting(calm)
		send = append(send, gather(calm[:n], zone))
		calm = calm[n:]
	}
	return send, time.Time{}
}

// after orders what leads before the rest.
func after(leads bool) int {
	if leads {
		return 0
	}
	return 1
}

// opens is when the next calm message may go: now, or later.
func (r Rhythm) opens(last, now time.Time, zone *time.Location) time.Time {
	at := now
	if over := last.Add(r.Window); !last.IsZero() && r.Window > 0 && over.After(at) {
		at = over
	}
	if end, quiet := r.Quiet.until(at, zone); quiet {
		at = end
	}
	return at
}

// maxGathered is how many messages become one: each has a line, and Discord takes 2,000
// characters.
const maxGathered = 20

// fitting is how many of the first messages become one.
func fitting(all []Waiting) int {
	links := 0
	for i, w := range all {
		links += len(w.Message.Links)
		if i > 0 && (links > MaxLinks || i >= maxGathered) {
			return i
		}
	}
	return len(all)
}

// head makes one message of several urgent ones: the first is the headline, and the
// others are a list below it, those with the same line together. Its own text stands at
// the end, before the buttons.
func head(all []Waiting) Batch {
	one := all[0].Message
	if len(all) == 1 {
		return Batch{Message: one, IDs: []string{one.ID}}
	}
	var ids []string
	var text strings.Builder
	one.Links = nil
	line := "" // of those that are being listed
	for i, w := range all {
		m := w.Message
		m.Urgency = Normal // the headline says it for all
		ids = append(ids, m.ID)
		if i > 0 {
			if m.line() != line || i == 1 {
				line = m.line()
				text.WriteString("\n\n" + line)
			}
			text.WriteString("\n• " + m.title())
		}
		for _, l := range m.Links {
			one.Links = append(one.Links, Link{Label: m.label(l) + ": " + m.title(), URL: l.URL})
		}
	}
	text.WriteString("\n\n" + manyLines(one.Text))
	one.Text, one.ID = strings.Trim(text.String(), "\n"), idOf(ids)
	return Batch{Message: one, IDs: ids}
}

// idOf is the id of a message that is made of others.
func idOf(ids []string) string {
	hash := sha256.Sum256([]byte(strings.Join(ids, "\n")))
	return "gathered-" + hex.EncodeToString(hash[:16])
}

// gather makes one message of several: of each the title and the line, or the text where
// it has no line. Its id is made of theirs.
func gather(all []Waiting, zone *time.Location) Batch {
	first := all[0].Message
	if len(all) == 1 {
		return Batch{Message: first, IDs: []string{first.ID}}
	}
	one := Message{Recipient: first.Recipient, Language: first.Language}
	one.Subject = fmt.Sprintf(one.word("%d messages", "%d wiadomości"), len(all)) // Polish: the same from 2 on
	var ids, titles []string
	var text strings.Builder
	for _, w := range all {
		m := &w.Message
		ids, titles = append(ids, m.ID), append(titles, m.title())
		fmt.Fprintf(&text, "%s  %s\n", w.Since.In(zone).Format("15:04"), m.title())
		more := m.line()
		if more == "" { // what else is to be known has room in a message of its own only
			more = manyLines(m.Text)
		}
		text.WriteString(strings.TrimLeft(more+"\n\n", "\n"))
		for _, l := range m.Links {
			one.Links = append(one.Links, Link{Label: m.label(l) + ": " + m.title(), URL: l.URL})
		}
	}
	one.Line, one.Text = cut(strings.Join(titles, " · "), maxTitle), strings.TrimRight(text.String(), "\n")
	one.ID = idOf(ids)
	return Batch{Message: one, IDs: ids}
}
