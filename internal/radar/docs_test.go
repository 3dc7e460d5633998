package radar

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// docs/radar.md says what the code holds.
func TestDocsSayWhatTheCodeHolds(t *testing.T) {
	raw, err := os.ReadFile("../../docs/radar.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(raw)), " ")
	for _, want := range []string{
		fmt.Sprintf("(%g nats; more at a restless shop), at least %g times the usual and %d newcomers", DefaultAlarm, swellTimes, DefaultMinArrivals),
		fmt.Sprintf("holds %g times the usual and %d newcomers", stormTimes, stormLeast), fmt.Sprintf("(%g nats) | `strong`", stormNats),
		fmt.Sprintf("to twice of it and %g of the height; or %g of the height", secondShare, againShare),
		fmt.Sprintf("no more than %g times the usual", quietTimes), fmt.Sprintf("memory of ten minutes (%d ticks", memoryTicks),
		fmt.Sprintf("more than %g deviations out", clipDeviations), fmt.Sprintf("mean over up to %d weeks", maxWeeks),
		fmt.Sprintf("against %g of what is usual at this hour", usualShare), fmt.Sprintf("from %g on, within **%g and %g**", usualOver, LeastDispersion, MostDispersion),
		fmt.Sprintf("from %g on within %g and %g", usualWander, leastWander, mostWander), fmt.Sprintf("a surprise above %g nats in calm", excursionNats),
		fmt.Sprintf("(%g + %g × mean, %g to %g)", excursionNats, DefaultAlarm-excursionNats, usualExcess, mostExcess), fmt.Sprintf("bounded by %g nats", mostRecord),
		fmt.Sprintf("lies between %g and %g;", exactFrom, exactTo), "Windows are 0.3, 0.4, 0.6, 0.8, 1.2, 1.6",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("docs/radar.md does not say %q", want)
		}
	}
	for k := CauseBurst; k <= CauseWay; k++ {
		if !strings.Contains(text, "`"+k.String()+"`") {
			t.Errorf("docs/radar.md does not have the word %s", k)
		}
	}
	// The windows are those that are named.
	if w := windowsOf(tenth); w[0] != 3 || w[1] != 4 || w[2] != 6 || w[3] != 8 || w[4] != 12 || w[5] != 16 || w[len(w)-1] != 600 {
		t.Errorf("windows %v", w)
	}
}
