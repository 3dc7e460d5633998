package lookout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// Agent is what the stranger calls itself, so that a shop's owner finds it in his log. It
// begins as browsers do and names no robot: shops give robots other pages.
const Agent = "Mozilla/5.0 (compatible) Falochron-Lookout/1"

// Bounds of one look.
const (
	maxBody   = 2 << 20 // bytes read of a page; what a page says of its article stands in front
	maxHops   = 5       // redirects followed
	eachTime  = 20 * time.Second
	pauseBase = time.Second // between two requests, unless the caller says otherwise
)

// Config says how a shop is reached.
type Config struct {
	// Fetch sends one request to the shop, whatever host it names, and returns the answer
	// without following redirects and without cookies of its own. The caller closes it.
	Fetch func(context.Context, *http.Request) (*http.Response, error)
	Calm  func() bool   // asked before each request: false ends the look; nil = always calm
	Pause time.Duration // between two requests; 0 = one second
	// Coupon tries a code on the article of a page, in a cart of its own that is emptied
	// again; nil = nobody can.
	Coupon func(ctx context.Context, page *url.URL, code string) (Tried, error)
}

// Tried is what came of a coupon.
type Tried struct {
	Result plan.CheckResult
	Why    string  // one of the plan's Found constants; empty where it was taken
	Total  float64 // of the cart with one article and the coupon; 0 is not known
}

// Look looks at all that was announced of a post, and returns a check of each, without a
// time: it was just now. The error
// is [falochron.Unavailable] where the shop is busy now or ctx has ended: nothing was found out
// then, and it is to be looked at again later.
func Look(ctx context.Context, cfg Config, post plan.Look) ([]plan.Check, error) {
	if cfg.Pause <= 0 {
		cfg.Pause = pauseBase
	}
	jar, _ := cookiejar.New(nil) // never fails
	v := &visit{cfg: cfg, jar: jar, post: &post}
	page, link, err := v.link(ctx)
	if err != nil {
		return nil, err
	}
	checks := []plan.Check{link}
	of := func(what plan.CheckKind) *plan.Check {
		checks = append(checks, plan.Check{What: what, Of: post.Of[what], Result: plan.Open, Why: plan.FoundWithoutLink})
		return &checks[len(checks)-1]
	}
	var tried *Tried
	if post.Of[plan.CouponCheck] != "" {
		c := of(plan.CouponCheck)
		if page != nil {
			if tried, err = v.coupon(ctx, page); err != nil {
				return nil, err
			}
			c.Result, c.Why = tried.Result, tried.Why
		}
	}
	if post.Of[plan.PriceCheck] != "" {
		c := of(plan.PriceCheck)
		if page != nil {
			v.price(c, page, tried)
		}
	}
	return checks, nil
}

// visit is one look.
type visit struct {
	cfg  Config
	jar  http.CookieJar
	post *plan.Look
	last time.Time // when the last request began
}

// errBusy tells a look that has to wait from a shop that does not answer.
var errBusy = errors.New("the shop is busy, or nobody waits any more")

// busy is the error of a look that has to wait.
func busy(err error) error {
	return &falochron.Error{Kind: falochron.Unavailable, Op: "look at a post", Public: "the shop is busy now", Hint: "it is looked at again when it is calm", Err: errors.Join(errBusy, err)}
}

// once sends one request, when its time has come.
func (v *visit) once(ctx context.Context, u *url.URL) (*http.Response, []byte, error) {
	if wait := time.Until(v.last.Add(v.cfg.Pause)); !v.last.IsZero() && wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		}
	}
	if ctx.Err() != nil || v.cfg.Calm != nil && !v.cfg.Calm() {
		return nil, nil, busy(ctx.Err())
	}
	v.last = time.Now()
	each, cancel := context.WithTimeout(ctx, eachTime)
	defer cancel()
	r, err := http.NewRequestWithContext(each, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, fmt.Errorf("an address of the shop: %w", err)
	}
	r.Header = http.Header{
		"Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}, "Accept-Encoding": {"identity"}, "Accept-Language": {"pl,en;q=0.7"}, "User-Agent": {Agent},
	}
	for _, c := range v.jar.Cookies(u) {
		r.AddCookie(c)
	}
	resp, err := v.cfg.Fetch(each, r)
	if err != nil {
		if ctx.Err() != nil || v.cfg.Calm != nil && !v.cfg.Calm() {
			return nil, nil, busy(err) // it may be alive and have no time for us
		}
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if ctx.Err() != nil {
		return nil, nil, busy(ctx.Err())
	}
	if err != nil && len(body) == 0 {
		return nil, nil, err
	}
	v.jar.SetCookies(u, resp.Cookies())
	return resp, body, nil
}

