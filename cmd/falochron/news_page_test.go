package main

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/ticket"
)

// The commands of docs/news.md, one after the other, need nothing but the keys that
// falochron run makes.
func TestTheCommandsOfTheNewsPageWork(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/news.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(page), "2026-12-01", time.Now().AddDate(0, 0, 20).Format("2006-01-02"))
	table := regexp.MustCompile(`(?m)^    (uid;.*)\n    (a1;.*)$`).FindStringSubmatch(text)
	if table == nil {
		t.Fatal("docs/news.md shows no table")
	}
	dir := t.TempDir()
	ring, err := ticket.NewKeyring(time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{filepath.Join(dir, "autumn.csv"): table[1] + "\n" + table[2] + "\n", filepath.Join(data, "keys.json"): string(ring.Marshal())} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lines := regexp.MustCompile(`(?m)^    falochron (campaign .*)$`).FindAllStringSubmatch(text, -1)
	if len(lines) < 9 {
		t.Errorf("only %d commands were found", len(lines))
	}
	for _, line := range lines {
		words := regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(line[1], -1)
		for i := range words {
			words[i] = strings.Trim(words[i], `"`)
		}
		cmd := exec.CommandContext(t.Context(), "falochron", append(words, "--data", data)...)
		cmd.Dir = dir
		said, err := cmd.CombinedOutput()
		if err != nil || len(said) == 0 {
			t.Errorf("%s: %v\n%s", line[1], err, said)
		}
		if strings.Contains(line[1], "import") && !strings.Contains(line[1], "dry") && !strings.Contains(string(said), "added 1") && !strings.Contains(string(said), "dodano 1") {
			t.Errorf("%s", said)
		}
	}
}
