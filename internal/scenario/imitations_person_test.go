package scenario

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/toyshop"
)

// person is a visitor of the market: somebody with a browser, an address, an
// article and whatever pages say of them.
type person struct {
	market  *market
	name    string
	article string
	words   toyshop.Words
	host    string // where she takes the shop to be
	refuses bool   // cookies
	zips    bool   // takes compressed answers
	jar     map[string]string
	way     *http.Transport // to the edge
	bare    *http.Transport // past it
	agent   string
	address netip.Addr
	waits   int // how often the line was met
}

// iPhone is the browser in an app.
const iPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 390.0.0.27.85"

// person comes with a browser that has never been here. Every second one speaks
// HTTP/2, and two of three take compressed answers.
func (m *market) person(name string) *person {
	m.mu.Lock()
	n := m.people
	m.people++
	name = fmt.Sprintf("%s%d", name, n)
	m.owners[name+"@"+mailHost] = name
	m.mu.Unlock()
	all := toyshop.Catalogue()
	p := &person{
		market: m, name: name, zips: n%3 > 0, article: all[n%len(all)].Slug, jar: map[string]string{}, agent: iPhone,
		address: netip.AddrFrom4([4]byte{10, 9, byte(n >> 8), byte(n)}), host: host,
	}
	p.words = m.places.Words(p.article, name+"@"+mailHost)
	dial := func(address string) func(context.Context, string, string) (net.Conn, error) {
		return func(ctx context.Context, _, _ string) (net.Conn, error) {
			return m.net.DialFrom(ctx, p.address, address)
		}
	}
	p.way = &http.Transport{DialContext: dial(edgeAddress), DisableCompression: true}
	if n%2 == 1 {
		p.way.Protocols = new(http.Protocols)
		p.way.Protocols.SetUnencryptedHTTP2(true)
	}
	p.bare = &http.Transport{DialContext: dial(m.shop.address), DisableCompression: true, DisableKeepAlives: true}
	m.mu.Lock()
	m.ends = append([]func(){p.way.CloseIdleConnections}, m.ends...)
	m.mu.Unlock()
	return p
}

// byScript reports whether a call is one of a script.
func byScript(c toyshop.Call) bool {
	return slices.ContainsFunc(c.Fields, func(f toyshop.Field) bool {
		return f.Name == "X-Requested-With" || f.Name == "Sec-Fetch-Dest" || f.Name == "Accept" && strings.Contains(f.Value, "json")
	})
}

// request is a call as the person's browser sends it.
func (p *person) request(c toyshop.Call) *http.Request {
	r, err := c.Request(p.market.over, "http://"+p.host, p.words)
	if err != nil {
		p.market.Fatalf("%s: %v", c.Name, err)
	}
	h := r.Header
	h.Set("User-Agent", p.agent)
	h.Set("Sec-Fetch-Site", "same-origin")
	if p.zips {
		h.Set("Accept-Encoding", "gzip, deflate, br")
	}
	if byScript(c) {
		h.Set("Sec-Fetch-Mode", "cors")
	} else {
		navigates(h)
	}
	return r
}

// send sends a request with the person's cookies, the shop's or all, and keeps
// what comes back.
func (p *person) send(r *http.Request, way *http.Transport) reply {
	if jar := p.cookies(way == p.bare); jar != "" {
		if have := r.Header.Get("Cookie"); have != "" {
			jar = have + "; " + jar
		}
		r.Header.Set("Cookie", jar)
	}
	if way == p.bare {
		r.Header.Set(bareAsk, "1")
		r.Header.Set("X-Forwarded-For", p.address.String())
	}
	resp, err := way.RoundTrip(r)
	if err != nil {
		p.market.problem("%s: %s %s: %v", p.name, r.Method, r.URL, err)
		return reply{err: err, header: http.Header{}}
	}
	defer resp.Body.Close()
	body := io.Reader(resp.Body)
	if resp.Header.Get("Content-Encoding") == "gzip" && r.Method != http.MethodHead && resp.StatusCode != http.StatusNotModified {
		if body, err = gzip.NewReader(resp.Body); err != nil {
			p.market.problem("%s: %s %s: %v", p.name, r.Method, r.URL, err)
			return reply{err: err, header: http.Header{}}
		}
	}
	b, err := io.ReadAll(body)
	return reply{status: resp.StatusCode, header: resp.Header, body: string(b), err: err}
}

