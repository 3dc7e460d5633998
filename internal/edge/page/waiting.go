package page

import (
	"fmt"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// frame is what every page of ours has.
type frame struct {
	Refresh       string // content of meta refresh where no script runs; empty for none
	Forward       string // the same, script or not
	Title         string
	Style, Script template.HTML
	Logo          template.URL
	Shop          string
	Boat          int // where the boat is, in the drawing's units
	Support       string
	PlaceNo       string
	RequestID     string
}

// waitingData is a [View] in words.
type waitingData struct {
	frame
	State             State
	Head, Lead        string
	Ahead             int
	Low, High         int
	Poll              string
	Status, Page      string
	Elsewhere         bool // ask again at another address than the page's own
	PageShort         string
	Start, StartWords string
	Left, Spread      int
	Countdown         string
	Big               bool // show number and wait
	Numbers           bool // have a place for them: the script fills it after the start
	Say               said
	Wanted, Article   string
	Line              string
	PostMet, Slid     bool
	Called            bool
	Keep              string
	Clock             string
	Commitment, Seed  string
	Drawn             string // what the draw gave, in words
	TicketURL         string
	LeaveURL, StayURL string
	ProveURL          string
}

// The boat's way in the drawing: from open sea to the breakwater, and where it
// lies once called.
const (
	boatFirst, boatLast = 24, 330
	farAway             = 50001 // this many people ahead is open sea
)

// Waiting writes the waiting page of v as HTML. It writes nothing but v in
// words; status and header fields are [Pages.ServeWaiting]'s. The error is the
// writer's.
func (p *Pages) Waiting(w io.Writer, v View) error {
	l := p.language(v.Lang)
	to := v.Page
	if v.AtPage { // the ticket in its query must not be lost
		to = anyWay(to)
	} else {
		to = Shown(to)
	}
	switch v.State {
	case Waiting, Prequeue, SoldOut, Called:
	case Held: // it ends when somebody ends it: no range would be honest
		v.WaitLow, v.WaitHigh = 0, 0
	default:
		v.State = Waiting
	}
	d := waitingData{
		frame: p.frame(l, v.RequestID),
		State: v.State, Head: l.Head[v.State], Lead: l.Lead[v.State],
		Ahead: max(v.Ahead, 0),
		Low:   int(v.WaitLow / time.Second), High: int(v.WaitHigh / time.Second),
		Poll: v.pollText(), Status: v.StatusURL, Page: to,
		Article: clip(v.Article, maxArticle), Line: clip(v.Line, maxLine),
		PostMet: v.PostMet, Slid: v.SlidNote, Called: v.State == Called,
		Big:      v.State == Waiting || v.State == Held,
		Numbers:  v.State == Waiting || v.State == Held || v.State == Prequeue,
		Clock:    v.Now.In(p.zone(&v)).Format("15:04:05 MST"),
		LeaveURL: v.LeaveURL,
	}
	if d.Status == "" {
		d.Status = "/.falochron/status"
	}
	d.Say = l.say(d.Ahead, v.WaitLow, v.WaitHigh)
	if v.State == Prequeue && !v.Start.IsZero() {
		d.Start, d.StartWords = v.Start.UTC().Format(time.RFC3339), l.date(v.Start.In(p.zone(&v)))
		d.Left = max(int(v.Start.Sub(v.Now)/time.Second), 0)
		d.Countdown = l.countdown(v.Start.Sub(v.Now))
		d.Spread = v.spread()
	}
	if v.State == Prequeue && v.InOrder {
		d.Lead = l.InOrder
	}
	// Before the start the hash; after it the seed as well, and what whoever
	// recomputes the draw needs besides. All of it is at a public address, too.
	switch {
	case v.State == Prequeue:
		d.Commitment = clip(v.DrawCommitment, maxHash)
	case d.Big && v.DrawSeed != "":
		d.Commitment, d.Seed = clip(v.DrawCommitment, maxHash), clip(v.DrawSeed, maxHash)
		if v.DrawCount > 0 {
			d.Drawn = l.drawn(v.DrawCount, v.DrawFirst, v.Place, v.DrawPlace)
		}
	}
	if v.ProveURL != "" && d.Big { // both do not fit; the draw is at a public address
		d.ProveURL, d.Commitment = v.ProveURL, ""
	}
	d.Wanted = l.Wanted
	switch v.State {
	case SoldOut:
		d.StayURL, d.Wanted = v.StayURL, l.Gone
	case Called:
	default:
		m := int(p.cfg.Claim / time.Minute)
		d.Keep = fmt.Sprint(l.Keep[0], m, "\u00a0", l.KeepForms[plural(l.Lang, m)], l.Keep[1])
	}
	if len(v.TicketURL) <= maxURL && v.State != SoldOut { // nobody takes a place along for what is gone
		d.TicketURL = v.TicketURL
	}
	if v.Place > 0 {
		d.PlaceNo = strconv.FormatUint(v.Place, 10)
	}

	// Where to ask again. A form's own address must never be asked again: a
	// browser would send the form once more, or the shop knows no GET there. Nor, until
	// the turn comes, the page wanted: where that is shared it is shown to everybody,
	// and whoever waits would find herself reading a page instead of standing in line.
	d.Refresh = strconv.Itoa(v.poll())
	d.Elsewhere = v.PostMet && !v.AskHere || v.AtPage || d.Called
	switch {
	case d.Elsewhere && !d.Called:
		d.Refresh += ";url=" + v.again(d.Page)
	case d.Elsewhere:
		d.Refresh += ";url=" + d.Page
	}
	d.PageShort, _, _ = strings.Cut(d.Page, "?")
	d.PageShort = clip(d.PageShort, 60)
	d.frame.Title = l.Title[v.State] + " · " + p.shop(l)
	if d.Big {
		d.frame.Title = d.Say.Title + " · " + p.shop(l)
	}
	d.Boat = boatAt(v.State, d.Ahead)
	return l.waiting.Execute(w, &d)
}

// boatAt puts the boat on a logarithmic way: the last hundred people are as far
// as the first forty thousand. It is decoration; the number tells the truth.
func boatAt(s State, ahead int) int {
	switch s {
	case Called:
		return boatLast
	case Prequeue, SoldOut:
		return boatFirst
	}
	f := 1 - math.Log(1+float64(ahead))/math.Log(farAway)
	return boatFirst + int(math.Round((boatLast-boatFirst)*max(0, f)))
}

// zone is where the moments of a page are told.
func (p *Pages) zone(v *View) *time.Location {
	switch {
	case p.cfg.Location != nil:
		return p.cfg.Location
	case v.Zone != nil:
		return v.Zone
	}
	return time.Local
}

func (p *Pages) language(lang string) *language {
	if l := p.langs[lang]; l != nil {
		return l
	}
	return p.deflt
}

func (p *Pages) shop(l *language) string {
	if p.cfg.ShopName != "" {
		return p.cfg.ShopName
	}
	return l.TheShop
}

func (p *Pages) frame(l *language, requestID string) frame {
	return frame{
		Style: template.HTML("<style>" + p.style + "</style>"), Script: l.script,
		Logo: template.URL(p.cfg.LogoURL), Shop: p.shop(l),
		Boat: boatFirst, Support: p.cfg.SupportText[l.Lang],
		RequestID: clip(requestID, maxSmall),
	}
}
