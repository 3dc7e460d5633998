package main

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// everyPage are all addresses of pages, for shop lip and its campaign.
var everyPage = map[string]string{
	"/plan/next": "influencer", "/plan/next/lip": "influencer", "/plan/campaign/lip-1": "campaign", "/plan/calendar": "calendar",
	"/plan/history": "history", "/plan/history/lip": "history", "/plan/host": "host", "/plan/shops": "my-shops", "/plan/post": "post", "/plan/own": "own", "/plan/own/lip": "own", "/plan/vessels": "vessels", "/plan/vessels/lip": "vessels", "/plan/war-room": "war-room", "/plan/war-room/lip-1": "war-room",
}

// whoOpens is the table of docs/campaign-pages.md.
var whoOpens = map[string][]plan.Role{
	"influencer": {plan.Influencer, plan.MediaHouse, plan.Operator},
	"campaign":   {plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host, plan.Operator},
	"calendar":   {plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host, plan.Operator},
	"host":       {plan.Host, plan.Operator},
	"my-shops":   {plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host, plan.Operator},
	"own":        {plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host},
	"post":       {plan.Influencer, plan.MediaHouse, plan.Operator},
	"history":    {plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host, plan.Operator},
	"vessels":    {plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host, plan.Operator},
	"war-room":   {plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host, plan.Operator},
}

// everyAct are all buttons, with a form that makes sense and the action of the plan
// that it is; empty: it is for operators.
var everyAct = []struct {
	act    console.Act
	form   []string
	action plan.Action
}{
	{console.ActNow, []string{"post", "lip-1.1"}, plan.SayPosting},
	{console.ActSoon, []string{"post", "lip-1.1"}, plan.SayPosting},
	{console.ActSlip, []string{"post", "lip-1.1", "by", "15"}, plan.SlipOrCancel},
	{console.ActCancel, []string{"post", "lip-1.1"}, plan.SlipOrCancel},
	{console.ActUnplanned, nil, plan.ReportPosts},
	{console.ActAnswer, []string{"inquiry", "lip-ask-1", "is", "no"}, plan.SayingWhose},
	{console.ActUndo, nil, plan.TakingBack},
	{console.ActRight, []string{"check", "lip-1.1/link"}, plan.SayFound},
	{console.ActWrong, []string{"check", "lip-1.1/price"}, plan.SayFound},
	{console.ActLook, nil, plan.SayFound},
	{console.ActConfirm, []string{"step", "lip-1/rehearsal/"}, plan.ConfirmSteps},
	{console.ActWithdraw, []string{"step", "lip-1/rehearsal/"}, plan.ConfirmSteps},
	{console.ActSeen, nil, plan.Acknowledging},
	{console.ActTellFans, []string{"pl", "Zaraz", "en", "Soon"}, plan.SpeakToFans},
	{console.ActMode, []string{"mode", "hold"}, ""},
	{console.ActProof, []string{"post", "lip-1.1", "kind", "statistics", "date", "2026-11-20", "link", "https://drive.example/ola.png", "note", "of November"}, plan.KeepPosts},
	{console.ActPutPost, []string{"into", "lip-1", "channel", "tiktok", "account", "ola", "at", "2026-12-03T20:00", "reach", "12 000"}, plan.KeepPosts},
	{console.ActPutEvening, []string{"into", "lip-1", "name", "Late", "at", "2026-12-04T20:00", "lasts", "120"}, plan.KeepPosts},
	{console.ActParty, []string{"name", "Jan", "address", "jan@firm.example", "language", "pl", "quiet-from", "22:00", "quiet-until", "07:00"}, plan.KeepOwnParty},
	{console.ActOnCall, []string{"name", "Jan", "address", "+48 600 100 200", "from", "2026-12-01T18:00", "until", "2026-12-01T23:30"}, plan.KeepOwnParty},
	{console.ActCapacity, []string{"shop", "lip", "orders", "120", "workers", "8"}, plan.RecordMeasured},
	{console.ActReserve, []string{"shop", "lip", "workers", "40", "lead", "45"}, plan.RecordReserves},
	{console.ActWindow, []string{"shop", "lip", "kind", "freeze", "from", "2026-11-30T18:00", "until", "2026-12-02T09:00", "what", "no releases"}, plan.KeepWindows},
	{console.ActUnwindow, []string{"shop", "lip", "window", "lip-w1"}, plan.KeepWindows},
}

