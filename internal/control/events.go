package control

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/falochron/falochron"
)

const (
	maxListeners = 32               // event streams at once, all shops together
	backlog      = 3                // seconds a reader may lag before it is dropped; it reconnects and reads the history
	heartbeat    = 15 * time.Second // comment line when there is nothing else to send
	writeWithin  = 5 * time.Second  // a write that takes longer ends the stream
)

// hub hands each second to those who look on.
type hub struct {
	mu        sync.Mutex
	listeners map[*listener]struct{}
	closed    bool
	dropped   uint64 // readers that were too slow, since the start
}

// counts are how many look on now, and how many were dropped since the start.
func (h *hub) counts() (open int, dropped uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.listeners), h.dropped
}

// listener is one event stream.
type listener struct {
	shop string
	next chan []byte   // closed never; the loop writes without waiting
	gone chan struct{} // closed when dropped or when the hub closes
}

func (h *hub) setUp() { h.listeners = make(map[*listener]struct{}) }

// join returns nil when there are too many, or no loop any more.
func (h *hub) join(shop string) *listener {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.listeners) >= maxListeners {
		return nil
	}
	l := &listener{shop: shop, next: make(chan []byte, backlog), gone: make(chan struct{})}
	h.listeners[l] = struct{}{}
	return l
}

func (h *hub) leave(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, l)
}

func (h *hub) watched(shop string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		if l.shop == shop {
			return true
		}
	}
	return false
}

func (h *hub) send(shop string, data []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		if l.shop != shop {
			continue
		}
		select {
		case l.next <- data:
		default:
			h.dropped++
			delete(h.listeners, l)
			close(l.gone)
		}
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for l := range h.listeners {
		delete(h.listeners, l)
		close(l.gone)
	}
}

// getEvents streams a shop's seconds as server-sent events until the reader
// leaves, lags, or signs out, the session ends, or we shut down. Browsers
// reconnect by themselves, and are told then if they may not any more.
func (c *Control) getEvents(w http.ResponseWriter, r *http.Request, who actor) error {
	shop := r.PathValue("shop")
	view, ok := c.watch.look(shop)
	if !ok {
		return noShop(shop)
	}
	if r.Method == http.MethodHead {
		return answer(w, http.StatusOK, view)
	}
	l := c.watch.hub.join(shop)
	if l == nil {
		w.Header().Set("Retry-After", "10")
		return &falochron.Error{Kind: falochron.Unavailable, Op: "open an event stream", Public: "too many people look on already", Hint: "close a live page that nobody reads"}
	}
	defer c.watch.hub.leave(l)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx in between must not hold events back
	stream := stream{w, http.NewResponseController(w)}
	if !stream.write("retry: 2000\n\n") {
		return nil
	}
	c.follow(r, who, l, stream)
	return nil
}

func (c *Control) follow(r *http.Request, who actor, l *listener, out stream) {
	quiet := time.NewTimer(heartbeat)
	defer quiet.Stop()
	var ended <-chan time.Time // nil for a token: never
	if !who.until.IsZero() {
		end := time.NewTimer(time.Until(who.until))
		defer end.Stop()
		ended = end.C
	}
	for {
		text := ": still here\n\n"
		select {
		case <-r.Context().Done():
			return
		case <-l.gone:
			return
		case <-who.over:
			return
		case <-ended:
			return
		case data := <-l.next:
			text = fmt.Sprintf("event: vitals\ndata: %s\n\n", data)
		case <-quiet.C:
		}
		if !out.write(text) {
			return
		}
		quiet.Reset(heartbeat)
	}
}

// stream writes pieces that are sent at once or not at all.
type stream struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func (s stream) write(text string) bool {
	// Not every writer knows deadlines (tests, middleware); the backlog still
	// drops those who lag.
	_ = s.rc.SetWriteDeadline(time.Now().Add(writeWithin))
	if _, err := s.w.Write([]byte(text)); err != nil {
		return false
	}
	return s.rc.Flush() == nil
}
