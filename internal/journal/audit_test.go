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
	for _, c := range []struct {
		r    falochron.Record
		want []string
	}{
		{wait("r1", noon), []string{
			"2026-03-01T12:00:00Z: POST /koszyk/dodaj (cart) of 203.0.113.0/24 was shown the waiting room.",
			"Reason: shop-full; the limit that bound it: places at 0.5.",
			"At that moment 4 of 4 requests allowed at once were at the shop.",
			"People ahead: 41.",
			"It waited 3ms for a worker, took 4ms in all, ended with status 503, was answered by http://127.0.0.1:8080.",
		}},
		{watched, []string{
			"2026-03-01T12:00:00Z: POST /koszyk/dodaj (cart) of 203.0.113.0/24 would have been shown the waiting room.",
			"The shop is only watched: it passed.",
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
