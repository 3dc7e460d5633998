package control

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/falochron/falochron"
)

var rewrite = flag.Bool("rewrite", false, "write testdata anew")

func canned(v *falochron.Vitals) {
	v.InLine, v.Inside, v.InFlight, v.Queued, v.Limit = 312, 41, 4, 2, 4
	v.PlacesPerSecond, v.FrontWaitSecs = 0.75, 416
	v.BaseLatency, v.P95 = 350*time.Millisecond, 1200*time.Millisecond
	v.Arrivals, v.Adopted, v.Orders, v.OrdersKnown, v.CacheBytes, v.FillPauses, v.RoomBytes, v.LeftEarly = 1234, 3, 56, true, 1<<20, 2, 4096, 17
	v.Requests[falochron.ClassPage][falochron.Wait] = 900
	v.Requests[falochron.ClassCheckout][falochron.Pass] = 57
	v.Forged = map[string]uint64{"mac": 3, "expired": 2}
	v.Replicas = append(v.Replicas, falochron.ReplicaVitals{URL: "http://127.0.0.1:8081", InFlight: 1, Reason: "connection refused"})
}

func TestMetricsText(t *testing.T) {
	p := newPier()
	p.set(canned)
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(collector{p, []string{"expired", "mac"}}); err != nil {
		t.Fatal(err)
	}
	got := ask(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), "GET", "/metrics", "").Body.String()
	const name = "testdata/metrics.txt"
	if *rewrite {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Error(d)
	}
}

func TestOrdersAreAbsentWhileNotKnown(t *testing.T) {
	c, _, _ := newControl(t, nil)
	body := ask(c, "GET", "/metrics", "").Body.String()
	if strings.Contains(body, "falochron_orders_total") {
		t.Error("orders are guessed")
	}
	for _, has := range []string{`falochron_build_info{version="test"} 1`, "go_goroutines", "process_"} {
		if !strings.Contains(body, has) {
			t.Errorf("%s is missing", has)
		}
	}
}

// Whatever visitors send, the names and values of labels stay those known at
// the start: texts of theirs that reach vitals, the journal or this listener
// leave no trace in the metrics, and add no series.
func TestNothingAVisitorChoosesBecomesALabel(t *testing.T) {
	const theirs = "visitors-own-text"
	c, p, j := newControl(t, nil)
	p.set(canned)
	before := ask(c, "GET", "/metrics", "").Body.String()
	p.set(func(v *falochron.Vitals) {
		v.Why, v.Binding = theirs, theirs
		v.Forged[theirs] = 5
		v.Forged["mac\"} 1\n"+theirs] = 7
		v.Replicas[1].Reason = theirs
	})
	j.Append(falochron.Record{ID: theirs, Client: theirs, Method: theirs, Path: "/" + theirs, Session: theirs, Verdict: falochron.Verdict{Action: falochron.Wait}})
	for _, path := range []string{"/" + theirs, "/api/v1/shops/" + theirs, "/api/v1/explain/" + theirs, "/metrics?x=" + theirs} {
		ask(c, "GET", path, "", header("User-Agent", theirs))
		ask(c, theirs, path, "")
	}
	after := ask(c, "GET", "/metrics", "").Body.String()
	if strings.Contains(after, theirs) {
		t.Error("a visitor's text is in the metrics")
	}
	if !strings.Contains(after, `falochron_tickets_refused_total{fault="other",shop="perfumy.example"} 12`) {
		t.Error("unknown faults are not counted as other")
	}
	if d := cmp.Diff(series(before), series(after)); d != "" {
		t.Error(d)
	}
	allowed := []string{"shop", "class", "action", "fault", "mode", "replica", "version", "quantile", "state", "from", "to", "window", "bound", "kind", "treatment", "le"}
	for _, m := range regexp.MustCompile(`[{,]([a-z_]+)="`).FindAllStringSubmatch(after, -1) {
		if !slices.Contains(allowed, m[1]) {
			t.Errorf("label %s is not one of ours", m[1])
		}
	}
}

// series lists the falochron_ series of a scrape without their values.
func series(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "falochron_") {
			out = append(out, line[:strings.LastIndexByte(line, ' ')])
		}
	}
	return out
}

func TestReplicasOfOneAddressAreOneSeries(t *testing.T) {
	p := newPier()
	p.set(func(v *falochron.Vitals) {
		v.Replicas = []falochron.ReplicaVitals{{URL: "http://a:s@h/1", Healthy: true, InFlight: 1}, {URL: "http://b:t@h/2", InFlight: 2}, {URL: "%"}}
	})
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collector{source: p})
	got := ask(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), "GET", "/metrics", "").Body.String()
	for _, has := range []string{
		`falochron_replica_healthy{replica="http://h",shop="perfumy.example"} 0`,
		`falochron_replica_inflight_requests{replica="http://h",shop="perfumy.example"} 3`,
		`falochron_replica_healthy{replica="unnamed",shop="perfumy.example"} 0`,
	} {
		if !strings.Contains(got, has) {
			t.Errorf("%s is missing", has)
		}
	}
}
