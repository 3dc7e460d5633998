package page

import (
	"bytes"
	"fmt"
	"html"
	"net/http"
	"strings"
	"time"
)

// A Story is one page with canned data.
type Story struct {
	Name    string // in its address
	Waiting *View
	Error   *ErrorView
	Left    *LeftView
	Test    *TestView
	Away    *TestView
}

// Stories lists every state and every error page, in one language, as of now.
func Stories(lang string, now time.Time) []Story {
	base := View{
		Lang: lang, Now: now, Poll: 15 * time.Second,
		Page: "/produkt/pomadka-fala?igsh=MXRoYW5r", Place: 20418, RequestID: "01K9ZQ7D3M5T",
		TicketURL: "/.falochron/open?t=w1.AAABmV3kq0cAAAABAAAATw.Zm9v", StatusURL: "status.json",
		LeaveURL: "/.falochron/leave", StayURL: "/.falochron/stay",
	}
	var all []Story
	add := func(name string, change func(*View)) {
		v := base
		change(&v)
		all = append(all, Story{Name: name, Waiting: &v})
	}
	add("waiting", func(v *View) { v.Ahead, v.WaitLow, v.WaitHigh = 1234, 10*time.Minute, 15*time.Minute })
	add("waiting-unknown", func(v *View) { v.Ahead = 48211 })
	add("waiting-front", func(v *View) { v.Ahead, v.WaitHigh, v.Poll = 2, 40*time.Second, 2*time.Second })
	add("waiting-next", func(v *View) { v.WaitHigh = 20 * time.Second })
	add("waiting-hours", func(v *View) { v.Ahead, v.WaitLow, v.WaitHigh = 22, 80*time.Minute, 2*time.Hour })
	add("post-met", func(v *View) {
		v.Ahead, v.WaitLow, v.WaitHigh, v.PostMet, v.Article = 312, 3*time.Minute, 5*time.Minute, true, "Pomadka „Fala”"
	})
	add("slowly", func(v *View) { v.Ahead, v.WaitHigh, v.ProveURL = 41, 4*time.Minute, "/.falochron/prove" })
	add("slid", func(v *View) { v.Ahead, v.WaitHigh, v.SlidNote = 41, 4*time.Minute, true })
	add("prequeue", func(v *View) {
		v.State, v.Start = Prequeue, now.Add(12*time.Minute+5*time.Second)
		v.DrawCommitment = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	})
	add("drawn", func(v *View) {
		v.Ahead, v.WaitLow, v.WaitHigh = 411, 4*time.Minute, 7*time.Minute
		v.DrawCommitment, v.DrawSeed = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925", strings.Repeat("0", 64)
		v.DrawCount, v.DrawFirst, v.DrawPlace = 1200, 19_500, 412
	})
	add("prequeue-days", func(v *View) { v.State, v.Start = Prequeue, now.Add(75*time.Hour) })
	add("soldout", func(v *View) { v.State, v.Article = SoldOut, "Pomadka „Fala”" })
	add("held", func(v *View) { v.State, v.Ahead = Held, 5021 })
	add("called", func(v *View) { v.State = Called })
	all = append(all, Story{Name: "left", Left: &LeftView{Lang: lang, Page: base.Page, RequestID: base.RequestID}})
	prove := TestView{Lang: lang, Wait: time.Minute, URL: "test", RequestID: base.RequestID}
	all = append(all, Story{Name: "test", Test: &prove}, Story{Name: "turned-away", Away: &prove})
	fattest := Fattest(lang, now)
	all = append(all, Story{Name: "fattest", Waiting: &fattest})
	for _, k := range kinds {
		all = append(all, Story{Name: strings.ReplaceAll(string(k.Kind), "_", "-"),
			Error: &ErrorView{Lang: lang, Kind: k.Kind, RequestID: base.RequestID}})
	}
	all = append(all,
		Story{Name: "shop-full-again", Error: &ErrorView{Lang: lang, Kind: Shed, RetryAfter: 12 * time.Second, RequestID: base.RequestID}},
		Story{Name: "shop-full-form", Error: &ErrorView{Lang: lang, Kind: Shed, Posted: true, RequestID: base.RequestID}},
		Story{Name: "shop-full-script", Error: &ErrorView{Lang: lang, Kind: Shed, Posted: true, Back: base.Page, RequestID: base.RequestID}},
		Story{Name: "shop-timeout-form", Error: &ErrorView{Lang: lang, Kind: ShopTimeout, Posted: true, RequestID: base.RequestID}})
	return all
}