// everyRole is somebody of each role.
func (w *planWorld) everyRole() map[plan.Role]*browser {
	w.t.Helper()
	w.give("mm", plan.Machine)
	return map[plan.Role]*browser{
		plan.Influencer: w.opens("ola", plan.Influencer), plan.MediaHouse: w.opens("mm", plan.MediaHouse), plan.SoftwareHouse: w.opens("soft", plan.SoftwareHouse),
		plan.Host: w.opens("web", plan.Host), plan.Machine: w.opens("mm", plan.Machine), plan.Operator: w.asOperator(),
	}
}

// The pages open to whom docs/campaign-pages.md says.
func TestDocsSayWhoOpensWhichPage(t *testing.T) {
	raw, err := os.ReadFile("../../docs/campaign-pages.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sheets() {
		row := "| `" + strings.Replace(s.paths[0], "{campaign}", "ID", 1) + "` |"
		for _, r := range []plan.Role{plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host, plan.Operator} {
			if slices.Contains(s.roles, r) {
				row += " yes |"
			} else {
				row += " |"
			}
		}
		if !strings.Contains(string(raw), row) {
			t.Errorf("docs/campaign-pages.md does not have the row %s", row)
		}
		if !slices.Equal(s.roles, whoOpens[s.name]) {
			t.Errorf("%s opens to %v, want %v", s.name, s.roles, whoOpens[s.name])
		}
	}
}

func may(r plan.Role, a plan.Action) bool {
	if a == "" {
		return r == plan.Operator
	}
	return plan.Can(r, a)
}

// Every role on every page with every button: refused exactly where the plan's table
// and the pages' say so.
func TestEveryRoleOnEveryPageWithEveryButton(t *testing.T) {
	w := openPlanWorld(t)
	allowed, refused := 0, 0
	for role, b := range w.everyRole() {
		for path, page := range everyPage {
			opens := slices.Contains(whoOpens[page], role)
			w.clock = w.clock.Add(3 * time.Minute) // or its link would have done too much at once
			if got, want := b.get(path).Code, map[bool]int{true: 200, false: 403}[opens]; got != want {
				t.Errorf("%s opens %s: %d, want %d", role, path, got, want)
			}
			for _, a := range everyAct {
				before := w.happened()
				got := b.post(path, append([]string{"act", string(a.act)}, a.form...)...)
				denied, want := got.Code == http.StatusForbidden, !opens || !may(role, a.action)
				if denied != want || got.Code >= 500 || got.Code == http.StatusOK {
					t.Errorf("%s presses %s on %s: %d, denied must be %v\n%s", role, a.act, path, got.Code, want, main0(got.Body.String()))
				}
				if denied && w.happened() != before {
					t.Errorf("%s was refused %s on %s, and something happened", role, a.act, path)
				}
				if denied {
					refused++
				} else {
					allowed++
				}
			}
		}
	}
	if allowed < 100 || refused < 100 {
		t.Errorf("%d allowed, %d refused: this tests too little", allowed, refused)
	}
}

