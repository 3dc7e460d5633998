package falochron

import (
	"slices"
	"time"
)

// LineState is how it is before a shop for whoever comes now.
type LineState string

// The states.
const (
	LineNone     LineState = "none"     // nobody stands in line
	LineWaiting  LineState = "waiting"  // people do
	LinePrequeue LineState = "prequeue" // an announced start is ahead, and its waiting room is open
	LineHeld     LineState = "held"     // nobody is let in; order is kept
)

// Line is how it is before a shop, the same for everybody. What fans are told on any
// page, and what the people of a campaign are told on theirs, is made of it.
type Line struct {
	State  LineState
	Down   bool // the shop does not answer
	InLine int  // people
	// Wait is what a newcomer would be told while people stand in line. Zero: not known,
	// or no line.
	Wait  time.Duration
	Start time.Time // of LinePrequeue; else zero
}

// Line is how it was before the shop at that moment.
func (v *Vitals) Line() Line {
	l := Line{State: LineNone, InLine: v.InLine}
	switch {
	case v.Mode == ModeOff || v.Mode == ModeWatch: // nobody stands in line
		l.InLine = 0
	case v.Mode == ModeHold:
		l.State = LineHeld
	case v.Opening.Open && v.Time.Before(v.Opening.Start):
		l.State, l.Start = LinePrequeue, v.Opening.Start
	case v.InLine > 0:
		l.State, l.Wait = LineWaiting, time.Duration(v.FrontWaitSecs)*time.Second
	}
	l.Down = v.Binding == "shop-dead" || len(v.Replicas) > 0 && !slices.ContainsFunc(v.Replicas, func(r ReplicaVitals) bool { return r.Healthy })
	return l
}
