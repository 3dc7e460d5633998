package cache

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/fresh"
	"pgregory.net/rapid"
)

// modelShop is the naive model: for each URL and language a version that the
// test changes, with a life. The cache may forget anything at any time, but what
// it serves must be a version that was current within its life, of that URL and
// that language; or one that is stale within what was agreed.
type modelShop struct {
	version map[string]int
	life    map[string]int // seconds, 0 = not to be shared
	size    map[string]int
	varies  map[string]bool
	tagged  map[string]bool // knows conditional requests
	strict  map[string]bool // says must-revalidate
	full    atomic.Bool

	mu      sync.Mutex // guards the following fields against fills in the background
	failing bool
	failed  time.Time // last answered with an error
	// given are the bodies handed out and until when each is fresh; outdone those that
	// a later answer has replaced.
	given   map[string]time.Time
	outdone map[string]bool
	latest  map[string]string // by URL and language
	fills   int
}

const (
	modelWhileStale = 5 * time.Second
	modelIfError    = 20 * time.Second
)

func (m *modelShop) policy() Policy {
	return Policy{
		Policy: fresh.Policy{Static: true, WhileStale: modelWhileStale, IfError: modelIfError},
		Full:   m.full.Load,
	}
}

func (m *modelShop) answer(_ context.Context, req *http.Request) (*http.Response, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fills++
	if m.failing {
		m.failed = time.Now()
		if m.fills%2 == 0 {
			return &http.Response{StatusCode: 503, Header: http.Header{}, Body: http.NoBody}, nil
		}
		return nil, io.ErrUnexpectedEOF
	}
	url, lang := req.URL.Path, req.Header.Get("Accept-Language")
	body := fmt.Sprintf("%s %d", url, m.version[url])
	lines := []string{fmt.Sprintf("Cache-Control: public, max-age=%d", m.life[url])}
	if m.strict[url] {
		lines[0] += ", must-revalidate"
	}
	if m.varies[url] {
		lines = append(lines, "Vary: Accept-Language")
		body += " " + lang
	}
	tag := fmt.Sprintf("%q", body)
	if m.tagged[url] {
		lines = append(lines, "Etag: "+tag)
	}
	body += " " + strings.Repeat(".", m.size[url])
	if m.life[url] > 0 {
		m.given[body] = time.Now().Add(time.Duration(m.life[url]) * time.Second)
	}
	form := url + " " + lang
	if old := m.latest[form]; old != "" && old != body {
		m.outdone[old] = true
	}
	m.latest[form] = body
	delete(m.outdone, body)
	if m.tagged[url] && req.Header.Get("If-None-Match") == tag {
		return &http.Response{StatusCode: 304, Header: header(lines...), Body: http.NoBody}, nil
	}
	resp := response(body, lines...)
	if m.size[url]%2 == 1 {
		resp.ContentLength = -1
	}
	return resp, nil
}

// invalidate forgets what was given of a URL: it may not be seen any more.
func (m *modelShop) invalidate(url string) {
	for body := range m.given {
		if strings.HasPrefix(body, url+" ") {
			delete(m.given, body)
		}
	}
}

// moment is what was known before a visit: a fill that the visit sets off in the
// background may know more by the time the answer is judged.
type moment struct {
	given   map[string]time.Time
	outdone map[string]bool
	fills   int
}

func (m *modelShop) now() moment {
	return moment{maps.Clone(m.given), maps.Clone(m.outdone), m.fills}
}

