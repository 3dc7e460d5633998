package console

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A vessel is drawn in a box of 200 by 170: a glass with a round bottom, water
// in it, and pipes to its neighbours. Pipes lie across where there is room for
// all vessels side by side, and lead down where they stand one under the other.
const (
	glassTop    = 16.0
	glassBottom = 142.0
	pipeMiddle  = 124.0 // of the pipes across
)

// tone colours a vessel; its pattern and a word say the same.
type tone string

const (
	calmTone    tone = "calm"
	highTone    tone = "high"    // people wait, or it is nearly full
	alarmTone   tone = "alarm"   // full, down, or overdue
	unknownTone tone = "unknown" // not measured
)

// drawn is a vessel as the page draws and tells it.
type drawn struct {
	ID     string // of its parts; unique on a page
	Title  string
	Name   string // of the party
	Number string // the big one
	Unit   string
	State  string // what the tone says, in words
	Trend  string // "rising", "falling" or ""
	Notes  []string
	Pours  string // what runs on to the next, in words; empty for the last
	Level  float64
	Before float64 // level a minute ago; Unknown
	Tone   tone
	In     float64 // how thick the pipes are, in units of the box; 0 = none
	Out    float64
	Gate   string // the breakwater in the pipe that leads on: "", "open" or "held"
	Blocks []block
	Role   Role // empty for the fans and what lies behind them
}

// block is one open step in a person's vessel.
type block struct {
	Y, Height float64
	Late      bool
}

// Y is where the water stands.
func (d drawn) Y() float64 { return surface(d.Level) }

// Past is where it stood a minute ago.
func (d drawn) Past() float64 { return surface(d.Before) }

// Moved reports whether it is worth a line that the water stood elsewhere.
func (d drawn) Moved() bool { return d.Before >= 0 && math.Abs(d.Past()-d.Y()) > 5 }

// surface is the height of a level; little is seen, and full leaves a rim.
func surface(level float64) float64 {
	if level <= 0 || math.IsNaN(level) {
		return glassBottom + 8
	}
	level = min(max(level, 0.05), 1)
	return round1(glassBottom - level*(glassBottom-glassTop-10))
}

func round1(x float64) float64 { return math.Round(x*10) / 10 }

// InTop and OutTop are the upper edges of the pipes across.
func (d drawn) InTop() float64  { return round1(pipeMiddle - d.In/2) }
func (d drawn) OutTop() float64 { return round1(pipeMiddle - d.Out/2) }

// dry is how thick a pipe is in which nothing runs.
const dry = 4.0

// RunsIn and RunsOut report whether something runs in the pipes.
func (d drawn) RunsIn() bool  { return d.In > dry }
func (d drawn) RunsOut() bool { return d.Out > dry }

// GateTop is how long the breakwater's upper and lower part are, GateBelow where
// the lower one begins: what they leave open is the pipe.
func (d drawn) GateTop() float64   { return round1(44 - d.Out/2) }
func (d drawn) GateBelow() float64 { return round1(pipeMiddle + d.Out/2) }

// Middle of the pipes across, for what swims in them.
func (d drawn) Middle() float64 { return pipeMiddle }

// thick is how thick a pipe is: by the logarithm, so that a thousand a minute and
// forty are both pipes.
func thick(flow, most float64) float64 {
	if flow <= 0 || most <= 0 {
		return dry
	}
	return round1(6 + 20*math.Log1p(flow)/math.Log1p(most))
}

// part is a share that may be unknown.
func part(n, top float64) float64 {
	if n < 0 || top <= 0 {
		return Unknown
	}
	return n / top
}

func (d *drawn) trend(now, before float64) {
	d.Before = before
	switch {
	case now < 0 || before < 0:
		d.Before = Unknown
	case now-before > 0.04:
		d.Trend = "rising"
	case before-now > 0.04:
		d.Trend = "falling"
	}
}

