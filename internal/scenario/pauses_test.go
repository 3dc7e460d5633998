package scenario

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/toyshop"
)

// EverShop counts pages by address and answers 429 above 300 a minute. The cache's
// own requests all have the edge's address; visitors have their own. While the
// shop refuses the cache it is left alone for as long as it says, and nobody sees
// any of that: what is stored goes out stale, anything else is made for whoever
// asks. It is no overload, so nobody waits either.
func TestFillsPauseWhenTheShopCountsThem(t *testing.T) {
	inMarket(t, "evershop", toyshop.Config{Workers: 16}, func(m *market) {
		for _, p := range preset.Platforms() {
			if p.Name == "evershop" {
				m.open(falochron.ModeAuto, p)
			}
		}
		stored := func(what string, want string) {
			t.Helper()
			reader := m.stranger("reader")
			reader.zips = true // one form of the page
			got := reader.ask(m.places.Home)
			if says := got.header.Get("Cache-Status"); got.status != http.StatusOK || !strings.Contains(says, want) {
				t.Errorf("%s: the front page is answered %d, %s; want %s", what, got.status, says, want)
			}
		}
		fills := func(since int) int { return m.came(since, sighting.fill) }

		stored("at first", "stored")
		fill := m.shop.last()
		advance(2 * time.Minute) // longer than it may go out stale without a reason
		m.useUp(fill)

		since := m.now()
		stored("when the shop refuses", "detail=stale-if-error")
		if n := fills(since); n != 1 {
			t.Fatalf("the shop refused %d fills; the story needs one", n)
		}
		since = m.now()
		for range 20 {
			stored("in the pause", "detail=stale-if-error")
			advance(time.Second)
		}
		got := m.stranger("passer").ask(m.places.Category)
		if got.status != http.StatusOK || !strings.Contains(got.header.Get("Cache-Status"), "detail=shop-limits-fills") {
			t.Errorf("what is not stored is answered %d, %s", got.status, got.header.Get("Cache-Status"))
		}
		if n := fills(since); n != 0 {
			t.Errorf("%d fills in the pause", n)
		}
		if n := m.count(func(r falochron.Record) bool { return r.Verdict.Action == falochron.Wait }); n != 0 {
			t.Errorf("%d people were shown a line: a shop that counts is not full", n)
		}
		if n := m.count(func(r falochron.Record) bool {
			return r.Verdict.Reason == "shop-limits-fills" && r.Status == http.StatusTooManyRequests && r.Verdict.Bound == 60
		}); n != 1 {
			t.Errorf("the journal tells of %d pauses of 60 s, want one", n)
		}

		// The shop's minute is over.
		advance(41 * time.Second)
		since = m.now()
		stored("after the pause", "stored")
		if n := fills(since); n != 1 {
			t.Errorf("%d fills after the pause, want one", n)
		}
		for _, f := range m.problems() {
			t.Error(f)
		}
	})
}

// useUp asks the shop for so many pages from the address that a fill came from
// that the shop refuses the next one, and waits for the answers.
func (m *market) useUp(fill *http.Request) {
	var all sync.WaitGroup
	for range 300 {
		all.Go(func() {
			r := httptest.NewRequest(http.MethodGet, "http://"+host+"/", nil)
			r.RemoteAddr = fill.RemoteAddr
			r.Header["X-Forwarded-For"] = fill.Header["X-Forwarded-For"]
			r.Header.Set(bareAsk, "1")
			m.shop.handler(httptest.NewRecorder(), r)
		})
	}
	all.Wait()
}
