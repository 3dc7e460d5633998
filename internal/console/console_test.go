package console

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func get(t *testing.T, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Handler(Config{Version: "v1", Storybook: true}).ServeHTTP(w, r)
	return w
}

// allPages are the addresses of every page in every state.
func allPages() []string {
	all := []string{"/", "/login", "/login?wrong=1", "/storybook"}
	for _, s := range stories() {
		all = append(all, "/storybook/"+s.Name)
	}
	return all
}

func TestEveryPageRendersInEveryStateAndKeepsThePolicy(t *testing.T) {
	inline := regexp.MustCompile(`(?i)\son[a-z]+=|\sstyle=|<style|javascript:|<script>|<iframe|<object|<base`)
	for _, path := range allPages() {
		for _, lang := range []string{"en", "pl"} {
			at := path + "?lang=" + lang
			if strings.Contains(path, "?") {
				at = path + "&lang=" + lang
			}
			w := get(t, at)
			body := w.Body.String()
			if w.Code != 200 || !strings.HasSuffix(strings.TrimSpace(body), "</html>") {
				t.Errorf("%s: %d, %d bytes", at, w.Code, len(body))
			}
			if !strings.Contains(body, `<html lang="`+lang+`">`) {
				t.Errorf("%s: not in the language asked for", at)
			}
			if w.Header().Get("Content-Security-Policy") != policy || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %v", at, w.Header())
			}
			markup := regexp.MustCompile(`(?s)<script type="application/json".*?</script>`).ReplaceAllString(body, "")
			if found := inline.FindString(markup); found != "" {
				t.Errorf("%s: %q in the page", at, found)
			}
			if found := regexp.MustCompile(`(?:src|href|action)="(?:[a-z]+:|//)[^"]*"`).FindString(markup); found != "" {
				t.Errorf("%s: %q leads elsewhere", at, found)
			}
			if strings.Contains(body, "no value") {
				t.Errorf("%s: a text is missing", at)
			}
		}
	}
}

func TestTheLoginPageSaysThatATokenWasWrong(t *testing.T) {
	if body := get(t, "/login?wrong=1").Body.String(); !strings.Contains(body, `role="alert"`) || !strings.Contains(body, `aria-invalid="true"`) {
		t.Error("not said")
	}
	if body := get(t, "/login").Body.String(); strings.Contains(body, `role="alert"`) {
		t.Error("said without a try")
	}
}

func TestNoFileLeadsElsewhereOrRunsText(t *testing.T) {
	list, err := files.ReadDir("assets")
	if err != nil {
		t.Fatal(err)
	}
	bad := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|@import|url\(`)
	address := regexp.MustCompile(`(?:https?:)?//[a-z0-9-]+\.[^\s"'` + "`" + `]+`)
	for _, f := range list {
		body, err := files.ReadFile("assets/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(body), "http://www.w3.org/2000/svg", "")
		if found := bad.FindString(text); found != "" {
			t.Errorf("%s: %s", f.Name(), found)
		}
		if found := address.FindString(text); found != "" {
			t.Errorf("%s: %s", f.Name(), found)
		}
		w := get(t, "/assets/"+f.Name())
		if w.Code != 200 || w.Header().Get("Content-Type") == "" || w.Header().Get("ETag") == "" {
			t.Errorf("%s: %d %v", f.Name(), w.Code, w.Header())
		}
		if again := get(t, "/assets/"+f.Name(), "If-None-Match", w.Header().Get("ETag")); again.Code != 304 || again.Body.Len() != 0 {
			t.Errorf("%s again: %d", f.Name(), again.Code)
		}
	}
}

func TestWhatIsNotThere(t *testing.T) {
	for _, path := range []string{"/x", "/assets/", "/assets/x.js", "/assets/../console.go", "/storybook/x"} {
		if w := get(t, path); w.Code == 200 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	w := httptest.NewRecorder()
	Handler(Config{}).ServeHTTP(w, httptest.NewRequest("GET", "/storybook", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("storybook unasked: %d", w.Code)
	}
}

func TestLanguage(t *testing.T) {
	for _, q := range []struct{ path, cookie, accept, want string }{
		{"/login", "", "", "en"},
		{"/login", "", "pl-PL,pl;q=0.9,en;q=0.8", "pl"},
		{"/login", "", "de,en;q=0.5,pl;q=0.1", "en"},
		{"/login", "", "uk,pl;q=0.5", "pl"},
		{"/login", "", "\x00;;q=", "en"},
		{"/login", "falo_lang=pl", "en", "pl"},
		{"/login", "falo_lang=x", "pl", "pl"},
		{"/login?lang=en", "falo_lang=pl", "pl", "en"},
		{"/login?lang=<script>", "", "pl", "pl"},
	} {
		w := get(t, q.path, "Cookie", q.cookie, "Accept-Language", q.accept)
		if got := w.Header().Get("Content-Language"); got != q.want {
			t.Errorf("%+v: %s", q, got)
		}
	}
	if c := get(t, "/login?lang=pl").Result().Cookies(); len(c) != 1 || c[0].Name != languageCookie || c[0].Value != "pl" {
		t.Errorf("the choice is not remembered: %v", c)
	}
}

// The control API writes these names; the same list is in control's test of its
// points.
func TestStoriesUseTheNamesOfTheAPI(t *testing.T) {
	body, err := json.Marshal(storyTick{})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"t":0,"arrivals":0,"edge":0,"shop":0,"waits":0,"refused":0,"in_line":0,"inside":0,"in_flight":0,"queued":0,"limit":0,"orders_per_min":0,"p95_ms":0,"places":0}`
	if string(body) != want {
		t.Errorf("got %s", body)
	}
}

func TestStoriesAreWhole(t *testing.T) {
	for _, s := range stories() {
		if s.Tells == "" {
			t.Errorf("%s says nothing", s.Name)
		}
		for i, p := range s.Points {
			if i > 0 && p.Unix != s.Points[i-1].Unix+1 {
				t.Errorf("%s: second %d", s.Name, i)
			}
			if p.Arrivals < 0 || p.Edge < 0 || p.Shop < 0 || p.InLine < 0 || p.Inside < 0 || p.InFlight < 0 || p.OrdersMin < -1 {
				t.Errorf("%s: %+v", s.Name, p)
			}
		}
	}
}
