package toyshop

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// What imitations do when somebody follows a link of theirs, and what besides pages of the
// catalogue is another thing for each visitor.

// An action that asks to be told of news is for customers, a list's form adds what it wants
// some of and nothing else, and PayPal's way back knows who has a cart.
func TestZenCartActions(t *testing.T) {
	as(t, "zencart", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		leads := func(c Call, to string) {
			t.Helper()
			if res, _ := g.do(c); res.Header.Get("Location") != to {
				t.Errorf("%s leads to %q, want %q", c.Name, res.Header.Get("Location"), to)
			}
		}
		notify := get("notify", zenPage("index", "action", "notify", "products_id", "101"))
		express := get("express", "/ipn_main_handler.php?type=ec&token=EC-1&PayerID=A")
		rest := get("rest", "/ppr_listener.php?op=return&token=1&PayerID=A")
		leads(notify, zenPage("login"))
		leads(express, zenPage("shopping_cart"))
		leads(rest, zenPage("index"))
		g.do(p.AddFromList[0])
		all := p.AddFromList[1]
		all.Form = append(slices.Clone(all.Form), Field{"products_id[101]", "0"}, Field{"products_id[102]", ""})
		leads(all, zenPage("shopping_cart"))
		if body := g.cart(p); strings.Count(body, "<tr data-item=") != 1 {
			t.Errorf("in the cart: %s", body)
		}
		leads(express, zenPage("checkout_confirmation"))
		leads(rest, zenPage("checkout_confirmation"))
		g.all(p.SignIn)
		leads(notify, zenPage("product_info", "products_id", "101"))
	})
}

// A language is chosen by a link, which leads back to where it was and nowhere else, and
// what leads there does not say who may keep it.
func TestOpenCartChoosesALanguageByALink(t *testing.T) {
	as(t, "opencart", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		link := func(code, back string) (*http.Response, string) {
			return g.do(get("language", ocRoute("common/language.save", "code", code, "redirect", url.QueryEscape(back))))
		}
		res, _ := link("en-gb", "http://shop.test/index.php?route=product/search")
		if to := res.Header.Get("Location"); to != "http://shop.test/index.php?route=product/search" || g.cookie("language") != "en-gb" || res.Header.Get("Cache-Control") != "" {
			t.Errorf("%d %v", res.StatusCode, res.Header)
		}
		if _, body := g.do(p.Home); !strings.Contains(body, `<html lang="en"`) {
			t.Errorf("home: %.60s", body)
		}
		if res, _ := link("xx", "http://evil.test/"); res.Header.Get("Location") != ocRoute("common/home") || g.cookie("language") != "en-gb" {
			t.Errorf("elsewhere: %v", res.Header)
		}
	})
}

// A letter is heard with the word of the session's own last picture, and with no other.
func TestOpenCartWantsTheWordOfItsPicture(t *testing.T) {
	as(t, "opencart", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		picture := get("picture", "/index.php?route=extension/opencart/captcha/basic.captcha", Take{Word: "word", Before: `y="24">`, After: "<"})
		send := post("letter", ocRoute("information/contact.send"), "email", "{email}", "enquiry", "Czy krem jest wegański?", "captcha", "{word}")
		other := s.guest(p, "swieca-molo", "eve@example.com")
		other.do(picture)
		for _, x := range []struct {
			who, word string
			heard     bool
		}{{"without a picture", "", false}, {"with another's word", other.words["word"], false}} {
			g.words["word"] = x.word
			if _, body := g.do(send); strings.Contains(body, `"success"`) {
				t.Errorf("%s: %s", x.who, body)
			}
		}
		if _, body := g.do(get("contact", ocRoute("information/contact"))); !strings.Contains(body, picture.Path) {
			t.Errorf("the form shows no picture: %s", body)
		}
		res, _ := g.do(picture)
		if res.Header.Get("Content-Type") != "image/svg+xml" || res.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%v", res.Header)
		}
		if _, body := g.do(send); !strings.Contains(body, `"success"`) {
			t.Errorf("with one's own word: %s", body)
		}
	})
}

