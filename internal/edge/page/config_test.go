package page

import (
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

func TestNewNamesEveryFault(t *testing.T) {
	_, err := New(Config{
		ShopName: strings.Repeat("x", 61), LogoURL: "https://cdn.example/logo.png", Colour: "blue",
		SupportText: map[string]string{"de": "Hallo", "pl": strings.Repeat("x", 201)},
		DefaultLang: "fr", Statuses: Statuses{Page: 404, Script: 500}, Claim: time.Second,
	})
	if err == nil || falochron.KindOf(err) != falochron.Invalid {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{
		"shop name has 61", `logo "https://cdn.example/logo.png" must be a path`, `colour "blue"`,
		`support text is in "de"`, "support text (pl) has 201", `default language is "fr"`,
		"status of waiting is 404", "status of waiting is 500", "claim time is 1s",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not say %q: %v", want, err)
		}
	}
}

func TestLang(t *testing.T) {
	pl, en := mustNew(t, Config{}), mustNew(t, Config{DefaultLang: "en"})
	for header, want := range map[string]string{
		"":                                   "default",
		"pl":                                 "pl",
		"PL-pl,pl;q=0.9,en;q=0.8":            "pl",
		"en-GB,en;q=0.9":                     "en",
		"de-DE,de;q=0.9,en;q=0.8":            "en",
		"uk-UA,uk;q=0.9,pl;q=0.8,en;q=0.7":   "pl",
		"de":                                 "default",
		"pl;q=0.1, en;q=0.9":                 "en",
		"pl;q=0, de":                         "default",
		"pls":                                "default",
		"*":                                  "default",
		";;;,,,":                             "default",
		strings.Repeat("de-DE;q=0.1,", 500):  "default",
		"en\x00":                             "default",
		"csb, en;q=0.2":                      "", // whichever; must not panic
		"  pl-PL  , en;q=0.5":                "pl",
		"fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5": "en",
	} {
		for _, p := range []*Pages{pl, en} {
			w := want
			if w == "default" {
				w = p.cfg.DefaultLang
			}
			if got := p.Lang(header); got != w && w != "" {
				t.Errorf("%.40q (default %s): %s, want %s", header, p.cfg.DefaultLang, got, w)
			}
		}
	}
}

func FuzzLang(f *testing.F) {
	f.Add("pl-PL,pl;q=0.9,en;q=0.8")
	f.Add("en;q=0,*;q=1")
	p := mustNew(f, Config{})
	f.Fuzz(func(t *testing.T, header string) {
		if l := p.Lang(header); l != "pl" && l != "en" {
			t.Errorf("%q: %q", header, l)
		}
	})
}

// Every colour of the cube, in steps, gives text that can be read (WCAG 2.2, 1.4.3).
func TestEveryColourIsReadable(t *testing.T) {
	for r := 0; r < 256; r += 15 {
		for g := 0; g < 256; g += 15 {
			for b := 0; b < 256; b += 15 {
				c := rgb{uint8(r), uint8(g), uint8(b)}
				k := mix(c)
				for what, ratio := range map[string]float64{
					"text on button":     contrast(k.fill, k.onFill),
					"accent on ground":   contrast(k.accentLight, groundLight),
					"accent on card":     contrast(k.accentLight, cardLight),
					"dark accent":        contrast(k.accentDark, groundDark),
					"dark accent, cards": contrast(k.accentDark, cardDark),
				} {
					if ratio < 4.5 {
						t.Fatalf("%v: %s has contrast %.2f", c, what, ratio)
					}
				}
			}
		}
	}
	for what, ratio := range map[string]float64{
		"text": contrast(textLight, cardLight), "muted": contrast(mutedLight, groundLight),
		"dark text": contrast(textDark, cardDark), "dark muted": contrast(mutedDark, groundDark),
	} {
		if ratio < 4.5 {
			t.Errorf("%s has contrast %.2f", what, ratio)
		}
	}
}

func TestLocalPath(t *testing.T) {
	for in, want := range map[string]string{
		"/": "/", "/p/x?utm_source=ig#top": "/p/x?utm_source=ig", "/szukaj?q=a//b": "/szukaj?q=a//b",
		"": "", "p": "", "//evil.example": "", "/\\evil.example": "", "\\/evil": "", "https://evil.example/": "",
		"javascript:alert(1)": "", "/\t/evil.example": "", "/ x": "", "/x\r\nSet-Cookie: a=b": "", "/\x00": "",
		"/.falochron/wait?to=/": "", "/a\\b": "", "/" + strings.Repeat("a", 1024): "",
	} {
		if got, ok := LocalPath(in); got != want || ok != (want != "") {
			t.Errorf("%.40q: %q, %v", in, got, ok)
		}
	}
}
