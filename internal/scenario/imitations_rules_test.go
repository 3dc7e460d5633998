package scenario

import (
	"slices"
	"testing"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/toyshop"
)

// Every rule of a preset that people can feel is felt when it is taken away: they
// see what they must not see, or the shop makes what it need not make. Those of
// recognition are missed by what is written down about each software, in the tests of its
// preset. [TestFeltRulesAreCounted] has the numbers.
func TestEveryRuleIsFelt(t *testing.T) {
	if raced {
		t.Skip("no other ways through the edge than those of the other tests")
	}
	for _, p := range imitated(t) {
		t.Run(p.Name, func(t *testing.T) {
			inMarket(t, p.Name, toyshop.Config{Workers: 16}, func(m *market) {
				m.open(falochron.ModeAuto, p)
				for range 2 { // what is found only because somebody was there before is no rule's work
					if found := m.inspect(p, true); len(found) > 0 {
						m.Fatalf("something is wrong with all its rules: %s", found[0])
					}
				}
				for _, rule := range p.Rules() {
					if ofRecognition(rule) {
						continue
					}
					found := m.inspect(p.Without(rule), true)
					if len(found) == 0 {
						m.Errorf("nobody misses %q", rule)
						continue
					}
					m.Logf("%q: %.250s", rule, found[0])
				}
			})
		})
	}
}

// imitated are the presets of which the toy shop has an imitation: all but the
// generic one. With the race detector, which makes the imitations' database ten
// times slower, there are two: one whose cookies tell of a cart, and one whose
// cookies do not, which forbids to store pages and hears nobody without a session.
// Every way through the edge is taken by them; the others differ in data.
func imitated(t *testing.T) (list []*preset.Platform) {
	t.Helper()
	for _, p := range preset.Platforms() {
		if raced && p.Name != "woocommerce" && p.Name != "prestashop" {
			continue
		}
		if p.Name != preset.GenericName {
			list = append(list, p)
		}
	}
	return list
}

// Every preset has an imitation, and every imitation a preset.
func TestEveryPresetIsImitated(t *testing.T) {
	var names []string
	for _, p := range preset.Platforms() {
		if p.Name != preset.GenericName {
			names = append(names, p.Name)
		}
	}
	if !slices.Equal(names, toyshop.Guises()) {
		t.Errorf("presets %v, imitations %v", names, toyshop.Guises())
	}
}
