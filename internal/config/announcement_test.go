package config

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
)

func TestAnnouncementExample(t *testing.T) {
	text, err := os.ReadFile(announceExample)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range forecast.Channels() {
		if !strings.Contains(string(text), string(c)) {
			t.Errorf("the example does not name %s", c)
		}
	}
	a, err := LoadAnnouncement(announceExample)
	if err != nil {
		t.Fatal(err)
	}
	frame, posts, evenings := a.Plain()
	if d := cmp.Diff(plan.PutCampaign{
		Shop: "lipstick", Name: "Autumn lipstick", Note: "She cannot keep a secret and may be early.", Influencers: []plan.ID{"ola"}, Stock: 2000,
	}, frame); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]plan.Post{{
		Name: "drop at eight", Party: "ola", Channel: "timed-drop", Account: "ola", Reach: 100_000, Proof: true, Shown: plan.Proof{Kind: plan.Statistics, Date: "2026-11-20", Link: "https://drive.example/ola-november.png", Note: "of November"}, Click: 1, Buy: 0.1,
		At: time.Date(2026, 12, 1, 19, 0, 0, 0, time.UTC), Slip: 10 * time.Minute, Link: "https://lipstick.example/p/autumn",
		Coupon: "OLA10", Price: 59.9, Limited: true,
	}}, posts); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]plan.Evening{{
		Name: "Evening of colours", Start: time.Date(2026, 12, 3, 18, 0, 0, 0, time.UTC), PreQueue: 30 * time.Minute, Draw: true, Lasts: 3 * time.Hour, Reach: 50_000,
	}}, evenings); d != "" {
		t.Error(d)
	}

	// Every field of the plan that a person can say can be said in the file.
	a.Posts[0].Followers, a.Posts[0].Stock = 5, 7
	_, posts, evenings = a.Plain()
	for _, v := range []any{posts[0], evenings[0]} {
		for i := range reflect.TypeOf(v).NumField() {
			name := reflect.TypeOf(v).Field(i).Name
			if name != "ID" && name != "State" && name != "Source" && reflect.ValueOf(v).Field(i).IsZero() {
				t.Errorf("%T.%s is never set", v, name)
			}
		}
	}
}
