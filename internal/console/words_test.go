package console

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var placeholder = regexp.MustCompile(`\{\w+\}`)

func TestBothLanguagesSayTheSame(t *testing.T) {
	words := loadWords()
	en, pl := words["en"], words["pl"]
	for key, text := range en {
		other, ok := pl[key]
		if !ok {
			t.Errorf("pl lacks %s", key)
			continue
		}
		if text == "" || other == "" {
			t.Errorf("%s is empty", key)
		}
		a, b := placeholder.FindAllString(text, -1), placeholder.FindAllString(other, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s: %v and %v", key, a, b)
		}
	}
	for key := range pl {
		if _, ok := en[key]; !ok && !strings.HasPrefix(key, "people.") {
			t.Errorf("en lacks %s", key)
		}
	}
	for _, form := range []string{"one", "few", "many", "other"} { // CLDR's forms for Polish
		if pl["people."+form] == "" {
			t.Errorf("pl lacks the form %s", form)
		}
	}
}

// Every text the scripts ask for by its whole key is there, and every text
// there is asked for by somebody.
func TestTextsAndTheirUse(t *testing.T) {
	var all strings.Builder
	for _, dir := range []string{"assets", "pages"} {
		list, err := files.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			body, err := files.ReadFile(dir + "/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			all.Write(body)
		}
	}
	source, en := all.String(), loadWords()["en"]
	for _, m := range regexp.MustCompile(`say\("([^"]+)"[,)]`).FindAllStringSubmatch(source, -1) {
		if _, ok := en[m[1]]; !ok {
			t.Errorf("the scripts ask for %q", m[1])
		}
	}
	made := []string{"scene.", "charts.", "why.", "mode.", "note.", "people.", "sure.", "kind.", "span.", "sharing.", "known.", "crowd.", "replicas."} // keys put together in the scripts
	for key := range en {
		whole := strings.Contains(source, `"`+key+`"`) || strings.Contains(source, ".T."+key+"}") || strings.Contains(source, ".T."+key+" ")
		if !whole && !slices.ContainsFunc(made, func(p string) bool { return strings.HasPrefix(key, p) }) && key != "live" && key != "release" {
			t.Errorf("nobody asks for %q", key)
		}
	}
}
