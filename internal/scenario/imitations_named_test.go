package scenario

import (
	"slices"
	"strings"
	"testing"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/toyshop"
)

// Shops that write the address of their configuration into every link do so on shared pages,
// too: they lead people back to the edge, and whose cart is whose stays as it is.
func TestImitationsByTheirOwnAddress(t *testing.T) {
	for _, p := range imitated(t) {
		if !slices.Contains([]string{"opencart", "prestashop", "woocommerce", "zencart"}, p.Name) {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			inMarket(t, p.Name, toyshop.Config{Workers: 16, PublicURL: "http://" + host}, func(m *market) {
				m.open(falochron.ModeAuto, p)
				read := 0
				for range 2 { // from the shop, and what is shared from the cache
					reader := m.stranger("reader")
					for _, c := range m.places.Shareable {
						got := reader.visit(c)
						if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
							continue
						}
						read++
						if !strings.Contains(got.body, `href="http://`+host+`/`) {
							m.problem("%s has no link by the shop's address: %.500s", c.Name, got.body)
						}
					}
				}
				if read < 8 {
					m.Errorf("only %d pages were read: this proves nothing", read)
				}
				for _, do := range []func(*market){
					(*market).madeOnce, (*market).carts, (*market).fromSharedPages, (*market).before, (*market).withoutCookies, (*market).signing,
				} {
					m.anew(p)
					since := m.now()
					do(m)
					m.fills(since)
				}
				for _, f := range m.problems() {
					m.Error(f)
				}
			})
		})
	}
}
