package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/crowd"
)

func TestSavedIdealBelongsToItsShop(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ideal.json")
	write := func(s savedIdeal) {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := &demo{workers: 8, seed: 2, compression: 5, rig: rig{ideal: file}, out: newPrinter(&strings.Builder{})}
	good := savedIdeal{Workers: 8, Seed: 2, Compression: 5, Busy: 0.4, Edge: sweepPoint{OrdersPerMin: 88}, Bare: sweepPoint{OrdersPerMin: 89}}
	write(good)
	r, err := d.idealOnce(context.Background())
	if err != nil || r.best().OrdersPerMin != 89 || r.busy != 0.4 {
		t.Errorf("%+v, %v", r, err)
	}
	for name, spoil := range map[string]func(*savedIdeal){
		"workers":     func(s *savedIdeal) { s.Workers = 2 },
		"seed":        func(s *savedIdeal) { s.Seed = 3 },
		"compression": func(s *savedIdeal) { s.Compression = 1 },
		"no orders":   func(s *savedIdeal) { s.Edge.OrdersPerMin = 0 },
	} {
		s := good
		spoil(&s)
		write(s)
		if _, err := d.idealOnce(context.Background()); falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A run that has not shown the protected wave cannot say that promises hold, and
// the result says what it does not show.
func TestBareAloneKeepsNoPromise(t *testing.T) {
	d := &demo{rig: rig{waves: "bare", fault: "mix-carts"}}
	r := d.assemble(&crowd.List{Plan: &crowd.Plan{Compression: 1}}, &idealResult{edge: sweepPoint{OrdersPerMin: 88}}, waveNotShown(), waveNotShown())
	d.rig.mark(r, judge(r))
	if code := exitCode(d.verdict(r, judge(r))); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	if _, shown := r.Details.Waves["protected"]; shown || r.Details.Fault != "mix-carts" {
		t.Errorf("%+v", r.Details)
	}
}

// A wave that was not run is null in the file and has no number in the table: a 0
// would say that the shop took no order and nobody was harmed.
func TestWhatWasNotRunIsNotZero(t *testing.T) {
	for waves, run := range map[string]map[string]bool{
		"bare":      {"bare": true},
		"protected": {"protected": true},
		"both":      {"bare": true, "protected": true},
	} {
		d := &demo{rig: rig{waves: waves}}
		r := d.assemble(&crowd.List{Plan: &crowd.Plan{Compression: 1}}, &idealResult{edge: sweepPoint{OrdersPerMin: 88}}, waveNotShown(), waveNotShown())
		d.rig.mark(r, nil)
		file := filepath.Join(t.TempDir(), "result.json")
		if err := r.write(file); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var keys map[string]json.RawMessage
		if err := json.Unmarshal(text, &keys); err != nil {
			t.Fatal(err)
		}
		for _, wave := range []string{"bare", "protected"} {
			if is := string(keys[wave]); is == "" || is != "null" != run[wave] {
				t.Errorf("--waves %s: %s is %.40s", waves, wave, is)
			}
			if said := strings.Contains(costs(r), "  "+wave); said != run[wave] {
				t.Errorf("--waves %s: costs of %s %v", waves, wave, said)
			}
		}
		words := table(r)
		if n, want := strings.Count(words, notRun), (2-len(run))*16; n != want {
			t.Errorf("--waves %s: %d times %q, want %d, in\n%s", waves, n, notRun, want, words)
		}
		if r.Bare == nil || r.Protected == nil {
			t.Error("to write a result down changes it")
		}
	}
}

func TestFaultsAreKnown(t *testing.T) {
	for _, f := range append(faults(), "") {
		if err := (&rig{fault: f}).check(); err != nil {
			t.Errorf("%q: %v", f, err)
		}
	}
	for _, g := range []rig{{fault: "other"}, {waves: "other"}} {
		if err := g.check(); falochron.KindOf(err) != falochron.Invalid {
			t.Errorf("%+v: %v", g, err)
		}
	}
	if f := (&rig{fault: "race-stock"}).shopFlags(); !slices.Contains(f, "--race-stock") {
		t.Error(f)
	}
	if (&rig{fault: "no-cache"}).mode() != "off" {
		t.Error("the edge still keeps something")
	}
	if g := (&rig{}); g.front("http://a", "b") != "http://a" || g.shopFlags() != nil || g.mode() != "" {
		t.Error("a rig without a fault changes something")
	}
	if g := (&rig{fault: "deaf-callback"}); g.front("http://a", "b") != "http://b" {
		t.Error("the provider still finds the shop")
	}
}

// Only the ideal is wanted: no wave is played, and a busy machine is said to have been busy.
func TestOnlyTheIdeal(t *testing.T) {
	for busy, void := range map[float64]bool{0.5: false, voidBusy + 0.01: true} {
		file := filepath.Join(t.TempDir(), "ideal.json")
		b, err := json.Marshal(savedIdeal{Workers: 8, Seed: 1, Compression: 5, Busy: busy, Edge: sweepPoint{OrdersPerMin: 88}, Bare: sweepPoint{OrdersPerMin: 89}})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		words := &strings.Builder{}
		d := &demo{workers: 8, seed: 1, overload: 20, compression: 5, length: demoWave, scenario: scenario{slowFactor: 3, outageFor: time.Minute}, rig: rig{ideal: file, waves: "none"}, out: newPrinter(words)}
		err = d.run(t.Context())
		if said, isVoid := errors.AsType[*voidError](err); isVoid != void || !void && err != nil || void && !strings.Contains(said.Error(), "at its best: the machine was 86 % busy") {
			t.Errorf("%.2f busy: %v", busy, err)
		}
		if !strings.Contains(words.String(), "At its best the shop takes 89.0 orders a minute") || strings.Contains(words.String(), "The wave") {
			t.Errorf("said\n%s", words)
		}
	}
}

// A wave that was told to wait begins when the file that says it is ready has been removed.
func TestUntilTold(t *testing.T) {
	if err := (&rig{}).untilTold(t.Context()); err != nil {
		t.Error(err)
	}
	file := filepath.Join(t.TempDir(), "ready")
	began := make(chan error, 1)
	go func() { began <- (&rig{hold: file}).untilTold(t.Context()) }()
	for {
		if _, err := os.Stat(file); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-began:
		t.Fatalf("it began untold, %v", err)
	default:
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := <-began; err != nil {
		t.Error(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&rig{hold: file}).untilTold(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits any more: %v", err)
	}
}

func TestLostFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "keys"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e := &edgeProcess{process: &process{args: []string{"run", "--data", dir}}}
	if err := (&rig{}).lose(e); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadDir(dir); len(got) != 1 {
		t.Error("lost without a fault")
	}
	if err := (&rig{fault: "lost-folder"}).lose(e); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadDir(dir); err != nil || len(got) != 0 {
		t.Errorf("%d files, %v", len(got), err)
	}
}

// Two processes of one demo never get the same address, although neither listens
// there yet when the other's is chosen.
func TestPortsAreGivenOnce(t *testing.T) {
	h, err := newHouse()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	given := map[string]bool{}
	for range 2000 {
		addr := h.port()
		if given[addr] {
			t.Fatalf("%s was given twice", addr)
		}
		given[addr] = true
	}
}

// A child is ready when it is the child that answers, not whoever has its address.
func TestReadyIsTheChild(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	gone := make(chan struct{})
	close(gone)
	p := &process{log: filepath.Join(t.TempDir(), "log"), gone: gone}
	if err := os.WriteFile(p.log, []byte("falochron: the address is in use\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.listening(t.Context(), l.Addr().String()); err == nil {
		t.Error("somebody else at the address was taken for the child")
	}
	if err := os.WriteFile(p.log, []byte("falochron listening on http://"+l.Addr().String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.listening(t.Context(), l.Addr().String()); err != nil {
		t.Error(err)
	}
}