// Fattest is the view whose page is the longest: every text as long as it may
// be, every note shown, and the addresses those of a first visit, with a bare
// ticket in each.
func Fattest(lang string, now time.Time) View {
	long := func(n int) string { return strings.Repeat("ż", n) }
	const start = "/p?x=1&y="
	way := start + strings.Repeat("p", maxQueried-len(start)-2*5) + "&z=" + strings.Repeat("p", maxShown-maxQueried-1)
	ticket := "falo_t=" + strings.Repeat("t", 74)
	return View{
		Lang: lang, State: Prequeue, Now: now, Start: now.Add(26 * time.Hour), Ahead: 9_999_999,
		WaitLow: 100 * time.Minute, WaitHigh: 10 * time.Hour, Poll: time.Hour,
		Page: way + "&" + ticket, AtPage: true, Article: long(maxArticle + 1),
		PostMet: true, SlidNote: true, Line: long(maxLine + 1),
		TicketURL: "/.falochron/open?t=" + strings.Repeat("t", 74) + "&to=" + InQuery(way), StatusURL: "status.json?" + ticket,
		LeaveURL: "/.falochron/leave?" + ticket, StayURL: "/.falochron/stay?" + ticket + "&to=" + InQuery(way),
		DrawCommitment: strings.Repeat("c", maxHash), DrawSeed: strings.Repeat("s", maxHash),
		DrawCount: 9_999_999, DrawFirst: 1<<64 - 1, DrawPlace: 9_999_999,
		Place: 1<<64 - 1, RequestID: strings.Repeat("r", maxSmall),
	}
}

// Storybook shows every page in every language and theme with canned data, for
// developers and tests: "/" lists them, "/{lang}/{theme}/{story}" is one. It is
// not part of the edge's request path.
func Storybook(cfg Config, now func() time.Time) (http.Handler, error) {
	books := map[theme]*Pages{}
	for _, th := range []theme{themeAuto, themeLight, themeDark} {
		p, err := newPages(cfg, th)
		if err != nil {
			return nil, err
		}
		books[th] = p
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { contents(w, now()) })
	mux.Handle("GET /.falochron/gate.js", NewGate())
	mux.HandleFunc("GET /{lang}/{theme}/status.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(books[themeAuto].AppendStatus(nil, Status{Lang: r.PathValue("lang"), State: Waiting, Ahead: 1200, WaitLow: 9 * time.Minute, WaitHigh: 14 * time.Minute}))
	})
	mux.HandleFunc("GET /{lang}/{theme}/{story}", func(w http.ResponseWriter, r *http.Request) {
		th := theme(r.PathValue("theme"))
		if th == "auto" {
			th = themeAuto
		}
		p := books[th]
		for _, s := range Stories(r.PathValue("lang"), now()) {
			switch {
			case p == nil || s.Name != r.PathValue("story"):
			case s.Waiting != nil:
				_ = p.ServeWaiting(w, r, *s.Waiting) // only the writer can fail
				return
			case s.Left != nil:
				_ = p.ServeLeft(w, r, *s.Left)
				return
			case s.Test != nil:
				_ = p.ServeTest(w, r, *s.Test)
				return
			case s.Away != nil:
				_ = p.ServeTurnedAway(w, r, *s.Away)
				return
			default:
				_ = p.ServeError(w, r, *s.Error, false)
				return
			}
		}
		http.NotFound(w, r)
	})
	return mux, nil
}

// contents is the list of stories.
func contents(w http.ResponseWriter, now time.Time) {
	var b bytes.Buffer
	b.WriteString("<!doctype html><html lang=en><meta charset=utf-8><title>Storybook</title><h1>Storybook</h1>\n")
	for _, lang := range offered {
		for _, th := range []theme{"auto", themeLight, themeDark} {
			fmt.Fprintf(&b, "<h2>%s, %s</h2>\n<p>", lang, th)
			for _, s := range Stories(lang, now) {
				fmt.Fprintf(&b, "<a href=\"%s/%s/%s\">%s</a> \n", lang, th, html.EscapeString(s.Name), html.EscapeString(s.Name))
			}
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes())
}

// Fullest is a shop that uses every setting to its bound.
func Fullest() Config {
	return Config{
		ShopName:    strings.Repeat("Ż", maxShopName),
		LogoURL:     "/" + strings.Repeat("a", maxLogoPath-1),
		Colour:      "#ffd000",
		SupportText: map[string]string{"pl": strings.Repeat("ł", maxSupport), "en": strings.Repeat("ł", maxSupport)},
		Location:    time.UTC,
	}
}