// judge compares one answer with the model.
func (m *modelShop) judge(rt fataler, url, lang, body string, out Outcome, was moment) {
	m.mu.Lock()
	defer m.mu.Unlock()
	until, known := was.given[body]
	late := time.Since(until)
	switch {
	case !out.Answered():
		if body != "" {
			rt.Fatalf("%+v wrote %q", out, body)
		}
		if out.How == Failed && !m.failing {
			rt.Fatalf("%s: %+v of a shop that is well", url, out)
		}
		return
	case !strings.HasPrefix(body, url+" "):
		rt.Fatalf("%s got %.40q", url, body)
	case out.How == Hit && out.Reason == "fresh" && m.fills != was.fills:
		rt.Fatalf("a hit asked the shop")
	case out.How == Hit && !known:
		rt.Fatalf("%s got %.40q, which is no more", url, body)
	case out.How == Hit && late >= 0 && was.outdone[body]:
		rt.Fatalf("%s got %.40q, though there is a later one: %+v", url, body, out)
	case out.How == Hit && late >= 0 && m.strict[url]:
		rt.Fatalf("%s got %.40q, stale by %v, though it must not: %+v", url, body, late, out)
	case out.How == Hit && out.Reason == "fresh" && late >= 0:
		rt.Fatalf("%s got %.40q, good until %v, at %v", url, body, until, time.Now())
	case out.How == Hit && out.Reason == "stale-while-revalidate" && (late < 0 || late >= modelWhileStale):
		rt.Fatalf("%s got %.40q, stale by %v: %+v", url, body, late, out)
	case out.How == Hit && out.Reason == "stale-if-error":
		if late >= modelIfError || !m.full.Load() && !m.failing && time.Since(m.failed) >= troubleFor {
			rt.Fatalf("%s got %.40q, stale by %v: %+v", url, body, late, out)
		}
	}
	if f := strings.Fields(body); len(f) > 3 && f[2] != lang {
		rt.Fatalf("language %q got %q", lang, f[2])
	}
}

func TestRandomOperationsAgainstModel(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		var failed any // what ends the bubble has to reach rapid, outside of it
		synctest.Test(t, func(*testing.T) {
			defer func() { failed = recover() }()
			cfg := Config{MaxBytes: 64 << 10, MaxObject: 12 << 10, HitForMiss: 5 * time.Second}
			c := New(cfg)
			defer c.Close()
			m := &modelShop{
				version: map[string]int{}, life: map[string]int{}, size: map[string]int{}, varies: map[string]bool{},
				tagged: map[string]bool{}, strict: map[string]bool{}, given: map[string]time.Time{}, outdone: map[string]bool{},
				latest: map[string]string{},
			}
			s := &shop{answer: m.answer}
			urls := make([]string, 12)
			for i := range urls {
				urls[i] = fmt.Sprintf("/%d.css", i)
				m.life[urls[i]] = rapid.IntRange(0, 30).Draw(rt, "life")
				m.size[urls[i]] = rapid.IntRange(0, 16<<10).Draw(rt, "size")
				m.varies[urls[i]] = rapid.Bool().Draw(rt, "varies")
				m.tagged[urls[i]] = rapid.Bool().Draw(rt, "tagged")
				m.strict[urls[i]] = rapid.IntRange(0, 3).Draw(rt, "strict") == 0
			}
			for range rapid.IntRange(1, 150).Draw(rt, "steps") {
				url := rapid.SampledFrom(urls).Draw(rt, "url")
				switch rapid.IntRange(0, 12).Draw(rt, "op") {
				case 0:
					m.version[url]++
				case 1:
					m.version[url]++
					_, k := get(url)
					c.Invalidate(k)
					m.invalidate(url)
				case 2:
					time.Sleep(time.Duration(rapid.IntRange(1, 10).Draw(rt, "seconds")) * time.Second)
				case 3:
					m.varies[url] = !m.varies[url]
				case 4:
					m.failing = !m.failing
				case 5:
					m.full.Store(!m.full.Load())
				default:
					lang := rapid.SampledFrom([]string{"pl", "en", ""}).Draw(rt, "lang")
					lines := []string{"Accept-Language: " + lang}
					if lang == "" {
						lines = nil
					}
					was := m.now()
					out, w := visitBy(c, s, m.policy(), url, lines...)
					m.judge(finder{}, url, lang, w.Body.String(), out, was)
					seen[out.Reason]++
				}
				synctest.Wait()
				checkBooks(finder{}, c, cfg)
			}
			seen["confirmed"] += int(c.Stats().Confirms)
		})
		switch failed := failed.(type) {
		case nil:
		case finding:
			rt.Fatalf("%s", failed)
		default:
			panic(failed)
		}
	})
	for _, reason := range []string{"fresh", "stale-while-revalidate", "stale-if-error", "filled", "fill-failed", "confirmed"} {
		if seen[reason] == 0 {
			t.Errorf("the walk never came to %q: %v", reason, seen)
		}
	}
}

