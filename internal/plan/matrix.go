package plan

import (
	"fmt"
	"strings"
	"time"
)

// Matrix says what is asked of whom, and when, around T, the moment of a campaign's
// first post or evening. It is data: [DefaultMatrix] can be replaced as a whole, by a
// file of steps.
type Matrix struct {
	Steps []Step
	// Again is how long after a change its reader is told a second time, and All how
	// long until everybody hears that it was not acknowledged, if T is near. The last
	// hour and what is unplanned divide both by ten.
	Again, All time.Duration
}

// Step is one row and column of the matrix.
type Step struct {
	ID   string // "go"; the same for all roles of a row
	Role Role   // whose step it is
	Ask  Words  // what is asked of them
	// Due is Days calendar days from T, at the same hour of the shop's zone, and After
	// from there. Both may be negative.
	Days  int
	After time.Duration
	// Ahead is how long before it is due the owner is asked; Late how long after it
	// everybody of the campaign hears that it was not done.
	Ahead, Late time.Duration
	// Each repeats it for every post and evening, counted from its own moment.
	Each bool
	// Timed says that a confirmation is for a moment: if it moves by more than the
	// post may slip (a quarter of an hour at least), the confirmation no longer holds.
	Timed bool
	// Needed says that nothing is a go without it. Every step is needed once it is due.
	Needed bool
	// Posted says that it is done by posting and cannot be confirmed otherwise.
	Posted bool
}

// Words are a text in the languages of the house.
type Words struct {
	EN string `json:"en,omitempty"`
	PL string `json:"pl,omitempty"`
}

// In is the text in a language.
func (w Words) In(l Language) string {
	if l == Polish {
		return w.PL
	}
	return w.EN
}

// row is one row of the default matrix.
type row struct {
	id          string
	days        int
	after       time.Duration
	ahead, late time.Duration
	each        bool
	timed       bool
	needed      bool
	asks        [4]Words // in the order of the chain
}

// chain is the order of the columns.
var chain = []Role{Influencer, MediaHouse, SoftwareHouse, Host}

const day = 24 * time.Hour

// The rows follow the launch checklists that the field uses (Google SRE book ch. 27;
// Pressable, "High-Traffic Event Preparation Guide": go/no-go 24 h, freeze 12 h and
// everybody at their post 1 h before). How long ahead to ask and how late to call
// everybody are guesses.
var rows = []row{
	{"entry", -14, 0, 2 * day, day, false, false, false, [4]Words{
		{"name channel, hour and how far the post may slip", "podaj kanał, godzinę i o ile wpis może się przesunąć"},
		{"add reach with proof, link marks, coupon and stock", "dodaj zasięg z dowodem, oznaczenia linków, kupon i stan magazynu"},
		{"say which releases are planned and what may be kept in the cache", "podaj planowane wdrożenia i co wolno trzymać w pamięci podręcznej"},
		{"say what the shop can take today and what more would cost", "podaj, ile sklep wytrzyma dziś i ile kosztuje więcej"},
	}},
	{"rehearsal", -7, 0, 2 * day, day, false, false, false, [4]Words{
		{"look at the rehearsed wave on the phone", "obejrzyj próbną falę na telefonie"},
		{"agree on the texts of the line", "uzgodnij teksty kolejki"},
		{"repair what broke in the rehearsal", "napraw to, co zepsuło się na próbie"},
		{"confirm the limit in orders a minute", "potwierdź limit zamówień na minutę"},
	}},
	{"freeze", -2, 0, day, 12 * time.Hour, false, true, true, [4]Words{
		{"confirm day and hour", "potwierdź dzień i godzinę"},
		{"confirm the links", "potwierdź linki"},
		{"freeze the code", "zamroź kod"},
		{"set the plan for more workers", "ustaw plan dodatkowych procesów"},
	}},
	{"go", 0, -day, 12 * time.Hour, 2 * time.Hour, false, true, true, [4]Words{
		{"say go or no-go", "powiedz: startujemy albo nie"},
		{"say go or no-go", "powiedz: startujemy albo nie"},
		{"say go or no-go", "powiedz: startujemy albo nie"},
		{"say go or no-go", "powiedz: startujemy albo nie"},
	}},
	{"hour", 0, -time.Hour, time.Hour, 15 * time.Minute, true, true, false, [4]Words{
		{"is the hour still right?", "czy godzina się zgadza?"},
		{"check the links once more", "sprawdź linki jeszcze raz"},
		{"stop purges and warm the pages", "wstrzymaj czyszczenie pamięci i rozgrzej strony"},
		{"have the extra workers up", "uruchom dodatkowe procesy"},
	}},
	{"zero", 0, 0, 10 * time.Minute, 10 * time.Minute, true, true, false, [4]Words{
		{"tap \"I'm posting now\"", "naciśnij „publikuję teraz”"},
		{"watch what each post brings", "patrz, co daje każdy wpis"},
		{"be on call", "bądź pod telefonem"},
		{"be on call", "bądź pod telefonem"},
	}},
	{"report", 1, 0, 0, 2 * day, false, false, false, [4]Words{
		{"look at the picture of the wave", "obejrzyj obraz fali"},
		{"look at the table of posts", "obejrzyj tabelę wpisów"},
		{"look at the list of causes", "obejrzyj listę przyczyn"},
		{"look at the curve of capacity", "obejrzyj krzywą wydajności"},
	}},
}

