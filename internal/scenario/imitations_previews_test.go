package scenario

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/toyshop"
)

// Programs that show links, before each shop that can be imitated: with a customer and a
// cart beside them they see nothing of either, whatever is shared or not, and the shop
// makes each page once for all of them.
func TestPreviewsOnImitations(t *testing.T) {
	for _, p := range imitated(t) {
		if p.Interface {
			continue // nobody shares a link to one
		}
		t.Run(p.Name, func(t *testing.T) {
			inMarket(t, p.Name, toyshop.Config{Workers: 16}, func(m *market) {
				m.open(falochron.ModeAuto, p)
				way, calls := m.adding()
				owner := m.person("owner")
				owner.fills(way, calls)
				if m.places.SignIn != nil {
					m.person("customer").walk(m.places.SignIn)
				}
				m.anew(p)
				for round, what := range []string{"nothing is kept", "people have been there"} {
					asked := 0
					for _, c := range m.places.Shareable {
						if c.Method != http.MethodGet || byScript(c) {
							continue
						}
						since, status := m.now(), map[int]int{}
						var want string
						for i := range 6 {
							program := m.stranger("program")
							program.agent = []string{"facebookexternalhit/1.1", "TelegramBot (like TwitterBot)", "http.rb/5.2.0 (Mastodon/4.3.1; +https://server.example/)"}[i%3]
							call := program.click(c)
							got := program.send(program.request(call), program.way)
							program.look(c.Name, got)
							if want = program.target(c); len(got.header["Set-Cookie"]) > 0 {
								m.problem("%s: a program was given %v", c.Name, got.header["Set-Cookie"])
							}
							status[got.status]++
							asked++
						}
						if len(status) != 1 || status[http.StatusServiceUnavailable] > 0 {
							m.problem("%s: %s: answers %v", what, c.Name, status)
						}
						n := m.came(since, func(s sighting) bool {
							return addressed(s.method, s.target) == want && s.header.Get("User-Agent") != "Falochron"
						})
						if n > 1 {
							m.problem("%s: the shop made %s %d times for programs", what, c.Name, n)
						}
					}
					if asked < 12 {
						m.Errorf("%d requests prove nothing", asked)
					}
					owner.compareAll()
					m.person(fmt.Sprint("other", round)).compareAll()
					advance(11 * time.Minute)
				}
				for _, f := range m.problems() {
					m.Error(f)
				}
			})
		})
	}
}
