package control

import (
	"math"
	"net/http"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/radar"
	"github.com/falochron/falochron/internal/radar/tale"
)

// RadarView is what the radar sees at a shop, as the API shows it.
type RadarView struct {
	Shop     string         `json:"shop"`
	Time     time.Time      `json:"time"`
	State    string         `json:"state"` // calm, swell, storm or ebb
	Since    time.Time      `json:"since,omitzero"`
	Onset    time.Time      `json:"onset,omitzero"` // as estimated back
	Says     plan.Words     `json:"says"`           // all of it in a sentence or two
	Why      plan.Words     `json:"why"`            // why the state is what it is
	Cause    string         `json:"cause"`          // the same as a fixed word
	Rate     float64        `json:"rate"`           // newcomers a second now
	Base     float64        `json:"base"`           // without the wave
	Usual    float64        `json:"usual"`          // at this time of the week; 0 = not known
	Factor   float64        `json:"factor"`         // rate / base
	Surprise float64        `json:"surprise"`       // nats
	Known    bool           `json:"known"`          // enough was seen to call a wave
	Come     int            `json:"come"`           // newcomers since the onset
	Suspects []RadarSuspect `json:"suspects"`
	Nowcast  *RadarNowcast  `json:"nowcast,omitempty"` // while a wave is on
	Crowds   []RadarCrowd   `json:"crowds"`            // the heaviest first
	Shadow   bool           `json:"shadow"`            // crowds are judged, and nothing is done
}

// RadarSuspect is a post, known or not, that a wave may come from.
type RadarSuspect struct {
	Post       string     `json:"post,omitempty"`     // of the plan, by its id
	Campaign   string     `json:"campaign,omitempty"` // parameters that the plan does not know
	Channel    string     `json:"channel"`
	By         string     `json:"by"`    // what tells it
	Share      float64    `json:"share"` // of what comes beyond the usual
	Newcomers  float64    `json:"newcomers"`
	Confidence float64    `json:"confidence"`
	Early      secs       `json:"early_seconds"` // before its announced moment; negative: after it
	Fit        string     `json:"fit"`           // announced, several, unplanned or unknown
	Why        plan.Words `json:"why"`
}

// RadarRange is a figure with its interval of eight in ten cases.
type RadarRange struct {
	Low  float64 `json:"low"`
	Mid  float64 `json:"mid"`
	High float64 `json:"high"`
}

// RadarNowcast is how large a wave becomes. People are those beyond what comes without it.
type RadarNowcast struct {
	Known      bool       `json:"known"`
	Why        string     `json:"why,omitempty"` // why nothing is known
	Began      time.Time  `json:"began,omitzero"`
	Seen       float64    `json:"seen"`
	InTen      RadarRange `json:"in_10_min"`
	InHour     RadarRange `json:"in_hour"`
	Peak       RadarRange `json:"peak"`        // people a second
	PeakMinute RadarRange `json:"peak_minute"` // people in the busiest minute
	PeakAfter  RadarRange `json:"peak_after_seconds"`
	HalfLife   RadarRange `json:"half_life_seconds"`
	Leans      string     `json:"leans"` // the belief that explains the counts best
}

// RadarCrowd are people or programs who are alike, with what they were judged to be.
type RadarCrowd struct {
	Who        plan.Words `json:"who"`
	Cohort     string     `json:"cohort"` // network, kind of program and what its requests look like
	Kind       string     `json:"kind"`
	Confidence float64    `json:"confidence"`
	Treatment  string     `json:"treatment"`
	Since      time.Time  `json:"since,omitzero"`
	Rate       float64    `json:"rate"` // requests a second
	Why        plan.Words `json:"why"`
}

// View is what was seen as the API shows it, with its times in UTC.
func (s *RadarSight) View() RadarView {
	v := RadarView{
		Shop: s.Shop, Time: s.At.UTC(), State: s.State.String(), Since: s.Since.UTC(), Onset: s.Onset.UTC(), Says: s.Says(s.At.Location(), false),
		Why: inWords(s.Cause.Sentence), Cause: s.Cause.Kind.String(), Rate: fit(s.Rate), Base: fit(s.Base), Usual: fit(s.Usual), Factor: fit(s.Factor),
		Surprise: fit(s.Surprise), Known: s.Known, Come: s.Come, Suspects: []RadarSuspect{}, Crowds: []RadarCrowd{}, Shadow: s.Shadow,
	}
	for i := range s.Suspects {
		p := &s.Suspects[i]
		v.Suspects = append(v.Suspects, RadarSuspect{
			Post: p.Post, Campaign: p.Campaign, Channel: p.Channel.String(), By: p.By, Share: fit(p.Share), Newcomers: fit(p.Newcomers),
			Confidence: fit(p.Confidence), Early: secsOf(p.Early), Fit: p.Fit.String(),
			Why: inWords(func(lang string) string { return p.Sentence(lang, s.named(p)) }),
		})
	}
	if s.State != radar.Calm {
		v.Nowcast = nowcastOf(&s.Nowcast)
	}
	for i := range s.Verdicts {
		c := &s.Verdicts[i]
		v.Crowds = append(v.Crowds, RadarCrowd{
			Who: inWords(func(lang string) string { return tale.Who(c.Key, lang) }), Cohort: c.Key.String(), Kind: c.Kind.String(), Confidence: fit(c.Confidence), Treatment: c.Treatment.String(), Since: c.Since.UTC(), Rate: fit(c.Rate), Why: Why(*c),
		})
	}
	return v
}

func nowcastOf(n *forecast.Nowcasted) *RadarNowcast {
	out := &RadarNowcast{Known: n.Known, Seen: fit(n.Seen), Began: n.Began.UTC(), Leans: n.Leans}
	if !n.Known {
		out.Why = n.Why.String()
		return out
	}
	out.InTen, out.InHour, out.Peak = rangeOf(n.In10Min), rangeOf(n.InHour), rangeOf(n.Peak)
	out.PeakMinute, out.PeakAfter, out.HalfLife = rangeOf(n.PeakMinute), rangeOf(n.PeakAfter), rangeOf(n.HalfLife)
	return out
}

func rangeOf(r forecast.Range) RadarRange { return RadarRange{fit(r.Low), fit(r.Mid), fit(r.High)} }

// fit is a number that JSON can write, with four digits: nobody measures better.
func fit(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return 0
	case math.IsInf(x, 0):
		return math.Copysign(math.MaxFloat32, x)
	case x == 0:
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(x))))
	if y := math.Round(x*scale) / scale; !math.IsNaN(y) && !math.IsInf(y, 0) {
		return y
	}
	return x
}

// getRadar answers with what the radar sees at all shops, or at the one that is named.
func (c *Control) getRadar(w http.ResponseWriter, r *http.Request, _ actor) error {
	if c.cfg.Radar == nil {
		return &falochron.Error{Kind: falochron.Unavailable, Op: "look at the radar", Public: "no radar runs here", Hint: "it is part of falochron run"}
	}
	only := r.FormValue("shop")
	views := []RadarView{}
	found := only == ""
	for _, name := range c.cfg.Source.Shops() {
		if only != "" && name != only {
			continue
		}
		found = true
		if s, ok := c.cfg.Radar.Look(name); ok {
			views = append(views, s.View())
		}
	}
	if !found {
		return noShop(only)
	}
	return answer(w, http.StatusOK, map[string]any{"radar": views})
}
