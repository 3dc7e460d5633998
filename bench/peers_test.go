package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falochron/falochron"
)

// aField is a comparison of one peer at one shop.
func aField(set settings) *peersField {
	shop := peersShops()[0]
	return &peersField{set: set, shops: []peersShop{shop}, tunings: []*tuning{newTuning(shop, wavePeers()[0])}, versions: map[string]string{"nginx": "1.2"}}
}

// aFrontResult is what the demo writes of a wave.
func aFrontResult(t *testing.T) string {
	t.Helper()
	log := `{"error_share":0.25,"fans_with_an_error":1212,"admitted":200,"broken":{"over 10 s":3,"server error":1},"rank_correlation":0.5,"rank_correlation_admitted":0.75}`
	text := `{"ideal":{"orders_per_min":90},"ideal_bare":{"orders_per_min":88},
"bare":{"orders_per_min":9,"goodput_ratio":0.1,"p95_ms":3000},
"protected":{"orders_per_min":81,"goodput_ratio":0.9,"shop_page_p95_ms":2000,"edge_answer_p99_ms":null,"waiting_peak":null,"wait_promise_kept":null,"edge_rss_mb":12,"edge_cpu_s":3.5,"charged_after_leaving":0},
"details":{"waves":{"bare":` + log + `,"protected":` + log + `}}}`
	if !json.Valid([]byte(text)) {
		t.Fatal("no JSON")
	}
	return text
}

// Every limit has at least five values at each shop, of which each is tried once; then
// every contender meets every wave.
func TestPeersPlan(t *testing.T) {
	for _, p := range wavePeers() {
		if len(p.limits) < 2 {
			t.Errorf("%s has %d limits", p.name, len(p.limits))
		}
		for _, l := range p.limits {
			if p.looked[l.name] < 1 {
				t.Errorf("%s is looked at without the limit %s", p.name, l.name)
			}
			for _, shop := range peersShops() {
				values := l.values[shop.as]
				if len(values) < 5 || !slices.IsSorted(values) || len(slices.Compact(slices.Clone(values))) != len(values) {
					t.Errorf("%s, %s, %s: %v", p.name, l.name, shop.name, values)
				}
			}
		}
	}
	f := aField(settings{seeds: []uint64{1, 2}, overloads: []float64{5, 20}})
	runs := f.sweep("bench", 0)
	if n := len(f.tunings[0].peer.limits[0].values[""]); len(runs) != n {
		t.Errorf("%d waves for %d values", len(runs), n)
	}
	mark := f.tunings[0].peer.print()
	want := "peers-toyshop-nginx-door110-gate16-" + mark + "/w8/x20/s1"
	if runs[0].key() != want || runs[0].wave != "protected" || runs[0].idealName() != "ideal-w8-s1.json" {
		t.Errorf("%s, want %s", runs[0].key(), want)
	}
	if got := strings.Join(runs[0].args, " "); got != "--front exec 'bench' front nginx shop= door=110 gate=16" {
		t.Error(got)
	}
	final := f.final("bench")
	if len(final) != 2*2*3 {
		t.Errorf("%d waves", len(final))
	}
	names := []string{}
	for _, r := range final {
		names = append(names, fmt.Sprintf("%s %s %g/%d", strings.TrimPrefix(r.name, "peers-toyshop-"), r.wave, r.overload, r.seed))
	}
	nginx := "nginx-door170-gate16-" + mark + " protected "
	if diff := cmp.Diff([]string{
		"Falochron protected 5/1", "Falochron protected 20/1", nginx + "5/1", nginx + "20/1", "nothing bare 5/1", "nothing bare 20/1",
		nginx + "5/2", nginx + "20/2", "nothing bare 5/2", "nothing bare 20/2", "Falochron protected 5/2", "Falochron protected 20/2"}, names); diff != "" {
		t.Error(diff)
	}
	if (&peersField{set: settings{overloads: []float64{7}}}).sweepAt() != 7 {
		t.Error("limits are tried at an overload that nobody asked for")
	}
}

