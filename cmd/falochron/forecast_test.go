package main

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/forecast"
)

// A time that has passed today is tomorrow's, by the calendar: on the last Sunday of
// October a day has 25 hours.
func TestMomentsAsPeopleTypeThem(t *testing.T) {
	warsaw, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 10, 24, 20, 30, 0, 0, warsaw)
	for s, want := range map[string]string{
		"":                          "2026-10-24T20:30:00+02:00",
		"21:00":                     "2026-10-24T21:00:00+02:00",
		"20:30":                     "2026-10-24T20:30:00+02:00",
		"20:00":                     "2026-10-25T20:00:00+01:00",
		"2026-12-01 20:00":          "2026-12-01T20:00:00+01:00",
		"2026-12-01T20:00:00+05:00": "2026-12-01T20:00:00+05:00",
		"at eight":                  "at eight",
	} {
		if got := moment(s, now); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

func TestForecastSpeaksTheLanguageOfItsUser(t *testing.T) {
	for _, tc := range []struct {
		flag, all, messages, lang string
		want                      forecast.Language
	}{
		{"", "", "", "", forecast.English}, {"", "", "", "pl_PL.UTF-8", forecast.Polish}, {"", "C", "", "pl_PL.UTF-8", forecast.English},
		{"", "", "pl_PL", "en_GB", forecast.Polish}, {"en", "", "", "pl_PL.UTF-8", forecast.English}, {"pl", "", "", "", forecast.Polish},
	} {
		t.Setenv("LC_ALL", tc.all)
		t.Setenv("LC_MESSAGES", tc.messages)
		t.Setenv("LANG", tc.lang)
		if got, err := (&forecastOptions{lang: tc.flag}).language(); err != nil || got != tc.want {
			t.Errorf("%+v: %v, %v", tc, got, err)
		}
	}
	for _, tc := range []struct {
		all, ctype, lang, term string
		want                   bool
	}{
		{"", "", "", "", true}, {"", "", "pl_PL.UTF-8", "xterm", true}, {"", "", "en_GB.utf8", "", true}, {"C", "", "en_GB.UTF-8", "", false},
		{"", "en_GB.ISO-8859-1", "en_GB.UTF-8", "", false}, {"", "", "", "dumb", false},
	} {
		t.Setenv("LC_ALL", tc.all)
		t.Setenv("LC_CTYPE", tc.ctype)
		t.Setenv("LANG", tc.lang)
		t.Setenv("TERM", tc.term)
		if got := unicodeTerminal(); got != tc.want {
			t.Errorf("%+v: %v", tc, got)
		}
	}
}

// No line is longer than the page, in either language; the picture is well-formed
// whatever a name holds; the figures for programs are numbers.
func TestForecastFitsItsPage(t *testing.T) {
	c, err := config.LoadCampaign("../../campaign.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c.Name, c.Posts[0].Name = `"<script>" & ą`, "a name so long that it has to be broken into lines, & <so> on and on and on and on"
	a := forecast.Imagine(c.Plain(&config.History{}), 1, 60).Answer()
	for _, l := range []forecast.Language{forecast.English, forecast.Polish} {
		for _, plain := range []bool{true, false} {
			page := forecastPage(a, l, plain)
			for line := range strings.Lines(page) {
				if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > pageWidth || strings.HasSuffix(line, " \n") {
					t.Errorf("%d characters: %q", n, line)
				}
			}
			if plain && strings.ContainsAny(page, "▁▂▃▄▅▆▇█▓░─└▲") {
				t.Error("block characters on a plain page")
			}
		}
		d := xml.NewDecoder(strings.NewReader(string(forecastPicture(a, l))))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := json.Marshal(forecastJSON(a, l)); err != nil {
			t.Error(err)
		}
	}
}

// The band is drawn as it is: dark up to what nine in ten reach, solid up to the
// middle, light up to what one in ten exceeds.
func TestBandIsDrawnAsItIs(t *testing.T) {
	column := func(by brush, r forecast.Range) (s string) {
		for row := range 6 {
			s += string(by.cell(r, float64(row), 1))
		}
		return s
	}
	for _, tc := range []struct {
		r             forecast.Range
		blocks, plain string
	}{
		{forecast.Range{Low: 1, Mid: 2.5, High: 4}, "▓█▅░  ", "=##.  "},
		{forecast.Range{Low: 0, Mid: 0.1, High: 5.2}, "▁░░░░ ", "..... "},
		{forecast.Range{}, "      ", "      "},
	} {
		if got := column(blocks, tc.r); got != tc.blocks {
			t.Errorf("%v: %q, want %q", tc.r, got, tc.blocks)
		}
		if got := column(letters, tc.r); got != tc.plain {
			t.Errorf("%v, plain: %q, want %q", tc.r, got, tc.plain)
		}
	}
	for x, want := range map[float64]float64{0: 1, 1: 1, 1.2: 1.5, 33: 40, 0.07: 0.08, 900: 1000} {
		if got := nice(x); got < want*0.999 || got > want*1.001 {
			t.Errorf("nice(%g) = %g, want %g", x, got, want)
		}
	}
}
