package toyshop

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/websocket"
)

// Bounds of the chat.
const (
	maxChats   = 256
	maxMessage = 64 << 10
	chatIdle   = time.Minute
)

// chats is the shop's help line, a WebSocket that says back whatever it is
// told. It shows whether upgrades pass a proxy.
type chats struct {
	mu     sync.Mutex
	open   map[*websocket.Conn]bool
	closed bool
	done   sync.WaitGroup // one per open connection
}

func newChats() *chats { return &chats{open: map[*websocket.Conn]bool{}} }

func (c *chats) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, ok := w.(http.Hijacker)
	if !ok || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		http.Error(w, "426 Upgrade Required", http.StatusUpgradeRequired)
		return
	}
	websocket.Server{Handler: c.talk}.ServeHTTP(w, r)
}

// message is a frame's content and whether it is text or binary.
type message struct {
	data []byte
	kind byte
}

func (c *chats) talk(ws *websocket.Conn) {
	if !c.enter(ws) {
		return
	}
	defer c.leave(ws)
	ws.MaxPayloadBytes = maxMessage
	codec := websocket.Codec{
		Marshal:   func(v any) ([]byte, byte, error) { m := v.(*message); return m.data, m.kind, nil },
		Unmarshal: func(data []byte, kind byte, v any) error { *v.(*message) = message{data, kind}; return nil },
	}
	for {
		var m message
		if ws.SetDeadline(time.Now().Add(chatIdle)) != nil || codec.Receive(ws, &m) != nil || codec.Send(ws, &m) != nil {
			return
		}
	}
}

func (c *chats) enter(ws *websocket.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.open) >= maxChats {
		return false
	}
	c.open[ws] = true
	c.done.Add(1)
	return true
}

func (c *chats) leave(ws *websocket.Conn) {
	c.mu.Lock()
	delete(c.open, ws)
	c.mu.Unlock()
	c.done.Done()
}

// shut hangs up on everybody.
func (c *chats) shut() {
	c.mu.Lock()
	c.closed = true
	for ws := range c.open {
		_ = ws.Close()
	}
	c.mu.Unlock()
	c.done.Wait()
}