// Each store of an installation has a theme of its own, which names pages in its own way.
func TestOpenCartStoresHaveTheirThemes(t *testing.T) {
	as(t, "opencart", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		for host, want := range map[string][2]string{
			"shop.test": {"product-info", "product-category"}, "stary.shop.test": {"product-product", "product-category"}, "moda.shop.test": {"moda-product", "moda-category"},
		} {
			g.change = func(r *http.Request) { r.Host = host }
			for i, c := range []Call{p.Product, p.Category} {
				if _, body := g.do(c); !strings.Contains(body, `<body id="`+want[i]+`"`) {
					t.Errorf("%s: %s is no %s", host, c.Name, want[i])
				}
			}
		}
	})
}

// The currency is the session's; the cookie of that name is read by nobody. A list's buttons
// have the key of the session, too.
func TestOpenMageKeepsTheCurrencyInTheSession(t *testing.T) {
	as(t, "openmage", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		g.do(p.Home)
		g.do(get("euro", "/directory/currency/switch/currency/EUR"))
		if _, body := g.do(p.Product); !strings.Contains(body, "18,58\u00a0€") || g.cookie("currency") != "EUR" {
			t.Errorf("in euro, with %q: %s", g.cookie("currency"), body)
		}
		other := s.guest(p, "swieca-molo", "eve@example.com")
		other.change = func(r *http.Request) { r.Header.Set("Cookie", "currency=EUR") }
		if _, body := other.do(p.Product); !strings.Contains(body, "79,90\u00a0zł") {
			t.Errorf("by the cookie alone: %s", body)
		}
		other = s.guest(p, "swieca-molo", "eve@example.com")
		other.do(p.AddFromList[0])
		g.words["key"] = other.words["key"]
		if g.do(p.AddFromList[1]); strings.Contains(g.cart(p), "swieca-molo") {
			t.Error("another's key is good enough")
		}
		if g.all(p.AddFromList); !strings.Contains(g.cart(p), "swieca-molo") {
			t.Error("one's own is not")
		}
	})
}

// The link of a mail brings a customer's cart to whatever browser it is opened in, and
// her with it; one that somebody made up brings nothing. A guest is given none.
func TestPrestaShopBringsBackACart(t *testing.T) {
	as(t, "prestashop", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		later := p.Cart.taking(Take{Word: "later", Before: `id="later" readonly value="`, After: `"`})
		g.all(p.AddByScript)
		if g.do(later); g.words["later"] != "" {
			t.Errorf("a guest is given %s", g.words["later"])
		}
		g.all(p.SignIn)
		g.do(later)
		phone := s.guest(p, "swieca-molo", "ola@example.com")
		link, _, _ := strings.Cut(g.words["later"], "&token_cart=")
		phone.do(get("made up", link+"&token_cart=0"))
		if strings.Contains(phone.cart(p), "swieca-molo") {
			t.Error("a made-up link is good enough")
		}
		phone.do(get("link", g.words["later"]))
		if _, body := phone.do(p.Cart); !strings.Contains(body, `data-item="swieca-molo"`) || !strings.Contains(body, "ola@example.com") {
			t.Errorf("by %s: %s", g.words["later"], body)
		}
	})
}

// What a browser reports of itself changes no cart and is answered with nothing.
func TestPrestaShopHearsOfBrowsers(t *testing.T) {
	as(t, "prestashop", Config{}, func(t *testing.T, s *stage, p Places, g *guest) {
		g.all(p.AddByScript)
		res, body := g.do(post("report", "/index.php?controller=statistics", "type", "navinfo", "screen_resolution_x", "390"))
		if res.StatusCode != http.StatusOK || body != "" || !strings.Contains(g.cart(p), "swieca-molo") {
			t.Errorf("%d %q", res.StatusCode, body)
		}
	})
}
