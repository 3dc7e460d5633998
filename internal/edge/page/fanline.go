package page

import (
	"bytes"
	"encoding/json"
	"html/template"
	"net/http"
	"strings"
	"time"
)

// LineView is how it is before a shop, for everybody: for a page of the shop's own, or
// of anybody else.
type LineView struct {
	// Said is what the party says, or the plan; by language. Empty: nothing.
	Said map[string]string
	// State is [Waiting] while people stand in line, [Prequeue] before an announced start
	// whose waiting room is open, [Held] while nobody is let in; else [None].
	State  State
	Down   bool // the shop does not answer
	InLine int  // people
	// Wait is what a newcomer would be told. Zero: not known, or no line.
	Wait  time.Duration
	Start time.Time // of Prequeue; zero for none
}

// lineWords are what is said of the line where nobody says more.
var lineWords = map[string]struct{ Open, Line, Unknown, Held, Down, Soon string }{
	"pl": {"Sklep jest otwarty.", "Kolejka do sklepu: #1. Miejsce jest zachowane, nie trzeba odświeżać.", "Przed sklepem jest kolejka. Miejsce jest zachowane, nie trzeba odświeżać.",
		"Sklep na chwilę nikogo nie wpuszcza. Kolejka czeka.", "Sklep potrzebuje chwili. Miejsca w kolejce są zachowane.", "Poczekalnia jest otwarta."},
	"en": {"The shop is open.", "The line takes #1. Your place is kept, you need not reload.", "There is a line before the shop. Your place is kept, you need not reload.",
		"The shop lets nobody in for a moment. The line waits.", "The shop needs a moment. Places in line are kept.", "The waiting room is open."},
}

// lineRange is how exact a wait is told that nobody stands in: from itself to half as
// much again.
const lineRange = 2

// sentence is what is said in a language: how it is now, which the edge knows best, then
// what the party says.
func (l *language) sentence(v LineView) (now, said string) {
	w := lineWords[l.Lang]
	switch {
	case v.Down:
		now = w.Down
	case v.State == Held:
		now = w.Held
	case v.State == Prequeue:
		now = w.Soon
	case v.State == Waiting && v.Wait > 0:
		now = strings.Replace(w.Line, "#1", l.wait(v.Wait, v.Wait+v.Wait/lineRange), 1)
	case v.State == Waiting:
		now = w.Unknown
	default:
		now = w.Open
	}
	return now, v.Said[l.Lang]
}

// ServeLineJSON answers r for a script of any page. The error is the writer's.
func (p *Pages) ServeLineJSON(w http.ResponseWriter, r *http.Request, v LineView) error {
	type words struct {
		Now  string `json:"now"`            // how it is
		Said string `json:"said,omitempty"` // what the shop's party says to its fans
	}
	out := struct {
		State  State            `json:"state"`
		Down   bool             `json:"down,omitempty"`
		InLine int              `json:"in_line"`
		WaitS  int              `json:"wait_s"` // 0 = none, or not known
		Start  *time.Time       `json:"start,omitempty"`
		Words  map[string]words `json:"words"` // by language
	}{State: v.State, Down: v.Down, InLine: v.InLine, WaitS: int(v.Wait / time.Second), Words: map[string]words{}}
	if !v.Start.IsZero() {
		at := v.Start.UTC()
		out.Start = &at
	}
	for _, lang := range offered {
		now, said := p.language(lang).sentence(v)
		out.Words[lang] = words{now, said}
	}
	b, err := json.Marshal(out)
	if err != nil {
		return err
	}
	h := w.Header()
	forEverybody(h)
	h.Set("Content-Type", "application/json")
	h.Set("Access-Control-Allow-Origin", "*")
	return send(w, r, http.StatusOK, append(b, '\n'))
}

// The page is small enough for a frame of a few lines, has no link and no button that
// somebody could be led to press, and looks again by itself.
var linePage = template.Must(template.New("line").Parse(`<!doctype html>
<html lang="{{.Lang}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="{{.Again}}">
<title>{{.Now}}</title>
<style>` + lineStyle + `</style>
</head>
<body>
<p role="status"><strong>{{.Now}}</strong>{{with .Said}} {{.}}{{end}}</p>
</body>
</html>
`))

const lineStyle = `body{margin:0;padding:.5em;font:1em/1.4 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;background:0 0}p{margin:0}`

// lineAgain is how often the page in a frame looks again, in seconds: a page that many
// have open must not cost what a waiting page does.
const lineAgain = 30

// ServeLine answers r with the page for a frame, in the language lang, or that of
// whoever asks. The error is the writer's.
func (p *Pages) ServeLine(w http.ResponseWriter, r *http.Request, v LineView, lang string) error {
	h := w.Header()
	if lang == "" {
		lang = p.Lang(r.Header.Get("Accept-Language"))
		h.Add("Vary", "Accept-Language")
	}
	l := p.language(lang)
	now, said := l.sentence(v)
	var b bytes.Buffer
	err := linePage.Execute(&b, struct {
		Lang, Now, Said string
		Again           int
	}{l.Lang, now, said, lineAgain})
	if err != nil {
		return err
	}
	forEverybody(h)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", l.Lang)
	h.Set("Content-Security-Policy", "default-src 'none'; style-src "+hashOf(lineStyle)+"; base-uri 'none'; form-action 'none'; frame-ancestors *")
	return send(w, r, http.StatusOK, b.Bytes())
}

// forEverybody is the header of what is the same for all, and true for a second.
func forEverybody(h http.Header) {
	h.Set("Cache-Control", "public, max-age=1")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set(StateHeader, string(None)) // ours, not the shop's, and nobody stands in line by it
}
