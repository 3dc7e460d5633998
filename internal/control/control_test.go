package control

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { os.Exit(whole(code)) }))
}

const (
	adminToken = "admin-token-of-the-tests"
	stockToken = "stock-token-of-the-tests"
)

// pier stands for the edge: one shop, its vitals and orders settable.
type pier struct {
	mu        sync.Mutex
	vitals    falochron.Vitals
	orders    falochron.Snapshot
	published []falochron.Snapshot
}

func newPier() *pier {
	return &pier{vitals: falochron.Vitals{
		Shop: "perfumy.example", Limit: 4, Binding: "concurrency", Why: "the shop is full",
		Replicas: []falochron.ReplicaVitals{{URL: "http://user:hunter2@127.0.0.1:8080/base", Healthy: true}},
	}}
}

func (p *pier) Shops() []string { return []string{"perfumy.example"} }

func (p *pier) Vitals(shop string) (falochron.Vitals, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := p.vitals
	v.Mode, v.Ceiling = p.orders.Mode, p.orders.Ceiling
	return v, shop == "perfumy.example"
}

func (p *pier) set(change func(*falochron.Vitals)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.vitals)
}

func (p *pier) snapshot(shop string) (falochron.Snapshot, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.orders, shop == "perfumy.example"
}

func (p *pier) publish(_ string, s falochron.Snapshot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.orders = s
	p.published = append(p.published, s)
}

func newControl(t *testing.T, change func(*Config)) (*Control, *pier, *journal.Journal) {
	t.Helper()
	p, j := newPier(), journal.New(journal.Config{Size: 256})
	cfg := Config{
		Token: adminToken, StockToken: stockToken, Journal: j, Source: p, Publish: p.publish, Snapshot: p.snapshot,
		Faults: []string{"expired", "mac"}, Version: "test",
		Console: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "page "+r.URL.Path) }),
		Room:    func(w http.ResponseWriter, r *http.Request, _ string) { _, _ = io.WriteString(w, "room "+r.URL.Path) },
	}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.handler = conforming(t, c)
	return c, p, j
}

// ask sends one request as the holder of the admin token, unless change says
// otherwise.
func ask(c http.Handler, method, path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:9090"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+adminToken)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
}

