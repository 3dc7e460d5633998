package scenario

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/toyshop"
)

// steps are what is looked at in a market, in order. Each begins with an empty
// cache. The cheap ones come first: a mutation run stops at the first that finds anything.
var steps = []struct {
	name string
	do   func(*market)
}{
	{"shared pages are made once", (*market).madeOnce},
	{"an empty cart is answered at the edge", (*market).emptyCart},
	{"what is not shared is of this moment", (*market).ofThisMoment},
	{"who fills a cart leaves the page as it is", (*market).leavesPages},
	{"a cart filled from a list", (*market).fromLists},
	{"a script that carries a token", (*market).tokens},
	{"a script of the shop's own pages", (*market).ownScripts},
	{"what somebody has written before the edge", (*market).writes},
	{"who only looks, while nobody is let in", (*market).onlyLooks},
	{"who is called where nobody navigates", (*market).comesAgain},
	{"an order in another way", (*market).ordersElse},
	{"who goes first at a full shop", (*market).turns},
	{"pictures that the shop makes", (*market).pictures},
	{"what scripts read in public", (*market).publicReads},
	{"a shop that keeps its pages itself", (*market).keptThere},
	{"an owner who lets everything be kept", (*market).careless},
	{"taxes of one's own cart", (*market).taxes},
	{"the owner among the visitors", (*market).desk},
	{"languages and currencies", (*market).forms},
	{"what somebody has chosen", (*market).chosen},
	{"what is chosen by a link", (*market).links},
	{"what is done by a link", (*market).deeds},
	{"a letter to the shop", (*market).letters},
	{"a cart from a mail", (*market).fromMail},
	{"other stores of the shop", (*market).otherStores},
	{"what scripts choose by a field", (*market).fields},
	{"cookies as another version gives them", (*market).otherJars},
	{"who has a cart sees it, and nobody else does", (*market).carts},
	{"everybody at once", (*market).atOnce},
	{"a cart can be filled from a shared page", (*market).fromSharedPages},
	{"a cart from before the edge", (*market).before},
	{"a browser without cookies", (*market).withoutCookies},
	{"signing in and out", (*market).signing},
	{"one order, booked once", (*market).buys},
	{"orders in one moment", (*market).ordersAtOnce},
	{"who pays is not kept waiting", (*market).payments},
	{"a session in the address", (*market).sessionInAddress},
	{"stock", (*market).stock},
}

// inspect looks at the market through people's eyes with a preset, and returns
// what must not be. With first it stops at the first step that found anything.
func (m *market) inspect(p *preset.Platform, first bool) (found []problem) {
	for _, step := range steps {
		m.anew(p)
		since := m.now()
		step.do(m)
		m.fills(since)
		for _, f := range m.problems() {
			found = append(found, problem(step.name+": ")+f)
		}
		if first && len(found) > 0 {
			break
		}
	}
	return found
}

// fills looks at the edge's own requests to the shop: there is nothing of a visitor
// in them but what he has in common with others.
func (m *market) fills(since int) {
	for _, s := range m.sightings(since) {
		if !s.fill() {
			continue
		}
		for pair := range strings.SplitSeq(s.header.Get("Cookie"), "; ") {
			if name, _, _ := strings.Cut(pair, "="); pair != "" && m.known.forms[name][0] == "" {
				m.problem("a fill carried the cookie %s", pair)
			}
		}
		if strings.Contains(s.target, "fbclid=IwAR") {
			m.problem("a fill carried somebody's click: %s", s.target)
		}
		for name, values := range s.header {
			switch {
			case slices.Contains(m.known.formFields, name): // in the key, too
			case name == "X-Forwarded-For" || name == "X-Real-Ip":
				// Without an address it would be of our own machine, to which shops show more.
				if !slices.Equal(values, []string{origin.Nobody().String()}) {
					m.problem("a fill carried %s: %s", name, values)
				}
			case !slices.Contains(fillFields, name):
				m.problem("a fill carried %s", name)
			case strings.Contains(fmt.Sprint(values), evil) && s.host != evil:
				m.problem("a fill carried %s: %s", name, values)
			}
		}
	}
}

