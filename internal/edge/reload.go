package edge

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fresh"
)

// When a page takes long, nearly half the people press reload. PHP goes on with
// the first request for nobody, and the second does the same work again: in the
// moment in which a shop is slow it has half as much to do on top. So a reload
// gets the answer to the request that it repeats: of the same visit, with the
// same cookies, for the same address. What was made for one person goes to that
// person, once. So does a form that is sent again before anything was seen of it: a
// second article in the cart, or a second order, is not what was meant.

// makings are the pages that the shop is making for people inside.
type makings struct {
	mu    sync.Mutex // guards what follows
	by    map[makingID]*making
	bytes int // of pages kept for a reload
}

// makingID tells one request of one visit from all others.
type makingID struct{ sent, cookies [sha256.Size]byte }

const (
	makingsMost = 4096     // pages under way; beyond it a reload is a request of its own
	keptBytes   = 32 << 20 // of all pages kept
	keptPage    = 1 << 20  // of one
	keptFor     = 10 * time.Second
)

// making is one such page.
type making struct {
	id    makingID      // in makings.by; guarded by makings.mu
	key   sessionKey    // of the visit
	over  chan struct{} // closed when it is answered, or not to be had
	page  *madePage     // what was made for somebody who had gone; set before over is closed
	once  atomic.Bool   // taken
	late  bool          // forgotten: guarded by makings.mu
	until *time.Timer   // forgets it; nil until it is answered: guarded by makings.mu
	leads string        // where a form's redirect leads: given as often as the form is sent again until a page is seen
}

type madePage struct {
	status int
	header http.Header
	body   []byte
}

func newMakings() *makings { return &makings{by: make(map[makingID]*making)} }

// making names this request if a reload may have its answer: the page of somebody
// inside, or a short form of theirs. What was asked for on a condition is given to the
// same condition only.
func (x *exchange) making() (id makingID, ok bool) {
	form := x.r.Method == http.MethodPost && x.body != nil
	if !form && (x.r.Method != http.MethodGet || x.r.ContentLength != 0) || !x.page || !x.who.inside || x.who.key == (sessionKey{}) ||
		x.r.Header.Get("Upgrade") != "" || x.r.Header.Get("Range") != "" || x.r.Header.Get("If-Range") != "" {
		return id, false
	}
	sent := []string{string(x.who.key[:]), x.r.Method, x.proto, x.host, x.r.URL.RequestURI(), string(x.body)}
	for _, name := range []string{
		"Content-Type", "Authorization", "Accept", "Accept-Encoding", "Accept-Language", "User-Agent",
		"If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", // a 304 is for who has the page
	} {
		sent = append(append(sent, x.r.Header[name]...), name)
	}
	return makingID{digest(sent), digest(cookiesOf(x.r.Header["Cookie"]))}, true
}

// digest tells one list of texts from all others.
func digest(texts []string) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, text := range texts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(text), text) // never fails, see hash.Hash
	}
	h.Sum(sum[:0])
	return sum
}

// cookiesOf are the pairs of Cookie fields, sorted: browsers order them as they please.
func cookiesOf(lines []string) (pairs []string) {
	for _, line := range lines {
		for pair := range strings.SplitSeq(line, ";") {
			pairs = append(pairs, strings.TrimSpace(pair))
		}
	}
	slices.Sort(pairs)
	return pairs
}

// begin notes that the shop begins to make a page. It returns nil when that is not
// noted: there are too many, or the same is being made.
func (m *makings) begin(id makingID, key sessionKey) *making {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.by[id] != nil || len(m.by) >= makingsMost {
		return nil
	}
	one := &making{id: id, key: key, over: make(chan struct{})}
	m.by[id] = one
	return one
}

// outdate forgets what is made and kept for a visit, but for one page: something
// was changed, and a page begun before shows the cart, or the account, that was. The
// page at uri is what a form led to, not another change.
func (m *makings) outdate(key sessionKey, but makingID, uri string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, one := range m.by {
		if one.key == key && id != but && (one.leads == "" || one.leads != uri) {
			m.drop(one)
		}
	}
}

// outdate does so for a request that changes something.
func (x *exchange) outdate(but makingID) {
	if (x.changes || !safe(x.r.Method)) && x.who.key != (sessionKey{}) {
		uri := "" // a form is a change of its own, wherever it is sent
		if safe(x.r.Method) {
			uri = x.r.URL.RequestURI()
		}
		x.shop.makings.outdate(x.who.key, but, uri)
	}
}

func (m *makings) find(id makingID) *making {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.by[id]
}

// end lets go who waits for the page. One that was kept stays for a moment: the
// reload may be on its way.
func (m *makings) end(one *making) {
	defer close(one.over) // last: who waits must not find what is forgotten
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case one.late:
	case one.page == nil:
		m.drop(one)
	default:
		one.until = time.AfterFunc(keptFor, func() { m.forget(one) })
	}
}

