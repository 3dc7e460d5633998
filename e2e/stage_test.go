package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// shopOf is one toy shop on a stage: its own process.
type shopOf struct {
	*Process
	url, backstage string
	data           string
}

// stage is the built program as people run it: toy shops, the edge before them,
// the operators' listener.
type stage struct {
	t     testing.TB
	edge  *Process
	url   string // of the edge, by address: the first shop
	admin string
	token string
	data  string
	args  []string // of the edge, but its folder and listeners
	shops []*shopOf
	bare  bool // see imitation
}

// lipstick is what everybody wants.
const lipstick = "/produkt/pomadka-bursztyn"

// quick makes the toy shop ten times as fast as PHP is, so that tests wait for
// what they test.
const quick = "0.1"

var addresses = regexp.MustCompile(`http://[^ /]+`)

func openShop(t testing.TB, args ...string) *shopOf {
	t.Helper()
	s := &shopOf{data: t.TempDir()}
	s.Process = Start(t, append([]string{"toyshop", "--listen", "127.0.0.1:0", "--data", s.data}, args...)...)
	found := addresses.FindAllString(s.Await("toyshop listening"), 2)
	s.url, s.backstage = found[0], found[1]
	return s
}

// openStage starts one toy shop with nothing set before it but its address.
func openStage(t testing.TB) *stage {
	t.Helper()
	shop := openShop(t, "--pace", quick)
	s := raise(t, "--origin", shop.url)
	s.shops = []*shopOf{shop}
	return s
}

// openConfigured starts the edge with a configuration file; extra is the rest of
// the only shop's entry.
func openConfigured(t testing.TB, extra string) *stage {
	t.Helper()
	shop := openShop(t, "--pace", quick)
	s := raise(t, "--config", file(t, fmt.Sprintf("shops:\n  - name: shop\n    origins: [%s]\n%s", shop.url, extra)))
	s.shops = []*shopOf{shop}
	return s
}

func file(t testing.TB, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "falochron.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func raise(t testing.TB, args ...string) *stage {
	t.Helper()
	s := &stage{t: t, data: t.TempDir(), args: args}
	s.start()
	return s
}

// start starts the edge on the stage's folder; it listens where there is room.
func (s *stage) start() {
	s.t.Helper()
	s.edge = Start(s.t, append([]string{"run", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", s.data}, s.args...)...)
	s.url = addresses.FindString(s.edge.Await("falochron listening"))
	s.admin = addresses.FindString(s.edge.Await("live page"))
	token, err := os.ReadFile(filepath.Join(s.data, "admin-token"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.token = strings.TrimSpace(string(token))
}

// startAgain ends the edge and starts it anew: no more an edge that has just been put
// before a shop, and takes over whoever has a cart there (decision 9).
func (s *stage) startAgain() {
	s.t.Helper()
	s.edge.stop()
	s.start()
}

// ask sends one request to the operators' interface and decodes its answer.
func (s *stage) ask(method, path string, body, into any) {
	s.t.Helper()
	var send io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		send = bytes.NewReader(b)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), wait)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.admin+"/api/v1/"+path, send)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %s: %d %v %s", method, path, resp.StatusCode, err, got)
	}
	if into != nil {
		if err := json.Unmarshal(got, into); err != nil {
			s.t.Fatalf("%s %s: %v in %s", method, path, err, got)
		}
	}
}

// order gives an order for the first shop, as an operator's script would.
func (s *stage) order(what string, body any) {
	s.t.Helper()
	s.ask("POST", "shops/shop/"+what, body, nil)
}

// numbers are what the tests read of a shop's second.
type numbers struct {
	Vitals struct {
		Inside  int `json:"inside"`
		InLine  int `json:"in_line"`
		Orders  int `json:"orders"`
		Adopted int `json:"adopted"`
	} `json:"vitals"`
}

func (s *stage) numbers() (n numbers) {
	s.t.Helper()
	s.ask("GET", "shops/shop", nil, &n)
	return n
}

// until asks the operators' interface until the numbers are as wanted.
func (s *stage) until(what string, is func(numbers) bool) {
	s.t.Helper()
	var n numbers
	for limit, looks := time.Now().Add(wait), 0; time.Now().Before(limit); looks++ {
		if n = s.numbers(); is(n) {
			return
		}
		time.Sleep(pause(looks))
	}
	s.t.Fatalf("%s: %+v", what, n)
}

// sold is how many orders the toy shop's own books hold.
func (s *shopOf) sold(t testing.TB) (n struct{ Orders, Oversold int }) {
	t.Helper()
	resp, err := http.Get(s.backstage + "/stats")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
