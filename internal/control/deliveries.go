package control

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// Delivery is what became of a message: an entry of the delivery journal.
type Delivery struct {
	ID    uint64       // grows with each message
	To    plan.Service // the party that it was for
	Party string       // its name
	Name  string       // of the contact that it went to
	Shops []plan.ID    // that it was about
	What  []string     // it said, in the recipient's language
	More  int          // further things that it only counted
	// Urgent says that it did not wait; Level of a single one how far the matter had come.
	Urgent bool
	Level  plan.Level // 0: it told of several things
	Due    time.Time  // when it was last due
	State  DeliveryState
	Tries  []store.Attempt
}

// Cause is why a delivery failed, in the word of [notify.Reason], or "address" for one
// that cannot be used; empty if it did not.
func (d *Delivery) Cause() string {
	if d.State != IsFailed || len(d.Tries) == 0 {
		return ""
	}
	cause, _, _ := strings.Cut(d.Tries[len(d.Tries)-1].Note, ": ")
	return cause
}

// DeliveryState is how far a message has come.
type DeliveryState string

// The states.
const (
	IsWaiting   DeliveryState = "waiting"   // it waits, or is tried
	IsDelivered DeliveryState = "delivered" // the service took it
	IsFailed    DeliveryState = "failed"    // it could not be delivered, for good
	IsDropped   DeliveryState = "dropped"   // nobody waited for it any more
)

// deliveriesPage is how many messages of the outbox are looked at for a page.
const deliveriesPage = 200

// Deliveries is the delivery journal as the actor may read it, newest first: of at
// most limit messages with an ID below before; 0 begins with the newest. A party
// reads of its own messages, at the shops that its link is for; an operator of all.
// next is where the next page begins; 0: there are no more.
func (c *Campaigns) Deliveries(ctx context.Context, now time.Time, who plan.Actor, before uint64, limit int) (out []Delivery, next uint64, err error) {
	var shops []plan.ShopView
	names := map[plan.ID]string{}
	c.Read(func(b *plan.Book) {
		if shops, err = b.Shops(now, who); err == nil {
			for _, s := range shops {
				for _, p := range s.People {
					names[p.Party] = p.Name
				}
			}
		}
	})
	if err != nil {
		return nil, 0, err
	}
	box, ok := c.now().(outbox)
	if !ok {
		return nil, 0, unavailable(c.Trouble())
	}
	all, err := box.Deliveries(ctx, before, limit)
	if err != nil || len(all) == 0 {
		return nil, 0, err
	}
	for i := range all {
		d, ok := deliveryOf(&all[i])
		if !ok || !mayRead(who, shops, &d) {
			continue
		}
		d.Party = names[d.To.Party]
		out = append(out, d)
	}
	return out, all[len(all)-1].ID, nil
}

// mayRead reports whether a delivery is the actor's business.
func mayRead(who plan.Actor, shops []plan.ShopView, d *Delivery) bool {
	if who.Role == plan.Operator {
		return true
	}
	for _, id := range d.Shops {
		if !slices.ContainsFunc(shops, func(s plan.ShopView) bool { return s.Shop.ID == id }) {
			return false
		}
	}
	return d.To == plan.Service{Party: who.Party, Role: who.Role}
}

// deliveryOf is an entry of the outbox's journal; false if it is none of the plan's, or
// became part of another one.
func deliveryOf(m *store.Delivery) (d Delivery, ok bool) {
	e, ok := opened(&m.Message)
	if !ok {
		return d, false
	}
	first := &e.Letters[0]
	d = Delivery{ID: m.ID, To: first.To, Name: first.Name, More: e.More, Urgent: first.Urgent, Due: m.Due, Tries: m.Attempts, State: IsWaiting}
	for i := range e.Letters {
		l := &e.Letters[i]
		d.What = append(d.What, l.Subject)
		if !slices.Contains(d.Shops, l.Shop) {
			d.Shops = append(d.Shops, l.Shop)
		}
	}
	if len(e.Letters) == 1 && e.More == 0 {
		d.Level = first.Level
	}
	switch m.State {
	case store.Delivered:
		d.State = IsDelivered
	case store.GivenUp:
		d.State = IsFailed
		if n := len(m.Attempts); n > 0 && isDropped(m.Attempts[n-1].Note) {
			d.State = IsDropped
		}
	}
	return d, true
}

// planDelivery is a delivery as the API shows it.
type planDelivery struct {
	ID uint64 `json:"id"`
	plan.Service
	Name    string        `json:"name"`
	Contact string        `json:"contact"`
	Shops   []plan.ID     `json:"shops"`
	What    []string      `json:"what"`
	More    int           `json:"more,omitempty"`
	Urgent  bool          `json:"urgent"`
	Level   string        `json:"level,omitempty"`
	Due     time.Time     `json:"due"`
	State   DeliveryState `json:"state"`
	Tries   []planTry     `json:"tries"`
}

// planDeliveries is a page of the journal.
type planDeliveries struct {
	Deliveries []planDelivery `json:"deliveries"`
	Next       uint64         `json:"next,omitempty"` // where the next page begins; missing: there are no more
}

type planTry struct {
	Began time.Time `json:"began"`
	Ended time.Time `json:"ended,omitzero"` // missing: it is under way, or never came back
	Note  string    `json:"note,omitempty"`
}

// Names of levels, in the order of the ladder.
func levelName(l plan.Level) string {
	return map[plan.Level]string{plan.Asking: "asking", plan.Again: "again", plan.Everybody: "everybody"}[l]
}

func planDeliveryOf(d Delivery) planDelivery {
	out := planDelivery{
		ID: d.ID, Service: d.To, Name: d.Party, Contact: d.Name, Shops: d.Shops, What: d.What, More: d.More, Urgent: d.Urgent,
		Level: levelName(d.Level), Due: d.Due, State: d.State, Tries: []planTry{},
	}
	for _, t := range d.Tries {
		out.Tries = append(out.Tries, planTry{Began: t.Started, Ended: t.Ended, Note: t.Note})
	}
	return out
}

// getDeliveries answers with a page of the delivery journal.
func (c *Control) getDeliveries(w http.ResponseWriter, r *http.Request, who actor) error {
	before, err := number(r.FormValue("before"), 0, math.MaxInt)
	if err != nil {
		return err
	}
	campaigns, err := c.campaigns()
	if err != nil {
		return err
	}
	now := time.Now()
	var as plan.Actor
	campaigns.Read(func(b *plan.Book) { as, err = c.planActor(b, now, r, who) })
	if err != nil {
		return planError(err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), commandWithin)
	defer cancel()
	all, next, err := campaigns.Deliveries(ctx, now, as, uint64(before), deliveriesPage)
	if err != nil {
		return planError(err)
	}
	return answer(w, http.StatusOK, planDeliveries{Deliveries: list("", all, planDeliveryOf)[""], Next: next})
}