func (m *makings) forget(one *making) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.by[one.id] == one {
		m.drop(one)
	}
}

// drop forgets one page. Its caller holds mu.
func (m *makings) drop(one *making) {
	delete(m.by, one.id)
	one.late = true
	if one.until != nil {
		one.until.Stop() // it would hold the page
	}
	if one.page != nil {
		m.bytes -= len(one.page.body)
	}
}

// keep reads a page to its end for a reload, if there is room for it. The answer
// is then without a body: nobody is there to read it.
func (m *makings) keep(one *making, resp *http.Response) {
	if resp.StatusCode >= 500 || resp.StatusCode < 200 || strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") || len(resp.Trailer) > 0 {
		return
	}
	var body bytes.Buffer
	n, err := io.Copy(&body, io.LimitReader(resp.Body, keptPage+1))
	_ = resp.Body.Close() // read as far as it is wanted
	resp.Body = http.NoBody
	if err != nil || n > keptPage {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if one.late || m.bytes+int(n) > keptBytes {
		return
	}
	m.bytes += int(n)
	one.page = &madePage{status: resp.StatusCode, header: resp.Header.Clone(), body: body.Bytes()}
}

// lead keeps where a form led, for the case that it is sent again before a page was
// seen: to whoever sends it with the cookies that this answer gives, and so has got it.
// Those are not given again, nor is the text that nobody reads.
func (x *exchange) lead(id makingID, one *making, status int, h http.Header) {
	to, err := x.r.URL.Parse(h.Get("Location"))
	if err != nil {
		return
	}
	cookies := cookiesOf(x.r.Header["Cookie"])
	for _, line := range h["Set-Cookie"] {
		if name, value, ok := fresh.SetCookie(line); ok && !mine(name) { // ours are not among those named above
			cookies = slices.DeleteFunc(cookies, func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
			cookies = append(cookies, name+"="+value)
		}
	}
	slices.Sort(cookies)
	header := h.Clone()
	for _, name := range []string{"Set-Cookie", "Content-Length", "Content-Encoding"} {
		delete(header, name)
	}
	m, again := x.shop.makings, makingID{id.sent, digest(cookies)}
	m.mu.Lock()
	defer m.mu.Unlock()
	if one.late || again != id && m.by[again] != nil {
		return
	}
	delete(m.by, id)
	m.by[again] = one
	one.id, one.leads = again, to.RequestURI()
	one.page = &madePage{status: status, header: header}
}

// seen forgets where forms have led: the visitor has been shown a page since.
func (m *makings) seen(key sessionKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, one := range m.by {
		if one.key == key && one.leads != "" {
			m.drop(one)
		}
	}
}

// leadsOn reports whether an answer shows nothing, but leads to what does.
func leadsOn(status int, h http.Header) bool { return status/100 == 3 && h.Get("Location") != "" }

// given forgets a page that is being given to a reload: it is seen now, or, of a form, it
// leads to what is not seen yet.
func (x *exchange) given(id makingID, one *making) {
	m := x.shop.makings
	m.forget(one)
	switch {
	case !leadsOn(one.page.status, one.page.header):
		m.seen(x.who.key)
	case x.body != nil:
		if again := m.begin(id, x.who.key); again != nil {
			x.lead(id, again, one.page.status, one.page.header)
			m.end(again)
		}
	}
}

// reloaded answers a reload with the page that is being made for its first
// request, or has been made a moment ago. It returns false if there is none: the
// request then goes its own way.
func (x *exchange) reloaded() bool {
	id, ok := x.making()
	if !ok {
		return false
	}
	one := x.shop.makings.find(id)
	if one == nil {
		return false
	}
	select {
	case <-one.over:
	case <-x.r.Context().Done():
		x.verdict = verdict{Action: falochron.Shed, Reason: "client-gone"}
		return true
	}
	if x.shop.makings.find(id) != one || one.page == nil || one.leads == "" && one.once.Swap(true) {
		return false // its asker was still there, it failed, another reload has it, or something was changed or seen since
	}
	if one.leads == "" {
		x.given(id, one)
	}
	h := x.w.Header()
	for name, values := range one.page.header {
		if name != "X-Request-Id" { // of this request, not of that
			h[name] = slices.Clone(values)
		}
	}
	if one.leads != "" { // ours were in the first answer, which may be lost
		x.mark(h)
		x.keepPlace(h)
	}
	x.verdict = verdict{Action: falochron.Pass, Reason: "reload"}
	x.w.WriteHeader(one.page.status)
	_, _ = x.w.Write(one.page.body) // the visitor has gone: nobody to tell
	return true
}
