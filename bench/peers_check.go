package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/falochron/falochron"
)

// A peer that does not do what its row says would lose for nothing, or win. So each is
// looked at before it meets the wave: whether it answers the right bytes, keeps what is
// the same for all and nothing else, and lets in no more than it says.

// waveShop is a shop to look at a front with: it says what it was asked for, and
// counts.
type waveShop struct {
	srv   *httptest.Server
	words shopWords

	mu    sync.Mutex    // guards what follows
	held  chan struct{} // not nil: whoever is in waits until it is closed
	asked map[string]int
	busy  int // now, without files and pages
	peak  int // the most
}

// waveHolds is how long the shop takes for what is one's own.
const waveHolds = 200 * time.Millisecond

func newWaveShop(words shopWords) *waveShop {
	s := &waveShop{words: words, asked: map[string]int{}}
	s.srv = httptest.NewServer(s)
	return s
}

func (s *waveShop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	cart, err := r.Cookie(s.words.Cart)
	class := "new"
	switch {
	case strings.HasSuffix(r.URL.Path, ".css"):
		class = "file"
	case strings.Contains(r.URL.RequestURI(), waveCallback(s.words)):
		class = "callback"
	case strings.Contains(r.URL.RawQuery, "wc-ajax="):
		class = "fragments"
	case err == nil:
		class = "inside"
	case r.Method == http.MethodGet:
		class = "page"
	}
	s.count(class)
	if class == "new" || class == "inside" {
		s.enter(1)
		defer s.enter(-1)
		s.hold(class)
	}
	switch class {
	case "file":
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("Content-Type", "text/css")
	case "page":
		if s.words.Seen != "" {
			http.SetCookie(w, &http.Cookie{Name: s.words.Seen, Value: r.URL.RawQuery, Path: "/"})
		}
	case "new":
		http.SetCookie(w, &http.Cookie{Name: s.words.Cart, Value: "1", Path: "/"})
	}
	fmt.Fprint(w, s.body(class, r.URL.Path, cart))
}

// body is what the shop answers: a page says nothing of who asked, what is one's own
// does.
func (s *waveShop) body(class, path string, cart *http.Cookie) string {
	text := class + " " + path
	if class == "inside" {
		text += " of " + cart.Value
	}
	return "<html><head></head><body>" + text + "</body></html>"
}

// hold takes a while; for those who are in as long as is wanted.
func (s *waveShop) hold(class string) {
	s.mu.Lock()
	held := s.held
	s.mu.Unlock()
	if held != nil && class == "inside" {
		<-held
		return
	}
	time.Sleep(waveHolds)
}

// jam makes those who are in wait until the function it returns is called; from then on
// they are served at once.
func (s *waveShop) jam() (free func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = make(chan struct{})
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		close(s.held)
	}
}

// now is how many are at the shop.
func (s *waveShop) now() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy
}

func (s *waveShop) enter(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy += n
	s.peak = max(s.peak, s.busy)
}

func (s *waveShop) count(class string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[class]++
}

// since returns how many requests of a class came since the last call, and the most
// that were there at a time.
func (s *waveShop) since(class string) (n, peak int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, peak = s.asked[class], s.peak
	s.asked[class], s.peak = 0, 0
	return n, peak
}

// waveCallback and its like are the addresses that a shop is looked at with.
func waveCallback(w shopWords) string {
	if w.Fragments != "" {
		return "/?wc-api=X"
	}
	return "/platnosc/powiadomienie"
}

func waveProduct(w shopWords) string {
	if w.Fragments != "" {
		return "/produkt/a/"
	}
	return "/produkt/a"
}

// waveAdd is the form that needs the shop, of somebody who has nothing yet.
func waveAdd(w shopWords) string {
	if w.Fragments != "" {
		return waveProduct(w)
	}
	return w.Add
}

// frontLook is one look at a peer before a shop.
type frontLook struct {
	peer   wavePeer
	shop   *waveShop
	at     string // where the peer listens
	client *http.Client
}

