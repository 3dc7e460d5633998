package arch

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// What make lint runs has every analyzer that the toolchain's go vet has: a newer Go that
// brings one more is noticed here.
func TestLintHasAllThatVetHas(t *testing.T) {
	out, err := exec.Command("go", "tool", "vet", "help").Output()
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("../../tools/lint/main.go")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(out), "Registered analyzers:\n")
	list, _, _ = strings.Cut(list, "\nBy default")
	names := regexp.MustCompile(`(?m)^ +([a-z]+) `).FindAllStringSubmatch(list, -1)
	if len(names) < 30 {
		t.Fatalf("go vet says that it has %d analyzers:\n%s", len(names), out)
	}
	for _, n := range names {
		// Two are named in the plural, and their packages are not.
		if !regexp.MustCompile(`\b` + strings.TrimSuffix(n[1], "s") + `s?\.Analyzer\b`).Match(source) {
			t.Errorf("tools/lint has no %s, which go vet has", n[1])
		}
	}
}
