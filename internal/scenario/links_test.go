package scenario

import (
	"fmt"
	"io"
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

// boutique is a shop whose product page needs a style sheet, a script and a picture, and
// remembers who asked for what.
func boutique(w *world) *shop {
	s := w.shop("a", "a.example", "www.a.example")
	s.limit = 3
	s.handler = func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/static/") {
			rw.Header().Set("Cache-Control", "public, max-age=3600")
			rw.Header().Set("Content-Type", map[bool]string{true: "text/css", false: "image/png"}[strings.HasSuffix(r.URL.Path, ".css")])
			io.WriteString(rw, "file "+r.URL.Path)
			return
		}
		if r.URL.Path == "/go/shoes" || r.URL.Path == "/p/lipstick" || r.URL.Path == "/" {
			time.Sleep(200 * time.Millisecond)
			rw.Header().Set("Content-Type", "text/html; charset=utf-8")
			rw.Header().Set("Cache-Control", "public, max-age=10")
			fmt.Fprintf(rw, `<!doctype html><html><head><title>Lipstick &amp; co</title><meta property="og:image" content="/static/big.png"><link rel="stylesheet" href="/static/a.css">`+
				`<meta name="description" content="red"></head><body><img src="/static/p.png"><img src="https://elsewhere.example/x.png">seen %s for=%s.</body></html>`, r.URL.Path, r.Header.Get("Cookie"))
			return
		}
		http.NotFound(rw, r)
	}
	return s
}

// squeezed asks as every browser does.
func squeezed(h http.Header) { h.Set("Accept-Encoding", "gzip, deflate, br, zstd") }

// post is an announced post of the boutique, in so long.
func (p *planner) post(in time.Duration, link string) (id plan.ID, code string) {
	p.Helper()
	p.do(plan.PutPost{Campaign: "a-1", Post: plan.Post{Channel: "instagram-story", Account: fmt.Sprint("ola", time.Now().UnixNano()), Reach: 1000, At: time.Now().Add(in), Slip: 5 * time.Minute, Link: link}})
	p.Read(func(b *plan.Book) {
		v, err := b.Campaign(time.Now(), plan.Actor{Role: plan.Operator}, "a-1")
		if err != nil {
			p.Fatal(err)
		}
		id = v.Campaign.Posts[len(v.Campaign.Posts)-1].ID
	})
	return id, p.code("a-1", id)
}

// posts is what the vitals tell of a post.
func (w *world) post(id plan.ID) falochron.PostVitals {
	for _, p := range w.vitals("a").Posts {
		if p.ID == string(id) {
			return p
		}
	}
	w.Fatalf("no %s", id)
	return falochron.PostVitals{}
}

// At the moment of an announced post its page and what the page needs are in the cache:
// the first fans, all of them, cost the shop nothing.
func TestTheLandingPageIsWarmAtItsMoment(t *testing.T) {
	story(t, func(w *world) {
		s := boutique(w)
		w.start(falochron.ModeAuto, origin.Config{})
		p := w.planner()
		id, code := p.post(time.Hour, "http://a.example/p/lipstick?utm_source=ig")
		advance(40 * time.Minute)
		w.expect("too early", s.requests(""), 0)
		p.do(plan.Slip{Campaign: "a-1", Moment: id, By: 15 * time.Minute})
		at := time.Now().Add(35*time.Minute - 2*time.Second)
		advance(time.Until(at.Add(-16 * time.Minute)))
		w.expect("the moment moved, too early again", s.requests(""), 0)
		advance(2 * time.Minute)
		w.expect("warm", fmt.Sprintf("%+v", w.post(id)), fmt.Sprintf("%+v", falochron.PostVitals{ID: string(id), Warm: true}))
		for path, want := range map[string]int{"/static/a.css": 1, "/static/p.png": 1, "/x.png": 0, "/static/big.png": 0} {
			w.expect(path, s.requests(path), want)
		}
		if r := s.last(); r == nil || r.Header.Get("User-Agent") != "Falochron" || r.Header.Get("Cookie") != "" {
			t.Fatalf("asked as %v", r)
		}
		// It is asked for no more often than the page gets old.
		if before := s.requests("/p/lipstick"); before > 1+2*60/10 {
			t.Errorf("asked %d times in two minutes", before)
		}
		advance(time.Until(at))
		asked := s.requests("")
		for range 40 {
			fan := w.visitor("a.example")
			got := fan.see("/go/" + code)
			w.expect("to the page", fmt.Sprint(got.status, " ", got.header.Get("Location")), "302 /p/lipstick?utm_source=ig")
			if got = fan.do("GET", got.header.Get("Location"), navigates, squeezed); !strings.Contains(got.header.Get("Cache-Status"), "hit") {
				t.Fatalf("%d %v", got.status, got.header)
			}
		}
		w.expect("the shop was asked", s.requests("")-asked, 0)
		w.expect("came by it", w.post(id).Arrivals, 40)
		w.expect("came at all", w.vitals("a").Arrivals, 40)

		// Called off, it is looked after no more; its link leads on.
		advance(time.Minute)
		p.do(plan.Cancel{Campaign: "a-1", Moment: id})
		advance(20 * time.Second)
		asked = s.requests("")
		advance(3 * time.Minute)
		w.expect("after it was called off", s.requests("")-asked, 0)
		w.expect("its link", w.visitor("a.example").see("/go/"+code).status, http.StatusFound)
	})
}

