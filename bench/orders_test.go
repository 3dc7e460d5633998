package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
)

// resultOf is a result of falochron demo in which every promise holds, changed.
func resultOf(t *testing.T, change func(*wave)) json.RawMessage {
	t.Helper()
	var w wave
	w.Ideal.OrdersPerMin = 88
	for _, name := range allPromises() {
		w.Details.Promises = append(w.Details.Promises, struct {
			What  string `json:"what"`
			Got   string `json:"got"`
			Want  string `json:"want"`
			Holds bool   `json:"holds"`
		}{name, "1", "2", true})
	}
	if change != nil {
		change(&w)
	}
	data, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func rowOf(t *testing.T, scenario string, change func(*wave)) ordersRow {
	t.Helper()
	return ordersRow{stamp: stamp{Build: "b1"}, Key: scenario + "/1", Scenario: scenario, Overload: 20, Result: resultOf(t, change)}
}

func breaks(name string) func(*wave) {
	return func(w *wave) {
		for i := range w.Details.Promises {
			if w.Details.Promises[i].What == name {
				w.Details.Promises[i].Holds = false
			}
		}
	}
}

func TestPlan(t *testing.T) {
	s := settings{seeds: []uint64{1, 2, 3}, overloads: []float64{20, 100}}
	count := map[string]int{}
	keys := map[string]bool{}
	for _, r := range plan(s, scenarios()) {
		count[r.name]++
		keys[r.key()] = true
	}
	if count["wave"] != 6 || count["bare"] != 6 || count["small"] != 3 || count["large"] != 3 || count["kill"] != 1 || count["pool"] != 0 {
		t.Error(count)
	}
	for _, r := range poolRuns(s) {
		if keys[r.key()] || slices.Contains(s.seeds, r.seed) {
			t.Errorf("%s is measured twice", r.key())
		}
	}
	s.scenarios = []string{"kill"}
	if runs := plan(s, scenarios()); len(runs) != 1 || runs[0].key() != "kill/w8/x20/s1" || poolRuns(s) != nil {
		t.Error(runs)
	}
	if d := ordersTakes(s); d != idealTakes+usualWave+aroundWave+comparesTakes {
		t.Error(d)
	}
}

// Ideals go one after the other, and then as many waves at once as were asked for, or as
// the machine bears: more at 20 times too many buyers than at 100.
func TestWavesTake(t *testing.T) {
	of := func(overload float64, n int) (runs []waveRun) {
		for range n {
			runs = append(runs, waveRun{scenario{workers: 8, wave: "bare"}, overload, 1})
		}
		return runs
	}
	const one = usualWave + aroundWave
	s := settings{}
	if d := wavesTake(s, of(1, 6), 2); d != idealTakes+3*one {
		t.Errorf("two at once: %v", d)
	}
	two := append(of(1, 1), waveRun{scenario{workers: 8, wave: "bare"}, 1, 2})
	if d := wavesTake(s, two, 8); d != 2*idealTakes+one {
		t.Errorf("two ideals: %v", d)
	}
	few, many := wavesTake(s, of(20, 1000), 1000), wavesTake(s, of(100, 1000), 1000)
	if few <= idealTakes+one || many < 2*few || many > 5*few {
		t.Errorf("a thousand at 20 times %v, at 100 times %v", few, many)
	}
	bare := waveRun{scenario{workers: 8, wave: "bare"}, 20, 1}
	fronted, imitated := bare, bare
	fronted.wave, imitated.as = "protected", "woocommerce"
	if bare.burns() >= fronted.burns() || bare.burns() >= imitated.burns() || fronted.compares() == bare.compares() {
		t.Errorf("%v, %v, %v", bare.burns(), fronted.burns(), imitated.burns())
	}
	fronted.args = []string{"--front", "x"}
	if fronted.compares() {
		t.Error("somebody else's front compares the shop's pages")
	}
}

// No more waves play than the machine bears, whoever asked first begins first, and no two
// begin together.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns, began := newTurns(1, startsApart), time.Now()
		first, err := turns.begin(t.Context(), 0.6)
		if err != nil {
			t.Fatal(err)
		}
		second, err := turns.begin(t.Context(), 0.4)
		if err != nil || time.Since(began) != startsApart {
			t.Errorf("the second began after %v, %v", time.Since(began), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := turns.begin(ctx, 0.1); err == nil {
			t.Error("a third began, and the machine was full")
		}
		first()
		first() // twice is once
		second()
		large, err := turns.begin(t.Context(), 7)
		if err != nil {
			t.Fatalf("one that is too large for the machine never begins: %v", err)
		}
		large()
	})
}

