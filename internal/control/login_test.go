package control

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
)

func signIn(c http.Handler, token, who string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	form := url.Values{"token": {token}, "who": {who}}.Encode()
	r := httptest.NewRequest("POST", "http://127.0.0.1:9090/login", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

func inSession(w *httptest.ResponseRecorder) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del("Authorization")
		for _, cookie := range w.Result().Cookies() {
			r.AddCookie(cookie)
		}
	}
}

func TestLoginGivesASessionThatNamesThePerson(t *testing.T) {
	c, _, j := newControl(t, nil)
	w := signIn(c, adminToken, "Ola")
	cookies := w.Result().Cookies()
	if w.Code != 303 || w.Header().Get("Location") != "/" || len(cookies) != 1 {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	if k := cookies[0]; !k.HttpOnly || k.SameSite != http.SameSiteStrictMode || k.Path != "/" || k.Value == adminToken {
		t.Errorf("%+v", k)
	}
	if got := ask(c, "POST", "/api/v1/shops/perfumy.example/hold", "", inSession(w)); got.Code != 200 {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	if a := j.Since(time.Time{}, journal.Filter{}); len(a) != 1 || a[0].Actor != "Ola" {
		t.Errorf("%+v", a)
	}
	if out := ask(c, "POST", "/logout", "", inSession(w)); out.Code != 303 {
		t.Errorf("logout: %d", out.Code)
	}
	if got := ask(c, "GET", "/api/v1/shops", "", inSession(w)); got.Code != 401 {
		t.Errorf("a closed session opens: %d", got.Code)
	}
}

func TestLoginRefusals(t *testing.T) {
	c, _, _ := newControl(t, nil)
	if w := signIn(c, adminToken, "", header("Sec-Fetch-Site", "cross-site")); w.Code != 403 {
		t.Errorf("another site signs us in: %d", w.Code)
	}
	if w := signIn(c, stockToken, ""); w.Header().Get("Location") != "/login?wrong=1" || len(w.Result().Cookies()) != 0 {
		t.Errorf("the stock token opens a session: %v", w.Header())
	}
	if w := signIn(c, strings.Repeat("x", maxBody), ""); w.Code != 400 {
		t.Errorf("a long form: %d", w.Code)
	}
	for range loginFailures {
		signIn(c, "wrong", "")
	}
	if w := signIn(c, adminToken, ""); w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("after many wrong tokens: %d", w.Code)
	}
	if w := ask(c, "GET", "/api/v1/shops", ""); w.Code != 200 {
		t.Errorf("the token itself must go on working: %d", w.Code)
	}
}

func TestSessionsEndAndAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, _ := newControl(t, nil)
		first := signIn(c, adminToken, "first")
		time.Sleep(time.Hour)
		for range maxSessions - 1 {
			signIn(c, adminToken, "more")
		}
		if w := ask(c, "GET", "/api/v1/shops", "", inSession(first)); w.Code != 200 {
			t.Errorf("the first session: %d", w.Code)
		}
		last := signIn(c, adminToken, "one too many")
		if w := ask(c, "GET", "/api/v1/shops", "", inSession(first)); w.Code != 401 {
			t.Errorf("the oldest goes: %d", w.Code)
		}
		time.Sleep(sessionLife - time.Second)
		if w := ask(c, "GET", "/api/v1/shops", "", inSession(last)); w.Code != 200 {
			t.Errorf("within its life: %d", w.Code)
		}
		time.Sleep(time.Second)
		if w := ask(c, "GET", "/api/v1/shops", "", inSession(last)); w.Code != 401 {
			t.Errorf("after its life: %d", w.Code)
		}
	})
}

func TestActorNamesAreClean(t *testing.T) {
	for given, want := range map[string]string{
		"Ola": "Ola", "  Ola  ": "Ola", "Łucja Żak": "Łucja Żak",
		"": "api", "a\nb": "api", "\x1b[31m": "api", strings.Repeat("x", 41): "api", "\xff": "api",
	} {
		if got := nameOr(given, "api"); got != want {
			t.Errorf("%q: %q", given, got)
		}
	}
}

func TestLoadOrCreateToken(t *testing.T) {
	dir := t.TempDir()
	first, err := LoadOrCreateToken(dir)
	if err != nil || len(first) < 40 {
		t.Fatalf("%q, %v", first, err)
	}
	name := filepath.Join(dir, TokenFile)
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if again, err := LoadOrCreateToken(dir); err != nil || again != first {
		t.Errorf("%q, %v", again, err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v %v", files, err)
	}
	other, err := LoadOrCreateToken(t.TempDir())
	if err != nil || other == first {
		t.Error("two folders, one token")
	}
}

func TestBadTokenFilesAreRefusedWithAHint(t *testing.T) {
	for _, q := range []struct {
		name, content string
		mode          os.FileMode
		want          falochron.Kind
	}{
		{"readable by others", strings.Repeat("x", 40), 0o644, falochron.Denied},
		{"empty", "", 0o600, falochron.Invalid},
		{"short", "x", 0o600, falochron.Invalid},
		{"a text", strings.Repeat("word ", 10), 0o600, falochron.Invalid},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, TokenFile), []byte(q.content), q.mode); err != nil {
			t.Fatal(err)
		}
		token, err := LoadOrCreateToken(dir)
		if token != "" || falochron.KindOf(err) != q.want || falochron.HintOf(err) == "" {
			t.Errorf("%s: %q, %v", q.name, token, err)
		}
	}
	if _, err := LoadOrCreateToken(filepath.Join(t.TempDir(), "missing")); falochron.KindOf(err) != falochron.Unavailable {
		t.Errorf("%v", err)
	}
}