func (p *person) cookies(shopsOnly bool) string {
	var all []string
	for name, value := range p.jar {
		if !shopsOnly || !strings.HasPrefix(name, "falo_") {
			all = append(all, name+"="+value)
		}
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

// keep takes the cookies of an answer.
func (p *person) keep(got reply) {
	if p.refuses {
		return
	}
	for _, c := range (&http.Response{Header: got.header}).Cookies() {
		if c.MaxAge < 0 || c.Name == p.market.forget {
			delete(p.jar, c.Name)
		} else {
			p.jar[c.Name] = c.Value
		}
	}
}

// ask makes a call through the edge, and looks at what comes back. Who meets the
// line stands in it and presses again.
func (p *person) ask(c toyshop.Call, with ...func(*http.Request)) (got reply) {
	for range patience {
		r := p.request(c)
		for _, f := range with {
			f(r)
		}
		got = p.send(r, p.way)
		p.keep(got)
		if got.state() == "" && got.status != http.StatusServiceUnavailable {
			break
		}
		p.stand(r, got)
	}
	c.Learn(got.header, []byte(got.body), p.words)
	p.look(c.Name, got, p.learnt(c)...)
	p.stays(c.Name, got)
	return got
}

// learnt are the words of a call's answer that name something of one visitor: her
// cart, her order, what she signed in with.
func (p *person) learnt(c toyshop.Call) (secrets []string) {
	for _, t := range c.Takes {
		word := p.words[t.Word]
		if len(word) >= 8 && slices.Contains([]string{"cart", "checkout", "order", "uuid", "bearer", "code"}, t.Word) {
			secrets = append(secrets, word)
		}
	}
	return secrets
}

// stand does what the waiting page says until it is gone. A script that met the
// line has its page show it; where nobody navigates it comes again by itself.
func (p *person) stand(met *http.Request, got reply) {
	at := met.URL.RequestURI()
	if met.Method != http.MethodGet || met.Header.Get("Sec-Fetch-Mode") != "navigate" {
		at = "/.falochron/wait?to=%2F"
	}
	p.waits++
	if p.market.places.Kind == toyshop.Calls {
		select {
		case <-time.After(3 * time.Second):
		case <-p.market.over.Done():
		}
		return
	}
	for range patience {
		switch to, led := elsewhere(got); {
		case led:
			at = to
		case got.err != nil || got.state() == "" && got.status != http.StatusServiceUnavailable:
			return
		default:
			n := 5
			fmt.Sscan(got.header.Get("Retry-After"), &n)
			select {
			case <-time.After(time.Duration(max(n, 1)) * time.Second):
			case <-p.market.over.Done():
				return
			}
			if got.says("elsewhere") != "" {
				at = got.says("page")
			}
		}
		got = p.send(p.request(toyshop.Call{Name: "line", Method: http.MethodGet, Path: at}), p.way)
		p.keep(got)
		p.look("line", got)
	}
}

// visit makes a call and goes where the answer leads.
func (p *person) visit(c toyshop.Call, with ...func(*http.Request)) reply {
	got := p.ask(c, with...)
	for range 5 {
		to, ok := elsewhere(got)
		if !ok {
			break
		}
		got = p.ask(toyshop.Call{Name: c.Name + " then", Method: http.MethodGet, Path: to})
	}
	return got
}

// elsewhere is where an answer leads, as a path of the shop.
func elsewhere(got reply) (string, bool) {
	u, err := url.Parse(got.header.Get("Location"))
	if got.status/100 != 3 || err != nil || u.Path == "" && u.RawQuery == "" || u.Host != "" && u.Host != host {
		return "", false
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u.RequestURI(), true
}

// walk makes several calls in order and returns the last answer.
func (p *person) walk(calls []toyshop.Call) (got reply) {
	for _, c := range calls {
		got = p.visit(c)
	}
	return got
}

// walkBare does so past the edge: in the days before there was one.
func (p *person) walkBare(calls []toyshop.Call) (got reply) {
	for _, c := range calls {
		for range 5 {
			got = p.send(p.request(c), p.bare)
			p.keep(got)
			c.Learn(got.header, []byte(got.body), p.words)
			to, ok := elsewhere(got)
			if !ok {
				break
			}
			c = toyshop.Call{Name: c.Name + " then", Method: http.MethodGet, Path: to}
		}
	}
	return got
}
