package scenario

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/toyshop"
)

// The tables in the documentation are those of the tests, and what they say becomes
// of a request is what becomes of it.
func TestTechniquesAreWrittenDown(t *testing.T) {
	rows := written(t)
	for _, d := range disguises() {
		if rows[d.name] == "" {
			t.Errorf("docs/never-mixed.md does not know the disguise %q", d.name)
		}
		delete(rows, d.name)
	}
	p, ok := preset.Named("woocommerce")
	if !ok {
		t.Fatal("no preset")
	}
	inMarket(t, p.Name, toyshop.Config{Workers: 16, Gullible: true}, func(m *market) {
		m.open(falochron.ModeAuto, p)
		for _, by := range poisons() {
			says, known := rows[by.name]
			if !known {
				m.Errorf("docs/never-mixed.md does not know the technique %q", by.name)
			}
			delete(rows, by.name)
			m.anew(p)
			since, c := m.now(), m.places.Product
			if by.search {
				c = m.places.Search
			}
			got := m.person("attacker").attack(c, by)
			if what := became(m.sightings(since), got.status); !fits(says, what) {
				m.Errorf("%s: it is written that %q, and it is %q", by.name, says, what)
			}
		}
	})
	for name := range rows {
		t.Errorf("docs/never-mixed.md knows %q, and nobody tries it", name)
	}
}

// What becomes of a request of an attacker's.
const (
	own     = "own request" // the shop got it as it was
	refused = "refused"
	shared  = "shared" // the shop got a request of the edge's own
)

// fits reports whether what is said of a request names what became of it. Where
// neither of the others is named, and where the words "not sent" or "another key"
// are, the edge asked itself.
func fits(says, what string) bool {
	if what != shared {
		return strings.Contains(says, what)
	}
	return strings.Contains(says, "not sent") || strings.Contains(says, "another key") || !strings.Contains(says, own) && !strings.Contains(says, refused)
}

func became(seen []sighting, status int) string {
	what := shared
	for _, s := range seen {
		if !s.fill() {
			what = own
		}
	}
	if len(seen) == 0 && status >= http.StatusBadRequest {
		what = refused
	}
	return what
}

// written are the rows of the tables of techniques: what is said of each.
func written(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/never-mixed.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	_, tables, _ := strings.Cut(string(text), "## Poisoning")
	for line := range strings.Lines(tables) {
		cells := strings.Split(strings.Trim(line, "|\n"), "|")
		if len(cells) < 2 || strings.HasPrefix(cells[0], ":") {
			continue
		}
		name := strings.Trim(strings.TrimSpace(cells[0]), "`")
		if name != "technique" && name != "disguise" {
			rows[name] = strings.TrimSpace(cells[1])
		}
	}
	return rows
}