// flow draws the five vessels from the fans to the database. The id keeps the
// parts of several drawings on a page apart.
func (s *speaker) flow(id string, f Flow) ([]drawn, error) {
	w := &wording{s: s}
	most := max(f.Arrivals, f.ToLine, f.LetIn, f.Orders)
	pipes := [4]float64{thick(f.Arrivals, most), thick(f.ToLine, most), thick(f.LetIn, most), thick(f.Orders, most)}
	if f.Held {
		pipes[2] = dry
	}
	all := []drawn{w.fans(f), w.edge(f), w.line(f), w.shop(f), w.database(f)}
	for i := range all {
		all[i].ID = id + "-" + strconv.Itoa(i)
		if i > 0 {
			all[i].In = pipes[i-1]
		}
		if i < len(pipes) {
			all[i].Out = pipes[i]
		}
		if all[i].Trend != "" {
			all[i].Trend = w.say("trend." + all[i].Trend)
		}
	}
	return all, w.err
}

// wording collects the first fault, so that what is told reads as a list.
type wording struct {
	s   *speaker
	err error
}

func (w *wording) say(key string, pairs ...any) string {
	text, err := w.s.say(key, pairs...)
	if err != nil && w.err == nil {
		w.err = err
	}
	return text
}

func (w *wording) count(key string, n float64, pairs ...any) string {
	if n < 0 {
		return "" // not known: the vessel says so
	}
	text, err := w.s.count(key, int(math.Round(n)), pairs...)
	if err != nil && w.err == nil {
		w.err = err
	}
	return text
}

// known sets what goes with a number, or says that it is not known.
func (w *wording) known(d *drawn, n float64, state string, t tone) {
	d.State, d.Tone = w.say(state), t
	if n < 0 || math.IsNaN(n) {
		d.Level, d.Number, d.Tone, d.State = Unknown, "–", unknownTone, w.say("state.unknown")
	}
}

func (w *wording) fans(f Flow) drawn {
	d := drawn{Title: w.say("vessel.fans"), Number: w.s.number(f.Arrivals), Unit: w.say("unit.arrivals"), Level: part(f.Arrivals, f.ArrivalsTop)}
	d.trend(d.Level, part(f.ArrivalsBefore, f.ArrivalsTop))
	state, t := "state.quiet", calmTone
	if d.Level > 0.5 {
		state, t = "state.crowd", highTone
	}
	w.known(&d, f.Arrivals, state, t)
	d.Pours = w.count("pours.fans", f.Arrivals)
	return d
}

func (w *wording) edge(f Flow) drawn {
	d := drawn{Title: w.say("vessel.edge"), Number: w.s.share(f.EdgeShare), Unit: w.say("unit.edge"), Level: f.EdgeShare, Before: Unknown}
	w.known(&d, f.EdgeShare, "state.answering", calmTone)
	d.Pours = w.count("pours.edge", f.ToLine)
	return d
}

func (w *wording) line(f Flow) drawn {
	d := drawn{Title: w.say("vessel.line"), Number: w.s.number(f.InLine), Unit: w.say("unit.line"), Level: part(f.InLine, f.InLineTop), Gate: "open"}
	d.trend(d.Level, part(f.InLineBefore, f.InLineTop))
	state, t := "state.free", calmTone
	switch {
	case f.Held:
		state, t, d.Gate = "state.held", alarmTone, "held"
	case f.InLine > 0:
		state, t = "state.waits", highTone
	}
	w.known(&d, f.InLine, state, t)
	if f.Wait > 0 && f.InLine > 0 && !f.Held && !f.ShopDown { // else there is no honest number
		d.Notes = []string{w.say("note.wait", "wait", w.s.length(f.Wait))}
	}
	if f.Left >= 0.5 {
		d.Notes = append(d.Notes, w.say("note.left", "n", w.s.number(math.Round(f.Left))))
	}
	d.Pours = w.count("pours.line", f.LetIn)
	if f.Held {
		d.Pours = w.say("pours.held")
	}
	return d
}

