package page

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// rgb is a colour in sRGB, 0–255 each.
type rgb struct{ r, g, b uint8 }

// Grounds and fixed inks of the two themes, chosen so that text on ground and
// muted text on ground pass 4.5:1 (tested).
var (
	white = rgb{255, 255, 255}
	black = rgb{0, 0, 0}

	groundLight = rgb{0xf3, 0xf8, 0xfb}
	groundDark  = rgb{0x0b, 0x1d, 0x2a}
	cardLight   = rgb{0xe2, 0xee, 0xf4}
	cardDark    = rgb{0x14, 0x2d, 0x3d}
	textLight   = rgb{0x0f, 0x2b, 0x3a}
	textDark    = rgb{0xe8, 0xf1, 0xf6}
	mutedLight  = rgb{0x44, 0x5c, 0x6a}
	mutedDark   = rgb{0xa9, 0xc0, 0xcc}
	seaBlue     = rgb{0x0f, 0x6e, 0x8c}
)

// ink is the shop's colour made readable.
type ink struct {
	fill, onFill rgb // button: the shop's very colour, and the text on it
	accentLight  rgb // for text, lines and focus on the light ground and cards (≥ 4.5:1)
	accentDark   rgb // the same in the dark
}

// mix computes the inks of a brand colour. Text on the untouched colour is white
// or black, whichever reads better: the better one is never below 4.58:1.
func mix(brand rgb) ink {
	return ink{
		fill: brand, onFill: readable(brand),
		accentLight: toward(brand, black, cardLight, 4.5),
		accentDark:  toward(brand, white, cardDark, 4.5),
	}
}

// readable returns white or black, whichever contrasts more with c.
func readable(c rgb) rgb {
	if contrast(c, white) >= contrast(c, black) {
		return white
	}
	return black
}

// toward blends c with end in steps of 2 % until it contrasts with ground.
func toward(c, end, ground rgb, ratio float64) rgb {
	blend := func(a, b uint8, f float64) uint8 { return uint8(math.Round(float64(a)*(1-f) + float64(b)*f)) }
	for i := range 51 {
		f := float64(i) / 50
		d := rgb{blend(c.r, end.r, f), blend(c.g, end.g, f), blend(c.b, end.b, f)}
		if contrast(d, ground) >= ratio {
			return d
		}
	}
	return end
}

// contrast is the ratio of WCAG 2.2, "contrast ratio": 1 to 21.
func contrast(a, b rgb) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

// luminance is "relative luminance" of WCAG 2.2.
func luminance(c rgb) float64 {
	lin := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(c.r) + 0.7152*lin(c.g) + 0.0722*lin(c.b)
}

// String writes the colour as #rrggbb, or #rgb where that is the same.
func (c rgb) String() string {
	s := fmt.Sprintf("#%02x%02x%02x", c.r, c.g, c.b)
	if s[1] == s[2] && s[3] == s[4] && s[5] == s[6] {
		return "#" + s[1:2] + s[3:4] + s[5:6]
	}
	return s
}

// parseColour reads #rgb or #rrggbb; "" is sea blue.
func parseColour(s string) (rgb, error) {
	if s == "" {
		return seaBlue, nil
	}
	h, ok := strings.CutPrefix(s, "#")
	if len(h) == 3 {
		h = string([]byte{h[0], h[0], h[1], h[1], h[2], h[2]})
	}
	n, err := strconv.ParseUint(h, 16, 32)
	if !ok || len(h) != 6 || err != nil {
		return rgb{}, fmt.Errorf("colour %.20q is not written as #rrggbb", s)
	}
	return rgb{uint8(n >> 16), uint8(n >> 8), uint8(n)}, nil
}