func TestNewRefusesWeakTokens(t *testing.T) {
	for _, cfg := range []Config{{}, {Token: "short"}, {Token: adminToken, StockToken: "short"}, {Token: adminToken, StockTokens: map[string]string{"a": "short"}}} {
		if _, err := New(cfg); falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

// After a reload the new token opens the webhook and the old one does not.
func TestStockTokensOfAReload(t *testing.T) {
	c, _, _ := newControl(t, func(cfg *Config) { cfg.StockTokens = map[string]string{"perfumy.example": "token-of-before-0"} })
	c.SetStockTokens(map[string]string{"perfumy.example": "token-of-now-0000"})
	for token, want := range map[string]int{"token-of-before-0": 401, "token-of-now-0000": 200} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "http://127.0.0.1/api/v1/shops/perfumy.example/stock", strings.NewReader(`{"path": "/p/lipstick", "sold_out": true}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		if c.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%s: %d, want %d: %s", token, w.Code, want, w.Body)
		}
	}
}

func TestWhoMayAskWhat(t *testing.T) {
	c, _, _ := newControl(t, func(cfg *Config) {
		cfg.Hosts = []string{"admin.example"}
		cfg.StockTokens = map[string]string{"perfumy.example": "token-of-perfumy.example", "other.example": "token-of-other.example", "none.example": ""}
	})
	own, others := header("Authorization", "Bearer token-of-perfumy.example"), header("Authorization", "Bearer token-of-other.example")
	stock := header("Authorization", "Bearer "+stockToken)
	nobody := header("Authorization", "")
	wrong := header("Authorization", "Bearer "+adminToken+"x")
	empty := header("Authorization", "Bearer ")
	host := func(h string) func(*http.Request) { return func(r *http.Request) { r.Host = h } }
	const sold = `{"path": "/p/lipstick", "sold_out": true}`
	for _, q := range []struct {
		name, method, path, body string
		change                   func(*http.Request)
		want                     int
	}{
		{"token", "GET", "/api/v1/shops", "", nil, 200},
		{"head", "HEAD", "/api/v1/shops", "", nil, 200},
		{"nobody", "GET", "/api/v1/shops", "", nobody, 401},
		{"wrong token", "GET", "/api/v1/shops", "", wrong, 401},
		{"empty token", "GET", "/api/v1/shops", "", empty, 401},
		{"a forged session", "GET", "/api/v1/shops", "", func(r *http.Request) {
			r.Header.Del("Authorization")
			r.AddCookie(&http.Cookie{Name: SessionCookie, Value: "AAAA"})
		}, 401},
		{"nobody learns which methods there are", "DELETE", "/api/v1/shops", "", nobody, 401},
		{"wrong method", "DELETE", "/api/v1/shops", "", nil, 405},
		{"an order by GET", "GET", "/api/v1/shops/perfumy.example/hold", "", nil, 405},
		{"nothing there", "GET", "/api/v1/nothing", "", nil, 404},
		{"no such shop", "GET", "/api/v1/shops/x", "", nil, 404},
		{"no such shop's history", "GET", "/api/v1/shops/x/history", "", nil, 404},
		{"no such shop's events", "GET", "/api/v1/shops/x/events", "", nil, 404},
		{"no such shop's mode", "POST", "/api/v1/shops/x/hold", "", nil, 404},
		{"stock token reads nothing", "GET", "/api/v1/shops", "", stock, 403},
		{"stock token orders no hold", "POST", "/api/v1/shops/perfumy.example/hold", "", stock, 403},
		{"stock token", "POST", "/api/v1/shops/perfumy.example/stock", sold, stock, 200},
		{"the shop's own stock token", "POST", "/api/v1/shops/perfumy.example/stock", sold, own, 200},
		{"another shop's stock token", "POST", "/api/v1/shops/perfumy.example/stock", sold, others, 403},
		{"a shop's stock token reads nothing", "GET", "/api/v1/shops/perfumy.example", "", own, 403},
		{"metrics", "GET", "/metrics", "", nil, 200},
		{"metrics for nobody", "GET", "/metrics", "", nobody, 401},
		{"profiles", "GET", "/debug/pprof/", "", nil, 200},
		{"memory, collected before", "GET", "/debug/pprof/heap?gc=1", "", nil, 200},
		{"allocations in words", "GET", "/debug/pprof/allocs?debug=1", "", nil, 200},
		{"profiles for nobody", "GET", "/debug/pprof/heap", "", nobody, 401},
		{"alive", "GET", "/healthz", "", nobody, 200},
		{"ready", "GET", "/readyz", "", nobody, 200},
		{"ready under a cluster's address", "GET", "/readyz", "", host("10.1.2.3:9090"), 200},
		{"page for nobody leads to the login", "GET", "/", "", nobody, 303},
		{"login page", "GET", "/login", "", nobody, 200},
		{"assets", "GET", "/assets/live.css", "", nobody, 200},
		{"page", "GET", "/", "", nil, 200},
		{"page by POST", "POST", "/", "{}", nil, 405},
		{"localhost", "GET", "/api/v1/shops", "", host("LocalHost:9090"), 200},
		{"IPv6 loopback", "GET", "/api/v1/shops", "", host("[::1]:9090"), 200},
		{"IPv6 loopback without port", "GET", "/api/v1/shops", "", host("[::1]"), 200},
		{"an allowed host", "GET", "/api/v1/shops", "", host("admin.example"), 200},
		{"a rebound name", "GET", "/api/v1/shops", "", host("evil.example:9090"), 421},
		{"a look-alike", "GET", "/api/v1/shops", "", host("127.0.0.1.evil.example"), 421},
		{"the login under a rebound name", "POST", "/login", "x", host("evil.example"), 421},
		{"no host", "GET", "/api/v1/shops", "", host(""), 421},
		{"another site's form", "POST", "/api/v1/shops/perfumy.example/hold", "", header("Sec-Fetch-Site", "cross-site"), 403},
		{"another port's script", "POST", "/api/v1/shops/perfumy.example/hold", "", header("Sec-Fetch-Site", "same-site"), 403},
		{"another origin", "POST", "/api/v1/shops/perfumy.example/hold", "", header("Origin", "http://127.0.0.1:8080"), 403},
	} {
		change := q.change
		if change == nil {
			change = func(*http.Request) {}
		}
		w := ask(c, q.method, q.path, q.body, change)
		if w.Code != q.want {
			t.Errorf("%s: %s %s: status %d, want %d: %s", q.name, q.method, q.path, w.Code, q.want, w.Body)
		}
		if w.Code == 405 && w.Header().Get("Allow") == "" {
			t.Errorf("%s: a 405 names the methods there are", q.name)
		}
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", q.name, w.Header())
		}
	}
}

func TestOrders(t *testing.T) {
	later := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	for _, q := range []struct {
		name, path, body string
		want             int
		note             string // of the audit record; "" = nothing changed
	}{
		{"mode", "mode", `{"mode": "shop"}`, 200, "mode: auto → shop"},
		{"mode as it is", "mode", `{"mode": "auto"}`, 200, ""},
		{"no such mode", "mode", `{"mode": "panic"}`, 400, ""},
		{"mode missing", "mode", `{}`, 400, ""},
		{"unknown field", "mode", `{"mode": "shop", "why": "x"}`, 400, ""},
		{"two values", "mode", `{"mode": "shop"} {"mode": "off"}`, 400, ""},
		{"not JSON", "mode", `mode=shop`, 400, ""},
		{"too long", "mode", `{"mode": "` + strings.Repeat("x", maxBody) + `"}`, 413, ""},
		{"hold", "hold", "", 200, "mode: auto → hold"},
		{"release without hold", "release", "", 200, ""},
		{"ceiling", "ceiling", `{"n": 8}`, 200, "ceiling: none → 8"},
		{"no ceiling", "ceiling", `{"n": 0}`, 200, ""},
		{"ceiling below zero", "ceiling", `{"n": -1}`, 400, ""},
		{"ceiling sky high", "ceiling", `{"n": 100001}`, 400, ""},
		{"ceiling missing", "ceiling", `{}`, 400, ""},
		{"ceiling broken", "ceiling", `{"n": 1.5}`, 400, ""},
		{"start", "start", `{"time": "` + later + `"}`, 200, "start: none → " + later},
		{"no start", "start", `{"time": ""}`, 200, ""},
		{"start missing", "start", `{}`, 400, ""},
		{"start in the past", "start", `{"time": "2020-01-01T00:00:00Z"}`, 400, ""},
		{"start far away", "start", `{"time": "2990-01-01T00:00:00Z"}`, 400, ""},
		{"start unreadable", "start", `{"time": "tomorrow"}`, 400, ""},
		{"sold out", "stock", `{"path": "/p/róż", "sold_out": true}`, 200, "sold out: /p/róż"},
		{"in stock anyway", "stock", `{"path": "/p/x", "sold_out": false}`, 200, ""},
		{"stock without path", "stock", `{"sold_out": true}`, 400, ""},
		{"stock without state", "stock", `{"path": "/p/x"}`, 400, ""},
		{"stock with a query", "stock", `{"path": "/p/x?a=1", "sold_out": true}`, 400, ""},
		{"stock with a line break", "stock", `{"path": "/p/x\nset", "sold_out": true}`, 400, ""},
		{"stock of another site", "stock", `{"path": "https://x.example/", "sold_out": true}`, 400, ""},
	} {
		t.Run(q.name, func(t *testing.T) {
			c, p, j := newControl(t, nil)
			w := ask(c, "POST", "/api/v1/shops/perfumy.example/"+q.path, q.body, header(ActorHeader, "Ola"))
			if w.Code != q.want {
				t.Fatalf("status %d, want %d: %s", w.Code, q.want, w.Body)
			}
			audits := j.Since(time.Time{}, journal.Filter{})
			if q.note == "" {
				if len(p.published) != 0 || len(audits) != 0 {
					t.Fatalf("published %+v, wrote down %+v", p.published, audits)
				}
				if w.Code >= 400 {
					var got struct{ Error fault }
					if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Error.Message == "" {
						t.Errorf("%v in %s", err, w.Body)
					}
				}
				return
			}
			if len(p.published) != 1 || p.published[0].Version != 1 {
				t.Fatalf("published %+v", p.published)
			}
			if len(audits) != 1 || audits[0].Note != q.note || audits[0].Actor != "Ola" || audits[0].Shop != "perfumy.example" || time.Since(audits[0].Time) > time.Minute {
				t.Errorf("wrote down %+v", audits)
			}
			var got struct {
				Orders Orders
				Audit  *journal.Entry
			}
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Orders.Version != 1 || got.Audit == nil || got.Audit.Note != q.note {
				t.Errorf("%v: %s", err, w.Body)
			}
		})
	}
}

func TestABodyThatIsNotDeclaredAsJSONIsRefused(t *testing.T) {
	c, p, _ := newControl(t, nil)
	w := ask(c, "POST", "/api/v1/shops/perfumy.example/mode", `{"mode": "off"}`, header("Content-Type", "text/plain"))
	if w.Code != 400 || len(p.published) != 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAReleaseReturnsToTheModeBeforeTheHold(t *testing.T) {
	c, p, _ := newControl(t, nil)
	post := func(path, body string) { ask(c, "POST", "/api/v1/shops/perfumy.example/"+path, body) }
	post("mode", `{"mode": "shop"}`)
	post("hold", "")
	post("hold", "")
	post("release", "")
	if p.orders.Mode != falochron.ModeShop || p.orders.Version != 3 {
		t.Errorf("%+v", p.orders)
	}
	post("mode", `{"mode": "hold"}`) // the long way into a hold
	post("release", "")
	if p.orders.Mode != falochron.ModeShop {
		t.Errorf("%+v", p.orders)
	}
}

func TestAPublishedSnapshotNeverChanges(t *testing.T) {
	c, p, _ := newControl(t, nil)
	for _, path := range []string{"/p/a", "/p/b"} {
		ask(c, "POST", "/api/v1/shops/perfumy.example/stock", `{"path": "`+path+`", "sold_out": true}`)
	}
	ask(c, "POST", "/api/v1/shops/perfumy.example/stock", `{"path": "/p/a", "sold_out": false}`)
	var sizes []int
	for _, s := range p.published {
		sizes = append(sizes, len(s.SoldOut))
	}
	if len(sizes) != 3 || sizes[0] != 1 || sizes[1] != 2 || sizes[2] != 1 || !p.orders.SoldOut["/p/b"] {
		t.Errorf("%v", sizes)
	}
}

func TestChangesAtOnceLoseNothing(t *testing.T) {
	c, p, _ := newControl(t, nil)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := c.Change("perfumy.example", "test", func(s *falochron.Snapshot) (string, error) {
				s.Ceiling++
				return "ceiling: one more", nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if p.orders.Ceiling != 50 || p.orders.Version != 50 {
		t.Errorf("%+v", p.orders)
	}
}

func TestSoldOutListIsBounded(t *testing.T) {
	c, p, _ := newControl(t, nil)
	p.orders.SoldOut = make(map[string]bool)
	for i := range maxSoldOut {
		p.orders.SoldOut[fmt.Sprintf("/p/%d", i)] = true
	}
	w := ask(c, "POST", "/api/v1/shops/perfumy.example/stock", `{"path": "/p/one-more", "sold_out": true}`)
	if w.Code != http.StatusConflict || len(p.published) != 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestALostAuditFileIsAWarningNotARefusal(t *testing.T) {
	c, p, j := newControl(t, nil)
	dir := t.TempDir()
	if err := os.Symlink("/dev/full", filepath.Join(dir, journal.AuditFile)); err != nil {
		t.Fatal(err)
	}
	if err := j.KeepAudit(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no /dev/full, and this is CI:", err)
		}
		t.Skip("no /dev/full here:", err)
	}
	defer j.Close()
	w := ask(c, "POST", "/api/v1/shops/perfumy.example/hold", "")
	if w.Code != 200 || p.orders.Mode != falochron.ModeHold || !strings.Contains(w.Body.String(), "did not take the record") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
