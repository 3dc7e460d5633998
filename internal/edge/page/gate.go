package page

import (
	"crypto/sha256"
	_ "embed" // the script
	"encoding/hex"
	"net/http"
)

//go:embed gate.js
var gateJS string

// GateTag is what the edge puts into HTML answers of the shop, see [NewInjector].
const GateTag = `<script src="/.falochron/gate.js" async></script>`

// Gate is the script behind [GateTag], ready to send. Immutable.
type Gate struct {
	body []byte
	etag string
}

// NewGate prepares the script: at most 2 KB, the comments stay in the source.
func NewGate() *Gate {
	g := &Gate{body: []byte(squeezeJS(gateJS))}
	sum := sha256.Sum256(g.body)
	g.etag = `"` + hex.EncodeToString(sum[:8]) + `"`
	return g
}

// ServeHTTP sends the script. It is kept for an hour: in a wave that saves one
// request per page, and a new version of Falochron is everywhere an hour later.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=3600")
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", g.etag)
	if r.Header.Get("If-None-Match") == g.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_ = send(w, r, http.StatusOK, g.body) // the visitor has gone: nobody to tell
}
