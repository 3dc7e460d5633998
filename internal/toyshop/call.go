package toyshop

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// readCall reads a request for a shop in a guise: all that any of them looks
// at, copied, so that the work can outlive the request.
func (s *Shop) readCall(w http.ResponseWriter, r *http.Request) (visit, error) {
	v := visit{
		method: r.Method, path: r.URL.Path, query: r.URL.Query(), host: r.Host, scheme: "http",
		header: r.Header.Clone(), cookies: map[string]string{}, address: clientAddress(r, s.config.Hops),
		form: url.Values{}, json: strings.Contains(r.Header.Get("Accept"), "application/json"),
	}
	if s.config.Gullible {
		if proto := r.Header.Get("X-Forwarded-Proto"); proto == "http" || proto == "https" {
			v.scheme = proto
		}
	}
	for _, c := range r.Cookies() {
		if _, twice := v.cookies[c.Name]; !twice { // the first counts, as in PHP and Node
			v.cookies[c.Name] = c.Value
		}
	}
	if reads(r.Method) && !s.config.Gullible {
		return v, nil
	}
	var err error
	if v.body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
		return v, err
	}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/x-www-form-urlencoded":
		v.form, err = url.ParseQuery(string(v.body))
	case "multipart/form-data":
		var f *multipart.Form
		if f, err = multipart.NewReader(bytes.NewReader(v.body), params["boundary"]).ReadForm(maxBody); err == nil {
			v.form = f.Value
		}
	}
	return v, err
}

// clientAddress is the address of the connection, or, where the shop was told
// that so many proxies stand before it, the one that the outermost of them saw.
func clientAddress(r *http.Request, hops int) string {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	if hops < 1 {
		return address
	}
	seen := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	if at := max(0, len(seen)-hops); strings.TrimSpace(seen[at]) != "" {
		return strings.TrimSpace(seen[at])
	}
	return address
}

// arg is the last value of a parameter in the query, as PHP takes it; a form's
// comes before.
func (v *visit) arg(name string) string {
	if f := v.form[name]; len(f) > 0 {
		return f[len(f)-1]
	}
	if q := v.query[name]; len(q) > 0 {
		return q[len(q)-1]
	}
	return ""
}

// has reports whether the query or the form has a parameter, even an empty one.
func (v *visit) has(name string) bool { return v.query.Has(name) || v.form.Has(name) }

// parts are the words of the path.
func (v *visit) parts() []string { return strings.Split(strings.Trim(v.path, "/"), "/") }

// field is a header field of the request.
func (v *visit) field(name string) string { return v.header.Get(name) }

// agent is the visitor's browser in lower case.
func (v *visit) agent() string { return strings.ToLower(v.header.Get("User-Agent")) }

// byScript reports whether a script asks, as jQuery and others have it told.
func (v *visit) byScript() bool {
	return v.json || v.header.Get("X-Requested-With") == "XMLHttpRequest"
}

// absolute is an address of the shop with the host it was asked for.
func (v *visit) absolute(path string) string { return v.scheme + "://" + v.host + path }
