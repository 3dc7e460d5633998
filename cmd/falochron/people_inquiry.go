package main

import (
	"context"
	"net/url"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// inquiries are the questions whose post a wave is that the reader may answer.
func (v *visit) inquiries(shop plan.ID) (out []console.Inquiry) {
	if !v.acts(plan.SayingWhose) {
		return nil
	}
	var open []plan.InquiryView
	v.plan.Read(func(b *plan.Book) { open, _ = b.Inquiries(v.now, v.who, shop) }) // whose shop it is not, has none
	for i := range open {
		q := console.Inquiry{ID: string(open[i].ID), What: said(open[i].Asks())}
		for _, p := range open[i].Posts {
			q.Posts = append(q.Posts, console.InquiryPost{ID: string(p.Post), Name: p.What, At: p.At})
		}
		out = append(out, q)
	}
	return out
}

// answer says whose post a wave is.
func (v *visit) answer(ctx context.Context, form url.Values) error {
	shop, err := v.theShop()
	if err != nil && v.acts(plan.SayingWhose) { // else it is refused in the plan's words
		return err
	}
	c := plan.AnswerPost{Shop: shop, Inquiry: plan.ID(form.Get("inquiry"))}
	switch is := form.Get("is"); is {
	case console.IsNo:
	case console.IsUnplanned:
		c.Yes = true
	case "":
		return v.command(ctx, plan.AnswerPost{Shop: shop}) // refused in the plan's words
	default:
		c.Yes, c.Post = true, plan.ID(is)
	}
	return v.command(ctx, c)
}
