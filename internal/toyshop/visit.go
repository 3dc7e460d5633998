package toyshop

import (
	"bytes"
	"crypto/rand"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxBody bounds what a visitor may post.
const maxBody = 64 << 10

// sessionCookie names the cart's owner. It is first set when something is put
// in a cart, as WooCommerce does.
const sessionCookie = "toy_session"

// A visit is what a worker needs to know of a request, copied, so that the work
// can outlive the request.
type visit struct {
	path    string
	slug    string // last part of the path, where the route has one
	session string // "" = none
	query   url.Values
	form    url.Values
	body    []byte
	json    bool   // the caller prefers JSON
	signed  string // X-Toypay-Signature

	// What only a shop in a guise looks at.
	method, scheme, host string
	address              string // of the client, without port
	header               http.Header
	cookies              map[string]string
	born                 bool   // the session was made for this request
	byToken              bool   // the session is that of a token in the header, and has no cookie
	account              string // e-mail address of whoever is signed in
	guest                string // PrestaShop: who it is before there is a cart
}

// readVisit reads the request to its end, as a web server does before it asks
// PHP. The error is one of the visitor's making.
func readVisit(w http.ResponseWriter, r *http.Request) (visit, error) {
	v := visit{
		path: r.URL.Path, slug: r.PathValue("slug"), query: r.URL.Query(),
		json:   strings.Contains(r.Header.Get("Accept"), "application/json"),
		signed: r.Header.Get("X-Toypay-Signature"),
	}
	if c, err := r.Cookie(sessionCookie); err == nil && validSession(c.Value) {
		v.session = c.Value
	}
	if r.Method != http.MethodPost {
		return v, nil
	}
	var err error
	if v.body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
		return v, err
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		v.form, err = url.ParseQuery(string(v.body))
	}
	return v, err
}

// newSession is 130 bits of chance in 26 letters and digits.
func newSession() string { return rand.Text() }

// validSession reports whether s looks like one of newSession's.
func validSession(s string) bool {
	if len(s) != 26 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'A' || c > 'Z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}

// Tag is the part of a session cookie that pages made for it carry in their
// data-visitor attribute: its first ten characters, enough to know one's own
// page, too little to take over the session.
func Tag(session string) string { return session[:min(len(session), 10)] }

// An answer is a whole response. Status 0 means 200.
type answer struct {
	status   int
	location string // where to go next
	session  string // cookie to set
	private  bool   // Cache-Control: no-store; pages for all say nothing, as WooCommerce
	json     bool
	body     []byte

	// What only a shop in a guise says.
	kind     string // of page or call, for the guise: home, cart, api...
	resource string // what it is a picture of, "" = of nothing that could be kept
	personal bool   // it shows whose it is
	fields   [][2]string
	cookies  []*http.Cookie
	media    string // Content-Type, "" = by json
}

// set adds a header field in place of one of that name.
func (a *answer) set(name, value string) {
	a.fields = slices.DeleteFunc(a.fields, func(f [2]string) bool { return f[0] == name })
	a.fields = append(a.fields, [2]string{name, value})
}

// asKnown leaves out a body that the visitor has already (RFC 9110, 13.1.2).
func (a *answer) asKnown(etag string) {
	for _, f := range a.fields {
		if f[0] == "Etag" && f[1] == etag && a.status <= http.StatusOK {
			a.status, a.body = http.StatusNotModified, nil
		}
	}
}

// give adds a cookie for the whole shop.
func (a *answer) give(name, value string, change ...func(*http.Cookie)) {
	var c http.Cookie
	c.Name, c.Value, c.Path = name, value, "/"
	for _, f := range change {
		f(&c)
	}
	a.cookies = append(a.cookies, &c)
}

func (a answer) send(w http.ResponseWriter) {
	h := w.Header()
	if a.private {
		h["Cache-Control"] = []string{"no-store"}
	}
	if a.session != "" {
		http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: a.session, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
	for _, c := range a.cookies {
		http.SetCookie(w, c)
	}
	if a.location != "" {
		h["Location"] = []string{a.location}
	}
	kind := "text/html; charset=utf-8"
	if a.json {
		kind = "application/json"
	}
	if a.media != "" {
		kind = a.media
	}
	h["Content-Type"] = []string{kind}
	if a.status != http.StatusNotModified {
		h["Content-Length"] = []string{strconv.Itoa(len(a.body))}
	}
	for _, f := range a.fields {
		h.Add(f[0], f[1])
	}
	w.WriteHeader(max(a.status, http.StatusOK))
	w.Write(a.body) // a visitor who has gone is no fault of ours
}

// gateway returns what the web server says itself when PHP does not: short, and
// the same bytes each time, because a flooded shop says it thousands of times a
// second.
func gateway(status int) answer {
	text := strconv.Itoa(status) + " " + http.StatusText(status)
	return answer{status: status, body: bytes.Join([][]byte{
		[]byte("<html><head><title>"), []byte("</title></head><body><center><h1>"), []byte("</h1></center></body></html>\n"),
	}, []byte(text))}
}
