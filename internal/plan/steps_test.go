package plan

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Another matrix changes what is asked from now on, and nothing that was done: what was
// confirmed stays in the history in the words in which it was asked, counts for nothing
// while no step has its id, and counts again when one has.
func TestAnotherMatrixChangesNoHistory(t *testing.T) {
	w, f := readied(t)
	w.must(t, web, Withdraw{Campaign: "lip-1", Step: "rehearsal", Why: "no time"})
	own := Matrix{Again: time.Hour, All: time.Hour, Steps: []Step{
		{ID: "go", Role: Host, Ask: Words{"shall we?", "startujemy?"}, Days: -1, Needed: true},
		{ID: "bank", Role: Host, Ask: Words{"call the bank", "zadzwoń do banku"}, Days: -3, Needed: true},
	}}
	other, again := &world{Book: New(own, zones()), now: w.now}, &world{Book: New(DefaultMatrix(), zones()), now: w.now}
	for _, a := range w.acts {
		other.Apply(a)
		again.Apply(a)
	}
	if n := other.Unknown(); n != 0 {
		t.Errorf("%d acts cannot be read", n)
	}

	// Of the two steps the host has confirmed one, under another name.
	r, _, open := ready(t, other, f)
	if want := []string{"reserve-unknown", "step-overdue"}; !slices.Equal(open, want) || r.Verdict != NoGo {
		t.Errorf("%s, open %v, want %v", r.Verdict, open, want)
	}
	if s := strings.Join(r.Sentences(Polish), " "); !strings.Contains(spaces(s), "Party web: zadzwoń do banku") {
		t.Error(s)
	}
	v, err := other.Campaign(w.now, web, "lip-1")
	if err != nil || len(v.Tasks) != 2 || v.Tasks[1].Status != Done || v.Tasks[0].Status != Overdue {
		t.Errorf("%v: %+v", err, v.Tasks)
	}

	// The history is the same word for word.
	said := func(w *world) string {
		h, err := w.CampaignAudit(w.now, mm, "lip-1")
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, e := range h.Entries {
			out = append(out, e.Sentence(English), e.Sentence(Polish))
		}
		return strings.Join(out, "\n")
	}
	if was, is := said(w), said(other); was != is || !strings.Contains(is, "freeze the code") || !strings.Contains(is, "no time") {
		t.Errorf("the history was\n%s\nand is\n%s", was, is)
	}

	// What is gone cannot be confirmed; what is new can.
	if _, err := other.do(web, Confirm{Campaign: "lip-1", Step: "freeze"}); err == nil || !strings.Contains(err.Error(), "There is no such thing") {
		t.Error(err)
	}
	other.must(t, web, Confirm{Campaign: "lip-1", Step: "bank"})

	// A process with the matrix of before knows of it, and asks for it no more than before.
	again.Apply(other.acts[0])
	h, err := again.CampaignAudit(w.now, mm, "lip-1")
	if err != nil || !strings.HasSuffix(h.Entries[len(h.Entries)-1].Sentence(English), "confirmed: call the bank.") {
		t.Error(err, h.Entries[len(h.Entries)-1])
	}
	if _, _, open := ready(t, again, f); slices.Contains(open, "step-overdue") {
		t.Error("what was confirmed does not count any more", open)
	}
}

// Acts of releases that did not write down what was asked say what is asked now.
func TestOldConfirmationsAreRead(t *testing.T) {
	w, _ := readied(t)
	b := New(Matrix{Again: time.Hour, All: time.Hour, Steps: []Step{{ID: "go", Role: Host, Ask: Words{"shall we?", "startujemy?"}}}}, zones())
	for _, a := range w.acts {
		a.Body = []byte(strings.NewReplacer(`,"ask":{"en":"say go or no-go","pl":"powiedz: startujemy albo nie"}`, "", `,"ask":{"en":"freeze the code","pl":"zamroź kod"}`, "").Replace(string(a.Body)))
		b.Apply(a)
	}
	h, err := b.CampaignAudit(w.now, operator, "lip-1")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range h.Entries {
		all = append(all, e.What.words(English))
	}
	if s := strings.Join(all, "\n"); !strings.Contains(s, "confirmed: shall we?") || !strings.Contains(s, "confirmed: freeze\n") {
		t.Error(s)
	}
}
