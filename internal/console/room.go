package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// Pages makes the pages of the campaign room from views. It is safe for use by
// many at once.
type Pages struct {
	version string
	sets    map[string]*template.Template // by language
	words   map[string]dictionary
}

// NewPages reads the pages and their words. It panics if one of them is broken,
// which a test rules out.
func NewPages(cfg Config) *Pages {
	p := &Pages{version: cfg.Version, sets: make(map[string]*template.Template), words: loadRoomWords()}
	for lang, words := range p.words {
		s := &speaker{lang: lang, words: words}
		t := template.New("").Option("missingkey=error").Funcs(s.funcs()).Funcs(parts())
		p.sets[lang] = template.Must(t.ParseFS(files, "room/pages/*.html"))
	}
	return p
}

// parts are what templates hand to one another.
func parts() template.FuncMap {
	return template.FuncMap{
		"may":     func(f *Frame, a string) bool { return f.may(Act(a)) },
		"modes":   modes,
		"minutes": func() []int { return []int{15, 30, 60} },
		"task":    func(now time.Time, t Task) taskPart { return taskPart{now, t} },
		"parties": parties,
		"acts": func(f *Frame, home Path, p Post, may []Act, mark string) actsPart {
			return actsPart{f.Now.In(p.At.Location()), f.Told, home, p, may, mark}
		},
		"lines":   func(now time.Time, l []Line) linesPart { return linesPart{now, l} },
		"clashes": func(now time.Time, l []Conflict) conflictsPart { return conflictsPart{now, l} },
		"into":    func(v *PostFormView, h FormHead, mark string) intoPart { return intoPart{v, h, mark} },
		"drawn": func(now time.Time, height float64, measured bool, c *Curve) curvePart {
			return curvePart{now, height, measured, c}
		},
		"plotted":   func(class string, p *plot) plotPart { return plotPart{class, p} },
		"local":     func(zone, t time.Time) string { return t.In(zone.Location()).Format("2006-01-02T15:04") },
		"webcal":    webcal,
		"moment":    func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
		"kinds":     windowKinds,
		"proofs":    func() []string { return []string{"statistics", "media-kit", "past-posts", "other"} },
		"outside":   outside,
		"inc":       func(i int) int { return i + 1 },
		"daytime":   func(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) },
		"inMinutes": func(d time.Duration) int { return int(d / time.Minute) },
		"past":      func(now, t time.Time) bool { return !t.IsZero() && t.Before(now) },
	}
}

// actsPart are the buttons of a post, its times in the zone of its own. Mark tells its
// fields from those of others.
type actsPart struct {
	Now  time.Time
	Told bool
	Home Path
	Post Post
	Acts []Act
	Mark string
}

// May reports whether the post has a button.
func (a actsPart) May(act string) bool { return slices.Contains(a.Acts, Act(act)) }

type (
	taskPart struct {
		Now  time.Time
		Task Task
	}
	partyPart struct {
		Now   time.Time
		Party Party
	}
	linesPart struct {
		Now   time.Time
		Lines []Line
	}
	conflictsPart struct {
		Now  time.Time
		List []Conflict
	}
	curvePart struct {
		Now      time.Time
		Height   float64 // of the drawing on a desk, which is 940 wide
		Measured bool    // the line is measured, not forecast
		Curve    *Curve
	}
	intoPart struct {
		View *PostFormView
		Head FormHead
		Mark string // tells the fields of one form from those of the other
	}
	plotPart struct {
		Class string
		Plot  *plot
	}
)

func parties(now time.Time, all []Party) []partyPart {
	var out []partyPart
	for _, p := range all {
		out = append(out, partyPart{now, p})
	}
	return out
}

// loadRoomWords are the words of the live page and those of the campaign room.
func loadRoomWords() map[string]dictionary {
	all := loadWords()
	for lang, d := range all {
		body, err := files.ReadFile("room/words/" + lang + ".json")
		if err != nil {
			panic(err) // embedded: cannot happen in a program that was built
		}
		if err := json.Unmarshal(body, &d); err != nil {
			panic(err)
		}
	}
	return all
}

// shown is what a template of the campaign room sees.
type shown struct {
	Lang, Other, OtherName string
	Switch                 Path // this page in the other language
	Title, Page            string
	Version, Story, Zone   string
	Again                  int  // seconds after which the script looks again; 0 = it does not
	Kept                   Path // where it starts if a phone keeps it beside its apps; empty = it is not for that
	F                      *Frame
	V                      View
}

