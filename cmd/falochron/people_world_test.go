package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/edge/accept"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
	"github.com/falochron/falochron/internal/ticket"
)

// theEvening is when the stories of these tests happen: 20:00 in Warsaw.
var theEvening = time.Date(2026, 12, 1, 19, 0, 0, 0, time.UTC)

var anOperator = plan.Actor{Role: plan.Operator, Person: "Zosia"}

// fakeEdge shows shops as they are told to be.
type fakeEdge struct {
	mu  sync.Mutex
	all map[string]falochron.Vitals
}

func (f *fakeEdge) Shops() (out []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for name := range f.all {
		out = append(out, name)
	}
	return out
}

func (f *fakeEdge) Vitals(shop string) (falochron.Vitals, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.all[shop]
	return v, ok
}

func (f *fakeEdge) set(shop string, v falochron.Vitals) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all[shop] = v
}

// planWorld is the pages over a real plan on disk: two agencies with a shop each, and
// one host under both. What an agency types is marked with its side, A or B.
type planWorld struct {
	*planPages
	t       testing.TB
	file    string // of the plan
	clock   time.Time
	edge    *fakeEdge
	ring    *ticket.Keyring
	tokens  map[string]string // of links, by party
	ordered []string          // by operators, at the edge
	words   func(side, field string) string
}

// The parties, with their roles.
var planParties = []struct {
	id, side string
	role     plan.Role
}{
	{"ola", "A", plan.Influencer}, {"mm", "A", plan.MediaHouse}, {"soft", "A", plan.SoftwareHouse},
	{"eva", "B", plan.Influencer}, {"nn", "B", plan.MediaHouse}, {"dev", "B", plan.SoftwareHouse}, {"web", "", plan.Host},
}

func secretWords(side, field string) string { return "secret" + side + " " + field }

func openPlanWorld(t testing.TB) *planWorld { return openPlanWorldWith(t, secretWords) }

func openPlanWorldWith(t testing.TB, words func(side, field string) string) *planWorld {
	t.Helper()
	return openPlanWorldOn(t, words, filepath.Join(t.TempDir(), "plan.db"))
}