// DefaultMatrix is the matrix of docs/plan.md.
func DefaultMatrix() Matrix {
	m := Matrix{Again: 20 * time.Minute, All: 40 * time.Minute}
	for _, r := range rows {
		for i, role := range chain {
			m.Steps = append(m.Steps, Step{
				ID: r.id, Role: role, Ask: r.asks[i], Days: r.days, After: r.after, Ahead: r.ahead, Late: r.late,
				Each: r.each, Timed: r.timed, Needed: r.needed, Posted: r.id == "zero" && role == Influencer,
			})
		}
	}
	return m
}

// MatrixFault is one thing that is wrong with a matrix.
type MatrixFault struct {
	Step int // its place in [Matrix.Steps]; -1: it is about the matrix
	// Field is what is wrong, as a file of steps names it: "ask.pl"; empty: the step.
	Field string
	Bound string // what it must be
}

// Check names every fault of the matrix.
func (m Matrix) Check() (faults []MatrixFault) {
	at := -1
	fault := func(field, format string, args ...any) {
		faults = append(faults, MatrixFault{at, field, fmt.Sprintf(format, args...)})
	}
	if n := len(m.Steps); n == 0 || n > maxSteps {
		fault("steps", "must be 1 to %d, one for each role that is asked: these are %d", maxSteps, n)
	}
	if m.Again < time.Minute || m.Again > day {
		fault("again", "must be from 1m to 24h")
	} else if m.All < m.Again || m.All > 2*day {
		fault("all", "must be from again to 48h")
	}
	seen := map[[2]string]bool{}
	for i, s := range m.Steps {
		at = i
		key := [2]string{s.ID, string(s.Role)}
		switch {
		case !isID(ID(s.ID)):
			fault("id", "must be of a to z, digits and dashes, %d at most", maxID)
		case !s.Role.ofChain():
			fault("ask", "belongs to influencer, media-house, software-house or host")
		case seen[key]:
			fault("id", "is there twice for %s", s.Role)
		}
		seen[key] = true
		if s.Days < -365 || s.Days > 30 {
			fault("days", "must be from -365 to 30")
		}
		if s.After < -30*day || s.After > 30*day {
			fault("after", "must be from -720h to 720h")
		}
		if s.Ahead < 0 || s.Ahead > 60*day {
			fault("ahead", "must be from 0s to 1440h")
		}
		if s.Late < 0 || s.Late > 60*day {
			fault("late", "must be from 0s to 1440h")
		}
		if s.Posted && (s.Role != Influencer || !s.Each) {
			fault("posted", "is for the influencer, in a step that is asked of each post")
		}
		for _, l := range []struct{ field, text string }{{"ask.en", s.Ask.EN}, {"ask.pl", s.Ask.PL}} {
			switch {
			case strings.TrimSpace(l.text) == "":
				fault(l.field, "is missing")
			case badText(l.text, maxName) != "":
				fault(l.field, "must be a line of text, %d characters at most", maxName)
			}
		}
	}
	return faults
}

// due is when the step is due for a campaign or post at T, in the shop's zone.
func (s *Step) due(t time.Time, zone *time.Location) time.Time {
	return t.In(zone).AddDate(0, 0, s.Days).Add(s.After)
}
