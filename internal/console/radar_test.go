package console

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// What the radar shows is made of texts that others chose, as the names of accounts: none
// becomes markup, and all of it reaches the page.
func TestNoTextOfTheRadarBecomesMarkup(t *testing.T) {
	p := NewPages(Config{})
	for _, s := range radarStories() {
		body := func(texts []string) string {
			return render(t, p, roomStory{s.Name, s.Tells, func() View {
				v := s.View()
				spoil(v, texts)
				return v
			}}, "en").Body.String()
		}
		spoilt := body(nasty())
		for _, bad := range []string{"<script>", "<img src=x", "<svg/onload"} {
			if strings.Contains(spoilt, bad) {
				t.Errorf("%s has %s", s.Name, bad)
			}
		}
		if !strings.Contains(html.UnescapeString(spoilt), nasty()[0]) {
			t.Errorf("%s: %q is not there", s.Name, nasty()[0])
		}
		if a, b := elements(body([]string{"word"})), elements(spoilt); a != b {
			t.Errorf("%s has other elements than with harmless words:\n%s\n%s", s.Name, a, b)
		}
	}
}

// The war room shows who comes in a wave, what is done to an attack, and that nothing is
// done in the shadow.
func TestWhatTheRadarAddsToPages(t *testing.T) {
	p := NewPages(Config{})
	pages := map[string]string{}
	for _, s := range radarStories() {
		for _, lang := range []string{"en", "pl"} {
			pages[s.Name+" "+lang] = render(t, p, s, lang).Body.String()
		}
	}
	for page, wants := range map[string][]string{
		"war-room-swell en":  {"More people than usual", "how large it will be is not known yet", "arrivals-curve"},
		"war-room-storm en":  {"about 38,000 people in 10 minutes (26,000–55,000), peak in 40 s", "to come: eight of ten such waves", "fans, 98%", "(87 % sure)"},
		"war-room-storm pl":  {"około 38 000 osób w 10 minut", "co nadejdzie", "fani, 98%"},
		"war-room-attack en": {"attack, 97%", ">in a lane of its own<", "and 3 smaller groups"},
		"war-room-attack pl": {"atak, 97%", ">w osobnej kolejce<", "i jeszcze 3 mniejsze grupy"},
		"war-room-shadow en": {"in a lane of its own (only watched)", "and 1 smaller group<"},
		"war-room-ebb pl":    {"dotąd 36 480 osób, opada"},
		"host-storm en":      {"The wave announced for 20:00"},
	} {
		for _, want := range wants {
			if !strings.Contains(pages[page], want) {
				t.Errorf("%s does not say %q", page, want)
			}
		}
	}
	if strings.Contains(pages["host-storm en"], "@ola") {
		t.Error("a host is told whose post it is")
	}
}