// fillFields are what a fill may have in its header: the form that is in the key,
// what the edge says of itself and of the shop's own address, and its conditions.
var fillFields = []string{
	"Accept", "Accept-Encoding", "Cookie", "X-Requested-With", "User-Agent", "Via", "Cdn-Loop",
	"X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "Forwarded", "If-None-Match", "If-Modified-Since",
}

// stranger is somebody who comes for the article of the wave.
func (m *market) stranger(name string) *person {
	p := m.person(name)
	p.article = toyshop.Catalogue()[0].Slug
	p.words = m.places.Words(p.article, p.name+"@"+mailHost)
	return p
}

// strangers is how many ask for each page.
const strangers = 4

// click adds to a page's address what links of influencers have.
func (p *person) click(c toyshop.Call) toyshop.Call {
	if c.Method != http.MethodGet {
		return c
	}
	sep := "?"
	if strings.Contains(c.Path, "?") {
		sep = "&"
	}
	c.Path += sep + "utm_source=instagram&utm_campaign=premiera&fbclid=IwAR" + p.name + "&igsh=" + p.name
	return c
}

// target is the address of a call without what tells clicks apart, as the shop
// sees it.
func (p *person) target(c toyshop.Call) string {
	r := p.request(c)
	return addressed(r.Method, r.URL.RequestURI())
}

// addressed is an address without what links of influencers add.
func addressed(method, target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return method + " " + target
	}
	query := u.Query()
	for _, name := range []string{"utm_source", "utm_campaign", "fbclid", "igsh"} {
		query.Del(name)
	}
	return method + " " + u.Path + "?" + query.Encode()
}

// madeOnce: of what is alike for everybody the shop makes one within its life,
// however many come by whatever links.
func (m *market) madeOnce() { m.madeOnceAt(host, m.known.unshared) }

// madeOnceAt is madeOnce of the store at that host, where some places are not shared.
func (m *market) madeOnceAt(at string, unshared map[string]string) {
	var people []*person
	for i := range strangers {
		p := m.stranger("stranger")
		p.host = at
		p.refuses, p.zips = i == strangers-1, true // an encoding is a form of its own
		people = append(people, p)
	}
	// One has been at a page that only the shop makes: she has a session, and a script has
	// reported what browser she has, where shops count those. The script of another has
	// looked into her cart, where that can be told from changing it.
	people[1].ask(missing())
	for _, c := range m.known.reports {
		people[1].ask(c)
	}
	if c := m.places.ReadCart[0]; m.reads(people[2].request(c)) {
		people[2].ask(c)
	}
	for _, c := range m.places.Shareable {
		since := m.now()
		forms := map[string]bool{}
		var got []reply
		for _, p := range people { // what comes from the cache takes no time
			forms[p.form()] = true
			got = append(got, p.ask(p.click(c)))
		}
		for i, p := range people {
			p.check(c, got[i])
		}
		if unshared[c.Name] != "" {
			continue
		}
		if m.known.learnt != "" {
			forms["learnt"] = true
		}
		want := people[0].target(c)
		// A question that is posted is asked by the edge in the address.
		asks := func(s sighting) bool {
			return c.Method == http.MethodPost && s.fill() && strings.HasPrefix(s.target, c.Path+"?query=")
		}
		if n := m.came(since, func(s sighting) bool { return addressed(s.method, s.target) == want || asks(s) }); n > len(forms) {
			m.problem("%s: the shop made %s %d times for %d people in %d forms", c.Name, want, n, len(people), len(forms))
		}
	}
}

// reads reports whether the preset, with all its rules, knows that a request of a
// script only reads.
func (m *market) reads(r *http.Request) bool {
	p, ok := preset.Named(m.places.As)
	if !ok {
		return false
	}
	c, err := preset.New(p, preset.Rules{})
	if err != nil {
		m.Fatal(err)
	}
	var body []byte
	if r.Body != nil {
		if body, err = io.ReadAll(r.Body); err != nil {
			m.Fatal(err)
		}
	}
	q := preset.Request{Method: r.Method, Host: host, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header}
	return c.ClassOf(q, body) == falochron.ClassFragment
}

