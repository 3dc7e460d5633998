package e2e

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/falochron/falochron/internal/edge/page"
)

// storybook serves every page with canned data, in a shop's own colour.
func storybook(t *testing.T, colour string) *httptest.Server {
	t.Helper()
	h, err := page.Storybook(page.Config{
		ShopName: "Pracownia Fala", Colour: colour,
		SupportText: map[string]string{
			"pl": "Pytania? Napisz: pomoc@fala.example",
			"en": "Questions? Write to pomoc@fala.example",
		},
	}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// "WCAG 2.2 AA", "works at 320 px": axe-core finds nothing at all, and no page
// scrolls sideways on the narrowest phone, in every state, language and theme. Themes
// are colours: where a page is in the dark what it is in the light, but for them, it is
// only them that are looked at again.
func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	axe := LoadAxe(t)
	b := StartBrowser(t)
	shapes, alike := map[string]string{}, 0 // of light pages, by language and story
	for _, look := range []struct{ theme, colour string }{{"light", "#ffd000"}, {"dark", "#1b2a6b"}} {
		s := storybook(t, look.colour)
		for _, lang := range []string{"pl", "en"} {
			tab := b.Tab(t)
			tab.Phone(320)
			axe.Everywhere(tab)
			for _, story := range page.Stories(lang, time.Now()) {
				name := lang + "-" + look.theme + "-" + story.Name
				tab.Open(s.URL + "/" + lang + "/" + look.theme + "/" + story.Name)
				if got := Eval[string](tab, `document.documentElement.lang`); got != lang {
					t.Errorf("%s: lang is %q", name, got)
				}
				// Closed details hide their text from the checker.
				Eval[bool](tab, `[].forEach.call(document.querySelectorAll('details'), function (d) { d.open = true; }), true`)
				check, is := axe.Check, Eval[string](tab, shape)
				if look.theme == "dark" && is == shapes[lang+story.Name] {
					check = axe.Colours
					alike++
				}
				shapes[lang+story.Name] = is
				for _, v := range check(tab) {
					// The test goes on by itself, with scripts or without: that is what it asks of a
					// browser. Nothing on it has to be read in time, and its button stays.
					if story.Name == "test" && strings.HasPrefix(v, "meta-refresh ") {
						continue
					}
					t.Errorf("%s: %s", name, v)
				}
				if wide := Eval[int](tab, `document.documentElement.scrollWidth`); wide > 320 {
					t.Errorf("%s: %d px wide on a phone of 320", name, wide)
				}
				tab.Picture(name)
			}
			tab.Close()
		}
	}
	t.Logf("%d of %d dark pages are of the shape of the light one", alike, len(shapes))
}

// Every control is reached by Tab alone, in the order of reading, and shows that
// it has the focus.
func TestKeyboardReachesEverything(t *testing.T) {
	t.Parallel()
	s, b := storybook(t, "#0f6e8c"), StartBrowser(t)
	for story, want := range map[string][]string{
		"waiting":   {"A#k", "SUMMARY", "BUTTON"},
		"post-met":  {"SUMMARY", "BUTTON"},
		"prequeue":  {"A#k", "SUMMARY", "SUMMARY", "BUTTON"},
		"soldout":   {"BUTTON", "A#k", "BUTTON"},
		"called":    {"A", "SUMMARY", "BUTTON"},
		"shop-full": {"A"},
	} {
		tab := b.Tab(t)
		tab.Open(s.URL + "/pl/auto/" + story)
		var got []string
		for range want {
			tab.Do(chromedp.KeyEvent(kb.Tab))
			got = append(got, Eval[string](tab, `(function (e) { return e.tagName + (e.id ? '#' + e.id : ''); }(document.activeElement))`))
			if o := Eval[string](tab, `getComputedStyle(document.activeElement).outlineStyle`); o != "solid" {
				t.Errorf("%s: focus on %s is not visible: outline %q", story, got[len(got)-1], o)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: Tab reaches %v, want %v", story, got, want)
		}
	}
}

// The dark look follows the phone's setting, by the very page that travels.
func TestDarkFollowsThePhone(t *testing.T) {
	t.Parallel()
	s, b := storybook(t, ""), StartBrowser(t)
	tab := b.Tab(t)
	ground := map[string]string{}
	for _, scheme := range []string{"light", "dark"} {
		tab.Prefers("prefers-color-scheme", scheme)
		tab.Open(s.URL + "/en/auto/waiting")
		ground[scheme] = Eval[string](tab, `getComputedStyle(document.body).backgroundColor`)
	}
	if ground["light"] != "rgb(243, 248, 251)" || ground["dark"] != "rgb(11, 29, 42)" {
		t.Errorf("grounds are %v", ground)
	}
	for wish, want := range map[string]bool{"reduce": false, "no-preference": true} {
		tab.Prefers("prefers-reduced-motion", wish)
		tab.Open(s.URL + "/en/auto/waiting")
		if a := Eval[string](tab, `getComputedStyle(document.querySelector('.b1')).animationName`); (a != "none") != want {
			t.Errorf("waves move as %s for someone whose wish is %s", a, wish)
		}
	}
}
