package edge

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"

	"github.com/falochron/falochron/internal/edge/page"
)

// inject puts the script that keeps a refusal from being silent into an HTML
// answer, if it may go there.
func inject(resp *http.Response, host string) bool {
	ok, _ := page.CanInject(resp.Request.Method, host, resp.StatusCode, resp.Header)
	if !ok {
		return false
	}
	resp.Body = page.NewInjector(resp.Body, page.GateTag)
	changed(resp)
	return true
}

// squeeze compresses an HTML answer that the shop was asked to send plain, for
// a visitor who takes gzip. It flushes with every piece the shop sends, so that
// a page still appears as it is made.
func squeeze(resp *http.Response, accepts string) {
	if !takesGzip(accepts) || resp.Header.Get("Content-Encoding") != "" || resp.StatusCode != http.StatusOK ||
		!strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") ||
		strings.Contains(strings.ToLower(resp.Header.Get("Cache-Control")), "no-transform") {
		return
	}
	resp.Header.Set("Content-Encoding", "gzip")
	resp.Header.Add("Vary", "Accept-Encoding")
	changed(resp)
	g := &gzipped{src: resp.Body}
	g.z, _ = gzip.NewWriterLevel(&g.out, gzip.BestSpeed) // the level is a valid one
	resp.Body = g
}

// changed takes back what the shop said of bytes that are no longer its own.
func changed(resp *http.Response) {
	h := resp.Header
	h.Del("Content-Length")
	h.Del("Accept-Ranges")
	if tag := h.Get("ETag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		h.Set("ETag", "W/"+tag)
	}
	resp.ContentLength = -1
}

// takesGzip reads Accept-Encoding as far as needed: gzip named, and not with a
// weight of zero (RFC 9110, 12.5.3).
func takesGzip(accepts string) bool {
	for part := range strings.SplitSeq(accepts, ",") {
		name, weight, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			_, q, weighed := strings.Cut(weight, "=")
			return !weighed || strings.Trim(strings.TrimSpace(q), "0.") != ""
		}
	}
	return false
}

// gzipped reads plain bytes from src and gives them compressed.
type gzipped struct {
	src io.ReadCloser
	out bytes.Buffer
	z   *gzip.Writer
	err error
	buf [8 << 10]byte
}

// Read compresses the next piece.
func (g *gzipped) Read(p []byte) (int, error) {
	for g.out.Len() == 0 && g.err == nil {
		n, err := g.src.Read(g.buf[:])
		_, _ = g.z.Write(g.buf[:n]) // into memory: cannot fail
		if err != nil {
			g.err = err
			if err == io.EOF {
				_ = g.z.Close()
			}
			break
		}
		_ = g.z.Flush()
	}
	if g.out.Len() > 0 {
		return g.out.Read(p)
	}
	return 0, g.err
}

// Close closes the source.
func (g *gzipped) Close() error { return g.src.Close() }
