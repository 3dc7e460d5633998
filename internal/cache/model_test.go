package cache

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// modelShop is the naive model: for each URL and language a version that the
// test changes, with a life. The cache may forget anything at any time, but what
// it serves must be a version that was current within its life, of that URL and
// that language.
type modelShop struct {
	version map[string]int
	life    map[string]int // seconds, 0 = not to be shared
	size    map[string]int
	varies  map[string]bool
	// given are the versions handed out and until when they may be served.
	given map[string]time.Time
	fills int
}

func (m *modelShop) answer(_ context.Context, req *http.Request) (*http.Response, error) {
	m.fills++
	url, lang := req.URL.Path, req.Header.Get("Accept-Language")
	body := fmt.Sprintf("%s %d", url, m.version[url])
	lines := []string{fmt.Sprintf("Cache-Control: public, max-age=%d", m.life[url])}
	if m.varies[url] {
		lines = append(lines, "Vary: Accept-Language")
		body += " " + lang
	}
	body += " " + strings.Repeat(".", m.size[url])
	if m.life[url] > 0 {
		m.given[body] = time.Now().Add(time.Duration(m.life[url]) * time.Second)
	}
	resp := response(body, lines...)
	if m.size[url]%2 == 1 {
		resp.ContentLength = -1
	}
	return resp, nil
}

func TestRandomOperationsAgainstModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		synctest.Test(t, func(*testing.T) {
			cfg := Config{MaxBytes: 64 << 10, MaxObject: 12 << 10, HitForMiss: 5 * time.Second}
			c := New(cfg)
			defer c.Close()
			m := &modelShop{map[string]int{}, map[string]int{}, map[string]int{}, map[string]bool{}, map[string]time.Time{}, 0}
			s := &shop{answer: m.answer}
			urls := make([]string, 12)
			for i := range urls {
				urls[i] = fmt.Sprintf("/%d.css", i)
				m.life[urls[i]] = rapid.IntRange(0, 30).Draw(rt, "life")
				m.size[urls[i]] = rapid.IntRange(0, 16<<10).Draw(rt, "size")
				m.varies[urls[i]] = rapid.Bool().Draw(rt, "varies")
			}
			for range rapid.IntRange(1, 150).Draw(rt, "steps") {
				url := rapid.SampledFrom(urls).Draw(rt, "url")
				switch rapid.IntRange(0, 9).Draw(rt, "op") {
				case 0:
					m.version[url]++
				case 1:
					m.version[url]++
					_, k := get(url)
					c.Invalidate(k)
					for body := range m.given {
						if strings.HasPrefix(body, url+" ") {
							delete(m.given, body)
						}
					}
				case 2:
					time.Sleep(time.Duration(rapid.IntRange(1, 10).Draw(rt, "seconds")) * time.Second)
				case 3:
					m.varies[url] = !m.varies[url]
				default:
					lang := rapid.SampledFrom([]string{"pl", "en", ""}).Draw(rt, "lang")
					lines := []string{"Accept-Language: " + lang}
					if lang == "" {
						lines = nil
					}
					before := m.fills
					out, w := visit(c, s, url, lines...)
					body := w.Body.String()
					switch {
					case !out.Answered():
						if body != "" {
							rt.Fatalf("%+v wrote %q", out, body)
						}
					case !strings.HasPrefix(body, url+" "):
						rt.Fatalf("%s got %.40q", url, body)
					case out.How == Hit && m.fills != before:
						rt.Fatalf("a hit asked the shop")
					case out.How == Hit && !time.Now().Before(m.given[body]):
						rt.Fatalf("%s got %.40q, good until %v, at %v", url, body, m.given[body], time.Now())
					}
					if f := strings.Fields(body); len(f) > 3 && f[2] != lang {
						rt.Fatalf("language %q got %q", lang, f[2])
					}
				}
				synctest.Wait()
				checkBooks(rt, c, cfg)
			}
		})
	})
}

type fataler interface {
	Fatalf(string, ...any)
}

// checkBooks compares the counted bytes with what is there.
func checkBooks(t fataler, c *Cache, cfg Config) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum, n := c.marks.bytes()+c.shelf.bytes(), 0
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
	if sum != c.bytes || n != c.objects || c.shelf.small.size+c.shelf.main.size+c.marks.bytes()+c.shelf.bytes() != sum {
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
		resp := response(req.URL.Path+" "+strings.Repeat("x", n), fmt.Sprintf("Cache-Control: public, max-age=%d", rand.IntN(2)))
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
				out := c.Serve(g, r.WithContext(ctx), k, s.fill)
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
	if st := c.Stats(); st.Hits == 0 || st.Evictions == 0 || st.Releases == 0 || st.Failures == 0 {
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

// A scan of URLs that nobody asks for twice leaves what people ask for alone.
func TestScanResistance(t *testing.T) {
	c := New(Config{MaxBytes: 4 << 20, MaxObject: 64 << 10})
	defer c.Close()
	s := says(strings.Repeat("x", 8<<10), public)
	for range 3 {
		for i := range 100 {
			visit(c, s, fmt.Sprintf("/wanted-%d.css", i))
		}
	}
	for i := range 5000 {
		visit(c, s, fmt.Sprintf("/scan-%d.css", i))
	}
	hits := 0
	for i := range 100 {
		r, k := get(fmt.Sprintf("/wanted-%d.css", i))
		if c.Lookup(r, k) {
			hits++
		}
	}
	if hits < 100 {
		t.Errorf("%d of 100 survived a scan of ten times the room", hits)
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
		c.Answer(slow, r, k)
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
