package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/listen"
	"github.com/falochron/falochron/internal/plan"
)

// HookPath is where schedulers send what happens to posts; the id of a link follows.
const HookPath = "/api/v1/hooks/scheduler/"

// hookWithin is how long a call may take: schedulers give up after 15 s and more.
const hookWithin = 10 * time.Second

// keptCalls bounds the calls that are remembered against replay, of all links.
const keptCalls = 10_000

// HooksConfig is what [Hooks] are made of. Plan and Secret are needed.
type HooksConfig struct {
	Plan *Campaigns
	// Secret is that of a link, whether or not there is such a link: whoever guesses
	// learns nothing from how he is refused.
	Secret func(link string) []byte
	Now    func() time.Time // nil = [time.Now]
	Log    *slog.Logger     // nil = silent
}

// Hooks takes the signed calls of schedulers, on whichever listener: what happens to a
// post there happens in the plan, by the right of the party whose link signs. It is safe
// for many at once.
type Hooks struct {
	cfg HooksConfig
	mux *http.ServeMux

	// mu guards what was called. It is not held while the plan works.
	mu     sync.Mutex
	called map[string]*calling
	order  []string // of called, oldest first
}

// calling is a message of a link that was taken, or is being taken.
type calling struct {
	at      time.Time // when its newest try was signed
	done    bool
	outcome CallOutcome
}

// CallOutcome is what came of a call.
type CallOutcome struct {
	Outcome  Outcome `json:"outcome"`
	Campaign plan.ID `json:"campaign"`
	Ref      plan.ID `json:"ref"` // of the post
	// Again says that the message was taken before: nothing was done a second time.
	Again bool `json:"again,omitempty"`
}

// WasPublished is the outcome of a post that is out now.
const WasPublished Outcome = "published"

// NewHooks makes hooks.
func NewHooks(cfg HooksConfig) *Hooks {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	h := &Hooks{cfg: cfg, mux: http.NewServeMux(), called: map[string]*calling{}}
	h.mux.HandleFunc("POST "+HookPath+"{link}", h.take)
	return h
}

// ServeHTTP answers below [HookPath].
func (h *Hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// hook hands on a call that came to the operators' listener.
func (c *Control) hook(w http.ResponseWriter, r *http.Request) {
	if c.cfg.Hooks == nil {
		answerFault(w, http.StatusNotFound, "not found", "there is nothing here", "")
		return
	}
	c.cfg.Hooks.ServeHTTP(w, r)
}

// take answers one call.
func (h *Hooks) take(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWithin)) // a test's recorder has no connection
	out, err := h.call(w, r)
	if err == nil {
		_ = answer(w, http.StatusOK, map[string]any{"call": out})
		return
	}
	kind := falochron.KindOf(err)
	status, message := kind.Status(), "something went wrong on our side"
	if e, ok := errors.AsType[*falochron.Error](err); ok && e.Public != "" {
		message = e.Public
	}
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		status = http.StatusRequestEntityTooLarge
	}
	switch {
	case errors.Is(err, listen.ErrUnsigned), errors.Is(err, listen.ErrTimestamp):
		status = http.StatusUnauthorized
	case errors.Is(err, errLinkOver):
		status = http.StatusGone
	}
	again(w, err)
	if kind == falochron.Internal || kind == falochron.Unavailable {
		h.cfg.Log.Error("a scheduler's call", "link", r.PathValue("link"), "err", err)
	}
	answerFault(w, status, kind.String(), message, falochron.HintOf(err))
}

// errLinkOver says that the call was signed rightly, by a link that has ended.
var errLinkOver = errors.New("the link has ended")

// call checks a call and does it. Nothing is read of a call, but its length, before its
// signature is right.
func (h *Hooks) call(w http.ResponseWriter, r *http.Request) (out CallOutcome, err error) {
	link := r.PathValue("link")
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, listen.MaxCall))
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return out, &falochron.Error{Kind: falochron.Invalid, Op: "read the call", Public: "the call is too long", Err: tooLong, Hint: fmt.Sprintf("at most %d bytes: one post at a time", listen.MaxCall)}
	}
	if err != nil {
		return out, badBody(err)
	}
	now := h.cfg.Now()
	signed, err := listen.Verify(r.Header, b, h.cfg.Secret(link), now)
	if err != nil {
		return out, err
	}
	if err := unavailable(h.cfg.Plan.Absent()); err != nil {
		return out, err
	}
	var who plan.Actor
	h.cfg.Plan.Learn(r.Context(), plan.ID(link))
	h.cfg.Plan.Read(func(book *plan.Book) { who, err = book.Enter(now, plan.ID(link), "scheduler") })
	if err != nil {
		return out, &falochron.Error{Kind: falochron.Denied, Op: "take the call", Public: "the link that signed this has ended", Err: errLinkOver, Hint: "ask for a new link; its secret comes with it"}
	}
	call, why, err := listen.ParseCall(r.Header.Get("Content-Type"), b)
	if err != nil {
		return out, err
	}
	key := link + "\x00" + signed.ID
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), hookWithin)
	defer cancel()
	old, err := h.begin(key, signed.At, now)
	if err == nil && old == nil {
		if old, err = h.recall(ctx, key, signed.At, now); err != nil || old != nil {
			h.end(key, known(old), err == nil)
		}
	}
	if err != nil || old != nil {
		out = known(old)
		out.Again = old != nil
		return out, err
	}
	out, err = h.cfg.Plan.heed(ctx, now, who, &call, why)
	h.end(key, out, err == nil)
	h.keep(ctx, key, out, err == nil)
	return out, planError(err)
}

