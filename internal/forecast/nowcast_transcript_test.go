package forecast

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// The transcripts tell what is said of waves second by second; go test
// ./internal/forecast -rewrite writes them anew.
func TestNowcastTranscripts(t *testing.T) {
	maker := NewNowcaster(BuiltIn())
	datadriven.Walk(t, "testdata/nowcast", func(t *testing.T, path string) {
		s := &watching{maker: maker}
		datadriven.RunTest(t, path, s.play)
	})
}

// watching is a wave being watched.
type watching struct {
	maker     *Nowcaster
	wave      *madeWave
	announced *Announced
}

func (s *watching) play(t *testing.T, d *datadriven.TestData) string {
	switch d.Cmd {
	case "wave": // people=30000 (in ten minutes, about) base=0.5 seed=3
		f := BuiltIn()
		s.announced = nil
		s.wave = makeWave(rand.New(rand.NewPCG(uint64(argument(t, d, "seed")), 0)), f, math.Log(argument(t, d, "people")/f.Middle(10*time.Minute)), 0, argument(t, d, "base"))
		return fmt.Sprintf("the first is seen %d s after the post\n", s.wave.firstSeen())
	case "announced": // people=20000 channel=x-post
		var channel string
		d.ScanArgs(t, "channel", &channel)
		p := argument(t, d, "people")
		s.announced = &Announced{Channel: Channel(channel), People: Range{p / 7, p, p * 7}}
		return "ok\n"
	case "after": // the seconds after the first, one a line
		var b strings.Builder
		for line := range strings.Lines(d.Input) {
			seconds := int(lasting(t, strings.TrimSpace(line)).Seconds())
			o := s.wave.after(s.wave.firstSeen() + seconds)
			o.Announced = s.announced
			n := s.maker.Nowcast(o)
			fmt.Fprintf(&b, "%s, %.0f seen: %s [%s, %s %.0f %%]\n", strings.TrimSpace(line), n.Seen, n.Sentence(English, o.Until), n.Why, n.Leans, 100*n.Weight)
		}
		return b.String()
	case "came":
		return fmt.Sprintf("%.0f in 10 minutes, %.0f in an hour; %.0f in the busiest minute, the peak %.0f s after the post\n", s.wave.truth[3], s.wave.truth[4], s.wave.truth[1], s.wave.truth[2])
	}
	t.Fatalf("unknown command %s", d.Cmd)
	return ""
}