// "I'm posting now" warms the page at once; so does a post that nobody had announced.
func TestAPostThatIsOutIsWarmedAtOnce(t *testing.T) {
	story(t, func(w *world) {
		s := boutique(w)
		w.start(falochron.ModeAuto, origin.Config{})
		p := w.planner()
		id, _ := p.post(24*time.Hour, "http://a.example/p/lipstick")
		w.expect("before", s.requests(""), 0)
		tapped := time.Now()
		p.do(plan.PostNow{Campaign: "a-1", Post: id})
		w.expect("warm", w.post(id).Warm, true)
		snap, _ := w.edge.Snapshot("a")
		w.expect("its moment", fmt.Sprint(snap.Plan.Posts[0].Out, snap.Plan.Posts[0].At.Equal(tapped)), "true true")
		p.do(plan.ReportPost{Shop: "a", Channel: "tiktok", Link: "http://a.example/"})
		advance(2 * time.Second) // one after the other
		w.expect("warm", w.post("a-2.1").Warm, true)
		w.expect("the front page: is it for everybody, and then for the cache", s.requests("/"), 2)
	})
}

// While people wait nobody asks for what may be wanted later.
func TestNothingIsWarmedInAWave(t *testing.T) {
	story(t, func(w *world) {
		s := boutique(w)
		w.start(falochron.ModeHold, origin.Config{})
		p := w.planner()
		fan := w.visitor("a.example")
		fan.see("/koszyk/x")
		fan.see("/koszyk/x")
		advance(time.Second)
		w.expect("in line", w.vitals("a").InLine, 1)
		asked := s.requests("")
		id, _ := p.post(0, "http://a.example/p/lipstick")
		advance(time.Minute)
		w.expect("asked", s.requests("")-asked, 0)
		w.expect("why", w.post(id).Cold, "shop-busy")
	})
}

