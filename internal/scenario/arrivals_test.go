package scenario

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/preset"
)

const inInstagram = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22B83 Instagram 355.0.0.33.95 (iPhone15,2; iOS 18_1; pl_PL)"

// opens is a navigation from outside, by a browser.
func opens(agent, referer string) func(http.Header) {
	return func(h http.Header) {
		navigates(h)
		h.Set("Sec-Fetch-Site", "cross-site")
		if agent != "" {
			h.Set("User-Agent", agent)
		}
		if referer != "" {
			h.Set("Referer", referer)
		}
	}
}

// came is how many came by an entry, and how many at all.
func (w *world) came(e falochron.Entry) string {
	w.Helper()
	t, ok := w.edge.Arrivals("a")
	if !ok {
		w.Fatal("no shop a")
	}
	n := uint64(0)
	for _, have := range t.Entries {
		if have.Entry == e {
			n = have.Total
		}
	}
	return fmt.Sprint(n, " of ", t.Total)
}

// The edge counts each newcomer once, on the page where he lands, by how he came: who
// follows a short link by its post, though nothing in the address or in a cookie says so.
func TestArrivalsAreCountedByHowTheyCame(t *testing.T) {
	story(t, func(w *world) {
		boutique(w)
		w.start(falochron.ModeAuto, origin.Config{})
		p := w.planner()
		id, code := p.post(time.Hour, "http://a.example/p/lipstick")
		marked, _ := p.post(2*time.Hour, "http://a.example/p/lipstick?utm_source=ig&utm_medium=story&utm_campaign=autumn&utm_content=2")
		fan := w.visitor("a.example")
		to := fan.do("GET", "/go/"+code, opens(inInstagram, "")).header
		if len(to["Set-Cookie"]) > 0 || strings.Contains(to.Get("Location"), "?") {
			t.Errorf("a short link leaves a mark: %v", to)
		}
		w.expect("on the way nobody has arrived", w.came(falochron.Entry{}), "0 of 0")
		fan.do("GET", to.Get("Location"), opens(inInstagram, ""))
		w.expect("by the link", w.came(falochron.Entry{Post: string(id), By: falochron.ByLink}), "1 of 1")
		fan.see("/") // reads on, from a page of the shop
		w.expect("who reads on", w.came(falochron.Entry{}), "0 of 1")

		new := func() *visitor { return w.visitor("a.example") }
		new().do("GET", "/p/lipstick", opens(inInstagram, ""))
		w.expect("by the app", w.came(falochron.Entry{Channel: falochron.Instagram, By: falochron.ByInApp, Path: "/p/lipstick"}), "1 of 2")
		new().do("GET", "/p/lipstick?utm_source=ig&utm_medium=story&utm_campaign=autumn&utm_content=2&fbclid=1", opens("", ""))
		w.expect("by marks of a post", w.came(falochron.Entry{Post: string(marked), Channel: falochron.Instagram, By: falochron.ByCampaign}), "1 of 3")
		new().do("GET", "/p/lipstick?utm_source=tiktok&utm_campaign=other", opens("", ""))
		w.expect("by other marks", w.came(falochron.Entry{Campaign: "tiktok//other", Channel: falochron.TikTok, By: falochron.ByCampaign}), "1 of 4")
		new().do("GET", "/?ttclid=1", opens("", ""))
		w.expect("by a click", w.came(falochron.Entry{Channel: falochron.TikTok, By: falochron.ByClick, Path: "/"}), "1 of 5")
		new().do("GET", "/", opens("", "https://t.co/x"))
		w.expect("by the page before", w.came(falochron.Entry{Channel: falochron.X, By: falochron.ByReferrer, Path: "/"}), "1 of 6")
		new().do("GET", "/", opens("", "http://a.example/p/lipstick"))
		new().do("GET", "/", opens("facebookexternalhit/1.1", ""))
		new().do("GET", "/", opens("", ""), func(h http.Header) { h.Set("Sec-Purpose", "prefetch") })
		new().script("GET", "/")
		new().do("POST", "/", opens("", ""))
		w.expect("nobody of these", w.came(falochron.Entry{}), "0 of 6")

		tally, _ := w.edge.Arrivals("a")
		told := fmt.Sprintf("%+v", tally)
		for _, secret := range []string{"iPhone", "fbclid", "10.0.", "a.example", "t.co"} {
			if strings.Contains(told, secret) {
				t.Errorf("the tally tells %q: %s", secret, told)
			}
		}
	})
}

