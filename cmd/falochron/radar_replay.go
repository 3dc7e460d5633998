package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/radar"
	"github.com/falochron/falochron/internal/radar/trace"
	"github.com/spf13/cobra"
)

// radarOptions are the flags of radar.
type radarOptions struct {
	file, start, zone, lang string
	tick                    time.Duration
	base                    float64
	seed                    uint64
	zeros, json             bool
}

// radarLead is how much traffic is put before a trace that --base is added to: enough
// to be known as usual.
const radarLead = time.Hour

// radarOver is how the traffic of --base scatters: variance ÷ mean, as measured.
const radarOver = 1.25

func newRadarCommand() *cobra.Command {
	var o radarOptions
	cmd := &cobra.Command{
		Use:   "radar",
		Short: "Say what the radar would have said of a trace of arrivals, and when",
		Long: `Reads how many came in each second, minute or other tick from a file, packed by gzip
or not, lets the detector of falochron run hear it, and prints each change: calm,
swell, storm, ebb, when it began, and why. It asks nobody and starts nothing.

Three forms of files are known; lines beginning with # are remarks:
  counts    one count a line. --tick tells of what time each is, --start when the first began
  table     a time and a count a line, separated by commas, semicolons or tabs
  cascade   reactions to a post: two lines about the post, then a line with the seconds
            since it and the followers of who reacted, for each

docs/radar.md has an example of each, and says how the detector decides.`,
		Example: `  falochron radar --trace per-second.txt.gz --start 2026-11-27T00:00:00+01:00
  falochron radar --trace per-minute.csv --zone Europe/Warsaw --lang pl
  falochron radar --trace post.txt --base 5 --json`,
		Args: wants(),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.InOrStdin(), cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.StringVar(&o.file, "trace", "", "`file` with counts of arrivals; - is standard input")
	f.DurationVar(&o.tick, "tick", 0, "`duration` that a count is of; default 1s, of a table the step of its times")
	f.StringVar(&o.start, "start", "", "`time` at which the first tick began or the post went out; default unknown")
	f.StringVar(&o.zone, "zone", "UTC", "`name` of the time zone by whose clock hours and weekdays count")
	f.BoolVar(&o.zeros, "zeros", false, "in times that a table leaves out nobody came; otherwise nobody knows")
	f.Float64Var(&o.base, "base", 0, "`arrivals` a second that are added by chance, and for an hour before")
	f.Uint64Var(&o.seed, "seed", 1, "`number` by which --base is drawn")
	f.StringVar(&o.lang, "lang", "", "`language`, pl or en; default from LANG")
	f.BoolVar(&o.json, "json", false, "print for programs: a JSON object a line")
	return cmd
}

// radarMostBase bounds what --base may add: more is no shop.
const radarMostBase = 100_000

func (o *radarOptions) run(stdin io.Reader, out io.Writer) error {
	language, err := (&forecastOptions{lang: o.lang}).language()
	if err != nil {
		return err
	}
	if o.file == "" {
		return usage("no trace given", "falochron radar --trace FILE")
	}
	if !(o.base >= 0 && o.base <= radarMostBase) {
		return usage(fmt.Sprintf("--base %g cannot be added", o.base), fmt.Sprintf("from 0 to %d a second", radarMostBase))
	}
	t, err := o.read(stdin)
	if err != nil {
		return err
	}
	if o.base > 0 {
		lead := int(radarLead / t.Tick)
		if t.Ticks+lead > trace.MaxTicks {
			return usage("--base makes the trace too long", "cut it, or count longer ticks")
		}
		t.Background(rand.New(rand.NewPCG(o.seed, 0)), o.base, radarOver, lead)
	}
	words := "en"
	if language == forecast.Polish {
		words = "pl"
	}
	r := &radarReplay{trace: t, out: out, language: words, json: o.json}
	return r.play()
}

// read reads the trace.
func (o *radarOptions) read(stdin io.Reader) (*trace.Trace, error) {
	zone, err := time.LoadLocation(o.zone)
	if err != nil {
		return nil, usage(fmt.Sprintf("--zone %q is not known", o.zone), "a name as Europe/Warsaw")
	}
	options := trace.Options{Tick: o.tick, Zone: zone, Zeros: o.zeros}
	if o.start != "" {
		at, err := time.Parse(time.RFC3339, o.start)
		if err != nil {
			at, err = time.ParseInLocation("2006-01-02 15:04:05", o.start, zone)
		}
		if err != nil {
			return nil, usage(fmt.Sprintf("--start %q is no time", o.start), `"2026-11-27 20:00:00", or 2026-11-27T20:00:00+01:00`)
		}
		options.Start = at.In(zone)
	}
	in := stdin
	if o.file != "-" {
		f, err := os.Open(o.file)
		if err != nil {
			return nil, &falochron.Error{Kind: falochron.Invalid, Op: "read trace", Err: err, Hint: "does the file exist, and may it be read?"}
		}
		defer f.Close()
		in = f
	}
	t, err := trace.Read(in, options)
	if err == nil {
		return t, nil
	}
	if e, ok := errors.AsType[*falochron.Error](err); ok {
		return nil, &falochron.Error{Kind: e.Kind, Op: strings.Replace(e.Op, "read trace", "read "+o.file, 1), Public: e.Public, Hint: e.Hint}
	}
	return nil, &falochron.Error{Kind: falochron.Unavailable, Op: "read " + o.file, Err: err, Hint: "can it be read by cat?"}
}

// radarReplay is a trace being heard.
type radarReplay struct {
	trace    *trace.Trace
	out      io.Writer
	language string
	json     bool
	entered  [4]int // by state
}

// radarEnd is the last line for programs.
type radarEnd struct {
	State  radar.State `json:"state"` // at the end
	Swells int         `json:"swells"`
	Storms int         `json:"storms"`
}

// radarHead is the first line for programs.
type radarHead struct {
	Form     trace.Form `json:"form"`
	TickSecs float64    `json:"tick_s"`
	Start    time.Time  `json:"start"`
	End      time.Time  `json:"end"`
	Dated    bool       `json:"dated"` // the times are real ones
	Post     *time.Time `json:"post,omitempty"`
	Ticks    int        `json:"ticks"`
	Gaps     int        `json:"gaps"`
	Arrivals uint64     `json:"arrivals"`
}

// radarChange is a line for programs. Rates are newcomers a second.
type radarChange struct {
	At       time.Time       `json:"at"`
	State    radar.State     `json:"state"`
	Before   radar.State     `json:"before"`
	Onset    *time.Time      `json:"onset,omitempty"`
	Rate     float64         `json:"rate"`
	Base     float64         `json:"base"`
	Factor   float64         `json:"factor"`
	Surprise float64         `json:"surprise_nats"`
	Kind     radar.CauseKind `json:"cause"`
	Count    int             `json:"count"`
	Window   float64         `json:"window_s"`
	Expected float64         `json:"expected"`
	Sentence string          `json:"sentence"`
}

func (r *radarReplay) play() error {
	t := r.trace
	if err := r.head(); err != nil {
		return err
	}
	d := radar.NewDetector(radar.DetectorConfig{Zone: t.Start().Location()})
	var last radar.Sighting
	var err error
	t.Each(func(until time.Time, n int) bool {
		if last = d.Observe(until, t.Tick, n); last.Changed() {
			r.entered[last.State]++
			err = r.change(until, last)
		}
		return err == nil
	})
	if err != nil {
		return err
	}
	return r.end(last.State)
}

func (r *radarReplay) head() error {
	t := r.trace
	h := radarHead{Form: t.Form, TickSecs: t.Tick.Seconds(), Start: t.Start(), End: t.End(), Dated: t.Dated, Ticks: t.Ticks, Gaps: len(t.Stretches) - 1, Arrivals: t.Arrivals}
	if !t.Post.IsZero() {
		h.Post = &t.Post
	}
	if r.json {
		return json.NewEncoder(r.out).Encode(h)
	}
	text := fmt.Sprintf("%d counts of %g s, %d newcomers, %d gaps", t.Ticks, t.Tick.Seconds(), t.Arrivals, h.Gaps)
	if r.language == "pl" {
		text = fmt.Sprintf("liczby wejść: %d, każda z %g s, razem %d, przerwy: %d", t.Ticks, t.Tick.Seconds(), t.Arrivals, h.Gaps)
	}
	_, err := fmt.Fprintf(r.out, "%s, %s – %s\n", text, r.clock(t.Start()), r.clock(t.End()))
	return err
}

func (r *radarReplay) change(at time.Time, s radar.Sighting) error {
	if r.json {
		c := radarChange{At: at, State: s.State, Before: s.Before, Rate: s.Rate, Base: s.Base, Factor: s.Factor, Surprise: s.Surprise,
			Kind: s.Cause.Kind, Count: s.Cause.Count, Window: s.Cause.Window.Seconds(), Expected: s.Cause.Expected, Sentence: s.Cause.Sentence(r.language)}
		if !s.Onset.IsZero() {
			c.Onset = &s.Onset
		}
		return json.NewEncoder(r.out).Encode(c)
	}
	began := ""
	if s.State == radar.Swell {
		began = "; began " + r.clock(s.Onset)
		if r.language == "pl" {
			began = "; początek " + r.clock(s.Onset)
		}
	}
	_, err := fmt.Fprintf(r.out, "%s  %s → %s  %s%s\n", r.clock(at), s.Before.Word(r.language), s.State.Word(r.language), s.Cause.Sentence(r.language), began)
	return err
}

func (r *radarReplay) end(state radar.State) error {
	if r.json {
		return json.NewEncoder(r.out).Encode(radarEnd{State: state, Swells: r.entered[radar.Swell], Storms: r.entered[radar.Storm]})
	}
	text := "swells: %d, storms: %d, at the end: %s\n"
	if r.language == "pl" {
		text = "fale: %d, szczyty: %d, na końcu: %s\n"
	}
	_, err := fmt.Fprintf(r.out, text, r.entered[radar.Swell], r.entered[radar.Storm], state.Word(r.language))
	return err
}

// clock is a moment: with its date, or from the start or the post on where nobody knows
// the date.
func (r *radarReplay) clock(at time.Time) string {
	t := r.trace
	layout := "2006-01-02 15:04:05"
	if t.Tick < time.Second {
		layout += ".0"
	}
	if t.Dated {
		return at.Format(layout)
	}
	zero := t.Start()
	if !t.Post.IsZero() {
		zero = t.Post
	}
	seconds := at.Sub(zero).Seconds()
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	whole := int(seconds)
	text := fmt.Sprintf("%s%dd %02d:%02d:%02d", sign, whole/86400, whole/3600%24, whole/60%60, whole%60)
	if t.Tick%time.Second != 0 {
		text += fmt.Sprintf(".%d", int((seconds-float64(whole))*10+1e-6))
	}
	return text
}
