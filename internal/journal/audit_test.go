package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

func press(n int) falochron.Record {
	return falochron.Record{Time: noon.Add(time.Duration(n) * time.Second), ID: fmt.Sprint("a", n), Actor: "Ola", Note: fmt.Sprintf("ceiling: %d → %d", n, n+1)}
}

func TestTrafficNeverEvictsWhatPeopleDid(t *testing.T) {
	j := New(Config{Size: 4, AuditSize: 2})
	for n := range 3 {
		j.Append(press(n))
	}
	for i := range 100 {
		j.Append(wait(fmt.Sprint(i), noon))
	}
	if _, ok := j.Find("a0"); ok {
		t.Error("the audit ring is not bounded")
	}
	for _, id := range []string{"a1", "a2"} {
		if r, ok := j.Find(id); !ok || r.Actor != "Ola" {
			t.Errorf("%s: %v %+v", id, ok, r)
		}
	}
}

func TestAuditRecordsOutliveTheProgram(t *testing.T) {
	dir := t.TempDir()
	first := New(Config{})
	if err := first.KeepAudit(dir); err != nil {
		t.Fatal(err)
	}
	first.Append(press(1))
	if err := first.Audit(press(2)); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, AuditFile)
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}

	// A crash in mid-write leaves half a line.
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"time":"2026-03-01T12:`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}

	second := New(Config{})
	if err := second.KeepAudit(dir); err != nil {
		t.Fatal(err)
	}
	if err := second.Audit(press(3)); err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	third := New(Config{})
	if err := third.KeepAudit(dir); err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	var got []string
	for _, r := range third.Since(time.Time{}, Filter{}) {
		got = append(got, r.Note)
	}
	if s := strings.Join(got, ", "); s != "ceiling: 1 → 2, ceiling: 2 → 3, ceiling: 3 → 4" {
		t.Error(s)
	}
}

func TestALostAuditFileIsSaid(t *testing.T) {
	j := New(Config{})
	if err := j.KeepAudit(filepath.Join(t.TempDir(), "missing")); falochron.KindOf(err) != falochron.Unavailable || falochron.HintOf(err) == "" {
		t.Errorf("%v", err)
	}
	if err := j.KeepAudit(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if err := j.audit.file.Close(); err != nil { // the disk is gone
		t.Fatal(err)
	}
	if err := j.Audit(press(1)); falochron.KindOf(err) != falochron.Unavailable {
		t.Errorf("%v", err)
	}
	if j.AuditFault() == nil {
		t.Error("the fault is forgotten")
	}
	if _, ok := j.Find("a1"); !ok {
		t.Error("the record is not even in memory")
	}
}

func TestEntriesReadBack(t *testing.T) {
	want := wait("r1", noon)
	if got := EntryOf(want).Record(); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestExplain(t *testing.T) {
	watched := wait("r1", noon)
	watched.Verdict.Would = true
	held := wait("r1", noon)
	held.Verdict, held.Allowed = falochron.Verdict{Action: falochron.Wait, Reason: "mode-hold", Limit: "mode"}, 0
	bot := pass("bot")
	bot.Class, bot.Status = falochron.ClassBot, 503
	bot.Verdict = falochron.Verdict{Action: falochron.Wait, Reason: "machine-while-line", Limit: "line", Bound: 12}
	in, calm, tested, late := pass("in"), pass("calm"), pass("tested"), pass("late")
	in.Verdict = falochron.Verdict{Action: falochron.Pass, Reason: "place-free", Limit: "concurrency", Bound: 4}
	calm.Verdict, tested.Verdict = in.Verdict, in.Verdict
	in.Place, tested.Verdict.Would = 7, true
	late.Lane, late.Status = "new", 503
	late.Verdict = falochron.Verdict{Action: falochron.Shed, Reason: "queue-deadline", Limit: "owner-ceiling", Bound: 2}
	for _, c := range []struct {
		r    falochron.Record
		want []string
	}{
		{wait("r1", noon), []string{
			"2026-03-01T12:00:00Z: POST /koszyk/dodaj (cart) of 203.0.113.0/24 was shown the waiting room.",
			"Reason: no-place; the limit that bound it: places at 6.3 (requests at the shop at once, by all who are inside).",
			"There was no place for one more person: those inside keep the shop busy.",
			"At that moment 4 of 4 requests allowed at once were at the shop.",
			"People ahead: 41.",
			"It waited 3ms for a worker, took 4ms in all, ended with status 503, was answered by http://127.0.0.1:8080.",
		}},
		{watched, []string{
			"2026-03-01T12:00:00Z: POST /koszyk/dodaj (cart) of 203.0.113.0/24 would have been shown the waiting room.",
			"The shop is only watched: it passed.",
		}},
		{held, []string{
			"2026-03-01T12:00:00Z: POST /koszyk/dodaj (cart) of 203.0.113.0/24 was shown the waiting room.",
			"Reason: mode-hold; the limit that bound it: mode.",
			"The mode was hold: nobody new is let in, whoever is inside goes on.",
			"People ahead: 41.",
		}},
		{bot, []string{
			"2026-03-01T12:00:00Z: GET / (bot) of an unknown address was told to come again later.",
			"Reason: machine-while-line; the limit that bound it: line at 12 (people ahead).",
			"Crawlers and prefetches stand behind people: they pass once nobody has to wait.",
			"It ended with status 503.",
		}},
		{in, []string{
			"2026-03-01T12:00:00Z: GET / (page) of an unknown address went straight to the shop.",
			"Reason: place-free; measured against: concurrency at 4 (requests at the shop at once).",
			"With it place 7 of the line was claimed, and a new visitor let in.",
		}},
		{calm, []string{
			"2026-03-01T12:00:00Z: GET / (page) of an unknown address went straight to the shop.",
			"Reason: place-free; measured against: concurrency at 4 (requests at the shop at once).",
			"With it a new visitor was let in.",
		}},
		{tested, []string{
			"2026-03-01T12:00:00Z: GET / (page) of an unknown address would have gone straight to the shop.",
			"The shop is only watched: it passed.",
			"Reason: place-free; measured against: concurrency at 4 (requests at the shop at once).",
			"There was a place for a new visitor.",
		}},
		{late, []string{
			"2026-03-01T12:00:00Z: GET / (page) of an unknown address was refused because the shop was full.",
			"Reason: queue-deadline; the limit that bound it: owner-ceiling at 2 (requests at the shop at once).",
			"No worker came free in time.",
			"With it a new visitor was let in.",
			"It ended with status 503.",
		}},
		{press(1), []string{"2026-03-01T12:00:01Z: Ola did: ceiling: 1 → 2."}},
		{falochron.Record{Time: noon, Note: "the line opened"}, []string{"2026-03-01T12:00:00Z: it happened that: the line opened."}},
		{pass("p"), []string{"2026-03-01T12:00:00Z: GET / (page) of an unknown address went straight to the shop.", "It ended with status 200."}},
	} {
		got := Explain(c.r)
		if len(got) > len(c.want) {
			got = got[:len(c.want)]
		}
		if g, w := strings.Join(got, "\n"), strings.Join(c.want, "\n"); g != w {
			t.Errorf("got\n%s\nwant\n%s", g, w)
		}
	}
}