// Previews of a page, its short link among them, and the time until the first person.
func TestPreviewsAreCountedBeforePeople(t *testing.T) {
	story(t, func(w *world) {
		boutique(w)
		w.start(falochron.ModeAuto, origin.Config{})
		_, code := w.planner().post(time.Hour, "http://a.example/p/lipstick")
		w.visitor("a.example").do("GET", "/p/lipstick", robot("TelegramBot (like TwitterBot)"))
		advance(2 * time.Second)
		w.visitor("a.example").do("GET", "/go/"+code, robot("facebookexternalhit/1.1"))
		w.visitor("a.example").do("GET", "/p/lipstick", func(h http.Header) { h.Set("X-Fb-Http-Engine", "Liger"); h.Set("X-Purpose", "preview") })
		advance(5 * time.Second)
		w.visitor("a.example").do("GET", "/p/lipstick", opens(inInstagram, ""))
		got, _ := w.edge.Arrivals("a")
		if len(got.Previews) != 1 || got.Leads.N != 1 || got.Leads.Sum < 7*time.Second || got.Leads.Sum > 8*time.Second {
			t.Fatalf("%+v %+v", got.Previews, got.Leads)
		}
		p := got.Previews[0]
		w.expect("previews", fmt.Sprint(p.Path, " ", p.Families, " ", p.Fetches, p.Prefetches), "/p/lipstick [meta telegram] 2 1")
	})
}

// robot asks as a program that shows what is behind a link.
func robot(agent string) func(http.Header) {
	return func(h http.Header) {
		h.Set("User-Agent", agent)
		h.Set("Accept", "*/*")
	}
}

// fediverse is one of many servers.
func fediverse(i int) func(http.Header) {
	return robot(fmt.Sprintf("Mastodon/4.3.1 (http.rb/5.2.0; +https://server%d.example/) Bot", i))
}

// account is a shop that makes every page for its visitor, and tells nobody to keep any.
func account(w *world, software string) *shop {
	s := w.shop("a", "a.example")
	s.limit = 3
	s.handler = func(rw http.ResponseWriter, r *http.Request) {
		who := "stranger"
		if c, err := r.Cookie("sid"); err == nil {
			who = c.Value
		} else {
			http.SetCookie(rw, &http.Cookie{Name: "sid", Value: fmt.Sprint("session-", s.requests(""))})
		}
		time.Sleep(300 * time.Millisecond)
		switch r.URL.Path {
		case "/gone":
			http.NotFound(rw, r)
			return
		case "/moved":
			rw.Header().Set("Location", "/p/new")
			rw.WriteHeader(http.StatusMovedPermanently)
			return
		case "/broken":
			rw.WriteHeader(http.StatusInternalServerError)
			return
		}
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		rw.Header().Set("Cache-Control", "private, no-store")
		fmt.Fprintf(rw, `<!doctype html><html><head><title>Cream for %s</title><meta property="og:image" content="/cream.jpg"></head><body>token=%d</body></html>`, who, s.requests(""))
	}
	if software != "" {
		w.cfg = func(c *edge.ShopConfig) { c.Platform, _ = preset.Named(software) }
	}
	return s
}