// form is what the person has chosen among the forms of a page.
func (p *person) form() (chosen string) {
	for _, name := range slices.Sorted(maps.Keys(p.market.known.forms)) {
		chosen += name + "=" + p.jar[name] + ";"
	}
	return chosen
}

// emptyCart: what scripts ask for on every page is the same for all who have no
// cart.
func (m *market) emptyCart() {
	for _, c := range slices.Concat(m.places.Background, m.places.BlockCart) {
		since := m.now()
		var people []*person
		var got []reply
		for i := range strangers {
			people = append(people, m.stranger("stranger"))
			got = append(got, people[i].ask(c))
		}
		for i, p := range people {
			p.check(c, got[i])
			// Some scripts ask for the empty cart to have the nonce, which is everybody's. The
			// number of a cart is nobody's whom the edge has asked as.
			bare := p.send(p.request(c), p.bare).header
			if has := got[i].header.Get("Nonce"); has != bare.Get("Nonce") {
				m.problem("%s: %s gets the nonce %q, and from the bare shop %q", c.Name, p.name, has, bare.Get("Nonce"))
			}
			if has := got[i].header.Get("Cart-Token"); has != "" {
				m.problem("%s: %s gets a cart by the number %q", c.Name, p.name, has)
			}
		}
		if m.known.unshared[c.Name] != "" {
			continue
		}
		if n := m.now() - since; n > 1 {
			m.problem("%s: the shop was asked %d times by %d people without a cart", c.Name, n, strangers)
		}
	}
	m.emptyElsewhere()
}

