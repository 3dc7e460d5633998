package control

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
)

func TestShopsAndVitals(t *testing.T) {
	c, p, _ := newControl(t, nil)
	p.set(func(v *falochron.Vitals) { v.PlacesPerSecond = math.Inf(1) })
	if w := ask(c, "GET", "/api/v1/shops", ""); strings.TrimSpace(w.Body.String()) != `{"shops":["perfumy.example"]}` {
		t.Error(w.Body)
	}
	w := ask(c, "GET", "/api/v1/shops/perfumy.example", "")
	var got View
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	if got.Vitals.Shop != "perfumy.example" || got.Vitals.Limit != 4 || got.Point.OrdersPerMin != -1 || got.Vitals.PlacesPerSecond != 0 {
		t.Errorf("%+v", got)
	}
	if s := w.Body.String(); strings.Contains(s, "hunter2") || !strings.Contains(s, "http://127.0.0.1:8080") {
		t.Error(s)
	}
}

// The console's script reads these names; the same list is in the console's
// test of its stories.
func TestTheNamesThePageReads(t *testing.T) {
	body, err := json.Marshal(Point{})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"t":0,"arrivals":0,"edge":0,"shop":0,"waits":0,"refused":0,"in_line":0,"inside":0,"in_flight":0,"queued":0,"limit":0,"orders_per_min":0,"p95_ms":0,"places":0}`
	if string(body) != want {
		t.Errorf("got %s", body)
	}
}

func TestJournalAndExplain(t *testing.T) {
	c, _, j := newControl(t, nil)
	if w := ask(c, "GET", "/api/v1/explain/r1", ""); w.Code != 404 || !strings.Contains(w.Body.String(), "the journal is empty") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	old := time.Now().Add(-time.Hour)
	j.Append(falochron.Record{Time: old, ID: "r0", Shop: "other.example", Method: "GET", Path: "/", Verdict: falochron.Verdict{Action: falochron.Shed, Limit: "concurrency"}})
	j.Append(falochron.Record{Time: time.Now(), ID: "r1", Shop: "perfumy.example", Method: "GET", Path: "/koszyk", Class: falochron.ClassCart, Verdict: falochron.Verdict{Action: falochron.Wait, Limit: "places", Bound: 2}})
	for _, q := range []struct {
		path string
		code int
		has  string
		not  string
	}{
		{"/api/v1/journal", 200, `"id":"r1"`, `"id":"r0"`},
		{"/api/v1/journal?since=2h", 200, `"id":"r0"`, ""},
		{"/api/v1/journal?since=2h&shop=other.example", 200, `"id":"r0"`, `"id":"r1"`},
		{"/api/v1/journal?since=" + old.Add(-time.Minute).UTC().Format(time.RFC3339), 200, `"records":2,"pass_sample":64`, ""},
		{"/api/v1/journal?since=2h&limit=1", 200, `"id":"r1"`, `"id":"r0"`},
		{"/api/v1/journal?notes=1", 200, `"records":[]`, ""},
		{"/api/v1/journal?since=yesterday", 400, "since cannot be read", ""},
		{"/api/v1/journal?since=-5m", 400, "since cannot be read", ""},
		{"/api/v1/journal?limit=0", 400, "no number from 1 to 10000", ""},
		{"/api/v1/journal?limit=10001", 400, "no number", ""},
		{"/api/v1/explain/r1", 200, "GET /koszyk (cart) of an unknown address was shown the waiting room.", ""},
		{"/api/v1/explain/r2", 404, "one in 64 is kept", ""},
		{"/api/v1/shops/perfumy.example/history?seconds=901", 400, "no number", ""},
		{"/api/v1/shops/perfumy.example/history", 200, `{"points":[]}`, ""},
	} {
		w := ask(c, "GET", q.path, "")
		if s := w.Body.String(); w.Code != q.code || !strings.Contains(s, q.has) || q.not != "" && strings.Contains(s, q.not) {
			t.Errorf("%s: %d %s", q.path, w.Code, s)
		}
	}
}

func TestReady(t *testing.T) {
	draining := false
	c, p, _ := newControl(t, func(cfg *Config) { cfg.Draining = func() bool { return draining } })
	check := func(code int, has string) {
		t.Helper()
		if w := ask(c, "GET", "/readyz", ""); w.Code != code || !strings.Contains(w.Body.String(), has) {
			t.Errorf("%d %s, want %d %s", w.Code, w.Body, code, has)
		}
	}
	check(200, `{"ready":true,"reasons":[]}`)
	p.set(func(v *falochron.Vitals) { v.Replicas[0].Healthy = false })
	check(200, `"ready":true`) // the line holds while the shop is down
	draining = true
	check(503, "draining")
	draining = false
	p.set(func(v *falochron.Vitals) { v.Replicas = nil })
	check(503, "shop perfumy.example has no origin")
	if w := ask(c, "GET", "/healthz", ""); w.Code != 200 {
		t.Errorf("healthz: %d", w.Code)
	}
}

func TestNotices(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(line int, healthy bool) falochron.Vitals {
		return falochron.Vitals{InLine: line, Replicas: []falochron.ReplicaVitals{{URL: "http://a", Healthy: healthy, Reason: "refused"}}}
	}
	var n notices
	before := falochron.Vitals{}
	for _, q := range []struct {
		second int
		v      falochron.Vitals
		want   string
	}{
		{0, at(0, true), ""},
		{1, at(3, true), "line: opened"},
		{2, at(0, true), ""},
		{20, at(1, true), ""}, // one person more is no news
		{21, at(0, true), ""},
		{50, at(0, true), ""},
		{51, at(0, true), "line: over"},
		{52, at(0, false), "replica lost: http://a (refused)"},
		{53, at(0, false), ""},
		{54, at(5, true), "line: opened|replica back: http://a"},
	} {
		got := strings.Join(n.decide(before, q.v, start.Add(time.Duration(q.second)*time.Second)), "|")
		if got != q.want {
			t.Errorf("second %d: %q, want %q", q.second, got, q.want)
		}
		before = q.v
	}
}

func TestPointsDrawRates(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	before, after := falochron.Vitals{Time: at}, falochron.Vitals{Time: at.Add(2 * time.Second), OrdersKnown: true, OrdersPerMin: 12, P95: 1500 * time.Millisecond}
	before.Arrivals, after.Arrivals = 100, 150
	after.Requests[falochron.ClassPage][falochron.Hit] = 10
	after.Requests[falochron.ClassStatic][falochron.Own] = 2
	after.Requests[falochron.ClassCart][falochron.Queue] = 6
	after.Requests[falochron.ClassPage][falochron.Wait] = 8
	after.Requests[falochron.ClassPage][falochron.Shed] = 4
	got := pointOf(before, after, 2*time.Second)
	want := Point{Unix: at.Unix() + 2, Arrivals: 25, EdgePerSecond: 6, ShopPerSecond: 3, WaitsPerSecond: 4, RefusePerSecond: 2, OrdersPerMin: 12, P95MS: 1500}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if back := pointOf(after, before, time.Second); back.Arrivals != 0 || back.EdgePerSecond != 0 || back.OrdersPerMin != -1 {
		t.Errorf("counters that went back: %+v", back)
	}
}

func TestTheApiFollowsTheJournalsWords(t *testing.T) {
	c, _, _ := newControl(t, nil)
	ask(c, "POST", "/api/v1/shops/perfumy.example/ceiling", `{"n": 8}`)
	w := ask(c, "GET", "/api/v1/journal?notes=1", "")
	var got struct{ Records []journal.Entry }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || len(got.Records) != 1 {
		t.Fatalf("%v %s", err, w.Body)
	}
	story := ask(c, "GET", "/api/v1/explain/"+got.Records[0].ID, "")
	if !strings.Contains(story.Body.String(), "api did: ceiling: none → 8.") {
		t.Error(story.Body)
	}
}
