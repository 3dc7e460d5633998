package page

import (
	"bytes"
	"io"
	"net/http"
)

// LeftView is what somebody is told who has left the line.
type LeftView struct {
	Lang      string
	Page      string // where they had wanted to go, see [LocalPath]
	RequestID string
}

// leftWords are the page's words, and those of its link.
type leftWords struct {
	errorWords
	Back string
}

var leftText = map[string]leftWords{
	"pl": {errorWords{"Nie stoisz już w kolejce", "W sklepie nic się przez to nie zmieniło: koszyk i zamówienia są takie, jak były.",
		"Możesz wrócić, kiedy chcesz. Jeśli wtedy będzie kolejka, zajmiesz miejsce na jej końcu."}, "Wróć do sklepu"},
	"en": {errorWords{"You have left the line", "Nothing in the shop has changed by it: your cart and orders are as they were.",
		"Come back whenever you like. If there is a line then, your place is at its end."}, "Back to the shop"},
}

// Left writes the page of somebody who has left the line. It does not come
// again by itself: that would put them into the line anew. The error is the
// writer's.
func (p *Pages) Left(w io.Writer, v LeftView) error {
	l := p.language(v.Lang)
	text := leftText[l.Lang]
	d := errorData{frame: p.frame(l, v.RequestID), E: text.errorWords, Again: text.Back, AgainAt: Shown(v.Page)}
	d.Script = ""
	d.Title = d.E.Head + " · " + p.shop(l)
	return l.failing.Execute(w, &d)
}

// ServeLeft answers r with [Pages.Left]. The error is the writer's.
func (p *Pages) ServeLeft(w http.ResponseWriter, r *http.Request, v LeftView) error {
	var b bytes.Buffer
	if err := p.Left(&b, v); err != nil {
		return err
	}
	p.Headers(w.Header(), v.Lang)
	return send(w, r, http.StatusOK, b.Bytes())
}
