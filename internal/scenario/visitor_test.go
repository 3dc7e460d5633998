package scenario

import (
	"context"
	"html"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// visitor is somebody with a browser: it keeps cookies, unless it refuses them.
type visitor struct {
	world   *world
	host    string
	refuses bool // cookies
	jar     map[string]string
	fields  map[string]string // header fields of every request
	treated string            // the last that was said of a treatment
	at      string            // the page of the shop that is open; requests say so
}

func (w *world) visitor(host string) *visitor {
	return &visitor{world: w, host: host, jar: make(map[string]string)}
}

// copied is another browser with the same cookies.
func (v *visitor) copied() *visitor {
	c := *v
	c.jar = maps.Clone(v.jar)
	return &c
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
}

// state is where the answer says its visitor stands; empty for an answer of
// the shop.
func (r reply) state() string { return r.header.Get("Falochron-State") }

var attribute = regexp.MustCompile(`data-([a-z]+)="([^"]*)"`)

// says is an attribute of the waiting page.
func (r reply) says(name string) string {
	for _, m := range attribute.FindAllStringSubmatch(r.body, -1) {
		if m[1] == name {
			return html.UnescapeString(m[2])
		}
	}
	return ""
}

// see opens a page as a navigation; form sends one; script fetches as a page's
// script does.
func (v *visitor) see(path string) reply  { return v.do("GET", path, navigates) }
func (v *visitor) form(path string) reply { return v.do("POST", path, navigates) }
func (v *visitor) script(method, path string) reply {
	return v.do(method, path, func(h http.Header) { h.Set("Sec-Fetch-Mode", "cors"); h.Set("Accept", "application/json") })
}

func navigates(h http.Header) {
	h.Set("Sec-Fetch-Mode", "navigate")
	h.Set("Accept", "text/html,application/xhtml+xml")
	h.Set("Sec-Fetch-Site", "same-origin")
}

func (v *visitor) do(method, path string, with ...func(http.Header)) reply {
	return v.within(v.world.over, method, path, with...)
}

func (v *visitor) within(ctx context.Context, method, path string, with ...func(http.Header)) reply {
	return v.send(v.request(method, path, with...).WithContext(ctx))
}

// request prepares one, with the visitor's cookies.
func (v *visitor) request(method, path string, with ...func(http.Header)) *http.Request {
	var body io.Reader
	if method == "POST" {
		body = strings.NewReader("product=lipstick")
	}
	req, err := http.NewRequest(method, "http://"+v.host+path, body)
	if err != nil {
		panic(err) // the test's own writing
	}
	req.Header.Set("Accept-Language", "en")
	for name, value := range v.fields {
		req.Header.Set(name, value)
	}
	if v.at != "" {
		req.Header.Set("Referer", "http://"+v.host+v.at)
	}
	for _, f := range with {
		f(req.Header)
	}
	for name, value := range v.jar {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	return req
}

func (v *visitor) send(req *http.Request) reply {
	resp, err := v.world.way.RoundTrip(req)
	if err != nil {
		return reply{err: err, header: http.Header{}}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if !v.refuses {
		for _, c := range resp.Cookies() {
			if c.MaxAge < 0 {
				delete(v.jar, c.Name)
			} else {
				v.jar[c.Name] = c.Value
			}
		}
	}
	if t := resp.Header.Get("Falochron-Treatment"); t != "" {
		v.treated = t
	}
	got := reply{status: resp.StatusCode, header: resp.Header, body: string(b), err: err}
	if req.Method == "GET" && req.Header.Get("Sec-Fetch-Mode") == "navigate" && got.status != http.StatusSeeOther {
		if v.at = req.URL.RequestURI(); got.state() != "" {
			v.at = "" // the waiting page tells nobody where it is
		}
	}
	return got
}

// patience bounds how often a fan asks again.
const patience = 500

// reach does what a person does to get a page: waits as the waiting page says,
// without scripts, and presses again what met the line. It returns the shop's
// answer, or the first that is neither the shop's nor the line's.
func (v *visitor) reach(method, path string) (got reply, waited bool) {
	how, at := method, path
	for range patience {
		got = v.do(how, at, navigates)
		switch {
		case got.err != nil:
			return got, waited
		case got.state() != "" && strings.Contains(got.body, `id="falochron"`):
			waited = true
			n, _ := strconv.Atoi(got.header.Get("Retry-After"))
			v.rest(time.Duration(max(n, 1)) * time.Second)
			if got.says("elsewhere") != "" || how != "GET" {
				at = got.says("page")
			}
			how = "GET"
		case got.status == http.StatusSeeOther:
			how, at = "GET", got.header.Get("Location")
		case got.status < 400 && how != method:
			how, at = method, path // in at last: press again
		default:
			return got, waited
		}
	}
	return got, waited
}

// rest waits, or goes home when the story is over.
func (v *visitor) rest(d time.Duration) {
	select {
	case <-time.After(d):
	case <-v.world.over.Done():
	}
}