// emptyElsewhere: a storefront of another site asks for the empty cart to have its number,
// and gets one of its own, although that of the shop's own pages is shared.
func (m *market) emptyElsewhere() {
	elsewhere := func(r *http.Request) {
		r.Header.Del("Referer")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	for _, c := range m.places.BlockCart {
		m.stranger("stranger").ask(c)
		for range 2 {
			p := m.stranger("storefront")
			asked := p.request(c)
			elsewhere(asked)
			bare := p.send(asked, p.bare).header.Get("Cart-Token")
			if got := p.ask(c, elsewhere).header.Get("Cart-Token"); got == "" && bare != "" {
				m.problem("%s: %s, elsewhere, gets no number of a cart", c.Name, p.name)
			}
		}
	}
}

// carts: somebody with a cart comes first, to an empty cache, and then others. She
// has been at a page before that only the shop makes, and has a session from there
// that is like anybody's, until she fills her cart.
func (m *market) carts() {
	owner, other := m.person("owner"), m.person("other")
	owner.ask(missing())
	way, calls := m.adding()
	owner.fills(way, calls)
	owner.compareAll()
	other.compareAll()
	owner.compareAll()
	other.fills(way, calls)
	other.compareAll()
	m.stranger("stranger").compareAll()
	owner.compareAll()
}

// missing is a page that there is none of: the shop says so itself.
func missing() toyshop.Call {
	return toyshop.Call{Name: "missing", Method: http.MethodGet, Path: "/nie-ma-takiej-strony"}
}

// atOnce: people of all sorts ask for one page in the same moment, and whose
// request is the first does not matter.
func (m *market) atOnce() {
	way, calls := m.adding()
	owner, early, customer, app := m.person("owner"), m.person("early"), m.person("customer"), m.person("app")
	owner.fills(way, calls)
	early.walkBare(calls)
	if m.places.SignIn != nil {
		customer.walk(m.places.SignIn)
	}
	app.refuses = true
	people := []*person{owner, early, customer, app}
	for range strangers {
		people = append(people, m.stranger("stranger"))
	}
	for i, c := range m.places.Shareable {
		got := make([]reply, len(people))
		var all sync.WaitGroup
		for n := range people {
			n = (n + i) % len(people) // another one begins each time
			all.Go(func() { got[n] = people[n].ask(c) })
		}
		all.Wait()
		for n, p := range people {
			if c.Method == http.MethodGet {
				head := c
				head.Method = http.MethodHead
				p.ask(head)
			}
			p.check(c, got[n])
		}
	}
}

// adding is the plainest way of putting something into a cart.
func (m *market) adding() (string, []toyshop.Call) {
	if m.places.AddByForm != nil {
		return "form", m.places.AddByForm
	}
	return "script", m.places.AddByScript
}

// fromSharedPages: people who have seen nothing but pages of the cache buy, each
// in a way of his own; for the first, pressing the button is the first request
// that reaches the shop at all.
func (m *market) fromSharedPages() {
	first := m.stranger("first")
	first.ask(m.places.Product)
	for _, add := range []struct {
		how   string
		calls []toyshop.Call
	}{{"form", m.places.AddByForm}, {"script", m.places.AddByScript}, {"link", m.places.AddByLink}, {"list", m.places.AddFromList}} {
		p := m.stranger("buyer")
		p.ask(p.click(m.places.Product))
		p.fills(add.how, add.calls)
		if add.calls != nil {
			p.compareAll()
		}
	}
	m.stranger("stranger").compareAll()
}

// before: somebody filled a cart, and somebody signed in, before there was an edge.
func (m *market) before() {
	if m.places.SignIn != nil {
		known := m.person("known")
		known.walkBare(m.places.SignIn)
		m.stranger("stranger").compareAll()
		known.compareAll()
	}
	old := m.person("early")
	way, calls := m.adding()
	old.walkBare(calls)
	m.stranger("stranger").compareAll() // the cache is warm
	old.compareAll()
	if !old.has() {
		m.problem("%s had a cart by %s before the edge came, and has none", old.name, way)
	}
	m.stranger("stranger").compareAll()
}

// withoutCookies: a browser in an app that keeps none.
func (m *market) withoutCookies() {
	p := m.person("app")
	p.refuses = true
	p.compareAll()
	for _, calls := range [][]toyshop.Call{m.places.AddByForm, m.places.AddByScript} {
		p.walk(calls)
	}
	p.compareAll()
	m.stranger("stranger").compareAll()
}

// signing: pages are the customer's while she is signed in, and nobody's after.
func (m *market) signing() {
	if m.places.SignIn == nil {
		return
	}
	p := m.person("customer")
	p.ask(m.places.Home)
	p.walk(m.places.SignIn)
	p.compareAll()
	if got := viewOf(p.send(p.request(m.places.Home), p.bare)); m.places.Kind == toyshop.Pages && got.mails == "" {
		m.problem("%s signed in, and the bare shop does not know it", p.name)
	}
	m.stranger("stranger").compareAll()
	way, calls := m.adding()
	p.fills(way, calls)
	p.compareAll()
	p.walk(m.places.SignOut)
	p.compareAll()
	m.stranger("stranger").compareAll()
}

// buys: one buyer, one order, one charge.
func (m *market) buys() {
	p := m.stranger("buyer")
	p.ask(m.places.Product)
	way, calls := m.adding()
	p.fills(way, calls)
	before := m.vitals("shop").Orders
	p.orders()
	if n := m.vitals("shop").Orders - before; n != 1 && m.known.unheard == "" {
		m.problem("the edge has heard of %d orders", n)
	}
	p.compareAll()
	m.stranger("stranger").compareAll()
}

// ordersAtOnce: a shop that bears one order at a time gets one, and all who pressed in
// one moment have theirs.
func (m *market) ordersAtOnce() {
	if m.known.oneByOne == "" {
		return
	}
	order := m.places.Order[len(m.places.Order)-1]
	order.Path = m.known.oneByOne
	_, calls := m.adding()
	var buyers []*person
	for range strangers {
		p := m.stranger("buyer")
		p.walk(calls)
		p.walk(m.places.Order[:len(m.places.Order)-1])
		buyers = append(buyers, p)
	}
	var all sync.WaitGroup
	for _, p := range buyers {
		all.Go(func() { p.pays(order) })
	}
	all.Wait()
}

// payments: while nobody is let in, what the payment provider sends comes through,
// and so does somebody who comes back from the bank in another browser.
func (m *market) payments() {
	p, bank := m.stranger("buyer"), m.person("bank")
	way, calls := m.adding()
	p.fills(way, calls)
	p.orders()
	for _, c := range m.places.Leaves {
		p.ask(c)
	}
	m.world.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeHold })
	defer m.world.order("shop", func(s *falochron.Snapshot) { s.Mode = m.mode })
	through := func(q *person, c toyshop.Call) {
		bare := q.send(q.request(c), q.bare)
		if got := q.send(q.request(c), q.way); got.state() != "" || got.status != bare.status {
			m.problem("%s: the answer is %d %s, and the bare shop's %d", c.Name, got.status, got.state(), bare.status)
		}
	}
	bank.agent = "provider/1"
	for _, c := range slices.Concat([]toyshop.Call{m.places.Notice}, m.places.Notices) {
		through(bank, c)
	}
	returns := func(c toyshop.Call) *person {
		other := m.person("back")
		other.words = p.words
		through(other, c)
		return other
	}
	for _, c := range m.places.Returns {
		back := returns(c)
		if to := back.send(back.request(c), back.bare).header.Get("Location"); !strings.Contains(to, p.words["uuid"]) {
			m.Fatalf("%s leads to %q: this proves nothing", c.Name, to)
		}
	}
	if m.places.Kind == toyshop.Pages && m.known.noReturn == "" {
		returns(m.places.Thanks[len(m.places.Thanks)-1])
	}
}

