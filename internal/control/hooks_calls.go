package control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/listen"
	"github.com/falochron/falochron/internal/store"
)

// callStore remembers calls for longer than a process lives, and for those beside it.
type callStore interface {
	TakeCall(ctx context.Context, key string, at, now, dead, until time.Time) (*store.Call, error)
	EndCall(ctx context.Context, key string, outcome []byte) error
}

// calls is where they are remembered; nil: nowhere but in this process.
func (c *Campaigns) calls() callStore {
	s, _ := c.now().(callStore)
	return s
}

// recall asks the store for a call that this process does not know: what came of it, or
// nil if it is ours to take now. What was signed longer ago than the tolerance is refused
// by its time, so it is remembered for twice that, as here.
func (h *Hooks) recall(ctx context.Context, key string, at, now time.Time) (*CallOutcome, error) {
	s := h.cfg.Plan.calls()
	if s == nil {
		return nil, nil
	}
	old, err := s.TakeCall(ctx, kept(key), at, now, now.Add(-2*hookWithin), now.Add(2*listen.Tolerance))
	switch {
	case err != nil || old == nil:
		return nil, err
	case !at.After(old.At):
		return nil, takenBefore()
	case len(old.Outcome) == 0:
		return nil, beingTaken()
	}
	var out CallOutcome
	if err := json.Unmarshal(old.Outcome, &out); err != nil {
		return nil, &falochron.Error{Kind: falochron.Internal, Op: "read what came of the call", Err: err}
	}
	return &out, nil
}

// keep says what came of a call; one that was refused is forgotten. If the store cannot
// be told, the next try finds it being taken, and then what it did.
func (h *Hooks) keep(ctx context.Context, key string, out CallOutcome, done bool) {
	s := h.cfg.Plan.calls()
	if s == nil {
		return
	}
	var body []byte
	if done {
		body, _ = json.Marshal(out) // strings
	}
	if err := s.EndCall(ctx, kept(key), body); err != nil {
		h.cfg.Log.Warn("what came of a scheduler's call is not kept", "err", err)
	}
}

// kept is the key of a call in the store: its link, and what stands for the id that
// somebody outside chose.
func kept(key string) string {
	link, id, _ := strings.Cut(key, "\x00")
	sum := sha256.Sum256([]byte(id))
	return "scheduler/" + link + "/" + hex.EncodeToString(sum[:16])
}

func takenBefore() error {
	return &falochron.Error{Kind: falochron.Conflict, Op: "take the call", Public: "this very call was taken before", Hint: "to try again, sign it anew: same webhook-id, newer webhook-timestamp"}
}

func beingTaken() error {
	return &falochron.Error{Kind: falochron.Conflict, Op: "take the call", Public: "this message is being taken at this moment", Hint: "try again in a while"}
}