// So many start their shop and their front before their turn, and the next when one of them begins.
func TestPreparing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(1, startsApart)
		others := waveRun{scenario{workers: 8, wave: "protected", args: []string{"--front", "x"}}, 20, 1}
		var ready [readyAtOnce]func()
		for i := range ready {
			done, err := turns.prepare(t.Context(), others)
			if err != nil {
				t.Fatal(err)
			}
			ready[i] = done
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := turns.prepare(ctx, others); err == nil {
			t.Error("one more starts beside them")
		}
		ready[0]()
		ready[0]() // twice is once
		if _, err := turns.prepare(t.Context(), others); err != nil {
			t.Error(err)
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := turns.prepare(ctx, others); err == nil {
			t.Error("one ready twice let two in")
		}
		ours := others
		ours.args = nil
		if _, err := turns.prepare(t.Context(), ours); err != nil {
			t.Error("what compares the shop's pages waits for others to begin:", err)
		}
	})
}

func TestCommand(t *testing.T) {
	r := waveRun{scenarios()[slices.Index(namesOf(scenarios()), "outage")], 20, 2}
	got := strings.Join(r.command("i", "r", 0), " ")
	want := "demo --headless --overload 20 --workers 8 --seed 2 --ideal i --waves protected --json r --wave 2m0s --outage-at 20s --outage-for 1m0s"
	if got != want {
		t.Error(got)
	}
	if got := strings.Join(r.command("i", "r", 20*time.Second), " "); !strings.Contains(got, "--wave 20s") {
		t.Error(got)
	}
}

func TestPromisesAreJudged(t *testing.T) {
	row := rowOf(t, "wave", nil)
	if m := row.missed(); len(m) != 0 {
		t.Errorf("all promises hold: %v", m)
	}
	for _, name := range allPromises() {
		row := rowOf(t, "wave", breaks(name))
		if m := row.missed(); len(m) != 1 || !strings.Contains(m[0], name) {
			t.Errorf("%s: %v", name, m)
		}
		row.Void = true
		if m := row.missed(); m != nil {
			t.Errorf("void, and yet %v", m)
		}
	}
	if m := (&ordersRow{Key: "k", Scenario: "wave", Failed: "no result"}).missed(); len(m) != 1 {
		t.Errorf("failed: %v", m)
	}
	forgot := rowOf(t, "wave", func(w *wave) { w.Details.Promises = w.Details.Promises[1:] })
	if m := forgot.missed(); len(m) != 1 {
		t.Errorf("a promise that is not judged: %v", m)
	}
	for _, sc := range scenarios() {
		for _, name := range sc.excused {
			row := rowOf(t, sc.name, breaks(name))
			if m := row.missed(); sc.also == nil && len(m) != 0 {
				t.Errorf("%s is excused from %s: %v", sc.name, name, m)
			}
		}
	}
}

