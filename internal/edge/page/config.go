package page

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/falochron/falochron"
)

// Bounds of what a shop may set. With them, and with all that a first visit brings,
// the waiting page stays under 12.5 KB, header fields included.
const (
	maxShopName = 60  // characters
	maxSupport  = 200 // characters per language
	maxLogoPath = 200 // bytes
)

// Config is what a shop may set about its pages. The zero value is valid.
type Config struct {
	// ShopName is shown at the top and in titles, at most 60 characters. Empty
	// means the pages say "the shop".
	ShopName string
	// LogoURL is a path on the shop's own host ("/logo.png"), at most 200 bytes.
	// Another host is refused: it would see every waiting fan, and would be the
	// next thing to break. It should be a file that the edge can keep. Empty
	// means no logo.
	LogoURL string
	// Colour is the shop's colour as "#rgb" or "#rrggbb". What it is used for is
	// darkened or lightened until it can be read (WCAG AA). Empty means sea blue.
	Colour string
	// SupportText is a line of plain text at the foot of every page, by language
	// ("pl", "en"), at most 200 characters each: how to reach the shop.
	SupportText map[string]string
	// DefaultLang is for visitors who accept neither Polish nor English. Empty
	// means "pl".
	DefaultLang string
	// Statuses are the HTTP statuses of waiting.
	Statuses Statuses
	// Claim is how long a called place is kept for someone who is away. Zero
	// means 15 minutes. It is only told here; the room keeps it.
	Claim time.Duration
	// Location is the time zone of announced starts. Nil means that of the [View], and
	// time.Local where it has none.
	Location *time.Location
}

// Statuses are the HTTP statuses of waiting: each 503 (default when zero), 429,
// 202 or 200. Crawlers understand 503; some CDNs replace the body of a 503 with
// their own page and need 200 or 202.
type Statuses struct {
	Page   int // answer to a navigation: the waiting page
	Script int // answer to a script's request: JSON
}

// Pages renders the pages of one shop. It is immutable and safe for concurrent use.
type Pages struct {
	cfg   Config
	langs map[string]*language
	deflt *language
	ink   ink
	style string
	theme theme
}

// New checks cfg and prepares the pages. Every fault is named at once, in one
// [falochron.Error] of kind Invalid.
func New(cfg Config) (*Pages, error) { return newPages(cfg, themeAuto) }

func newPages(cfg Config, th theme) (*Pages, error) {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }

	cfg.ShopName = strings.TrimSpace(cfg.ShopName)
	if n := utf8.RuneCountInString(cfg.ShopName); n > maxShopName {
		fault("shop name has %d characters, at most %d fit", n, maxShopName)
	}
	if why := checkLogo(cfg.LogoURL); why != "" {
		fault("logo %.60q %s", cfg.LogoURL, why)
	}
	brand, err := parseColour(cfg.Colour)
	if err != nil {
		fault("%v", err)
	}
	for lang, text := range cfg.SupportText {
		if words[lang] == nil {
			fault("support text is in %q, write \"pl\" or \"en\"", lang)
		}
		if n := utf8.RuneCountInString(text); n > maxSupport {
			fault("support text (%s) has %d characters, at most %d fit", lang, n, maxSupport)
		}
	}
	if cfg.DefaultLang == "" {
		cfg.DefaultLang = "pl"
	}
	if words[cfg.DefaultLang] == nil {
		fault("default language is %q, write \"pl\" or \"en\"", cfg.DefaultLang)
	}
	for _, s := range []*int{&cfg.Statuses.Page, &cfg.Statuses.Script} {
		if *s == 0 {
			*s = 503
		}
		if !slices.Contains([]int{200, 202, 429, 503}, *s) {
			fault("status of waiting is %d, write 503, 429, 202 or 200", *s)
		}
	}
	if cfg.Claim == 0 {
		cfg.Claim = 15 * time.Minute
	}
	if cfg.Claim < time.Minute {
		fault("claim time is %v, at least one minute is needed to unlock a phone", cfg.Claim)
	}
	if len(faults) > 0 {
		slices.Sort(faults)
		return nil, &falochron.Error{
			Kind: falochron.Invalid, Op: "prepare pages",
			Public: strings.Join(faults, "; "),
			Hint:   "correct the page settings of this shop",
		}
	}

	p := &Pages{cfg: cfg, langs: map[string]*language{}, ink: mix(brand), theme: th}
	if err := p.prepare(); err != nil {
		return nil, &falochron.Error{Kind: falochron.Internal, Op: "prepare pages", Err: err}
	}
	return p, nil
}

// checkLogo returns what is wrong with a logo's address, or "".
func checkLogo(s string) string {
	if s == "" {
		return ""
	}
	if _, ok := LocalPath(s); !ok || len(s) > maxLogoPath {
		return "must be a path on the shop's own host, as /logo.png"
	}
	return ""
}
