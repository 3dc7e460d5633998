package control

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"rsc.io/qr"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// planShortLink is a post's short link as the API shows it.
type planShortLink struct {
	Post plan.ID `json:"post"`
	Code string  `json:"code"`
	URL  string  `json:"url,omitempty"`  // missing: no host of the shop is known
	Link string  `json:"link,omitempty"` // where it leads; missing: to the front page
	// Arrivals are new visitors by it, missing if no edge has counted; Cold is why its
	// page is not in the cache although it should be.
	Arrivals *uint64 `json:"arrivals,omitempty"`
	Warm     bool    `json:"warm,omitempty"`
	Cold     string  `json:"cold,omitempty"`
}

// PostVitals is what the edge sees of a post of the plan; false if it does not know it.
func PostVitals(source Source, post plan.ID) (falochron.PostVitals, bool) {
	for _, shop := range source.Shops() {
		v, ok := source.Vitals(shop)
		if !ok {
			continue
		}
		for _, p := range v.Posts {
			if p.ID == string(post) {
				return p, true
			}
		}
	}
	return falochron.PostVitals{}, false
}

func (c *Control) getShortLinks(w http.ResponseWriter, r *http.Request, who actor) error {
	return c.planRead(w, r, who, func(b *plan.Book, now time.Time, who plan.Actor) (any, error) {
		links, err := b.ShortLinks(now, who, plan.ID(r.PathValue("campaign")))
		return list("links", links, func(l plan.ShortLink) planShortLink {
			out := planShortLink{Post: l.Post, Code: l.Code, URL: l.URL, Link: l.Link}
			if v, known := PostVitals(c.cfg.Source, l.Post); known {
				out.Arrivals, out.Warm, out.Cold = &v.Arrivals, v.Warm, v.Cold
			}
			return out
		}), err
	})
}

// getShortLinkQR answers with the picture of one short link.
func (c *Control) getShortLinkQR(w http.ResponseWriter, r *http.Request, who actor) error {
	campaigns, err := c.campaigns()
	if err != nil {
		return err
	}
	var links []plan.ShortLink
	campaigns.Read(func(b *plan.Book) {
		now := time.Now()
		var as plan.Actor
		if as, err = c.planActor(b, now, r, who); err == nil {
			links, err = b.ShortLinks(now, as, plan.ID(r.PathValue("campaign")))
		}
	})
	if err != nil {
		return planError(err)
	}
	return ShowQR(w, links, plan.ID(r.PathValue("post")))
}

// ShowQR answers with the QR code of a post's short link as SVG.
func ShowQR(w http.ResponseWriter, links []plan.ShortLink, post plan.ID) error {
	for _, l := range links {
		if l.Post != post {
			continue
		}
		if l.URL == "" {
			return &falochron.Error{
				Kind: falochron.Conflict, Op: "draw a QR code", Public: "it is not known under which name fans reach the shop",
				Hint: "give the shop its domains in the plan, or the post a link",
			}
		}
		picture, err := QR(l.URL)
		if err != nil {
			return err
		}
		h := w.Header()
		h.Set("Content-Type", "image/svg+xml")
		h.Set("Content-Disposition", `inline; filename="`+l.Code+`.svg"`)
		_, _ = w.Write(picture) // the caller has gone: nobody to tell
		return nil
	}
	return &falochron.Error{Kind: falochron.NotFound, Op: "find the post", Public: "the campaign has no such post"}
}

// quiet is how many modules of white are around a QR code (ISO/IEC 18004).
const quiet = 4

// QR draws an address as a QR code, black on white whatever is around it. A quarter of it
// may be dirty (level Q): it is printed, and filmed from a screen.
func QR(address string) ([]byte, error) {
	code, err := qr.Encode(address, qr.Q)
	if err != nil {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "draw a QR code", Public: "the address is too long for a QR code", Err: err}
	}
	size := code.Size + 2*quiet
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`, size, size, size, size)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			run := 0
			for x+run < code.Size && code.Black(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
				x += run
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.Bytes(), nil
}
