package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/toyshop"
)

// keptResult is a result that keeps every promise.
func keptResult() *demoResult {
	return &demoResult{Seed: 1, Overload: 20, Compression: 5, Ideal: demoIdeal{88}, IdealBare: demoIdeal{87},
		Bare: &demoBare{OrdersPerMin: 3, ErrorShare: 0.9},
		Protected: &demoProtected{OrdersPerMin: 86, GoodputRatio: 0.97, SecondsToProtect: 2, AdmittedSessions: 300,
			BrokenAdmittedShare: 0.01, Checkouts: 100, FairnessRankCorrelation: 0.99, EdgeAnswerP99MS: 250,
			ShopPageP95MS: 4000, ShopPageP95AtIdealMS: 2000,
			demoShared: demoShared{ShopRequestsCacheable: 50, CacheableAsked: 1000, SavedShare: 0.95, WorstPerPeriod: 1}},
		Details: demoDetails{AlikePages: []string{"product"}, Waves: map[string]waveLog{}}}
}

func TestPromisesAreKept(t *testing.T) {
	for _, p := range judge(keptResult()) {
		if !p.holds {
			t.Errorf("%s: %s does not hold (%s)", p.what, p.got, p.want)
		}
	}
}

// Every promise can be broken, by its own number alone.
func TestPromisesCanBeBroken(t *testing.T) {
	for name, breakIt := range map[string]func(*demoProtected){
		"ratio":     func(p *demoProtected) { p.GoodputRatio = 0.949 },
		"protect":   func(p *demoProtected) { p.SecondsToProtect = 3 },
		"broken":    func(p *demoProtected) { p.BrokenAdmittedShare = 0.0101 },
		"checkout":  func(p *demoProtected) { p.CheckoutFailed = 1 },
		"oversold":  func(p *demoProtected) { p.Oversold = 1 },
		"callbacks": func(p *demoProtected) { p.LostCallbacks = 1 },
		"charged":   func(p *demoProtected) { p.ChargedAfterLeaving = 1 },
		"mixed":     func(p *demoProtected) { p.MixedVisitors = 1 },
		"fairness":  func(p *demoProtected) { p.FairnessRankCorrelation = 0.9899 },
		"edge":      func(p *demoProtected) { p.EdgeAnswerP99MS = 251 },
		"shop p95":  func(p *demoProtected) { p.ShopPageP95MS = 4001 },
		"spared":    func(p *demoProtected) { p.SavedShare = 0.9499 },
		"nothing":   func(p *demoProtected) { p.demoShared = demoShared{} },
		"twice":     func(p *demoProtected) { p.WorstPerPeriod = 2 },
	} {
		r := keptResult()
		breakIt(r.Protected)
		broken := 0
		for _, p := range judge(r) {
			if !p.holds {
				broken++
			}
		}
		if broken != 1 {
			t.Errorf("%s: %d promises are broken, want one", name, broken)
		}
		if code := exitCode((&demo{}).verdict(r, judge(r))); code != exitFailed {
			t.Errorf("%s: exit code %d", name, code)
		}
	}
	for name, change := range map[string]func(*demoResult){
		"only files":    func(r *demoResult) { r.Details.AlikePages = nil },
		"a small crowd": func(r *demoResult) { r.Overload = 4.9 },
	} {
		r := keptResult()
		r.Protected.SavedShare = 0.5
		change(r)
		if err := (&demo{}).verdict(r, judge(r)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	far := keptResult()
	far.Overload, far.Protected.GoodputRatio = 100, 0.91
	for _, p := range judge(far) {
		if !p.holds {
			t.Errorf("at 100 times: %s", p.what)
		}
	}
}

func TestVoidIsNeitherKeptNorBroken(t *testing.T) {
	late := &waveResult{log: waveLog{LatenessP99MS: 51}}
	fine := &waveResult{log: waveLog{LatenessP99MS: 50, BusyMean: 0.85}}
	if why := voids(&idealResult{}, fine, fine); len(why) != 0 {
		t.Errorf("at the bounds: %v", why)
	}
	if why := voids(&idealResult{busy: 0.9}, late, fine); len(why) != 2 {
		t.Errorf("%v, want lateness and a busy machine", why)
	}
	odd := &waveResult{log: waveLog{Attention: []string{"kill -9 of the edge, and restart: it does not answer"}}}
	for _, why := range [][]string{voids(&idealResult{}, fine, odd), voids(&idealResult{}, odd, fine)} {
		if len(why) != 1 || !strings.Contains(why[0], "it does not answer") {
			t.Errorf("%v: a scenario that did not happen proves nothing", why)
		}
	}
	// The whole way, from what a scenario failed to do to the exit code.
	for wave, odd := range map[string][2]*waveResult{"bare": {odd, fine}, "protected": {fine, odd}} {
		d := &demo{}
		for _, w := range odd {
			w.report = &crowd.Report{}
		}
		r := d.assemble(&crowd.List{Plan: &crowd.Plan{Compression: 1}}, &idealResult{edge: sweepPoint{OrdersPerMin: 88}}, odd[0], odd[1])
		if code := exitCode(d.verdict(r, nil)); !r.Void || code != exitVoid || len(r.Details.Waves[wave].Attention) != 1 {
			t.Errorf("%s: void %v, exit code %d", wave, r.Void, code)
		}
	}
	r := keptResult()
	r.Void, r.Details.VoidBecause = true, []string{"late"}
	r.Protected.Oversold = 9
	if code := exitCode((&demo{}).verdict(r, judge(r))); code != exitVoid {
		t.Errorf("exit code %d", code)
	}
}

// What a stage notes reaches the log of its wave, where it voids the run.
func TestNotesReachTheLog(t *testing.T) {
	rep := &crowd.Report{List: &crowd.List{}}
	s := &stage{demo: &demo{}, shop: &shopProcess{process: &process{}}}
	if w := s.result(rep, toyshop.Stats{}, 0); w.log.Attention != nil {
		t.Errorf("%v", w.log.Attention)
	}
	s.note("the edge did not come back")
	if w := s.result(rep, toyshop.Stats{}, 0); len(w.log.Attention) != 1 {
		t.Errorf("%v", w.log.Attention)
	}
}

// The numbers of the result are those of the report that they are named after.
func TestResultTakesTheRightNumbers(t *testing.T) {
	bare, protected := waveNotShown(), waveNotShown()
	bare.report.All.P95, bare.report.Waited.P95 = time.Millisecond, 7*time.Second
	protected.report.Pages.P95 = 2 * time.Second
	protected.report.Seconds = []crowd.Second{{Offered: 50, P95: time.Second, P95Each: 9 * time.Second}, {Offered: 50, P95: time.Second}}
	d := &demo{}
	r := d.assemble(&crowd.List{Plan: &crowd.Plan{Compression: 1}},
		&idealResult{edge: sweepPoint{OrdersPerMin: 88, PagesPerS: 12, P95MS: 2000}}, bare, protected)
	if r.Bare.P95MS != 7000 || r.Protected.ShopPageP95MS != 2000 {
		t.Errorf("p95: bare %v ms of pages that were waited for, protected %v ms", r.Bare.P95MS, r.Protected.ShopPageP95MS)
	}
	if each := r.Details.Waves["protected"].ProtectEach; r.Protected.SecondsToProtect != 0 || each == nil || *each != 1 {
		t.Errorf("seconds to protect %d, each second %v", r.Protected.SecondsToProtect, each)
	}
}

// The keys are a contract with whoever reads the file.
func TestResultKeys(t *testing.T) {
	b, err := json.Marshal(keptResult())
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	keys := func(raw json.RawMessage) map[string]bool {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		out := map[string]bool{}
		for k := range m {
			out[k] = true
		}
		return out
	}
	for where, want := range map[string]string{
		"ideal":      "orders_per_min",
		"ideal_bare": "orders_per_min",
		"bare": "orders_per_min goodput_ratio error_share p95_ms oversold lost_callbacks charged_after_leaving mixed_visitors " +
			"shop_requests_cacheable cacheable_asked saved_share worst_per_period",
		"protected": "orders_per_min goodput_ratio seconds_to_protect admitted_sessions broken_admitted_share checkout_failed checkouts " +
			"oversold lost_callbacks charged_after_leaving mixed_visitors fairness_rank_correlation edge_answer_p99_ms shop_page_p95_ms " +
			"shop_page_p95_at_ideal_ms waiting_peak wait_promise_kept edge_rss_mb edge_cpu_s " +
			"shop_requests_cacheable cacheable_asked saved_share worst_per_period",
	} {
		w := map[string]bool{}
		for k := range strings.FieldsSeq(want) {
			w[k] = true
		}
		if k := keys(got[where]); !reflect.DeepEqual(k, w) {
			t.Errorf("%s has %v, want %v", where, k, w)
		}
	}
	for _, k := range []string{"seed", "overload", "fans_hash", "compression", "void"} {
		if got[k] == nil {
			t.Errorf("%s is missing", k)
		}
	}
}

// A picture of any run is well-formed, runs nothing, and says in words what it
// shows.
func TestPictureIsWellFormed(t *testing.T) {
	rep := &crowd.Report{To: 96 * time.Second, Seconds: make([]crowd.Second, 100)}
	rep.Seconds[50].Orders, rep.Seconds[51].Errors, rep.Totals.WaitingPeak = 3, 200, 1234567
	rep.Seconds[52].InLine = 1234567
	shown := keptResult()
	shown.Protected.WaitingPeak = 1234567
	shown.Details.Waves = map[string]waveLog{"bare": {}, "protected": {}}
	for name, c := range map[string]struct {
		r    *demoResult
		reps [2]*crowd.Report
		says []string
	}{
		"both":    {shown, [2]*crowd.Report{rep, rep}, []string{"title", "Same shop, same rush: 3 orders a minute alone, 86 with Falochron", "desc", "up to 1,234,567 people stood in line", "97 % of those of a calm crowd", "Orders a minute", "Error pages a second"}},
		"empty":   {shown, [2]*crowd.Report{{}, {}}, []string{"no orders", "no line", "no error page"}},
		"neither": {keptResult(), [2]*crowd.Report{{}, {}}, []string{"title", "desc", "not part of this run"}},
	} {
		text := string(picture(c.r, c.reps[0], c.reps[1]))
		for _, words := range c.says {
			if !strings.Contains(text, words) {
				t.Errorf("%s: it does not say %q", name, words)
			}
		}
		for _, bad := range []string{"<script", "http://www.w3.org/1999/xlink", "onload", "NaN", "Inf"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: holds %s", name, bad)
			}
		}
		dec := xml.NewDecoder(strings.NewReader(text))
		for {
			if _, err := dec.Token(); err != nil {
				if !errors.Is(err, io.EOF) {
					t.Errorf("%s: %v", name, err)
				}
				break
			}
		}
	}
	for top, want := range map[float64]float64{0: 1, 1: 1, 3: 1, 5: 2, 10: 5, 110: 50, 5508: 2000, 24171: 10000, 5e6: 2e6} {
		if got := tick(top); got != want {
			t.Errorf("a scale up to %v has a line every %v, want %v", top, got, want)
		}
	}
	if got := thousands(1234567); got != "1,234,567" {
		t.Errorf("thousands: %s", got)
	}
}

func TestScenarioParts(t *testing.T) {
	at := func(secs int) time.Duration { return time.Duration(secs) * time.Second }
	for name, c := range map[string]struct {
		s         scenario
		protected bool
		want      []part
	}{
		"nothing":              {scenario{}, true, []part{{at(40), at(100), 1}}},
		"slow from the middle": {scenario{slowAt: at(60), slowFactor: 2}, true, []part{{at(40), at(60), 1}, {at(60), at(100), 0.5}}},
		"slow from the start":  {scenario{slowAt: at(1), slowFactor: 4}, false, []part{{at(40), at(100), 0.25}}},
		"outage":               {scenario{outageAt: at(50), outageFor: at(20)}, true, []part{{at(40), at(50), 1}, {at(90), at(100), 1}}},
		"outage, but bare":     {scenario{outageAt: at(50), outageFor: at(20)}, false, []part{{at(40), at(100), 1}}},
		"outage until the end": {scenario{outageAt: at(30), outageFor: at(60)}, true, []part{}},
		"edge started cold":    {scenario{edgeColdAt: at(30)}, true, []part{{at(65), at(100), 1}}},
	} {
		if got := c.s.parts(at(40), at(100), at(20), at(45), c.protected); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestGoodputCountsPartsOnly(t *testing.T) {
	at := func(secs int) time.Duration { return time.Duration(secs) * time.Second }
	rep := &crowd.Report{Traces: []crowd.Trace{{Ordered: at(10)}, {Ordered: at(50)}, {Ordered: at(90)}, {Ordered: at(110)}}}
	rate, ratio := goodput(rep, []part{{at(0), at(60), 1}, {at(100), at(120), 0.5}}, 3)
	if round(rate, 6) != 2.25 || round(ratio, 6) != round(3/3.5, 6) {
		t.Errorf("rate %v, ratio %v: three orders in 80 s of which 20 at half", rate, ratio)
	}
	if rate, ratio := goodput(rep, nil, 3); rate != 0 || ratio != 0 {
		t.Error("orders counted in no part")
	}
}

// Nine of twenty buy, and the plan is one that a crowd accepts.
func TestToyshopPlan(t *testing.T) {
	p := toyshopPlan(1, demoCompression)
	if p.BuyerShare() != 0.45 {
		t.Errorf("%v of the fans buy", p.BuyerShare())
	}
	if _, err := crowd.Draw(p, 100, demoWave); err != nil {
		t.Error(err)
	}
}

func TestRelayTurns(t *testing.T) {
	serve := func(word string) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(c, word)
			}
		}()
		return l.Addr().String()
	}
	shop, edge := serve("shop"), serve("edge")
	r, err := newRelay(shop)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	hear := func() (net.Conn, string) {
		c, err := net.Dial("tcp", r.addr())
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 4)
		if _, err := io.ReadFull(c, b); err != nil {
			t.Fatal(err)
		}
		return c, string(b)
	}
	old, word := hear()
	defer old.Close()
	if word != "shop" {
		t.Fatalf("reached %q first", word)
	}
	r.turn(edge)
	if _, err := old.Read(make([]byte, 1)); err == nil {
		t.Error("the old connection goes on")
	}
	now, word := hear()
	defer now.Close()
	if word != "edge" {
		t.Errorf("reached %q after the turn", word)
	}
}
