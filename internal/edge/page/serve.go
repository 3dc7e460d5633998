package page

import (
	"bytes"
	"net/http"
	"strconv"
	"time"
)

// StateHeader is the field by which scripts and measuring crowds know an answer
// of the waiting room from an answer of the shop.
const StateHeader = "Falochron-State"

// RefusedHeader is the field by which gate.js knows that a script was refused
// not by the line but because nothing more fits: its value is a [Kind]. It is a
// field of its own because nobody stands in line by it: whoever is inside stays
// inside.
const RefusedHeader = "Falochron-Refused"

// Headers sets what every page of ours carries: HTML in UTF-8, kept by nobody,
// indexed by nobody, framed by nobody else, nothing in it but its own parts, and
// no ticket in a Referer.
func (p *Pages) Headers(h http.Header, lang string) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	l := p.language(lang)
	h.Set("Content-Language", l.Lang)
	h.Set("Content-Security-Policy", l.csp)
	h.Set("X-Robots-Tag", "noindex")
	// The first is for browsers that do not know the second.
	h.Set("Referrer-Policy", "no-referrer, "+referrer)
	plain(h)
}

// plain sets what our answers of any type carry.
func plain(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
}

// ServeWaiting answers r with the waiting page: [Pages.Headers], the state,
// Retry-After and the status of waiting. The error is the writer's.
func (p *Pages) ServeWaiting(w http.ResponseWriter, r *http.Request, v View) error {
	var b bytes.Buffer
	if err := p.Waiting(&b, v); err != nil {
		return err
	}
	if v.State == "" {
		v.State = Waiting
	}
	h := w.Header()
	p.Headers(h, v.Lang)
	h.Set(StateHeader, string(v.State))
	h.Set("Retry-After", strconv.Itoa(v.poll()))
	return send(w, r, p.cfg.Statuses.Page, b.Bytes())
}

// ServeRefusal answers a script's request of a visitor in line: JSON, the state
// by which gate.js shows the line, and the status of waiting.
func (p *Pages) ServeRefusal(w http.ResponseWriter, r *http.Request, state State, poll time.Duration, requestID string) error {
	h := w.Header()
	plain(h)
	h.Set("Content-Type", "application/json")
	h.Set(StateHeader, string(state))
	v := View{Poll: poll}
	h.Set("Retry-After", strconv.Itoa(v.poll()))
	return send(w, r, p.cfg.Statuses.Script, AppendRefusal(nil, state, requestID))
}

// ServeStatus answers a waiting page's question, in the language of the asking
// browser unless st names one.
func (p *Pages) ServeStatus(w http.ResponseWriter, r *http.Request, st Status) error {
	if st.Lang == "" {
		st.Lang = p.Lang(r.Header.Get("Accept-Language"))
	}
	h := w.Header()
	plain(h)
	h.Set("Content-Type", "application/json")
	h.Set(StateHeader, string(st.State))
	return send(w, r, http.StatusOK, p.AppendStatus(make([]byte, 0, 640), st))
}

// ServeError answers r with an error page, or with JSON if asJSON: then what a
// script would keep from its visitor has [RefusedHeader].
func (p *Pages) ServeError(w http.ResponseWriter, r *http.Request, v ErrorView, asJSON bool) error {
	v.settle()
	h := w.Header()
	var body []byte
	if asJSON {
		plain(h)
		h.Set("Content-Type", "application/json")
		if v.Kind.full() {
			h.Set(RefusedHeader, string(v.Kind))
		}
		body = AppendError(nil, v)
	} else {
		var b bytes.Buffer
		if err := p.Error(&b, v); err != nil {
			return err
		}
		p.Headers(h, v.Lang)
		body = b.Bytes()
	}
	if v.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(seconds(v.RetryAfter)))
	}
	return send(w, r, v.Status, body)
}

// send writes a whole answer with its length; none of the body for HEAD.
func send(w http.ResponseWriter, r *http.Request, status int, body []byte) error {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(body)
	return err
}
