package toyshop

import "net/http"

// An affiliate network numbers each click in the address, and its plug-in in the shop
// keeps the number in a cookie that the server sets, so that the sale can be reported
// (Awin's conversion tag, server to server). It does so on every page that a link may
// lead to, whatever the shop's software.
const (
	clickParameter = "awc"
	ClickCookie    = "_aw_click" // ClickCookie holds the number of the click.
)

func numbered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodGet {
			if number := req.URL.Query().Get(clickParameter); plainID(number) {
				w.Header().Add("Set-Cookie", ClickCookie+"="+number+"; Path=/; Max-Age=2592000; SameSite=Lax")
			}
		}
		next.ServeHTTP(w, req)
	})
}
