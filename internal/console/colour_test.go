package console

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
)

// WCAG 2.2, 1.4.3: "the visual presentation of text […] has a contrast ratio of
// at least 4.5:1"; 1.4.11: "at least 3:1 against adjacent color(s)" for user
// interface components and graphical objects.
func TestColoursKeepTheirContrast(t *testing.T) {
	body, err := files.ReadFile("assets/base.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, ok := strings.Cut(string(body), "prefers-color-scheme: dark")
	if !ok {
		t.Fatal("no dark colours")
	}
	for name, css := range map[string]string{"light": light, "dark": dark} {
		c := make(map[string]string)
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(css, -1) {
			c[m[1]] = m[2]
		}
		for _, pair := range []struct {
			a, b string
			min  float64
		}{
			{"ink", "card", 7}, {"ink", "page", 7}, {"muted", "card", 4.5}, {"muted", "page", 4.5},
			{"accent", "card", 4.5}, {"accent", "page", 4.5}, {"on-accent", "accent", 4.5},
			{"alarm", "card", 4.5}, {"alarm", "page", 4.5}, {"amber", "card", 4.5},
			{"edge", "card", 3}, {"good", "page", 3}, {"water", "card", 3}, {"water", "page", 3},
			{"water-fill", "card", 3}, {"amber-fill", "card", 3}, {"alarm-fill", "card", 3},
			{"good", "card", 3}, {"water-fill", "page", 3}, {"amber-fill", "page", 3}, {"alarm-fill", "page", 3}, {"edge", "page", 3},
		} {
			if c[pair.a] == "" || c[pair.b] == "" {
				t.Fatalf("%s: no colour %s or %s", name, pair.a, pair.b)
			}
			if got := contrast(t, c[pair.a], c[pair.b]); got < pair.min {
				t.Errorf("%s: %s on %s has %.2f, needs %g", name, pair.a, pair.b, got, pair.min)
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var rgb [3]uint8
	if _, err := fmt.Sscanf(hex, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		t.Fatal(hex, err)
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v := float64(rgb[i]) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}