func TestPeersSettings(t *testing.T) {
	s := settings{overloads: []float64{20, 100}, seeds: []uint64{1, 2, 3}, parallel: 8}
	if got := s.ofPeers().overloads; !slices.Equal(got, []float64{1, 5, 20, 100}) {
		t.Error(got)
	}
	s.chosen.overloads = true
	if got := s.ofPeers().overloads; !slices.Equal(got, []float64{20, 100}) {
		t.Error(got)
	}
	all := peersTake(s)
	s.scenarios = []string{"peers-woocommerce"}
	if one := peersTake(s); one <= 0 || one >= all || !wanted(s, "peers") || wanted(s, "orders") || wanted(s, "imitations") {
		t.Errorf("%v of %v", one, all)
	}
	if _, err := readSettings(func(name string) string {
		return map[string]string{"SCENARIOS": "peers-toyshop", "ONLY": "peers"}[name]
	}); err != nil {
		t.Error(err)
	}
}

// The best is the one with the most orders; of two as good, the one that lets fewer
// down. What is void chooses nothing.
func TestBestLimitIsTaken(t *testing.T) {
	for name, c := range map[string]struct {
		seen map[int]frontSeen // by value
		want int
	}{
		"the most":         {map[int]frontSeen{110: {ratio: 0.8}, 130: {ratio: 0.95}, 240: {ratio: 0.7}}, 130},
		"as good":          {map[int]frontSeen{110: {ratio: 0.95, broken: 0.01}, 130: {ratio: 0.955, broken: 0.05}}, 110},
		"as good, later":   {map[int]frontSeen{110: {ratio: 0.955, broken: 0.05}, 130: {ratio: 0.95, broken: 0.01}}, 130},
		"better, and dear": {map[int]frontSeen{110: {ratio: 0.9}, 130: {ratio: 0.95, broken: 0.2}}, 130},
		"none":             {nil, 170},
	} {
		u := newTuning(peersShops()[0], wavePeers()[0])
		u.try(0)
		u.choose(0, func(contender) (frontSeen, bool) { return frontSeen{}, false })
		if u.best["door"] != 170 {
			t.Errorf("without rows: %v", u.best)
		}
		u.choose(0, func(x contender) (frontSeen, bool) { s, ok := c.seen[x.limits["door"]]; return s, ok })
		if u.best["door"] != c.want || u.best["gate"] != 16 {
			t.Errorf("%s: %v", name, u.best)
		}
		if end := u.atEnd(u.peer.limits[0]); end != (c.want == 110 || c.want == 240) {
			t.Errorf("%s: at the end: %v", name, end)
		}
	}
}

// The comparison goes on where it was stopped, and tells of a wave what the demo wrote.
func TestPeersGoOn(t *testing.T) {
	b := testBench(t)
	calls := fakeDemo(t, b, 0, aFrontResult(t))
	set := settings{seeds: []uint64{1}, overloads: []float64{5, 20, 100}}
	waves, when := 0, "in this run"
	for range 2 {
		f := aField(set)
		out, err := f.compare(t.Context(), b, "bench")
		if err != nil {
			t.Fatal(err)
		}
		for _, words := range []string{"nginx 1.2", "#### The toy shop itself", "20 times too many buyers; one seed:", "0.900", "81.0", "25.00 %", "1212", "2.00 %", "2000 ms", "0.750",
			"nginx: new sessions a minute (limit_req)", "**110: 0.900 (2.0 %)**, 130: 0.900 (2.0 %)", "the best may lie beyond", when, "Nobody is ahead of ours in any column"} {
			if !strings.Contains(out.markdown, words) {
				t.Errorf("%q is missing in\n%s", words, out.markdown)
			}
		}
		// 0.9 of ideal is enough at 100 times too many buyers alone.
		if len(out.missed) != 2 || !strings.Contains(out.missed[0], "orders ÷ ideal 0.900, goal 0.95") {
			t.Error(out.missed)
		}
		if waves == 0 {
			waves, when = calls(), time.Now().UTC().Format("2006-01-02")+", build b1"
		}
	}
	if calls() != waves || waves != 6+5-1+3*3-1 { // one of the second limit is a wave of the first, and the best at 20 times is one of these
		t.Errorf("%d waves, then %d", waves, calls())
	}
	if _, err := os.Stat(filepath.Join(b.out, "benchmarks", "peers.json")); err != nil {
		t.Error(err)
	}
}