// What a role may do is done, in a plan in which it makes sense.
func TestEveryButtonDoesWhatItSays(t *testing.T) {
	page := map[plan.Role]string{
		plan.Influencer: "/plan/next", plan.MediaHouse: "/plan/next/lip", plan.SoftwareHouse: "/plan/campaign/lip-1", plan.Host: "/plan/campaign/lip-1", plan.Operator: "/plan/war-room/lip-1",
	}
	for _, a := range everyAct {
		w := openPlanWorld(t)
		for role, b := range w.everyRole() {
			path := page[role]
			if path == "" || !may(role, a.action) || role == plan.Operator && a.action == plan.KeepOwnParty { // he has none
				continue
			}
			t.Run(string(a.act)+" by "+string(role), func(t *testing.T) {
				w := openPlanWorld(t)
				b := *b
				if b.w = w; role != plan.Operator {
					party := map[plan.Role]string{plan.Influencer: "ola", plan.MediaHouse: "mm", plan.SoftwareHouse: "soft", plan.Host: "web"}[role]
					b = *w.opens(party, role)
				}
				// What goes before.
				switch a.act {
				case console.ActUndo:
					said := []string{"act", "slip", "post", "lip-1.1", "by", "30"}
					if !may(role, plan.SlipOrCancel) {
						said = []string{"act", "unplanned"}
					}
					if got := b.post(path, said...); got.Code != http.StatusSeeOther {
						t.Fatal(got.Code, main0(got.Body.String()))
					}
				case console.ActWithdraw:
					if got := b.post(path, "act", "confirm", "step", "lip-1/rehearsal/"); got.Code != http.StatusSeeOther {
						t.Fatal(got.Code, main0(got.Body.String()))
					}
				case console.ActAnswer:
					w.must(plan.Actor{Role: plan.Machine}, plan.AskPost{Shop: "lip", Onset: w.clock})
				case console.ActSeen:
					w.must(anOperator, plan.Slip{Campaign: "lip-1", Moment: "lip-1.1", To: theEvening.Add(-1)})
				}
				if a.act == console.ActLook { // it is for a campaign's page
					path = page[plan.Host]
					w.lookouts = &lookouts{plan: w.plan, behind: func(*plan.Shop) string { return "lip" }, now: w.now, asked: map[plan.ID]time.Time{}, wake: make(chan struct{}, 1)}
				}
				before := w.happened()
				got := b.post(path, append([]string{"act", string(a.act)}, a.form...)...)
				if a.act == console.ActPutPost || a.act == console.ActPutEvening {
					path = page[plan.Host] // who plans is led to the campaign
				}
				if got.Code != http.StatusSeeOther || got.Header().Get("Location") != path+"?done" {
					t.Fatalf("%d to %q\n%s", got.Code, got.Header().Get("Location"), main0(got.Body.String()))
				}
				if a.act == console.ActMode {
					if len(w.ordered) != 1 || w.ordered[0] != "lip Zosia mode auto → hold, in the war room" {
						t.Error(w.ordered)
					}
				} else if a.act == console.ActLook {
					if w.lookouts.asked["lip-1"].IsZero() {
						t.Error("nobody is asked to look")
					}
				} else if w.happened() == before {
					t.Error("nothing happened")
				}
				after := b.get(path + "?done").Body.String()
				if a.act != console.ActMode && a.act != console.ActLook && !strings.Contains(after, `role="status"><p>`) {
					t.Errorf("it is not told what was done:\n%s", main0(after))
				}
				if strings.Contains(after, `role="alert"`) {
					t.Errorf("it is said to be refused:\n%s", main0(after))
				}
			})
		}
	}
}

