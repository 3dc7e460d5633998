package control

import (
	"encoding/json"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/radar"
)

const theirsInRadar = "visitors-own-text"

// cannedSight is a storm of an announced post, with an attack beside it.
func cannedSight(now time.Time) *RadarSight {
	return &RadarSight{
		Shop: "perfumy.example", Planned: "lip", At: now, Come: 1240, From: now.Add(-150 * time.Second), Counts: make([]uint32, 150),
		Sighting: radar.Sighting{
			State: radar.Storm, Before: radar.Storm, Since: now.Add(-28 * time.Second), Onset: now.Add(-30 * time.Second), Rate: 48.3333, Base: 1, Factor: 48.3333, Surprise: math.Inf(1), Usual: 1.1, Known: true,
			Cause: radar.Cause{Kind: radar.CauseStrong, Count: 48, Window: time.Second, Expected: 1},
		},
		Suspects: []radar.Suspect{
			{Post: "lip-1.1", Channel: falochron.Instagram, By: falochron.ByLink, Share: 0.8, Newcomers: 990, Confidence: 0.97, Early: 4 * time.Minute},
			{Channel: falochron.TikTok, Campaign: theirsInRadar, By: falochron.ByCampaign, Share: 0.2, Newcomers: 240, Confidence: 0.7, Fit: radar.FitUnplanned},
		},
		Post:    &RadarPost{ID: "lip-1.1", Campaign: "lip-1", Kind: "instagram-story", Account: "@ola", At: now.Add(210 * time.Second)},
		Nowcast: forecast.Nowcasted{Known: true, Began: now.Add(-31 * time.Second), Seen: 1210, In10Min: forecast.Range{Low: 26_000, Mid: 38_012, High: 55_000}, PeakAfter: forecast.Range{Low: 50, Mid: 71, High: 120}, Leans: "measured"},
		Verdicts: []falochron.CohortVerdict{
			{Key: falochron.CohortKey{Net: netip.MustParsePrefix("203.0.113.7/32"), Client: falochron.ClientTool}, Kind: falochron.CohortAttack, Confidence: 0.98, Treatment: falochron.TreatSlow, Since: now, Rate: 80,
				Reasons: []falochron.CohortReason{{Sign: radar.SignNotBack, Value: 400, Of: 400, Weight: 6}}},
			{Key: falochron.CohortKey{Client: falochron.ClientApp, Marked: true}, Kind: falochron.CohortFans, Confidence: 0.97, Rate: 60,
				Reasons: []falochron.CohortReason{{Sign: radar.SignBack, Value: 900, Of: 920, Weight: -5}}},
		},
		Leads: falochron.Leads{Bounds: []time.Duration{time.Second, 10 * time.Second}, Counts: []uint64{1, 2, 3}, Sum: 90 * time.Second, N: 6},
	}
}

// withRadar is a control whose radar has just seen something.
func withRadar(t *testing.T, s *RadarSight) (*Control, *Radar) {
	r := NewRadar(RadarConfig{})
	w := &watched{r: r, name: "perfumy.example"}
	w.seen.Store(s)
	r.shops["perfumy.example"] = w
	c, _, _ := newControl(t, func(cfg *Config) { cfg.Radar = r })
	return c, r
}

