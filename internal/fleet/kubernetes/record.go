package kubernetes

import (
	"fmt"
	"strconv"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// The annotations in which an order in force is kept, beside what it changed. They are read
// by whoever restores, which may be another program than the one that wrote them.
const (
	noteBefore         = "falochron/before"          // the number to give back; "none" where there was none
	noteOrdered        = "falochron/ordered"         // the number that is ours
	notePrevious       = "falochron/ordered-before"  // ours before that: a call that broke may have left it
	noteMaxBefore      = "falochron/maximum-before"  // the maximum to give back, where that was raised
	noteMax            = "falochron/maximum"         // the maximum that is ours
	noteReplicasBefore = "falochron/replicas-before" // how many ran before our first order
	noteSince          = "falochron/since"           // when that was
	noteExpires        = "falochron/expires"         // when all of it is void
	noteReason         = "falochron/reason"          // why, for people
	noteReverts        = "falochron/reverts"         // how often somebody set it back and we set it again
)

var noteKeys = []string{
	noteBefore, noteOrdered, notePrevious, noteMaxBefore, noteMax, noteReplicasBefore, noteSince, noteExpires, noteReason, noteReverts,
}

// none stands for a number that was not set at all, and is to be unset again.
const none = -1

// longestReason is what of a reason is kept: an annotation is no place for stories.
const longestReason = 300

// record is an order in force, as it is kept in annotations.
type record struct {
	before         int // [none] where nothing was set
	ordered        int
	previous       int // [none] where there was none
	maxBefore, max int // 0 where the maximum is the owner's
	replicasBefore int
	since, expires time.Time
	reason         string
	reverts        int
}

// readRecord returns nil where there is no order in force. What cannot be read is an
// error: to guess at a number that is to be given back would lose it.
func readRecord(object string, notes map[string]string) (*record, error) {
	if notes[noteOrdered] == "" && notes[noteExpires] == "" && notes[noteBefore] == "" {
		return nil, nil
	}
	var bad string
	number := func(key string, absent int) int {
		s, ok := notes[key]
		if !ok {
			return absent
		}
		if s == "none" {
			return none
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n > fleet.MaxReplicas {
			bad = key
		}
		return n
	}
	at := func(key string) time.Time {
		t, err := time.Parse(time.RFC3339, notes[key])
		if err != nil {
			bad = key
		}
		return t
	}
	for _, key := range []string{noteBefore, noteOrdered} {
		if _, ok := notes[key]; !ok {
			bad = key
		}
	}
	r := &record{
		before: number(noteBefore, 0), ordered: number(noteOrdered, 0), previous: number(notePrevious, none),
		maxBefore: number(noteMaxBefore, 0), max: number(noteMax, 0), replicasBefore: number(noteReplicasBefore, 0),
		since: at(noteSince), expires: at(noteExpires), reason: notes[noteReason], reverts: number(noteReverts, 0),
	}
	if bad != "" {
		return nil, &falochron.Error{
			Kind: falochron.Conflict, Op: "read what to give back", Public: fmt.Sprintf("the annotation %s of %s was changed to %q, which cannot be read", bad, object, notes[bad]),
			Hint: "set the minimum (or the replicas) of the shop as it should be, then remove the annotations that begin with falochron/ from " + object,
		}
	}
	return r, nil
}

// notes is the record as annotations of a merge patch, where nil removes.
func (r *record) notes() map[string]any {
	out := map[string]any{}
	for _, key := range noteKeys {
		out[key] = nil
	}
	if r == nil {
		return out
	}
	number := func(n int) string {
		if n == none {
			return "none"
		}
		return strconv.Itoa(n)
	}
	out[noteBefore], out[noteOrdered] = number(r.before), number(r.ordered)
	if r.previous != none {
		out[notePrevious] = number(r.previous)
	}
	if r.max > 0 {
		out[noteMaxBefore], out[noteMax] = number(r.maxBefore), number(r.max)
	}
	out[noteReplicasBefore] = number(r.replicasBefore)
	out[noteSince], out[noteExpires] = r.since.UTC().Format(time.RFC3339), r.expires.UTC().Format(time.RFC3339)
	if r.reason != "" {
		out[noteReason] = r.reason
	}
	if r.reverts > 0 {
		out[noteReverts] = number(r.reverts)
	}
	return out
}

// stale says that an order's end has to be written anew: it is earlier than what is kept,
// or less than three quarters of the new time are left by it. A loop that orders every five
// seconds for ten minutes so writes every two and a half.
func (r *record) stale(now, expires time.Time) bool {
	expires = expires.Truncate(time.Second)
	return expires.Before(r.expires) || r.expires.Sub(now) < expires.Sub(now)*3/4
}

func cut(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most-1]) + "…"
}
