package control

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/plan"
)

const (
	apiPage    = "../../docs/api.md"
	exampleYML = "../../falochron.example.yaml"
)

// rights are the routes that there are, written as the page writes them, with the
// right that each needs.
func rights(c *Control) map[string]string {
	m := map[string]string{}
	for _, r := range c.guarded() {
		for method := range r.methods {
			if method != http.MethodHead { // stands for every GET
				m[method+" "+r.path] = map[scope]string{scopeAdmin: "admin", scopeStock: "stock"}[r.need]
			}
		}
	}
	for _, open := range []map[string]http.HandlerFunc{c.open(), c.probes()} {
		for pattern := range open {
			if pattern == "/" {
				pattern = "GET /"
			}
			m[pattern] = "none"
		}
	}
	return m
}

// sections are the page's parts by the route that their heading names.
func sections(page string) map[string]string {
	m := map[string]string{}
	for _, part := range strings.Split(page, "\n### ")[1:] {
		heading, text, _ := strings.Cut(part, "\n")
		text, _, _ = strings.Cut(text, "\n## ")
		m[strings.Trim(heading, "`")] = text
	}
	return m
}

// docs/api.md and the routes name the same: each route has a line in the page's
// table, with the right it needs, and a part of its own; nothing else has.
func TestThePageNamesTheRoutesThereAre(t *testing.T) {
	c, _, _ := newControl(t, nil)
	page := read(t, apiPage)
	want := rights(c)
	table := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `((?:GET|POST) /[^`]*)` \\| (\\w+) \\| ").FindAllStringSubmatch(page, -1) {
		table[row[1]] = row[2]
	}
	if d := cmp.Diff(want, table); d != "" {
		t.Errorf("the table, -routes +page:\n%s", d)
	}
	if d := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(sections(page)))); d != "" {
		t.Errorf("the parts, -routes +page:\n%s", d)
	}
}

// Every field of every answer is named in the page.
func TestThePageNamesTheFieldsThereAre(t *testing.T) {
	page := read(t, apiPage)
	seen := map[reflect.Type]bool{}
	written := map[string]bool{"lead": true, "pre_queue": true, "lasts": true} // of the plan; planReserve and planEvening have their own
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Slice, reflect.Pointer:
			walk(typ.Elem())
			return
		case reflect.Struct:
		default:
			return
		}
		if seen[typ] {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if f.Type == reflect.TypeFor[hidden]() || written[name] {
				continue // the page writes it otherwise
			}
			if name != "" && name != "-" && !strings.Contains(page, "`"+name+"`") && !strings.Contains(page, `"`+name+`"`) {
				t.Errorf("%s of %v is not in the page", name, typ)
			}
			if name != "-" {
				walk(f.Type)
			}
		}
	}
	for _, v := range []any{View{}, RadarView{}, WantedView{}, Door{}, SharingView{}, LeftOut{}, journal.Entry{}, reach{}, fault{},
		planState{}, planShop{}, plan.Party{}, plan.Grant{}, planLine{}, planCampaign{}, planStep{}, planConflict{}, planEvent{}, planDelivery{}, planReadiness{}, planAudit{}, plan.Act{},
		Imported{}, LinkAddresses{}, CallOutcome{}} {
		walk(reflect.TypeOf(v))
	}
	if len(seen) < 10 {
		t.Fatalf("only %d types were looked at", len(seen))
	}
}

// Every command of the page does what its part is about: it asks for that route,
// and is answered as the page says.
func TestThePagesCommandsWork(t *testing.T) {
	statuses := map[string]int{"GET /api/": 404, "POST /login": 303, "POST /logout": 303, "POST /api/v1/plan/campaigns/{campaign}/look": 202} // of all others 200
	for route, text := range sections(read(t, apiPage)) {
		c := shopOfThePage(t)
		if strings.Contains(route, "/plan") || strings.Contains(route, HookPath) {
			c.cfg.Plan = lipstick(t, time.Now())
			c.cfg.PlanLink = func(link plan.ID) LinkAddresses { return LinkAddresses{Secret: string(link)} }
			c.cfg.Hooks = NewHooks(HooksConfig{Plan: c.cfg.Plan, Secret: hookSecret})
			c.cfg.PlanLook = func(plan.ID) (int, error) { return 1, nil }
		}
		if strings.HasSuffix(route, "/radar") {
			c.cfg.Radar = NewRadar(RadarConfig{})
		}
		if strings.HasSuffix(route, "/replicas") {
			c.cfg.Fleet = fleetOf("perfumy.example", &FleetSight{At: time.Now()})
		}
		found := 0
		for _, line := range commands(text) {
			found++
			r, err := typed(line)
			if err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			if got := routeOf(c, r); got != route {
				t.Errorf("%s: asks for %s, in the part of %s", line, got, route)
			}
			if strings.HasPrefix(r.URL.Path, HookPath) {
				signed(t, r, text)
			}
			want := statuses[route]
			if want == 0 {
				want = 200
			}
			w := httptest.NewRecorder()
			if c.ServeHTTP(w, r); w.Code != want {
				t.Errorf("%s: %d, want %d: %.300s", line, w.Code, want, w.Body)
			}
		}
		if found != 1 {
			t.Errorf("%s has %d commands", route, found)
		}
	}
}

// The configuration's example says at stock.token how the webhook is called, and
// it is called so.
func TestTheWebhooksCommandAtItsKeyWorks(t *testing.T) {
	text := read(t, exampleYML)
	_, text, ok := strings.Cut(text, "\n    stock:\n")
	if !ok {
		t.Fatal("no section of stock")
	}
	text, _, _ = strings.Cut(text, "\n      token: ")
	text = regexp.MustCompile(`(?m)^ *# ?`).ReplaceAllString(text, "")
	lines := commands(strings.ReplaceAll(text, "  curl", "    curl"))
	if len(lines) != 1 {
		t.Fatalf("%d commands in\n%s", len(lines), text)
	}
	r, err := typed(strings.NewReplacer("TOKEN", stockToken, "SHOP", "shop").Replace(lines[0]))
	if err != nil {
		t.Fatal(err)
	}
	c := shopOfThePage(t)
	w := httptest.NewRecorder()
	if c.ServeHTTP(w, r); w.Code != 200 || !strings.Contains(w.Body.String(), `"actor":"stock webhook"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if strings.Count(text, "docs/api.md") != 1 {
		t.Error("the rest is in docs/api.md, and it does not say so")
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// shopOfThePage knows what the page's commands ask for.
func shopOfThePage(t *testing.T) *Control {
	t.Helper()
	shelf := newShelf()
	c, _, j := newControl(t, func(cfg *Config) { cfg.Sharing, cfg.SetSharing = shelf.get, shelf.set })
	c.SetDoor(func() Door { return Door{} })
	j.Append(falochron.Record{Time: time.Now(), ID: "3f9a1c07be52d468", Shop: "perfumy.example", Method: "GET", Path: "/"})
	return c
}

// commands are the curl lines of a text, those that go on in the next line
// joined.
func commands(text string) (lines []string) {
	text = regexp.MustCompile(`\\\n\s*`).ReplaceAllString(text, "")
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "    curl ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// typed is the request that a curl line sends: the flags that the page uses are
// known, others are an error. The reader has gone at once, so that streams end.
func typed(line string) (*http.Request, error) {
	line = strings.NewReplacer(
		"$(cat falochron-data/admin-token)", adminToken,
		"$ADMIN", "http://127.0.0.1:9090", "$AUTH", "Authorization: Bearer "+adminToken, "$JSON", "Content-Type: application/json", "$STOCK", stockToken,
		"/shops/shop", "/shops/perfumy.example", "shop=shop", "shop=perfumy.example",
		"2026-12-01T18:00:00+01:00", time.Now().Add(time.Hour).Format(time.RFC3339), // the page's will be past
	).Replace(line)
	words := regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`).FindAllString(line, -1)
	for i := range words {
		words[i] = strings.Trim(words[i], `'"`)
	}
	var method, target string
	var body []string
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}} // curl's own with a body
	for i := 1; i < len(words); i++ {
		value := func() string {
			i++
			return words[min(i, len(words)-1)]
		}
		switch flag := words[i]; {
		case flag == "-N":
		case flag == "-X":
			method = value()
		case flag == "-H":
			name, v, _ := strings.Cut(value(), ": ")
			header.Set(name, v)
		case flag == "--data-binary":
			body = append(body, map[string]string{"@autumn.csv": autumnFile(time.Now(), "59,99")}[value()])
		case flag == "-d":
			body = append(body, value())
		case flag == "--data-urlencode":
			name, v, _ := strings.Cut(value(), "=")
			body = append(body, name+"="+url.QueryEscape(v))
		case flag == "-o", flag == "-b", flag == "-c":
			value()
		case strings.HasPrefix(flag, "http://127.0.0.1:9090/") && target == "":
			target = flag
		default:
			return nil, fmt.Errorf("what is %s?", flag)
		}
	}
	if method == "" {
		method = map[bool]string{true: http.MethodPost, false: http.MethodGet}[len(body) > 0]
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	r := httptest.NewRequestWithContext(gone, method, target, strings.NewReader(strings.Join(body, "&")))
	r.Header = header
	return r, nil
}

// signed puts into a call of a scheduler what the page's shell works out.
func signed(t *testing.T, r *http.Request, text string) {
	t.Helper()
	m := regexp.MustCompile(`BODY='(.*)'`).FindStringSubmatch(text)
	if m == nil {
		t.Fatal("the page sends no body")
	}
	link := strings.TrimPrefix(r.URL.Path, HookPath)
	s := scheduler{now: time.Now()}
	s.sign(r, "msg_1", hookSecret(link), m[1])
}

// routeOf is the route that answers r, by the patterns there are.
func routeOf(c *Control, r *http.Request) string {
	mux := http.NewServeMux()
	for route := range rights(c) {
		mux.Handle(route, http.NotFoundHandler())
	}
	_, pattern := mux.Handler(r)
	return pattern
}
