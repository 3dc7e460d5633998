package control

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// described is the description of the API as a program reads it, with the schemas of
// its bodies.
type described struct {
	doc      map[string]any
	mux      *http.ServeMux // finds the path of the description that a request asks for
	compiler *jsonschema.Compiler

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema // by where they stand; nil: there is none
}

// readDescription reads what the handler answers.
func readDescription(c *Control) (*described, error) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "http://127.0.0.1/api/v1/openapi.json", nil)
	r.Header.Set("Authorization", "Bearer "+adminToken)
	c.routes().ServeHTTP(w, r)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		return nil, fmt.Errorf("%d: %w", w.Code, err)
	}
	d := &described{doc: doc.(map[string]any), mux: http.NewServeMux(), compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource("http://falochron.invalid/openapi.json", doc); err != nil {
		return nil, err
	}
	for path, item := range d.doc["paths"].(map[string]any) {
		for method := range item.(map[string]any) {
			d.mux.Handle(strings.ToUpper(method)+" "+path, http.NotFoundHandler())
		}
	}
	return d, nil
}

// theDescription is the same for all Controls of one program.
var theDescription = sync.OnceValues(func() (*described, error) {
	c, err := New(Config{Token: adminToken, Source: newPier(), Snapshot: newPier().snapshot, Version: "test"})
	if err != nil {
		return nil, err
	}
	return readDescription(c)
})

// schema is the one that stands at a place of the description; nil if there is none.
func (d *described) schema(keys ...string) (*jsonschema.Schema, error) {
	place := "http://falochron.invalid/openapi.json#"
	at := any(d.doc)
	for _, k := range keys {
		m, _ := at.(map[string]any)
		if at = m[k]; at == nil {
			return nil, nil
		}
		place += "/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(k)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if s, known := d.schemas[place]; known {
		return s, nil
	}
	s, err := d.compiler.Compile(place)
	d.schemas[place] = s
	return s, err
}

// check holds a body against the schema that stands there.
func (d *described) check(body []byte, keys ...string) error {
	s, err := d.schema(keys...)
	if err != nil {
		return err
	}
	if s == nil {
		return fmt.Errorf("nothing is described at %v", keys)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// tee keeps what is written.
type tee struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (w *tee) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *tee) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *tee) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.body.Write(b)
	return w.ResponseWriter.Write(b)
}

// answered are the operations of the description that a test has seen answered with 2xx,
// and held against it.
var answered sync.Map

// unanswered are those that none has: of them it is only said how they answer.
func unanswered() (left []string, err error) {
	d, err := theDescription()
	if err != nil {
		return nil, err
	}
	for path, item := range d.doc["paths"].(map[string]any) {
		for method := range item.(map[string]any) {
			is := strings.ToUpper(method) + " " + path
			if _, seen := answered.Load(is); !seen && method != "head" && !strings.HasSuffix(path, "/events") { // those have tests of their own
				left = append(left, is)
			}
		}
	}
	slices.Sort(left)
	return left, nil
}

// whole adds to a run of all tests that each operation was answered in one of them.
func whole(code int) int {
	if code != 0 || slices.ContainsFunc([]string{"run", "skip", "list", "fuzz", "bench"}, func(f string) bool { return flag.Lookup("test."+f).Value.String() != "" }) {
		return code
	}
	left, err := unanswered()
	if err != nil || len(left) > 0 {
		fmt.Fprintln(os.Stderr, "FAIL: no test has the API answer as it describes", left, err)
		return 1
	}
	return 0
}

// conforming holds every request that was understood, and every answer, of all tests
// that ask the API, against its description.
func conforming(t *testing.T, c *Control) http.Handler {
	next := c.handler
	if t.Name() == "" {
		return next // of a fuzz target: nothing can be reported there
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d, err := theDescription()
		if err != nil {
			t.Error(err)
			return
		}
		_, pattern := d.mux.Handler(r)
		method, path, found := strings.Cut(pattern, " ")
		if !found || r.Method == http.MethodHead || strings.HasSuffix(path, "/events") {
			next.ServeHTTP(w, r)
			return
		}
		var sent bytes.Buffer
		if r.Body != nil {
			r.Body = struct {
				io.Reader
				io.Closer
			}{io.TeeReader(r.Body, &sent), r.Body}
		}
		got := &tee{ResponseWriter: w}
		next.ServeHTTP(got, r)
		method = strings.ToLower(method)
		status := "default"
		if got.status/100 == 2 {
			status = strconv.Itoa(got.status)
			if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") && strings.TrimSpace(sent.String()) != "" {
				if err := d.check(sent.Bytes(), "paths", path, method, "requestBody", "content", "application/json", "schema"); err != nil {
					t.Errorf("%s was understood, but is described otherwise: %s\n%v", pattern, sent.Bytes(), err)
				}
			}
		}
		if got.status/100 == 2 {
			answered.Store(pattern, true)
		}
		if strings.HasPrefix(got.Header().Get("Content-Type"), "application/json") {
			if err := d.check(got.body.Bytes(), "paths", path, method, "responses", status, "content", "application/json", "schema"); err != nil {
				t.Errorf("%s answers %d %s, which is described otherwise:\n%v", pattern, got.status, got.body.Bytes(), err)
			}
		}
	})
}

