package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Check is what was found when something of a post was looked at in the shop.
type Check struct {
	What CheckKind `json:"what"`
	// Of is what was looked at, as it was announced then ([Look.Of]): of something else a
	// check says nothing. Empty in a command: as it is announced now.
	Of     string      `json:"of,omitempty"`
	Result CheckResult `json:"result"`
	At     time.Time   `json:"at,omitzero"` // when; zero in a command: now
	// Why is what is there instead, one of the kinds of [Found], and With its value: a
	// price, a status, an address. Both may be empty.
	Why  string `json:"why,omitempty"`
	With string `json:"with,omitempty"`
}

// CheckKind is what was looked at.
type CheckKind string

// The kinds of check.
const (
	LinkCheck   CheckKind = "link"
	PriceCheck  CheckKind = "price"
	CouponCheck CheckKind = "coupon"
)

// CheckResult is how it is in the shop.
type CheckResult string

// The results.
const (
	Right CheckResult = "right"
	Wrong CheckResult = "wrong"
	Open  CheckResult = "open" // it could not be looked at by a program: somebody has to
)

// found is a check that was written down.
type found struct {
	Check
	hand bool // by a person
}

// How often a program looks: a look is good for a day. Within the last day hourly, and an
// hour before; farther ahead than the matrix begins once, when it is announced.
const (
	lookDaily  = 20 * time.Hour
	lookHourly = time.Hour
	lookAhead  = 14 * day
)

// announced is what of a post can be looked at, and as what it was announced; empty:
// nothing was.
func (p *Post) announced(what CheckKind) string {
	switch {
	case p.Link == "":
	case what == LinkCheck:
		return p.Link
	case what == PriceCheck && p.Price > 0:
		return strconv.FormatFloat(p.Price, 'f', -1, 64) + " " + p.Coupon + " " + p.Link
	case what == CouponCheck && p.Coupon != "":
		return p.Coupon + " " + p.Link
	}
	return ""
}

func (RecordChecks) kind() string   { return "checked" }
func (RecordChecks) action() Action { return SayFound }
func (c RecordChecks) scope() scope { return scope{campaign: c.Campaign} }

func (c RecordChecks) decide(b *Book, now time.Time, who Actor) (Command, error) {
	k, _, err := b.running(now, who, c.Campaign)
	if err != nil {
		return nil, err
	}
	p := k.post(c.Post)
	if p == nil || p.State == Cancelled {
		return nil, unknown("post", c.Post)
	}
	if err := b.owns(who, p.Party); err != nil {
		return nil, err
	}
	if len(c.Checks) == 0 {
		return nil, invalid(Reason{Kind: "bad-check"})
	}
	c.Checks = slices.Clone(c.Checks)
	for i := range c.Checks {
		x := &c.Checks[i]
		_, known := foundSentences["found-"+x.Why]
		twice := slices.ContainsFunc(c.Checks[:i], func(o Check) bool { return o.What == x.What })
		if x.What != LinkCheck && x.What != PriceCheck && x.What != CouponCheck || x.Result != Right && x.Result != Wrong && x.Result != Open ||
			x.Why != "" && !known || twice {
			return nil, invalid(Reason{Kind: "bad-check"})
		}
		if x.At = utc(x.At); x.At.IsZero() {
			x.At = now
		}
		of := p.announced(x.What)
		switch {
		case of == "":
			return nil, invalid(Reason{Kind: "nothing-to-check", What: string(x.What)})
		case x.Of != "" && x.Of != of:
			return nil, conflicts(Reason{Kind: "changed-meanwhile"})
		case x.At.After(now.Add(slack)):
			return nil, invalid(Reason{Kind: "in-future", What: "at"})
		case x.At.Before(now.Add(-7 * day)):
			return nil, invalid(Reason{Kind: "long-ago", For: 7 * day})
		}
		if err := text("found", x.With, maxName); err != nil {
			return nil, err
		}
		x.Of = of
	}
	return c, nil
}

// quiet reports that a program found what it had found before.
func (c RecordChecks) quiet(b *Book) bool {
	k := b.campaigns[c.Campaign]
	return k != nil && !slices.ContainsFunc(c.Checks, func(x Check) bool {
		return !slices.ContainsFunc(k.looked[c.Post], func(old found) bool {
			return !old.hand && old.What == x.What && old.Of == x.Of && old.Result == x.Result && old.Why == x.Why && old.With == x.With
		})
	})
}

func (c RecordChecks) tell(b *Book) Reason {
	r := Reason{Kind: "checks-right", What: b.momentOf(c.Campaign, c.Post).what, Ref: c.Post}
	worst := Right
	for _, x := range c.Checks {
		if x.Result == Wrong || x.Result == Open && worst == Right {
			worst = x.Result
		}
	}
	switch worst {
	case Wrong:
		r.Kind = "checks-wrong"
	case Open:
		r.Kind = "checks-open"
	}
	var en, pl []string
	for _, x := range c.Checks {
		if x.Result != worst {
			continue
		}
		w, in := x.Found(), fields[string(x.What)]
		if w == (Words{}) {
			en, pl = append(en, in.EN), append(pl, in.PL)
			continue
		}
		en, pl = append(en, in.EN+" – "+w.EN), append(pl, in.PL+" – "+w.PL)
	}
	r.Found = Words{strings.Join(en, "; "), strings.Join(pl, "; ")}
	return r
}

