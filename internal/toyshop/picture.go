package toyshop

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"html"
	"math"
	"math/rand/v2"
)

// views is how many pictures there are of each article.
const views = 3

// A view is what a picture shows.
const (
	viewPack    = iota + 1 // the article on a shelf
	viewTexture            // what is inside, spread
	viewScene              // the article at the sea
)

// picture draws an article as SVG, the same each time. The pictures are a few
// kilobytes each: as many files as on a real page, without its megabytes.
func picture(a Article, view int) []byte {
	h := fnv.New64a()
	h.Write([]byte(a.Slug))
	p := &painter{chance: rand.New(rand.NewPCG(h.Sum64(), uint64(view)))}
	p.hue = rand.New(rand.NewPCG(h.Sum64(), 0)).IntN(360)

	p.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img"><title>%s</title>`, html.EscapeString(a.Name))
	p.printf(`<defs><linearGradient id="t" x2="0" y2="1"><stop stop-color="%s"/><stop offset="1" stop-color="%s"/></linearGradient>`,
		p.tone(0, 40, 95), p.tone(25, 45, 84))
	p.printf(`<linearGradient id="p"><stop stop-color="%s"/><stop offset=".4" stop-color="%s"/><stop offset="1" stop-color="%s"/></linearGradient></defs>`,
		p.tone(0, 55, 48), p.tone(0, 60, 66), p.tone(0, 55, 38))
	p.printf(`<rect width="400" height="400" fill="url(#t)"/>`)
	switch view {
	case viewTexture:
		p.texture()
	case viewScene:
		p.sea()
		p.pack(a.Category, 200, 250, 0.8)
	default:
		p.sparkle(18)
		p.pack(a.Category, 200, 215, 1.15)
	}
	p.printf(`</svg>`)
	return p.Bytes()
}

type painter struct {
	bytes.Buffer
	chance *rand.Rand
	hue    int
}

func (p *painter) printf(format string, args ...any) { fmt.Fprintf(&p.Buffer, format, args...) }

func (p *painter) tone(turn, saturation, lightness int) string {
	return fmt.Sprintf("hsl(%d %d%% %d%%)", (p.hue+turn)%360, saturation, lightness)
}

func (p *painter) between(low, high int) int { return low + p.chance.IntN(high-low+1) }

// pack draws the article standing with its middle at x, y.
func (p *painter) pack(category string, x, y int, scale float64) {
	p.printf(`<ellipse cx="%d" cy="%d" rx="%.0f" ry="12" fill="#0002"/>`, x, y+int(105*scale), 95*scale)
	p.printf(`<g transform="translate(%d %d) scale(%.2f)" stroke="#0003" stroke-width="2">`, x, y, scale)
	switch category {
	case "usta", "oczy": // a stick and its cap
		p.printf(`<path d="M-22-20V-78q0-18 30-28q14 8 14 28v58z" fill="%s"/>`, p.tone(0, 70, 45))
		p.printf(`<rect x="-30" y="-22" width="60" height="34" fill="#d9c48f"/><rect x="-36" y="12" width="72" height="92" rx="5" fill="url(#p)"/>`)
	case "cera", "policzki": // a compact
		p.printf(`<circle r="96" fill="url(#p)"/><circle r="78" fill="%s"/><path d="M-58-20Q0-66 58-20M-62 8Q0-38 62 8M-56 36Q0-10 56 36" fill="none"/>`, p.tone(10, 45, 72))
	case "zestawy": // a box with a ribbon
		p.printf(`<rect x="-92" y="-54" width="184" height="156" rx="6" fill="url(#p)"/><path d="M-12-54h24V102h-24zM-92 10h184v20H-92z" fill="#f6efdc"/>`)
		p.printf(`<path d="M0-54q-56-62-62-22q0 24 62 22q56-62 62-22q0 24-62 22z" fill="#f6efdc"/>`)
	default: // a bottle
		p.printf(`<rect x="-20" y="-104" width="40" height="40" rx="4" fill="#d9c48f"/><path d="M-34-64h68q26 10 26 40v118q0 10-10 10H-50q-10 0-10-10V-24q0-30 26-40z" fill="url(#p)"/>`)
		p.printf(`<rect x="-44" y="0" width="88" height="62" fill="#fff9" stroke="none"/><path d="M-30 18h60M-30 32h44M-30 46h52" stroke-width="4"/>`)
	}
	p.printf(`</g>`)
}

// texture is a swatch: smears over each other.
func (p *painter) texture() {
	for i := range 26 {
		x, y, w := p.between(20, 300), p.between(20, 360), p.between(60, 150)
		p.printf(`<path d="M%d %dq%d %d %d %dt%d %d" fill="none" stroke="%s" stroke-width="%d" stroke-linecap="round" opacity=".%d"/>`,
			x, y, w/3, p.between(-40, 40), w/2, p.between(-25, 25), w/2, p.between(-25, 25),
			p.tone(p.between(0, 30), 60, p.between(40, 75)), p.between(10, 34), 5+i%4)
	}
}

// sea is a horizon with waves in front.
func (p *painter) sea() {
	p.printf(`<circle cx="%d" cy="%d" r="%d" fill="#fff8"/>`, p.between(70, 330), p.between(70, 130), p.between(30, 52))
	for row := range 7 {
		y := 190 + 30*row
		p.printf(`<path d="M0 %d`, y)
		for step := 1; step <= 8; step++ {
			bend := math.Round(9 * math.Sin(float64(step+row)) * 10)
			p.printf(`Q%d %.1f %d %d`, 50*step-25, float64(y)+bend/10-float64(p.between(2, 12)), 50*step, y)
		}
		p.printf(`V400H0z" fill="%s" opacity=".5"/>`, p.tone(180+6*row, 45, 62-4*row))
	}
	p.sparkle(10)
}

// sparkle scatters small lights.
func (p *painter) sparkle(n int) {
	for range n {
		p.printf(`<circle cx="%d" cy="%d" r="%d" fill="#fff" opacity=".%d"/>`, p.between(8, 392), p.between(8, 392), p.between(2, 9), p.between(2, 7))
	}
}
