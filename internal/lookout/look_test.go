package lookout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

const offer = `<script type="application/ld+json">{"@type":"Product","offers":{"@type":"Offer","price":"59.00","priceCurrency":"PLN","availability":"https://schema.org/InStock"}}</script>`

// shop is a shop behind a function, as the edge is.
type shop struct {
	handler http.HandlerFunc
	asked   []string
	fail    error
}

func (s *shop) fetch(_ context.Context, r *http.Request) (*http.Response, error) {
	s.asked = append(s.asked, r.Host+r.URL.RequestURI())
	if s.fail != nil {
		return nil, s.fail
	}
	rec := httptest.NewRecorder()
	s.handler(rec, r)
	return rec.Result(), nil
}

func announced(link string, price float64, coupon string) plan.Look {
	l := plan.Look{Domains: []string{"lip.example", "www.lip.example"}, Link: link, Price: price, Coupon: coupon, Of: map[plan.CheckKind]string{plan.LinkCheck: link}}
	if price > 0 {
		l.Of[plan.PriceCheck] = fmt.Sprint(price)
	}
	if coupon != "" {
		l.Of[plan.CouponCheck] = coupon
	}
	return l
}

func page(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, body)
	}
}

// What a stranger is shown, and what is said of it.
func TestLooks(t *testing.T) {
	const link = "https://lip.example/p?utm=ola#top"
	answer := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	leads := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/p" {
				w.Header().Set("Location", to)
				w.WriteHeader(http.StatusFound)
				return
			}
			page(offer)(w, r)
		}
	}
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		price   float64
		want    string
	}{
		{"well", page(offer), 59, "link right; price right"},
		{"no price announced", page(offer), 0, "link right"},
		{"another price", page(offer), 69, "link right; price wrong: 59.00 PLN"},
		{"no price on the page", page("<h1>Pomadka</h1> 59,00 zł"), 59, "link right; price open: the page does not say it in a form that programs read"},
		{"one of several variants", page(strings.ReplaceAll(offer, `"price":"59.00"`, `"lowPrice":49,"highPrice":59`)), 59, "link right; price right"},
		{"none of several", page(strings.ReplaceAll(offer, `"price":"59.00"`, `"lowPrice":49,"highPrice":89`)), 59, "link right; price wrong: the page names several: 49.00 PLN, 89.00 PLN"},
		{"sold out", page(strings.ReplaceAll(offer, "InStock", "OutOfStock")), 59, "link wrong: the shop says that it is sold out; price right"},
		{"not there", answer(404, "text/html", offer), 59, "link wrong: the page answers 404; price open: the link does not work"},
		{"broken", answer(503, "text/html", offer), 59, "link wrong: the page answers 503; price open: the link does not work"},
		{"we are refused", answer(429, "text/html", ""), 59, "link open: the page answers 429; price open: the link does not work"},
		{"a soft 404", page("<title>Nie znaleziono strony</title>"), 59, "link wrong: the shop says that there is no such page; price open: the link does not work"},
		{"a draft", page(`<meta name="robots" content="noindex">` + offer), 59, "link open: the page asks search engines to leave it out: is it finished?; price right"},
		{"within the shop", leads("/produkt/pomadka/"), 59, "link right; price right"},
		{"to another of its names", leads("https://www.lip.example/produkt"), 59, "link right; price right"},
		{"to the front page", leads("/"), 59, "link wrong: it leads to another page, /; price open: the link does not work"},
		{"elsewhere", leads("https://evil.example/p"), 59, "link wrong: it leads elsewhere, to evil.example; price open: the link does not work"},
		{"elsewhere, by a name with what is not shown", leads("https://e%D8%9Cv%C2%ADil.example/p"), 59, "link wrong: it leads elsewhere, to evil.example; price open: the link does not work"},
		{"inside", leads("http://169.254.169.254/latest/meta-data"), 59, "link wrong: it leads elsewhere, to 169.254.169.254; price open: the link does not work"},
		{"with a password", leads("https://lip.example@evil.example/"), 59, "link wrong: it leads elsewhere, to evil.example; price open: the link does not work"},
		{"to a file", leads("file:///etc/passwd"), 59, "link wrong: it leads elsewhere; price open: the link does not work"},
		{"in circles", leads("/p"), 59, "link wrong: it redirects without an end; price open: the link does not work"},
		{"a picture", answer(200, "image/png", "\x89PNG\r\n\x1a\n"), 59, "link wrong: it is no page, but image/png; price open: the link does not work"},
		{"a picture that says it is a page", answer(200, "text/html", "\x89PNG\r\n\x1a\n"+offer), 59, "link wrong: it is no page, but image/png; price open: the link does not work"},
		{"an archive that says it is a page", answer(200, "text/html", "PK\x03\x04"), 59, "link wrong: it is no page, but application/zip; price open: the link does not work"},
		{"JSON", answer(200, "application/json", `{"price":59}`), 59, "link wrong: it is no page, but application/json; price open: the link does not work"},
		{"a page without a type", answer(200, "", "<html>"+offer), 59, "link right; price right"},
		{"a type of nonsense", answer(200, ";;;", "<html>"+offer), 59, "link right; price right"},
	} {
		s := &shop{handler: tc.handler}
		checks, err := Look(t.Context(), Config{Fetch: s.fetch, Pause: time.Microsecond}, announced(link, tc.price, ""))
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if got := said(checks); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
		if s.asked[0] != "lip.example/p?utm=ola" || len(s.asked) > maxHops {
			t.Errorf("%s: asked for %q", tc.name, s.asked)
		}
		for _, a := range s.asked {
			if !strings.HasPrefix(a, "lip.example/") && !strings.HasPrefix(a, "www.lip.example/") {
				t.Errorf("%s: asked for %s", tc.name, a)
			}
		}
		for _, c := range checks {
			if c.Of == "" || len([]rune(c.With)) > 120 {
				t.Errorf("%s: %+v", tc.name, c)
			}
		}
	}
}

