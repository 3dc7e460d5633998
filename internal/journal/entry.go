package journal

import (
	"time"

	"github.com/falochron/falochron"
)

// Entry is a record as it is written for machines: the API's answer and the
// audit file's line. Names instead of numbers, so that it can be read years
// later; empty fields are left out. Fields are only ever added.
type Entry struct {
	Time      time.Time `json:"time"`
	ID        string    `json:"id,omitempty"`
	Shop      string    `json:"shop,omitempty"`
	Client    string    `json:"client,omitempty"` // shortened address
	Class     string    `json:"class,omitempty"`
	Lane      string    `json:"lane,omitempty"`
	Method    string    `json:"method,omitempty"`
	Path      string    `json:"path,omitempty"` // without the query
	Status    int       `json:"status,omitempty"`
	Action    string    `json:"action,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Limit     string    `json:"limit,omitempty"`
	Bound     float64   `json:"bound,omitempty"`
	Unit      string    `json:"unit,omitempty"`  // of bound, in words
	Would     bool      `json:"would,omitempty"` // watch mode: it passed, this is what would have been
	Session   string    `json:"session,omitempty"`
	Place     uint64    `json:"place,omitempty"`
	Ahead     int       `json:"ahead,omitempty"`
	WaitedMS  float64   `json:"waited_ms,omitempty"`
	TookMS    float64   `json:"took_ms,omitempty"`
	Origin    string    `json:"origin,omitempty"`
	InFlight  int       `json:"in_flight,omitempty"`  // at the shop when decided
	LimitThen int       `json:"limit_then,omitempty"` // concurrency limit when decided
	Actor     string    `json:"actor,omitempty"`
	Note      string    `json:"note,omitempty"`
}

// EntryOf writes a record. Records about no request (an audit record, an event)
// have no class and no action.
func EntryOf(r falochron.Record) Entry {
	e := Entry{
		Time: r.Time.UTC(), ID: r.ID, Shop: r.Shop, Client: r.Client, Lane: r.Lane, Method: r.Method, Path: r.Path,
		Status: r.Status, Session: r.Session, Place: r.Place, Ahead: r.Ahead,
		WaitedMS: milliseconds(r.Waited), TookMS: milliseconds(r.Took), Origin: r.Origin,
		InFlight: r.InUse, LimitThen: r.Allowed, Actor: r.Actor, Note: r.Note,
		Reason: r.Verdict.Reason, Limit: r.Verdict.Limit, Bound: r.Verdict.Bound, Would: r.Verdict.Would,
	}
	if e.Bound != 0 {
		e.Unit = r.Verdict.Unit()
	}
	if r.Method != "" {
		e.Class, e.Action = r.Class.String(), r.Verdict.Action.String()
	}
	return e
}

// Record reads an entry back. Names this version does not know become the first
// of their kind.
func (e Entry) Record() falochron.Record {
	r := falochron.Record{
		Time: e.Time, ID: e.ID, Shop: e.Shop, Client: e.Client, Lane: e.Lane, Method: e.Method, Path: e.Path,
		Status: e.Status, Session: e.Session, Place: e.Place, Ahead: e.Ahead,
		Waited: duration(e.WaitedMS), Took: duration(e.TookMS), Origin: e.Origin,
		InUse: e.InFlight, Allowed: e.LimitThen, Actor: e.Actor, Note: e.Note,
		Verdict: falochron.Verdict{Reason: e.Reason, Limit: e.Limit, Bound: e.Bound, Would: e.Would},
	}
	for c := range falochron.NumClasses {
		if c.String() == e.Class {
			r.Class = c
		}
	}
	for a := range falochron.NumActions {
		if a.String() == e.Action {
			r.Verdict.Action = a
		}
	}
	return r
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func duration(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