// finding is what a finder found wrong.
type finding string

type finder struct{}

func (finder) Fatalf(format string, args ...any) { panic(finding(fmt.Sprintf(format, args...))) }

type fataler interface {
	Fatalf(string, ...any)
}

// checkBooks compares the counted bytes with what is there.
func checkBooks(t fataler, c *Cache, cfg Config) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum, n := c.marks.bytes()+c.shelf.bytes()+c.sprawl.bytes(), 0
	for id, rs := range c.resources {
		if len(rs.objects) == 0 && rs.pending == 0 {
			t.Fatalf("%v: an empty resource", id)
		}
		for _, o := range rs.objects {
			sum += o.size
			n++
			if int64(len(o.body)) > o.size || o.queue == nil || o.pins.Load() != 0 {
				t.Fatalf("%v: %d bytes in a size of %d, %d pins", id, len(o.body), o.size, o.pins.Load())
			}
		}
	}
	if sum != c.bytes || n != c.objects || c.shelf.small.size+c.shelf.main.size+c.marks.bytes()+c.shelf.bytes()+c.sprawl.bytes() != sum {
		t.Fatalf("counted %d bytes in %d objects, there are %d in %d, shelf %d+%d", c.bytes, c.objects, sum, n, c.shelf.small.size, c.shelf.main.size)
	}
	if c.bytes > cfg.MaxBytes {
		t.Fatalf("%d bytes of %d", c.bytes, cfg.MaxBytes)
	}
}

// Many real goroutines on few URLs with little room: run under -race. Nobody
// gets another URL's body, and at the end the books agree.
func TestStress(t *testing.T) {
	cfg := Config{MaxBytes: 128 << 10, MaxObject: 16 << 10, HitForMiss: time.Millisecond}
	c := New(cfg)
	s := &shop{answer: func(ctx context.Context, req *http.Request) (*http.Response, error) {
		n := rand.IntN(20 << 10)
		switch rand.IntN(10) {
		case 0:
			return nil, context.DeadlineExceeded
		case 1:
			panic("now and then")
		case 2:
			return response("personal", public, "Set-Cookie: a=b"), nil
		}
		lines := []string{`Etag: "a"`}
		if rand.IntN(2) == 0 {
			lines = append(lines, fmt.Sprintf("Cache-Control: public, max-age=%d", rand.IntN(2)))
		}
		if len(req.Header["If-None-Match"]) > 0 && n%3 == 0 {
			return notModified(lines...), nil
		}
		if n%3 == 1 {
			lines = append(lines, "Set-Cookie: OCSESSID=0123456789abcdef")
		}
		resp := response(req.URL.Path+" "+strings.Repeat("x", n), lines...)
		if n%2 == 0 {
			resp.ContentLength = -1
		}
		return resp, nil
	}}
	var peak atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 300 {
				url := fmt.Sprintf("/%d.css", rand.IntN(20))
				r, k := get(url)
				ctx, cancel := context.WithCancel(context.Background())
				if rand.IntN(4) == 0 {
					cancel()
				}
				g := newGauge()
				p := plain(k)
				if rand.IntN(2) == 0 {
					p = kind()
					p.Micro, p.WhileStale = 500*time.Microsecond, 500*time.Microsecond
					p.Check = func(http.Header, []byte) string { return "" }
				}
				if rand.IntN(4) == 0 {
					time.AfterFunc(time.Duration(rand.IntN(100))*time.Microsecond, cancel)
				}
				out := c.Serve(g, r.WithContext(ctx), k, p, s.fill)
				cancel()
				if body := g.all(); out.Answered() && body != "" && !strings.HasPrefix(body, url+" ") {
					t.Errorf("%s got %.20q", url, body)
				}
				if rand.IntN(50) == 0 {
					c.Invalidate(k)
				}
				if b := c.Stats().Bytes; b > peak.Load() {
					peak.Store(b)
				}
			}
		})
	}
	wg.Wait()
	c.Close()
	checkBooks(t, c, cfg)
	if peak.Load() > cfg.MaxBytes {
		t.Errorf("peak %d bytes of %d", peak.Load(), cfg.MaxBytes)
	}
	if st := c.Stats(); st.Hits == 0 || st.Evictions == 0 || st.Releases == 0 || st.Failures == 0 || st.Stales == 0 || st.Confirms == 0 {
		t.Errorf("the run did not touch everything: %+v", st)
	}
}