func TestScenariosJudgeTheirOwn(t *testing.T) {
	lost := func(w *wave) {
		l := w.Details.Waves["protected"]
		l.PlacesLost, l.OrdersPer10S = 1, []int{1}
		w.Details.Waves = map[string]waveDetails{"protected": l}
	}
	refused := func(w *wave) {
		w.Details.Waves = map[string]waveDetails{"protected": {Refused502: 1, OrdersPer10S: []int{0, 0, 2}}}
	}
	after := func(c cohort, p95 float64) func(*wave) {
		return func(w *wave) {
			w.Protected.ShopPageP95MS, w.Protected.ShopPageP95AtIdealMS = p95, 1000
			w.Details.Waves = map[string]waveDetails{"protected": {LetInSlower: &c}}
		}
	}
	for name, c := range map[string]struct {
		scenario string
		change   func(*wave)
		want     int
	}{
		"place lost at kill":   {"kill", lost, 1},
		"place lost at outage": {"outage", lost, 1},
		"second collapse":      {"outage", refused, 1},
		"no order afterwards":  {"outage", nil, 1},
		"slow pages":           {"slow", after(cohort{Admitted: 100}, 6001), 1},
		"slow pages, in time":  {"slow", after(cohort{Admitted: 100, Broken: 1}, 6000), 0},
		"hardly anybody in":    {"slow", after(cohort{Admitted: 29}, 1), 1},
		"let down afterwards":  {"slow", after(cohort{Admitted: 199, Broken: 2, CheckoutFailed: 1}, 1), 2},
	} {
		row := rowOf(t, c.scenario, c.change)
		if m := row.missed(); len(m) != c.want {
			t.Errorf("%s: %v", name, m)
		}
	}
}

// The names are those of the demo: a promise renamed there would not be judged
// here any more.
func TestPromiseNames(t *testing.T) {
	text, err := os.ReadFile("../cmd/falochron/demo_promises.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range allPromises() {
		if !strings.Contains(string(text), `"`+name+`"`) {
			t.Errorf("the demo has no promise %q", name)
		}
	}
}

func TestZerosMustBeSeenToFail(t *testing.T) {
	bare := func(n int) ordersRow {
		return rowOf(t, "bare", func(w *wave) {
			w.Bare.ChargedAfterLeaving, w.Bare.LostCallbacks = n, n
			w.Details.Waves = map[string]waveDetails{"bare": {CheckoutFailed: n}}
		})
	}
	n := len(zeros())
	if _, missed, unseen := zeroTable([]ordersRow{bare(3)}); len(missed) != 0 || len(unseen) != n-3 {
		t.Errorf("three are seen in the bare wave: %v, %v", missed, unseen)
	}
	if _, missed, unseen := zeroTable([]ordersRow{bare(0)}); len(missed) != 0 || len(unseen) != n {
		t.Errorf("the faults are still to be planted: %v, %v", missed, unseen)
	}
	// The stall is the planted fault of two checks; it shows neither.
	text, missed, unseen := zeroTable([]ordersRow{bare(0), rowOf(t, "stall", nil)})
	if len(missed) != 2 || len(unseen) != n-2 || strings.Count(text, "NEVER NON-ZERO") != 2 {
		t.Errorf("never non-zero: %v, %v", missed, unseen)
	}
	if _, missed, unseen := zeroTable(nil); len(missed) != 0 || len(unseen) != n {
		t.Errorf("nothing was measured: %v, %v", missed, unseen)
	}
	void := bare(3)
	void.Void = true
	if text, _, unseen := zeroTable([]ordersRow{void}); strings.Count(text, "NOT YET SHOWN") != n || len(unseen) != n {
		t.Error("a void row shows something")
	}
	sold := rowOf(t, "scarce-stock", func(w *wave) { w.Protected.Oversold = 1 })
	if _, missed, _ := zeroTable([]ordersRow{sold}); len(missed) != 1 {
		t.Errorf("oversold without the fault: %v", missed)
	}
}

