package main

import (
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// What her page says of the shop, and what it gives her to say to the fans, is what the
// fans' own line says, in every state of it and in both languages.
func TestThePageSaysWhatTheLineSays(t *testing.T) {
	w := openPlanWorld(t)
	w.clock = theEvening
	w.edge.set("lip", falochron.Vitals{Mode: falochron.ModeAuto, Limit: 8})
	w.pulse.observe(w.clock)
	ola := w.opens("ola", plan.Influencer)
	w.must(plan.Actor{Role: plan.Influencer, Party: "ola"}, plan.PostNow{Campaign: "lip-1", Post: "lip-1.1"})
	start := theEvening.Add(time.Hour)
	cameIn := map[string]bool{}
	for name, c := range map[string]struct {
		v              falochron.Vitals
		state          falochron.LineState
		en, pl         string // how the shop is
		tellEN, tellPL string
	}{
		"fine": {falochron.Vitals{Mode: falochron.ModeAuto}, falochron.LineNone,
			"shop fine, no line", "sklep działa, bez kolejki", "The shop is open, come in!", "Sklep jest otwarty, zapraszamy!"},
		"held": {falochron.Vitals{Mode: falochron.ModeHold}, falochron.LineHeld,
			"nobody is let in for now.", "na razie nikt nie wchodzi.", "The shop lets nobody in for a moment", "Sklep na chwilę nikogo nie wpuszcza"},
		"held, and people wait": {falochron.Vitals{Mode: falochron.ModeHold, InLine: 340, FrontWaitSecs: 300}, falochron.LineHeld,
			"nobody is let in for now, 340 in line", "na razie nikt nie wchodzi, 340 osób w kolejce", "The shop lets nobody in for a moment", "Sklep na chwilę nikogo nie wpuszcza"},
		"a waiting room": {falochron.Vitals{Mode: falochron.ModeAuto, InLine: 340, FrontWaitSecs: 300, Opening: falochron.OpeningVitals{Start: start, Open: true}}, falochron.LinePrequeue,
			"the waiting room is open, 340 in line", "poczekalnia jest otwarta, 340 osób w kolejce", "The waiting room is open, we begin at 1 Dec, 21:00", "Poczekalnia jest otwarta, zaczynamy 1 grudnia, 21:00"},
		"a line": {falochron.Vitals{Mode: falochron.ModeAuto, InLine: 340, FrontWaitSecs: 180}, falochron.LineWaiting,
			"line 3 min", "kolejka 3 min", "the line takes about 3 minutes", "kolejka na około 3 minuty"},
		"a short line": {falochron.Vitals{Mode: falochron.ModeAuto, InLine: 340, FrontWaitSecs: 40}, falochron.LineWaiting,
			"shop busy but working, line", "w sklepie duży ruch, ale działa, kolejka", "there is a line; your place is kept", "przed sklepem jest kolejka; miejsce jest zachowane"},
		"a line of unknown length": {falochron.Vitals{Mode: falochron.ModeShop, InLine: 340}, falochron.LineWaiting,
			"340 in line", "340 osób w kolejce", "there is a line; your place is kept", "przed sklepem jest kolejka; miejsce jest zachowane"},
		"no answer": {falochron.Vitals{Mode: falochron.ModeAuto, InLine: 340, Binding: "shop-dead"}, falochron.LineWaiting,
			"the shop does not answer, 340 in line", "sklep nie odpowiada, 340 osób w kolejce", "The shop needs a moment", "Sklep potrzebuje chwili"},
		"a bypass": {falochron.Vitals{Mode: falochron.ModeOff, InLine: 340}, falochron.LineNone,
			"shop fine, no line", "sklep działa, bez kolejki", "The shop is open, come in!", "Sklep jest otwarty, zapraszamy!"},
	} {
		w.clock = w.clock.Add(time.Second)
		c.v.Time, c.v.Limit = w.clock, 8
		w.edge.set("lip", c.v)
		w.pulse.observe(w.clock)
		if got := c.v.Line(); got.State != c.state {
			t.Errorf("%s: the line says %s", name, got.State)
		}
		for lang, want := range map[string][]string{"en": {c.en, c.tellEN}, "pl": {c.pl, c.tellPL}} {
			says := strings.ReplaceAll(text(ola.sees("/plan/next?lang="+lang)), "\u00a0", " ")
			for _, s := range want {
				if !strings.Contains(says, s) {
					t.Errorf("%s: the page does not say %q:\n%s", name, s, says)
				}
			}
			if strings.Contains(says, "come in!") || strings.Contains(says, "zapraszamy!") {
				cameIn[name] = true
			}
		}
	}
	if len(cameIn) != 2 || !cameIn["fine"] || !cameIn["a bypass"] {
		t.Errorf("fans are asked in: %v", cameIn)
	}

	// Before the evening the waiting room counts, and not only what was planned of it.
	w.clock = theEvening.Add(25*time.Hour + 30*time.Minute)
	eve := theEvening.Add(26 * time.Hour)
	w.edge.set("lip", falochron.Vitals{Time: w.clock, Mode: falochron.ModeAuto, Limit: 8, InLine: 12, Opening: falochron.OpeningVitals{Start: eve, Open: true}})
	w.pulse.observe(w.clock)
	w.give("ola", plan.Influencer) // the first was for a day
	w.opens("ola", plan.Influencer).reads("/plan/next?lang=en", "The waiting room is open, we begin at 2 Dec, 22:00")
}
