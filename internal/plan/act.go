package plan

import (
	"encoding/json"
	"fmt"
	"time"
)

// Act is something that was done. It is kept for ever as JSON: fields are added, never
// renamed; a change of meaning is a new version of its kind.
type Act struct {
	Kind    string          `json:"kind"`
	Version int             `json:"version"`
	At      time.Time       `json:"at"`
	Actor   Actor           `json:"actor"`
	Body    json.RawMessage `json:"body"`
	// Warnings say what the act clashes with, as far as its actor may see it. They are
	// not part of the act: they follow from it.
	Warnings []Conflict `json:"-"`
}

// version is that of all kinds so far.
const version = 1

// maxAct is the longest act in bytes. The longest body within the bounds of this room
// is a shop with all its parties.
const maxAct = 64 << 10

// kinds are all acts that this release knows.
var kinds = map[string]func([]byte) (Command, error){
	"shop-put": body[PutShop], "shop-removed": body[RemoveShop],
	"party-put": body[PutParty], "party-changed-itself": body[PutOwnParty], "party-removed": body[RemoveParty], "on-call-set": body[SetOnCall],
	"campaign-put": body[PutCampaign], "post-put": body[PutPost], "evening-put": body[PutEvening],
	"window-put": body[PutWindow], "window-removed": body[RemoveWindow],
	"step-confirmed": body[Confirm], "step-withdrawn": body[Withdraw],
	"slipped": body[Slip], "cancelled": body[Cancel], "posting": body[PostNow], "post-reported": body[ReportPost],
	"taken-back": body[TakeBack], "checked": body[RecordChecks], "came": body[RecordOutcome], "seen": body[RecordSight],
	"acknowledged": body[Acknowledge], "link-given": body[GiveLink], "link-revoked": body[RevokeLink],
	"fans-told": body[TellFans], "reach-shown": body[ShowReach],
	"post-asked": body[AskPost], "post-answered": body[AnswerPost],
	"capacity-recorded": body[RecordCapacity], "reserve-recorded": body[RecordReserve],
}

func body[T Command](raw []byte) (Command, error) {
	var c T
	err := json.Unmarshal(raw, &c)
	return c, err
}

// ParseAct reads an act. Kinds and versions that are not known are no error; what is
// no act at all is.
func ParseAct(raw []byte) (Act, error) {
	if len(raw) > maxAct {
		return Act{}, fmt.Errorf("an act of %d bytes, at most %d", len(raw), maxAct)
	}
	var a Act
	if err := json.Unmarshal(raw, &a); err != nil {
		return Act{}, fmt.Errorf("no act: %w", err)
	}
	if a.Kind == "" || a.Version < 1 || a.At.IsZero() || len(a.Body) == 0 {
		return Act{}, fmt.Errorf("no act: it has no kind, version, time or body")
	}
	a.At = a.At.UTC()
	return a, nil
}

// done makes an act of a completed command.
func done(now time.Time, who Actor, c Command) (Act, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return Act{}, fmt.Errorf("write the act %s: %w", c.kind(), err)
	}
	return Act{Kind: c.kind(), Version: version, At: now, Actor: who, Body: raw}, nil
}

// command is the completed command of the act, or nil if this release does not know it.
func (a *Act) command() Command {
	read, known := kinds[a.Kind]
	if !known || a.Version != version {
		return nil
	}
	c, err := read(a.Body)
	if err != nil {
		return nil
	}
	if r, ok := c.(RecordCapacity); ok {
		return r.by(a.Actor) // old releases took a person's word for a measurement
	}
	return c
}
