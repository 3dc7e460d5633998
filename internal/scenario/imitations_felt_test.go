package scenario

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/falochron/falochron/internal/preset"
)

// ofRecognition reports whether a rule only finds out what a shop is, or how a check
// fills a cart there, or where its replicas have their sessions: people at one replica
// cannot feel it.
func ofRecognition(rule string) bool {
	return strings.HasPrefix(rule, "sign: ") || strings.HasPrefix(rule, "ask: ") || strings.HasPrefix(rule, "sessions: ")
}

// The documentation says how many rules there are that people could feel, all of which
// are felt when they are taken away, by [TestEveryRuleIsFelt].
func TestFeltRulesAreCounted(t *testing.T) {
	all := 0
	for _, p := range preset.Platforms() {
		if p.Name == preset.GenericName {
			continue
		}
		n := 0
		for _, rule := range p.Rules() {
			if !ofRecognition(rule) {
				n++
			}
		}
		t.Logf("%s: %d", p.Name, n)
		all += n
	}
	t.Logf("all: %d", all)
	says := regexp.MustCompile(`all\s+(\d+)\s+rules\s+that\s+people\s+could\s+feel\s+are\s+felt`)
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
			if m[1] != strconv.Itoa(all) {
				t.Errorf("docs/%s says that all %s rules are felt, and there are %d", file, m[1], all)
			}
		}
	}
}
