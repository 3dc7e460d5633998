package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The commands of docs/plan.md, one after the other from an empty folder, do what the
// page says.
func TestTheCommandsOfThePlansPageWork(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/plan.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("../../announcement.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	// The days of the example will be past.
	ahead := regexp.MustCompile(`2026-12-0\d`).ReplaceAllString(string(example), time.Now().AddDate(0, 0, 20).Format("2006-01-02"))
	if err := os.WriteFile(filepath.Join(dir, "announcement.example.yaml"), []byte(ahead), 0o600); err != nil {
		t.Fatal(err)
	}
	table := "at;channel;account\n" + time.Now().AddDate(0, 0, 21).Format("2006-01-02") + " 20:00;tiktok;ola\n"
	if err := os.WriteFile(filepath.Join(dir, "autumn.csv"), []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	lines := regexp.MustCompile(`(?m)^    falochron (campaign .*)$`).FindAllStringSubmatch(string(page), -1)
	for _, line := range lines {
		next := strings.ReplaceAll(line[1], "2026-", time.Now().AddDate(1, 0, 0).Format("2006-"))
		words := regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(next, -1)
		for i := range words {
			words[i] = strings.Trim(words[i], `"`)
		}
		if used[words[1]] = true; words[1] == "check" {
			continue // it asks a falochron run that the shop is behind
		}
		cmd := exec.CommandContext(t.Context(), "falochron", words...)
		cmd.Dir = dir
		if said, err := cmd.CombinedOutput(); err != nil || len(said) == 0 {
			t.Errorf("%s: %v\n%s", line[1], err, said)
		}
	}
	for _, c := range newCampaignCommand().Commands() {
		if !used[c.Name()] {
			t.Errorf("docs/plan.md does not show campaign %s", c.Name())
		}
	}
}