// known is what came of a call, if somebody knows.
func known(old *CallOutcome) (out CallOutcome) {
	if old != nil {
		out = *old
	}
	return out
}

// begin remembers a message, or says what came of it when it was taken before. The same
// try again is a replay; a later one is a sender that did not hear us.
func (h *Hooks) begin(key string, at, now time.Time) (*CallOutcome, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c := h.called[key]; c != nil {
		switch {
		case !at.After(c.at):
			return nil, takenBefore()
		case !c.done:
			return nil, beingTaken()
		}
		c.at = at
		return &c.outcome, nil
	}
	// A replay is only good for as long as its timestamp is.
	for len(h.order) > 0 && (len(h.order) >= keptCalls || h.called[h.order[0]] == nil || now.Sub(h.called[h.order[0]].at) > 2*listen.Tolerance) {
		delete(h.called, h.order[0])
		h.order = h.order[1:]
	}
	h.called[key] = &calling{at: at}
	h.order = append(h.order, key)
	return nil, nil
}

// end keeps what came of a message. One that was refused may be sent again as it is.
func (h *Hooks) end(key string, out CallOutcome, done bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.called[key]
	switch {
	case c == nil: // others took its place meanwhile
	case done:
		c.done, c.outcome = true, out
	default:
		delete(h.called, key)
		if i := slices.Index(h.order, key); i >= 0 {
			h.order = slices.Delete(h.order, i, i+1)
		}
	}
}

// heed does what a call says, once. Most calls come to one act, which is decided on the
// book as any other command is; where a campaign has to be begun first, it is tried on a
// book of its own.
func (c *Campaigns) heed(ctx context.Context, now time.Time, who plan.Actor, call *listen.Call, why string) (outcome CallOutcome, err error) {
	if err := c.pace.take(now, who, 1); err != nil {
		return outcome, err
	}
	_, err = c.write(ctx, func() (actStore, uint64, []plan.Act, error) {
		t := &trial{now: now, who: who}
		c.mu.RLock()
		s, after := c.store, c.seq
		t.b = c.book
		out, err := happen(t, call, why)
		c.mu.RUnlock()
		if errors.Is(err, errSeveral) {
			t = &trial{now: now, who: who, own: true}
			if s, t.b, after, err = c.draft(ctx); err != nil {
				return s, 0, nil, err
			}
			out, err = happen(t, call, why)
		}
		if err != nil {
			return s, 0, nil, err
		}
		outcome = out
		return s, after, t.acts, nil
	})
	if err != nil {
		c.pace.back(who, 1)
	}
	return outcome, err
}

// happen takes one call into a book.
func happen(t *trial, call *listen.Call, why string) (out CallOutcome, err error) {
	shop := call.Shop
	if shop == "" {
		shops, err := t.b.Shops(t.now, t.who)
		if err != nil {
			return out, err
		}
		if len(shops) != 1 {
			return out, &falochron.Error{Kind: falochron.Invalid, Op: "take the call", Public: "it is not said for which shop", Hint: "data.shop is needed: this link is for several"}
		}
		shop = shops[0].Shop.ID
	}
	if call.Event == listen.Scheduled {
		row, err := announce(t, shop, &call.Item, map[string]error{})
		return CallOutcome{Outcome: row.Outcome, Campaign: row.Campaign, Ref: row.Ref}, err
	}
	was, known, err := t.b.Sourced(t.now, t.who, shop, call.Item.Source.Key)
	if err != nil {
		return out, err
	}
	out = CallOutcome{Outcome: WasSame, Campaign: was.Campaign, Ref: was.Ref}
	p := call.Item.Post
	var command plan.Command
	switch {
	case !known && call.Event == listen.Published:
		// Nobody had announced it: all the more must it be known.
		report := plan.ReportPost{Shop: shop, Channel: p.Channel, Account: p.Account, Reach: p.Reach, Link: p.Link, At: p.At, Source: call.Item.Source}
		var done plan.ReportPost
		err = t.body(report, &done)
		return CallOutcome{Outcome: WasAdded, Campaign: done.Campaign, Ref: done.Post}, err
	case !known:
		return out, &falochron.Error{Kind: falochron.NotFound, Op: "take the call", Public: "no post of this id was scheduled here", Hint: "send " + string(listen.Scheduled) + " first; ids are those of the same shop"}
	case call.Event == listen.Moved && was.At.Equal(p.At) && was.State != plan.Cancelled, call.Event == listen.Called && was.State == plan.Cancelled, call.Event == listen.Published && was.State == plan.Out:
		return out, nil
	case call.Event == listen.Moved:
		out.Outcome, command = WasChanged, plan.Slip{Campaign: was.Campaign, Moment: was.Ref, To: p.At, Why: why}
	case call.Event == listen.Called:
		out.Outcome, command = WasCancelled, plan.Cancel{Campaign: was.Campaign, Moment: was.Ref, Why: why}
	default:
		out.Outcome, command = WasPublished, plan.PostNow{Campaign: was.Campaign, Post: was.Ref}
	}
	_, err = t.do(command)
	return out, err
}
