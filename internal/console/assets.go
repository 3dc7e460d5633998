package console

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"
)

// types are the kinds of files served; one of another kind is not found.
var types = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".png": "image/png",
}

// asset is one committed file.
type asset struct {
	body []byte
	kind string
	etag string
}

// assets serves the committed files. Browsers ask each time whether theirs is
// still the one (a few bytes on loopback), so an upgrade shows at once.
func assets() http.Handler {
	all := make(map[string]asset)
	list, err := files.ReadDir("assets")
	if err != nil {
		panic(err) // embedded: cannot happen in a program that was built
	}
	for _, f := range list {
		body, err := files.ReadFile("assets/" + f.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(body)
		all["/assets/"+f.Name()] = asset{body, types[path.Ext(f.Name())], `"` + hex.EncodeToString(sum[:8]) + `"`}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := all[r.URL.Path]
		if !ok || a.kind == "" {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", a.etag)
		h.Set("X-Content-Type-Options", "nosniff")
		if r.Header.Get("If-None-Match") == a.etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", a.kind)
		_, _ = w.Write(a.body)
	})
}
