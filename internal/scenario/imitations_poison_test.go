package scenario

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/toyshop"
)

// Poisoning: somebody asks for a page in such a way that the shop answers something
// else than it would have, and hopes that others get it. The shop of these stories
// is gullible: it believes everything that stands in no key. Of every technique the
// next visitor must see nothing.

// evil is what an attacker wants others to see.
const evil = "evil.example"

// technique is one way of asking.
type technique struct {
	name   string
	fields []string            // lines that are added
	target func(string) string // nil = as it is
	method string              // "" = as it is
	host   string              // "" = as it is
	body   string              // of a form
	search bool                // for the page of results only
}

// added returns a target with something after its query.
func added(text string) func(string) string {
	return func(target string) string {
		if strings.Contains(target, "?") {
			return target + "&" + strings.TrimPrefix(text, "&")
		}
		return target + "?" + strings.TrimPrefix(text, "&")
	}
}

func poisons() []technique {
	return []technique{
		{name: "X-Forwarded-Host", fields: []string{"X-Forwarded-Host: " + evil}},
		{name: "X-Forwarded-Host twice", fields: []string{"X-Forwarded-Host: " + host, "X-Forwarded-Host: " + evil}},
		{name: "X-Forwarded-Host by another case", fields: []string{"x-FORWARDED-host: " + evil}},
		{name: "X-Forwarded-Host with an underscore", fields: []string{"X_Forwarded_Host: " + evil}},
		{name: "X-Host", fields: []string{"X-Host: " + evil}},
		{name: "X-Forwarded-Server", fields: []string{"X-Forwarded-Server: " + evil, "X-HTTP-Host-Override: " + evil}},
		{name: "Forwarded", fields: []string{"Forwarded: for=1.2.3.4;host=" + evil + ";proto=https"}},
		{name: "X-Forwarded-Proto", fields: []string{"X-Forwarded-Proto: https"}},
		{name: "X-Forwarded-Scheme", fields: []string{"X-Forwarded-Scheme: http", "X-Scheme: https", "Front-End-Https: on"}},
		{name: "X-Forwarded-Port", fields: []string{"X-Forwarded-Port: 8443"}},
		{name: "X-Forwarded-Prefix", fields: []string{"X-Forwarded-Prefix: //" + evil, "X-Script-Name: /" + evil}},
		{name: "X-Forwarded-For", fields: []string{"X-Forwarded-For: 127.0.0.1, <script>" + evil, "X-Real-IP: 127.0.0.1", "True-Client-IP: ::1"}},
		{name: "X-Original-URL", fields: []string{"X-Original-URL: /?" + evil}},
		{name: "X-Rewrite-URL", fields: []string{"X-Rewrite-URL: /?" + evil}},
		{name: "X-HTTP-Method-Override", fields: []string{"X-HTTP-Method-Override: DELETE"}},
		{name: "X-HTTP-Method", fields: []string{"X-HTTP-Method: POST"}},
		{name: "X-Method-Override", fields: []string{"X-Method-Override: PUT"}},
		{name: "a body on GET", body: "{word}=" + evil, search: true},
		{name: "a body on GET for a page", body: "product_id=999&sku=" + evil},
		{name: "a parameter twice", target: added("{word}=" + evil), search: true},
		{name: "a parameter behind a tracking one by a semicolon", target: added("utm_content=x;{word}=" + evil), search: true},
		{name: "a parameter in a tracking one, encoded", target: added("utm_content=x%26{word}=" + evil), search: true},
		{name: "a tracking parameter that is printed", target: added("utm_source=" + evil)},
		{name: "a tracking parameter in brackets", target: added("utm_source[]=" + evil + "&fbclid%00=" + evil)},
		{name: "a header of twelve kilobytes", fields: []string{"X-Oversized: " + strings.Repeat("x", 12<<10)}},
		{name: "a header of sixty kilobytes", fields: []string{"X-Oversized: " + strings.Repeat("x", 60<<10)}},
		{name: "control characters in a header", fields: []string{"X-Meta: \x01\x07\x7f"}},
		{name: "a line break in a header", fields: []string{"X-Meta: a\n Set-Cookie: " + evil}},
		{name: "Range", fields: []string{"Range: bytes=0-9"}},
		{name: "Range of many", fields: []string{"Range: bytes=0-1,2-3,4-5,0-", "If-Range: \"x\""}},
		{name: "Range of nonsense", fields: []string{"Range: cows=1-2"}},
		{name: "If-None-Match", fields: []string{"If-None-Match: *"}},
		{name: "If-Modified-Since", fields: []string{"If-Modified-Since: Fri, 31 Dec 2038 23:59:59 GMT"}},
		{name: "If-Match", fields: []string{"If-Match: \"x\"", "If-Unmodified-Since: Fri, 31 Dec 1999 23:59:59 GMT"}},
		{name: "Expect", fields: []string{"Expect: " + evil}},
		{name: "Upgrade", fields: []string{"Connection: Upgrade", "Upgrade: websocket"}},
		{name: "Connection that names Host and Accept", fields: []string{"Connection: close, Host, Accept, Cookie, X-Forwarded-Proto"}},
		{name: "Max-Forwards", fields: []string{"Max-Forwards: 0", "Via: 1.1 " + evil}},
		{name: "Host with a port", host: host + ":1337"},
		{name: "Host by another case", host: "SHOP.EXAMPLE"},
		{name: "Host with a dot", host: host + "."},
		{name: "Host of another", host: evil},
		{name: "Host twice", fields: []string{"Host: " + evil}},
		{name: "absolute form", target: func(t string) string { return "http://" + evil + t }},
		{name: "absolute form with a name before the host", target: func(t string) string { return "http://" + evil + "@" + host + t }},
		{name: "two slashes", target: func(t string) string { return "/" + t }},
		{name: "a path to another host", target: func(t string) string { return "//" + evil + t }},
		{name: "a fragment", target: func(t string) string { return t + "#" + evil }},
		{name: "HEAD", method: "HEAD"},
		{name: "OPTIONS", method: "OPTIONS"},
		{name: "an unknown method", method: "GETS"},
		{name: "POST", method: "POST", body: "a=" + evil},
		{name: "Accept of a script", fields: []string{"Accept: application/json", "X-Requested-With: XMLHttpRequest"}},
		{name: "Accept-Encoding of nonsense", fields: []string{"Accept-Encoding: " + evil + ", identity;q=0, *;q=0"}},
		{name: "Accept-Encoding gzip", fields: []string{"Accept-Encoding: gzip"}},
		{name: "Accept-Language", fields: []string{"Accept-Language: " + evil}},
		{name: "User-Agent", fields: []string{"User-Agent: " + evil + " bot crawler"}},
		{name: "Referer and Origin", fields: []string{"Referer: https://" + evil + "/", "Origin: https://" + evil}},
		{name: "unkeyed cookies", fields: []string{"Cookie: theme=" + evil + "; lang=" + evil + "; __Host-x=" + evil}},
		{name: "cookies of forms with nonsense", fields: []string{"Cookie: currency=" + evil + "<; language=../" + evil}},
		{name: "forged marks with sessions of one's own", fields: []string{"Cookie: falo_clean=1; OCSESSID=" + evil + "aaaaaaaaaaaaaaaa; sid=s%3A" + evil + "; PHPSESSID=aaaaaaaaaaaaaaaaaaaaaaaaaa; zenid=aaaaaaaaaaaaaaaaaaaaaaaaaa"}},
		{name: "Cache-Control", fields: []string{"Cache-Control: no-cache, max-age=0", "Pragma: no-cache"}},
		{name: "a chunked body and a length", fields: []string{"Transfer-Encoding: chunked", "Content-Length: 4"}},
		{name: "a line break in the path", target: func(t string) string { return strings.Replace(t, "/", "/%0d%0aX-Evil:%20"+evil+"%0d%0a", 1) }},
	}
}

