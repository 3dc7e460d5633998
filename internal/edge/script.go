package edge

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync"

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
func (s *Server) squeeze(resp *http.Response, accepts string) {
	if !takesGzip(accepts) || resp.Header.Get("Content-Encoding") != "" || resp.StatusCode != http.StatusOK ||
		!strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") ||
		strings.Contains(strings.ToLower(strings.Join(resp.Header["Cache-Control"], ",")), "no-transform") {
		return
	}
	resp.Header.Set("Content-Encoding", "gzip")
	if !strings.Contains(strings.ToLower(strings.Join(resp.Header["Vary"], ",")), "accept-encoding") {
		resp.Header.Add("Vary", "Accept-Encoding")
	}
	changed(resp)
	g := &gzipped{src: resp.Body, idle: &s.squeezers}
	if g.squeezer, _ = s.squeezers.Get().(*squeezer); g.squeezer == nil {
		g.squeezer = new(squeezer)
		g.z, _ = gzip.NewWriterLevel(&g.out, gzip.BestSpeed) // the level is a valid one
	} else {
		g.out.Reset()
		g.z.Reset(&g.out)
	}
	resp.Body = g
}

// squeezer is what compressing needs: some 800 KB, so it is used again.
type squeezer struct {
	out bytes.Buffer
	z   *gzip.Writer
	buf [8 << 10]byte
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
	*squeezer
	src  io.ReadCloser
	err  error
	idle *sync.Pool
	shut bool
}

// Read compresses the next piece.
func (g *gzipped) Read(p []byte) (int, error) {
	if g.shut {
		return 0, http.ErrBodyReadAfterClose
	}
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

// Close closes the source and gives back what compressing needed. It and Read
// are called by one goroutine.
func (g *gzipped) Close() error {
	if !g.shut {
		g.shut = true
		g.idle.Put(g.squeezer)
	}
	return g.src.Close()
}
