package toyshop

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzReadVisit throws targets, forms and cookies at the reader of requests:
// what it lets through is bounded and a session is one of ours or none; and
// what was searched for cannot write the page.
func FuzzReadVisit(f *testing.F) {
	f.Add("/koszyk/dodaj", "product=swieca-molo&qty=1", "A")
	f.Add("/koszyk/dodaj", "product=%zz&qty=9999999999999999999", strings.Repeat("A", 26))
	f.Add("/zamowienie", "name=O&email=a@b&blik=123456", strings.Repeat("Z", 26))
	f.Add("/szukaj?q=%F0%9F%92%84%3Cscript%3E%22", "", strings.Repeat("1", 26))
	f.Add("/zamowienie/dziekujemy?nr=-1;x", "", strings.Repeat("7", 26)+"; toy_session=B")
	s := newShelves()
	p, err := newPages(s)
	if err != nil {
		f.Fatal(err)
	}
	plain := tags(p.render("search", leaf{}))
	f.Fuzz(func(t *testing.T, target, form, session string) {
		r, err := http.NewRequest(http.MethodPost, "http://shop.test/", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		if r.URL, err = r.URL.Parse(target); err != nil {
			t.Skip()
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Cookie", sessionCookie+"="+session)
		v, err := readVisit(httptest.NewRecorder(), r)
		if err != nil {
			return
		}
		if v.session != "" && !validSession(v.session) || len(v.body) > maxBody {
			t.Errorf("let through session %q, %d bytes", v.session, len(v.body))
		}
		s.search(v.query.Get("q"))
		checkBuyer(buyer{v.session, v.form.Get("name"), v.form.Get("email")}, v.form.Get("blik"))
		if got := tags(p.render("search", leaf{Query: v.query.Get("q"), Visitor: Tag(v.session)})); got != plain {
			t.Errorf("query %q makes %d tags of %d", v.query.Get("q"), got, plain)
		}
	})
}

// tags counts what opens a tag in a page.
func tags(page []byte) int { return bytes.Count(page, []byte("<")) }
