package edge

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/falochron/falochron/internal/preset"
)

func classifier(t testing.TB) *preset.Classifier {
	t.Helper()
	p, _ := preset.Named(preset.GenericName)
	c, err := preset.New(p, preset.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// shown lets a page pass as the shop's answer, and returns what was noted of it.
func (f *pageFiles) shown(t testing.TB, now time.Time, path, packed string, body io.Reader) (files int, known bool) {
	t.Helper()
	resp := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: io.NopCloser(body)}
	if packed != "" {
		resp.Header.Set("Content-Encoding", packed)
	}
	f.watch(now, preset.Request{Method: "GET", Host: "a.example", Path: path}, "https", classifier(t), resp)
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return f.of(path)
}

func TestFilesThatAPageNames(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name, page string
		want       int
	}{
		{"nothing", "<h1>Fala</h1>", 0},
		{"a style sheet", `<link rel="stylesheet" href="/s.css">`, 1},
		{"the same twice", `<link rel="stylesheet" href="/s.css"><link rel="preload" href="s.css">`, 1},
		{"of the own host, in full", `<img src="https://A.example/a.jpg"><img src=//a.example/b.png>`, 2},
		{"of another host", `<link rel="stylesheet" href="https://cdn.example/s.css"><img src="//cdn.example/a.jpg"><script src="https://cdn.example/a.js"></script>`, 0},
		{"another host is the base", `<base href="https://cdn.example/x/"><img src="a.jpg"><script src="/a.js"></script>`, 0},
		{"an icon, which many browsers leave out", `<link rel="icon" href="/favicon.ico"><link rel="apple-touch-icon" href="/a.png">`, 0},
		{"pictures further down", `<img loading="lazy" src="/a.jpg"><img data-src="/b.jpg">`, 0},
		{"the edge's own", `<script src="/.falochron/gate.js" async></script>`, 0},
		{"links and inline pictures", `<a href="/x.css">x</a><img src="data:image/png;base64,AAAA"><script>var x="<img src=/a.jpg>"</script><!-- <img src=/a.jpg> -->`, 0},
		{"what is no file", `<img src="/count?p=1">`, 0},
		{"many", strings.Repeat(`<img src="/a.jpg"><script src="/a.js"></script><img src="/b.jpg"><img src="/c.jpg"><img src="/d.jpg">`, 9), 4},
	} {
		if files, known := newPageFiles(now).shown(t, now, "/p", "", iotest.OneByteReader(strings.NewReader(c.page))); !known || files != c.want {
			t.Errorf("%s: %d files, known: %v; want %d", c.name, files, known, c.want)
		}
	}
}

// However a page comes in, what is passed on is what the shop sent.
func TestAPageThatIsReadIsNotChanged(t *testing.T) {
	now := time.Now()
	page := []byte("<html>" + strings.Repeat("<p>fala</p>", filesWithin/8) + `<img src="/a.jpg">`)
	for _, n := range []int{len(page), 5000, 100} {
		f := newPageFiles(now)
		resp := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(bytes.NewReader(page[:n]))}
		f.watch(now, preset.Request{Path: "/p", Host: "a.example"}, "http", classifier(t), resp)
		got, err := io.ReadAll(resp.Body)
		if err != nil || !bytes.Equal(got, page[:n]) {
			t.Errorf("%d bytes became %d, %v", n, len(got), err)
		}
		if files, known := f.of("/p"); files != 0 || !known { // the picture lies beyond what is read
			t.Errorf("%d bytes: %d, %v", n, files, known)
		}
	}
}

func TestPackedAndBrokenPages(t *testing.T) {
	now := time.Now()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, `<img src="/a.jpg">`)
	_ = z.Close()
	if files, known := newPageFiles(now).shown(t, now, "/p", "gzip", &packed); files != 1 || !known {
		t.Errorf("gzip: %d, %v", files, known)
	}
	for name, c := range map[string]struct {
		packed string
		body   io.Reader
	}{
		"br":         {"br", strings.NewReader("x")},
		"no gzip":    {"gzip", strings.NewReader("x")},
		"broken off": {"", io.MultiReader(strings.NewReader("<h1>Fa"), iotest.ErrReader(errors.New("gone")))},
	} {
		f := newPageFiles(now)
		if files, known := f.shown(t, now, "/p", c.packed, c.body); known {
			t.Errorf("%s: %d files are known", name, files)
		}
		if n := f.reading.Load(); n != 0 {
			t.Errorf("%s: %d pages are being read", name, n)
		}
	}
}

// A page is read anew after ten minutes, and not before.
func TestPagesAreReadAnew(t *testing.T) {
	now := time.Now()
	f := newPageFiles(now)
	for _, step := range []struct {
		after time.Duration
		page  string
		want  int
	}{{0, "plain", 0}, {9 * time.Minute, `<img src="/a.jpg">`, 0}, {10 * time.Minute, `<img src="/a.jpg">`, 1}, {300 * 24 * time.Hour, "plain", 0}} {
		if files, known := f.shown(t, now.Add(step.after), "/p", "", strings.NewReader(step.page)); !known || files != step.want {
			t.Errorf("after %v: %d, %v; want %d", step.after, files, known, step.want)
		}
	}
}

// More paths than there is room for push each other out, and are never taken for each other.
func TestManyPaths(t *testing.T) {
	now := time.Now()
	f := newPageFiles(now)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	const n = 3 * filesSlots
	for i := range n {
		f.note(now, fmt.Sprintf("/p/%d/%d", seed, i), i%5)
	}
	known := 0
	for i := range n {
		files, is := f.of(fmt.Sprintf("/p/%d/%d", seed, i))
		if is {
			known++
		}
		if is && files != i%5 {
			t.Fatalf("path %d: %d files, want %d", i, files, i%5)
		}
	}
	if known > filesSlots || known < filesSlots/2 {
		t.Errorf("%d paths are known in %d slots", known, filesSlots)
	}
	for range filesAtOnce {
		f.reading.Add(1)
	}
	if _, known := f.shown(t, now, "/one-too-many", "", strings.NewReader("x")); known {
		t.Error("more pages are read at once than may be")
	}
}