func TestPool(t *testing.T) {
	with := func(scenario string, n, failed int) ordersRow {
		return rowOf(t, scenario, func(w *wave) { w.Protected.Checkouts, w.Protected.CheckoutFailed = n, failed })
	}
	rows := []ordersRow{with("wave", 2000, 1), with("large", 1000, 2), with("kill", 500, 9), with("mix-carts", 500, 9)}
	if n, failed := pooled(rows); n != 3000 || failed != 3 {
		t.Errorf("%d, %d failed", n, failed)
	}
	if _, missed, few := poolText(rows); len(missed)+len(few) != 0 {
		t.Errorf("99.9 %%: %v", missed)
	}
	if _, missed, _ := poolText(append(rows, with("small", 1, 1))); len(missed) != 1 {
		t.Error("below 99.9 % went unnoticed")
	}
	if text, missed, few := poolText(rows[:1]); len(missed) != 0 || len(few) != 1 || !strings.Contains(text, "TOO FEW") {
		t.Error(text, missed, few)
	}
}

func TestTablesHaveMediansOfWhatCounts(t *testing.T) {
	var rows []ordersRow
	for seed, x := range []float64{80, 84, 90} {
		r := rowOf(t, "wave", func(w *wave) { w.Protected.OrdersPerMin = x })
		r.Seed, r.Void = uint64(seed), x == 90
		rows = append(rows, r)
	}
	text := protectedTable(rows)
	if !strings.Contains(text, "82.0") || !strings.Contains(text, "of 2") || strings.Count(text, "\n") != 6 {
		t.Error(text)
	}
	out := ordersOutcome(append(rows, ordersRow{Scenario: "bare", Key: "bare/1", Failed: "it fell over"}), false)
	if len(out.void) != 1 || len(out.missed) != 1 {
		t.Errorf("%v %v", out.void, out.missed)
	}
}

// What the goals need and is not there is missed when all was asked for; a
// narrowed run only does not know it, and does not claim it either.
func TestAskedForAllMustShowAll(t *testing.T) {
	rows := []ordersRow{rowOf(t, "wave", nil)}
	goals := len(zeros()) + 1 // every zero, and the pool
	if out := ordersOutcome(rows, true); len(out.missed) != goals || len(out.open) != 0 {
		t.Errorf("all was asked for: missed %v, open %v", out.missed, out.open)
	}
	if out := ordersOutcome(rows, false); len(out.missed) != 0 || len(out.open) != goals {
		t.Errorf("narrowed: missed %v, open %v", out.missed, out.open)
	}
}

// Both columns come from the details, where they are no promises.
func TestStricterNumbersAreShown(t *testing.T) {
	r := rowOf(t, "wave", func(w *wave) {
		w.Protected.FairnessRankCorrelation, w.Protected.SecondsToProtect = 0.9998, 1
		w.Details.Waves = map[string]waveDetails{"protected": {RankAdmitted: 0.9123, ProtectEach: 17}}
	})
	text := protectedTable([]ordersRow{r})
	for _, s := range []string{"rank, admitted", "each second", "0.9998", "0.9123", "17 s"} {
		if !strings.Contains(text, s) {
			t.Errorf("%s is missing in\n%s", s, text)
		}
	}
}

// A benchmark that was stopped goes on where it was, and does not mix builds.
func TestOrdersGoOn(t *testing.T) {
	b := testBench(t)
	b.scenarios = []string{"kill"}
	calls := fakeDemo(t, b, 0, string(resultOf(t, func(w *wave) { w.Protected.OrdersPerMin = 85 })))
	for range 2 {
		out, err := runOrders(t.Context(), b)
		if err != nil || !strings.Contains(out.markdown, "85.0") {
			t.Fatalf("%v\n%s", err, out.markdown)
		}
	}
	if n := calls(); n != 1 {
		t.Errorf("measured %d times", n)
	}
	b.build = "b2"
	if _, err := runOrders(t.Context(), b); err != nil || calls() != 2 {
		t.Errorf("another build was not measured: %v", err)
	}
}

func TestVoidIsRepeatedOnce(t *testing.T) {
	for why, times := range map[string]int{"protected: the scenario did not happen as said: kill -9": 2, "at its best: late": 1} {
		b := testBench(t)
		b.scenarios = []string{"kill"}
		calls := fakeDemo(t, b, 3, string(resultOf(t, func(w *wave) { w.Void, w.Details.Void = true, []string{"at its best: late", why} })))
		out, err := runOrders(t.Context(), b)
		if err != nil || len(out.void) != 1 || len(out.missed) != 0 || calls() != times || !strings.Contains(out.void[0], why) {
			t.Errorf("%s: %v, %v, %d calls", why, err, out.void, calls())
		}
	}
}