// Limits that were found are taken over by another build, and looked for anew when
// anything changed that they depend on, or when too few waves told of them.
func TestLimitsAreKept(t *testing.T) {
	b := testBench(t)
	calls := fakeDemo(t, b, 0, aFrontResult(t))
	set := settings{seeds: []uint64{1}, overloads: []float64{20}}
	compare := func(change func(*peersField)) (waves int) {
		t.Helper()
		f, before := aField(set), calls()
		if change != nil {
			change(f)
		}
		if _, err := f.compare(t.Context(), b, "bench"); err != nil {
			t.Fatal(err)
		}
		return calls() - before
	}
	const sweep, final = 6 + 5 - 1, 3
	if n := compare(nil); n != sweep+final-1 { // the best was a wave of the sweep
		t.Errorf("at first %d waves", n)
	}
	b.build = "b2"
	if n := compare(nil); n != final {
		t.Errorf("another build: %d waves", n)
	}
	for name, change := range map[string]func(*peersField){
		"version":  func(f *peersField) { f.versions["nginx"] = "1.3" },
		"overload": func(f *peersField) { f.set.overloads = []float64{100} },
		"values":   func(f *peersField) { f.tunings[0].peer.limits[0].values = map[string][]int{"": {1, 2, 3, 4, 5}} },
		"settings": func(f *peersField) { f.tunings[0].peer.file = "haproxy.cfg" },
	} {
		f := aField(set)
		rows, err := loadRows[limitsRow](b, limitsFile)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		if change(f); f.recall(b) != nil || f.tunings[0].known() {
			t.Errorf("another %s, and the old limits stand", name)
		}
	}
	b.fresh = true
	if f := aField(set); f.recall(b) != nil || f.tunings[0].known() {
		t.Error("FRESH=1, and the old limits stand")
	}
	b.fresh = false
	few := aField(set).tunings[0].found(b.stamp(), "1.2", 20)
	for i := range 9 {
		few.Tried = append(few.Tried, triedLimit{Limit: []string{"door", "gate"}[i/5], Counts: true})
	}
	if few.complete() {
		t.Error("four values of a limit are enough")
	}
	if few.Tried = append(few.Tried, triedLimit{Limit: "gate", Counts: true}); !few.complete() {
		t.Error("five values of each limit are not enough")
	}
}

// A table says who is best in a column, and who is ahead of ours, by what it shows.
func TestPeersTables(t *testing.T) {
	stand := func(name string, seen ...frontSeen) standing {
		return standing{contender: contender{name: name}, seen: seen}
	}
	ours := stand(oursName, frontSeen{ratio: 1.00, memory: 100}, frontSeen{ratio: 1.10, memory: 110}, frontSeen{ratio: 1.06, memory: 120})
	nginx := stand("nginx", frontSeen{ratio: 0.90, memory: 10, broken: 0.01}, frontSeen{ratio: 0.80, memory: 10, broken: 0.02})
	bare := stand(bareName, frontSeen{ratio: 0.2, errors: 0.5})
	text := peersTable([]standing{ours, nginx, bare})
	for _, words := range []string{"**1.060** ± 0.050", "0.850 ± 0.050", "| **10** ", " 110 |"} {
		if !strings.Contains(text, words) {
			t.Errorf("%q is missing in\n%s", words, text)
		}
	}
	for line := range strings.Lines(text) {
		if cells := strings.Split(line, "|"); strings.HasPrefix(line, "| nothing") && strings.TrimSpace(cells[len(cells)-4]) != "" {
			t.Errorf("a shop without a front has a front's memory: %s", line)
		}
	}
	words := peersVerdict([]standing{ours, nginx, bare})
	if !strings.Contains(words, "the best of the others (nginx) 0.850") || !strings.Contains(words, "margin +0.210") || !strings.Contains(words, "Ahead of ours: MB (nginx).") {
		t.Error(words)
	}
	if got := peersVerdict([]standing{stand(oursName), nginx}); got != "Nothing to compare." {
		t.Error(got)
	}
	shop := peersShops()[0]
	for name, c := range map[string]struct {
		overload float64
		all      []standing
		missed   int
		open     int
	}{
		"best":          {20, []standing{ours, nginx, bare}, 0, 0},
		"not judged":    {1, []standing{nginx}, 0, 0},
		"nothing":       {20, []standing{stand(oursName), nginx}, 0, 1},
		"below":         {20, []standing{stand(oursName, frontSeen{ratio: 0.9499})}, 1, 0},
		"far":           {100, []standing{stand(oursName, frontSeen{ratio: 0.9})}, 0, 0},
		"behind":        {20, []standing{ours, stand("nginx", frontSeen{ratio: 1.2})}, 1, 0},
		"breaks more":   {20, []standing{stand(oursName, frontSeen{ratio: 1, broken: 0.001}), stand("nginx", frontSeen{ratio: 0.9})}, 1, 0},
		"nobody let in": {20, []standing{stand(oursName, frontSeen{ratio: 1, broken: 0.001}), bare}, 0, 0},
	} {
		missed, open := peersMissed(shop, c.overload, c.all)
		if len(missed) != c.missed || len(open) != c.open {
			t.Errorf("%s: missed %v, open %v", name, missed, open)
		}
	}
}

