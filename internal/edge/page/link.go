package page

import (
	"bytes"
	"html/template"
	"net/http"
)

// Pages about short links of announced posts.

// linkText is what is said of a short link that is not known.
var linkText = map[string]leftWords{
	"pl": {errorWords{"Tego linku już nie znamy", "Mógł się skończyć albo jest w nim literówka.",
		"Sklep jest tam, gdzie zawsze."}, "Przejdź do sklepu"},
	"en": {errorWords{"We do not know this link any more", "It may be too old, or there is a slip of the finger in it.",
		"The shop is where it always is."}, "Go to the shop"},
}

// ServeLinkUnknown answers r, a short link that no post has, with 404 and a way to the
// shop. The error is the writer's.
func (p *Pages) ServeLinkUnknown(w http.ResponseWriter, r *http.Request, v LeftView) error {
	l := p.language(v.Lang)
	text := linkText[l.Lang]
	d := errorData{frame: p.frame(l, v.RequestID), E: text.errorWords, Again: text.Back, AgainAt: Shown(v.Page)}
	d.Script = ""
	d.Title = d.E.Head + " · " + p.shop(l)
	var b bytes.Buffer
	if err := l.failing.Execute(&b, d); err != nil {
		return err
	}
	p.Headers(w.Header(), v.Lang)
	return send(w, r, http.StatusNotFound, b.Bytes())
}

// Preview is what programs show of a link: those of chats and networks, before anybody
// has opened it. It is taken from the page that the link leads to.
type Preview struct {
	Title, Description string
	Image              string // absolute, https or http
}

// Longest texts of a preview; what shows them cuts them shorter. Chosen.
const (
	MaxPreviewTitle = 200 // characters
	MaxPreviewText  = 400
)

// The refresh leads a person on who was taken for a program.
var previewPage = template.Must(template.New("preview").Parse(`<!doctype html>
<html lang="{{.Lang}}">
<head>
<meta charset="utf-8">
<title>{{.P.Title}}</title>
<meta property="og:type" content="website">
<meta property="og:title" content="{{.P.Title}}">
{{with .P.Description}}<meta property="og:description" content="{{.}}">
<meta name="description" content="{{.}}">
{{end}}{{with .P.Image}}<meta property="og:image" content="{{.}}">
<meta name="twitter:card" content="summary_large_image">
{{end}}<meta property="og:site_name" content="{{.Shop}}">
{{with .To}}<meta http-equiv="refresh" content="0;url={{.}}">
{{end}}</head>
<body><p>{{with .To}}<a href="{{.}}">{{$.P.Title}}</a>{{else}}{{.P.Title}}{{end}}</p></body>
</html>
`))

// ServePreview answers r, of a program, with what it shows of a link and where the link
// leads; to is empty if that is where it has asked. The error is the writer's.
func (p *Pages) ServePreview(w http.ResponseWriter, r *http.Request, v Preview, to string) error {
	l := p.deflt
	v.Title, v.Description = clip(v.Title, MaxPreviewTitle), clip(v.Description, MaxPreviewText)
	var b bytes.Buffer
	err := previewPage.Execute(&b, struct {
		Lang, Shop, To string
		P              Preview
	}{l.Lang, p.shop(l), to, v})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	plain(h)
	return send(w, r, http.StatusOK, b.Bytes())
}
