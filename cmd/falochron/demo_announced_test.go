package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/crowd"
)

// keptAnnounced is a second act that keeps every promise, each just so.
func keptAnnounced() *announcedResult {
	at := func(edge told) tapped {
		return tapped{PlanMS: 1000, EdgeMS: edge, ToldMS: 5000, AcknowledgedMS: 2000, Acknowledged: true, OpeningDoesNothing: true}
	}
	return &announcedResult{
		Seed: 1, Workers: 8, Foretold: 720, Verdict: "go-with-a-line", Call: at(1000), Post: at(1000), Marker: 1000,
		Wave:        waveSeen{Came: 720, Counted: 720, Admitted: 270, Broken: 2, Orders: 50},
		Evening:     eveningSeen{EdgeMS: 1000, CameEarly: 160, Recomputed: true, Verified: "ticket 17 was drawn to place 5 of 160"},
		Messages:    messages("hosting", 0, "ola", 1, "hosting", 20, "hosting", 59, "hosting", 60),
		EveningWave: waveSeen{Came: 240, Admitted: 130, Broken: 2},
		Story:       []chapter{{At: time.Date(2026, 12, 1, 20, 0, 7, 0, time.UTC), Says: `Ola says <script>"hi"</script>`, Pictures: []string{"1-influencer-before.png"}}},
	}
}

// messages are some, by whom they came to and after how many seconds.
func messages(all ...any) (out []chatMessage) {
	for i := 0; i < len(all); i += 2 {
		out = append(out, chatMessage{To: all[i].(string), Subject: "A post", At: time.Date(2026, 12, 1, 20, 0, 0, 0, time.UTC).Add(time.Duration(all[i+1].(int)) * time.Second)})
	}
	return out
}

func TestTheSecondActKeepsItsPromises(t *testing.T) {
	for _, p := range judgeAnnounced(keptAnnounced()) {
		if !p.holds {
			t.Errorf("%s: %s does not hold (%s)", p.what, p.got, p.want)
		}
	}
}

// Every promise can be broken, by its own number alone, and by that number's not being
// there.
func TestPromisesOfTheSecondActCanBeBroken(t *testing.T) {
	nan := told(math.NaN())
	broken := map[string]bool{}
	for name, breakIt := range map[string]func(*announcedResult){
		"call plan":     func(r *announcedResult) { r.Call.PlanMS = 1001 },
		"no call plan":  func(r *announcedResult) { r.Call.PlanMS = nan },
		"call edge":     func(r *announcedResult) { r.Call.EdgeMS = 1001 },
		"no call edge":  func(r *announcedResult) { r.Call.EdgeMS = nan },
		"told":          func(r *announcedResult) { r.Call.ToldMS = 5001 },
		"not told":      func(r *announcedResult) { r.Call.ToldMS = nan },
		"twice told":    func(r *announcedResult) { r.Twice = 1 },
		"unsigned":      func(r *announcedResult) { r.Unsigned = 1 },
		"flood":         func(r *announcedResult) { r.Messages = append(r.Messages, messages("hosting", 58)...) },
		"no message":    func(r *announcedResult) { r.Messages = nil },
		"opened":        func(r *announcedResult) { r.Call.OpeningDoesNothing = false },
		"unheard":       func(r *announcedResult) { r.Call.Acknowledged = false },
		"ack late":      func(r *announcedResult) { r.Call.AcknowledgedMS = 2001 },
		"ack not shown": func(r *announcedResult) { r.Call.AcknowledgedMS = nan },
		"post plan":     func(r *announcedResult) { r.Post.PlanMS = 1001 },
		"post edge":     func(r *announcedResult) { r.Post.EdgeMS = nan },
		"mark":          func(r *announcedResult) { r.Marker = 1001 },
		"no mark":       func(r *announcedResult) { r.Marker = nan },
		"uncounted":     func(r *announcedResult) { r.Wave.Counted = 719 },
		"twice":         func(r *announcedResult) { r.Wave.Counted = 721 },
		"let down":      func(r *announcedResult) { r.EveningWave.Broken = 3 },
		"nobody in":     func(r *announcedResult) { r.Wave.Admitted, r.EveningWave.Admitted = 0, 0 },
		"checkout":      func(r *announcedResult) { r.Wave.CheckoutFailed = 1 },
		"mixed":         func(r *announcedResult) { r.EveningWave.Mixed = 1 },
		"evening edge":  func(r *announcedResult) { r.Evening.EdgeMS = 1001 },
		"early":         func(r *announcedResult) { r.Evening.InEarly = 1 },
		"nobody early":  func(r *announcedResult) { r.Evening.CameEarly = 0 },
		"draw":          func(r *announcedResult) { r.Evening.Recomputed = false },
	} {
		r := keptAnnounced()
		breakIt(r)
		n := 0
		for _, p := range judgeAnnounced(r) {
			if !p.holds {
				n++
				broken[p.what] = true
			}
		}
		if n != 1 {
			t.Errorf("%s: %d promises are broken", name, n)
		}
	}
	for _, p := range judgeAnnounced(keptAnnounced()) {
		if !broken[p.what] {
			t.Errorf("nothing breaks %q", p.what)
		}
	}
}

