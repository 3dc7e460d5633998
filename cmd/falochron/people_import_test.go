package main

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/falochron/falochron/internal/listen"
	"github.com/falochron/falochron/internal/plan"
)

// sends posts the form of the calendar.
func (b *browser) sends(file string, pairs ...string) *httptest.ResponseRecorder {
	b.w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		if err := form.WriteField(pairs[i], pairs[i+1]); err != nil {
			b.w.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", "autumn.csv")
	if err != nil {
		b.w.t.Fatal(err)
	}
	_, _ = part.Write([]byte(file)) // into memory
	_ = form.Close()
	b.header.Set("Content-Type", form.FormDataContentType())
	defer b.header.Del("Content-Type")
	return b.send(http.MethodPost, importPath, body.String())
}

const twoPosts = "campaign;name;channel;at\r\nZima;Film;tiktok;20.12.2026 20:00\r\nZima;Rolka;instagram-reel;21.12.2026 20:00\r\n"

// A file is checked, taken and taken again by the form; the page says what came of it.
func TestAFileByTheForm(t *testing.T) {
	w := openPlanWorld(t)
	mm := w.opens("mm", plan.MediaHouse)
	mm.sees("/plan/calendar?lang=en", "Posts from a file", `enctype="multipart/form-data"`, `name="shop" value="lip"`)
	before := w.happened()
	says := func(got *httptest.ResponseRecorder, status int, want ...string) {
		t.Helper()
		for _, s := range want {
			if got.Code != status || !strings.Contains(got.Body.String(), s) {
				t.Errorf("%d, wants %d with %q:\n%s", got.Code, status, s, main0(got.Body.String()))
			}
		}
	}
	says(mm.sends(twoPosts, "shop", "lip", "try", "1"), 200, "Nothing was written yet", "added 2, changed 0")
	says(mm.sends(twoPosts, "shop", "lip"), 200, "Nothing was written yet") // who does not say so tries
	if w.happened() != before {
		t.Error("trying has written something")
	}
	says(mm.sends(twoPosts, "shop", "lip", "try", "0"), 200, "added 2, changed 0", "Zima")
	says(mm.sends(twoPosts, "shop", "lip", "try", "0"), 200, "added 0, changed 0, called off 0, as before 2")
	after := w.happened()

	mm.header.Set("Accept-Language", "pl")
	says(mm.sends("name;at\nA;jutro\n<b>;20.12.2026 20:00\n", "shop", "lip", "try", "0"), 400, "Wiersz 2", "to nie jest data z godziną", "brakuje kampanii", "Niczego nie przyjęto")
	says(mm.sends(strings.ReplaceAll(twoPosts, "2026", "2025"), "shop", "lip", "try", "0"), 400, "Ta chwila już minęła")
	mm.header.Set("Accept-Language", "en")
	says(mm.sends(strings.ReplaceAll(twoPosts, "2026", "2025"), "shop", "lip", "try", "0"), 400, "This moment is over")
	says(mm.sends("name;at;<script>alert(1)</script>\nA;20.12.2026 20:00;1", "shop", "lip", "campaign", "<script>", "try", "0"), 400, "&lt;script&gt;")
	if got := mm.sends(twoPosts, "shop", "hat", "try", "0"); got.Code != http.StatusNotFound || strings.Contains(got.Body.String(), "Hats") {
		t.Errorf("another agency's shop: %d", got.Code)
	}
	for role, party := range map[plan.Role]string{plan.SoftwareHouse: "soft", plan.Host: "web"} {
		b := w.opens(party, role)
		if got := b.sends(twoPosts, "shop", "lip", "try", "0"); got.Code != http.StatusForbidden {
			t.Errorf("%s: %d", role, got.Code)
		}
		if strings.Contains(b.sees("/plan/calendar"), importPath) {
			t.Errorf("%s is offered what it may not", role)
		}
	}
	if got := w.stranger().sends(twoPosts, "shop", "lip", "try", "0"); got.Code != http.StatusForbidden {
		t.Errorf("a stranger: %d", got.Code)
	}
	other := w.opens("mm", plan.MediaHouse)
	other.header.Set("Sec-Fetch-Site", "cross-site")
	if got := other.sends(twoPosts, "shop", "lip", "try", "0"); got.Code != http.StatusForbidden {
		t.Errorf("another site's form: %d", got.Code)
	}
	if got := mm.sends(strings.Repeat("x", listen.MaxFile+longestForm), "shop", "lip"); got.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a file without end: %d", got.Code)
	}
	if got := mm.post(importPath, "shop", "lip"); got.Code != http.StatusBadRequest {
		t.Errorf("a form of another kind: %d", got.Code)
	}
	if got := mm.get(importPath); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/plan/calendar" {
		t.Errorf("who looks there again: %d", got.Code)
	}
	if w.happened() != after {
		t.Error("something of what was refused was taken")
	}
	if got := w.asOperator().sends(strings.ReplaceAll(twoPosts, "Zima", "Wiosna"), "shop", "hat", "try", "0"); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "added 2") {
		t.Errorf("an operator: %d\n%s", got.Code, main0(got.Body.String()))
	}
}