// One post brings hundreds of servers. They cost the shop one page for each address, also
// where every page is made for its visitor, and get what a stranger would.
func TestPreviewsCostOnePage(t *testing.T) {
	every := []string{""}
	for _, p := range preset.Platforms() {
		if !p.Interface { // nobody shares a link to one
			every = append(every, p.Name)
		}
	}
	for _, software := range every {
		story(t, func(w *world) {
			s := account(w, software)
			w.start(falochron.ModeAuto, origin.Config{})
			answers := make(chan reply, 300)
			for i := range 300 {
				w.people.Go(func() { answers <- w.visitor("a.example").do("GET", "/p/cream?utm_source=x&v=1", fediverse(i)) })
			}
			w.people.Wait()
			for range 300 {
				got := <-answers
				if got.status != 200 || !strings.Contains(got.body, `<meta property="og:title" content="Cream for stranger">`) || !strings.Contains(got.body, "http://a.example/cream.jpg") ||
					len(got.header["Set-Cookie"]) > 0 || strings.Contains(got.body, "token") || strings.Contains(got.body, "refresh") {
					t.Fatalf("%s: %d %v %s", software, got.status, got.header, got.body)
				}
			}
			w.expect(software+": the shop was asked", s.requests("/p/cream"), 1)
			w.visitor("a.example").do("HEAD", "/p/cream?v=1&fbclid=2", fediverse(1))
			advance(5 * time.Minute)
			w.visitor("a.example").do("GET", "/p/cream?v=1", fediverse(1))
			w.expect(software+": five minutes later", s.requests("/p/cream"), 1)
			w.visitor("a.example").do("GET", "/p/cream?v=2", fediverse(1))
			w.expect(software+": another address", s.requests("/p/cream"), 2)
			advance(6 * time.Minute)
			w.visitor("a.example").do("GET", "/p/cream?v=1", fediverse(1))
			w.expect(software+": it got old", s.requests("/p/cream"), 3)
			for path, want := range map[string]int{"/gone": 404, "/moved": 302, "/broken": 503} {
				for range 3 {
					if got := w.visitor("a.example").do("GET", path, fediverse(1)); got.status != want {
						t.Errorf("%s: %d", path, got.status)
					}
				}
				w.expect(software+": "+path, s.requests(path), 1)
			}
			// The shop is gone: what was seen is shown all the same, and nothing is made up.
			advance(15 * time.Minute)
			s.down()
			if got := w.visitor("a.example").do("GET", "/p/cream?v=1", fediverse(1)); got.status != 200 || !strings.Contains(got.body, "Cream for stranger") {
				t.Errorf("%s: while the shop is gone: %d %s", software, got.status, got.body)
			}
			if got := w.visitor("a.example").do("GET", "/p/other", fediverse(1)); got.status != 503 || got.header.Get("Retry-After") == "" {
				t.Errorf("%s: %d %s", software, got.status, got.body)
			}
		})
	}
}

// What a program is shown is nobody's, and nobody else is shown it: two visitors, and a
// program that brings a cookie, beside many that do not.
func TestPreviewsMixNothing(t *testing.T) {
	story(t, func(w *world) {
		s := account(w, "")
		w.start(falochron.ModeAuto, origin.Config{})
		ola, eva := w.visitor("a.example"), w.visitor("a.example")
		ola.jar["sid"], eva.jar["sid"] = "ola", "eva"
		sees := func(who *visitor, name string, with ...func(http.Header)) {
			t.Helper()
			if len(with) == 0 {
				with = append(with, navigates)
			}
			if got := who.do("GET", "/p/cream", with...); got.status != 200 || !strings.Contains(got.body, "<title>Cream for "+name+"</title>") {
				t.Errorf("%s sees %d %s", name, got.status, got.body)
			}
		}
		for i := range 3 {
			sees(ola, "ola")
			sees(w.visitor("a.example"), "stranger", fediverse(i))
			sees(eva, "eva")
			bearer := w.visitor("a.example") // a program that has got somebody's cookie
			bearer.jar["sid"] = "ola"
			got := bearer.do("GET", "/p/cream", fediverse(i))
			if strings.Contains(got.body, "eva") {
				t.Error(got.body)
			}
			sees(w.visitor("a.example"), "stranger", fediverse(i))
		}
		// A person without a cookie gets a page of her own, with a session and a token.
		before := s.requests("/p/cream")
		for range 2 {
			got := w.visitor("a.example").see("/p/cream")
			if !strings.Contains(got.body, "token=") || len(got.header["Set-Cookie"]) == 0 {
				t.Errorf("a person got %v %s", got.header, got.body)
			}
		}
		w.expect("pages made for people", s.requests("/p/cream")-before, 2)
		// Carts and tills are for nobody's preview.
		for _, path := range []string{"/cart", "/checkout", "/my-account"} {
			before := s.requests(path)
			w.visitor("a.example").do("GET", path, fediverse(1))
			w.visitor("a.example").do("GET", path, fediverse(2))
			w.expect(path, s.requests(path)-before, 2)
		}
	})
}