func TestTheSecondActsReport(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	d := &announcedDemo{folder: dir, out: newPrinter(&out)}
	if err := d.conclude(keptAnnounced()); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, reportPage))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"20:00:07", "Ola says &lt;script&gt;", `<img src="1-influencer-before.png"`, "kept", "the host is told (ms)"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the report has no %s", want)
		}
	}
	if strings.Contains(string(page), "BROKEN") {
		t.Error("a kept promise is shown as broken")
	}

	r := keptAnnounced()
	r.Call.ToldMS = told(math.NaN())
	if err := d.conclude(r); err == nil || exitCode(err) != exitFailed || !strings.Contains(err.Error(), "the host is told") {
		t.Errorf("a host who was not told: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, reportResult))
	if err != nil {
		t.Fatal(err)
	}
	var back announcedResult
	if err := json.Unmarshal(text, &back); err != nil || !math.IsNaN(float64(back.Call.ToldMS)) || !slices.ContainsFunc(back.Promises, func(p judgedPromise) bool { return !p.Holds }) {
		t.Errorf("%v: %+v", err, back)
	}
	if !strings.Contains(out.String(), "BROKEN  the host is told (ms)") {
		t.Errorf("%s", out.String())
	}

	r = keptAnnounced()
	r.Wave.LatenessP99MS, r.BusyMean = voidLatenessMS+1, voidBusy+0.01
	if err := d.conclude(r); err != nil {
		t.Errorf("a late crowd, and yet all is kept: %v", err)
	}
	r.Wave.CheckoutFailed, r.Promises = 1, nil
	var void *voidError
	if err := d.conclude(r); !errors.As(err, &void) || !strings.Contains(err.Error(), "failed checkouts") || len(r.VoidBecause) != 2 {
		t.Errorf("a crowd that is late proves nothing: %v", err)
	}
}

// The fans of the second act come by the address that they are given, each with a click
// of its own, and then go the ways of the first act.
func TestFansComeByTheShortLink(t *testing.T) {
	s := &announcedStage{announcedDemo: &announcedDemo{seed: 3}}
	list, err := s.fans("/go/abc", 10, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Fans) != fewestFans {
		t.Errorf("%d fans", len(list.Fans))
	}
	first := toyshopPlan(3, demoCompression)
	for i, j := range list.Plan.Journeys {
		if j.Steps[0].Path != "/go/abc?{click}" || first.Journeys[i].Steps[0].Path == j.Steps[0].Path || len(j.Steps) != len(first.Journeys[i].Steps) {
			t.Errorf("%s: %+v", j.Name, j.Steps[0])
		}
	}
	if many, err := s.fans("", 1<<30, time.Minute); err != nil || len(many.Fans) != mostFans || many.Plan.Journeys[0].Steps[0].Path != first.Journeys[0].Steps[0].Path {
		t.Errorf("%v", err)
	}
	w := waveOf(&crowd.Report{List: list, Totals: crowd.Totals{Arrived: 5, Broken: map[crowd.Fault]int{crowd.Reset: 1, crowd.ServerError: 2}}})
	if w.Broken != 3 || w.Came != 5 {
		t.Errorf("%+v", w)
	}
}

func TestTheSecondActRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--act", "4"}, "there is no act 4"},
		{[]string{"--act", "2"}, "act 2 moves a real browser"},
		{[]string{"--act", "2", "--browser", "x", "--chromium", "y", "--overload", "3"}, "act 2 has no --overload"},
		{[]string{"--act", "2", "--browser", "x", "--chromium", "y", "--fault", "mix-carts"}, "no such fault: mix-carts"},
		{[]string{"--act", "2", "--browser", "x", "--chromium", "y", "--workers", "0"}, "1 to 64 workers"},
	} {
		var out, errs bytes.Buffer
		if code := run(append([]string{"demo"}, c.args...), strings.NewReader(""), &out, &errs); code != exitUsage || !strings.Contains(errs.String(), c.want) {
			t.Errorf("%v: %d %s", c.args, code, errs.String())
		}
	}
}
