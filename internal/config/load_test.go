package config

import (
	"errors"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/google/go-cmp/cmp"
)

var rewrite = flag.Bool("rewrite", false, "write the messages found below the ruler of testdata/bad; review them like code")

// ruler parts a bad file from the exact message it must give.
const ruler = "\n----\n"

func TestBad(t *testing.T) {
	files, _ := filepath.Glob("testdata/bad/*.yaml")
	if len(files) < 10 {
		t.Fatalf("only %d files", len(files))
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			whole, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			text, want, ok := strings.Cut(string(whole), ruler)
			if !ok {
				t.Fatal("no ruler")
			}
			_, err = build(filepath.Base(name), []byte(text+"\n"), Flags{})
			faults, ok := errors.AsType[Faults](err)
			if !ok {
				t.Fatalf("not refused with faults: %v", err)
			}
			if falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
				t.Errorf("kind %v, hint %q", falochron.KindOf(err), falochron.HintOf(err))
			}
			got := faults.Error() + "\n"
			if *rewrite {
				if err := os.WriteFile(name, []byte(text+ruler+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestGood(t *testing.T) {
	files, _ := filepath.Glob("testdata/good/*.yaml")
	if len(files) < 3 {
		t.Fatalf("only %d files", len(files))
	}
	for _, name := range files {
		if _, err := Load(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTwoShops(t *testing.T) {
	c, err := Load("testdata/good/two-shops.yaml")
	if err != nil {
		t.Fatal(err)
	}
	a, b := c.Shops[0], c.Shops[1]
	if a.Mode != falochron.ModeWatch || b.Mode != falochron.ModeAuto {
		t.Errorf("modes %v %v", a.Mode, b.Mode)
	}
	if want := time.Date(2026, 12, 1, 17, 0, 0, 0, time.UTC); !a.Start.Equal(want) {
		t.Errorf("start %v", a.Start)
	}
	if a.Page.Colour != "#aa00bb" || b.Page.Colour != "" {
		t.Errorf("colours %q %q", a.Page.Colour, b.Page.Colour)
	}
	if diff := cmp.Diff([]string{"szminki.example", "www.szminki.example"}, a.Hosts); diff != "" {
		t.Error(diff)
	}
	if b.Hosts[0] != "xn--tebuty-w0a1sw8e.example" && !strings.HasPrefix(b.Hosts[0], "xn--") {
		t.Errorf("host %q is not punycode", b.Hosts[0])
	}
	if b.Cache.Memory != 0 || b.GateScript || !a.GateScript || a.Cache.Memory != 128*MiB {
		t.Errorf("shops share settings: %+v", b.Cache)
	}
	if c.Limits.Connections != 5000 || c.Limits.HeaderBytes != 32*KiB {
		t.Errorf("limits %+v", c.Limits)
	}
}

func TestFlagsOverFile(t *testing.T) {
	const file = "testdata/good/two-shops.yaml"
	c, err := LoadWith(file, Flags{
		Listen: "127.0.0.1:0", Admin: "127.0.0.1:0", Data: "d", Mode: "off",
		PlanStore: "postgres://plan@db/plan", PlanListen: ":7000", PlanURL: "https://plan.example", PlanSteps: "steps.yaml",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:0" || c.Admin.Listen != "127.0.0.1:0" || c.Data != "d" {
		t.Errorf("%q %q %q", c.Listen, c.Admin.Listen, c.Data)
	}
	if c.Plan.Store != "postgres://plan@db/plan" || c.Plan.Listen != ":7000" || c.Plan.URL.String() != "https://plan.example" || c.Plan.Steps != "steps.yaml" {
		t.Errorf("%+v", c.Plan)
	}
	for _, s := range c.Shops {
		if s.Mode != falochron.ModeOff {
			t.Errorf("%s: mode %v", s.Name, s.Mode)
		}
	}
}

func TestFlagFaults(t *testing.T) {
	for _, tc := range []struct {
		flags Flags
		want  string
	}{
		{Flags{}, "no origin given"},
		{Flags{Origins: []string{"127.0.0.1:8081"}}, `--origin: shops[0].origins[0]: "127.0.0.1:8081": must be a URL like`},
		{Flags{Origins: []string{"http://127.0.0.1:8081"}, Mode: "on"}, `--mode: shops[].mode: "on": is no mode`},
		{Flags{Origins: []string{"http://127.0.0.1:8081"}, Listen: "80"}, `--listen: listen: "80": must be host:port`},
		{Flags{Origins: []string{"http://127.0.0.1:8081"}, PlanStore: "mysql://u:planted@db"}, `--plan-store: plan.store: is neither a path nor begins with postgres://`},
		{Flags{Origins: []string{"http://127.0.0.1:8081"}, PlanListen: ":8000"}, `--plan-listen: plan.listen: ":8000": is the visitors' address`},
		{Flags{Origins: []string{"http://127.0.0.1:8081"}, PlanListen: "127.0.0.1:9090"}, "is the operators' address"},
		{Flags{Origins: []string{"http://127.0.0.1:8081"}, PlanURL: "plan.example"}, `--plan-url: plan.url: must be a URL like`},
		{Flags{Origins: []string{"http://127.0.0.1:8081"}, PlanURL: "https://plan.example/x"}, "write https://plan.example"},
		{Flags{Origins: []string{"http://127.0.0.1:8000"}}, "is the address this edge listens on (:8000)"},
	} {
		_, err := FromFlags(tc.flags)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: %v, want %q", tc.flags, err, tc.want)
		}
		if err != nil && strings.Contains(err.Error(), "planted") {
			t.Errorf("a secret is told: %v", err)
		}
	}
	if _, err := LoadWith("testdata/good/smallest.yaml", Flags{Origins: []string{"http://127.0.0.1:1"}}); falochron.KindOf(err) != falochron.Invalid {
		t.Errorf("origin beside a file: %v", err)
	}
}

func TestReload(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.yaml")
	write := func(s string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const shop = "shops:\n  - origins: [http://127.0.0.1:8081]\n"
	write("listen: :8000\n" + shop)
	c, err := LoadWith(file, Flags{Data: "elsewhere"})
	if err != nil {
		t.Fatal(err)
	}
	write("listen: :8000\n" + shop + "    ceiling: 7\n")
	next, err := c.Reload()
	if err != nil {
		t.Fatal(err)
	}
	if next.Shops[0].Ceiling != 7 || next.Data != "elsewhere" || c.Shops[0].Ceiling != 0 {
		t.Errorf("ceiling %d, data %q, old %d", next.Shops[0].Ceiling, next.Data, c.Shops[0].Ceiling)
	}
	write("listen: :9000\n" + shop)
	if _, err := next.Reload(); err == nil || !strings.Contains(err.Error(), "listen: cannot change from :8000 to :9000 without a restart") {
		t.Errorf("changed listener: %v", err)
	}
	write("listen: :8000\nplan: {store: 'postgres://plan:planted@db/plan?password=planted'}\n" + shop)
	if _, err := next.Reload(); err == nil || !strings.Contains(err.Error(), "plan.store: cannot change from the data folder to postgres://…@db/plan without a restart") || strings.Contains(err.Error(), "planted") {
		t.Errorf("changed store: %v", err)
	}
	write("listen: :8000\n" + shop + "    room: {claim_window: 5m}\n")
	if _, err := next.Reload(); err == nil || !strings.Contains(err.Error(), "shops[0].room: cannot change from") {
		t.Errorf("changed room: %v", err)
	}
	write("listen: :8000\nlimits: {drain: 5s}\n" + shop + "  - {name: new, hosts: [new.example], origins: ['http://127.0.0.1:8082'], room: {claim_window: 5m}}\n")
	if got, err := next.Reload(); err != nil || len(got.Shops) != 2 || got.Limits.Drain != 5*time.Second {
		t.Errorf("another shop: %v", err)
	}
	write("shops: nonsense\n")
	if _, err := next.Reload(); falochron.KindOf(err) != falochron.Invalid {
		t.Errorf("broken file: %v", err)
	}
	flags, err := FromFlags(Flags{Origins: []string{"http://127.0.0.1:8081"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := flags.Reload(); err == nil {
		t.Error("reload without a file")
	}
}

func TestUnreadable(t *testing.T) {
	big := filepath.Join(t.TempDir(), "big.yaml")
	if err := os.WriteFile(big, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"testdata/none.yaml": "no such file",
		"testdata":           "is a folder",
		big:                  "is larger than 1MiB",
	} {
		if _, err := Load(name); err == nil || !strings.Contains(err.Error(), want) || falochron.KindOf(err) != falochron.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDeep(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("[", maxFile),
		strings.Repeat("- ", maxFile/2),
		strings.Repeat("a: {", 1000),
	} {
		if _, err := build("deep", []byte(text), Flags{}); err == nil || !strings.Contains(err.Error(), "nests deeper") {
			t.Errorf("%.10q: %v", text, err)
		}
	}
}

func TestSizes(t *testing.T) {
	for s, want := range map[string]Size{"0": 0, "12B": 12, "64KiB": 64 * KiB, "3MiB": 3 * MiB, "2GiB": 2 * GiB} {
		if got, err := parseSize(s); err != nil || got != want {
			t.Errorf("%s: %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "1", "1MB", "1kB", "-1MiB", "1.5MiB", "MiB", "9999999999GiB", "1 MiB"} {
		if got, err := parseSize(s); err == nil {
			t.Errorf("%q is taken as %d", s, got)
		}
	}
	for _, s := range []Size{0, 1, KiB, 1536 * KiB, 5 * GiB} {
		if got, err := parseSize(s.String()); err != nil || got != s {
			t.Errorf("%v does not read back: %d, %v", s, got, err)
		}
	}
}

// FuzzLoad: no text makes the decoder panic, and what it accepts is in bounds.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/*/*.yaml", example} {
		files, _ := filepath.Glob(pattern)
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := build("fuzz", text, Flags{})
		if err != nil {
			faults, ok := errors.AsType[Faults](err)
			if !ok || len(faults) == 0 {
				t.Fatalf("refused without a fault: %v", err)
			}
			return
		}
		if c.Data == "" || len(c.Shops) == 0 {
			t.Fatalf("accepted: %+v", c)
		}
		seen := map[string]bool{}
		for _, s := range c.Shops {
			if len(s.Origins) == 0 || s.Room.MaxOutstanding < 1000 || s.Cache.Memory < 0 || !shopName.MatchString(s.Name) {
				t.Fatalf("accepted: %+v", s)
			}
			for _, o := range s.Origins {
				at := (&url.URL{Scheme: o.Scheme, Host: strings.ToLower(o.Host)}).String()
				if seen[at] {
					t.Fatalf("origin %s twice", at)
				}
				seen[at] = true
			}
		}
	})
}
