package control

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/notify"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// whom is who notices are for, with the marks of its contacts.
type whom struct {
	plan.Reader
	marks []string
}

// readerOf tells apart those who may have other contacts.
type readerOf struct {
	to   plan.Service
	shop plan.ID
	loud bool // it goes to who is on call as well
}

// told is a notice with whom it is for.
type told struct {
	*plan.Notice
	reader *whom
}

// read is what is due by the plan, with whom it is for.
func (m *Messenger) read(now time.Time) (all []told) {
	m.cfg.Plan.Read(func(b *plan.Book) {
		var notices []plan.Notice
		notices, m.next = b.Due(now)
		readers := map[readerOf]*whom{}
		for i := range notices {
			n := &notices[i]
			of := readerOf{n.To, n.Shop, n.Urgent || n.Level == plan.Everybody}
			r, have := readers[of]
			if !have {
				r = &whom{}
				r.Reader, _ = b.Reader(now, n)
				r.Contacts = slices.DeleteFunc(r.Contacts, func(c plan.Contact) bool { return !Writable(c) })
				for _, c := range r.Contacts {
					r.marks = append(r.marks, mark(c.Address))
				}
				readers[of] = r
			}
			all = append(all, told{n, r})
		}
	})
	return all
}

// enqueue puts what is due into the outbox, once for each contact. seq is the number of
// the last act in the book at least.
func (m *Messenger) enqueue(ctx context.Context, seq uint64, now time.Time) error {
	all := m.read(now)
	if window := now.Truncate(m.cfg.Window); !window.Equal(m.slot) {
		m.slot = window
		maps.DeleteFunc(m.soon, func(_ string, u *urgency) bool { return u.last.Before(now.Add(-breath)) })
		for _, u := range m.soon {
			u.messages = 0
		}
	}
	known := make(map[notedFor]struct{}, len(m.known))
	var page []store.Message
	for _, t := range all {
		if t.At.Before(now.Add(-toldFor)) {
			continue // it may have been told, and forgotten
		}
		for i, c := range t.reader.Contacts {
			key := notedFor{t.ID, t.reader.marks[i]}
			known[key] = struct{}{}
			if _, have := m.known[key]; have {
				continue
			}
			page = append(page, m.letter(t, c, seq, now))
			if len(page) == store.MaxActs {
				if err := m.put(ctx, page); err != nil {
					return err
				}
				page = page[:0]
			}
		}
	}
	if len(page) > 0 {
		if err := m.put(ctx, page); err != nil {
			return err
		}
	}
	m.known = known
	return nil
}

// put puts messages into the outbox.
func (m *Messenger) put(ctx context.Context, page []store.Message) error {
	return inTime(ctx, func(ctx context.Context) error { return m.box.Enqueue(ctx, page...) })
}

// letter is a notice for a contact, with the moment at which it is to go: what is
// urgent at once or a breath later, the rest when the window is over that it falls into,
// outside of quiet hours. The windows of all processes are the same, so that it does not matter
// which of them gathers.
func (m *Messenger) letter(t told, c plan.Contact, seq uint64, now time.Time) store.Message {
	e := envelope{Letters: []letter{write(t.Notice, &t.reader.Reader, c)}}
	l := &e.Letters[0]
	due := now
	if l.Urgent {
		to := recipient(l)
		if m.soon[to] == nil {
			m.soon[to] = &urgency{}
		}
		due = m.soon[to].next(now)
		e.Crowded = m.soon[to].messages > maxSoon
	}
	switch {
	case e.Crowded:
		due = now.Truncate(m.cfg.Window).Add(m.cfg.Window)
	case !l.Urgent:
		due = awake(t.reader.Quiet, t.reader.Zone, now.Truncate(m.cfg.Window).Add(m.cfg.Window))
	}
	return store.Message{Key: l.Key, Lane: laneNotice, Act: seq, Due: due, Body: e.body()}
}

// Writable reports whether a contact can be written to. Who is on call may have a
// telephone only, which people ring.
func Writable(c plan.Contact) bool { return !strings.HasPrefix(c.Address, "tel:") }

// recipient tells apart those whose messages are gathered.
func recipient(l *letter) string {
	return string(l.To.Party) + "/" + string(l.To.Role) + "/" + l.Contact
}

// awake is the moment, or the end of the quiet hours in which it lies.
func awake(quiet plan.Hours, zone *time.Location, at time.Time) time.Time {
	r := notify.Rhythm{Zone: zone, Quiet: notify.Quiet{From: notify.Clock(quiet.From), To: notify.Clock(quiet.Until)}}
	if _, again := r.Due(make([]notify.Waiting, 1), time.Time{}, at); again.After(at) {
		return again
	}
	return at
}
