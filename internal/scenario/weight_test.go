package scenario

import (
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/ticket"
)

// A first flight is what a server may send over a new connection before it has to
// wait for the phone's answer, ten segments (RFC 6928): 14 KB, header fields
// included.
//
// roomy leaves room below it for what comes in front of an edge: the fields of a load
// balancer, the frames of TLS.
const roomy = 12_800

// "Page: HTML without JavaScript needed, under 14 KB": measured where it counts, on
// the wire, uncompressed, for a fan whose cookie has not come back yet, in a shop that
// uses every setting to its bound, for the longest pages that a ticket and an address
// carry.
func TestTheWaitingPageFitsTheFirstFlight(t *testing.T) {
	long := func(start, fill string, n int) string {
		return start + strings.Repeat(fill, (n-len(start))/len(fill))
	}
	const link = "/produkt/bluza?utm_source=ig&utm_medium=social&utm_content=link_in_bio&fbclid="
	addresses := map[string]string{
		"of a campaign":    long(link, "x", 400),
		"longer than that": long(link, "x", ticket.MaxPage),
		"a path":           long("/", "p", ticket.MaxPage),
		"a shorter path":   long("/", "p", 400),
		"Polish letters":   long("/produkt/", "%C5%BC", ticket.MaxPage),
		"fewer of them":    long("/produkt/", "%C5%BC", 330),
		"signs":            long("/p?", "&a=+", 100),
		"too long for all": long("/"+strings.Repeat("p", ticket.MaxPage-1)+"?", "x", 1000),
	}
	for lang, accept := range map[string]string{"pl": "pl-PL,pl;q=0.9,en;q=0.8", "en": "en-GB,en;q=0.9"} {
		for kind, at := range addresses {
			t.Run(lang+" "+kind, func(t *testing.T) {
				story(t, func(w *world) {
					w.cfg = func(c *edge.ShopConfig) {
						var err error
						if c.Pages, err = page.New(page.Fullest()); err != nil {
							t.Fatal(err)
						}
					}
					var fattest strings.Builder
					one(w, falochron.ModeHold)
					if p, err := page.New(page.Fullest()); err != nil || p.Waiting(&fattest, page.Fattest(lang, time.Now())) != nil {
						t.Fatal(err)
					}
					weigh := func(state, request string) (body string) {
						t.Helper()
						got := w.raw(request + "\nHost: shop.example\nAccept: text/html\nSec-Fetch-Mode: navigate\nAccept-Language: " + accept + "\nConnection: close\n\n")
						head, body, _ := strings.Cut(got, "\r\n\r\n")
						what, _, _ := strings.Cut(request, " ")
						t.Logf("%s %s: %d bytes, %d of them the page", state, what, len(got), len(body))
						for _, want := range []string{"HTTP/1.1 503 ", "\r\nFalochron-State: " + state} {
							if !strings.Contains(head, want) {
								t.Errorf("no %q in\n%s", want, head)
							}
						}
						for _, want := range []string{`<html lang="` + lang, ticket.Param + "=", "</html>\n"} {
							if !strings.Contains(body, want) {
								t.Errorf("no %q in\n%s", want, body)
							}
						}
						if n := fattest.Len(); len(body) > n {
							t.Errorf("%s %s: %d bytes, and the fattest of the storybook has %d", state, what, len(body), n)
						}
						if len(got) >= roomy {
							t.Errorf("%s %s: %d bytes, want less than %d", state, what, len(got), roomy)
						}
						return body
					}
					look := "GET " + at + " HTTP/1.1"
					form := "POST /koszyk/dodaj HTTP/1.1\nContent-Length: 0\nReferer: http://shop.example" + at
					weigh("held", look)
					weigh("held", form)
					path, _, _ := strings.Cut(at, "?")
					w.order("shop", func(s *falochron.Snapshot) { s.SoldOut = map[string]bool{path: true} })
					weigh("soldout", look)
					if len(at) <= ticket.MaxPage {
						weigh("soldout", form)
					}
					w.order("shop", func(s *falochron.Snapshot) { s.SoldOut, s.Start = nil, time.Now().Add(25*time.Minute) })
					weigh("prequeue", look)
					drawn := reply{body: weigh("prequeue", form)}
					// Drawn, and come back by the address: told how the draw went.
					advance(26 * time.Minute)
					weigh("held", "GET "+drawn.says("page")+" HTTP/1.1")
				})
			})
		}
	}
}
