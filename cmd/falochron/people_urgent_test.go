package main

import (
	"strings"
	"testing"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// Weeks before a post nearly everything is open: the phone names the most urgent, and
// leads to the rest.
func TestThePhoneNamesTheMostUrgent(t *testing.T) {
	w := openPlanWorld(t)
	ola := w.opens("ola", plan.Influencer)
	for lang, words := range map[string]string{"en": "more on the campaign's page", "pl": "na stronie kampanii"} {
		body := ola.sees("/plan/next?lang=" + lang)
		_, list, found := strings.Cut(body, `id="missing"`)
		list, _, _ = strings.Cut(list, "</section>")
		if n := strings.Count(list, "<li"); !found || n != missingAtOnce {
			t.Errorf("%s: %d items:\n%s", lang, n, list)
		}
		if !strings.Contains(list, `<a href="/plan/campaign/lip-1">`) || !strings.Contains(strings.ReplaceAll(list, "&#39;", "'"), words) {
			t.Errorf("%s: no way to the rest:\n%s", lang, list)
		}
	}

	item := func(kind plan.ItemKind, s plan.Status, must bool) plan.Item {
		return plan.Item{Kind: kind, Status: s, Must: must, Reason: plan.Reason{Kind: string(kind)}}
	}
	r := reading{readiness: plan.Readiness{Items: []plan.Item{
		item(plan.AboutReach, plan.No, false), item(plan.AboutForecast, plan.NotYet, true), item(plan.AboutLine, plan.OK, true),
		item(plan.AboutReserve, plan.NotYet, false), item(plan.AboutStock, plan.NotYet, true), item(plan.AboutConflict, plan.No, true),
	}}}
	named := func(all []console.Ready) (out string) {
		for _, x := range all {
			out += x.What.EN + "; "
		}
		return out
	}
	want := []plan.ItemKind{plan.AboutConflict, plan.AboutForecast, plan.AboutStock, plan.AboutReach, plan.AboutReserve}
	for most, more := range map[int]int{1: 4, 3: 2, 5: 0, 9: 0} {
		got, left := r.urgent(most)
		text := ""
		for _, k := range want[:min(most, len(want))] {
			text += itemNames[k].EN + "; "
		}
		if named(got) != text || left != more {
			t.Errorf("of %d: %s and %d more; want %s and %d", most, named(got), left, text, more)
		}
	}
	if r.readiness.Items[0].Kind != plan.AboutReach {
		t.Error("the campaign's page has another order now")
	}
}
