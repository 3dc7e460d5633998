package toyshop

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/falochron/falochron"
)

// addToCart answers a form with the way to the cart, a script with JSON.
func (s *Shop) addToCart(v visit) (answer, error) {
	slug := v.form.Get("product")
	article, ok := s.shelves.bySlug[slug]
	if !ok {
		return answer{}, wrong(falochron.NotFound, "Nie mamy takiego artykułu.")
	}
	qty := 1
	if text := v.form.Get("qty"); text != "" {
		var err error
		if qty, err = strconv.Atoi(text); err != nil || qty < 1 || qty > maxQty {
			return answer{}, wrong(falochron.Invalid, fmt.Sprintf("Ilość: od 1 do %d.", maxQty))
		}
	}
	if n, err := s.store.available(slug); err != nil {
		return answer{}, err
	} else if n < 1 {
		return answer{}, wrong(falochron.Conflict, article.Name+": wyprzedane.")
	}
	session := v.session
	if session == "" {
		session = newSession()
	}
	if err := s.store.addToCart(session, slug, qty); err != nil {
		return answer{}, err
	}
	a := answer{status: http.StatusSeeOther, location: "/koszyk", private: true}
	if v.json {
		c, err := s.store.cart(session)
		if err != nil {
			return answer{}, err
		}
		a = jsonAnswer(http.StatusOK, map[string]any{"ok": true, "count": c.pieces(), "items": c.products()})
	}
	if v.session == "" {
		a.session = session
	}
	return a, nil
}

func (s *Shop) removeFromCart(v visit) (answer, error) {
	if err := s.store.removeFromCart(v.session, v.form.Get("product")); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusSeeOther, location: "/koszyk", private: true}, nil
}

func (s *Shop) cart(v visit) (answer, error) {
	c, err := s.store.cart(v.session)
	if err != nil {
		return answer{}, err
	}
	l := s.cartLeaf(v, c)
	l.Title, l.Editable = "Koszyk", true
	return answer{private: true, body: s.pages.render("cart", l)}, nil
}

func (s *Shop) checkout(v visit) (answer, error) {
	c, err := s.store.cart(v.session)
	if err != nil {
		return answer{}, err
	}
	if len(c.lines) == 0 {
		return answer{status: http.StatusSeeOther, location: "/koszyk", private: true}, nil
	}
	return s.checkoutPage(v, c, http.StatusOK, ""), nil
}

// checkoutPage shows the form, with a word on what was wrong the last time.
func (s *Shop) checkoutPage(v visit, c cart, status int, text string) answer {
	l := s.cartLeaf(v, c)
	l.Title, l.Text = "Zamówienie", text
	return answer{status: status, private: true, body: s.pages.render("checkout", l)}
}

func (s *Shop) cartLeaf(v visit, c cart) leaf {
	l := leaf{Visitor: Tag(v.session), Email: c.email}
	for _, line := range c.lines {
		a := s.shelves.bySlug[line.product]
		l.Lines = append(l.Lines, leafLine{a, line.qty, line.qty * a.Price})
		l.Total += line.qty * a.Price
	}
	return l
}

// placeOrder books the cart and has the money taken, all in the worker's time,
// whether the buyer still waits or not.
func (s *Shop) placeOrder(v visit) (answer, error) {
	c, err := s.store.cart(v.session)
	if err != nil {
		return answer{}, err
	}
	b := buyer{v.session, strings.TrimSpace(v.form.Get("name")), strings.TrimSpace(v.form.Get("email"))}
	if fault := checkBuyer(b, v.form.Get("blik")); fault != "" && len(c.lines) > 0 {
		return s.checkoutPage(v, c, http.StatusUnprocessableEntity, fault), nil
	}
	if len(c.lines) > 0 {
		if err := s.store.rememberEmail(b.session, b.email); err != nil {
			return answer{}, err
		}
	}
	got, err := s.book(b, c)
	switch {
	case err != nil:
		return answer{}, err
	case got.soldOut != "":
		return answer{}, wrong(falochron.Conflict, s.shelves.bySlug[got.soldOut].Name+": wyprzedane. Niczego nie zamówiono i niczego nie zapłacono.")
	case got.nr == 0:
		return answer{status: http.StatusSeeOther, location: "/koszyk", private: true}, nil
	case !got.again:
		if err := s.provider.charge(got.nr, b.email, got.total); err != nil {
			return answer{}, err
		}
	}
	return answer{status: http.StatusSeeOther, location: fmt.Sprintf("/zamowienie/dziekujemy?nr=%d", got.nr), private: true}, nil
}

// book books as the shop was told to: correctly or with the planted bug.
func (s *Shop) book(b buyer, c cart) (got booking, err error) {
	if s.config.RaceStock {
		return s.store.bookRacy(b, s.shelves.price, raceGap*s.locks.span())
	}
	s.locks.holding(c.products(), func() { got, err = s.store.book(b, s.shelves.price) })
	return got, err
}

// checkBuyer says what is wrong with the form, or "".
func checkBuyer(b buyer, blik string) string {
	at := strings.IndexByte(b.email, '@')
	switch {
	case b.name == "" || utf8.RuneCountInString(b.name) > 100:
		return "Podaj imię i nazwisko."
	case at < 1 || at == len(b.email)-1 || len(b.email) > 200:
		return "Podaj adres e-mail."
	case len(blik) != 6 || strings.Trim(blik, "0123456789") != "":
		return "Podaj sześć cyfr kodu BLIK."
	}
	return ""
}

// thanks shows an order to its buyer. To anybody else, and to a buyer who comes
// back from the bank in another browser, it says nothing personal.
func (s *Shop) thanks(v visit) (answer, error) {
	l := leaf{Title: "Dziękujemy", Visitor: Tag(v.session)}
	if nr, err := strconv.Atoi(v.query.Get("nr")); err == nil && v.session != "" {
		o, err := s.store.order(nr, v.session)
		if err != nil {
			return answer{}, err
		}
		l.Order, l.Total, l.Email, l.Paid = o.nr, o.total, o.email, o.paid
	}
	return answer{private: true, body: s.pages.render("thanks", l)}, nil
}

func jsonAnswer(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		panic("toyshop: " + err.Error()) // our own values
	}
	return answer{status: status, private: true, json: true, body: body}
}
