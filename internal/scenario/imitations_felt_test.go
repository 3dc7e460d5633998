package scenario

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/falochron/falochron/internal/preset"
)

// ofRecognition reports whether a rule only finds out what a shop is, or how a check
// fills a cart there: people cannot feel it.
func ofRecognition(rule string) bool {
	return strings.HasPrefix(rule, "sign: ") || strings.HasPrefix(rule, "ask: ")
}

// isUnseen reports whether a rule is one that nobody feels at the imitation.
func isUnseen(as, rule string) bool {
	for _, begins := range unseen(as) {
		if slices.ContainsFunc(begins, func(b string) bool { return strings.HasPrefix(rule, b) }) {
			return true
		}
	}
	return false
}

// felt is how many rules of a preset are felt when they are taken away, by
// [TestEveryRuleIsFelt], of those that people could feel.
func felt(p *preset.Platform) (felt, all int) {
	for _, rule := range p.Rules() {
		if ofRecognition(rule) {
			continue
		}
		all++
		if !isUnseen(p.Name, rule) {
			felt++
		}
	}
	return felt, all
}

// The documentation says of how many rules it is tried that they are missed, and how
// many there are.
func TestFeltRulesAreCounted(t *testing.T) {
	total, of := 0, 0
	for _, p := range preset.Platforms() {
		if p.Name == preset.GenericName {
			continue
		}
		n, all := felt(p)
		t.Logf("%s: %d of %d", p.Name, n, all)
		total, of = total+n, of+all
	}
	t.Logf("all: %d of %d", total, of)
	says := regexp.MustCompile(`of\s+(\d+)\s+rules\s+that\s+people\s+could\s+feel,\s+(\d+)\s+are\s+felt`)
	for file, must := range map[string]bool{"presets.md": true, "never-mixed.md": false} {
		text, err := os.ReadFile("../../docs/" + file)
		if err != nil {
			t.Fatal(err)
		}
		found := says.FindAllStringSubmatch(string(text), -1)
		if must && found == nil {
			t.Errorf("docs/%s does not say how many rules are felt", file)
		}
		for _, m := range found {
			if m[1] != strconv.Itoa(of) || m[2] != strconv.Itoa(total) {
				t.Errorf("docs/%s says that of %s rules %s are felt, and of %d it is %d", file, m[1], m[2], of, total)
			}
		}
	}
}
