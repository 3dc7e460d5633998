package cache

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Every test that docs/rfc9111.md names exists.
func TestNamedTestsExist(t *testing.T) {
	doc, err := os.ReadFile("../../docs/rfc9111.md")
	if err != nil {
		t.Fatal(err)
	}
	exists := map[string]bool{}
	for _, pattern := range []string{"*_test.go", "../fresh/*_test.go", "../scenario/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			code, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllSubmatch(code, -1) {
				exists[string(m[1])] = true
			}
		}
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllSubmatch(doc, -1)
	if len(named) < 50 {
		t.Errorf("only %d tests are named: is this the document?", len(named))
	}
	for _, m := range named {
		if !exists[string(m[1])] {
			t.Errorf("%s is named, but there is no such test", m[1])
		}
	}
}
