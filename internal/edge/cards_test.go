package edge

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/falochron/falochron/internal/edge/page"
)

// What the shop writes into a page does not decide how much is kept of it.
func TestCardsAreShort(t *testing.T) {
	long := strings.Repeat("ż", 1<<19)
	got := short(page.Preview{Title: long, Description: long, Image: "https://a.example/" + long})
	if len(got.Title) > 4*page.MaxPreviewTitle || len(got.Description) > 4*page.MaxPreviewText || got.Image != "" || !utf8.ValidString(got.Title) {
		t.Errorf("%d, %d, %d bytes", len(got.Title), len(got.Description), len(got.Image))
	}
	one := page.Preview{Title: "Pomadka", Description: "czerwona", Image: "https://a.example/p.jpg"}
	if got := short(one); got != one {
		t.Errorf("%+v", got)
	}
	if got := short(page.Preview{Title: strings.Repeat("a", 4*page.MaxPreviewTitle-1) + "ż"}); !utf8.ValidString(got.Title) || len(got.Title) != 4*page.MaxPreviewTitle-1 {
		t.Errorf("%d bytes", len(got.Title))
	}
}

// However many addresses are made up, so many cards are kept and no more; those under way
// stay.
func TestCardsAreBounded(t *testing.T) {
	cs := &cards{all: map[cardKey]*card{}}
	began := time.Now()
	busy := &card{done: make(chan struct{}), tried: began}
	cs.all[cardKey{path: "/busy"}] = busy
	for i := range 3 * cardsMost {
		c := &card{tried: began.Add(time.Duration(i+1) * time.Second)}
		cs.all[cardKey{path: fmt.Sprint("/", i)}] = c
		cs.room(c)
	}
	if len(cs.all) != cardsMost || cs.all[cardKey{path: "/busy"}] != busy || cs.all[cardKey{path: fmt.Sprint("/", 3*cardsMost-1)}] == nil || cs.all[cardKey{path: "/0"}] != nil {
		t.Errorf("%d cards", len(cs.all))
	}
}

// Hints: a few, each page once a minute, and none of yesterday.
func TestHintsAreFew(t *testing.T) {
	var h hints
	now := time.Now()
	taken := 0
	for i := range 100 {
		if h.take(fmt.Sprint("/", i), now) {
			taken++
		}
	}
	if taken != hintsMost || h.take("/0", now) {
		t.Errorf("%d taken", taken)
	}
	for i := range hintsMost {
		if path, ok := h.next(now); !ok || path != fmt.Sprint("/", i) {
			t.Errorf("%q %t", path, ok)
		}
	}
	if _, ok := h.next(now); ok {
		t.Error("one is followed twice")
	}
	if h.take("/0", now.Add(hintRests/2)) || !h.take("/0", now.Add(hintRests)) {
		t.Error("the same page is taken too soon, or never")
	}
	if _, ok := h.next(now.Add(hintRests + hintLives)); ok {
		t.Error("a hint of yesterday is followed")
	}
}
