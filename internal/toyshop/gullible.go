package toyshop

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// gullible believes, before a shop that is so looks at a request, what careless
// shops believe though no cache has it in its key: another host, another
// address, another method. And it reads paths as PHP behind a lax web server
// does.
func (s *Shop) gullible(next http.Handler) http.Handler {
	if !s.config.Gullible {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		for _, name := range []string{"X-Forwarded-Host", "X-Host"} {
			if host := r.Header.Get(name); host != "" {
				r.Host = host
			}
		}
		for _, name := range []string{"X-Original-URL", "X-Rewrite-URL"} {
			if u, err := url.Parse(r.Header.Get(name)); err == nil && strings.HasPrefix(u.Path, "/") {
				r.URL = &url.URL{Path: u.Path, RawQuery: u.RawQuery}
			}
		}
		for _, name := range []string{"X-HTTP-Method-Override", "X-Method-Override"} {
			if method := r.Header.Get(name); method != "" {
				r.Method = strings.ToUpper(method)
			}
		}
		r.URL.Path = s.lax(r.URL.Path)
		r.URL.RawPath = ""
		next.ServeHTTP(w, r)
	})
}

// lax reads a path that has been decoded already, %2f and %00 included: a
// backslash is a slash, what follows ; or a zero byte is not there, dots are
// resolved, and behind the name of a page there may follow the name of a file
// that does not exist.
func (s *Shop) lax(p string) string {
	p, _, _ = strings.Cut(p, "\x00")
	parts := strings.Split(strings.ReplaceAll(p, `\`, "/"), "/")
	for i := range parts {
		parts[i], _, _ = strings.Cut(parts[i], ";")
	}
	slash := strings.HasSuffix(parts[len(parts)-1], "/") || parts[len(parts)-1] == ""
	clean := path.Clean("/" + strings.Join(parts, "/"))
	if !s.files.has(clean) {
		dir, file := path.Split(clean)
		switch path.Ext(file) {
		case ".css", ".js", ".png", ".jpg", ".svg", ".ico", ".woff2":
			clean, slash = path.Clean(dir), false
		}
	}
	if slash && clean != "/" {
		clean += "/"
	}
	return clean
}
