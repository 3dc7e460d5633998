package preset

import (
	"os"
	"strings"
	"testing"
)

// docs/presets.md says what the data says.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/presets.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) == 8 {
			rows[strings.Trim(cells[2], " `")] = line
		}
	}
	for _, p := range Platforms() {
		row, ok := rows[p.Name]
		if !ok {
			t.Errorf("%s has no row", p.Name)
			continue
		}
		if cells := strings.Split(row, "|"); strings.TrimSpace(cells[3]) != p.Evidence.String() {
			t.Errorf("%s is %s, and its row says %s", p.Name, p.Evidence, cells[3])
		} else if forbidden := func() bool {
			for _, k := range p.Kinds {
				if k.Forbidden {
					return true
				}
			}
			return false
		}(); forbidden != strings.Contains(cells[5], "yes") {
			t.Errorf("%s: needs check and word is %v, and its row says %s", p.Name, forbidden, cells[5])
		}
		for _, k := range p.Kinds {
			if !strings.Contains(row, "`"+k.Name+"`") {
				t.Errorf("%s: its row does not name the kind %s", p.Name, k.Name)
			}
		}
		delete(rows, p.Name)
	}
	delete(rows, "name")
	delete(rows, ":--")
	if len(rows) > 0 {
		t.Errorf("rows of platforms that are not there: %v", rows)
	}
}
