package scenario

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/toyshop"
)

// betweens returns what stands in a text behind each of the words and before an
// end, sorted, each once. It is no regular expression: those take most of the time
// when thousands of pages are read under the race detector.
func betweens(text, ends string, words ...string) (found []string) {
	for _, word := range words {
		for rest := text; ; {
			_, after, ok := strings.Cut(rest, word)
			if !ok {
				break
			}
			rest = after
			if end := strings.IndexAny(after, ends); end > 0 {
				found = append(found, after[:end])
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// What tells people apart in answers.
func tagsIn(body string) []string {
	return betweens(body, `\"`, `data-visitor="`, `data-visitor=\"`, `data-owner="`, `data-owner=\"`, `"visitor":"`)
}

func itemsIn(body string) []string { return betweens(body, `\"`, `data-item="`, `data-item=\"`) }

func pricesIn(body string) []string {
	found := betweens(body, "<", `class="price">`)
	if len(found) == 0 { // as scripts are told
		found = slices.Concat(betweens(body, ",}", `"calculated_amount":`, `"calculated_amount_with_tax":`, `"priceWithTax":`), betweens(body, `"`, `"final_price":"`))
	}
	return found
}

// mailsIn are the addresses of people of these stories.
func mailsIn(body string) (found []string) {
	for rest := body; ; {
		before, after, ok := strings.Cut(rest, "@"+mailHost)
		if !ok {
			break
		}
		rest = after
		at := strings.LastIndexFunc(before, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
		found = append(found, before[at+1:]+"@"+mailHost)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

const mailHost = "mixed.example"

// session reports whether the person's browser has a session of the shop.
func (p *person) session() bool {
	for name := range p.jar {
		if p.market.isSession(name) {
			return true
		}
	}
	return false
}

// stays checks a page for what would let a browser show it again without asking,
// when a cart has been filled meanwhile.
func (p *person) stays(name string, got reply) {
	said := strings.Join(got.header["Cache-Control"], ",")
	if got.status == http.StatusOK && strings.HasPrefix(got.header.Get("Content-Type"), "text/html") && !strings.Contains(said, "no-cache") && !strings.Contains(said, "no-store") {
		p.market.problem("%s: a browser may show the page again without asking: %q (%s)", name, said, got.header.Get("Cache-Status"))
	}
}

// look checks an answer for anything that is another's.
func (p *person) look(name string, got reply, secrets ...string) {
	m := p.market
	own := slices.Concat(secrets, tagsIn(got.body), mailsIn(got.body))
	for _, line := range got.header["Set-Cookie"] {
		c, err := http.ParseSetCookie(line)
		if err == nil && c.MaxAge >= 0 && len(c.Value) >= 16 && (m.isSession(c.Name) && !slices.Contains(m.known.common, c.Name) || strings.HasPrefix(c.Name, "falo_")) {
			own = append(own, c.Value)
		}
	}
	for _, field := range m.known.secretFields {
		own = append(own, got.header[field]...)
	}
	var head strings.Builder
	for name, values := range got.header {
		for _, v := range values {
			head.WriteString(name + ": " + v + "\n")
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, secret := range own {
		if whose, known := m.owners[secret]; known && whose != p.name {
			m.found = append(m.found, problem(fmt.Sprintf("%s: %s was shown %q of %s", name, p.name, secret, whose)))
		} else {
			m.owners[secret] = p.name
		}
	}
	for secret, whose := range m.owners {
		if whose != p.name && (strings.Contains(got.body, secret) || strings.Contains(head.String(), secret)) && !slices.Contains(own, secret) {
			m.found = append(m.found, problem(fmt.Sprintf("%s: %s got %q of %s in the answer", name, p.name, secret, whose)))
		}
	}
}

// isSession reports whether a cookie makes pages somebody's own.
func (m *market) isSession(name string) bool {
	return slices.ContainsFunc(m.places.Sessions, func(pattern string) bool { return preset.NameMatches(pattern, name) })
}

// view is what a page says of whom it is for.
type view struct {
	status                     int
	tags, items, mails, prices string
	notes, words               string // what the shop says to this person, and in which language
}

func viewOf(got reply) view {
	return view{
		got.status, strings.Join(tagsIn(got.body), " "), strings.Join(itemsIn(got.body), " "), strings.Join(mailsIn(got.body), " "),
		strings.Join(pricesIn(got.body), " "), strings.Join(betweens(got.body, "<", `role="alert">`), " "),
		strings.Join(betweens(got.body, `"`, ` lang="`, `"title":"`), " "),
	}
}

// compare opens a page and checks that it says of this person what the bare shop
// says.
func (p *person) compare(c toyshop.Call) reply {
	known := p.session()
	bare := viewOf(p.send(p.request(c), p.bare))
	got := p.ask(c)
	p.differ(c, got, bare, known)
	return got
}

// check does so with an answer that came already.
func (p *person) check(c toyshop.Call, got reply) {
	p.differ(c, got, viewOf(p.send(p.request(c), p.bare)), p.session())
}

// differ compares. Of somebody who came without a session a page may show another
// one each time.
func (p *person) differ(c toyshop.Call, got reply, bare view, known bool) {
	has := viewOf(got)
	if !known && has.items == "" && has.mails == "" {
		has.tags, bare.tags = "", ""
	}
	if has != bare {
		p.market.problem("%s: %s sees %+v through the edge (%s), and the bare shop shows %+v", c.Name, p.name, has, got.header.Get("Cache-Status"), bare)
	}
}

// compareAll does so with every page that can show something, the cart included.
func (p *person) compareAll() {
	for _, c := range slices.Concat(p.market.places.Shareable, p.market.places.Private) {
		p.compare(c)
	}
}

// has reports whether the cart holds the person's article.
func (p *person) has() bool {
	return strings.Contains(p.walk(p.market.places.ReadCart).body, `"`+p.article)
}

// fills puts the article into the cart by one of the ways the shop has, and sees
// that it is there.
func (p *person) fills(how string, calls []toyshop.Call) {
	if calls == nil {
		return
	}
	got := p.walk(calls)
	if !p.has() {
		p.market.problem("%s added by %s, and the cart is empty; the last answer was %d %.300s", p.name, how, got.status, got.body)
	}
}

// splitList is a field's list, without spaces.
func splitList(line string) []string {
	parts := strings.Split(line, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}
