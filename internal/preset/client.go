package preset

import "net/http"

// prefetched reports whether the client says that nobody has asked for the page
// yet: browsers' speculation, and the Facebook app fetching links that appear
// on the screen.
func prefetched(h http.Header) bool {
	return mentions(h["Sec-Purpose"], "prefetch") ||
		mentions(h["Purpose"], "prefetch") ||
		mentions(h["X-Purpose"], "preview") ||
		mentions(h["X-Moz"], "prefetch") ||
		mentions(h["X-Fb-Http-Engine"], "liger")
}

// robot reports whether a user agent calls itself a crawler or link preview.
// Tools such as curl do not: somebody may be behind them.
func robot(h http.Header) bool {
	for _, ua := range h["User-Agent"] {
		if robotAgent(ua) {
			return true
		}
	}
	return false
}

func robotAgent(ua string) bool {
	for i := range len(ua) {
		switch rest := ua[i:]; ua[i] | 0x20 {
		case 'b':
			// Googlebot/2.1, Slackbot-LinkExpanding, TelegramBot; but not the phones
			// of the maker Cubot.
			if hasFold(rest, "bot") && !(len(rest) > 3 && isLetter(rest[3])) && !(i >= 2 && hasFold(ua[i-2:], "cubot")) {
				return true
			}
		case 'c':
			if hasFold(rest, "crawl") || hasFold(rest, "cardyb") {
				return true
			}
		case 'e':
			// facebookexternalhit, meta-externalagent, meta-externalfetcher.
			if hasFold(rest, "externalhit") || hasFold(rest, "externalagent") || hasFold(rest, "externalfetcher") {
				return true
			}
		case 's':
			if hasFold(rest, "spider") || hasFold(rest, "snap url preview") || hasFold(rest, "skypeuripreview") {
				return true
			}
		case 'w':
			// The sender's phone fetches the preview: "WhatsApp/2.23 A".
			if i == 0 && hasFold(rest, "whatsapp/") {
				return true
			}
		case 'a', 'f', 'm', 'p':
			// Servers of the fediverse fetch what is behind each link that they show.
			if hasFold(rest, "mastodon/") || hasFold(rest, "misskey/") || hasFold(rest, "pleroma ") || hasFold(rest, "akkoma ") || hasFold(rest, "friendica ") {
				return true
			}
		case 'k':
			if hasFold(rest, "kakaotalk-scrap") {
				return true
			}
		case 'l':
			if hasFold(rest, "line-poker") || hasFold(rest, "lemmy/") {
				return true
			}
		case '+' | 0x20:
			// "(compatible; Name/1.0; +https://...)" is how robots name their page.
			if ua[i] == '+' && hasFold(rest, "+http") {
				return true
			}
		}
	}
	return false
}

// signed reports whether a request carries a payment provider's signature. It
// proves nothing here: only the shop can check it.
func signed(h http.Header) bool {
	for _, name := range signatures {
		if len(h[name]) > 0 {
			return true
		}
	}
	return false
}

// signatures are the fields providers sign their notifications with.
var signatures = [...]string{
	"Openpayu-Signature", "X-Openpayu-Signature", // PayU
	"X-Jws-Signature",         // Tpay
	"Stripe-Signature",        // Stripe
	"Paypal-Transmission-Sig", // PayPal
	"X-Imoje-Signature",       // imoje
	"Signature",               // Paynow
}

// scripted reports whether a script asks rather than a navigation.
func scripted(h http.Header) bool {
	return mentions(h["X-Requested-With"], "xmlhttprequest") || mentions(h["Sec-Fetch-Dest"], "empty")
}

// ownPage reports whether a script of a page of this very host asks, by what browsers say
// of themselves: the page's address (RFC 9110, 10.1.3), and nothing to the contrary in
// Sec-Fetch-Site. The server of a storefront elsewhere that passes a browser's fields on
// says another host's page, and one that asks for itself says none.
func ownPage(host string, h http.Header) bool {
	from, site := h["Referer"], h["Sec-Fetch-Site"]
	if host == "" || len(from) != 1 || len(site) > 1 || len(site) == 1 && site[0] != "same-origin" {
		return false
	}
	page, _ := afterScheme(from[0])
	return len(page) > len(host) && page[len(host)] == '/' && sameFold(page[:len(host)], host)
}

// mentions reports whether a value contains word (in lower case).
func mentions(lines []string, word string) bool {
	for _, l := range lines {
		for i := range len(l) - len(word) + 1 {
			if hasFold(l[i:], word) {
				return true
			}
		}
	}
	return false
}

// hasFold reports whether s begins with prefix, which is in lower case.
func hasFold(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if lower(s[i]) != prefix[i] {
			return false
		}
	}
	return true
}

// sameFold reports whether two names are equal without regard to ASCII case.
func sameFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c |= 0x20
	}
	return c
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