// write sends a request as it stands there, over a connection of its own, and
// reads what comes.
func (p *person) write(method, target, at string, lines []string, body string) (got reply) {
	c, err := p.market.net.DialFrom(p.market.over, p.address, edgeAddress)
	if err != nil {
		p.market.Fatal(err)
	}
	defer c.Close()
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, target, at)
	named := map[string]bool{}
	for _, line := range lines {
		name, _, _ := strings.Cut(line, ":")
		named[strings.ToLower(name)] = true
		b.WriteString(line + "\r\n")
	}
	for _, line := range []string{"User-Agent: " + p.agent, "Accept: text/html,application/xhtml+xml", "Connection: close"} {
		if name, _, _ := strings.Cut(line, ":"); !named[strings.ToLower(name)] {
			b.WriteString(line + "\r\n")
		}
	}
	if cookies := p.cookies(false); cookies != "" && !named["cookie"] {
		b.WriteString("Cookie: " + cookies + "\r\n")
	}
	if body != "" {
		if !named["content-type"] {
			b.WriteString("Content-Type: application/x-www-form-urlencoded\r\n")
		}
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	if _, err := io.WriteString(c, b.String()+"\r\n"+body); err != nil {
		return reply{err: err, header: http.Header{}} // refused before it was all there
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		return reply{err: err, header: http.Header{}} // nothing that a browser would read
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return reply{status: resp.StatusCode, header: resp.Header, body: string(text), err: err}
}

// attack asks for a call's page by a technique.
func (p *person) attack(c toyshop.Call, by technique) reply {
	r := p.request(c)
	target, method, at := r.URL.RequestURI(), r.Method, host
	word := searchWord(p.market.places.Search)
	if by.target != nil {
		target = strings.ReplaceAll(by.target(target), "{word}", word)
	}
	if by.method != "" {
		method = by.method
	}
	if by.host != "" {
		at = by.host
	}
	lines := slices.Clone(by.fields)
	for name, values := range r.Header {
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(strings.ToLower(l), strings.ToLower(name)+":") }) {
			lines = append(lines, name+": "+values[0])
		}
	}
	body := strings.ReplaceAll(by.body, "{word}", word)
	if body == "" && r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			p.market.Fatal(err)
		}
		body = string(b)
	}
	return p.write(method, target, at, lines, body)
}

