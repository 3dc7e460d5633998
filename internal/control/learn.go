package control

import (
	"context"
	"time"

	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// learnWithin is how long a link waits for the database: who opens one looks at an empty
// page meanwhile.
const learnWithin = 3 * time.Second

// Learn takes in what other processes wrote, if the book does not know a link: it may
// have been given by one of them this very moment, and [Campaigns.Run] hears of it within
// a second. Whether it is known then, and good, the book says. Call it only with a link
// whose signature is right, since it asks the database; what goes wrong there is
// [Campaigns.Trouble]'s.
func (c *Campaigns) Learn(ctx context.Context, link plan.ID) {
	known := false
	c.Read(func(b *plan.Book) { known = b.HasLink(link) })
	s := c.now()
	if known || s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, learnWithin)
	defer cancel()
	_, _ = c.catchUp(ctx, s, store.Act{})
}