// A short link leads to the shop's own hosts and nowhere else, whatever the plan holds;
// only codes that a post has, or had, are ours.
func TestShortLinksLeadIntoTheShopOnly(t *testing.T) {
	story(t, func(w *world) {
		s := boutique(w)
		w.start(falochron.ModeAuto, origin.Config{})
		p := w.planner()
		// A shop of the plan without domains: its links are not checked there.
		p.do(plan.PutShop{Shop: plan.Shop{ID: "a", Name: "a", Zone: "Europe/Warsaw", Parties: []plan.Service{{Party: "ola", Role: plan.Influencer}}}})
		for link, want := range map[string]string{
			"":                                     "/",
			"http://a.example/p/lipstick":          "/p/lipstick",
			"https://www.a.example/p?kod=OLA#red":  "https://www.a.example/p?kod=OLA#red",
			"https://evil.example/p?x=1":           "/p?x=1",
			"https://evil.example//evil.example/":  "/",
			"https://a.example//evil.example/":     "/",
			"https://evil.example/%5cevil.example": "/%5cevil.example",
			"https://a.example/.falochron/leave":   "/",
			"https://a.example:8443/p":             "/p",
			"https://evil.example#@a.example/p":    "/",
			"https://a.example.evil.example/p":     "/p",
		} {
			_, code := p.post(time.Hour, link)
			got := w.visitor("a.example").see("/go/" + code)
			w.expect(link, fmt.Sprint(got.status, " ", got.header.Get("Location"), " ", got.header.Get("Cache-Control")), "302 "+want+" no-store")
			if len(got.header["Set-Cookie"]) > 0 {
				t.Errorf("a short link sets %v", got.header["Set-Cookie"])
			}
		}
		id, code := p.post(time.Hour, "http://a.example/p/lipstick?utm_source=ig&kod=OLA")
		ask := func(method, path string, with ...func(http.Header)) reply {
			return w.visitor("a.example").do(method, path, append([]func(http.Header){navigates}, with...)...)
		}
		location := func(path string) string { return ask("GET", path).header.Get("Location") }
		w.expect("marks of the click are added", location("/go/"+code+"?fbclid=1&utm_source=x&utm_medium=y&to=//evil&x=1"), "/p/lipstick?utm_source=ig&kod=OLA&fbclid=1&utm_medium=y")
		w.expect("typed", location("/go/"+strings.ToUpper(code)+"/"), "/p/lipstick?utm_source=ig&kod=OLA")
		w.expect("a ticket is ours", location("/go/"+code+"?falo_t=x"), "/p/lipstick?utm_source=ig&kod=OLA")
		w.expect("by HEAD", ask("HEAD", "/go/"+code).status, 302)
		w.expect("by POST", ask("POST", "/go/"+code).status, 405)
		w.expect("the shop's own", ask("GET", "/go/shoes").status, 200)
		w.expect("the shop's own, too", ask("GET", "/go/"+code+"/more").status, 404)
		asked := s.requests("")
		unknown := falochron.ShortCode("other", "post", 0)
		if got := ask("GET", "/go/"+unknown); got.status != 404 || !strings.Contains(got.body, "We do not know this link any more") || s.requests("") != asked {
			t.Errorf("%d %s", got.status, got.body)
		}
		flip := "0"
		if code[len(code)-1] == '0' {
			flip = "1"
		}
		w.expect("a slip of the finger is the shop's", ask("GET", "/go/"+code[:len(code)-1]+flip).header.Get("Falochron-State"), "")

		// Robots and what is fetched ahead are not people; nor is who stands in line already.
		before := w.post(id).Arrivals
		robot := func(h http.Header) { h.Set("User-Agent", "facebookexternalhit/1.1") }
		ask("GET", "/go/"+code, robot)
		ask("GET", "/go/"+code, func(h http.Header) { h.Set("Sec-Purpose", "prefetch") })
		ask("HEAD", "/go/"+code)
		w.expect("who is no newcomer", w.post(id).Arrivals-before, 0)

		// Once the page was seen, what shows links gets a page of its own.
		p.do(plan.PostNow{Campaign: "a-1", Post: id})
		got := ask("GET", "/go/"+code, robot)
		for _, want := range []string{`<meta property="og:title" content="Lipstick &amp; co">`, `<meta property="og:image" content="http://a.example/static/big.png">`, `content="red"`, `url=/p/lipstick?utm_source=ig&amp;kod=OLA`} {
			if got.status != 200 || !strings.Contains(got.body, want) {
				t.Errorf("no %s in %d %s", want, got.status, got.body)
			}
		}
	})
}

func pathOf(address string) string {
	path, _, _ := strings.Cut(address, "?")
	return path
}

// Who comes by a short link while the line stands gets the line, for the page that the
// link leads to; counts and links outlive a restart without the plan.
func TestShortLinksAndTheLine(t *testing.T) {
	story(t, func(w *world) {
		boutique(w)
		w.start(falochron.ModeShop, origin.Config{})
		p := w.planner()
		id, code := p.post(time.Minute, "http://a.example/p/lipstick")
		w.order("a", func(s *falochron.Snapshot) { s.Mode, s.Start = falochron.ModeShop, time.Now().Add(10*time.Minute) })
		fan := w.visitor("a.example")
		got := fan.see("/go/" + code)
		got = fan.see(got.header.Get("Location"))
		w.expect("the line", fmt.Sprint(got.status, " ", pathOf(got.says("page"))), "503 /p/lipstick")
		fan.see("/go/" + code)
		w.expect("once more by the same", w.post(id).Arrivals, 1)
		advance(11 * time.Second)
		w.kill()
		w.start(falochron.ModeShop, origin.Config{})
		w.expect("after a kill, without the plan", w.visitor("a.example").see("/go/"+code).status, 302)
		w.expect("counted", w.post(id).Arrivals, 2)
	})
}