func said(checks []plan.Check) string {
	var out []string
	for _, c := range checks {
		s := string(c.What) + " " + string(c.Result)
		if f := c.Found().EN; f != "" {
			s += ": " + f
		}
		if c.Why == plan.FoundElsewhere && c.With == "" {
			s += ": it leads elsewhere"
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

// A link to a host that is not the shop's is not asked for at all.
func TestForeignLinksAreNotAsked(t *testing.T) {
	for _, link := range []string{"https://evil.example/", "http://127.0.0.1/", "ftp://lip.example/x", "https://lip.example:x/", "//lip.example/p", "https://u:p@lip.example/", "", "javascript:alert(1)"} {
		s := &shop{handler: page(offer)}
		checks, err := Look(t.Context(), Config{Fetch: s.fetch, Pause: time.Microsecond}, announced(link, 0, ""))
		if err != nil || len(s.asked) > 0 || checks[0].Result != plan.Wrong {
			t.Errorf("%q: %v, %v, %v", link, checks, s.asked, err)
		}
	}
	// Of a shop that has said no names, the link's own host is one, and no other.
	l := announced("https://any.example/p", 0, "")
	l.Domains = nil
	s := &shop{handler: page(offer)}
	if checks, err := Look(t.Context(), Config{Fetch: s.fetch}, l); err != nil || checks[0].Result != plan.Right {
		t.Error(checks, err)
	}
}

// The stranger is fresh, says who it is, keeps the cookies that it is given, and asks no
// more than once in a while.
func TestTheStranger(t *testing.T) {
	var times []time.Time
	s := &shop{handler: func(w http.ResponseWriter, r *http.Request) {
		times = append(times, time.Now())
		if r.UserAgent() != Agent || r.Header.Get("Accept-Encoding") != "identity" {
			t.Errorf("%v", r.Header)
		}
		if r.URL.Path == "/p" {
			if len(r.Cookies()) > 0 {
				t.Errorf("came with %v", r.Cookies())
			}
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "1", Path: "/"})
			http.Redirect(w, r, "/q", http.StatusFound)
			return
		}
		if c, err := r.Cookie("session"); err != nil || c.Value != "1" {
			t.Errorf("came again with %v", r.Cookies())
		}
		page(offer)(w, r)
	}}
	if _, err := Look(t.Context(), Config{Fetch: s.fetch, Pause: 50 * time.Millisecond}, announced("https://lip.example/p", 0, "")); err != nil {
		t.Fatal(err)
	}
	if len(times) != 2 || times[1].Sub(times[0]) < 45*time.Millisecond {
		t.Errorf("%v", times)
	}
}

// A page of any length is read in part, and a body that does not end is left.
func TestHugeBodies(t *testing.T) {
	read := 0
	s := &shop{handler: page(offer)}
	endless := func(ctx context.Context, r *http.Request) (*http.Response, error) {
		resp, err := s.fetch(ctx, r)
		resp.Body = io.NopCloser(io.MultiReader(resp.Body, counted{&read}))
		return resp, err
	}
	checks, err := Look(t.Context(), Config{Fetch: endless}, announced("https://lip.example/p", 59, ""))
	if err != nil || said(checks) != "link right; price right" || read > 2*maxBody {
		t.Errorf("%s, %v, %d bytes", said(checks), err, read)
	}
}

// counted gives bytes without an end.
type counted struct{ n *int }

func (c counted) Read(b []byte) (int, error) {
	*c.n += len(b)
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

// In a wave nothing is looked at, and nothing is said; a shop that is dead is wrong.
func TestBusyAndDead(t *testing.T) {
	s := &shop{handler: page(offer)}
	if _, err := Look(t.Context(), Config{Fetch: s.fetch, Calm: func() bool { return false }}, announced("https://lip.example/p", 59, "")); falochron.KindOf(err) != falochron.Unavailable || len(s.asked) > 0 {
		t.Errorf("%v, asked %v", err, s.asked)
	}
	s.fail = errors.New("connection refused")
	checks, err := Look(t.Context(), Config{Fetch: s.fetch, Calm: func() bool { return true }}, announced("https://lip.example/p", 59, ""))
	if err != nil || said(checks) != "link wrong: the shop does not answer; price open: the link does not work" {
		t.Errorf("%s, %v", said(checks), err)
	}
	// It became busy while it was asked: that is no word about the link.
	calm := true
	fetch := func(context.Context, *http.Request) (*http.Response, error) {
		calm = false
		return nil, errors.New("no slot")
	}
	if _, err := Look(t.Context(), Config{Fetch: fetch, Calm: func() bool { return calm }}, announced("https://lip.example/p", 59, "")); falochron.KindOf(err) != falochron.Unavailable {
		t.Error(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Look(over, Config{Fetch: s.fetch}, announced("https://lip.example/p", 59, "")); falochron.KindOf(err) != falochron.Unavailable {
		t.Error(err)
	}
}

// With a coupon the price may be that of the cart.
func TestCoupons(t *testing.T) {
	for _, tc := range []struct {
		name  string
		tried Tried
		err   error
		price float64
		want  string
	}{
		{"taken", Tried{Result: plan.Right}, nil, 59, "link right; coupon right; price right"},
		{"the price is the page's", Tried{Result: plan.Right, Total: 53.1}, nil, 59, "link right; coupon right; price right"},
		{"the price is the cart's", Tried{Result: plan.Right, Total: 53.1}, nil, 53.1, "link right; coupon right; price right"},
		{"the price is neither", Tried{Result: plan.Right, Total: 53.1}, nil, 49, "link right; coupon right; price wrong: 59.00 PLN"},
		{"the cart's sum is not known", Tried{Result: plan.Right}, nil, 53.1, "link right; coupon right; price open: without the coupon it is 59.00 PLN"},
		{"a higher price cannot come of a coupon", Tried{Result: plan.Right}, nil, 69, "link right; coupon right; price wrong: 59.00 PLN"},
		{"refused", Tried{Result: plan.Wrong, Why: plan.FoundRefused}, nil, 53.1, "link right; coupon wrong: the shop does not take it; price wrong: 59.00 PLN"},
		{"it broke", Tried{}, errors.New("cut"), 53.1, "link right; coupon open: the shop said neither yes nor no; price open: without the coupon it is 59.00 PLN"},
	} {
		s := &shop{handler: page(offer)}
		checks, err := Look(t.Context(), Config{Fetch: s.fetch, Coupon: func(_ context.Context, page *url.URL, code string) (Tried, error) {
			if page.Path != "/p" || code != "OLA10" {
				t.Errorf("%s %s", page, code)
			}
			return tc.tried, tc.err
		}}, announced("https://lip.example/p", tc.price, "OLA10"))
		if err != nil || said(checks) != tc.want {
			t.Errorf("%s: %q, %v; want %q", tc.name, said(checks), err, tc.want)
		}
	}
	s := &shop{handler: page(offer)}
	checks, err := Look(t.Context(), Config{Fetch: s.fetch}, announced("https://lip.example/p", 0, "OLA10"))
	if err != nil || said(checks) != "link right; coupon open: nobody has described how it is entered in this shop" {
		t.Errorf("%s, %v", said(checks), err)
	}
}
