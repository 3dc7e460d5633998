package page

import (
	"fmt"
	"io"
	"time"
)

// ErrorView is what an error page tells.
type ErrorView struct {
	Status    int // HTTP status; zero means the usual one of Kind
	Lang      string
	Kind      Kind // empty means: chosen by Status
	RequestID string
	// RetryAfter, if above zero, goes into Retry-After and is told in words. The
	// page does not try again by itself: a reload that nobody asked for fails
	// people who read slowly (WCAG 2.2.1), and a full shop.
	RetryAfter time.Duration
	// Posted says that the request was not a GET or HEAD: something was sent.
	// The page then says what became of it.
	Posted bool
	// Back is the page the visitor was on when a script's request was refused, see
	// [LocalPath]; a link leads there. Empty: none.
	Back string
}

type errorData struct {
	frame
	E       errorWords
	Sent    string
	Again   string
	AgainAt string // empty: this same address
}

// settle fills in Kind from Status and Status from Kind.
func (v *ErrorView) settle() {
	if v.Kind == "" || errorText["en"].Kinds[v.Kind] == (errorWords{}) {
		v.Kind = kindOf(v.Status)
	}
	if v.Status == 0 {
		for _, k := range kinds {
			if k.Kind == v.Kind {
				v.Status = k.Status
			}
		}
	}
}

// kindOf returns the kind of page that a bare status gets.
func kindOf(status int) Kind {
	switch status {
	case 503:
		return Shed
	case 414, 417, 405:
		return BadRequest
	case 421:
		return UnknownHost
	}
	for _, k := range kinds {
		if k.Status == status {
			return k.Kind
		}
	}
	if status >= 400 && status < 500 {
		return BadRequest
	}
	return Internal
}

// full reports whether nothing of a request reached the shop, for no fault of
// the request: tried again, it may succeed.
func (k Kind) full() bool { return k == Shed || k == ShopDown }

// RefusalOf returns the kind that a value of [RefusedHeader] names. Any other
// text means [Shed].
func RefusalOf(text string) Kind {
	if k := Kind(text); k.full() {
		return k
	}
	return Shed
}

// reached reports whether a request that failed so may have had its effect in the shop.
func (k Kind) reached() bool {
	return k == BadGateway || k == ShopTimeout || k == Internal
}

// Error writes the error page of v as HTML. It writes nothing else; status and
// header fields are [Pages.ServeError]'s. The error is the writer's.
func (p *Pages) Error(w io.Writer, v ErrorView) error {
	v.settle()
	l := p.language(v.Lang)
	text := errorText[l.Lang]
	d := errorData{frame: p.frame(l, v.RequestID), E: text.Kinds[v.Kind]}
	d.Script = ""
	d.Title = d.E.Head + " · " + p.shop(l)
	switch {
	case v.Posted && v.Kind.reached():
		d.Sent = text.Unknown
		d.E.Next = ""
	case v.Posted:
		d.Sent = text.NotSent
	case v.Kind != UnknownHost && v.Kind != Loop && v.Kind != TooLarge:
		d.Again = text.Again
	}
	if v.Back != "" {
		d.Again, d.AgainAt = leftText[l.Lang].Back, Shown(v.Back)
	}
	if v.RetryAfter > 0 && !v.Posted {
		n := seconds(v.RetryAfter)
		d.E.Next += " " + fmt.Sprintf(text.Best, n, text.Seconds[plural(l.Lang, n)])
	}
	return l.failing.Execute(w, &d)
}

// seconds rounds up to whole seconds, at least one.
func seconds(d time.Duration) int { return max(1, int((d+time.Second-1)/time.Second)) }
