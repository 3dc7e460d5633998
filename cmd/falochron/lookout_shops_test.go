package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/toyshop"
	"github.com/falochron/falochron/internal/twins"
)

// shopLook is a plan of one shop behind the edge, which is an imitation.
type shopLook struct {
	*planWorld
	m     *imitated
	looks *lookouts
	link  string // of the article that is announced
}

func watch(t *testing.T, cfg toyshop.Config) *shopLook {
	t.Helper()
	m := imitate(t, cfg)
	places, err := toyshop.Paths(cfg.As)
	if err != nil {
		t.Fatal(err)
	}
	w := &shopLook{planWorld: openPlanWorld(t), m: m}
	article := toyshop.Catalogue()[0]
	path := strings.NewReplacer("{product}", article.Slug, "{id}", "101", "{category}", article.Category).Replace(places.Product.Path)
	w.link = "https://lip.example" + path
	tr, err := shopTransport()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.CloseIdleConnections)
	shop, err := url.Parse(m.URL)
	if err != nil {
		t.Fatal(err)
	}
	p, known := preset.Named(cfg.As)
	if !known {
		p, _ = preset.Named(preset.GenericName)
	}
	w.looks = &lookouts{
		plan: w.plan, behind: w.behindOf, now: func() time.Time { return w.clock }, log: slog.New(slog.DiscardHandler), pause: time.Microsecond,
		calm:     func(string) bool { return true },
		classify: func(string) (*preset.Classifier, error) { return preset.New(p, preset.Rules{}) },
		fetch: func(ctx context.Context, name string, r *http.Request) (*http.Response, error) {
			if name != "lip" || r.Host != "lip.example" {
				t.Errorf("asked %s for %s", name, r.Host)
			}
			there := *r.URL
			there.Scheme, there.Host = shop.Scheme, shop.Host
			r = r.Clone(ctx)
			r.URL = &there
			return tr.RoundTrip(r)
		},
		asked: map[plan.ID]time.Time{}, wake: make(chan struct{}, 1),
	}
	w.lookouts = w.looks
	w.planPages.behind.Store(&edges{Shops: []edgeShop{{Name: "lip", Hosts: []string{"lip.example"}}}})
	return w
}

// found announces a post and says what is found of it.
func (w *shopLook) found(price float64, coupon string) string {
	w.t.Helper()
	house := plan.Actor{Role: plan.MediaHouse, Party: "mm"}
	w.must(house, plan.PutPost{Campaign: "lip-1", Post: plan.Post{ID: "lip-1.1", Party: "ola", Channel: "instagram-story", Account: "ola", At: theEvening, Link: w.link, Price: price, Coupon: coupon}})
	w.looks.round(w.t.Context())
	return w.said()
}