// again is how often the script of a page looks, in seconds.
func again(v View) int {
	switch v := v.(type) {
	case *WarRoomView:
		return 2
	case *VesselsView, *HostView:
		return 5
	case *InfluencerView:
		if v.Live != nil {
			return 5
		}
		return 20
	case *AccessView, *HearView, *OwnView, *PostFormView: // what one has begun to type stays
		return 0
	default:
		return 30
	}
}

// kept is where a page starts that a phone keeps beside its apps. A link that is not open
// yet is kept as it is: on iPhones what is kept has cookies of its own, and would else be
// a page that nobody can open.
func kept(v View) Path {
	switch v := v.(type) {
	case *InfluencerView:
		return v.Home
	case *AccessView:
		if v.State == DoorClosed && v.Role == Influencer {
			return v.Home
		}
	}
	return ""
}

// Assets serves "/assets/…": what the pages of the campaign room load. It is part of
// [Handler], which the listener for signed links does not have.
func (p *Pages) Assets() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", assets())
	mux.HandleFunc("GET /assets/room.webmanifest", p.manifest)
	return mux
}

// Show writes a page. A link that opens nothing is answered with 403.
func (p *Pages) Show(w http.ResponseWriter, r *http.Request, v View) { p.show(w, r, v, "") }

func (p *Pages) show(w http.ResponseWriter, r *http.Request, v View, story string) {
	lang := chooseLanguage(w, r)
	name, f := v.template(), v.frame()
	page := strings.TrimSuffix(name, ".html")
	s := shown{
		Lang: lang, Other: "pl", OtherName: "Polski", Title: p.words[lang]["page."+page], Page: page,
		Version: p.version, Story: story, Zone: f.Now.Location().String(), Again: again(v), Kept: kept(v), F: f, V: v,
	}
	if lang == "pl" {
		s.Other, s.OtherName = "en", "English"
	}
	s.Switch = Path("?lang=" + s.Other)
	if _, query, found := strings.Cut(string(f.Home), "?"); found { // it is part of which page this is
		s.Switch = Path("?" + query + "&lang=" + s.Other)
	}
	var body bytes.Buffer
	if err := p.sets[lang].ExecuteTemplate(&body, name, s); err != nil {
		fail(w, &falochron.Error{Kind: falochron.Internal, Op: "show " + name, Err: err, Public: "the page cannot be shown"})
		return
	}
	pageHeader(w.Header(), lang)
	status := f.Status
	if a, ok := v.(*AccessView); ok && a.State != DoorClosed && a.State != DoorLeft && status == 0 {
		status = http.StatusForbidden
	}
	if status != 0 {
		w.WriteHeader(status)
	}
	_, _ = w.Write(body.Bytes()) // the reader has gone: nobody to tell
}

// manifest lets a phone keep a page beside its apps. The address it starts at is
// one of this listener.
func (p *Pages) manifest(w http.ResponseWriter, r *http.Request) {
	start, lang := r.FormValue("start"), "en"
	if r.FormValue("lang") == "pl" {
		lang = "pl"
	}
	if len(start) > 500 || !strings.HasPrefix(start, "/") || strings.HasPrefix(start, "//") || strings.ContainsAny(start, "\\\r\n\t") {
		fail(w, &falochron.Error{Kind: falochron.Invalid, Op: "make a manifest", Public: "start is no address of this listener"})
		return
	}
	type icon struct {
		Src     string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose,omitempty"`
	}
	body, err := json.Marshal(struct {
		ID         string `json:"id"`
		Name       string `json:"name"`
		ShortName  string `json:"short_name"`
		Lang       string `json:"lang"`
		Start      string `json:"start_url"`
		Display    string `json:"display"`
		Background string `json:"background_color"`
		Theme      string `json:"theme_color"`
		Icons      []icon `json:"icons"`
	}{
		start, p.words[lang]["app.name"], "Falochron", lang, start, "standalone", "#eef4f6", "#0b6a8a", []icon{
			{"/assets/mark.svg", "any", "image/svg+xml", ""},
			{"/assets/mark-192.png", "192x192", "image/png", ""},
			{"/assets/mark-512.png", "512x512", "image/png", ""},
			{"/assets/mark-512.png", "512x512", "image/png", "maskable"},
		},
	})
	if err != nil {
		fail(w, &falochron.Error{Kind: falochron.Internal, Op: "make a manifest", Err: err, Public: "the manifest cannot be made"})
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/manifest+json")
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(body)
}

// outside reports whether an address that somebody typed leads to a page elsewhere, so
// that it may be a link; anything else is text.
func outside(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}
