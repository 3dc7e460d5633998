package control

import (
	"net/http"
	"time"

	"github.com/falochron/falochron/internal/plan"
)

// planInquiry is the question whose post a wave is, as the API shows it.
type planInquiry struct {
	ID       plan.ID            `json:"id"`
	Shop     plan.ID            `json:"shop"`
	Onset    time.Time          `json:"onset"`
	Channel  string             `json:"channel,omitempty"`
	Asked    time.Time          `json:"asked"`
	Sentence string             `json:"sentence"`
	Posts    []plan.InquiryPost `json:"posts"` // that it may be, the likeliest first
}

// getShopInquiries answers with the questions whose post a wave is that the caller may
// answer.
func (c *Control) getShopInquiries(w http.ResponseWriter, r *http.Request, who actor) error {
	lang, err := language(r)
	if err != nil {
		return err
	}
	return c.planRead(w, r, who, func(b *plan.Book, now time.Time, who plan.Actor) (any, error) {
		open, err := b.Inquiries(now, who, plan.ID(r.PathValue("id")))
		return list("inquiries", open, func(v plan.InquiryView) planInquiry {
			posts := v.Posts
			if posts == nil {
				posts = []plan.InquiryPost{}
			}
			return planInquiry{v.ID, v.Shop, v.Onset.In(v.Zone), v.Channel, v.Asked.In(v.Zone), v.Asks().Sentence(lang), posts}
		}), err
	})
}