// orders goes to the till and pays.
func (p *person) orders() {
	p.walk(p.market.places.Order[:len(p.market.places.Order)-1])
	p.pays(p.market.places.Order[len(p.market.places.Order)-1])
}

// pays presses the till's button and sees what comes of it.
func (p *person) pays(order toyshop.Call) {
	p.paysBy(order, p.market.places.Done, p.market.places.Thanks)
}

func (p *person) paysBy(order toyshop.Call, done string, thanks []toyshop.Call) {
	m := p.market
	got := p.ask(order)
	if !strings.Contains(got.header.Get("Location")+got.body, done) {
		m.problem("%s ordered, and the answer was %d %s %.300s", p.name, got.status, got.header.Get("Location"), got.body)
		return
	}
	p.walk(thanks)
	p.paid()
}

// paid checks that the order was booked once, and paid once.
func (p *person) paid() {
	m := p.market
	stats, err := m.toy.Stats(true)
	if err != nil {
		m.Fatal(err)
	}
	mail := p.words["email"]
	if n := len(slices.DeleteFunc(stats.Charges, func(c toyshop.ChargeStat) bool { return c.Email != mail })); n != 1 {
		m.problem("%s ordered once and was charged %d times", p.name, n)
	}
	if stats.DoubleBooked > 0 || stats.Oversold > 0 {
		m.problem("%d orders were booked twice, %d pieces oversold", stats.DoubleBooked, stats.Oversold)
	}
}

// forms: who chose a currency sees prices in it, and nobody else does.
func (m *market) forms() {
	for name, values := range m.known.forms {
		var people []*person
		for _, value := range []string{values[1], values[0], "", values[1]} {
			p := m.stranger("chooser")
			if value != "" {
				p.jar[name] = value
			}
			people = append(people, p)
		}
		for _, c := range m.places.Shareable {
			for _, p := range people {
				p.jar = choice(p.jar, name)
				p.compare(c)
			}
		}
	}
}

// choice is what a jar holds of one cookie only: without a session that came
// meanwhile.
func choice(jar map[string]string, name string) map[string]string {
	if v, ok := jar[name]; ok {
		return map[string]string{name: v}
	}
	return map[string]string{}
}

// Every imitation keeps what is everybody's and what is somebody's apart.
func TestImitations(t *testing.T) {
	for _, p := range imitated(t) {
		t.Run(p.Name, func(t *testing.T) {
			inMarket(t, p.Name, toyshop.Config{Workers: 16}, func(m *market) {
				m.open(falochron.ModeAuto, p)
				for _, f := range m.inspect(p, false) {
					m.Error(f)
				}
				if n := m.now(); n < 20 {
					m.Errorf("only %d requests came to the shop: this proves nothing", n)
				}
			})
		})
	}
}