// While people wait, programs cost the shop nothing: they get what there is, or are told
// to come again. Also where the line stands before everything.
func TestPreviewsWhilePeopleWait(t *testing.T) {
	for _, mode := range []falochron.Mode{falochron.ModeHold, falochron.ModeShop} {
		story(t, func(w *world) {
			s := account(w, "")
			w.start(falochron.ModeAuto, origin.Config{})
			w.visitor("a.example").do("GET", "/p/cream", fediverse(1))
			w.order("a", func(s *falochron.Snapshot) {
				s.Mode = mode
				if mode == falochron.ModeShop {
					s.Start = time.Now().Add(time.Hour)
				}
			})
			advance(time.Second)
			fan := w.visitor("a.example")
			fan.see("/p/x")
			fan.see("/p/x")
			advance(time.Second)
			asked := s.requests("")
			for i := range 50 {
				if got := w.visitor("a.example").do("GET", "/p/cream", fediverse(i)); got.status != 200 || !strings.Contains(got.body, "Cream for stranger") {
					t.Fatalf("%s: %d %s", mode, got.status, got.body)
				}
			}
			if mode == falochron.ModeHold {
				got := w.visitor("a.example").do("GET", "/p/another", fediverse(1))
				w.expect("one that nobody has seen", fmt.Sprint(got.status, got.header.Get("Retry-After") != ""), "503 true")
				w.expect("the shop was asked", s.requests("")-asked, 0)
			}
		})
	}
}

// A page whose link is being shared is fetched ahead, as a stranger; a few at a time, and
// only of the shop.
func TestAHintWarmsThePage(t *testing.T) {
	story(t, func(w *world) {
		s := boutique(w)
		w.start(falochron.ModeAuto, origin.Config{})
		w.visitor("a.example").see("/") // so that it is known that the shop is reached by http
		advance(time.Second)
		w.expect("taken", w.edge.Warm("a", "/p/lipstick"), true)
		w.expect("the same again", w.edge.Warm("a", "/p/lipstick"), false)
		for _, path := range []string{"", "p", "//evil.example/", "https://evil.example/", "/.falochron/leave", "/p?x=1", "/p#x", "/a b", "/\\x"} {
			w.expect(path, w.edge.Warm("a", path), false)
		}
		w.expect("no such shop", w.edge.Warm("b", "/"), false)
		advance(3 * time.Second)
		asked := s.requests("/p/lipstick")
		if asked == 0 || asked > 2 {
			t.Errorf("asked %d times", asked)
		}
		if got := w.visitor("a.example").do("GET", "/p/lipstick", opens(inInstagram, ""), squeezed); got.status != 200 || !strings.Contains(got.header.Get("Cache-Status"), "hit") {
			t.Errorf("%d %v", got.status, got.header)
		}
		taken := 0
		for i := range 100 {
			if w.edge.Warm("a", fmt.Sprint("/made-up/", i)) {
				taken++
			}
		}
		if taken > 8 {
			t.Errorf("%d hints are taken at once", taken)
		}
		advance(time.Minute)
		if n := s.requests("") - asked; n > 30 {
			t.Errorf("%d requests for made-up pages", n)
		}
	})
}

// The question whose post a wave is leads to a post that is out, which the edge warms.
func TestAnAnswerMakesAPost(t *testing.T) {
	story(t, func(w *world) {
		boutique(w)
		w.start(falochron.ModeAuto, origin.Config{})
		p := w.planner()
		id, _ := p.post(10*time.Minute, "http://a.example/p/lipstick")
		p.do(plan.AskPost{Shop: "a", Onset: time.Now(), Channel: "instagram"})
		p.do(plan.AnswerPost{Shop: "a", Inquiry: "a-ask-1", Yes: true, Post: id})
		snap, _ := w.edge.Snapshot("a")
		w.expect("it is out", snap.Plan.Posts[0].Out, true)
		advance(2 * time.Second)
		w.expect("warm", w.post(id).Warm, true)
	})
}