// searchWord is the parameter of what is searched for.
func searchWord(c toyshop.Call) string {
	_, query, _ := strings.Cut(c.Path, "?")
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, _ := strings.Cut(pair, "="); value == "{q}" {
			return name
		}
	}
	return "q"
}

// shape is what an attacker could have changed in a page.
type shape struct {
	view
	kind, links string
}

func shapeOf(got reply) shape {
	return shape{viewOf(got), got.header.Get("Content-Type"), strings.Join(betweens(got.body, `/"'<>\\ `, "//"), " ")}
}

// unharmed asks as the next visitor does, and compares with the bare shop.
func (p *person) unharmed(c toyshop.Call, by string) reply {
	bare := shapeOf(p.send(p.request(c), p.bare))
	got := p.ask(c)
	if has := shapeOf(got); has != bare {
		p.market.problem("%s, %s: the next visitor gets %+v, and the shop would show %+v (%s)", by, c.Name, has, bare, got.header.Get("Cache-Status"))
	}
	if text := fmt.Sprint(got.header, got.body); strings.Contains(text, evil) {
		p.market.problem("%s, %s: the next visitor is shown %s", by, c.Name, evil)
	}
	return got
}

// lure is a page that others want, and how many of its kind there are.
func (m *market) lure() (page toyshop.Call, articles []toyshop.Article, shared bool) {
	articles = toyshop.Catalogue()
	for _, c := range []toyshop.Call{m.places.Product, m.places.Category} {
		shareable := slices.ContainsFunc(m.places.Shareable, func(s toyshop.Call) bool { return s.Name == c.Name })
		if shareable && m.known.unshared[c.Name] == "" {
			return c, articles, true
		}
		articles = slices.CompactFunc(articles, func(a, b toyshop.Article) bool { return a.Category == b.Category })
	}
	return m.places.Product, toyshop.Catalogue(), false
}