func (c RecordChecks) apply(b *Book, a *Act) {
	k := b.campaigns[c.Campaign]
	if k == nil {
		return
	}
	hand := a.Actor.Role != Machine
	for _, x := range c.Checks {
		// A program's word and a person's are kept beside each other.
		k.looked[c.Post] = slices.DeleteFunc(k.looked[c.Post], func(old found) bool {
			return old.What == x.What && old.hand == hand && !old.At.After(x.At)
		})
		k.looked[c.Post] = append(k.looked[c.Post], found{x, hand})
	}
}

// check asks what was found of a post.
func (q *question) check(p *Post, m moment, what CheckKind) {
	c, _ := q.k.newest(p, what, q.now)
	r := Reason{What: m.what, Ref: m.id, For: q.now.Sub(c.At), At: c.At.In(q.s.zone), Found: c.Found()}
	status := NotYet
	switch {
	case c.At.IsZero():
		r.Kind = "unchecked-" + string(what)
	case c.Result == Wrong:
		r.Kind, status = "wrong-"+string(what), No
	case c.Result == Open:
		r.Kind = "unlooked-" + string(what)
	case r.For > checkedFor:
		r.Kind = "checked-long-ago-" + string(what)
	default:
		r.Kind, status = "right-"+string(what), OK
	}
	q.item(AboutCheck, status, true, r)
	q.items[len(q.items)-1].Check = what
}

// checks are those of all posts that are not out; without what they are of, for whom
// may not see it.
func (c *campaign) checks(now time.Time, hidden bool) (out []PostCheck) {
	for i := range c.Posts {
		p := &c.Posts[i]
		if p.State != Planned && p.State != Called || c.Cancelled {
			continue
		}
		for _, what := range []CheckKind{LinkCheck, PriceCheck, CouponCheck} {
			if p.announced(what) == "" {
				continue
			}
			x, hand := c.newest(p, what, now)
			if x.What = what; hidden {
				x.Of, x.Why, x.With = "", "", ""
			}
			out = append(out, PostCheck{Post: p.ID, Check: x, Hand: hand})
		}
	}
	return out
}

// newest is what counts of what was found: the newest of what is announced now. That a
// program could not look says nothing against who did within a day.
func (c *campaign) newest(p *Post, what CheckKind, now time.Time) (best Check, hand bool) {
	of, any := p.announced(what), false
	for _, x := range c.looked[p.ID] {
		if x.What != what || x.Of != of {
			continue
		}
		better := x.At.After(best.At)
		if any && (x.Result == Open) != (best.Result == Open) {
			said := x.Check
			if x.Result == Open {
				said = best
			}
			better = (now.Sub(said.At) <= checkedFor) == (x.Result != Open)
		}
		if !any || better {
			best, hand, any = x.Check, x.hand, true
		}
	}
	return best, hand
}

// Look is something of a post that a program is to look at in the shop.
type Look struct {
	Shop     ID
	Domains  []string // of the shop: the link leads to one of them, or there are none
	Campaign ID
	Post     ID
	Link     string
	Price    float64 // 0: not announced
	Coupon   string
	At       time.Time // when the post is to go out
	// Of is what each kind was announced as, for [Check.Of].
	Of map[CheckKind]string
	// Last is when a program last looked; zero: never at what is announced now.
	Last time.Time
	Due  time.Time // when it is to look again; zero: it is not
}

