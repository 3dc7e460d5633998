package toyshop

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

//go:embed assets
var assetFiles embed.FS

// files serves style, script and pictures from memory, without a worker, as the
// web server before PHP does.
type files struct {
	byPath map[string]file // fixed after newFiles
	served atomic.Uint64
	silent bool // about caching: only when a file was changed is said, as by nginx that nobody has set up
}

// changedAt is when the files of a silent shop were last changed: long ago, by any clock of the tests.
var changedAt = time.Date(1999, 3, 2, 9, 30, 0, 0, time.UTC)

type file struct {
	kind, etag string
	body       []byte
}

func newFiles(articles []Article) *files {
	f := &files{byPath: map[string]file{}}
	css, _ := assetFiles.ReadFile("assets/sklep.css")
	js, _ := assetFiles.ReadFile("assets/sklep.js")
	f.put("/static/sklep.css", "text/css; charset=utf-8", css)
	f.put("/static/sklep.js", "text/javascript; charset=utf-8", js)
	for _, a := range articles {
		for view := 1; view <= views; view++ {
			f.put(fmt.Sprintf("/obrazy/%s-%d.svg", a.Slug, view), "image/svg+xml", picture(a, view))
		}
	}
	return f
}

func (f *files) put(path, kind string, body []byte) {
	sum := sha256.Sum256(body)
	f.byPath[path] = file{kind, `"` + hex.EncodeToString(sum[:8]) + `"`, body}
}

// has reports whether there is such a file.
func (f *files) has(path string) bool {
	_, ok := f.byPath[path]
	return ok
}

// putGuise adds the files of a guise, where its software keeps them.
func (f *files) putGuise(g *guise, articles []Article) error {
	f.silent = g.files.silent
	css, _ := assetFiles.ReadFile("assets/sklep.css")
	js, _ := assetFiles.ReadFile("assets/guise.js")
	own, err := assetFiles.ReadFile("assets/as_" + g.name + ".js")
	if err != nil {
		return err
	}
	if g.shell {
		shell, _ := assetFiles.ReadFile("assets/shell.js")
		own = append(own, shell...)
	}
	f.put(g.files.css, "text/css; charset=utf-8", css)
	f.put(g.files.js, "text/javascript; charset=utf-8", append(own, js...))
	for _, path := range g.files.also {
		f.put(path, "text/javascript; charset=utf-8", []byte("/* "+path+" */\n"))
	}
	for _, a := range articles {
		for view := 1; view <= views; view++ {
			f.put(fmt.Sprintf("%s%s-%d.svg", g.files.pictures, a.Slug, view), "image/svg+xml", picture(a, view))
		}
	}
	return nil
}

func (f *files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.served.Add(1)
	file, ok := f.byPath[r.URL.Path]
	if !ok {
		http.Error(w, "404 Not Found", http.StatusNotFound)
		return
	}
	h := w.Header()
	changed := time.Time{}
	if f.silent {
		changed = changedAt
	} else {
		h["Cache-Control"] = []string{"public, max-age=3600"}
	}
	h["Content-Type"] = []string{file.kind}
	h["Etag"] = []string{file.etag}
	if strings.HasPrefix(file.kind, "image/svg") {
		h["Content-Security-Policy"] = []string{"default-src 'none'; style-src 'unsafe-inline'"}
	}
	http.ServeContent(w, r, "", changed, bytes.NewReader(file.body))
}
