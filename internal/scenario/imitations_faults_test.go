package scenario

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/toyshop"
)

// The suite finds what is planted. Nothing in the program can be told to do these
// things, so they are done on the wire to the shop, in the shop, or in the browsers.

// meddled gives the edge a way to the shop on which its own requests are changed.
func (m *market) meddled(change func(head string) string) {
	given := m.cfg
	m.cfg = func(c *edge.ShopConfig) {
		given(c)
		pool, err := origin.New(origin.Config{
			URLs: []string{"http://" + m.shop.address},
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := m.net.DialContext(ctx, network, address)
				return &meddler{conn, change}, err
			},
		}, nil)
		if err != nil {
			m.Fatal(err)
		}
		m.ends = append(m.ends, pool.Close)
		c.Pool = pool
	}
}

// meddler changes what is written, a request at a time.
type meddler struct {
	net.Conn
	change func(string) string
}

// Write writes something else.
func (d *meddler) Write(b []byte) (int, error) {
	if _, err := d.Conn.Write([]byte(d.change(string(b)))); err != nil {
		return 0, err
	}
	return len(b), nil
}

const fillMark = "User-Agent: Falochron\r\n"

// gossips adds to every fill the cookie of whoever asked last.
func gossips() func(string) string {
	var last atomic.Value
	last.Store("")
	return func(head string) string {
		if strings.Contains(head, fillMark) {
			if cookie := last.Load().(string); cookie != "" && !strings.Contains(head, "\r\nCookie: ") {
				head = strings.Replace(head, fillMark, fillMark+"Cookie: "+cookie+"\r\n", 1)
			}
			return head
		}
		if _, after, ok := strings.Cut(head, "\r\nCookie: "); ok {
			cookie, _, _ := strings.Cut(after, "\r\n")
			last.Store(cookie)
		}
		return head
	}
}

func TestPlantedFaultsAreFound(t *testing.T) {
	inspects := func(m *market) { m.found = append(m.found, m.inspect(m.preset, true)...) }
	for name, fault := range map[string]struct {
		on    []string // nil = all four
		shop  toyshop.Config
		plant func(*market)
		look  func(*market)
	}{
		"fills with a visitor's cookie":        {plant: func(m *market) { m.meddled(gossips()) }, look: inspects},
		"fills with a visitor's cookie, lured": {plant: func(m *market) { m.meddled(gossips()) }, look: (*market).deceived},
		"fills with another host": {shop: toyshop.Config{Gullible: true}, look: func(m *market) { m.poisoned(poisons()[:3]) }, plant: func(m *market) {
			m.meddled(func(head string) string {
				return strings.Replace(head, fillMark, fillMark+"X-Forwarded-Host: "+evil+"\r\n", 1)
			})
		}},
		"a shop that mixes visitors": {shop: toyshop.Config{MixCarts: true}, look: inspects},
	} {
		if fault.on == nil {
			fault.on = []string{"woocommerce", "opencart", "prestashop", "evershop"}
		}
		for _, as := range fault.on {
			if !slices.ContainsFunc(imitated(t), func(p *preset.Platform) bool { return p.Name == as }) {
				continue
			}
			t.Run(name+"/"+as, func(t *testing.T) {
				fault.shop.Workers = 16
				inMarket(t, as, fault.shop, func(m *market) {
					if fault.plant != nil {
						fault.plant(m)
					}
					p, ok := preset.Named(as)
					if !ok {
						t.Fatal("no preset")
					}
					m.open(falochron.ModeAuto, p)
					fault.look(m)
					found := m.problems()
					if len(found) == 0 {
						t.Error("the fault was planted, and nothing was found")
						return
					}
					t.Logf("%.200s", found[0])
				})
			})
		}
	}
}

// A mark that a browser has lost harms nobody while this edge runs: it has seen with
// which session something was changed.
func TestALostMarkIsHarmless(t *testing.T) {
	for _, as := range []string{"opencart", "prestashop"} {
		p, ok := preset.Named(as)
		if !ok {
			t.Fatal("no preset")
		}
		if !slices.ContainsFunc(imitated(t), func(q *preset.Platform) bool { return q.Name == as }) {
			continue
		}
		t.Run(as, func(t *testing.T) {
			inMarket(t, as, toyshop.Config{Workers: 16}, func(m *market) {
				m.forget = "falo_personal"
				m.open(falochron.ModeAuto, p)
				for _, fault := range m.inspect(p, true) {
					m.Error(fault)
				}
			})
		})
	}
}