// openPlanWorldOn keeps the plan at an address of [store.Open].
func openPlanWorldOn(t testing.TB, words func(side, field string) string, file string) *planWorld {
	t.Helper()
	campaigns, err := control.OpenCampaigns(t.Context(), control.CampaignsConfig{
		Open: func(ctx context.Context) (*store.Store, error) { return store.Open(ctx, store.Config{Address: file}) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = campaigns.Close() })
	ring, err := ticket.NewKeyring(theEvening, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &planWorld{t: t, file: file, clock: theEvening.Add(-10 * time.Hour), edge: &fakeEdge{all: map[string]falochron.Vitals{}}, tokens: map[string]string{}, words: words}
	w.ring = ring
	w.planPages = &planPages{
		plan: campaigns, pages: console.NewPages(console.Config{Version: "v1"}), links: ring.Links(), feeds: ring.Feeds(), pulse: &pulse{source: w.edge},
		trust: accept.Trust{}, log: slog.New(slog.DiscardHandler), now: func() time.Time { return w.clock },
		order: func(shop, actor string, edit func(*falochron.Snapshot) (string, error)) error {
			note, err := edit(&falochron.Snapshot{Mode: falochron.ModeAuto})
			w.ordered = append(w.ordered, shop+" "+actor+" "+note)
			return err
		},
	}
	w.foretold.worlds = 20
	w.planPages.behind.Store(&edges{Shops: []edgeShop{{Name: "lip", Hosts: []string{"lip.example"}}, {Name: "hat", Hosts: []string{"hat.example"}}}})
	w.routes()
	w.fill()
	return w
}

// must has an actor do something.
func (w *planWorld) must(who plan.Actor, c plan.Command) plan.Act {
	w.t.Helper()
	a, err := w.plan.Do(w.t.Context(), w.clock, who, c)
	if err != nil {
		w.t.Fatalf("%T: %v", c, err)
	}
	return a
}

// fill makes the shops, their campaigns and a link for everybody.
func (w *planWorld) fill() {
	w.t.Helper()
	for _, p := range planParties {
		w.must(anOperator, plan.PutParty{Party: plan.Party{ID: plan.ID(p.id), Name: "Party " + p.id}})
	}
	service := func(id string, role plan.Role) plan.Service { return plan.Service{Party: plan.ID(id), Role: role} }
	w.must(anOperator, plan.PutShop{Shop: plan.Shop{ID: "lip", Name: "Lipstick", Zone: "Europe/Warsaw", Domains: []string{"lip.example"}, Parties: []plan.Service{
		service("ola", plan.Influencer), service("mm", plan.MediaHouse), service("soft", plan.SoftwareHouse), service("web", plan.Host)}}})
	w.must(anOperator, plan.PutShop{Shop: plan.Shop{ID: "hat", Name: "Hats", Zone: "Europe/Warsaw", Domains: []string{"hat.example"}, Parties: []plan.Service{
		service("eva", plan.Influencer), service("nn", plan.MediaHouse), service("dev", plan.SoftwareHouse), service("web", plan.Host)}}})
	for _, s := range []struct{ shop, side, house, star, code string }{{"lip", "A", "mm", "ola", "soft"}, {"hat", "B", "nn", "eva", "dev"}} {
		word := func(field string) string { return w.words(s.side, field) }
		house, star := plan.Actor{Role: plan.MediaHouse, Party: plan.ID(s.house)}, plan.ID(s.star)
		house.Person = word("person")
		w.must(house, plan.PutCampaign{Shop: plan.ID(s.shop), Name: word("campaign"), Note: word("note"), Stock: 900})
		id := plan.ID(s.shop + "-1")
		w.must(house, plan.PutPost{Campaign: id, Post: plan.Post{
			Party: star, Name: word("post"), Channel: "instagram-story", Account: word("account"), Reach: 300000, Proof: true, Buy: 0.1,
			At: theEvening, Slip: 10 * time.Minute, Link: "https://" + s.shop + ".example/" + url.PathEscape(word("link")), Coupon: word("coupon"), Price: 59,
		}})
		w.must(house, plan.PutEvening{Campaign: id, Evening: plan.Evening{Name: word("evening"), Start: theEvening.Add(26 * time.Hour), Lasts: 3 * time.Hour, PreQueue: time.Hour, Draw: true, Reach: 5000}})
		w.must(plan.Actor{Role: plan.SoftwareHouse, Party: plan.ID(s.code)}, plan.PutWindow{Window: plan.Window{
			Shop: plan.ID(s.shop), Kind: plan.Release, From: theEvening.Add(-time.Hour), Until: theEvening.Add(time.Hour), What: word("window")}})
		w.must(plan.Actor{Role: plan.SoftwareHouse, Party: plan.ID(s.code)}, plan.SetOnCall{OnCall: plan.OnCall{
			Contact: plan.Contact{Name: "On call of " + s.code, Address: "tel:+48600"}, From: theEvening.Add(-24 * time.Hour), Until: theEvening.Add(48 * time.Hour)}})
		w.must(plan.Actor{Role: plan.Influencer, Party: star, Person: word("star")}, plan.Confirm{Campaign: id, Step: "entry"})
		w.must(plan.Actor{Role: plan.SoftwareHouse, Party: plan.ID(s.code), Person: word("coder")}, plan.Confirm{Campaign: id, Step: "entry"})
	}
	for _, p := range planParties {
		w.give(p.id, p.role)
	}
}

// give gives a party a link for a day.
func (w *planWorld) give(party string, role plan.Role) plan.Grant {
	w.t.Helper()
	a := w.must(anOperator, plan.GiveLink{Grant: plan.Grant{Party: plan.ID(party), Role: role, Expires: w.clock.Add(24 * time.Hour)}})
	var g plan.Grant
	w.plan.Read(func(b *plan.Book) {
		all, err := b.Links(w.clock, anOperator)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, x := range all {
			if x.Party == plan.ID(party) && x.Role == role {
				g = x // the newest is the last
			}
		}
	})
	if g.ID == "" {
		w.t.Fatalf("no link after %s", a.Kind)
	}
	w.tokens[party+string(role)] = w.links.Seal(string(g.ID))
	return g
}

// browser is somebody who came by a link, or an operator.
type browser struct {
	w        *planWorld
	cookies  []*http.Cookie
	operator string
	header   http.Header
	from     string
}

// opens presses the button of the party's door.
func (w *planWorld) opens(party string, role plan.Role) *browser {
	w.t.Helper()
	b := &browser{w: w, header: http.Header{}}
	got := b.post("/plan/l/"+w.tokens[party+string(role)], "act", "open")
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/plan/" {
		w.t.Fatalf("the door of %s: %d %s", party, got.Code, got.Body)
	}
	b.cookies = got.Result().Cookies()
	return b
}

func (w *planWorld) asOperator() *browser {
	return &browser{w: w, operator: anOperator.Person, header: http.Header{}}
}

func (b *browser) send(method, path, form string) *httptest.ResponseRecorder {
	b.w.t.Helper()
	r := httptest.NewRequest(method, "http://plan.example"+path, strings.NewReader(form))
	for k, v := range b.header {
		r.Header[k] = v
	}
	if form != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.from != "" {
		r.RemoteAddr = b.from
	}
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	got := httptest.NewRecorder()
	if b.operator != "" {
		b.w.forOperators(got, r, b.operator)
	} else {
		b.w.guests().ServeHTTP(got, r)
	}
	return got
}

func (b *browser) get(path string) *httptest.ResponseRecorder {
	b.w.t.Helper()
	return b.send(http.MethodGet, path, "")
}

// post sends a form of names and values.
func (b *browser) post(path string, pairs ...string) *httptest.ResponseRecorder {
	b.w.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.send(http.MethodPost, path, form.Encode())
}

// sees is the body of a page that must be there.
func (b *browser) sees(path string, want ...string) string {
	b.w.t.Helper()
	got := b.get(path)
	body := got.Body.String()
	if got.Code != http.StatusOK {
		b.w.t.Fatalf("GET %s: %d\n%.600s", path, got.Code, body)
	}
	for _, s := range want {
		if !strings.Contains(body, s) {
			b.w.t.Errorf("GET %s does not say %q:\n%s", path, s, main0(body))
		}
	}
	return body
}

// main0 is what stands in a page's main part.
func main0(body string) string {
	if i := strings.Index(body, "<main"); i >= 0 {
		body = body[i:]
	}
	return body
}

// happened counts what was done, in all.
func (w *planWorld) happened() string {
	var out string
	w.plan.Read(func(b *plan.Book) {
		for _, s := range []plan.ID{"lip", "hat"} {
			shop, _ := b.ShopAudit(w.clock, anOperator, s)
			out += fmt.Sprint(s, len(shop.Entries), " ")
			for _, id := range []plan.ID{s + "-1", s + "-2"} {
				a, err := b.CampaignAudit(w.clock, anOperator, id)
				out += fmt.Sprint(id, len(a.Entries), err != nil, " ")
			}
		}
		for _, p := range planParties {
			party, _ := b.PartyAudit(w.clock, anOperator, plan.ID(p.id))
			out += fmt.Sprint(p.id, len(party.Entries), " ")
		}
		links, _ := b.Links(w.clock, anOperator)
		out += fmt.Sprint(len(links))
	})
	return out
}