func TestTheRadarsAPI(t *testing.T) {
	c, _ := withRadar(t, cannedSight(time.Now()))
	var got struct{ Radar []RadarView }
	if w := ask(c, "GET", "/api/v1/radar?shop=perfumy.example", ""); w.Code != 200 || json.Unmarshal(w.Body.Bytes(), &got) != nil || len(got.Radar) != 1 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	v := got.Radar[0]
	if v.State != "storm" || v.Suspects[0].Fit != "announced" || v.Suspects[0].Early != 240 || v.Nowcast.InTen.Mid != 38_010 || v.Crowds[0].Treatment != "slow" || v.Cause != "strong" {
		t.Errorf("%+v", v)
	}
	if !strings.Contains(v.Says.EN, "story of @ola, 4\u00a0minutes early (97\u00a0% sure)") || !strings.Contains(v.Says.PL, "w 10 minut") || !strings.Contains(v.Says.EN, "Beside it an attack") {
		t.Errorf("it says %q", v.Says)
	}
	if strings.Contains(v.Crowds[0].Cohort+v.Crowds[0].Who.EN, "203.0.113.7") {
		t.Error("somebody's address is told")
	}
	if w := ask(c, "GET", "/api/v1/radar", ""); w.Code != 200 || !strings.Contains(w.Body.String(), "lip-1.1") {
		t.Errorf("of all: %d %s", w.Code, w.Body)
	}
	if w := ask(c, "GET", "/api/v1/radar?shop=nowhere", ""); w.Code != 404 {
		t.Errorf("of a shop that is not there: %d", w.Code)
	}
	if w := ask(c, "GET", "/api/v1/shops/perfumy.example", ""); !strings.Contains(w.Body.String(), `"radar":{`) {
		t.Errorf("a shop's view has no radar: %s", w.Body)
	}
	none, _, _ := newControl(t, nil)
	if w := ask(none, "GET", "/api/v1/radar", ""); w.Code != 503 {
		t.Errorf("without a radar: %d", w.Code)
	}
	old := cannedSight(time.Now().Add(-time.Minute))
	c, _ = withRadar(t, old)
	if w := ask(c, "GET", "/api/v1/radar", ""); strings.TrimSpace(w.Body.String()) != `{"radar":[]}` {
		t.Errorf("what is a minute old is told as now: %s", w.Body)
	}
}

// Metrics are well formed, and nothing that a visitor chose is in them.
func TestTheRadarsMetrics(t *testing.T) {
	_, r := withRadar(t, cannedSight(time.Now()))
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(radarCollector{r}); err != nil {
		t.Fatal(err)
	}
	text := func() string {
		return ask(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), "GET", "/metrics", "").Body.String()
	}
	got := text()
	for _, want := range []string{
		`falochron_radar_state{shop="perfumy.example",state="storm"} 1`, `falochron_radar_nowcast_people{bound="high",shop="perfumy.example",window="10m"} 55000`,
		`falochron_radar_crowds{kind="attack",shop="perfumy.example"} 1`, `falochron_radar_treated_crowds{shop="perfumy.example",treatment="slow"} 1`,
		`falochron_radar_preview_lead_seconds_bucket{shop="perfumy.example",le="10"} 3`, `falochron_radar_preview_lead_seconds_count{shop="perfumy.example"} 6`,
		`falochron_radar_state_changes_total{from="calm",shop="perfumy.example",to="swell"} 0`, `falochron_radar_panics_total{shop="perfumy.example"} 0`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(got, theirsInRadar) || strings.Contains(got, "203.0.113") {
		t.Error("a visitor's text is in the metrics")
	}
	calm := cannedSight(time.Now())
	calm.State, calm.Suspects, calm.Nowcast = radar.Calm, nil, forecast.Nowcasted{}
	r.shops["perfumy.example"].seen.Store(calm)
	if got := text(); strings.Contains(got, "nowcast_people{") || strings.Contains(got, "confidence{") {
		t.Error("in calm a wave is told")
	}
	if n := len(series(got)); n > 80 {
		t.Errorf("%d series of a shop", n)
	}
}

// Four digits are kept, and what JSON cannot write is written otherwise.
func TestFit(t *testing.T) {
	for x, want := range map[float64]float64{0: 0, 38_012.4: 38_010, 0.012345: 0.01235, -4.56789: -4.568, math.Inf(1): math.MaxFloat32, math.Inf(-1): -math.MaxFloat32, 1e-320: 1e-320} {
		if got := fit(x); got != want {
			t.Errorf("%v: %v, want %v", x, got, want)
		}
	}
	if fit(math.NaN()) != 0 {
		t.Error("no number is a number")
	}
}
