package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/google/go-cmp/cmp"
)

const (
	campaignExample = "../../campaign.example.yaml"
	historyExample  = "../../history.example.yaml"
	announceExample = "../../announcement.example.yaml"
)

// Below the ruler of a bad file stands the exact message it must give.
func TestBadCampaigns(t *testing.T) {
	for dir, load := range map[string]func(string) error{
		"testdata/campaign/bad":     func(name string) error { _, err := LoadCampaign(name); return err },
		"testdata/history/bad":      func(name string) error { _, err := LoadHistory(name); return err },
		"testdata/announcement/bad": func(name string) error { _, err := LoadAnnouncement(name); return err },
	} {
		hint := forecastHint
		if strings.Contains(dir, "announcement") {
			hint = announcementHint
		}
		files, _ := filepath.Glob(dir + "/*.yaml")
		if len(files) == 0 {
			t.Fatal(dir, "is empty")
		}
		for _, name := range files {
			whole, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			text, want, ok := strings.Cut(string(whole), ruler)
			if !ok {
				t.Fatal(name, "has no ruler")
			}
			file := filepath.Join(t.TempDir(), filepath.Base(name))
			if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			err = load(file)
			faults, ok := errors.AsType[Faults](err)
			if !ok || falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) != hint {
				t.Fatalf("%s: %v", name, err)
			}
			got := strings.ReplaceAll(faults.Error(), file, filepath.Base(name)) + "\n"
			if *rewrite {
				if err := os.WriteFile(name, []byte(text+ruler+got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: -want +got:\n%s", name, diff)
			}
		}
	}
}

// The examples parse, hold every key, and each key's comment names its default.
func TestCampaignExamplesNameEveryKey(t *testing.T) {
	for name, of := range map[string]reflect.Type{campaignExample: reflect.TypeFor[Campaign](), historyExample: reflect.TypeFor[History](), announceExample: reflect.TypeFor[Announcement]()} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d := newDecoder("example")
		d.decode(text, reflect.New(of).Interface())
		if len(d.faults) > 0 {
			t.Fatal(d.faults)
		}
		lines := strings.Split(string(text), "\n")
		for _, k := range keysOf("", of) {
			at := d.pos[k.path]
			if at == nil {
				t.Errorf("%s: %s is missing", name, k.path)
				continue
			}
			if comment := commentAbove(lines, at.Line); k.leaf && !regexp.MustCompile(`(?i)\bdefault\b`).MatchString(comment) {
				t.Errorf("%s: the comment on %s does not name the default: %q", name, k.path, comment)
			}
		}
	}
}

func TestCampaignExampleIsForecast(t *testing.T) {
	c, err := LoadCampaign(campaignExample)
	if err != nil {
		t.Fatal(err)
	}
	h, err := LoadHistory(historyExample)
	if err != nil {
		t.Fatal(err)
	}
	p := c.Plain(h)
	want := forecast.Post{
		Name: "drop at eight", Channel: "timed-drop", Account: "shop", Link: forecast.Direct, At: time.Date(2026, 12, 1, 19, 0, 0, 0, time.UTC),
		Reach: 100_000, Proof: true, Click: new(1.0), Buy: new(0.1), Limited: true, Coupon: "OLA10", Price: 59.9,
		Boost: forecast.Boost{After: 40 * time.Minute, Share: 0.3},
	}
	if diff := cmp.Diff(want, p.Posts[0]); diff != "" {
		t.Errorf("first post (-want +got):\n%s", diff)
	}
	if *p.Uninvited != 0.2 || p.Stock != 2000 || p.Patience != 6*time.Minute || p.Posts[1].Followers != 1_200_000 ||
		p.Capacity != (forecast.Capacity{OrdersPerMinute: 120, Replicas: 2, WorkerSeconds: 4}) {
		t.Errorf("campaign %+v", p)
	}
	if p.Past[0] != (forecast.Past{Channel: "instagram-story", Account: "ola", Link: forecast.Direct, Reach: 148_000, Proof: true, Visitors: 6100, Orders: 131}) ||
		p.Past[2].Orders != -1 {
		t.Errorf("past %+v", p.Past)
	}
}

