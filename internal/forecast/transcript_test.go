package forecast

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

var evening = time.Date(2026, 12, 1, 20, 0, 0, 0, time.UTC)

// The transcripts tell what is said of whole campaigns, as stories that can be read
// aloud; go test ./internal/forecast -rewrite writes them anew.
func TestTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata/transcripts", func(t *testing.T, path string) {
		s := &telling{}
		datadriven.RunTest(t, path, s.play)
	})
}

// telling is a campaign being told.
type telling struct {
	c Campaign
	a *Answer // of c; nil: not asked for yet
}

func (s *telling) answer() *Answer {
	if s.a == nil {
		s.a = Imagine(s.c, 1, 0).Answer()
	}
	return s.a
}

func (s *telling) play(t *testing.T, d *datadriven.TestData) string {
	switch d.Cmd {
	case "campaign": // capacity=120 replicas=2 stock=500 uninvited=0.1, and a post a line
		s.a = nil
		s.c = Campaign{Stock: int(argument(t, d, "stock")), Capacity: Capacity{
			OrdersPerMinute: argument(t, d, "capacity"), Replicas: int(argument(t, d, "replicas"))}}
		if d.HasArg("uninvited") {
			s.c.Uninvited = new(argument(t, d, "uninvited"))
		}
		for line := range strings.Lines(d.Input) {
			s.c.Posts = append(s.c.Posts, postOf(t, line))
		}
		return "ok\n"
	case "past": // channel account reach visitors orders, a post a line
		s.c.Past, s.a = nil, nil
		for line := range strings.Lines(d.Input) {
			var p Past
			if _, err := fmt.Sscan(line, &p.Channel, &p.Account, &p.Reach, &p.Visitors, &p.Orders); err != nil {
				t.Fatal(line, err)
			}
			p.Proof = true
			s.c.Past = append(s.c.Past, p)
		}
		return "ok\n"
	case "say", "powiedz":
		l := English
		if d.Cmd == "powiedz" {
			l = Polish
		}
		return strings.Join(s.answer().Sentences(l), "\n") + "\n"
	case "why", "dlaczego":
		l := English
		if d.Cmd == "dlaczego" {
			l = Polish
		}
		return strings.Join(s.answer().Reasons(l), "\n") + "\n"
	}
	t.Fatalf("unknown command %s", d.Cmd)
	return ""
}

func argument(t *testing.T, d *datadriven.TestData, key string) (x float64) {
	if d.HasArg(key) {
		var s string
		d.ScanArgs(t, key, &s)
		x = parsed(t, s)
	}
	return x
}

func parsed(t *testing.T, s string) float64 {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// postOf reads a post: channel key=value...
func postOf(t *testing.T, line string) Post {
	words := strings.Fields(line)
	p := Post{Channel: Channel(words[0]), At: evening}
	for _, w := range words[1:] {
		key, v, _ := strings.Cut(w, "=")
		switch key {
		case "reach":
			p.Reach = int(parsed(t, v))
		case "followers":
			p.Followers = int(parsed(t, v))
		case "stock":
			p.Stock = int(parsed(t, v))
		case "price":
			p.Price = parsed(t, v)
		case "click":
			p.Click = new(parsed(t, v))
		case "buy":
			p.Buy = new(parsed(t, v))
		case "boost":
			p.Boost.Share = parsed(t, v)
		case "after":
			p.Boost.After = lasting(t, v)
		case "at":
			p.At = evening.Add(lasting(t, v))
		case "slip":
			p.Slip = lasting(t, v)
		case "account":
			p.Account = v
		case "coupon":
			p.Coupon = v
		case "proof":
			p.Proof = true
		case "limited":
			p.Limited = true
		default:
			t.Fatalf("unknown word %s", w)
		}
	}
	return p
}

func lasting(t *testing.T, s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