// Two agencies under one host: nothing that one of them typed is on any page of the
// other, nor on the host's.
func TestNothingLeaksBetweenAgencies(t *testing.T) {
	w := openPlanWorld(t)
	own := map[string]int{}
	for _, p := range planParties {
		b := w.opens(p.id, p.role)
		for _, path := range []string{
			"/plan/next", "/plan/next/lip", "/plan/next/hat", "/plan/campaign/lip-1", "/plan/campaign/hat-1", "/plan/campaign/hat-9", "/plan/calendar", "/plan/host", "/plan/shops", "/plan/next?post=lip-1.2", "/plan/next/hat?post=hat-1.2",
			"/plan/vessels", "/plan/vessels/lip", "/plan/vessels/hat", "/plan/own", "/plan/own/lip", "/plan/own/hat", "/plan/war-room", "/plan/war-room/lip-1", "/plan/war-room/hat-1",
		} {
			bodies := []string{b.get(path).Body.String()}
			for _, side := range []string{"lip", "hat"} {
				for _, a := range everyAct {
					if p.side == "" && a.act == console.ActUnplanned || a.act == console.ActNow || a.act == console.ActCancel {
						continue // what is out, or gone, says less
					}
					form := strings.ReplaceAll(strings.Join(append([]string{"act", string(a.act)}, a.form...), "\x00"), "lip", side)
					bodies = append(bodies, b.post(path, strings.Split(form, "\x00")...).Body.String())
				}
			}
			for _, body := range bodies {
				if p.role == plan.Host { // windows are a host's own business
					body = strings.NewReplacer("secretA window", "", "secretB window", "").Replace(body)
				}
				for _, side := range []string{"A", "B"} {
					n := strings.Count(body, "secret"+side)
					if side == p.side {
						own[p.id] += n
						continue
					}
					if n > 0 {
						i := strings.Index(body, "secret"+side)
						t.Errorf("%s sees on %s: …%s…", p.id, path, body[max(0, i-80):min(len(body), i+60)])
					}
				}
				other := map[string][]string{"A": {"Hats", "hat.example", "Party eva", "Party nn", "Party dev"}, "B": {"Lipstick", "lip.example", "Party ola", "Party mm", "Party soft"}}
				for _, word := range other[p.side] {
					if strings.Contains(body, word) {
						t.Errorf("%s sees %q on %s", p.id, word, path)
					}
				}
			}
		}
	}
	for _, p := range planParties {
		if p.side != "" && own[p.id] < 10 {
			t.Errorf("%s sees its own words %d times: this tests too little", p.id, own[p.id])
		}
	}
}

// Whatever people type stands on the pages as they typed it, and is never markup.
func TestWhatIsTypedIsNeverMarkup(t *testing.T) {
	const evil = `<script>alert(1)</script>'"><img src=x onerror=alert(2)>`
	w := openPlanWorldWith(t, func(_, field string) string { return field + evil })
	w.must(plan.Actor{Role: plan.MediaHouse, Party: "mm"}, plan.Slip{Campaign: "lip-1", Moment: "lip-1.1", To: theEvening.Add(1), Why: "why" + evil})
	w.must(plan.Actor{Role: plan.SoftwareHouse, Party: "soft"}, plan.Withdraw{Campaign: "lip-1", Step: "go", Why: "no" + evil})
	w.must(anOperator, plan.PutParty{Party: plan.Party{ID: "ola", Name: "name" + evil, Contacts: []plan.Contact{{Name: "mate" + evil, Address: "box" + evil}}}})
	w.must(plan.Actor{Role: plan.Host, Party: "web"}, plan.SetOnCall{OnCall: plan.OnCall{Contact: plan.Contact{Name: "contact" + evil, Address: "address" + evil}, From: w.clock, Until: theEvening.Add(9e12)}})
	shop := plan.PutShop{}
	w.plan.Read(func(b *plan.Book) {
		all, err := b.Shops(w.clock, anOperator)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			if s.Shop.ID == "lip" {
				shop.Shop = s.Shop
			}
		}
	})
	shop.Name = "shop" + evil
	w.must(anOperator, shop)
	escaped := map[string]bool{}
	for role, b := range w.everyRole() {
		for path := range everyPage {
			bodies := []string{b.get(path).Body.String(), b.post(path, "act", evil, "step", evil, "post", evil, "mode", evil).Body.String()}
			bodies = append(bodies, b.post(path, "act", "confirm", "step", "lip-1/"+evil+"/").Body.String(), b.post(path, "act", "cancel", "post", evil+".1").Body.String())
			for _, body := range bodies {
				if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") || strings.Contains(body, `'">`) {
					t.Errorf("%s: %s is markup", role, path)
				}
				for _, field := range []string{"campaign", "post", "account", "coupon", "evening", "window", "person", "coder", "star", "why", "no", "name", "contact", "address", "shop", "mate", "box"} {
					if strings.Contains(body, field+"&lt;script&gt;") {
						escaped[field] = true
					}
				}
			}
		}
	}
	for _, field := range []string{"campaign", "post", "account", "coupon", "evening", "window", "person", "coder", "star", "why", "no", "name", "contact", "address", "shop", "mate", "box"} {
		if !escaped[field] {
			t.Errorf("%q was shown nowhere: this tests too little", field)
		}
	}
}
