package page

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Pages for people who look like an attack: a test that each browser passes by itself, and
// the refusal that leads to it. Neither needs a script, a cookie or a picture, and nothing
// has to be solved or read aloud.

// TestView is what such a page tells.
type TestView struct {
	Lang string
	// Wait is how long until the page leads on by itself; at least a second.
	Wait time.Duration
	// URL is where it leads, a path of ours.
	URL       string
	RequestID string
	Posted    bool // something was sent, which did not reach the shop
}

// testWords are the words of both pages in one language.
type testWords struct {
	Test, Away leftWords
	Seconds    string // how long it takes: a number, its unit
}

var testText = map[string]testWords{
	"pl": {
		Test: leftWords{errorWords{"Chwileczkę",
			"Razem z Tobą przychodzi teraz bardzo dużo automatycznych zapytań. Sprawdzamy tylko, czy po tej stronie jest zwykła przeglądarka.",
			"Nic nie musisz robić: ta strona sama przejdzie dalej i dostaniesz miejsce w kolejce."}, "Przejdź dalej"},
		Away: leftWords{errorWords{"Za dużo zapytań naraz",
			"Z sieci takiej jak Twoja i z programu takiego jak Twój przychodzi teraz tyle automatycznych zapytań, że przestaliśmy na nie odpowiadać.",
			"Jeśli chcesz wejść do sklepu, użyj przycisku. Sprawdzenie trwa kilka sekund i niczego nie trzeba rozwiązywać."}, "Chcę wejść do sklepu"},
		Seconds: "Zostało: %d\u00a0%s.",
	},
	"en": {
		Test: leftWords{errorWords{"One moment",
			"Very many automatic requests are coming along with yours. We only check that there is an ordinary browser on your side.",
			"There is nothing you need to do: this page goes on by itself, and you get a place in line."}, "Go on"},
		Away: leftWords{errorWords{"Too many requests at once",
			"So many automatic requests are coming from a network like yours and a program like yours that we have stopped answering them.",
			"If you want to enter the shop, use the button. The check takes a few seconds, and there is nothing to solve."}, "I want to enter the shop"},
		Seconds: "Still to go: %d\u00a0%s.",
	},
}

// Test writes the test. The error is the writer's.
func (p *Pages) Test(w io.Writer, v TestView) error {
	l := p.language(v.Lang)
	text := testText[l.Lang]
	n := seconds(v.Wait)
	d := p.testData(l, &v, &text.Test)
	d.Forward = fmt.Sprintf("%d;url=%s", n, v.URL)
	d.E.Next += " " + fmt.Sprintf(text.Seconds, n, errorText[l.Lang].Seconds[plural(l.Lang, n)])
	return l.failing.Execute(w, &d)
}

// TurnedAway writes the refusal. The error is the writer's.
func (p *Pages) TurnedAway(w io.Writer, v TestView) error {
	l := p.language(v.Lang)
	text := testText[l.Lang]
	d := p.testData(l, &v, &text.Away)
	return l.failing.Execute(w, &d)
}

func (p *Pages) testData(l *language, v *TestView, text *leftWords) errorData {
	d := errorData{frame: p.frame(l, v.RequestID), E: text.errorWords, Again: text.Back, AgainAt: v.URL}
	d.Script = ""
	d.Title = d.E.Head + " · " + p.shop(l)
	if v.Posted {
		d.Sent = errorText[l.Lang].NotSent
	}
	return d
}

// ServeTest answers r with the test, with the status of waiting. The error is the writer's.
func (p *Pages) ServeTest(w http.ResponseWriter, r *http.Request, v TestView) error {
	var b bytes.Buffer
	if err := p.Test(&b, v); err != nil {
		return err
	}
	p.Headers(w.Header(), v.Lang)
	w.Header().Set("Retry-After", strconv.Itoa(seconds(v.Wait)))
	return send(w, r, p.cfg.Statuses.Page, b.Bytes())
}

// ServeTurnedAway answers r with the refusal, 429. The error is the writer's.
func (p *Pages) ServeTurnedAway(w http.ResponseWriter, r *http.Request, v TestView) error {
	var b bytes.Buffer
	if err := p.TurnedAway(&b, v); err != nil {
		return err
	}
	p.Headers(w.Header(), v.Lang)
	return send(w, r, http.StatusTooManyRequests, b.Bytes())
}
