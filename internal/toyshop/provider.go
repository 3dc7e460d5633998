package toyshop

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
)

// When the provider sends a notice: 0.5 to 2 s after the charge, then, as long
// as the shop does not say 200, after each of resend.
const (
	minNotice     = 500 * time.Millisecond
	maxNotice     = 2 * time.Second
	noticeTimeout = 15 * time.Second
)

func resend() []time.Duration {
	return []time.Duration{1 * time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second,
		15 * time.Second, 30 * time.Second, 60 * time.Second}
}

// A notice is what the provider tells the shop about a charge.
type notice struct {
	Charge int64  `json:"charge"`
	Order  int    `json:"order"`
	Amount int    `json:"amount"` // grosze
	Status string `json:"status"` // "paid"
}

// provider is the payment provider: another company that happens to live in
// this process. It uses no worker. What it has charged stays charged: it knows
// nothing of buyers who have left.
type provider struct {
	store  *store
	key    []byte
	seed   uint64
	shop   string // URL of the shop, without path
	to     signedAt
	client *http.Client
	log    *slog.Logger

	pending atomic.Int64 // charges with a notice to come
	lost    atomic.Int64 // charges whose notices were all refused
	running sync.WaitGroup
	ctx     context.Context
	cancel  context.CancelFunc
}

func newProvider(st *store, key []byte, cfg Config) *provider {
	p := &provider{
		store: st, key: key, seed: cfg.Seed, shop: cfg.PublicURL, log: cfg.Log, to: signedAt{path: "/platnosc/powiadomienie"},
		client: &http.Client{
			Transport: &http.Transport{DialContext: cfg.Dial, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute},
			Timeout:   noticeTimeout,
			// A redirect is not a 200.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// charge takes the money now and lets the shop know later.
func (p *provider) charge(order int, email string, total int) error {
	c := charge{order: order, email: email, total: total, atUnixMS: time.Now().UnixMilli()}
	var err error
	if c.id, err = p.store.recordCharge(c); err != nil {
		return err
	}
	p.notify(c)
	return nil
}

// resume takes up the charges of an earlier run that the shop never confirmed.
func (p *provider) resume() error {
	left, err := p.store.unconfirmed()
	for _, c := range left {
		p.notify(c)
	}
	return err
}

func (p *provider) notify(c charge) {
	p.pending.Add(1)
	p.running.Go(func() {
		defer p.pending.Add(-1)
		p.deliver(c)
	})
}

// deliver sends the notice until the shop says 200, the schedule is over or the
// provider stops.
func (p *provider) deliver(c charge) {
	wait := minNotice + time.Duration(dice(p.seed, streamCallback, uint64(c.id)).Int64N(int64(maxNotice-minNotice)))
	for _, next := range append(resend(), 0) {
		if !p.sleep(wait) {
			return
		}
		if p.send(c) {
			if err := p.store.confirmCharge(c.id); err != nil {
				p.log.Error("confirm charge", "order", c.order, "err", err)
			}
			return
		}
		wait = next
	}
	p.lost.Add(1)
	p.log.Warn("payment notice given up", "order", c.order)
}

// send reports whether the shop said 200.
func (p *provider) send(c charge) bool {
	body, err := json.Marshal(notice{c.id, c.order, c.total, "paid"})
	if err != nil {
		return false
	}
	req, err := http.NewRequestWithContext(p.ctx, http.MethodPost, p.shop+p.to.path, bytes.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "toypay/1")
	req.Header.Set("X-Toypay-Signature", sign(p.key, body))
	if p.to.field != "" {
		req.Header.Set(p.to.field, p.to.form+sign(p.key, body))
	}
	res, err := p.client.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxBody)) // so that the connection can be used again
	return res.StatusCode == http.StatusOK
}

func (p *provider) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-p.ctx.Done():
		return false
	}
}

// shut stops sending. No charge may be made at the same time or later.
func (p *provider) shut() {
	p.cancel()
	p.running.Wait()
	p.client.CloseIdleConnections()
}

// sign is the HMAC-SHA256 of a notice, in hex.
func sign(key, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// paymentNotice is the shop's side: believe the signature, mark the order paid.
// Hearing it twice changes nothing.
func (s *Shop) paymentNotice(v visit) (answer, error) {
	if !hmac.Equal([]byte(sign(s.provider.key, v.body)), []byte(v.signed)) {
		return answer{}, wrong(falochron.Denied, "Zły podpis.")
	}
	var n notice
	if err := json.Unmarshal(v.body, &n); err != nil || n.Status != "paid" {
		return answer{}, wrong(falochron.Invalid, "Niezrozumiałe powiadomienie.")
	}
	known, err := s.store.markPaid(n.Order)
	if err != nil {
		return answer{}, err
	}
	if !known {
		return answer{}, wrong(falochron.NotFound, "Nie ma takiego zamówienia.")
	}
	return jsonAnswer(http.StatusOK, map[string]any{"ok": true}), nil
}
