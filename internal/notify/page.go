package notify

import (
	"html/template"
	"strings"
)

// page is a message as a mail shows it.
type page struct {
	Language, Title, Line string
	Paragraphs            []string // of the text, with line breaks
	Links                 []Link   // labels filled in
	Urgent                bool
}

func pageOf(m *Message) page {
	p := page{Language: m.word("en", "pl"), Title: m.title(), Line: m.line(), Urgent: m.Urgency == Urgent}
	for part := range strings.SplitSeq(cut(manyLines(m.Text), maxText), "\n\n") {
		if part = strings.Trim(part, "\n"); part != "" {
			p.Paragraphs = append(p.Paragraphs, part)
		}
	}
	for _, l := range m.Links {
		p.Links = append(p.Links, Link{Label: m.label(l), URL: l.URL})
	}
	return p
}

// text is the part of a mail for programs that show no HTML.
func (p page) text() string {
	parts := append([]string{p.Title}, p.Line)
	parts = append(parts, p.Paragraphs...)
	for _, l := range p.Links {
		parts = append(parts, l.Label+":\n"+l.URL)
	}
	var b strings.Builder
	for _, part := range parts {
		if part != "" {
			b.WriteString(part + "\n\n")
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// pageTemplate escapes what is filled in by where it stands (html/template).
var pageTemplate = template.Must(template.New("mail").Parse(`<!doctype html>
<html lang="{{.Language}}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>{{.Title}}</title></head>
<body style="font-family:sans-serif;font-size:16px;line-height:1.4;max-width:36em;margin:0 auto;padding:1em">
<h1 style="font-size:20px;margin:0 0 .5em{{if .Urgent}};border-left:6px solid #b00020;padding-left:.5em{{end}}">{{.Title}}</h1>
{{with .Line}}<p style="font-weight:bold">{{.}}</p>
{{end}}{{range .Paragraphs}}<p style="white-space:pre-line">{{.}}</p>
{{end}}{{range .Links}}<p><a href="{{.URL}}" style="display:inline-block;padding:.7em 1.2em;border-radius:6px;background:#0b5cad;color:#ffffff;text-decoration:none">{{.Label}}</a></p>
{{end}}</body>
</html>
`))

func (p page) html() (string, error) {
	var b strings.Builder
	err := pageTemplate.Execute(&b, p)
	return b.String(), err
}
