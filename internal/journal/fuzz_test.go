package journal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// An audit file may hold anything: it is read without a panic, left as it is,
// and the next record is found after it.
func FuzzAuditFile(f *testing.F) {
	f.Add(`{"time":"2026-03-01T12:00:00Z","actor":"Ola","note":"mode: auto → hold"}` + "\n")
	f.Add("{}\n\n{\"actor\":1}")
	f.Add("\x00\xff" + strings.Repeat("x", 100))
	f.Fuzz(func(t *testing.T, content string) {
		dir := t.TempDir()
		name := filepath.Join(dir, AuditFile)
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			j := New(Config{Size: 1, AuditSize: 8})
			if err := j.KeepAudit(dir); err != nil {
				t.Fatal(err)
			}
			if err := j.Audit(press(1)); err != nil {
				t.Fatal(err)
			}
			if _, ok := j.Find("a1"); !ok {
				t.Error("not in memory")
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		}
		after, err := os.ReadFile(name)
		if err != nil || !strings.HasPrefix(string(after), content) {
			t.Errorf("%v: what was there has changed", err)
		}
		j := New(Config{AuditSize: 1000})
		if err := j.KeepAudit(dir); err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		n := 0
		for _, r := range j.Since(time.Time{}, Filter{Limit: 1000}) {
			if r.ID == "a1" {
				n++
			}
		}
		if n < 2 {
			t.Errorf("%d of our two records read back", n)
		}
	})
}