// link follows the link to its page; the page is nil where there is none to look at.
func (v *visit) link(ctx context.Context) (*Page, plan.Check, error) {
	c := plan.Check{What: plan.LinkCheck, Of: v.post.Of[plan.LinkCheck], Result: plan.Wrong}
	u, err := url.Parse(v.post.Link)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		c.Why, c.With = plan.FoundElsewhere, short(v.post.Link)
		return nil, c, nil
	}
	asked := u
	for range maxHops {
		if !v.own(u) {
			c.Why, c.With = plan.FoundElsewhere, short(u.Hostname())
			return nil, c, nil
		}
		at := *u
		at.Fragment, at.RawFragment = "", ""
		resp, body, err := v.once(ctx, &at)
		switch {
		case errors.Is(err, errBusy):
			return nil, c, err
		case err != nil:
			c.Why = plan.FoundSilent
			return nil, c, nil
		}
		if to := resp.Header.Get("Location"); resp.StatusCode/100 == 3 && to != "" {
			next, err := at.Parse(to)
			if err != nil {
				c.Why, c.With = plan.FoundElsewhere, short(to)
				return nil, c, nil
			}
			u = next
			continue
		}
		page := v.judge(&c, asked, &at, resp, body)
		return page, c, nil
	}
	c.Why = plan.FoundEndless
	return nil, c, nil
}

// own reports whether an address is on one of the shop's names. Of a shop that has said
// none it is the host of the link.
func (v *visit) own(u *url.URL) bool {
	if u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return false
	}
	for _, d := range v.post.Domains {
		if strings.EqualFold(u.Hostname(), d) {
			return true
		}
	}
	link, err := url.Parse(v.post.Link)
	return len(v.post.Domains) == 0 && err == nil && strings.EqualFold(u.Host, link.Host)
}

// judge says whether an answer is the page of something that can be bought.
func (v *visit) judge(c *plan.Check, asked, at *url.URL, resp *http.Response, body []byte) *Page {
	if resp.StatusCode != http.StatusOK {
		c.Why, c.With = plan.FoundStatus, strconv.Itoa(resp.StatusCode)
		if resp.StatusCode == http.StatusTooManyRequests {
			c.Result = plan.Open // it refuses us, not the fans
		}
		return nil
	}
	if kind := kindOf(resp.Header.Get("Content-Type"), body); kind != "" {
		c.Why, c.With = plan.FoundNotHTML, short(kind)
		return nil
	}
	page := Read(body)
	page.At = at
	switch front := at.Path == "" || at.Path == "/"; {
	case front && asked.Path != "" && asked.Path != "/":
		c.Why, c.With = plan.FoundOtherPage, "/"
		return nil
	case page.Missing && len(page.Offers) == 0:
		c.Why = plan.FoundNoPage
		return nil
	case page.soldOut():
		c.Why = plan.FoundSoldOut
	case page.Hidden || strings.Contains(strings.ToLower(strings.Join(resp.Header.Values("X-Robots-Tag"), " ")), "noindex"):
		c.Result, c.Why = plan.Open, plan.FoundNoIndex
	default:
		c.Result = plan.Right
	}
	return page
}

// kindOf is what an answer is, if it is no page, whatever it calls itself.
func kindOf(said string, body []byte) string {
	kind, _, err := mime.ParseMediaType(said)
	switch {
	case said == "", err != nil:
		kind = "text/html"
	case kind != "text/html" && kind != "application/xhtml+xml":
		return kind
	}
	seen, _, _ := strings.Cut(http.DetectContentType(bytes.TrimSpace(body[:min(len(body), 512)])), ";")
	if !strings.HasPrefix(seen, "text/") {
		return seen
	}
	return ""
}

// coupon has the code tried.
func (v *visit) coupon(ctx context.Context, page *Page) (*Tried, error) {
	if v.cfg.Coupon == nil {
		return &Tried{Result: plan.Open, Why: plan.FoundNotKnown}, nil
	}
	t, err := v.cfg.Coupon(ctx, page.At, v.post.Coupon)
	if err != nil {
		if ctx.Err() != nil || v.cfg.Calm != nil && !v.cfg.Calm() {
			return nil, busy(err)
		}
		return &Tried{Result: plan.Open, Why: plan.FoundNoWord}, nil
	}
	return &t, nil
}

// price compares what is announced with what the page says, and with what the cart came
// to where there is a coupon.
func (v *visit) price(c *plan.Check, page *Page, tried *Tried) {
	prices := page.prices()
	want := v.post.Price
	var said []string
	lowest := 0.0
	for _, p := range prices {
		if near(p.Amount, want) {
			c.Result, c.Why = plan.Right, ""
			return
		}
		if lowest == 0 || p.Amount < lowest {
			lowest = p.Amount
		}
		if len(said) < 4 {
			said = append(said, p.String())
		}
	}
	switch {
	case len(prices) == 0:
		c.Result, c.Why = plan.Open, plan.FoundNoPrice
		return
	case tried != nil && tried.Result == plan.Right && tried.Total > 0 && near(tried.Total, want):
		c.Result, c.Why = plan.Right, ""
		return
	case tried != nil && tried.Total == 0 && tried.Result != plan.Wrong && want < lowest:
		c.Result, c.Why, c.With = plan.Open, plan.FoundBeforeCode, strings.Join(said, ", ")
		return
	}
	c.Result, c.Why, c.With = plan.Wrong, plan.FoundPrice, strings.Join(said, ", ")
	if len(prices) > 1 {
		c.Why = plan.FoundPrices
	}
}

// near reports whether two prices are the same to the last coin.
func near(a, b float64) bool { return a-b < 0.005 && b-a < 0.005 }

// short is what a shop wrote, for people: the plan keeps 120 characters, and none that are
// not shown or turn the rest around.
func short(s string) string {
	s = strings.Map(func(r rune) rune {
		if r > 0x2000 || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "..."
	}
	return s
}