// poisoned tries every technique, each on a page of its own that nobody has asked
// for yet, and once more when it has been asked for. It returns how many of the
// next visitors were shown a page of the cache.
func (m *market) poisoned(list []technique) (hits int) {
	page, articles, _ := m.lure()
	for i, by := range list {
		if i%len(articles) == 0 {
			m.anew(m.preset)
		}
		attacker, next := m.person("attacker"), m.person("next")
		slug := articles[i%len(articles)].Slug
		attacker.words, next.words = m.places.Words(slug, "a@"+evil), m.places.Words(slug, "b@"+mailHost)
		c := page
		if by.search {
			c = m.places.Search
			attacker.words["q"], next.words["q"] = slug, slug
		}
		since := m.now()
		for range 2 {
			attacker.look(by.name, attacker.attack(c, by))
			if got := next.unharmed(c, by.name); strings.Contains(got.header.Get("Cache-Status"), "; hit") {
				hits++
			}
			next.jar = map[string]string{}
		}
		m.fills(since)
	}
	return hits
}

// attack is a shop and what the edge takes it for.
type attack struct {
	name, as string
	preset   *preset.Platform
}

// attacked are all imitations with their presets, and shops that the edge does not
// know: the plain one, and some whose pages and cookies are those of a platform.
func attacked(t *testing.T) (list []attack) {
	t.Helper()
	for _, p := range imitated(t) {
		list = append(list, attack{p.Name, p.Name, p})
	}
	unknown, ok := preset.Named(preset.GenericName)
	if !ok {
		t.Fatal("no preset for unknown shops")
	}
	for _, as := range []string{"", "woocommerce", "magento2", "evershop", "hydrogen"} {
		if name := "unknown " + as; !raced || as == "woocommerce" {
			list = append(list, attack{strings.TrimSpace(name), as, unknown})
		}
	}
	return list
}

func TestPoisoning(t *testing.T) {
	for _, a := range attacked(t) {
		t.Run(a.name, func(t *testing.T) {
			inMarket(t, a.as, toyshop.Config{Workers: 16, Gullible: true}, func(m *market) {
				m.open(falochron.ModeAuto, a.preset)
				list := poisons()
				n := m.poisoned(list)
				// Of an unknown shop no page is shared: what is tried there is its files.
				if _, _, shared := m.lure(); shared && a.preset.Name != preset.GenericName && n < len(list)/2 {
					m.Errorf("only %d of the next visitors were shown pages of the cache: this proves nothing", n)
				}
				for _, f := range m.problems() {
					m.Error(f)
				}
			})
		})
	}
}

// Deception: somebody is led to an address that the shop takes for her own page
// and a cache for a file, and the attacker asks for it after her.