// An ideal is measured before the waves, one that is void once more. What is there is
// judged and not measured again.
func TestIdealsComeFirst(t *testing.T) {
	b := testBench(t)
	b.scenarios, b.seeds = []string{"small"}, []uint64{1, 2}
	fakeDemo(t, b, 0, string(resultOf(t, nil)))
	dir := filepath.Dir(b.program)
	if _, err := runOrders(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	read := func() string {
		data, err := os.ReadFile(filepath.Join(dir, "asked"))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if got := read(); !strings.HasPrefix(got, "ideal-w2-s1.json measured\nideal-w2-s2.json measured\n") || strings.Count(got, "measured") != 2 || strings.Count(got, "wave") != 2 {
		t.Errorf("asked:\n%s", got)
	}
	for _, seed := range []string{"1", "2"} {
		if _, err := os.Stat(filepath.Join(b.folder(), "ideal-w2-s"+seed+".json")); err != nil {
			t.Error(err)
		}
	}
	// The next run finds one of them, which was void.
	b.fresh = true
	if err := os.WriteFile(filepath.Join(b.folder(), "ideal-w2-s2.json"), []byte("void"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := read()
	if _, err := runOrders(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimPrefix(read(), before); !strings.HasPrefix(got, "ideal-w2-s1.json is there\nideal-w2-s2.json is there\nideal-w2-s2.json measured\n") {
		t.Errorf("asked the second time:\n%s", got)
	}
}

// A shop whose ideal cannot be measured is an error, with the last words.
func TestIdealThatCannotBeMeasured(t *testing.T) {
	b := testBench(t)
	b.program = filepath.Join(t.TempDir(), "falochron")
	if err := os.WriteFile(b.program, []byte("#!/bin/sh\necho no shop\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	b.scenarios = []string{"kill"}
	if _, err := runOrders(t.Context(), b); err == nil || !strings.Contains(err.Error(), "no shop") || falochron.HintOf(err) == "" {
		t.Error(err)
	}
}

func TestDemoThatFailsIsARow(t *testing.T) {
	b := testBench(t)
	b.scenarios = []string{"kill"}
	fakeDemo(t, b, 1, "")
	out, err := runOrders(t.Context(), b)
	if err != nil || len(out.missed) != 1 || !strings.Contains(out.missed[0], "last words") {
		t.Errorf("%v, %v", err, out.missed)
	}
}

// fakeDemo stands for the program: it writes a result or an ideal, waits to be told, and
// counts waves. What it was asked for is in the file asked.
func fakeDemo(t *testing.T, b *bench, exit int, result string) (calls func() int) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "result"), []byte(result), 0o600); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf(`#!/bin/sh
while [ $# -gt 0 ]; do
	case $1 in
	--json) json=$2 ;;
	--ideal) ideal=$2 ;;
	--hold) hold=$2 ;;
	--waves) waves=$2 ;;
	esac
	shift
done
if [ $waves = none ]; then
	if [ -s "$ideal" ]; then
		echo "$(basename "$ideal") is there" >> %[1]s/asked
		grep -q void "$ideal" && exit 3
		exit 0
	fi
	echo "$(basename "$ideal") measured" >> %[1]s/asked
	echo '{}' > "$ideal"
	exit 0
fi
echo wave >> %[1]s/asked
echo last words
: > "$hold"
while [ -e "$hold" ]; do sleep 0.01; done
[ -s %[1]s/result ] && cp %[1]s/result "$json"
exit %[2]d
`, dir, exit)
	b.program = filepath.Join(dir, "falochron")
	if err := os.WriteFile(b.program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return func() int {
		data, _ := os.ReadFile(filepath.Join(dir, "asked"))
		return strings.Count(string(data), "wave")
	}
}
