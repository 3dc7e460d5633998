package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/plan"
)

// Steps are the steps that the plan asks for, as people write them.
type Steps struct {
	// Again is how long after a change its reader is told a second time. Default 20m;
	// from 1m to 24h, 0 is refused. When T is near or far it is scaled (docs/plan.md).
	Again time.Duration `yaml:"again"`
	// All is how long until everybody hears that a change was not acknowledged. Default
	// 40m; from Again to 48h, 0 is refused.
	All time.Duration `yaml:"all"`
	// Steps are the rows. There must be one at least, and at most 100 when each role that
	// is asked is counted.
	Steps []StepRow `yaml:"steps"`
}

// StepRow is one step as it is asked of one role or several.
type StepRow struct {
	// ID names the step for programs and in the plan's history, of a to z, digits and
	// dashes. It may not be empty. A step that comes to mean something else needs another.
	ID string `yaml:"id"`
	// Days are the calendar days from T to when it is due, in the shop's zone, -365 to
	// 30. Default 0, which means on the day itself.
	Days int `yaml:"days"`
	// After is added to that, -720h to 720h. Default 0, which means at the hour of T.
	After time.Duration `yaml:"after"`
	// Ahead is how long before it is due its owner is asked, up to 1440h. Default 0,
	// which means when it is due.
	Ahead time.Duration `yaml:"ahead"`
	// Late is how long after it is due everybody hears that it is missing, up to 1440h.
	// Default 0, which means at once.
	Late time.Duration `yaml:"late"`
	// Each repeats it for every post and evening, from its own moment. Default false.
	Each bool `yaml:"each"`
	// Timed says that a confirmation is for a moment, and is asked again if that moves
	// further than the post may slip. Default false.
	Timed bool `yaml:"timed"`
	// Needed says that nothing is a go without it, even before it is due. Default false.
	Needed bool `yaml:"needed"`
	// Posted says that the influencer does it by posting and cannot confirm it otherwise.
	// Default false.
	Posted bool `yaml:"posted"`
	// Ask is what is asked of each role.
	Ask StepAsk `yaml:"ask"`
}

// StepAsk is what a step asks of each role; who is left out is not asked.
type StepAsk struct {
	// Influencer is the first of the chain. Default: not asked.
	Influencer StepText `yaml:"influencer"`
	// MediaHouse is the influencer's agency. Default: not asked.
	MediaHouse StepText `yaml:"media-house"`
	// SoftwareHouse keeps the shop's code. Default: not asked.
	SoftwareHouse StepText `yaml:"software-house"`
	// Host keeps the shop's machines. Default: not asked.
	Host StepText `yaml:"host"`
}

// StepText is one text in both languages, each of 120 characters at most.
type StepText struct {
	// EN is for who reads English. It may not be empty.
	EN string `yaml:"en"`
	// PL is for who reads Polish. It may not be empty.
	PL string `yaml:"pl"`
}

// stepsHint is what helps with a file of steps.
const stepsHint = "steps.example.yaml documents every key, and asks for what docs/plan.md says"

// LoadSteps reads and checks a file of steps. The error is as of [Load].
func LoadSteps(path string) (plan.Matrix, error) {
	std := plan.DefaultMatrix()
	s := &Steps{Again: std.Again, All: std.All}
	var m plan.Matrix
	err := loadChecked(path, stepsHint, s, func(d *decoder) { m = d.steps(s) })
	return m, err
}

// steps makes a matrix of the rows, and names its faults where they stand.
func (d *decoder) steps(s *Steps) plan.Matrix {
	m := plan.Matrix{Again: s.Again, All: s.All}
	type place struct{ row, role string } // keys in the file
	var of []place
	for i := range s.Steps {
		r, row := &s.Steps[i], fmt.Sprintf("steps[%d]", i)
		asked := false
		for _, a := range []struct {
			role plan.Role
			text StepText
		}{{plan.Influencer, r.Ask.Influencer}, {plan.MediaHouse, r.Ask.MediaHouse}, {plan.SoftwareHouse, r.Ask.SoftwareHouse}, {plan.Host, r.Ask.Host}} {
			key := row + ".ask." + string(a.role)
			if _, written := d.pos[key]; !written {
				continue
			}
			asked = true
			of = append(of, place{row, key})
			m.Steps = append(m.Steps, plan.Step{
				ID: r.ID, Role: a.role, Ask: plan.Words(a.text), Days: r.Days, After: r.After, Ahead: r.Ahead, Late: r.Late,
				Each: r.Each, Timed: r.Timed, Needed: r.Needed, Posted: r.Posted && a.role == plan.Influencer,
			})
		}
		_, influencer := d.pos[row+".ask.influencer"]
		switch {
		case !asked:
			d.fault(row+".ask", "", "asks nobody", "write below it influencer, media-house, software-house or host, each with en and pl")
		case r.Posted && !influencer:
			d.fault(row+".posted", "true", "asks no influencer", "only who posts can do a step by posting")
		}
	}
	for _, f := range m.Check() {
		key, hint := f.Field, stepHints[f.Field]
		if f.Step >= 0 {
			at := of[f.Step]
			key = at.row + "." + f.Field
			if text, found := strings.CutPrefix(f.Field, "ask."); found {
				key, hint = at.role+"."+text, "what is asked, in English (en) and in Polish (pl): each party reads its own language"
			}
		}
		d.fault(key, "", f.Bound, hint)
	}
	return m
}

// stepHints say what to write instead, of a field of a step.
var stepHints = map[string]string{
	"id":     "for example call-the-bank; two rows may share an id if they ask different roles",
	"days":   "calendar days from T: -2 is two days before",
	"after":  "added to days: -1h is an hour before",
	"posted": "also needs each: true",
	"steps":  "steps.example.yaml has those of docs/plan.md to begin with",
}