// The description has every route of the API, with its right and the words of
// docs/api.md, and no other.
func TestTheDescriptionHasTheRoutesThereAre(t *testing.T) {
	t.Parallel()
	c, _, _ := newControl(t, nil)
	d, err := theDescription()
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `((?:GET|POST) /[^`]*)` \\| \\w+ \\| (.*) \\|$").FindAllStringSubmatch(read(t, apiPage), -1) {
		words[row[1]] = row[2]
	}
	want := map[string]string{} // operation to right and summary
	for route, right := range rights(c) {
		method, path, _ := strings.Cut(route, " ")
		if !strings.HasPrefix(path, apiPrefix) {
			continue
		}
		says := right + ": " + words[route]
		if path == commandPath {
			for name := range planCommands {
				want["POST "+strings.Replace(path, "{command}", name, 1)] = says + ": " + name
			}
			continue
		}
		if want[route] = says; method == http.MethodGet {
			want["HEAD "+path] = says
		}
	}
	got, ids := map[string]string{}, map[string]bool{}
	for path, item := range d.doc["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			o := op.(map[string]any)
			right := "none"
			for name := range o["security"].([]any)[0].(map[string]any) {
				right = map[string]string{"admin": "admin", "stock": "stock", "signature": "none"}[name]
			}
			got[strings.ToUpper(method)+" "+path] = right + ": " + o["summary"].(string)
			if id := o["operationId"].(string); ids[id] || id == "" {
				t.Errorf("the id %q is there twice", id)
			} else {
				ids[id] = true
			}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("a line of operations() is missing, or says otherwise: -routes +description:\n%s", d)
	}
	for route := range operations() {
		if _, there := rights(c)[route]; !there {
			t.Errorf("operations() has %s, which is no route", route)
		}
	}
}

// Every schema can be read by who knows JSON Schema alone, every reference leads
// somewhere, and every parameter of a path is described.
func TestTheDescriptionIsWhole(t *testing.T) {
	t.Parallel()
	d, err := theDescription()
	if err != nil {
		t.Fatal(err)
	}
	schemas := d.doc["components"].(map[string]any)["schemas"].(map[string]any)
	if len(schemas) < 30 {
		t.Errorf("only %d schemas", len(schemas))
	}
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		if !regexp.MustCompile(`^[A-Za-z0-9._-]+$`).MatchString(name) {
			t.Errorf("the name %q", name)
		}
		if _, err := d.schema("components", "schemas", name); err != nil {
			t.Error(err)
		}
	}
	for path, item := range d.doc["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			o := op.(map[string]any)
			named := map[string]bool{}
			for _, p := range o["parameters"].([]any) {
				if q := p.(map[string]any); q["in"] == "path" {
					named["{"+q["name"].(string)+"}"] = true
				}
			}
			for _, part := range regexp.MustCompile(`\{\w+\}`).FindAllString(path, -1) {
				if !named[part] {
					t.Errorf("%s %s: %s is not described", method, path, part)
				}
			}
		}
	}
	raw, err := json.Marshal(d.doc)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), `"hidden`) || strings.Contains(string(raw), `"by":{"type":"integer"`) {
		t.Error("fields that are written otherwise are described")
	}
	t.Logf("%d paths, %d schemas, %d bytes", len(d.doc["paths"].(map[string]any)), len(schemas), len(raw))
}

// It is a description in OpenAPI 3.1 as the OpenAPI Initiative's own schema of 2022-10-07
// (testdata, Apache-2.0) has it, and that schema finds what is none.
func TestTheDescriptionIsOpenAPI(t *testing.T) {
	t.Parallel()
	theirs, err := jsonschema.NewCompiler().Compile("testdata/openapi-3.1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	d, err := theDescription()
	if err != nil {
		t.Fatal(err)
	}
	if err := theirs.Validate(d.doc); err != nil {
		t.Errorf("%v", err)
	}
	raw, err := json.Marshal(d.doc)
	if err != nil {
		t.Fatal(err)
	}
	for what, edit := range map[string]func(doc, shops map[string]any){
		"another version":            func(doc, _ map[string]any) { doc["openapi"] = "3.0.3" },
		"no title":                   func(doc, _ map[string]any) { delete(doc["info"].(map[string]any), "title") },
		"a parameter without schema": func(_, shops map[string]any) { shops["parameters"] = []any{map[string]any{"name": "x", "in": "query"}} },
		"a word of no operation":     func(_, shops map[string]any) { shops["answers"] = 200 },
		"an answer of no status": func(_, shops map[string]any) {
			shops["responses"].(map[string]any)["fine"] = map[string]any{"description": ""}
		},
	} {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		shops := doc.(map[string]any)["paths"].(map[string]any)["/api/v1/shops"].(map[string]any)["get"].(map[string]any)
		if edit(doc.(map[string]any), shops); theirs.Validate(doc) == nil {
			t.Errorf("%s is taken for OpenAPI", what)
		}
	}
}

// What does not conform is found: the test can fail.
func TestWhatDoesNotConformIsFound(t *testing.T) {
	t.Parallel()
	d, err := theDescription()
	if err != nil {
		t.Fatal(err)
	}
	for body, good := range map[string]bool{
		`{"shops":["a"]}`: true, `{"shops":[1]}`: false, `{"shops":[],"more":1}`: false, `{}`: false, `[]`: false,
	} {
		if err := d.check([]byte(body), "paths", "/api/v1/shops", "get", "responses", "200", "content", "application/json", "schema"); (err == nil) != good {
			t.Errorf("%s: %v", body, err)
		}
	}
	slip := []string{"paths", "/api/v1/plan/commands/slip", "post", "requestBody", "content", "application/json", "schema"}
	for body, good := range map[string]bool{`{"by_secs":60}`: true, `{"by":60}`: false, `{"to":"tomorrow"}`: false, `{"to":"2026-12-01T20:00:00+01:00"}`: true} {
		if err := d.check([]byte(body), slip...); (err == nil) != good {
			t.Errorf("%s: %v", body, err)
		}
	}
}
