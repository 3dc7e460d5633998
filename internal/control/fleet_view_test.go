package control

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/scale"
)

// fleetOf is a fleet of one shop of which this was seen last; nil: nothing was.
func fleetOf(shop string, sight *FleetSight) *Fleet {
	f := NewFleet(FleetConfig{Journal: journal.New(journal.Config{})})
	s := &fleetShop{f: f}
	s.seen.Store(sight)
	f.shops[shop], f.order = s, []string{shop}
	return f
}

// The number alone is told to who asks for it, and none where it is not known.
func TestWantedReplicas(t *testing.T) {
	const shop = "perfumy.example"
	seen := &FleetSight{
		Shop: shop, At: time.Now(), Plan: scale.Plan{Wanted: 7, Advice: true},
		State: fleet.State{Replicas: []fleet.Replica{{ID: "a", Phase: fleet.Ready}, {ID: "b", Phase: fleet.Starting}}},
	}
	old := *seen
	old.At = time.Now().Add(-time.Hour)
	for what, x := range map[string]struct {
		fleet  *Fleet
		path   string
		status int
	}{
		"known":                {fleetOf(shop, seen), shop, http.StatusOK},
		"seen too long ago":    {fleetOf(shop, &old), shop, http.StatusServiceUnavailable},
		"never seen":           {fleetOf(shop, nil), shop, http.StatusServiceUnavailable},
		"nobody multiplies it": {fleetOf("other", seen), shop, http.StatusNotFound},
		"nobody multiplies":    {nil, shop, http.StatusNotFound},
		"no such shop":         {fleetOf(shop, seen), "shoop", http.StatusNotFound},
	} {
		c, _, _ := newControl(t, func(cfg *Config) { cfg.Fleet = x.fleet })
		w := ask(c, http.MethodGet, "/api/v1/shops/"+x.path+"/replicas", "")
		if w.Code != x.status {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
		if x.status != http.StatusOK {
			continue
		}
		var v WantedView
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || v.Shop != shop || v.Replicas != 7 || v.Ready != 1 || !v.Advice || v.Time.IsZero() {
			t.Errorf("%s: %s, %v", what, w.Body, err)
		}
	}
	c, _, _ := newControl(t, func(cfg *Config) { cfg.Fleet = fleetOf(shop, seen) })
	if w := ask(c, http.MethodGet, "/api/v1/shops/"+shop+"/replicas", "", header("Authorization", "")); w.Code != http.StatusUnauthorized {
		t.Errorf("without the token: %d", w.Code)
	}
}
