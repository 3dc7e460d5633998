package toyshop

import (
	"net/http"
	"strconv"
	"strings"
)

// What a shop in a guise does when something is bought: the same as the plain
// one; only the words of the answer are the guise's.

// A choice is an article that goes into a cart.
type choice struct {
	article Article
	qty     int
}

// choose reads a choice from the parameters that a guise has for it. What is no
// quantity is one.
func (s *Shop) choose(number, qty string) (choice, error) {
	a, ok := s.shelves.numbered(number)
	if !ok {
		return choice{}, noArticle()
	}
	return choice{a, quantity(qty)}, nil
}

func quantity(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 1
	}
	return min(n, maxQty)
}

// putInCart reports whether there was any left.
func (s *Shop) putInCart(session string, c choice) (bool, error) {
	n, err := s.store.available(c.article.Slug)
	if err != nil || n < 1 {
		return false, err
	}
	return true, s.store.addToCart(session, c.article.Slug, c.qty)
}

// soldOutText is what a visitor is told.
func soldOutText(a Article) string { return a.Name + ": wyprzedane." }

// A sale is what became of an order in a guise.
type sale struct {
	nr, total int
	fault     string // the form is not filled in well, or the article sold out
	soldOut   bool
	empty     bool // there was nothing to order
}

// sell books the session's cart and charges the buyer.
func (s *Shop) sell(session, name, email, blik string) (sale, error) {
	c, err := s.store.cart(session)
	if err != nil {
		return sale{}, err
	}
	b := buyer{session, strings.TrimSpace(name), strings.TrimSpace(email)}
	if len(c.lines) > 0 {
		if fault := checkBuyer(b, blik); fault != "" {
			return sale{fault: fault}, nil
		}
		if err := s.store.rememberEmail(b.session, b.email); err != nil {
			return sale{}, err
		}
	}
	got, err := s.book(b, c)
	switch {
	case err != nil:
		return sale{}, err
	case got.soldOut != "":
		return sale{soldOut: true, fault: soldOutText(s.shelves.bySlug[got.soldOut]) + " Niczego nie zamówiono i niczego nie zapłacono."}, nil
	case got.nr == 0:
		return sale{empty: true, fault: "Koszyk jest pusty."}, nil
	case !got.again:
		if err := s.provider.charge(got.nr, b.email, got.total); err != nil {
			return sale{}, err
		}
	}
	return sale{nr: got.nr, total: got.total}, nil
}

// sellByForm is sell with the fields of the toy shop's own till.
func (s *Shop) sellByForm(v visit) (sale, error) {
	return s.sell(v.session, v.form.Get("name"), v.form.Get("email"), v.form.Get("blik"))
}

// showCheckout is the form that leads to the order, or the way back to an empty
// cart.
func (s *Shop) showCheckout(v visit) (answer, error) { return s.checkoutAgain(v, http.StatusOK, "") }

// checkoutAgain is the form with a word on what was wrong.
func (s *Shop) checkoutAgain(v visit, status int, fault string) (answer, error) {
	p, err := s.sheet(v, "checkout", "Zamówienie")
	if err != nil {
		return answer{}, err
	}
	if len(p.Lines) == 0 {
		return moved(http.StatusFound, p.To(p.At.Cart)), nil
	}
	p.Text = fault
	a := s.page(v, p, "checkout")
	a.status = status
	return a, nil
}

// orderByForm takes an order as most shops do that have a form for it: thanks
// makes the address of what follows.
func (s *Shop) orderByForm(thanks func(nr int) string) work {
	return func(v visit) (answer, error) {
		sold, err := s.sellByForm(v)
		switch {
		case err != nil:
			return answer{}, err
		case sold.empty:
			return moved(http.StatusFound, s.guise.at.Cart), nil
		case sold.fault != "":
			return s.checkoutAgain(v, http.StatusOK, sold.fault)
		}
		return moved(http.StatusFound, thanks(sold.nr)), nil
	}
}

// showThanks shows an order to the session that made it, and to others nothing.
func (s *Shop) showThanks(number string) work {
	return func(v visit) (answer, error) {
		nr, err := strconv.Atoi(number)
		if err != nil {
			nr = 0
		}
		return s.thanksPage(v, nr, v.session)
	}
}

// showLastThanks is the page of thanks of shops that know the order by the
// session alone.
func (s *Shop) showLastThanks(v visit) (answer, error) {
	nr := 0
	var err error
	if v.session != "" {
		if nr, err = s.store.lastNumber(v.session); err != nil {
			return answer{}, err
		}
	}
	return s.thanksPage(v, nr, v.session)
}

func (s *Shop) thanksPage(v visit, nr int, session string) (answer, error) {
	p, err := s.sheet(v, "thanks", "Dziękujemy")
	if err != nil {
		return answer{}, err
	}
	if nr > 0 && session != "" {
		o, err := s.store.order(nr, session)
		if err != nil {
			return answer{}, err
		}
		if o.email != "" {
			p.Order, p.Total, p.Email, p.Paid = o.nr, o.total, o.email, o.paid
		}
	}
	a := s.page(v, p, "thanks")
	a.personal = a.personal || p.Order != 0
	return a, nil
}

// enter signs a customer in: any address with a password, as the toy shop knows
// everybody. It returns what was wrong, or "".
func (s *Shop) enter(session, email, password string) (string, error) {
	at := strings.IndexByte(email, '@')
	if at < 1 || at == len(email)-1 || len(email) > 200 || password == "" {
		return "Nie znamy takiego adresu albo hasło się nie zgadza.", nil
	}
	return "", s.store.signIn(session, strings.TrimSpace(email))
}

// signInByForm signs in with the fields email and password.
func (s *Shop) signInByForm(v visit) (answer, error) {
	return s.signInWith(v, v.form.Get("email"), v.form.Get("password"))
}

// signInWith signs in and leads to the account, or shows the form again.
func (s *Shop) signInWith(v visit, email, password string) (answer, error) {
	session := v.session
	if session == "" {
		session = newSession()
	}
	fault, err := s.enter(session, email, password)
	if err != nil {
		return answer{}, err
	}
	if fault != "" {
		p, err := s.sheet(v, "account", "Konto")
		if err != nil {
			return answer{}, err
		}
		p.Text = fault
		return s.page(v, p, "account"), nil
	}
	a := moved(http.StatusFound, s.guise.at.Account)
	a.session = session
	return a, nil
}

func (s *Shop) signOut(v visit) (answer, error) {
	if err := s.store.signOut(v.session); err != nil {
		return answer{}, err
	}
	a := moved(http.StatusFound, s.guise.at.Home)
	a.kind = "left"
	return a, nil
}

// removeNumbered takes the article with this number out of the cart.
func (s *Shop) removeNumbered(v visit, number string) error {
	a, ok := s.shelves.numbered(number)
	if !ok {
		return noArticle()
	}
	return s.store.removeFromCart(v.session, a.Slug)
}

// heardOfPayment is the shop's side of a notice of payment, wherever the guise
// has it: the plain shop's, with the signature in the guise's field.
func (s *Shop) heardOfPayment(v visit) (answer, error) {
	v.signed = strings.TrimPrefix(v.header.Get(s.guise.notice.field), s.guise.notice.form)
	a, err := s.paymentNotice(v)
	if err != nil {
		kind, text := s.faultText(callback, err)
		a = jsonAnswer(kind.Status(), map[string]any{"ok": false, "error": text})
	}
	a.kind = "notice"
	return a, nil
}

func itoa(n int) string { return strconv.Itoa(n) }