// The bytes counted are at least the bytes on the heap.
func TestMemoryIsWhatIsCounted(t *testing.T) {
	for _, size := range []int{0, 200, 10_000} {
		c := New(Config{MaxBytes: 32 << 20})
		base := c.Stats().Bytes
		before := heap()
		for i := range 4000 {
			s := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
				resp := response(strings.Repeat("x", size), public, "Vary: Accept-Encoding", fmt.Sprintf("Etag: \"%d\"", i),
					"Content-Type: image/webp", "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT", "Server: nginx",
					"X-A: a", "X-B: b", "X-C: c")
				for _, values := range resp.Header {
					values[0] = strings.Clone(values[0]) // as from the wire
				}
				return resp, nil
			}}
			visit(c, s, fmt.Sprintf("/wp-content/uploads/2026/01/picture-%d.webp?ver=6", i))
		}
		counted := c.Stats().Bytes - base
		held := heap() - before
		t.Logf("%d objects of %d bytes: counted %d each, on the heap %d each", c.Stats().Objects, size,
			counted/int64(c.Stats().Objects), held/int64(c.Stats().Objects))
		if held > counted {
			t.Errorf("bodies of %d bytes: counted %d, on the heap %d", size, counted, held)
		}
		c.Close()
		runtime.KeepAlive(c)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A crawler asks for a hundred thousand URLs, each once, while people ask for what
// they always do: they go on being answered from the store.
func TestScanResistance(t *testing.T) {
	c := New(Config{MaxBytes: 1 << 20, MaxObject: 64 << 10})
	defer c.Close()
	body := strings.Repeat("x", 512)
	fill := func(context.Context, *http.Request) (*http.Response, error) {
		return response(body, "Cache-Control: public, max-age=86400"), nil
	}
	r := httptest.NewRequest("GET", "/", nil)
	visit := func(path string) How {
		k := Key{Host: "sklep.pl", Path: path}
		return c.Serve(&sink{h: http.Header{}}, r, k, Policy{Policy: fresh.Policy{Static: true}}, fill).How
	}
	for range 3 {
		for i := range 100 {
			visit(fmt.Sprintf("/wanted-%d", i))
		}
	}
	asked, hits := 0, 0
	for i := range 100_000 {
		visit(fmt.Sprintf("/scan-%d", i))
		if i%100 == 0 {
			asked++
			if visit(fmt.Sprintf("/wanted-%d", i/100%100)) == Hit {
				hits++
			}
		}
	}
	// One in a hundred requests is of a person; the store has room for some 500
	// objects, so it was filled anew two hundred times.
	t.Logf("%d of %d were hits, %d evictions", hits, asked, c.Stats().Evictions)
	if hits < asked*99/100 || c.Stats().Evictions < 90_000 {
		t.Errorf("only %d of %d, %d evictions", hits, asked, c.Stats().Evictions)
	}
}

// Bytes of an evicted object stay counted while somebody still reads it.
func TestPinnedBytesStayCounted(t *testing.T) {
	c := New(Config{MaxBytes: 64 << 10})
	defer c.Close()
	visit(c, says(strings.Repeat("x", 10<<10), public), "/a.css")
	r, k := get("/a.css")
	slow := &blocked{sink: sink{http.Header{}}, started: make(chan struct{}), let: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Answer(slow, r, k, plain(k))
	}()
	<-slow.started
	c.Invalidate(k)
	if b := c.Stats().Bytes; b < 10<<10 {
		t.Errorf("%d bytes counted while 10 KiB are being written", b)
	}
	close(slow.let)
	<-done
	if b := c.Stats().Bytes; b >= 10<<10 {
		t.Errorf("%d bytes counted afterwards", b)
	}
}

// blocked is a ResponseWriter whose client does not read.
type blocked struct {
	sink
	started, let chan struct{}
}

func (b *blocked) Write(p []byte) (int, error) {
	close(b.started)
	<-b.let
	return len(p), nil
}
