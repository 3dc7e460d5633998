package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// chat is a team's chat service as the demo needs one: it takes signed webhooks as
// Standard Webhooks describes them, refuses what a real one refuses, and shows what
// has come.
type chat struct {
	server *http.Server
	at     string // host:port
	key    []byte // of the signatures
	other  []byte // a planted fault: it checks them with this one
	deaf   bool   // a planted fault: it answers nobody

	mu      sync.Mutex // guards what follows
	got     []chatMessage
	refused int
	came    chan struct{} // a message came; holds at most one
}

// chatMessage is one message as it came.
type chatMessage struct {
	ID      string    `json:"-"` // the same for each try
	To      string    `json:"to"`
	At      time.Time `json:"at"`
	Subject string    `json:"subject"`
	Links   []struct {
		Label string `json:"label"`
		URL   string `json:"url"`
	} `json:"links,omitempty"`
}

// openChat starts the service on loopback.
func openChat(listen string) (*chat, error) {
	c := &chat{key: make([]byte, 32), came: make(chan struct{}, 1)}
	_, _ = rand.Read(c.key) // never fails
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, err
	}
	c.at = l.Addr().String()
	c.server = &http.Server{Handler: http.HandlerFunc(c.take), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = c.server.Serve(l) }() // until it is closed
	return c, nil
}

func (c *chat) close() { _ = c.server.Close() }

// address is where messages to somebody go, as docs/notify.md writes it.
func (c *chat) address(who string) string {
	return "generic+http://" + c.at + "/hook/" + who + "#whsec_" + base64.StdEncoding.EncodeToString(c.key)
}

// take takes a message.
func (c *chat) take(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	c.mu.Lock()
	deaf := c.deaf
	c.mu.Unlock()
	if deaf {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil || r.Method != http.MethodPost || !c.signed(r, body, now) {
		c.mu.Lock()
		c.refused++
		c.mu.Unlock()
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var sent struct {
		Data chatMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	sent.Data.To = path.Base(r.URL.Path)
	sent.Data.ID, sent.Data.At = sent.Data.To+" "+r.Header.Get("webhook-id"), now
	sent.Data.Subject = strings.ReplaceAll(sent.Data.Subject, "\u00a0", " ") // who prints it knows no such spaces
	c.mu.Lock()
	c.got = append(c.got, sent.Data)
	c.mu.Unlock()
	select {
	case c.came <- struct{}{}:
	default:
	}
	w.WriteHeader(http.StatusNoContent)
}

// signed says whether a message is from who has the key, and not an old one sent again.
func (c *chat) signed(r *http.Request, body []byte, now time.Time) bool {
	h := r.Header
	secs, err := strconv.ParseInt(h.Get("webhook-timestamp"), 10, 64)
	if err != nil || now.Sub(time.Unix(secs, 0)).Abs() > 5*time.Minute {
		return false
	}
	want := c.sign(c.checks(), h.Get("webhook-id"), h.Get("webhook-timestamp"), body)
	for field := range strings.FieldsSeq(h.Get("webhook-signature")) {
		if hmac.Equal([]byte(field), []byte(want)) {
			return true
		}
	}
	return false
}

// checks is the key by which signatures are checked.
func (c *chat) checks() []byte {
	if c.other != nil {
		return c.other
	}
	return c.key
}

// sign is the signature of a message, as the field has it.
func (c *chat) sign(key []byte, id, secs string, body []byte) string {
	sum := hmac.New(sha256.New, key)
	_, _ = io.WriteString(sum, id+"."+secs+".")
	_, _ = sum.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(sum.Sum(nil))
}

// await waits for a message to somebody that is as wanted and came at a moment or
// later; false: none came.
func (c *chat) await(ctx context.Context, who string, since time.Time, most time.Duration, wanted func(*chatMessage) bool) (chatMessage, bool) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		c.mu.Lock()
		for i := range c.got {
			m := &c.got[i]
			if m.To == who && !m.At.Before(since) && wanted(m) {
				out := *m
				c.mu.Unlock()
				return out, true
			}
		}
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			return chatMessage{}, false
		case <-c.came:
		}
	}
}

// tally is what came, without the links, which are secrets; how many of it had come
// before already, and how many messages were refused.
func (c *chat) tally() (came []chatMessage, twice, refused int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := map[string]bool{}
	for i := range c.got {
		if seen[c.got[i].ID] {
			twice++
		}
		seen[c.got[i].ID] = true
		m := c.got[i]
		m.Links = nil
		came = append(came, m)
	}
	return came, twice, c.refused
}
