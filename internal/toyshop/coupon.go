package toyshop

import (
	"net/http"
	"strconv"
	"strings"
)

// Coupon is the one code that the imitations of WooCommerce, PrestaShop and OpenCart take.
// Pages and interfaces show the lower sum; the till asks for the whole.
const Coupon = "FALA10"

// couponOff is what it takes off, in percent.
const couponOff = 10

// useCoupon keeps a code with a session, if it is one that counts.
func (s *Shop) useCoupon(session, code string) bool {
	if session == "" || !strings.EqualFold(strings.TrimSpace(code), Coupon) {
		return false
	}
	t := s.guise.tastes.get(session)
	t.coupon = Coupon
	s.guise.tastes.put(session, t)
	return true
}

// dropCoupon forgets it.
func (s *Shop) dropCoupon(session string) {
	t := s.guise.tastes.get(session)
	t.coupon = ""
	s.guise.tastes.put(session, t)
}

// Amount is a price as programs read it, in the visitor's currency.
func (p *sheet) Amount(grosze int) string {
	if p.currency == "EUR" {
		grosze = (grosze*100 + euro/2) / euro
	}
	return strconv.FormatFloat(float64(grosze)/100, 'f', 2, 64)
}

// Currency is the visitor's, by its code.
func (p *sheet) Currency() string {
	if p.currency == "EUR" {
		return "EUR"
	}
	return "PLN"
}

// wooCouponNonce is that of the script of the cart's page.
func (s *Shop) wooCouponNonce(v visit) string { return s.seal("apply-coupon", v.session)[:10] }

// wooCoupon answers the script with the notice it shows.
func (s *Shop) wooCoupon(v visit) (answer, error) {
	code := v.form.Get("coupon_code")
	a := answer{kind: "ajax"}
	switch {
	case v.form.Get("security") != s.wooCouponNonce(v):
		a.status, a.body = http.StatusForbidden, []byte("-1")
	case s.useCoupon(v.session, code):
		a.body = []byte(`<div class="woocommerce-message" role="alert">Kupon został pomyślnie zastosowany.</div>`)
	default:
		a.body = []byte(`<ul class="woocommerce-error" role="alert"><li>Kupon nie istnieje!</li></ul>`)
	}
	return a, nil
}

// psVoucher is the form of the cart's page, which shows the page again.
func (s *Shop) psVoucher(v visit) (answer, error) {
	if v.arg("token") == psToken(s, v) {
		if v.has("deleteDiscount") {
			s.dropCoupon(v.session)
		} else {
			s.useCoupon(v.session, v.form.Get("discount_name"))
		}
	}
	return s.showCart(v)
}

// ocCoupon answers the script of the cart's page.
func (s *Shop) ocCoupon(v visit) (answer, error) {
	if !s.useCoupon(v.session, v.form.Get("coupon")) {
		return ocSays(map[string]any{"error": "Kupon jest nieprawidłowy albo wygasł!"}), nil
	}
	return ocSays(map[string]any{"success": "Twój kupon został zastosowany!"}), nil
}
