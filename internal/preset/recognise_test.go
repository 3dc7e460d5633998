package preset

import (
	"bufio"
	"bytes"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// recording is a shop's answer as testdata/recognise has it: the request line of
// who asked, and a response.
type recording struct {
	name   string // of the file
	answer Answer
}

// platform is whose recording it is, by the file's name: woocommerce-2.http is one
// of WooCommerce, woocommerce-like-1.http is one that only looks so.
func (r recording) platform() (name string, like bool) {
	name, rest, _ := strings.Cut(r.name, "-")
	return name, strings.HasPrefix(rest, "like")
}

func recordings(t testing.TB) (all []recording) {
	t.Helper()
	files, err := filepath.Glob("testdata/recognise/*.http")
	if err != nil || len(files) == 0 {
		t.Fatal("no recordings", err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		request, response, ok := bytes.Cut(data, []byte("\n"))
		path, isGet := strings.CutPrefix(strings.TrimSpace(string(request)), "GET ")
		if !ok || !isGet {
			t.Fatalf("%s does not begin with a request", f)
		}
		a, err := answerOf(path, response)
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		all = append(all, recording{filepath.Base(f), a})
	}
	return all
}

// answerOf reads a response whose lines end as editors end them.
func answerOf(path string, response []byte) (Answer, error) {
	head, body, _ := bytes.Cut(response, []byte("\n\n"))
	head = append(bytes.ReplaceAll(head, []byte("\n"), []byte("\r\n")), "\r\n\r\n"...)
	r, err := http.ReadResponse(bufio.NewReader(io.MultiReader(bytes.NewReader(head), bytes.NewReader(body))), nil)
	if err != nil {
		return Answer{}, err
	}
	defer r.Body.Close()
	all, err := io.ReadAll(r.Body)
	return Answer{Path: path, Status: r.StatusCode, Header: r.Header, Body: all}, err
}

// wrongRecordings lists what is not recognised as it should be, with this platform
// in its place among the others.
func wrongRecordings(t testing.TB, p *Platform) (wrong []string) {
	t.Helper()
	platforms := Platforms()
	i := slices.IndexFunc(platforms, func(q *Platform) bool { return q.Name == p.Name })
	full := platforms[i]
	platforms[i] = p
	found := map[string]bool{}
	for _, r := range recordings(t) {
		name, like := r.platform()
		if name != p.Name {
			continue
		}
		got, signs := recognise(platforms, r.answer)
		for _, s := range signs {
			found[s] = true
		}
		switch {
		case like && (got.Name != GenericName || len(signs) > 0):
			wrong = append(wrong, fmt.Sprintf("%s is taken for %s, by %q", r.name, got.Name, signs))
		case !like && got.Name != name:
			wrong = append(wrong, fmt.Sprintf("%s is taken for %s", r.name, got.Name))
		}
		if r.answer.Path == full.Ask && p.Ask != full.Ask {
			wrong = append(wrong, fmt.Sprintf("%s: nobody asks %s", r.name, r.answer.Path))
		}
	}
	for _, s := range full.Signs {
		if !found[s.String()] {
			wrong = append(wrong, fmt.Sprintf("%s: sign %q is in no recording", p.Name, s))
		}
	}
	return wrong
}

func TestRecognise(t *testing.T) {
	for _, p := range Platforms() {
		for _, wrong := range wrongRecordings(t, p) {
			t.Error(wrong)
		}
	}
	// Each platform has a recording, and something that only looks like it.
	seen := map[string]int{}
	for _, r := range recordings(t) {
		name, like := r.platform()
		if _, ok := Named(name); !ok {
			t.Errorf("%s is of no platform", r.name)
		}
		if like {
			name += " like"
		}
		seen[name]++
	}
	for _, p := range Platforms()[:14] {
		if seen[p.Name] == 0 || seen[p.Name+" like"] == 0 {
			t.Errorf("%s: %d recordings, %d look-alikes", p.Name, seen[p.Name], seen[p.Name+" like"])
		}
	}
}

func TestRecogniseWhenUnsure(t *testing.T) {
	woo := Answer{Status: 200, Body: []byte(`<meta name="generator" content="WooCommerce 9.4.0" /> /plugins/woocommerce/x.css`)}
	cart := Answer{Status: 200, Header: http.Header{"Set-Cookie": {"OCSESSID=x; path=/"}}, Body: []byte("catalog/view/javascript/common.js")}
	both := Answer{Status: 200, Header: cart.Header, Body: append(slices.Clone(woo.Body), cart.Body...)}
	broken := woo
	broken.Status = 502
	late := Answer{Status: 200, Body: append(bytes.Repeat([]byte(" "), checked), woo.Body...)}
	parted := []Answer{{Status: 301, Header: cart.Header}, {Status: 200, Body: cart.Body}}
	for name, x := range map[string]struct {
		answers []Answer
		want    string
	}{
		"nothing":                       {nil, GenericName},
		"one":                           {[]Answer{woo}, "woocommerce"},
		"two as likely":                 {[]Answer{both}, GenericName},
		"a server that fails":           {[]Answer{broken}, GenericName},
		"signs behind the first 256 KB": {[]Answer{late}, GenericName},
		"signs in two answers":          {parted, "opencart"},
		"two strong signs more":         {[]Answer{both, {Status: 200, Body: []byte("wc-ajax=%%endpoint%%")}}, "woocommerce"},
	} {
		if p, signs := Recognise(x.answers...); p.Name != x.want || p.Name == GenericName != (len(signs) == 0) {
			t.Errorf("%s: %s by %q, want %s", name, p.Name, signs, x.want)
		}
	}
	p, signs := Recognise(woo)
	want := []string{`body has <meta name="generator" content="WooCommerce `, "body has /plugins/woocommerce/"}
	if !slices.Equal(signs, want) || p.Title != "WooCommerce" {
		t.Errorf("%s by %q", p.Title, signs)
	}
	if got := Asks(); !slices.Equal(got, []string{"/store/regions", "/shop-api?query=%7BactiveChannel%7Bid%7D%7D"}) {
		t.Errorf("asks %q", got)
	}
}

// A customer who writes the signs of a platform into a review, which the shop prints as
// text, makes nothing of the shop.
func TestReviewsAreNoSigns(t *testing.T) {
	const around = `<!doctype html><html><head><script>var shop = "<p>";</script><title>Sklep</title></head><body class="a > b"><!-- <p> --><p>%s</p></body></html>`
	htmlType := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	for _, p := range Platforms() {
		var written, made []string
		for _, s := range p.Signs {
			if s.In == InBody {
				written = append(written, html.EscapeString(s.Text), s.Text[:strings.IndexAny(s.Text+"<", "<>")])
				made = append(made, `<script>`+s.Text+`</script>`)
			}
		}
		review := Answer{Status: 200, Header: htmlType, Body: fmt.Appendf(nil, around, strings.Join(written, " 1 < 2 "))}
		for _, s := range p.Signs {
			if s.In == InBody && s.in([]Answer{read(review)}) {
				t.Errorf("%s: %s, in a review", p.Name, s)
			}
		}
		own := Answer{Status: 200, Header: htmlType, Body: fmt.Appendf(nil, around, strings.Join(made, ""))}
		for _, s := range p.Signs {
			if s.In == InBody && !s.in([]Answer{read(own)}) {
				t.Errorf("%s: %s is not found in the shop's own script", p.Name, s)
			}
		}
	}
}

func FuzzRecognise(f *testing.F) {
	for _, r := range recordings(f) {
		f.Add(r.answer.Status, r.answer.Header.Get("Set-Cookie"), r.answer.Header.Get("Powered-By"), r.answer.Body)
	}
	f.Fuzz(func(t *testing.T, status int, cookie, by string, body []byte) {
		a := Answer{Status: status, Header: http.Header{"Set-Cookie": {cookie}, "Powered-By": {by}}, Body: body}
		p, signs := Recognise(a)
		if p == nil || p.Name == GenericName != (len(signs) < 2) {
			t.Fatalf("%v by %q", p, signs)
		}
		if again, _ := Recognise(a, a); again.Name != p.Name {
			t.Fatalf("%s, but twice the same is %s", p.Name, again.Name)
		}
		if n := len(code(body)); n > len(body) {
			t.Fatalf("%d bytes of code in %d of a page", n, len(body))
		}
	})
}
