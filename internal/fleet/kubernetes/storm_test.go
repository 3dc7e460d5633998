package kubernetes

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// troubled answers in a way of its own instead of the API server's.
func troubled(t *testing.T, how http.HandlerFunc) (*site, func(bool)) {
	f := newFakeAPI(t)
	bad := make(chan bool, 1)
	bad <- false
	c := &cluster{ask: f.ask, age: f.age, api: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		is := <-bad
		bad <- is
		if is {
			how(w, r)
			return
		}
		f.ServeHTTP(w, r)
	})}
	return c.site(t, withHPA), func(is bool) { <-bad; bad <- is }
}

// An API server that asks to be left alone is: the client library alone would try ten
// times each call.
func TestNoStorm(t *testing.T) {
	for name, how := range map[string]http.HandlerFunc{
		"429 at once again": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "0")
			fail(w, 429, "TooManyRequests", "too many requests, please try again later")
		},
		"503 with a wait": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			fail(w, 503, "ServiceUnavailable", "apiserver is shutting down")
		},
		"500 in words": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "etcdserver: leader changed", 500) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, trouble := troubled(t, how)
			d := s.driver(t)
			scaled(t, d, 5)
			trouble(true)
			before, _ := s.wire.calls()
			begun := time.Now()
			var err error
			for range 100 {
				_, err = d.Scale(t.Context(), want(6))
				if falochron.KindOf(err) != falochron.Unavailable || falochron.HintOf(err) == "" {
					t.Fatalf("scale: %v", err)
				}
				if _, err = d.Observe(t.Context()); falochron.KindOf(err) != falochron.Unavailable {
					t.Fatalf("observe: %v", err)
				}
				if _, err = d.Restore(t.Context(), time.Now()); falochron.KindOf(err) != falochron.Unavailable {
					t.Fatalf("restore: %v", err)
				}
			}
			after, _ := s.wire.calls()
			if most := 1 + int(time.Since(begun)/time.Second); after-before > most {
				t.Errorf("300 calls of ours made %d calls of the API server, at most %d", after-before, most)
			}
			trouble(false)
			s.wait(t, "it is asked again", func() bool {
				o, err := d.Scale(t.Context(), want(6))
				return err == nil && o.Accepted == 6
			})
			if s.floor(t) != 6 {
				t.Errorf("minimum %d", s.floor(t))
			}
		})
	}
}

// An answer has an end, or is none.
func TestGuardReadsNoEndlessAnswer(t *testing.T) {
	read := 0
	g := &guard{next: roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Status: "200 OK", Header: http.Header{}, Body: io.NopCloser(endless{&read})}, nil
	})}
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example/", nil)
	_, err := g.RoundTrip(r)
	if falochron.KindOf(err) != falochron.Unavailable || !strings.Contains(err.Error(), "longer than 64 MB") {
		t.Errorf("%v", err)
	}
	if read > mostBytes+1<<20 {
		t.Errorf("%d bytes were read", read)
	}
}

// The client library waits for as long as an answer says, and asks again; here it may not.
func TestGuardPassesOnNoWait(t *testing.T) {
	g := &guard{next: roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 429, Status: "429 Too Many Requests", Header: http.Header{"Retry-After": {"7"}}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
	})}
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example/", nil)
	resp, err := g.RoundTrip(r)
	if err != nil || resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "" {
		t.Errorf("%+v, %v", resp, err)
	}
	if _, err := g.RoundTrip(r); falochron.KindOf(err) != falochron.Unavailable || !strings.Contains(err.Error(), "429") {
		t.Errorf("in the pause: %v", err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type endless struct{ read *int }

func (e endless) Read(p []byte) (int, error) { *e.read += len(p); return len(p), nil }

// What is JSON and cannot be true changes nothing.
func TestLies(t *testing.T) {
	scale := func(replicas any) object {
		return object{"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": object{"name": "shop"}, "spec": object{"replicas": replicas}, "status": object{"selector": "app=shop"}}
	}
	hpaList := func(least, most any) object {
		h := hpaOf(plan{most: 8}, "shop")
		h["spec"].(object)["minReplicas"], h["spec"].(object)["maxReplicas"] = least, most
		return object{"kind": "List", "apiVersion": "v1", "metadata": object{}, "items": []any{h}}
	}
	for name, lie := range map[string]struct {
		path string // ends so
		say  object
	}{
		"fewer than none":     {"/scale", scale(-3)},
		"a million":           {"/scale", scale(1000000)},
		"a number in words":   {"/scale", scale("five")},
		"another object":      {"/scale", merge(scale(2), object{"metadata": object{"name": "bank"}})},
		"an empty object":     {"/scale", object{}},
		"least beyond most":   {"/horizontalpodautoscalers", hpaList(9, 8)},
		"no maximum":          {"/horizontalpodautoscalers", hpaList(0, 0)},
		"a Status that is OK": {"/horizontalpodautoscalers", object{"kind": "Status", "apiVersion": "v1", "status": "Success"}},
		"a number for a list": {"/horizontalpodautoscalers", object{"kind": "List", "apiVersion": "v1", "items": 7}},
		"pages without an end": {"/horizontalpodautoscalers", object{"kind": "List", "apiVersion": "v1", "metadata": object{"continue": "x"},
			"items": []any{}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeAPI(t)
			c := &cluster{ask: f.ask, age: f.age, api: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, lie.path) && r.Method == http.MethodGet {
					answer(w, 200, lie.say)
					return
				}
				f.ServeHTTP(w, r)
			})}
			s := c.site(t, withHPA)
			d := s.driver(t)
			_, err := d.Scale(t.Context(), want(6))
			if falochron.KindOf(err) != falochron.Unavailable || falochron.HintOf(err) == "" {
				t.Errorf("scale: %v", err)
			}
			if _, err := d.Observe(t.Context()); falochron.KindOf(err) != falochron.Unavailable {
				t.Errorf("observe: %v", err)
			}
			if all, changes := s.wire.calls(); changes > 0 || all > 2*mostPages+4 {
				t.Errorf("%d calls, %d changes because of a lie", all, changes)
			}
			if s.floor(t) != base || s.replicas(t) != base {
				t.Errorf("minimum %d, replicas %d", s.floor(t), s.replicas(t))
			}
		})
	}
}

// A call that hangs ends by our own timeout, if its caller has all the time.
func TestTimeout(t *testing.T) {
	s, trouble := troubled(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	s.config.Timeout = 100 * time.Millisecond
	d := s.driver(t)
	trouble(true)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := d.Observe(ctx); falochron.KindOf(err) != falochron.Unavailable {
		t.Errorf("observe: %v", err)
	}
	if ctx.Err() != nil {
		t.Error("it took all the time there was")
	}
}

// Where a webhook of the cluster makes another number of ours, the order says so.
func TestAdmissionChangesIt(t *testing.T) {
	f := newFakeAPI(t)
	c := &cluster{ask: f.ask, age: f.age, api: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "/horizontalpodautoscalers/shop") {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(strings.Replace(string(body), `"minReplicas":6`, `"minReplicas":4`, 1)))
		}
		f.ServeHTTP(w, r)
	})}
	s := c.site(t, withHPA)
	o := scaled(t, s.driver(t), 6)
	if o.Accepted != 4 || o.Bound != "admission" || !hasNote(o.Notes, "at-maximum", "webhook") {
		t.Errorf("%+v", o)
	}
}
