package forecast

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// docs/forecast.md says what the code holds.
func TestDocsSayWhatTheCodeHolds(t *testing.T) {
	raw, err := os.ReadFile("../../docs/forecast.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	row := func(holds ...string) bool {
		for line := range strings.Lines(text) {
			found := strings.HasPrefix(line, "| ")
			for _, h := range holds {
				found = found && strings.Contains(line, h)
			}
			if found {
				return true
			}
		}
		return false
	}
	for _, p := range priors {
		name := "`" + string(p.channel) + "`"
		for i, r := range p.rates {
			figure := "| " + spaces(English.Percent(r.click)) + " |"
			if i == 0 && !row(name, string(r.link), figure) || !row(string(r.link), figure) {
				t.Errorf("%s by %s: %s is in no row", name, r.link, figure)
			}
		}
		shares := name
		for _, s := range p.shape.share {
			shares += fmt.Sprintf(" | %.3g %%", 100*s)
		}
		// Several channels share a row, so the name may stand further left.
		if !row(name, strings.TrimPrefix(shares, name)+" |") {
			t.Errorf("%s: %s is in no row", name, shares)
		}
	}
	for _, s := range []string{
		fmt.Sprintf("standard deviation of **%g**", logSD), fmt.Sprintf("%g² = %g", logSD, logSD*logSD),
		fmt.Sprintf("| both are of this shop | %.2f |", varShop), fmt.Sprintf("| the same channel | %.2f |", varChannel),
		fmt.Sprintf("| the same account | %.2f |", varAccount), fmt.Sprintf("| the same account on the same channel | %.2f,", varBoth),
		fmt.Sprintf("%.1f %% (all visitors 2.2 %%", 100*buyUsual), fmt.Sprintf("of limited offers %.0f %%", 100*buyLimited),
		English.Number(usualWorlds) + " worlds are drawn", fmt.Sprintf("deviation of %g (measured", jitterSocial),
		fmt.Sprintf("and of %g for moments", jitterMoment), fmt.Sprintf("for %d s unless", DefaultWorkerSeconds),
		fmt.Sprintf("(%.0f minutes, a guess)", DefaultPatience.Minutes()), fmt.Sprintf("uncertain by another %g", boostSD),
	} {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), s) {
			t.Errorf("docs/forecast.md does not say %q", s)
		}
	}
}
