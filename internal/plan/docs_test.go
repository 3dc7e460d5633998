package plan

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// docs/plan.md says what the code holds: the whole matrix, and every figure.
func TestDocsSayWhatTheCodeHolds(t *testing.T) {
	raw, err := os.ReadFile("../../docs/plan.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(raw)), " ")
	due := func(s *Step) string {
		switch {
		case s.Days != 0:
			return fmt.Sprintf("T %s %s", sign(s.Days < 0), English.count(float64(max(s.Days, -s.Days)), "day"))
		case s.After != 0:
			return fmt.Sprintf("T %s %s", sign(s.After < 0), English.count(s.After.Abs().Hours(), "hour"))
		}
		return "T"
	}
	m := DefaultMatrix()
	if faults := m.Check(); len(faults) > 0 {
		t.Error(faults)
	}
	if len(m.Steps) != len(rows)*len(chain) {
		t.Fatalf("%d steps", len(m.Steps))
	}
	for i := 0; i < len(m.Steps); i += len(chain) {
		s := &m.Steps[i]
		row := fmt.Sprintf("| `%s` | %s", s.ID, spaces(due(s)))
		if s.Each {
			row += ", each"
		}
		row += " |"
		for j := range chain {
			row += " " + m.Steps[i+j].Ask.EN + " |"
		}
		if !strings.Contains(text, row) {
			t.Errorf("docs/plan.md does not have the row\n%s", row)
		}
		for _, step := range m.Steps[i : i+len(chain)] {
			if timed := strings.Contains("freeze go hour zero", step.ID); step.Timed != timed || step.Needed != strings.Contains("freeze go", step.ID) {
				t.Errorf("%s of %s is timed or needed otherwise than docs/plan.md says", step.ID, step.Role)
			}
		}
	}
	for _, s := range []string{
		fmt.Sprintf("(%.0f minutes at least)", leastSlip.Minutes()),
		fmt.Sprintf("again after %.0f minutes, and after %.0f everybody", m.Again.Minutes(), m.All.Minutes()),
		fmt.Sprintf("these are %.0f and %.0f minutes", (m.Again / nearDivides).Minutes(), (m.All / nearDivides).Minutes()),
		fmt.Sprintf("a day away, %.0f and %.0f hours", (m.Again * farTimes).Hours(), (m.All * farTimes).Hours()),
		fmt.Sprintf("in the last %.0f days and since", measuredFor.Hours()/24),
		fmt.Sprintf("in the last %.0f hours |", checkedFor.Hours()), fmt.Sprintf("within %.0f hours before T", onCallFrom.Hours()),
		fmt.Sprintf("In %.0f minutes (what", patience.Minutes()),
		fmt.Sprintf("less than %.0f minutes apart, of different", hostHour.Minutes()), fmt.Sprintf("less than %.0f minutes apart |", ownDistance.Minutes()),
		fmt.Sprintf("until %.0f minutes after it", postLasts.Minutes()), fmt.Sprintf("or %.0f hours before,", freezeAhead.Hours()),
	} {
		if !strings.Contains(text, s) {
			t.Errorf("docs/plan.md does not say %q", s)
		}
	}
	if longestLine != time.Hour || noLine != time.Minute {
		t.Error("the hour of line and the minute that is none are others than in docs/plan.md")
	}
}

func sign(negative bool) string {
	if negative {
		return "−"
	}
	return "+"
}

// A matrix from elsewhere is checked as a whole.
func TestMatrixNamesItsFaults(t *testing.T) {
	good := Step{ID: "call", Role: Host, Ask: Words{"call", "zadzwoń"}, Days: -1}
	with := func(change func(*Step)) Matrix {
		s := good
		change(&s)
		return Matrix{Steps: []Step{s}, Again: time.Minute, All: time.Minute}
	}
	twice := with(func(*Step) {})
	twice.Steps = append(twice.Steps, good)
	for _, tc := range []struct {
		m    Matrix
		want string
	}{
		{with(func(*Step) {}), "[]"},
		{Matrix{Steps: []Step{good}}, "[{-1 again must be from 1m to 24h}]"},
		{Matrix{Steps: []Step{good}, Again: time.Hour, All: time.Minute}, "[{-1 all must be from again to 48h}]"},
		{Matrix{Again: time.Minute, All: time.Minute}, "[{-1 steps must be 1 to 100, one for each role that is asked: these are 0}]"},
		{Matrix{Steps: make([]Step, maxSteps+1), Again: time.Minute, All: time.Minute}, "[{-1 steps must be 1 to 100, one for each role that is asked: these are 101} {0 id"},
		{twice, "[{1 id is there twice for host}]"},
		{with(func(s *Step) { s.ID = "Call" }), "[{0 id must be of a to z, digits and dashes, 64 at most}]"},
		{with(func(s *Step) { s.Role = Operator }), "[{0 ask belongs to influencer, media-house, software-house or host}]"},
		{with(func(s *Step) { s.Ask = Words{EN: "call\u202e"} }), "[{0 ask.en must be a line of text, 120 characters at most} {0 ask.pl is missing}]"},
		{with(func(s *Step) { s.Days, s.After = -400, 721*time.Hour }), "[{0 days must be from -365 to 30} {0 after must be from -720h to 720h}]"},
		{with(func(s *Step) { s.Ahead, s.Late = -1, 61*day }), "[{0 ahead must be from 0s to 1440h} {0 late must be from 0s to 1440h}]"},
		{with(func(s *Step) { s.Posted = true }), "[{0 posted is for the influencer, in a step that is asked of each post}]"},
	} {
		if got := fmt.Sprint(tc.m.Check()); !strings.HasPrefix(got, tc.want) {
			t.Errorf("%s, want %s", got, tc.want)
		}
	}
}
