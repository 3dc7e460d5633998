package toyshop

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

// Whose a request is, is told by the front's last word, or by the connection.
func TestCallersAreTold(t *testing.T) {
	came := newCallers()
	door := came.watch(http.NotFoundHandler())
	for address, n := range map[string]int{"127.200.0.7": 3, "127.10.0.1": 1, "": 2} {
		for range n {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = "127.0.0.1:5000"
			if address != "" {
				r.Header.Set("X-Forwarded-For", "10.9.9.9, "+address)
			}
			door.ServeHTTP(httptest.NewRecorder(), r)
		}
	}
	all := came.all()
	if len(all.ByAddress) != 3 || all.ByAddress["127.200.0.7"] != 3 || all.ByAddress["127.0.0.1"] != 2 || all.Beyond != 0 {
		t.Errorf("%+v", all)
	}
}

// However many addresses come, so many are told apart, and the others are counted.
func TestCallersAreBounded(t *testing.T) {
	came := newCallers()
	for i := range maxCallers + 10 {
		came.note(strconv.Itoa(i))
	}
	came.note("0")
	if all := came.all(); len(all.ByAddress) != maxCallers || all.Beyond != 10 || all.ByAddress["0"] != 2 {
		t.Errorf("%d addresses, %d beyond", len(all.ByAddress), all.Beyond)
	}
}
