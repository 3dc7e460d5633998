package toyshop

import (
	"net/http"
	"strings"
	"testing"
)

// What imitations do besides: tokens of scripts, orders by them, forms in lists, banks.

// With its token a script sees what is its own, and without it what everybody does.
func TestTokensSayWhoseItIs(t *testing.T) {
	eachGuise(t, Config{}, func(t *testing.T, s *stage, p Places) {
		if p.Token.Field == "" {
			t.Skip("has none")
		}
		g := s.guest(p, "swieca-molo", "ola@example.com").anonymous()
		g.words["token"] = "0123456789abcdef"
		g.all(p.Token.Get)
		for _, c := range p.Token.Reads {
			_, all := g.do(c)
			res, own := g.do(c.with(p.Token.Field, p.Token.Value))
			if all == own || len(res.Cookies()) > 0 {
				t.Errorf("%s: %v %s", c.Name, res.Cookies(), own)
			}
			if res, again := s.guest(p, "swieca-molo", "ewa@example.com").do(c); again != all && !strings.Contains(res.Header.Get("Content-Type"), "html") {
				t.Errorf("%s: two strangers are told %s and %s", c.Name, all, again)
			}
			if _, forged := g.do(c.with(p.Token.Field, "x")); strings.Contains(forged, "swieca-molo\"") && strings.Contains(own, "data-item") {
				t.Errorf("%s: any token will do: %s", c.Name, forged)
			}
		}
	})
}

// From a list the article comes into the cart by the form that this visitor was shown,
// and by nobody else's.
func TestListsSell(t *testing.T) {
	eachGuise(t, Config{}, func(t *testing.T, s *stage, p Places) {
		for _, calls := range p.Lists {
			g, other := s.guest(p, "swieca-molo", "ola@example.com"), s.guest(p, "swieca-molo", "ewa@example.com")
			for _, c := range calls[:len(calls)-1] {
				other.do(c)
				g.do(c)
			}
			add := calls[len(calls)-1]
			other.words, g.words = g.words, other.words
			if res, _ := g.do(add); res.StatusCode < 400 || strings.Contains(g.cart(p), "swieca-molo") {
				t.Errorf("a foreign form is taken: %d", res.StatusCode)
			}
			other.words, g.words = g.words, other.words
			if g.do(add); !strings.Contains(g.cart(p), "swieca-molo") {
				t.Error("her own form is not taken")
			}
		}
	})
}

// The other way to an order books one.
func TestTheOtherWaySells(t *testing.T) {
	eachGuise(t, Config{}, func(t *testing.T, s *stage, p Places) {
		if p.Else == nil {
			t.Skip("has one way")
		}
		g := s.guest(p, "swieca-molo", "ola@example.com")
		said := ""
		for _, c := range p.Else {
			res, body := g.all([]Call{c})
			said += res.Header.Get("Location") + body
		}
		if !strings.Contains(said, p.ElseDone) {
			t.Error(said)
		}
		if st := s.stats(); st.Orders != 1 || len(st.Charges) != 1 || st.Charges[0].Email != "ola@example.com" {
			t.Errorf("%+v", st)
		}
	})
}

// Sylius's buyers leave for the bank and come back by an address that nobody can guess,
// and a notice to a payment method is believed by its signature alone.
func TestSyliusBanks(t *testing.T) {
	as(t, "sylius", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		g.all(p.AddByScript)
		g.all(p.Order)
		g.all(p.Leaves)
		back := g.anonymous()
		for _, c := range p.Returns {
			if res, _ := back.do(c); res.StatusCode != http.StatusFound || res.Header.Get("Location") != "/pl_PL/order/thank-you" {
				t.Errorf("%s: %d %v", c.Name, res.StatusCode, res.Header)
			}
		}
		pay := g.words["payum"]
		for _, guess := range []string{"x", strings.Repeat("0", 40), pay[:39] + "f", pay[:32] + "00000002"} {
			if res, _ := back.do(get("guess", "/payment/capture/"+guess)); res.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d", guess, res.StatusCode)
			}
		}
		if res, _ := back.do(get("guess", "/pl_PL/order/0000000000"+hex8(1)+"/pay")); res.StatusCode != http.StatusNotFound {
			t.Errorf("a guessed order: %d", res.StatusCode)
		}
		if res, _ := back.do(p.Notices[0]); res.StatusCode != http.StatusForbidden {
			t.Errorf("a notice without a signature: %d", res.StatusCode)
		}
	})
}