func (w *shopLook) said() string {
	w.t.Helper()
	var v plan.CampaignView
	var err error
	w.plan.Read(func(b *plan.Book) { v, err = b.Campaign(w.clock, anOperator, "lip-1") })
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, x := range v.Checks {
		s := fmt.Sprint(x.What, " ", x.Result)
		if f := x.Found().EN; f != "" {
			s += ": " + f
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

// Link, price and coupon of a post, looked at in imitations of real shops: what their
// pages say, what their carts say, and that no cart is left behind.
func TestPostsAreLookedAtInShops(t *testing.T) {
	t.Parallel()
	type look struct {
		price  float64
		coupon string
		want   string
	}
	const open = "coupon open: nobody has described how it is entered in this shop"
	for as, looks := range map[string][]look{
		"woocommerce": {
			{69.90, "", "link right; price right"},
			{59, "", "link right; price wrong: 69.90 PLN"},
			{69.90, "FALA10", "link right; price right; coupon right"},
			{62.91, "FALA10", "link right; price right; coupon right"}, // with the coupon, in the cart
			{59, "FALA10", "link right; price wrong: 69.90 PLN; coupon right"},
			{69.90, "NIC", "link right; price right; coupon wrong: the shop does not take it"},
		},
		"prestashop": {
			{69.90, "FALA10", "link right; price right; coupon right"},
			{62.91, "FALA10", "link right; price open: without the coupon it is 69.90 PLN; coupon right"},
			{69.90, "NIC", "link right; price right; coupon wrong: the shop does not take it"},
		},
		"opencart": {
			{69.90, "FALA10", "link right; price open: the page does not say it in a form that programs read; coupon right"},
			{0, "NIC", "link right; coupon wrong: the shop does not take it"},
		},
		"magento2": {
			{69.90, "FALA10", "link right; price right; " + open},
			{49, "", "link right; price wrong: 69.90 PLN"},
		},
		"sylius": {{69.90, "FALA10", "link right; price open: the page does not say it in a form that programs read; " + open}},
	} {
		t.Run(as, func(t *testing.T) {
			w := watch(t, toyshop.Config{As: as})
			for _, l := range looks {
				if got := w.found(l.price, l.coupon); got != l.want {
					t.Errorf("%v %q: %q, want %q", l.price, l.coupon, got, l.want)
				}
			}
			tried := slices.ContainsFunc(looks, func(l look) bool { return l.coupon != "" && !strings.Contains(l.want, open) })
			if left := w.m.pieces(t); left != 0 || w.m.most > 1 || tried != (w.m.most == 1) {
				t.Errorf("%d pieces are left in carts, %d at most", left, w.m.most)
			}
		})
	}
}

// What is sold out, is not there or does not answer is said; so is that it is well again.
func TestPostsThatDoNotWork(t *testing.T) {
	t.Parallel()
	w := watch(t, toyshop.Config{As: "woocommerce", Stock: -1})
	if got := w.found(69.90, ""); got != "link wrong: the shop says that it is sold out; price right" {
		t.Error(got)
	}
	w = watch(t, toyshop.Config{As: "woocommerce"})
	link := w.link
	w.link += "nie-ma/"
	if got := w.found(69.90, "FALA10"); got != "link wrong: the page answers 404; price open: the link does not work; coupon open: the link does not work" {
		t.Error(got)
	}
	w.link = link
	if got := w.found(69.90, ""); got != "link right; price right" {
		t.Error(got)
	}
	w.m.Close() // the shop is dead
	w.clock = w.clock.Add(2 * time.Hour)
	w.looks.round(t.Context())
	if got := w.said(); got != "link wrong: the shop does not answer; price open: the link does not work" {
		t.Error(got)
	}
}

// It is looked at when it is due or when somebody asks, never in a wave, and by hand where
// no program can.
func TestLooksOnThePages(t *testing.T) {
	t.Parallel()
	w := watch(t, toyshop.Config{As: "sylius"})
	calm := false
	w.looks.calm = func(string) bool { return calm }
	if got := w.found(0, "FALA10"); got != "link ; coupon " {
		t.Errorf("looked at in a wave: %s", got)
	}
	calm = true
	w.looks.round(t.Context())
	mm, ola, web := w.opens("mm", plan.MediaHouse), w.opens("ola", plan.Influencer), w.opens("web", plan.Host)
	mm.reads("/plan/campaign/lip-1", "Seen in the shop", "Instagram-story ola: the link works", "Looked at by Falochron: today, 10:00", "the coupon could not be tried: nobody has described how it is entered in this shop",
		"I looked: it is right", "Look in the shop now")
	mm.header = http.Header{"Accept-Language": {"pl"}}
	mm.reads("/plan/campaign/lip-1", "Co widać w sklepie", "kuponu nie udało się sprawdzić", "Sprawdzone: zgadza się", "Sprawdź teraz w sklepie")
	mm.header = http.Header{}
	if says := text(web.get("/plan/campaign/lip-1").Body.String()); !strings.Contains(says, "Seen in the shop") || strings.Contains(says, "I looked") || strings.Contains(says, "Look in the shop now") || strings.Contains(says, "nobody has described") {
		t.Errorf("the host: %s", says)
	}
	if got := web.post("/plan/campaign/lip-1", "act", "right", "check", "lip-1.1/coupon"); got.Code != http.StatusForbidden {
		t.Errorf("the host said what is in the shop: %d", got.Code)
	}
	if got := web.post("/plan/campaign/lip-1", "act", "look"); got.Code != http.StatusForbidden {
		t.Errorf("the host had it looked at: %d", got.Code)
	}
	w.clock = w.clock.Add(10 * time.Minute)
	asked := w.m.visits(t)
	w.looks.round(t.Context())
	if w.m.visits(t) != asked {
		t.Error("looked at again before it was due")
	}
	if got := ola.post("/plan/campaign/lip-1", "act", "right", "check", "lip-1.1/coupon"); got.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", got.Code, text(got.Body.String()))
	}
	ola.reads("/plan/campaign/lip-1?done", "the coupon works", "Looked at by hand: today, 10:10", "Looked at in the shop and right: coupon")
	if got := ola.post("/plan/campaign/lip-1", "act", "wrong", "check", "lip-1.1/coupon"); got.Code != http.StatusSeeOther {
		t.Fatal(got.Code)
	}
	ola.reads("/plan/campaign/lip-1", "the coupon does not work")
	for _, bad := range []string{"", "lip-1.1", "lip-1.1/x", "lip-1.9/link", "hat-1.1/link", "<b>/link"} {
		if got := ola.post("/plan/campaign/lip-1", "act", "right", "check", bad); got.Code < 400 || got.Code > 499 {
			t.Errorf("%q: %d", bad, got.Code)
		}
	}
	if got := mm.post("/plan/campaign/lip-1", "act", "look"); got.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", got.Code, text(got.Body.String()))
	}
	w.clock = w.clock.Add(time.Second)
	w.looks.round(t.Context())
	if w.m.visits(t) == asked {
		t.Error("asked for, and not looked at")
	}
	// Another agency's campaign is not there, and what is not behind this edge is said.
	if got := mm.post("/plan/campaign/hat-1", "act", "look"); got.Code != http.StatusForbidden && got.Code != http.StatusNotFound {
		t.Errorf("%d", got.Code)
	}
	w.planPages.behind.Store(&edges{Shops: []edgeShop{{Name: "other", Hosts: []string{"other.example"}}}})
	if _, err := w.looks.ask("lip-1"); err == nil || !strings.Contains(err.Error(), "not behind this Falochron") {
		t.Error(err)
	}
	if _, err := w.looks.ask("lip-7"); err == nil || !strings.Contains(err.Error(), "nothing of this campaign") {
		t.Error(err)
	}
}

// The loop looks at once when somebody asks.
func TestTheLoopHearsWhoAsks(t *testing.T) {
	t.Parallel()
	w := watch(t, toyshop.Config{As: "magento2"})
	if got := w.found(69.90, ""); got != "link right; price right" {
		t.Fatal(got)
	}
	w.clock = w.clock.Add(time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	changed := w.plan.Changed()
	go func() { defer close(ended); w.looks.run(ctx) }()
	if n, err := w.looks.ask("lip-1"); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	select {
	case <-changed:
	case <-time.After(patience):
		t.Error("nothing was written down")
	}
	cancel()
	<-ended
}

// Every rule by which a coupon is tried is missed when it is taken away; those that no
// imitation has a use for are other versions of the same software.
func TestEveryCouponRuleIsFelt(t *testing.T) {
	unfelt := []string{
		"woocommerce yes is-success", "woocommerce no is-error", // of themes made of blocks
		"opencart try /index.php?route=extension/total/coupon/coupon", `opencart yes "redirect":`, // of version 3
	}
	used := map[string]bool{}
	for _, p := range preset.Platforms() {
		with := ""
		for _, rule := range p.Rules() {
			name, ok := strings.CutPrefix(rule, "ask: coupon ")
			if !ok {
				continue
			}
			if full := p.Name + " " + name; slices.Contains(unfelt, full) {
				used[full] = true
				continue
			}
			if with == "" {
				with = triedAt(t, p)
			}
			if triedAt(t, p.Without(rule)) == with {
				t.Errorf("%s: nobody misses %s: %s", p.Name, name, with)
			}
		}
	}
	for _, rule := range unfelt {
		if !used[rule] {
			t.Errorf("%q is no rule any more", rule)
		}
	}
}

// triedAt tries a code that counts and one that does not.
func triedAt(t *testing.T, p *preset.Platform) (said string) {
	t.Helper()
	w := watch(t, toyshop.Config{As: p.Name})
	known, err := preset.New(p, preset.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	page, err := url.Parse(w.link)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{toyshop.Coupon, "NIC"} {
		got, err := twins.TryCoupon(t.Context(), twins.Config{
			Shop: &url.URL{Scheme: page.Scheme, Host: page.Host}, Preset: known, Pause: time.Microsecond,
			Fetch: func(ctx context.Context, r *http.Request) (*http.Response, error) {
				return w.looks.fetch(ctx, "lip", r)
			},
		}, page, code)
		said += fmt.Sprint(got.Answer, " ", got.Total, " ", err, "; ")
	}
	if left := w.m.pieces(t); left != 0 {
		t.Errorf("%s: %d pieces are left", p.Name, left)
	}
	return said
}