// Looks are all posts that are not out and have a link, by when they are to be looked at.
// They are for Falochron itself.
func (b *Book) Looks(now time.Time) (out []Look) {
	for _, id := range sorted(b.campaigns) {
		k := b.campaigns[id]
		s := b.shops[k.Shop]
		if s.removed || k.over(now) || k.Cancelled {
			continue
		}
		for i := range k.Posts {
			p := &k.Posts[i]
			if p.Link == "" || p.State != Planned && p.State != Called || now.After(p.At.Add(postLasts)) {
				continue
			}
			l := Look{
				Shop: s.ID, Domains: slices.Clone(s.Domains), Campaign: k.ID, Post: p.ID, Link: p.Link, Price: p.Price, Coupon: p.Coupon, At: p.At,
				Of: map[CheckKind]string{},
			}
			first := true
			for _, what := range []CheckKind{LinkCheck, PriceCheck, CouponCheck} {
				of := p.announced(what)
				if of == "" {
					continue
				}
				l.Of[what] = of
				last := k.lastLook(p.ID, what, of)
				if first || last.Before(l.Last) {
					l.Last, first = last, false
				}
			}
			l.Due = l.due(now)
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(x, y Look) int { return x.Due.Compare(y.Due) })
	return out
}

// lastLook is when a program last looked at what is announced as of.
func (c *campaign) lastLook(post ID, what CheckKind, of string) (last time.Time) {
	for _, x := range c.looked[post] {
		if x.What == what && x.Of == of && !x.hand {
			last = later(last, x.At)
		}
	}
	return last
}

// due is when a look is to be taken; zero: not as things are.
func (l *Look) due(now time.Time) time.Time {
	hourBefore := l.At.Add(-lookHourly)
	switch left := l.At.Sub(now); {
	case l.Last.IsZero():
		return now
	case left <= day && l.Last.Before(hourBefore) && l.Last.Add(lookHourly).After(hourBefore):
		return hourBefore
	case left <= day:
		return l.Last.Add(lookHourly)
	case left <= lookAhead:
		// Not later than the last day begins.
		return earlier(l.Last.Add(lookDaily), later(l.At.Add(-day), l.Last.Add(lookHourly)))
	}
	return time.Time{}
}

// Found says in words what is there instead.
func (c *Check) Found() Words {
	w, known := foundSentences["found-"+c.Why]
	if !known || c.Why == "" {
		return Words{c.With, c.With}
	}
	r := Reason{Kind: "found-" + c.Why, Other: c.With}
	if c.With == "" && strings.Contains(w.EN, "{other}") {
		return Words{}
	}
	return Words{r.words(English), r.words(Polish)}
}

// Finding kinds, for [Check.Why]; [foundSentences] has their words.
const (
	FoundStatus      = "status"       // With is the status that the page answers
	FoundElsewhere   = "elsewhere"    // it leads to another host, With
	FoundOtherPage   = "other-page"   // it leads to another page of the shop, With
	FoundNoPage      = "no-page"      // the shop says on a page that it has no such page
	FoundNoIndex     = "no-index"     // the page asks not to be found
	FoundSoldOut     = "sold-out"     // the page says so
	FoundSilent      = "silent"       // the shop does not answer
	FoundNotHTML     = "not-html"     // it is no page but With
	FoundEndless     = "endless"      // it redirects without an end
	FoundPrice       = "price"        // the price is With
	FoundPrices      = "prices"       // there are several: With
	FoundNoPrice     = "no-price"     // the page does not say it so that programs read it
	FoundBeforeCode  = "before-code"  // With, and the coupon may make the difference
	FoundRefused     = "refused"      // the shop does not take the coupon
	FoundNoCart      = "no-cart"      // nothing could be put into a cart
	FoundNotKnown    = "not-known"    // nobody has described how it is tried at this shop
	FoundNoWord      = "no-word"      // the shop's answer says neither yes nor no
	FoundStale       = "stale"        // the page is kept by a cache before the shop
	FoundWithoutLink = "without-link" // the link does not work, so nothing else could be looked at
)

// foundSentences are what is there instead; they are found like sentences.
var foundSentences = map[string]Words{
	"found-status":       {"the page answers {other}", "strona odpowiada {other}"},
	"found-elsewhere":    {"it leads elsewhere, to {other}", "prowadzi gdzie indziej, do {other}"},
	"found-other-page":   {"it leads to another page, {other}", "prowadzi na inną stronę, {other}"},
	"found-no-page":      {"the shop says that there is no such page", "sklep mówi, że takiej strony nie ma"},
	"found-no-index":     {"the page asks search engines to leave it out: is it finished?", "strona prosi wyszukiwarki, by ją pominęły: czy jest gotowa?"},
	"found-sold-out":     {"the shop says that it is sold out", "sklep mówi, że to wyprzedane"},
	"found-silent":       {"the shop does not answer", "sklep nie odpowiada"},
	"found-not-html":     {"it is no page, but {other}", "to nie strona, tylko {other}"},
	"found-endless":      {"it redirects without an end", "przekierowuje bez końca"},
	"found-price":        {"{other}", "{other}"},
	"found-prices":       {"the page names several: {other}", "na stronie jest ich kilka: {other}"},
	"found-no-price":     {"the page does not say it in a form that programs read", "strona nie podaje jej w formie czytelnej dla programów"},
	"found-before-code":  {"without the coupon it is {other}", "bez kuponu jest {other}"},
	"found-refused":      {"the shop does not take it", "sklep go nie przyjmuje"},
	"found-no-cart":      {"nothing could be put into a cart", "nic nie dało się włożyć do koszyka"},
	"found-not-known":    {"nobody has described how it is entered in this shop", "nikt nie opisał, jak się go podaje w tym sklepie"},
	"found-no-word":      {"the shop said neither yes nor no", "sklep nie powiedział ani tak, ani nie"},
	"found-stale":        {"a cache before the shop answered", "odpowiedziała pamięć podręczna przed sklepem"},
	"found-without-link": {"the link does not work", "link nie działa"},
}

// String is the check for logs.
func (c *Check) String() string { return fmt.Sprintf("%s %s %s", c.What, c.Result, c.Found().EN) }
