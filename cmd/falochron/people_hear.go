package main

import (
	"context"
	"net/http"
	"slices"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/plan"
)

// hearing finds what a message's link is about, or shows why it opens nothing.
func (p *planPages) hearing(w http.ResponseWriter, r *http.Request) (control.Hearing, bool) {
	says, err := p.links.OpenNotice(r.PathValue("token"))
	h, ok := control.ParseHearing(says)
	if err != nil || !ok {
		p.noLink(w, r)
		return control.Hearing{}, false
	}
	return h, true
}

// showHearing shows what a message's link is about. It does nothing: programs that
// check messages open links too, and ask with GET and HEAD.
func (p *planPages) showHearing(w http.ResponseWriter, r *http.Request) {
	h, ok := p.hearing(w, r)
	if !ok {
		return
	}
	heard, err := p.plan.LookAt(p.now(), h)
	p.answerHearing(w, r, &heard, err)
}

// hear says for the party of a message's link that it has heard of what it is about.
func (p *planPages) hear(w http.ResponseWriter, r *http.Request) {
	h, ok := p.hearing(w, r)
	if !ok {
		return
	}
	if r.PostFormValue("act") != string(console.ActSeen) {
		http.Error(w, "this is not the page's button", http.StatusBadRequest)
		return
	}
	// Who has pressed a button meant it, also if the connection is gone by now.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), actWithin)
	defer cancel()
	heard, err := p.plan.Hear(ctx, p.now(), h)
	if err != nil {
		p.answerHearing(w, r, &heard, err)
		return
	}
	http.Redirect(w, r, r.URL.Path+"?done", http.StatusSeeOther)
}

// answerHearing writes the page of a message's link.
func (p *planPages) answerHearing(w http.ResponseWriter, r *http.Request, heard *control.Heard, err error) {
	text, kind := console.Text{}, falochron.Kind(0)
	if err != nil {
		if text, kind = refusal(err); heard.Zone == nil || kind == falochron.Denied {
			p.noWay(w, r, console.DoorExpired)
			return
		}
		if kind == falochron.Internal || kind == falochron.Unavailable {
			p.log.Error("an acknowledgement of the campaign room", "error", err)
		}
	}
	view := &console.HearView{
		Frame: console.Frame{Now: p.now().In(heard.Zone), Home: console.Path(r.URL.Path), Who: heard.Who.Person, Role: console.Role(heard.Who.Role), Failed: text},
		Shop:  heard.Shop, Open: heard.Open, Heard: !heard.Open && r.URL.Query().Has("done"), Page: "/plan/",
	}
	if err != nil {
		view.Status = kind.Status()
	}
	if heard.Open {
		view.What, view.May = said(heard.Notice.Reason), []console.Act{console.ActSeen}
	}
	p.pages.Show(w, r, view)
}

// untoldLines is how many who could not be told a page names.
const untoldLines = 10

// untold are those of the reader's shops who could not be told, the newest first. Whose
// contact it is and what failed is for themselves and operators.
func (v *visit) untold(ctx context.Context) (out []console.Line, sure bool) {
	if !v.tells {
		return nil, true
	}
	all, _, err := v.plan.Deliveries(ctx, v.now, plan.Actor{Role: plan.Operator}, 0, lookedAt)
	if err != nil {
		return nil, false
	}
	seen := map[string]bool{}
	for i := range all {
		d := &all[i]
		mine := v.who.Role == plan.Operator || d.To == plan.Service{Party: v.who.Party, Role: v.who.Role}
		contact := string(d.To.Party) + "/" + d.Name
		if d.State == control.IsWaiting || d.State == control.IsDropped || seen[contact] || !v.knows(d.Shops) {
			continue
		}
		seen[contact] = true // what came of the last message counts
		if d.State != control.IsFailed || len(out) == untoldLines {
			continue
		}
		line := console.Line{At: d.Due.In(v.zone()), Who: d.Party, Role: console.Role(d.To.Role), What: notReached}
		if mine {
			line.What = console.Text{EN: notReached.EN + " (" + d.Name + ")", PL: notReached.PL + " (" + d.Name + ")"}
			line.Why = whyNot(d)
		}
		out = append(out, line)
	}
	return append(out, v.mute()...), true
}

// lookedAt is how many of the newest messages are looked at for those.
const lookedAt = 500

// knows reports whether the reader serves all of the shops.
func (v *visit) knows(shops []plan.ID) bool {
	for _, id := range shops {
		if _, found := v.shopView(id); !found {
			return false
		}
	}
	return true
}

// mute are the parties of the reader's shops that have no contact at all.
func (v *visit) mute() (out []console.Line) {
	var parties []plan.Party
	v.plan.Read(func(b *plan.Book) { parties, _ = b.Parties(v.now, plan.Actor{Role: plan.Operator}) })
	none := map[plan.ID]bool{}
	for _, p := range parties {
		none[p.ID] = !slices.ContainsFunc(p.Contacts, control.Writable)
	}
	for _, s := range v.shops {
		for _, p := range s.People {
			if none[p.Party] && len(out) < untoldLines {
				none[p.Party] = false
				out = append(out, console.Line{At: v.now.In(v.zone()), Who: p.Name, Role: console.Role(p.Role), What: noContact})
			}
		}
	}
	return out
}

// What the room says of messages that did not arrive.
var (
	notReached = console.Text{EN: "could not be told", PL: "wiadomość nie dotarła"}
	noContact  = console.Text{EN: "cannot be told: no contact is known", PL: "nie ma jak powiadomić: brak kontaktu"}
)

// whyNot is why the last try failed.
func whyNot(d *control.Delivery) console.Text {
	return map[string]console.Text{
		"refused":     {EN: "the service does not take the message", PL: "usługa nie przyjmuje wiadomości"},
		"denied":      {EN: "token or password is not taken", PL: "token lub hasło nie jest przyjmowane"},
		"gone":        {EN: "there is no such address any more", PL: "takiego adresu już nie ma"},
		"busy":        {EN: "the service took no message for an hour", PL: "usługa przez godzinę nie przyjmowała wiadomości"},
		"broken":      {EN: "the service was out of order for an hour", PL: "usługa przez godzinę nie działała"},
		"unreachable": {EN: "there was no connection for an hour", PL: "przez godzinę nie było połączenia"},
		"insecure":    {EN: "no safe connection", PL: "brak bezpiecznego połączenia"},
		"forbidden":   {EN: "the address leads to a network that is not allowed", PL: "adres prowadzi do niedozwolonej sieci"},
		"address":     {EN: "the address cannot be used", PL: "tego adresu nie da się użyć"},
	}[d.Cause()]
}
