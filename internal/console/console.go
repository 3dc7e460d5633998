package console

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/falochron/falochron"
)

//go:embed assets pages words room
var files embed.FS

// policy lets a page load and run the files of this package and talk to the
// listener it came from, nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// Config is what the pages need to know.
type Config struct {
	Version   string // shown at the foot; empty = not shown
	Storybook bool   // serve /storybook: every state with canned data
	Room      bool   // the live page links to the campaign room
}

// Handler serves "/", "/login", "/assets/…" and, if wanted, "/storybook/…", whose
// buttons it answers. It panics if a template or dictionary of its own is broken,
// which a test rules out.
func Handler(cfg Config) http.Handler {
	p := &pages{cfg: cfg, words: loadWords(), templates: loadTemplates(), room: NewPages(cfg)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { p.show(w, r, "live.html", nil) })
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) { p.show(w, r, "login.html", nil) })
	mux.Handle("GET /assets/", p.room.Assets())
	if cfg.Storybook {
		mux.HandleFunc("GET /storybook", func(w http.ResponseWriter, r *http.Request) { p.show(w, r, "storybook.html", nil) })
		mux.HandleFunc("GET /storybook/{story}", p.showStory)
		mux.HandleFunc("POST /storybook/{story}", actInStory)
	}
	return mux
}

// vessel is one of the four drawn on the live page.
type vessel struct{ Name, Title, Unit string }

func loadTemplates() *template.Template {
	t := template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"vessel": func(name, title, unit string) vessel { return vessel{name, title, unit} },
		"modes":  modes,
	})
	return template.Must(t.ParseFS(files, "pages/*.html"))
}

// modes are the modes in the order of their buttons.
func modes() []string { return []string{"auto", "watch", "shop", "hold", "off"} }

type pages struct {
	cfg       Config
	words     map[string]dictionary
	templates *template.Template
	room      *Pages
}

// page is what a template sees.
type page struct {
	Lang      string
	Other     string // the other language, for the switch
	OtherName string
	T         dictionary // texts by key
	Version   string
	Room      bool   // there is a campaign room
	Wrong     bool   // login: the last token was wrong
	Story     *story // canned data, nil on the live page
	Stories   []story
	Rooms     []roomStory
}

func (p *pages) show(w http.ResponseWriter, r *http.Request, name string, s *story) {
	lang := chooseLanguage(w, r)
	view := page{Lang: lang, T: p.words[lang], Version: p.cfg.Version, Room: p.cfg.Room, Wrong: r.FormValue("wrong") != "", Story: s, Stories: stories(), Rooms: roomStories()}
	view.Other, view.OtherName = "pl", "Polski"
	if lang == "pl" {
		view.Other, view.OtherName = "en", "English"
	}
	var body bytes.Buffer
	if err := p.templates.ExecuteTemplate(&body, name, view); err != nil {
		fail(w, &falochron.Error{Kind: falochron.Internal, Op: "show " + name, Err: err, Public: "the page cannot be shown"})
		return
	}
	pageHeader(w.Header(), lang)
	_, _ = w.Write(body.Bytes()) // the reader has gone: nobody to tell
}

// pageHeader is what every page is sent with.
func pageHeader(h http.Header, lang string) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Language", lang)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
}

func (p *pages) showStory(w http.ResponseWriter, r *http.Request) {
	for _, s := range stories() {
		if s.Name != r.PathValue("story") {
			continue
		}
		switch {
		case strings.HasPrefix(s.Name, "login"):
			r.Form = map[string][]string{"wrong": {s.Wrong}, "lang": {r.FormValue("lang")}}
			p.show(w, r, "login.html", &s)
		default:
			p.show(w, r, "live.html", &s)
		}
		return
	}
	for _, s := range roomStories() {
		if s.Name == r.PathValue("story") {
			p.room.show(w, r, s.View(), s.Name+": "+s.Tells)
			return
		}
	}
	fail(w, &falochron.Error{Kind: falochron.NotFound, Op: "show a story", Public: "there is no such story"})
}

func fail(w http.ResponseWriter, err *falochron.Error) {
	http.Error(w, err.Public, err.Kind.Status())
}
