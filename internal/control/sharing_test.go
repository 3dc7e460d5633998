package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
)

// shelf stands for the edge's side: what is known of one shop's pages.
type shelf struct {
	mu    sync.Mutex
	now   falochron.Sharing
	fault error
	sets  int
}

func (s *shelf) get(shop string) (falochron.Sharing, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now, shop == "perfumy.example"
}

func (s *shelf) set(_ string, next falochron.Sharing) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = next
	s.sets++
	return s.fault
}

func newShelf() *shelf {
	at := time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
	return &shelf{now: falochron.Sharing{
		Platform: "opencart", Title: "OpenCart", Evidence: "read", Signs: []string{"cookie OCSESSID"},
		Kinds: []falochron.SharedKind{
			{Name: "category", Forbidden: true, Checked: at, Passed: true, Why: "the same"},
			{Name: "product", Forbidden: true, Checked: at, Why: "a form", Spans: []falochron.Span{{Page: "/p", Where: "form field token value", A: "1", B: "2"}}},
			{Name: "seo", Forbidden: true},
			{Name: "cms"},
		},
	}}
}

func withShelf(t *testing.T) (*Control, *shelf, *journal.Journal) {
	t.Helper()
	shelf := newShelf()
	c, _, j := newControl(t, func(cfg *Config) { cfg.Sharing, cfg.SetSharing = shelf.get, shelf.set })
	return c, shelf, j
}

const sharingPath = "/api/v1/shops/perfumy.example/sharing"

func TestWhatMayBeSharedCanBeRead(t *testing.T) {
	c, _, _ := withShelf(t)
	w := ask(c, "GET", sharingPath, "")
	var got struct{ Sharing SharingView }
	if err := json.Unmarshal(w.Body.Bytes(), &got); w.Code != 200 || err != nil {
		t.Fatalf("%d %v %s", w.Code, err, w.Body)
	}
	if got.Sharing.Platform != "opencart" || len(got.Sharing.Kinds) != 4 {
		t.Fatalf("%s", w.Body)
	}
	for i, want := range []struct {
		shared, asks bool
		reason       string
	}{{false, true, "owner-not-asked"}, {false, false, "twins-differ"}, {false, false, "twins-never-checked"}, {true, false, ""}} {
		if k := got.Sharing.Kinds[i]; k.Shared != want.shared || k.Asks != want.asks || k.Reason != want.reason {
			t.Errorf("%s: %+v", k.Name, k)
		}
	}
	// A page's script reads these.
	for _, text := range []string{`"kinds":[{"name":"category","forbidden":true,"checked":"`, `"why":"the same","shared":false,"reason":"owner-not-asked","asks":true}`} {
		if !strings.Contains(w.Body.String(), text) {
			t.Errorf("%s is not in %s", text, w.Body)
		}
	}
}

