package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// wellFormed reads a picture and returns its texts.
func wellFormed(t *testing.T, picture string) (texts []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(picture))
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, picture)
		}
		if c, ok := tok.(xml.CharData); ok && strings.TrimSpace(string(c)) != "" {
			texts = append(texts, string(c))
		}
	}
}

func TestPlot(t *testing.T) {
	p := barTable{title: "Who & what < all", below: "in percent", columns: []string{"20 times", "100 times"}, rows: []barRow{
		{name: "Falochron", own: true, cells: []bar{{share: 1.07}, {share: 1.03}}},
		{name: "nginx", cells: []bar{{share: 0.002}, {share: math.NaN(), empty: "not measured"}}}}, foot: []string{"a note"}}
	texts := strings.Join(wellFormed(t, p.String()), "\n")
	for _, want := range []string{"Who & what < all", "107 %", "103 %", "< 1 %", "not measured", "a note", "20 times: Falochron 107 %, nginx < 1 %. 100 times: Falochron 103 %, nginx not measured."} {
		if !strings.Contains(texts, want) {
			t.Errorf("no %q in\n%s", want, texts)
		}
	}
}

// The ground is opaque and the first thing drawn, and all text stands out from it as
// WCAG asks for small text: so it can be read on a dark page and on a light one.
func TestPlotCanBeReadOnAnyPage(t *testing.T) {
	picture := barTable{title: "t", columns: []string{"c"}, rows: []barRow{{name: "n", cells: []bar{{share: 1}}}}}.String()
	ground, text := strings.Index(picture, `fill="`+colourGround+`"`), strings.Index(picture, "<text")
	if ground < 0 || ground > text || strings.Contains(picture, "opacity") {
		t.Error("the ground is not drawn first, or not opaque")
	}
	for _, c := range []string{colourText, colourGrey} {
		if x := contrast(c, colourGround); x < 4.5 {
			t.Errorf("%s on %s: contrast %.1f", c, colourGround, x)
		}
	}
	for _, c := range []string{colourOwn, colourOther} { // bars: 3 is for graphics; the number beside tells the rest
		if x := contrast(c, colourGround); x < 2.9 {
			t.Errorf("bar %s on %s: contrast %.1f", c, colourGround, x)
		}
	}
}

// contrast is that of WCAG 2.1.
func contrast(a, b string) float64 {
	light := func(c string) (l float64) {
		for i, w := range []float64{0.2126, 0.7152, 0.0722} {
			n, _ := strconv.ParseUint(c[1+2*i:3+2*i], 16, 8)
			v := float64(n) / 255
			if v <= 0.03928 {
				l += w * v / 12.92
			} else {
				l += w * math.Pow((v+0.055)/1.055, 2.4)
			}
		}
		return l
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Of a peer with several limits that one is drawn that was measured at most sizes;
// without peers Falochron and the bare shop are.
func TestOrdersPlot(t *testing.T) {
	row := func(scenario string, overload, ratio float64, side string) ordersRow {
		result, err := json.Marshal(map[string]any{side: map[string]any{"goodput_ratio": ratio}, "details": map[string]any{"waves": map[string]any{side: map[string]any{}}}})
		if err != nil {
			t.Fatal(err)
		}
		return ordersRow{Scenario: scenario, Overload: overload, Result: result}
	}
	void := row("wave", 20, 0.1, "protected")
	void.Void = true
	home := []ordersRow{row("wave", 20, 1.07, "protected"), void, row("bare", 20, 0, "bare"), row("slow", 20, 0.3, "protected")}
	texts := strings.Join(wellFormed(t, ordersPlot(home, nil)), "\n")
	if !strings.Contains(texts, "Falochron 107 %, the shop alone 0 %") {
		t.Errorf("at home:\n%s", texts)
	}
	peers := []ordersRow{row("peers-toyshop-nothing", 20, 0.01, "bare"), row("peers-toyshop-Falochron", 20, 1.04, "protected"), row("peers-toyshop-Falochron", 100, 1.01, "protected"),
		row("peers-toyshop-nginx-door90", 20, 0.77, "protected"), row("peers-toyshop-nginx-door60", 20, 0.6, "protected"), row("peers-toyshop-nginx-door60", 100, 0.5, "protected"),
		row("peers-woocommerce-HAProxy", 20, 2, "protected")}
	texts = strings.Join(wellFormed(t, ordersPlot(home, peers)), "\n")
	if !strings.Contains(texts, "Falochron 104 %, nginx 60 %, the shop alone 1 %") && !strings.Contains(texts, "100 times too many buyers: Falochron 101 %, nginx 50 %, the shop alone not measured") {
		t.Errorf("with peers:\n%s", texts)
	}
	if strings.Contains(texts, "HAProxy") || strings.Contains(texts, "107 %") {
		t.Errorf("another shop or another run is drawn:\n%s", texts)
	}
	if ordersPlot(nil, nil) != "" || contestPlot(nil) != "" {
		t.Error("nothing was measured, and drawn")
	}
}

// The section draws what lies there.
func TestPictures(t *testing.T) {
	b := testBench(t)
	out, err := runPictures(t.Context(), b)
	if err != nil || !strings.Contains(out.markdown, "Nothing") {
		t.Fatalf("%q, %v", out.markdown, err)
	}
	r := contestRow{Scene: "wave", InLine: true, Algorithm: ours, Default: true, Values: 1, Seeds: []uint64{1}, Orders: []float64{1.07}}
	if err := saveRows(b, "algorithms", []contestRow{r}); err != nil {
		t.Fatal(err)
	}
	if out, err = runPictures(t.Context(), b); err != nil || !strings.Contains(out.markdown, "(benchmarks/algorithms.svg)") || strings.Contains(out.markdown, "orders.svg") {
		t.Fatalf("%q, %v", out.markdown, err)
	}
	picture, err := os.ReadFile(filepath.Join(b.out, "benchmarks", "algorithms.svg"))
	if err != nil || !strings.Contains(strings.Join(wellFormed(t, string(picture)), "\n"), "107 %") {
		t.Errorf("%s, %v", picture, err)
	}
}
