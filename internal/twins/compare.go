package twins

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// Bounds of what is compared and of what is kept of it.
const (
	MaxBody  = 2 << 20 // bytes of a page; longer ones are not compared, and not shared
	MaxSpans = 50      // places named of one comparison; those that forbid sharing come first
	maxText  = 80      // runes of each side of a place
)

// Visit is what one visitor got.
type Visit struct {
	Status int
	Header http.Header
	Body   []byte // without any Content-Encoding; at most MaxBody bytes
	// Cookies are the values this visitor has been given by the shop. A page that
	// holds one was made for him alone; none of them is ever shown in evidence.
	Cookies []string
	At      time.Time // when it came; zero = numbers are never taken for the time
	// Again are the bodies that the same visitor got when he asked once more; see [Finding].Doubt.
	Again [][]byte
}

// Rules are what is known of a shop beforehand.
type Rules struct {
	// Drops reports which cookies of an answer are not stored with it; nil = none.
	Drops func(cookie string) bool
	// Session are query parameters that carry a session (zenid, SID).
	Session []string
	// Known are names of values that differ and may: each with what a visitor
	// cannot do with a shared page because of it.
	Known map[string]string
	// Articles are names of a form's fields whose value is an article's number, and nothing
	// else.
	Articles []string
	// Own says that whoever had a cart named it in the address: such a request is never
	// answered with what is shared, so that what differs counts for nothing.
	Own bool
}

// Finding is what a comparison came to.
type Finding struct {
	// Spans are the places that differ: those that forbid sharing first, each
	// sort of place once.
	Spans []falochron.Span
	// Alike: nothing differs but what may.
	Alike bool
	// Harm: something differs that surely was made for one visitor, so that
	// somebody else can do nothing with it or could act in his name. False where it
	// is only not known what a difference means.
	Harm bool
	// Doubt: what differs may be what the shop chooses anew for each answer. Asked again
	// ([Visit].Again), all of the visitors prove it, or do not.
	Doubt bool
	// Cart: the page shows a cart to whoever has one.
	Cart bool
	Why  string // the finding in a sentence
}

// Compare compares a page as two strangers got it, and, if cart is not nil, as
// somebody did who has something in the cart. page is its path, for the evidence.
//
// It is pure, and bounded for whatever it is given: a page that is longer than
// [MaxBody], has more than 200,000 pieces or differs in more than 1,500 of them
// is not alike. Of the parts of a page it reads HTML as a browser's tokenizer
// does (HTML, section 13.2.5), scripts and JSON as a row of words.
func Compare(page string, a, b Visit, cart *Visit, rules Rules) Finding {
	c := &comparison{page: page, rules: rules, seed: maphash.MakeSeed(), known: map[string]bool{}}
	if cart == nil {
		c.lists = c.listed(a, b)
		c.heard = answersOf(c.seed, a, b)
		c.pair(a, b, false)
		return c.finding()
	}
	c.remember(*cart)
	c.lists = c.listed(a, b, *cart)
	c.heard = answersOf(c.seed, a, b, *cart)
	c.pair(a, b, false)
	c.pair(a, *cart, true)
	return c.finding()
}

// comparison gathers what two or three visits differ in.
type comparison struct {
	page    string
	rules   Rules
	seed    maphash.Seed
	spans   []falochron.Span
	seen    map[place]bool
	known   map[string]bool // of rules.Known, those met
	harm    bool
	cart    bool
	third   map[uint64]bool   // pieces of what somebody with a cart got
	held    string            // the same, as it is
	heard   []answers         // what each of them got, all times; none = they were asked once
	lists   [][][]articleForm // the forms of articles in each answer that each of them got
	sure    bool              // something differs that is no choice of the shop's
	bad     int               // places that forbid sharing
	excused int               // others
}

type place struct {
	where    string
	harmless bool
	withCart bool
}

func (c *comparison) pair(a, b Visit, cart bool) {
	j := newJudge(c, a, b, cart)
	j.whose = [2]int{0, 1}
	if cart {
		j.whose[1] = 2
	}
	j.answers()
	if j.stopped {
		return
	}
	if !cart {
		j.headers()
	}
	switch {
	case len(a.Body) > MaxBody || len(b.Body) > MaxBody:
		j.note(verdict{where: "answer longer than 2 MiB"}, "", "")
	case markup(a.Header):
		j.pages(a.Body, b.Body)
	default:
		j.script("answer", string(a.Body), string(b.Body), nil)
	}
}

// markup reports whether an answer is a page, by what it says of itself.
func markup(h http.Header) bool {
	t, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && (t == "text/html" || t == "application/xhtml+xml")
}

// verdict is what a difference is taken for.
type verdict struct {
	where    string // begins with a word of a fixed vocabulary; see docs
	harmless bool
	harm     bool // surely made for one visitor
	cart     bool // shows the visitor's cart
}

func (c *comparison) finding() Finding {
	slices.SortStableFunc(c.spans, func(a, b falochron.Span) int {
		if a.Harmless != b.Harmless {
			return cmp.Compare(truth(a.Harmless), truth(b.Harmless))
		}
		return cmp.Compare(truth(a.WithCart), truth(b.WithCart))
	})
	f := Finding{Spans: c.spans, Alike: c.bad == 0, Harm: c.harm, Doubt: c.bad > 0 && !c.sure, Cart: c.cart}
	if len(f.Spans) > MaxSpans {
		f.Spans = f.Spans[:MaxSpans]
	}
	f.Why = c.why(f)
	return f
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// why says a finding in a sentence.
func (c *comparison) why(f Finding) string {
	if !f.Alike {
		worst := f.Spans[0] // of two strangers, if they differ: they come first
		for _, s := range f.Spans {
			if !s.Harmless && s.WithCart == worst.WithCart && reason(s) != unknownReason {
				worst = s
				break
			}
		}
		more := ""
		if c.bad > 1 {
			more = fmt.Sprintf(", and %d more", c.bad-1)
		}
		return reason(worst) + " (" + worst.Where + more + ")"
	}
	said := "what two strangers get is the same"
	if len(f.Spans) > 0 {
		said = "what two strangers get differs in nothing that matters"
	}
	if f.Cart {
		said += "; the cart is shown in the page, so whoever has one gets a page of his own"
	}
	if c.rules.Own {
		own := "the same"
		if slices.ContainsFunc(f.Spans, func(s falochron.Span) bool { return s.WithCart }) {
			own = "another"
		}
		said += "; with a cart in the address it is " + own + ", and such a request is never shared"
	}
	for _, name := range sortedKeys(c.known) {
		said += "; " + c.rules.Known[name]
	}
	return said
}

const unknownReason = "something differs and it is not known what it means"

// reason says why a place forbids sharing.
func reason(s falochron.Span) string {
	word, _, _ := strings.Cut(s.Where, " ")
	switch word {
	case "form":
		if s.WithCart {
			return "a form is made for one visitor once he has a cart"
		}
		return "a form is made for one visitor: another cannot send it"
	case "token":
		return "a script's token is made for one visitor"
	case "session":
		return "the page holds a visitor's own session"
	case "link":
		return "a link carries something of one visitor"
	case "cookie":
		return "the answer sets a cookie that nobody here knows"
	case "header":
		return "a header field differs and it is not known what it means"
	case "cart":
		return "a stranger is shown a cart, which is somebody else's"
	case "answer":
		return "the visitors were not answered alike"
	}
	if s.WithCart {
		return "with something in the cart, something else than the cart differs"
	}
	return unknownReason
}

func sortedKeys(m map[string]bool) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