// lookAt starts a peer before a shop of its own and says what is wrong with it.
// program is the bench itself; also are further words of the peer's command line.
func lookAt(ctx context.Context, program string, p wavePeer, as string, also ...string) error {
	l := &frontLook{peer: p, shop: newWaveShop(knownShops()[as]), client: &http.Client{Timeout: 20 * time.Second,
		Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 100},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	defer l.shop.srv.Close()
	defer l.client.CloseIdleConnections()
	folder, err := os.MkdirTemp("", "falochron-look-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := os.Chmod(folder, 0o755); err != nil { // servers that drop root must get through
		return err
	}
	if l.at, err = freePort(); err != nil {
		return err
	}
	process, err := startFront(ctx, frontCommand(program, p.name, as, p.looked, also...), l.at, l.shop.srv.Listener.Addr().String(), folder)
	if err != nil {
		return err
	}
	defer process.stop()
	for _, look := range []func(context.Context) error{l.pages, l.own, l.inside, l.door} {
		if err := look(ctx); err != nil {
			return err
		}
	}
	return nil
}

// wrong is a peer that was caught.
func (l *frontLook) wrong(format string, args ...any) error {
	return &falochron.Error{Kind: falochron.Internal, Op: "look at " + l.peer.name, Public: fmt.Sprintf(format, args...),
		Hint: "what would be measured is not what its name says; is its configuration in bench/peers/wave right?"}
}

// ask sends one request; cart is the value of the cart's cookie.
func (l *frontLook) ask(ctx context.Context, method, target, cart string) (canned, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+l.at+target, strings.NewReader(""))
	if err != nil {
		return canned{}, err
	}
	if cart != "" {
		r.AddCookie(&http.Cookie{Name: l.shop.words.Cart, Value: cart})
	}
	resp, err := l.client.Do(r)
	if err != nil {
		return canned{}, l.wrong("%s %s: %v", method, target, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return canned{resp.StatusCode, resp.Header, body}, err
}

// pages: what is the same for all comes as the shop made it, and is kept whatever the
// link's click id is.
func (l *frontLook) pages(ctx context.Context) error {
	for _, what := range []struct{ class, target string }{{"page", waveProduct(l.shop.words)}, {"file", "/a.css"}} {
		const times = 10
		want, told := l.shop.body(what.class, what.target, nil), 0
		for i := range times {
			a, err := l.ask(ctx, http.MethodGet, fmt.Sprintf("%s?fbclid=%d", what.target, i), "")
			if err != nil {
				return err
			}
			if a.Status != http.StatusOK || string(a.Body) != want {
				return l.wrong("%s: status %d and %d bytes instead of the right %d", what.class, a.Status, len(a.Body), len(want))
			}
			if a.Header.Get("Cache-Status") != "" {
				told++
			}
			if said := a.Header.Get("Set-Cookie"); l.peer.cache && i > 0 && strings.Contains(said, l.shop.words.Seen+"=") && l.shop.words.Seen != "" {
				return l.wrong("a kept %s comes with somebody's cookie: %.60q", what.class, said)
			}
		}
		// Two: what is being written down is not there yet.
		if n, _ := l.shop.since(what.class); l.peer.cache && n > 2 {
			return l.wrong("it does not keep the %s: of %d requests %d reached the shop", what.class, times, n)
		}
		// Who was served from the cache needed no place, and the crowd must see that.
		if l.peer.cache && what.class == "page" && told < times {
			return l.wrong("a page that is the same for all does not say so (Cache-Status)")
		}
	}
	if f := l.shop.words.Fragments; f != "" {
		a, err := l.ask(ctx, http.MethodPost, "/?wc-ajax=get_refreshed_fragments", "")
		if n, _ := l.shop.since("fragments"); err != nil || n > 0 || string(a.Body) != l.shop.words.EmptyCart {
			return l.wrong("the cart of nobody: %d requests reached the shop, answered %.60q %v", n, a.Body, err)
		}
	}
	return nil
}

// own: what is made for one is never shown to another.
func (l *frontLook) own(ctx context.Context) error {
	for _, cart := range []string{"anna", "bea", "anna"} {
		target := waveProduct(l.shop.words)
		a, err := l.ask(ctx, http.MethodGet, target, cart)
		if err != nil {
			return err
		}
		if want := l.shop.body("inside", target, &http.Cookie{Value: cart}); a.Status != http.StatusOK || string(a.Body) != want {
			return l.wrong("somebody with a cart got %d %.80q instead of her own page", a.Status, a.Body)
		}
	}
	if n, _ := l.shop.since("inside"); n != 3 {
		return l.wrong("of 3 requests of people with a cart %d reached the shop", n)
	}
	return nil
}

// crowding is how many come to the door at once, and how many who are in press at
// once.
const crowding = 60

// door: of a crowd without carts only so many get through; the others get the waiting
// page, and meanwhile money and those who are in do.
func (l *frontLook) door(ctx context.Context) error {
	began := time.Now()
	answers, err := l.atOnce(ctx, crowding, func(int) (canned, error) { return l.ask(ctx, http.MethodPost, waveAdd(l.shop.words), "") })
	if err != nil {
		return err
	}
	most := l.peer.lets + int(l.peer.letsS*time.Since(began).Seconds())
	let, _ := l.shop.since("new")
	if let < 1 || let > most {
		return l.wrong("%d of %d who came at once got in; with its limits at most %d", let, crowding, most)
	}
	for _, a := range answers {
		if a.Status == http.StatusServiceUnavailable && !bytes.Contains(a.Body, []byte(`http-equiv="refresh"`)) {
			return l.wrong("a refusal without the waiting page: %.80q", a.Body)
		}
	}
	for target, cart := range map[string]string{waveCallback(l.shop.words): "", waveAdd(l.shop.words): "anna"} {
		if a, err := l.ask(ctx, http.MethodPost, target, cart); err != nil || a.Status != http.StatusOK {
			return l.wrong("%s while the door is shut: status %d %v", target, a.Status, err)
		}
	}
	return nil
}

// inside: of those who are in, all are served, at a server with a queue so many at a
// time; and while the shop is full of them, nobody new gets in where the server can see
// that. A machine on which that lasts as long as people stand in the queues proves
// nothing; then it is tried again.
func (l *frontLook) inside(ctx context.Context) (err error) {
	for range jams {
		began := time.Now()
		if err = l.jammed(ctx); err == nil || time.Since(began) < jamLasts {
			return err
		}
	}
	return err
}

const (
	jams     = 3
	jamLasts = 6 * time.Second // the queues of all peers last nine
)

func (l *frontLook) jammed(ctx context.Context) error {
	l.shop.since("inside")
	most := crowding
	if l.peer.caps {
		most = l.peer.looked[l.peer.limits[len(l.peer.limits)-1].name]
	}
	free := l.shop.jam()
	var answers []canned
	var failed error
	var pressing sync.WaitGroup
	pressing.Go(func() {
		answers, failed = l.atOnce(ctx, crowding, func(i int) (canned, error) {
			return l.ask(ctx, http.MethodGet, waveProduct(l.shop.words), fmt.Sprint("fan", i))
		})
	})
	full := l.fills(ctx, most)
	refused := !l.peer.gate || full && l.refuses(ctx)
	free()
	pressing.Wait()
	if !refused {
		return l.wrong("while the shop was full of those who are in, somebody new got in, or was left to wait")
	}
	if failed != nil {
		return failed
	}
	if _, peak := l.shop.since("inside"); !full || peak > most+l.peer.slack {
		return l.wrong("of %d who are in %d were at the shop at once; with its limits at most %d, and so many there may be", crowding, peak, most)
	}
	for _, a := range answers {
		if a.Status != http.StatusOK {
			return l.wrong("somebody who is in got status %d", a.Status)
		}
	}
	return nil
}

// Somebody new knocks a few times, fewer than the limits on new sessions let in, and
// waits each time for less than those who are in stand in a queue: not all of them may
// have come to the front yet.
const (
	knocks = 3
	knock  = time.Second
)

// refuses says whether somebody new is sent away.
func (l *frontLook) refuses(ctx context.Context) bool {
	for range knocks {
		waits, cancel := context.WithTimeout(ctx, knock)
		a, err := l.ask(waits, http.MethodPost, waveAdd(l.shop.words), "")
		cancel()
		if err == nil && a.Status == http.StatusServiceUnavailable {
			return true
		}
	}
	return false
}

// fills waits until so many are at the shop.
func (l *frontLook) fills(ctx context.Context, n int) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for l.shop.now() < n {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// atOnce asks n times at the same time.
func (l *frontLook) atOnce(ctx context.Context, n int, ask func(i int) (canned, error)) ([]canned, error) {
	answers, errs := make([]canned, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { answers[i], errs[i] = ask(i) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return answers, ctx.Err()
}
