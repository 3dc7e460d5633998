package accept

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/falochron/falochron/internal/origin"
)

// Over HTTP/2 through the guard and on to the shop: an upload larger than every
// window, an answer larger than every piece, and a shop that answers before it
// has read.
func TestHTTP2ThroughTheDoorToTheShop(t *testing.T) {
	const size = 3 << 20
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refuse" {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		b, err := io.ReadAll(r.Body)
		if len(b) != size || err != nil {
			t.Errorf("the shop got %d bytes, %v", len(b), err)
		}
		w.Write(b)
	}))
	defer shop.Close()
	pool, err := origin.New(origin.Config{URLs: []string{shop.URL}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	s := open(t, Config{H2C: true}, func(w http.ResponseWriter, r *http.Request) {
		pool.Forward(w, r, origin.ForwardOptions{})
	})
	tr := &http.Transport{Protocols: new(http.Protocols)}
	tr.Protocols.SetUnencryptedHTTP2(true)
	defer tr.CloseIdleConnections()
	post := func(path string) (status int, got string) {
		body := strings.Repeat("0123456789abcdef", size/16)
		req, _ := http.NewRequest(http.MethodPost, "http://"+s.Addr().String()+path, strings.NewReader(body))
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Error(err)
		}
		if string(b) == body {
			return resp.StatusCode, "all of it"
		}
		return resp.StatusCode, fmt.Sprint(len(b), " bytes")
	}
	if status, got := post("/refuse"); status != 413 || got != "0 bytes" {
		t.Errorf("refused: %d, %s", status, got)
	}
	if status, got := post("/upload"); status != 200 || got != "all of it" {
		t.Errorf("upload: %d, %s came back", status, got)
	}
}
