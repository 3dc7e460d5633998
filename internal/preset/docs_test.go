package preset

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// What is said to be proven has the version and the day of the shop that it was tried
// before by hand, and nothing else has.
func TestTriedByHand(t *testing.T) {
	text, err := os.ReadFile("../../docs/presets.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| tried by hand |")
	var tried, proven []string
	for line := range strings.Lines(table) {
		if line == "\n" {
			break
		}
		cells := strings.Split(line, " | ")
		if len(cells) != 4 || strings.HasPrefix(line, "|:") {
			continue
		}
		title, version := strings.TrimPrefix(cells[0], "| "), cells[1]
		if _, err := time.Parse("2 January 2006", cells[2]); err != nil || version == "" {
			t.Errorf("%s was tried in version %q on %q", title, version, cells[2])
		}
		tried = append(tried, title)
	}
	for _, p := range Platforms() {
		if p.Evidence == Proven {
			proven = append(proven, p.Title)
		}
	}
	slices.Sort(tried)
	slices.Sort(proven)
	if !slices.Equal(tried, proven) {
		t.Errorf("tried by hand are %v, and said to be proven %v", tried, proven)
	}
}

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

// docs/presets.md names those whose visitors go where there is least to do, and those who
// stay at one replica.
func TestSessionsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/presets.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "### Replicas and sessions\n")
	shared, stay, found := strings.Cut(section, "least to do. ")
	if !found {
		t.Fatal("the section is not there, or says something else")
	}
	stay, _, _ = strings.Cut(stay, "`sticky`")
	for _, p := range Platforms() {
		where, other := stay, shared
		if p.Sessions != "" {
			where, other = shared, stay
		}
		title := p.Title
		if p.Name == GenericName {
			title = "`generic`"
		}
		if !strings.Contains(where, title) || strings.Contains(other, title) {
			t.Errorf("%s has its sessions in %q, and the page says something else", p.Title, p.Sessions)
		}
	}
}