// A currency is chosen by a link, and the choice is in a cookie of the channel.
func TestSyliusCurrency(t *testing.T) {
	as(t, "sylius", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		g.do(get("choice", "/pl_PL/switch-currency/EUR"))
		if _, body := g.do(p.Home); g.cookie(syMoney) != "EUR" || !strings.Contains(body, "€") {
			t.Errorf("%q: %s", g.cookie(syMoney), body)
		}
		g.do(get("choice", "/pl_PL/switch-currency/PLN"))
		if _, body := g.do(p.Home); g.cookie(syMoney) != "" || strings.Contains(body, "€") {
			t.Errorf("%q: %s", g.cookie(syMoney), body)
		}
	})
}

// Drupal gives pages without a session a time, and calls those with a cart's token
// public, too; who comments without a session is let past caches for a while. By https
// its session is called otherwise.
func TestDrupalPagesHaveATime(t *testing.T) {
	as(t, "drupalcommerce", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		const public = "max-age=60, public"
		for _, c := range p.Shareable {
			if res, _ := g.do(c); res.Header.Get("Cache-Control") != public || res.Header.Get("Vary") != "" {
				t.Errorf("%s: %v", c.Name, res.Header)
			}
		}
		g.words["note"] = "Czy to wegańskie?"
		if res, _ := g.all(p.Writes); sets(res, drNoCache) == nil || sets(res, "SESS") != nil {
			t.Errorf("%v", res.Header)
		}
		if _, body := s.guest(p, "swieca-molo", "ewa@example.com").do(p.Home); !strings.Contains(body, "Czy to wegańskie?") {
			t.Error("the comment is not there")
		}
		byScript := g.anonymous()
		byScript.words["token"] = "made-up-by-the-script"
		byScript.all(p.Token.Get)
		if res, body := byScript.do(p.Home.with(p.Token.Field, "made-up-by-the-script")); res.Header.Get("Cache-Control") != public || !strings.Contains(body, `data-item="swieca-molo"`) {
			t.Errorf("%v %s", res.Header, body)
		}
		res, _ := g.all([]Call{p.AddByForm[0], p.AddByForm[1].with("X-Forwarded-Proto", "https")})
		if sets(res, "SSESS") == nil || sets(res, "SESS") != nil {
			t.Errorf("by https: %v", res.Header)
		}
		if res, body := g.do(p.Home); res.Header.Get("Cache-Control") == public || !strings.Contains(body, `data-item="swieca-molo"`) {
			t.Errorf("with a session: %v", res.Header)
		}
	})
}

// Shopware's landing page says that it is one, and answers to scripts bring a session of
// their own, even those that are public.
func TestShopwareBesides(t *testing.T) {
	as(t, "shopware6", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		if _, body := g.do(get("landing", "/premiera")); !strings.Contains(body, `<body class="is-ctl-landingpage is-act-`) {
			t.Errorf("%s", body)
		}
		c, seen := p.Token.Reads[0], map[string]bool{}
		for range 3 {
			res, _ := g.do(c)
			seen[res.Header.Get("Sw-Context-Token")] = true
			if !strings.Contains(res.Header.Get("Cache-Control"), "public") || len(res.Cookies()) > 0 {
				t.Errorf("%v", res.Header)
			}
		}
		if len(seen) != 3 {
			t.Errorf("%d sessions for three", len(seen))
		}
		if res, body := g.do(p.Fresh[0]); res.Header.Get("Cache-Control") != "no-cache, private" || !strings.Contains(body, `data-available="true"`) {
			t.Errorf("%v %s", res.Header, body)
		}
	})
}

// Saleor's pictures lead to files, and a number that is none to nothing.
func TestSaleorPictures(t *testing.T) {
	as(t, "saleor", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		g.do(p.Product)
		res, _ := g.do(p.Pictures[0])
		if res.StatusCode != http.StatusFound || !s.files.has(res.Header.Get("Location")) {
			t.Errorf("%d %v", res.StatusCode, res.Header)
		}
		if res, _ := g.do(get("none", "/thumbnail/"+saID("Product", "101")+"/256/")); res.StatusCode != http.StatusNotFound {
			t.Errorf("%d", res.StatusCode)
		}
	})
}

// The picture that a sender has to read is another one each time.
func TestWooCommerceRefillsItsForms(t *testing.T) {
	as(t, "woocommerce", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		seen := map[string]bool{}
		for range 5 {
			if res, body := g.do(p.Fresh[0]); res.StatusCode != 200 || res.Header.Get("Cache-Control") != "" || len(g.words["code"]) != 10 {
				t.Errorf("%d %v %s", res.StatusCode, res.Header, body)
			}
			seen[g.words["code"]] = true
		}
		if len(seen) != 5 {
			t.Errorf("%d pictures", len(seen))
		}
	})
}
