package crowd

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// Kind says what a step means for the checks. A step's request is in its other
// fields; the kind only says how to judge the answer.
type Kind uint8

// The kinds of step.
const (
	Look     Kind = iota // a page
	Add                  // puts an article into the cart
	Checkout             // shows the form that leads to the order
	Order                // places the order: answered well means it is booked
)

// Field is one field of a form. Value is a template.
type Field struct{ Name, Value string }

// Step is one thing a fan does at the shop.
//
// Path, Body and the values of Form and Fields are templates: {email}, {click} and
// {name} are the fan's own, a word that an earlier answer told (see Takes) is what
// it told, every other {word} is drawn, once per fan, from the plan's Words. Item
// names, as a template, the article an Add step puts into the cart.
type Step struct {
	Name   string
	Kind   Kind
	Method string // GET or POST
	Path   string
	Form   []Field
	Item   string
	// Script says that the page's script asks, not a navigation: fans without
	// JavaScript do not get this far. Its refusal by the line is turned into the
	// waiting page as the line's own script in the page does it.
	Script bool
	Fields []Field // further header fields, of a script
	Body   string  // sent instead of Form, with the Content-Type in Fields
	Takes  []Take
	// Done is part of the address of the page that follows a booked order, or of a
	// script's answer.
	Done string
	// Think is the mean time, before compression, between the last answer and
	// this step. The first step has none: it happens when the fan arrives.
	Think time.Duration
}

// Take is a word that the body of an answer tells and a later step needs, such as a
// form's token: what stands between Before and After.
type Take struct{ Word, Before, After string }

// Journey is one way of visiting the shop.
type Journey struct {
	Name  string
	Buys  bool // ends with an order: such fans are the buyers
	Count int  // how many fans of each block go this way
	Steps []Step
}

// Plan is what a crowd does, before it is known who comes when.
type Plan struct {
	Seed     uint64
	Journeys []Journey
	Words    map[string][]string // what template words are drawn from; repeat a word to make it likelier
	// Compression divides arrivals and think time, nothing else. 1 to
	// MaxCompression.
	Compression float64
	Assets      bool    // fetch what pages refer to, as browsers do
	Background  []Step  // what the script of every page asks for by itself, as for a cart's contents
	NoScript    float64 // share without JavaScript
	InApp       float64 // share in an app's own browser
	// Alike names the steps whose pages are the same for everybody who has none of
	// the cookies in Own (a star at a name's end stands for anything). Only counting
	// looks at them: see [Totals].
	Alike, Own []string
}

// alike says whether what a step asks for is the same for all who come like the
// bearer of jar j.
func (p *Plan) alike(s *Step, j *jar) bool {
	return slices.Contains(p.Alike, s.Name) && !slices.ContainsFunc(p.Own, func(name string) bool {
		start, any := strings.CutSuffix(name, "*")
		return slices.ContainsFunc(j.pairs, func(c cookie) bool { return c.name == name || any && strings.HasPrefix(c.name, start) })
	})
}

// MaxCompression bounds Plan.Compression. Beyond it think times come near the
// shop's own answer times, and a session's load is no longer that of a person.
const MaxCompression = 5

// block is how many fans one block holds.
func (p *Plan) block() int {
	n := 0
	for _, j := range p.Journeys {
		n += j.Count
	}
	return n
}

// BuyerShare is the share of fans whose journey ends with an order.
func (p *Plan) BuyerShare() float64 {
	buys := 0
	for _, j := range p.Journeys {
		if j.Buys {
			buys += j.Count
		}
	}
	return float64(buys) / float64(max(1, p.block()))
}

func (p *Plan) check() error {
	bad := func(hint, format string, args ...any) error {
		return &falochron.Error{Kind: falochron.Invalid, Op: "plan a crowd", Public: fmt.Sprintf(format, args...), Hint: hint}
	}
	// Written so that NaN is refused too.
	if !(p.Compression >= 1 && p.Compression <= MaxCompression) {
		return bad(fmt.Sprintf("choose 1 to %d", MaxCompression), "compression %g is out of range", p.Compression)
	}
	if p.block() < 1 || len(p.Journeys) > 255 {
		return bad("give 1 to 255 journeys with a count", "no usable journeys")
	}
	for _, j := range p.Journeys {
		if len(j.Steps) == 0 || j.Count < 0 {
			return bad("give it steps and a count", "journey %q is empty", j.Name)
		}
		for _, s := range j.Steps {
			if s.Method != "GET" && s.Method != "POST" || len(s.Path) == 0 || s.Path[0] != '/' {
				return bad("use GET or POST and a path from the root", "step %q of journey %q is no request", s.Name, j.Name)
			}
		}
	}
	return nil
}
