package twins

import (
	"strings"
	"unicode"
)

// The words by which places in a page are known, each with what it decides.
// They are compared with whole words of a name: header-cart has two, securityToken
// as well.

// tokenWords name what is made for one visitor so that a form or a script can
// prove that it is his.
var tokenWords = map[string]bool{
	"token": true, "csrf": true, "xsrf": true, "nonce": true, "securitytoken": true, "formkey": true, "authenticity": true,
	"sid": true, "sess": true, "session": true, "sessid": true, "sessionid": true, "phpsessid": true, "jwt": true,
	"auth": true, "authorization": true, "secret": true, "signature": true, "csrftoken": true, "zenid": true,
}

// personWords name somebody.
var personWords = map[string]bool{
	"user": true, "userid": true, "customer": true, "account": true, "login": true, "logged": true, "visitor": true,
	"guest": true, "member": true, "email": true, "mail": true, "phone": true, "klient": true, "uzytkownik": true,
	"firstname": true, "lastname": true,
}

// cartWords name what is about the cart.
var cartWords = map[string]bool{
	"cart": true, "carts": true, "basket": true, "bag": true, "trolley": true, "koszyk": true, "koszyka": true, "koszyku": true,
	"checkout": true, "warenkorb": true, "panier": true, "carrito": true, "carrello": true, "kosik": true, "winkelwagen": true,
}

// historyWords name what a shop shows of what somebody has looked at. Who gets a
// shared page sees nothing there.
var historyWords = map[string]bool{
	"viewed": true, "recent": true, "recently": true, "history": true, "ostatnio": true, "ogladane": true, "watched": true,
}

// noticeWords name where a shop says what it has just done: "added to the cart".
var noticeWords = map[string]bool{
	"message": true, "messages": true, "notice": true, "notices": true, "alert": true, "alerts": true, "flash": true,
	"toast": true, "notification": true, "notifications": true, "komunikat": true,
}

// busters are query parameters that only keep browsers from using an old file.
var busters = map[string]bool{
	"v": true, "ver": true, "version": true, "t": true, "ts": true, "time": true, "timestamp": true, "_": true, "cb": true,
	"rnd": true, "rand": true, "random": true, "nocache": true,
}

// wordsOf splits a name into its words, in small letters: at whatever is no letter
// or digit, and where small letters are followed by a large one.
func wordsOf(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start, was := -1, rune(0)
		for i, c := range name {
			letter := unicode.IsLetter(c) || unicode.IsDigit(c)
			hump := start >= 0 && unicode.IsUpper(c) && unicode.IsLower(was)
			if start >= 0 && (!letter || hump) {
				if !yield(strings.ToLower(name[start:i])) {
					return
				}
				start = -1
			}
			if letter && start < 0 {
				start = i
			}
			was = c
		}
		if start >= 0 {
			yield(strings.ToLower(name[start:]))
		}
	}
}

func hasWord(name string, words map[string]bool) bool {
	for w := range wordsOf(name) {
		if words[w] {
			return true
		}
	}
	return false
}

// aboutToken reports whether a name says that what it names is for one visitor.
func aboutToken(name string) bool {
	return hasWord(name, tokenWords) || strings.Contains(name, "form_key") // Magento, OpenMage
}

func aboutPerson(name string) bool { return hasWord(name, personWords) }

// aboutCart also knows words that are written as one: shoppingcart, cartitems.
// A cartoon is not one.
func aboutCart(name string) bool {
	for w := range wordsOf(name) {
		if cartWords[w] || strings.HasSuffix(w, "cart") || strings.HasSuffix(w, "basket") || strings.HasSuffix(w, "koszyk") {
			return true
		}
		if rest, ok := strings.CutPrefix(w, "cart"); ok && cartParts[rest] {
			return true
		}
	}
	return false
}

var cartParts = map[string]bool{
	"item": true, "items": true, "count": true, "total": true, "totals": true, "qty": true, "quantity": true, "summary": true,
	"content": true, "contents": true, "block": true, "info": true, "link": true, "button": true, "icon": true, "widget": true, "id": true,
}