func TestTheOwnersWord(t *testing.T) {
	c, shelf, j := withShelf(t)
	say := func(path, body string, code int, has string) {
		t.Helper()
		w := ask(c, "POST", sharingPath+path, body, header(ActorHeader, "Ola"))
		if w.Code != code || !strings.Contains(w.Body.String(), has) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	kind := func(name string) falochron.SharedKind {
		s, _ := shelf.get("perfumy.example")
		for _, k := range s.Kinds {
			if k.Name == name {
				return k
			}
		}
		return falochron.SharedKind{}
	}
	before, _ := shelf.get("perfumy.example")
	say("/category/confirm", "", 200, `"note":"sharing: category → confirmed"`)
	k := kind("category")
	if may, why := k.MayShare(time.Now()); !may {
		t.Error(why)
	}
	if !before.Kinds[0].Confirmed.IsZero() {
		t.Error("the list that the edge reads was changed")
	}
	say("/category/confirm", "", 200, `"audit":null`)
	say("/category/withdraw", "", 200, `"note":"sharing: category → withdrawn"`)
	if !kind("category").Confirmed.IsZero() {
		t.Error("the word stands")
	}
	say("/category/withdraw", "", 200, `"audit":null`)
	if shelf.sets != 2 {
		t.Errorf("put in force %d times", shelf.sets)
	}
	// With the evidence that was seen, and with another.
	say("/category/confirm", `{"checked": "2026-01-01T00:00:00Z"}`, 409, "compared again meanwhile")
	say("/category/confirm", fmt.Sprintf(`{"checked": %q}`, k.Checked.Format(time.RFC3339)), 200, `"asks":false`)
	// What did not pass cannot be allowed; what was never checked can, and is not shared.
	say("/product/confirm", "", 409, "these pages did not pass the last check: a form")
	say("/seo/confirm", "", 200, `"reason":"twins-never-checked"`)
	say("/cms/confirm", "", 409, "no word is needed")
	say("/none/confirm", "", 404, "no such kind of page")
	say("/category/confirm", `{"all": true}`, 400, "unknown field")
	if !kind("product").Confirmed.IsZero() || kind("seo").Confirmed.IsZero() {
		t.Errorf("%+v %+v", kind("product"), kind("seo"))
	}
	notes := j.Since(time.Now().Add(-time.Minute), journal.Filter{Notes: true, Limit: 10})
	if len(notes) != 4 || notes[0].Actor != "Ola" || notes[0].Shop != "perfumy.example" || notes[0].Note != "sharing: category → confirmed" {
		t.Errorf("%+v", notes)
	}
}

// Whoever gives his word has perhaps seen what this side has not: that the shop
// forbids. What it is known to forbid needs the word, whatever its preset says; the
// cart of whoever has none does not.
func TestTheWordForWhatTheShopIsSeenToForbid(t *testing.T) {
	c, shelf, _ := withShelf(t)
	shelf.now.Kinds = append(shelf.now.Kinds,
		falochron.SharedKind{Name: "page", Checked: shelf.now.Kinds[0].Checked, Passed: true},
		falochron.SharedKind{Name: "seen", Forbidden: true, Seen: true, Checked: shelf.now.Kinds[0].Checked, Passed: true},
		falochron.SharedKind{Name: "fragments", Forbidden: true, Seen: true, Exempt: true, Checked: shelf.now.Kinds[0].Checked, Passed: true},
	)
	for _, q := range []struct {
		path, body string
		code       int
		has        string
	}{
		{"/page/confirm", "", 409, "no word is needed"},
		{"/page/confirm", `{"forbidden": true}`, 200, `"name":"page","forbidden":true,"seen":true,`},
		{"/page/confirm", "", 200, `"audit":null`},
		{"/seen/confirm", "", 200, "sharing: seen → confirmed"},
		{"/fragments/confirm", `{"forbidden": true}`, 409, "no word is needed"},
		{"/withdraw", "", 200, `"changed":["page","seen"],"left_out":[{"name":"category","reason":"not-allowed"}`},
		{"/allow", "", 200, `"changed":["category","page","seen"]`},
		{"/allow", "", 200, `{"name":"fragments","reason":"not-forbidden"}`},
	} {
		if w := ask(c, "POST", sharingPath+q.path, q.body); w.Code != q.code || !strings.Contains(w.Body.String(), q.has) {
			t.Errorf("%s %s: %d %s", q.path, q.body, w.Code, w.Body)
		}
	}
}

// Whoever has compared the pages himself and found that they differ ends their sharing
// at once, also where it needs no word.
func TestAContradictionFoundElsewhere(t *testing.T) {
	c, shelf, _ := withShelf(t)
	at := shelf.now.Kinds[0].Checked
	shelf.now.Kinds[0].Confirmed = at
	shelf.now.Kinds[3] = falochron.SharedKind{Name: "cms", Checked: at, Passed: true, Spans: []falochron.Span{{Where: "comment", Harmless: true}}}
	for _, q := range []struct {
		path, body string
		code       int
		has        string
	}{
		{"/category/withdraw", `{"differs": ""}`, 400, "differs is missing or too long"},
		{"/category/withdraw", `{"differs": "` + strings.Repeat("x", 1001) + `"}`, 400, "differs is missing or too long"},
		{"/category/withdraw", `{"differs": "a price"}`, 200, `"note":"sharing: category → withdrawn"`},
		{"/category/confirm", "", 409, "did not pass the last check: compared by hand: a price"},
		{"/cms/withdraw", `{"differs": "a form is made for one visitor", "harm": true}`, 200, `"note":"sharing: cms → withdrawn"`},
	} {
		if w := ask(c, "POST", sharingPath+q.path, q.body); w.Code != q.code || !strings.Contains(w.Body.String(), q.has) {
			t.Errorf("%s %s: %d %s", q.path, q.body, w.Code, w.Body)
		}
	}
	now, _ := shelf.get("perfumy.example")
	for _, i := range []int{0, 3} {
		k := now.Kinds[i]
		if may, why := k.MayShare(time.Now()); may || why != falochron.TwinsDiffer || len(k.Spans) > 0 || !k.Checked.After(at) {
			t.Errorf("%s: %q %+v", k.Name, why, k)
		}
	}
}

// The pages can be compared now. It is ordered once, however often it is asked for.
func TestAComparisonCanBeOrdered(t *testing.T) {
	c, shelf, _ := withShelf(t)
	look := func() *httptest.ResponseRecorder {
		return ask(c, "POST", sharingPath+"/check", "", header(ActorHeader, "Ola"))
	}
	if w := look(); w.Code != 200 || !strings.Contains(w.Body.String(), `"note":"sharing: comparison → ordered"`) || !strings.Contains(w.Body.String(), `"asked":"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	now, _ := shelf.get("perfumy.example")
	if w := look(); w.Code != 200 || !strings.Contains(w.Body.String(), `"audit":null`) || shelf.sets != 1 || time.Since(now.Asked) > time.Minute {
		t.Errorf("%d %s, put in force %d times: %v", w.Code, w.Body, shelf.sets, now.Asked)
	}
	if w := ask(c, "POST", sharingPath+"/check", `{"kind": "product"}`); w.Code != 400 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	shelf.now.Kinds, shelf.now.Asked = nil, time.Time{}
	if w := look(); w.Code != 409 || !strings.Contains(w.Body.String(), "nothing has to be compared") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// shelfOfAll has one kind of page in every state that a word for all meets.
func shelfOfAll(s *shelf) {
	at := s.now.Kinds[0].Checked
	s.now.Kinds = append(s.now.Kinds,
		falochron.SharedKind{Name: "home", Forbidden: true, Checked: at, Passed: true},
		falochron.SharedKind{Name: "old", Forbidden: true, Checked: at.Add(-falochron.SharingProofLife), Passed: true},
		falochron.SharedKind{Name: "given", Forbidden: true, Checked: at, Passed: true, Confirmed: at},
		falochron.SharedKind{Name: "harm", Checked: at, Harm: true},
	)
}

func TestOneWordForAllKinds(t *testing.T) {
	c, shelf, j := withShelf(t)
	shelfOfAll(shelf)
	before, _ := shelf.get("perfumy.example")
	say := func(path, body string) string {
		t.Helper()
		w := ask(c, "POST", sharingPath+path, body, header(ActorHeader, "Ola"))
		var got struct {
			Changed []string  `json:"changed"`
			LeftOut []LeftOut `json:"left_out"`
			Sharing SharingView
			Audit   *journal.Entry
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); w.Code != 200 || err != nil || got.Changed == nil || got.LeftOut == nil || len(got.Sharing.Kinds) != 8 {
			t.Fatalf("%s %s: %d %v %s", path, body, w.Code, err, w.Body)
		}
		note := "nothing"
		if got.Audit != nil {
			note = got.Audit.Actor + ": " + got.Audit.Note
		}
		out := fmt.Sprint(got.Changed, " ", note)
		for _, l := range got.LeftOut {
			out += ", " + l.Name + " " + l.Reason
		}
		return out
	}
	given := func() (all []string) {
		s, _ := shelf.get("perfumy.example")
		for _, k := range s.Kinds {
			if !k.Confirmed.IsZero() {
				all = append(all, k.Name)
			}
		}
		return all
	}
	for _, q := range []struct{ path, body, want, given string }{
		{"/allow", "", "[category home] Ola: sharing: category, home → confirmed, product twins-differ, seo twins-never-checked, " +
			"cms not-forbidden, old twins-too-old, given allowed-already, harm twins-differ", "[category home given]"},
		{"/allow", "", "[] nothing, category allowed-already, product twins-differ, seo twins-never-checked, " +
			"cms not-forbidden, home allowed-already, old twins-too-old, given allowed-already, harm twins-differ", "[category home given]"},
		{"/withdraw", "", "[category home given] Ola: sharing: category, home, given → withdrawn, product not-allowed, seo not-allowed, " +
			"cms not-forbidden, old not-allowed, harm not-forbidden", "[]"},
		{"/withdraw", "", "[] nothing, category not-allowed, product not-allowed, seo not-allowed, " +
			"cms not-forbidden, home not-allowed, old not-allowed, given not-allowed, harm not-forbidden", "[]"},
		// The kinds whose evidence was seen, and no others.
		{"/allow", fmt.Sprintf(`{"checked": {"home": %q, "cms": "0001-01-01T00:00:00Z"}}`, before.Kinds[4].Checked.Format(time.RFC3339)),
			"[home] Ola: sharing: home → confirmed, category not-named, product not-named, seo not-named, " +
				"cms not-forbidden, old not-named, given not-named, harm not-named", "[home]"},
		{"/allow", `{"checked": {}}`, "[] nothing, category not-named, product not-named, seo not-named, " +
			"cms not-named, home not-named, old not-named, given not-named, harm not-named", "[home]"},
	} {
		if got := say(q.path, q.body); got != q.want {
			t.Errorf("%s %s:\n%s, want\n%s", q.path, q.body, got, q.want)
		}
		if got := fmt.Sprint(given()); got != q.given {
			t.Errorf("after %s %s: %s", q.path, q.body, got)
		}
	}
	if shelf.sets != 3 {
		t.Errorf("put in force %d times", shelf.sets)
	}
	if !before.Kinds[0].Confirmed.IsZero() || before.Kinds[6].Confirmed.IsZero() {
		t.Error("the list that the edge reads was changed")
	}
	notes := j.Since(time.Now().Add(-time.Minute), journal.Filter{Notes: true, Limit: 10})
	if len(notes) != 3 {
		t.Errorf("%+v", notes)
	}
}

// Whatever is wrong with a word for several kinds, none of them is changed.
func TestAWordForSeveralKindsIsWhole(t *testing.T) {
	c, shelf, j := withShelf(t)
	shelfOfAll(shelf)
	at := shelf.now.Kinds[0].Checked.Format(time.RFC3339)
	for _, q := range []struct {
		path, body string
		code       int
		has        string
	}{
		{"/allow", `{"checked": {"category": "` + at + `", "home": "2026-01-01T00:00:00Z"}}`, 409, "compared again meanwhile (home), so nothing was allowed"},
		{"/allow", `{"checked": {"category": "` + at + `", "none": "` + at + `"}}`, 404, "does not have all these kinds"},
		{"/allow", `{"checked": {"category": "yesterday"}}`, 400, "not the JSON expected"},
		{"/allow", `{"kinds": ["category"]}`, 400, "unknown field"},
	} {
		if w := ask(c, "POST", sharingPath+q.path, q.body); w.Code != q.code || !strings.Contains(w.Body.String(), q.has) {
			t.Errorf("%s: %d %s", q.body, w.Code, w.Body)
		}
	}
	if notes := j.Since(time.Now().Add(-time.Minute), journal.Filter{Notes: true, Limit: 10}); shelf.sets != 0 || len(notes) != 0 {
		t.Errorf("put in force %d times: %+v", shelf.sets, notes)
	}
	shelf.fault = errors.New("the disk is full")
	if w := ask(c, "POST", sharingPath+"/allow", ""); w.Code != 200 || !strings.Contains(w.Body.String(), "did not take it") || !strings.Contains(w.Body.String(), `"changed":["category","home"]`) {
		t.Errorf("on a full disk: %d %s", w.Code, w.Body)
	}
}

func TestWhoMayGiveTheWord(t *testing.T) {
	c, shelf, _ := withShelf(t)
	for _, path := range []string{"", "/category/confirm", "/category/withdraw", "/allow", "/withdraw"} {
		method := "POST"
		if path == "" {
			method = "GET"
		}
		for token, code := range map[string]int{"": 401, "Bearer nonsense-nonsense-0": 401, "Bearer " + stockToken: 403} {
			if w := ask(c, method, sharingPath+path, "", header("Authorization", token)); w.Code != code {
				t.Errorf("%s with %q: %d", path, token, w.Code)
			}
		}
	}
	if w := ask(c, "GET", sharingPath+"/category/confirm", ""); w.Code != 405 || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d", w.Code)
	}
	cross := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	for _, path := range []string{"/category/confirm", "/allow", "/withdraw"} {
		if w := ask(c, "POST", sharingPath+path, "", cross); w.Code != 403 {
			t.Errorf("%s from another site: %d", path, w.Code)
		}
	}
	if w := ask(c, "GET", "/api/v1/shops/other.example/sharing", ""); w.Code != 404 {
		t.Errorf("another shop: %d", w.Code)
	}
	if w := ask(c, "POST", "/api/v1/shops/other.example/sharing/allow", ""); w.Code != 404 {
		t.Errorf("all of another shop: %d", w.Code)
	}
	if shelf.sets != 0 {
		t.Error("something was put in force")
	}
	bare, _, _ := newControl(t, nil)
	if w := ask(bare, "GET", sharingPath, ""); w.Code != 503 {
		t.Errorf("where nothing is known: %d", w.Code)
	}
}

// What nobody in particular did is in the journal as well, and a full disk is said.
func TestChangesFromTheBackground(t *testing.T) {
	c, shelf, j := withShelf(t)
	shelf.fault = errors.New("the disk is full")
	done, err := c.ChangeSharing("perfumy.example", "", func(s *falochron.Sharing) (string, error) {
		s.Kinds[0].Passed = false
		return "sharing: category → differs", nil
	})
	if err != nil || done.Audit != nil || !strings.Contains(done.Warning, "did not take it") {
		t.Errorf("%+v %v", done, err)
	}
	notes := j.Since(time.Now().Add(-time.Minute), journal.Filter{Notes: true, Limit: 10})
	if len(notes) != 1 || notes[0].Actor != "" || notes[0].Note != "sharing: category → differs" {
		t.Errorf("%+v", notes)
	}
	// A check and the owner at once: nobody's change is lost.
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, _ = c.ChangeSharing("perfumy.example", "", func(s *falochron.Sharing) (string, error) {
				s.Refused += "x"
				return "", nil
			})
		})
	}
	all.Wait()
	if s, _ := shelf.get("perfumy.example"); s.Refused != "xxxxxxxx" {
		t.Errorf("%q", s.Refused)
	}
}
