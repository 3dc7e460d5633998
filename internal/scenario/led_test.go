package scenario

import (
	"net/http"
	"strings"
	"testing"
)

// Who is led on by an answer from the cache keeps what his link said of where he comes from,
// as he would by the shop itself, and gets nobody else's.
func TestWhoIsLedOnKeepsHisTracking(t *testing.T) {
	story(t, func(w *world) {
		s := software(w, "woocommerce", func(w http.ResponseWriter, r *http.Request) {
			to := map[string]string{
				"/product/x": "/product/x/", "/product/y": "http://a.example/product/y/", "/product/w": "https://www.a.example/product/w/?size=m#top",
				"/product/z": "https://elsewhere.example/z",
			}[r.URL.Path]
			if to == "" {
				prints(w, "a page")
				return
			}
			if r.URL.RawQuery != "" && !strings.Contains(to, "?") {
				to += "?" + r.URL.RawQuery // as WordPress does
			}
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusMovedPermanently)
		})
		for _, c := range []struct{ path, query, want string }{
			{"/product/x", "", "/product/x/"},
			{"/product/x", "?utm_source=ig&fbclid=anna", "/product/x/?utm_source=ig&fbclid=anna"},
			{"/product/x", "?fbclid=bela", "/product/x/?fbclid=bela"},
			{"/product/x", "?coupon=OLA&fbclid=cela&utm_x", "/product/x/?coupon=OLA&fbclid=cela&utm_x"},
			{"/product/x", "?coupon=OLA", "/product/x/?coupon=OLA"},
			{"/product/y", "?gclid=a%0d%0ab", "http://a.example/product/y/?gclid=a%0d%0ab"},
			{"/product/w", "?size=m&igsh=Mz==", "https://www.a.example/product/w/?size=m&igsh=Mz==#top"},
			{"/product/z", "?fbclid=dora", "https://elsewhere.example/z"},
		} {
			got := w.visitor("a.example").see(c.path + c.query)
			if to := got.header["Location"]; got.status != http.StatusMovedPermanently || len(to) != 1 || to[0] != c.want {
				w.Errorf("%s%s: %d %q, want %q (%s)", c.path, c.query, got.status, to, c.want, got.header.Get("Cache-Status"))
			}
		}
		if n := s.requests("/product/x"); n != 2 { // with the coupon and without
			w.Errorf("%d requests", n)
		}
	})
}