// A void wave counts for nothing, and a demo that failed is a goal missed.
func TestPeersVoidAndFailed(t *testing.T) {
	f := aField(settings{seeds: []uint64{1}, overloads: []float64{20}})
	run := contender{shop: f.shops[0], name: oursName}.run("bench", 20, 1)
	good := ordersRow{stamp: stamp{Build: "b1"}, Key: run.key(), Result: json.RawMessage(aFrontResult(t))}
	void, failed := good, good
	void.Void, void.Why = true, []string{"busy"}
	failed.Failed = "it ended"
	for name, c := range map[string]struct {
		row   ordersRow
		there bool
	}{"good": {good, true}, "void": {void, false}, "failed": {failed, false}} {
		f.book = &rowBook{rows: []ordersRow{c.row}}
		if _, there := f.one(run); there != c.there {
			t.Errorf("%s: %v", name, there)
		}
		f.tunings[0].try(0)
		f.tunings[0].choose(0, func(c contender) (frontSeen, bool) { return f.one(c.run("bench", 20, 1)) })
		out := f.outcome("bench")
		if !strings.Contains(out.markdown, "none counts, so the middle stands") || !strings.Contains(out.markdown, "**170: –**") {
			t.Errorf("%s: what was not tried was taken:\n%s", name, out.markdown)
		}
		said := strings.Join(append(slices.Clone(out.void), out.missed...), " ")
		if strings.Contains(said, run.key()) == c.there {
			t.Errorf("%s: %q", name, said)
		}
	}
}

// A front is started with all its limits, or not at all.
func TestFrontNeedsItsLimits(t *testing.T) {
	env := func(name string) string {
		return map[string]string{"LISTEN": "127.0.0.1:1", "ORIGIN": "127.0.0.1:2", "FOLDER": t.TempDir()}[name]
	}
	for _, args := range [][]string{{}, {"other"}, {"nginx"}, {"nginx", "shop=other"}, {"nginx", "shop=", "door=3"}, {"nginx", "shop=", "door=x", "gate=3"}} {
		if _, _, err := prepareFront(args, env); falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
			t.Errorf("%v: %v", args, err)
		}
	}
	if _, _, err := prepareFront([]string{"nginx", "shop=", "door=3", "gate=3"}, func(string) string { return "" }); err == nil {
		t.Error("without an address")
	}
	v := &frontValues{Limits: map[string]int{"door": 90}}
	if got := v.Every("door", 3); got != "2.00" {
		t.Errorf("three of 90 a minute take %s s", got)
	}
	if got := quoted("it's"); got != `'it'\''s'` {
		t.Error(got)
	}
}

// Every template can be filled in for every shop.
func TestTemplatesOfFronts(t *testing.T) {
	for as, words := range knownShops() {
		for _, p := range wavePeers() {
			for _, bad := range []bool{false, true} {
				v := &frontValues{Folder: t.TempDir(), Shop: words, Limits: p.looked, NoCache: bad, NoDoor: bad}
				file, err := v.write(p.file)
				if err != nil {
					t.Errorf("%s, %q: %v", p.name, as, err)
					continue
				}
				text, err := os.ReadFile(file)
				if err != nil || !strings.Contains(string(text), words.Cart) || strings.Contains(string(text), "<no value>") {
					t.Errorf("%s, %q: %v\n%s", p.name, as, err, text)
				}
			}
		}
	}
}