// disguises turn the path of a page into one that may look like a file's, or like
// another page's, to those who read it in another way than the shop.
func disguises() []struct {
	name string
	of   func(path string) string
} {
	after := func(text string) func(string) string {
		return func(path string) string { return strings.TrimSuffix(path, "/") + text }
	}
	before := func(text string) func(string) string { return func(path string) string { return text + path } }
	return []struct {
		name string
		of   func(path string) string
	}{
		{"/x.css", after("/x.css")}, {"/x.js", after("/x.js")}, {"/x.png", after("/x.png")}, {"/x.avif", after("/x.avif")},
		{"/x.js%3f", after("/x.js%3f")}, {"/x.css?", after("/x.css?")}, {".css", after(".css")},
		{"%2fx.css", after("%2fx.css")}, {"%2F..%2Fx.css", after("%2F..%2Fx.css")}, {"/..%2fx.css", after("/..%2fx.css")},
		{"/%2e%2e/x.css", after("/%2e%2e/x.css")}, {"/../x.css", after("/../x.css")}, {"/./x.css", after("/./x.css")}, {"//x.css", after("//x.css")},
		{";x.css", after(";x.css")}, {"/;x.css", after("/;x.css")}, {"%3bx.css", after("%3bx.css")}, {";/../x.css", after(";/../x.css")},
		{"%00.css", after("%00.css")}, {"%00/x.css", after("%00/x.css")}, {"%0ax.css", after("%0ax.css")}, {"%0d%0ax.css", after("%0d%0ax.css")},
		{"%23x.css", after("%23x.css")}, {"%3fx.css", after("%3fx.css")}, {"%253fx.css", after("%253fx.css")}, {"#x.css", after("#x.css")},
		{`\x.css`, after(`\x.css`)}, {"%5cx.css", after("%5cx.css")}, {`\..\x.css`, after(`\..\x.css`)},
		{"dot at the end", after(".")}, {"space at the end", after("%20")}, {"space and .css", after("%20.css")}, {"tab", after("%09x.css")},
		{"/robots.txt", after("/robots.txt")}, {"/favicon.ico", after("/favicon.ico")},
		{"//path", before("/")}, {"/.//path", before("/./")}, {"/%2fpath", before("/%2f")},
		{"/static/..%2fpath", before("/static/..%2f")}, {"/static/%2e%2e/path", before("/static/%2e%2e")}, {"/static/../path", before("/static/..")},
		{"/assets/..;/path", before("/assets/..;")}, {`/assets/..\path`, before(`/assets/..\`)}, {"/x.css%00/../path", before("/x.css%00/..")},
		{"/x.css/..%5cpath", before("/x.css/..%5c")},
		{"capitals", strings.ToUpper}, {"encoded letters", func(path string) string {
			if len(path) < 3 {
				return path
			}
			return path[:1] + fmt.Sprintf("%%%02x", path[1]) + path[2:]
		}},
	}
}

// everyTake is all that anybody learns from answers.
func everyTake(places toyshop.Places) (takes []toyshop.Take) {
	for _, calls := range [][]toyshop.Call{places.AddByForm, places.AddByScript, places.Order, places.SignIn} {
		for _, c := range calls {
			takes = append(takes, c.Takes...)
		}
	}
	return takes
}

// deceived leads a customer with a cart to every disguise of her own pages.
func (m *market) deceived() {
	victim, attacker := m.person("victim"), m.person("attacker")
	way, calls := m.adding()
	victim.fills(way, calls)
	if m.places.SignIn != nil {
		victim.walk(m.places.SignIn)
	}
	for _, c := range []toyshop.Call{m.places.Account, m.places.Cart, m.places.Product} {
		r := victim.request(c)
		if r.Method != http.MethodGet || slices.ContainsFunc(victim.learnt(toyshop.Call{Takes: everyTake(m.places)}), func(secret string) bool { return strings.Contains(r.URL.String(), secret) }) {
			continue // nobody is led to a POST by a link, nor to an address that is a secret itself
		}
		for _, d := range disguises() {
			target := d.of(r.URL.EscapedPath())
			if r.URL.RawQuery != "" {
				target += "?" + r.URL.RawQuery
			}
			for _, q := range []*person{victim, attacker, victim} {
				got := q.write("GET", target, host, nil, "")
				q.keep(got)
				q.look(c.Name+" as "+d.name, got)
				q.stays(c.Name+" as "+d.name, got)
				if q == attacker && got.status == 200 {
					if v := viewOf(got); v.mails != "" || v.items != "" {
						m.problem("%s as %s: a stranger sees %+v", c.Name, d.name, v)
					}
				}
			}
			clear(attacker.jar)
		}
	}
	victim.compareAll()
	m.stranger("stranger").compareAll()
}

func TestDeception(t *testing.T) {
	for _, a := range attacked(t) {
		t.Run(a.name, func(t *testing.T) {
			inMarket(t, a.as, toyshop.Config{Workers: 16, Gullible: true}, func(m *market) {
				m.open(falochron.ModeAuto, a.preset)
				m.deceived()
				for _, f := range m.problems() {
					m.Error(f)
				}
			})
		})
	}
}