// Every field of the room's campaign can be said, and every channel is in the
// example.
func TestNothingOfACampaignIsForgotten(t *testing.T) {
	text, err := os.ReadFile(campaignExample)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range forecast.Channels() {
		if !strings.Contains(string(text), string(c)) {
			t.Errorf("the example does not name %s", c)
		}
	}
	c, err := LoadCampaign(campaignExample)
	if err != nil {
		t.Fatal(err)
	}
	c.Posts[0].Slip, c.Posts[0].Followers, c.Posts[0].Stock = time.Minute, 5, 7
	h := &History{Posts: []PastPost{{Channel: "tv", Account: "a", Link: "spoken", Reach: 1, Followers: 2, Proof: true, Limited: true, Visitors: 3, Orders: new(4)}}}
	p := c.Plain(h)
	for _, v := range []any{p, p.Posts[0], p.Past[0], p.Capacity, p.Posts[0].Boost} {
		for i := range reflect.TypeOf(v).NumField() {
			if reflect.ValueOf(v).Field(i).IsZero() {
				t.Errorf("%T.%s is never set", v, reflect.TypeOf(v).Field(i).Name)
			}
		}
	}
}

func TestCampaignFromFlags(t *testing.T) {
	flag := map[string]string{"posts[0].channel": "--channel", "posts[0].reach": "--reach", "stock": "--stock", "capacity.orders_per_minute": "--capacity"}
	said := map[string]string{"posts[0].channel": "tv", "posts[0].reach": "2_000_000", "posts[0].at": "2026-12-01T20:00:00Z",
		"posts[0].boost.share": "30%", "capacity.orders_per_minute": "12.5", "posts[0].proof": "true", "uninvited": "0"}
	c, err := CampaignFromFlags(said, flag)
	if err != nil {
		t.Fatal(err)
	}
	p := c.Posts[0]
	if p.Reach != 2_000_000 || *p.Boost.Share != 0.3 || c.Capacity.OrdersPerMinute != 12.5 || !p.Proof || *c.Uninvited != 0 {
		t.Errorf("%+v", c)
	}

	said = map[string]string{"posts[0].channel": "pigeon", "posts[0].reach": "many", "posts[0].at": "2026-12-01T20:00:00Z", "stock": "-1"}
	_, err = CampaignFromFlags(said, flag)
	faults, _ := errors.AsType[Faults](err)
	var got []string
	for _, f := range faults {
		got = append(got, f.File+" "+f.Value+" "+f.Bound)
	}
	slices.Sort(got)
	want := []string{`--channel "pigeon" is not known`, `--reach "many" must be a whole number`, "--stock -1 must be from 0 to 2000000000"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestShares(t *testing.T) {
	for text, want := range map[string]float64{"5%": 0.05, "5 %": 0.05, "0.05": 0.05, "0": 0, "100%": 1, "1e-2": 0.01} {
		if got, err := parseShare(text); err != nil || float64(*got) != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "%", "five", "5%%", "NaN", "inf%", "5 5"} {
		if got, err := parseShare(text); err == nil {
			t.Errorf("%q: %v", text, *got)
		}
	}
}

// Whatever a file holds, the answer is a campaign within bounds, or faults.
func FuzzLoadCampaign(f *testing.F) {
	for _, name := range []string{campaignExample, "testdata/campaign/bad/everything.yaml"} {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := &Campaign{}
		d := newDecoder("fuzz")
		d.decode(text, c)
		if len(d.faults) == 0 || !d.bad[""] {
			d.campaign(c)
		}
		if len(d.faults) > 0 {
			return
		}
		for _, p := range c.Plain(&History{}).Posts {
			if (p.Reach <= 0 && p.Followers <= 0) || p.At.IsZero() || p.Price < 0 || len(p.Channel.Links()) == 0 {
				t.Errorf("let through: %+v", p)
			}
		}
	})
}