// busyState says how full something is that serves: from 0.95 on it is full.
func busyState(busy float64) (string, tone) {
	switch {
	case busy >= 0.95:
		return "state.full", highTone
	case busy >= 0.7:
		return "state.busy", calmTone
	default:
		return "state.room", calmTone
	}
}

func (w *wording) shop(f Flow) drawn {
	d := drawn{Title: w.say("vessel.shop"), Number: w.s.share(f.ShopBusy), Unit: w.say("unit.busy"), Level: f.ShopBusy}
	d.trend(f.ShopBusy, f.ShopBusyBefore)
	state, t := busyState(f.ShopBusy)
	w.known(&d, f.ShopBusy, state, t)
	if f.ShopDown {
		d.State, d.Tone, d.Level, d.Number, d.Unit = w.say("state.down"), alarmTone, 0, w.say("number.down"), w.say("unit.down")
	}
	if f.Inside >= 0 {
		d.Notes = []string{w.count("note.inside", f.Inside)}
	}
	d.Pours = w.count("pours.shop", f.Orders)
	return d
}

func (w *wording) database(f Flow) drawn {
	d := drawn{Title: w.say("vessel.database"), Number: w.s.share(f.DatabaseBusy), Unit: w.say("unit.busy"), Level: f.DatabaseBusy}
	d.trend(f.DatabaseBusy, f.DatabaseBusyBefore)
	state, t := busyState(f.DatabaseBusy)
	if f.DatabaseBusy >= 0.95 {
		t = alarmTone
	}
	w.known(&d, f.DatabaseBusy, state, t)
	if f.DatabaseUnasked {
		d.State, d.Notes = w.say("state.unmeasured"), []string{w.say("note.unmeasured")}
	}
	return d
}

// fullAt is how many open steps fill a person's vessel.
const fullAt = 6

// people draws the parties: what waits on each is the water in its vessel.
func (s *speaker) people(id string, now time.Time, all []Party) ([]drawn, error) {
	w := &wording{s: s}
	var out []drawn
	for i, p := range all {
		late := p.overdue(now)
		d := drawn{
			ID: id + "-" + strconv.Itoa(i), Title: s.word("role.", p.Role), Name: p.Name, Number: s.number(float64(len(p.Tasks))),
			Unit: w.count("unit.steps", float64(len(p.Tasks))), Level: float64(len(p.Tasks)) / fullAt, Before: Unknown,
			Tone: calmTone, State: w.say("state.nothing"), Role: p.Role,
		}
		switch {
		case late > 0:
			d.State, d.Tone = w.count("state.late", float64(late)), alarmTone
		case len(p.Tasks) > 0:
			d.State, d.Tone = w.say("state.open"), highTone
		}
		if p.Done > 0 {
			d.Notes = []string{w.count("note.done", float64(p.Done))}
		}
		d.Blocks = blocks(len(p.Tasks), late)
		if names := s.waiting(p.Tasks); names != "" {
			d.Pours = w.say("pours.waits", "who", names)
		}
		if i > 0 {
			d.In = 10
		}
		if i < len(all)-1 {
			d.Out = 10
		}
		out = append(out, d)
	}
	return out, w.err
}

// waiting names each role once that cannot go on without some of the tasks.
func (s *speaker) waiting(tasks []Task) string {
	var names []string
	for _, t := range tasks {
		for _, r := range t.Waits {
			if name := s.word("role.", r); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return strings.Join(names, ", ")
}

// blocks stacks open steps from the bottom, what is late on top. More than fill
// the glass are drawn thinner.
func blocks(n, late int) []block {
	if n == 0 {
		return nil
	}
	height := (glassBottom - glassTop - 10) / float64(max(n, fullAt))
	var out []block
	for i := range n {
		out = append(out, block{Y: round1(glassBottom - height*float64(i+1)), Height: round1(height - 2), Late: i >= n-late})
	}
	return out
}
