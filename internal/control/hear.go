package control

import (
	"context"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// Heard is what the link in a message opens.
type Heard struct {
	Who    plan.Actor
	Party  string // its name
	Shop   string // the name of the shop
	Zone   *time.Location
	Notice plan.Notice // what waits to be acknowledged
	Open   bool        // it does; false: somebody has answered, or it is over
}

// hearingOver is said of a link that opens nothing any more.
func hearingOver() error {
	return &falochron.Error{Kind: falochron.Denied, Op: "open a message's link", Public: "this link is over"}
}

// LookAt is what a message's link is about, as things are now. It changes nothing. It is
// an error of kind Denied when the link has expired, or the contact whose link it is was
// taken out, or was on call until more than a day ago.
func (c *Campaigns) LookAt(now time.Time, h Hearing) (out Heard, err error) {
	if !now.Before(h.until) {
		return out, hearingOver()
	}
	err = hearingOver()
	c.Read(func(b *plan.Book) {
		v, gone := b.Campaign(now, plan.Actor{Role: plan.Operator}, h.Campaign)
		if gone != nil {
			return
		}
		probe := plan.Notice{Shop: v.Campaign.Shop, To: h.To, Urgent: true}
		r, found := b.Reader(now, &probe)
		if !found {
			return
		}
		for _, contact := range append(r.Contacts, b.Served(now, h.To.Party)...) {
			if mark(contact.Address) == h.contact {
				out.Who, err = plan.Actor{Role: h.To.Role, Party: h.To.Party, Person: contact.Name}, nil
				break
			}
		}
		out.Party, out.Shop, out.Zone = r.Party, r.Shop, r.Zone
		for _, n := range b.Untold(now, h.To, h.Campaign) {
			if n.About != "" && matterOf(n.About) == h.matter {
				out.Notice, out.Open = n, true
			}
		}
	})
	return out, err
}

// Hear says for the party of a message's link that it has heard of what it is about. It
// is no error if that was said before, or is no longer asked.
func (c *Campaigns) Hear(ctx context.Context, now time.Time, h Hearing) (Heard, error) {
	out, err := c.LookAt(now, h)
	if err != nil || !out.Open {
		return out, err
	}
	_, err = c.Do(ctx, now, out.Who, plan.Acknowledge{Campaign: h.Campaign, About: out.Notice.About})
	if err != nil && falochron.KindOf(err) == falochron.Conflict {
		err = nil // somebody of the party was quicker
	}
	return out, err
}
