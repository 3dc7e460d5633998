package control

import (
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/plan"
)

// Whose post a wave is: asked, seen by whoever may answer, in both languages, and answered.
func TestInquiriesOfAShop(t *testing.T) {
	t.Parallel()
	now := time.Now()
	campaigns := lipstick(t, now)
	c := planControl(t, campaigns, nil)
	look := func(path string) string { return look(c, path, "").Body.String() }
	if got := look("/shops/lipstick/inquiries"); got != `{"inquiries":[]}`+"\n" {
		t.Errorf("nothing is asked: %s", got)
	}
	if _, err := campaigns.Do(t.Context(), now, plan.Actor{Role: plan.Machine}, plan.AskPost{Shop: "lipstick", Onset: now, Channel: "instagram"}); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"en": "did you just post?", "pl": "czy właśnie coś opublikowano?"} {
		if got := look("/shops/lipstick/inquiries?lang=" + lang); !strings.Contains(got, want) || !strings.Contains(got, `"id":"lipstick-ask-1"`) || !strings.Contains(got, `"channel":"instagram"`) {
			t.Errorf("%s: %s", lang, got)
		}
	}
	if w := command(c, "answer-post", "", `{"shop": "lipstick", "inquiry": "lipstick-ask-1"}`); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if got := look("/shops/lipstick/inquiries"); got != `{"inquiries":[]}`+"\n" {
		t.Errorf("it was answered: %s", got)
	}
	if w := command(c, "ask-post", "", `{"shop": "lipstick", "onset": "`+now.Format(time.RFC3339)+`"}`); w.Code != 409 {
		t.Errorf("asked twice of one wave: %d %s", w.Code, w.Body)
	}
}
