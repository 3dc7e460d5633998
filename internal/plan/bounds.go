package plan

import (
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds, so that what anybody types is bounded in memory. All are guesses that
// nobody who plans in earnest should meet.
const (
	maxID        = 64  // bytes
	maxName      = 120 // characters
	maxText      = 600
	maxLink      = 1000 // bytes
	maxSteps     = 100
	maxServices  = 40 // of a shop
	maxDomains   = 20
	maxContacts  = 10
	maxPosts     = 50 // of a campaign
	maxEvenings  = 10
	maxWindows   = 200  // of a shop that are not long over
	maxCampaigns = 2000 // of a shop that are not over
	maxGrants    = 200  // of a party that are neither over nor revoked
	maxShops     = 10_000
	maxParties   = 10_000
	maxAudit     = 500 // entries kept in memory of a campaign, shop or party; the store has all
	maxPeople    = 8_000_000_000
	maxAhead     = 2 * 365 * day // of a moment
)

func isID(id ID) bool {
	if len(id) == 0 || len(id) > maxID || id[0] == '-' {
		return false
	}
	for _, c := range []byte(id) {
		if c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// badText says what is wrong with a line of text, or nothing: it is too long, or
// holds characters that are not shown or turn the rest around.
func badText(s string, longest int) string {
	if !utf8.ValidString(s) {
		return "not-text"
	}
	if utf8.RuneCountInString(s) > longest {
		return "too-long"
	}
	for _, r := range s {
		// Cc and Cf but the joiner of emoji; Zl and Zp.
		if unicode.IsControl(r) || r != '\u200d' && unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return "not-text"
		}
	}
	return ""
}

// text refuses a text that is too long or cannot be shown.
func text(field, s string, longest int) error {
	switch badText(s, longest) {
	case "too-long":
		return invalid(Reason{Kind: "too-long", What: field, N: float64(longest)})
	case "not-text":
		return invalid(Reason{Kind: "not-text", What: field})
	}
	return nil
}

// named refuses a name that is empty or cannot be shown.
func named(field, s string) error {
	if strings.TrimSpace(s) == "" {
		return invalid(Reason{Kind: "empty", What: field})
	}
	return text(field, s, maxName)
}

// number refuses a number outside of its bounds; not a number is outside.
func number(field string, x, low, high float64) error {
	if !(x >= low && x <= high) {
		return invalid(Reason{Kind: "out-of-bounds", What: field, N: low, M: high})
	}
	return nil
}

// span refuses a length of time outside of its bounds.
func span(field string, d, low, high time.Duration) error {
	if d < low || d > high {
		return invalid(Reason{Kind: "span-out-of-bounds", What: field, For: high})
	}
	return nil
}

// count refuses more than so many of something.
func count(field string, n, most int) error {
	if n > most {
		return invalid(Reason{Kind: "too-many", What: field, N: float64(most)})
	}
	return nil
}

// link refuses what is no web address of one of the domains.
func link(s string, domains []string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if len(s) > maxLink || badText(s, maxLink) != "" || err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		return invalid(Reason{Kind: "bad-link"})
	}
	for _, d := range domains {
		if strings.EqualFold(u.Hostname(), d) {
			return nil
		}
	}
	if len(domains) > 0 {
		return invalid(Reason{Kind: "foreign-link", What: strings.Join(domains, ", ")})
	}
	return nil
}

// first is the first error of several checks.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
