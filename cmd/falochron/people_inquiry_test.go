package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/plan"
)

// A wave that nobody announced: the influencer is asked on her page, in her language, and
// one tap answers. Another agency sees nothing of it.
func TestWhosePostAWaveIs(t *testing.T) {
	falochron := plan.Actor{Role: plan.Machine}
	w := openPlanWorld(t)
	ola, house, eva, soft := w.opens("ola", plan.Influencer), w.opens("mm", plan.MediaHouse), w.opens("eva", plan.Influencer), w.opens("soft", plan.SoftwareHouse)
	w.clock = theEvening.Add(-4 * time.Minute)
	w.must(falochron, plan.AskPost{Shop: "lip", Onset: w.clock.Add(-10 * time.Second), Channel: "instagram"})

	ola.sees("/plan/next?lang=en", "did you just post?", "Yes, this one", "Yes, one that is not in the plan", "No, none of mine", `value="lip-ask-1"`, `name="is" value="lip-1.1"`)
	ola.sees("/plan/next?lang=pl", "czy właśnie coś opublikowano?", "Tak, ten", "Tak, wpis spoza planu", "Nie, to nie mój")
	house.sees("/plan/next/lip", `name="is" value="lip-1.1"`)
	if body := eva.sees("/plan/next"); strings.Contains(body, "lip-ask") || strings.Contains(body, `value="answer"`) {
		t.Errorf("another agency is asked:\n%s", body)
	}
	answer := func(b *browser, path, is string, want int) {
		t.Helper()
		if got := b.post(path, "act", "answer", "inquiry", "lip-ask-1", "is", is); got.Code != want {
			t.Errorf("%s answers %q: %d, want %d", path, is, got.Code, want)
		}
	}
	answer(eva, "/plan/next", "no", http.StatusNotFound)
	answer(soft, "/plan/campaign/lip-1", "no", http.StatusForbidden)
	answer(ola, "/plan/next", "lip-9.9", http.StatusNotFound)
	answer(ola, "/plan/next", "hat-1.1", http.StatusNotFound)
	answer(ola, "/plan/next", "lip-1.1", http.StatusSeeOther)
	ola.sees("/plan/next?done", "The post is out", `value="undo"`)
	if body := ola.sees("/plan/next"); strings.Contains(body, "did you just post?") {
		t.Error("she is asked still")
	}
	answer(house, "/plan/next/lip", "no", http.StatusConflict)

	// Another wave, and a post that is in no plan; taken back, it was none.
	w.clock = w.clock.Add(3 * time.Hour)
	w.must(falochron, plan.AskPost{Shop: "lip", Onset: w.clock})
	if got := house.post("/plan/next/lip", "act", "answer", "inquiry", "lip-ask-2", "is", "unplanned"); got.Code != http.StatusSeeOther {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	house.sees("/plan/next/lip?done", "A post is out that nobody had announced", `value="undo"`)
	if got := house.post("/plan/next/lip", "act", "undo"); got.Code != http.StatusSeeOther {
		t.Errorf("%d", got.Code)
	}

	// And a no.
	w.clock = w.clock.Add(time.Hour)
	w.must(falochron, plan.AskPost{Shop: "lip", Onset: w.clock})
	if got := ola.post("/plan/next", "act", "answer", "inquiry", "lip-ask-3", "is", "no"); got.Code != http.StatusSeeOther {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	ola.sees("/plan/next?done", "is no post of ours")
}