// The promise that matters most, for what comes with the plan: a page that was fetched
// ahead has nothing of anybody, and a short link gives nobody anything of another.
func TestWhatIsFetchedAheadIsNobodys(t *testing.T) {
	story(t, func(w *world) {
		s := w.shop("a", "a.example")
		s.limit = 50
		s.handler = mirror
		w.cfg = func(c *edge.ShopConfig) { c.Platform = preset.Generic().Platform() }
		w.start(falochron.ModeAuto, origin.Config{})
		p := w.planner()
		var codes []string
		paths := []string{"/p/x", "/silent", "/private", "/sets", "/vary", "/p/x?me=ola"}
		for _, path := range paths {
			_, code := p.post(0, "http://a.example"+path)
			codes = append(codes, code)
		}
		for round := range 3 {
			for i, code := range codes {
				for _, name := range []string{"ola", "jan", ""} {
					v := w.visitor("a.example")
					if name != "" {
						v.jar["me"] = name
					}
					to := v.see("/go/" + code)
					if to.status != 302 || len(to.header["Set-Cookie"]) > 0 || strings.Contains(fmt.Sprint(to.header), "for=") {
						t.Fatal(to)
					}
					got := v.see(to.header.Get("Location"))
					if !strings.Contains(got.body, "for="+name+".") && !strings.Contains(got.body, "for=nobody.") {
						t.Errorf("round %d, %s, to %q: %s", round, paths[i], name, got.body)
					}
				}
			}
			advance(15 * time.Second)
		}
	})
}

// The status line is the same for everybody, and may be shown by any page.
func TestTheLineIsTold(t *testing.T) {
	story(t, func(w *world) {
		boutique(w)
		w.start(falochron.ModeAuto, origin.Config{})
		p := w.planner()
		see := func(path string) reply {
			v := w.visitor("a.example")
			v.jar["falo_x"], v.jar["me"] = "1", "ola"
			got := v.see(path)
			if len(got.header["Set-Cookie"]) > 0 || got.header.Get("Cache-Control") != "public, max-age=1" || got.status != 200 {
				t.Errorf("%s: %d %v", path, got.status, got.header)
			}
			return got
		}
		got := see("/.falochron/line")
		if !strings.Contains(got.body, "The shop is open.") || !strings.Contains(got.header.Get("Content-Security-Policy"), "frame-ancestors *") || got.header.Get("Vary") != "Accept-Language" {
			t.Error(got)
		}
		p.do(plan.TellFans{Shop: "a", Words: plan.Words{EN: `Red is <back> & "new"`, PL: "Czerwona wróciła"}, For: time.Hour})
		if got := see("/.falochron/line?lang=pl"); !strings.Contains(got.body, "<strong>Sklep jest otwarty.</strong> Czerwona wróciła") || got.header.Get("Vary") != "" {
			t.Error(got)
		}
		if got := see("/.falochron/line?lang=en"); !strings.Contains(got.body, "Red is &lt;back&gt; &amp; &#34;new&#34;") {
			t.Error(got.body)
		}
		w.order("a", func(s *falochron.Snapshot) { s.Mode = falochron.ModeHold })
		advance(2 * time.Second)
		got = see("/.falochron/line.json")
		w.expect("for scripts", got.header.Get("Access-Control-Allow-Origin")+" "+strings.TrimSpace(got.body),
			`* {"state":"held","in_line":0,"wait_s":0,"words":{"en":{"now":"The shop lets nobody in for a moment. The line waits.","said":"Red is \u003cback\u003e \u0026 \"new\""},"pl":{"now":"Sklep na chwilę nikogo nie wpuszcza. Kolejka czeka.","said":"Czerwona wróciła"}}}`)
		// Who waits reads it, too.
		fan := w.visitor("a.example")
		if got := fan.see("/koszyk/x"); !strings.Contains(got.body, "Red is &lt;back&gt; &amp; &#34;new&#34;</p>") {
			t.Error(got.body)
		}
		w.expect("and is told later", fan.status().Line, `Red is <back> & "new"`)
		advance(time.Hour)
		w.expect("until it is over", fan.status().Line, "")
	})
}
