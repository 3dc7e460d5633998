package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/falochron/falochron/internal/cache"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/state"
	"github.com/falochron/falochron/internal/ticket"
)

// configOf is a configuration of these shops.
func configOf(t *testing.T, shops ...string) *config.Config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "f.yaml")
	if err := os.WriteFile(file, []byte("shops:\n"+strings.Join(shops, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func shopText(name string, port int, more string) string {
	return fmt.Sprintf("  - {name: %s, hosts: [%s.example], origins: ['http://127.0.0.1:%d'] %s}\n", name, name, port, more)
}

// closed reports whether a cache takes no fill any more.
func closed(c *cache.Cache) bool {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	k := cache.KeyOf(cache.Target{Host: "a", Path: "/", Header: r.Header, Static: true})
	out := c.Serve(httptest.NewRecorder(), r, k, cache.Policy{}, func(context.Context, *http.Request) (*http.Response, error) {
		return nil, http.ErrServerClosed
	})
	return out.Reason == "closed"
}

// A reload goes on with what has not changed, and what nobody needs is closed
// at the end at the latest.
func TestPartsAreKeptAndClosed(t *testing.T) {
	defer goleak.VerifyNone(t)
	first := configOf(t, shopText("same", 8081, ""), shopText("moved", 8082, ""), shopText("gone", 8083, ""))
	p, err := openParts(state.Memory(), first, slog.New(slog.DiscardHandler), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.build(first)
	if err != nil {
		t.Fatal(err)
	}
	p.use(a)
	b, err := p.build(configOf(t, shopText("same", 8081, ", mode: hold"), shopText("moved", 9082, ", cache: {memory: 1MiB, max_object: 1MiB}"), shopText("new", 8084, "")))
	if err != nil {
		t.Fatal(err)
	}
	if a.pools["same"].pool != b.pools["same"].pool || a.caches["same"].cache != b.caches["same"].cache {
		t.Error("a shop that has not changed begins anew")
	}
	if a.pools["moved"].pool == b.pools["moved"].pool || a.caches["moved"].cache == b.caches["moved"].cache {
		t.Error("a shop that has changed goes on as before")
	}

	// What is not put in force is closed at once, and nothing else.
	p.discard(b)
	if !closed(b.caches["moved"].cache) || !closed(b.caches["new"].cache) || closed(b.caches["same"].cache) {
		t.Error("discarded: the wrong caches are closed")
	}

	b, err = p.build(configOf(t, shopText("same", 8081, "")))
	if err != nil {
		t.Fatal(err)
	}
	p.use(b)
	if len(p.late) != 4 { // two pools and two caches
		t.Errorf("%d things are to be closed later", len(p.late))
	}
	if closed(a.caches["gone"].cache) {
		t.Error("closed under the requests that may still use it")
	}
	p.close()
	for name, k := range a.caches {
		if !closed(k.cache) {
			t.Errorf("the cache of %s is left open", name)
		}
	}
}

// A configuration of which one shop cannot be made leaves nothing behind.
func TestHalfBuiltIsClosed(t *testing.T) {
	dir := t.TempDir()
	store, err := state.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := os.MkdirAll(filepath.Join(dir, "shops", "b"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "shops", "b", "shop.json"), []byte("?"), 0o600); err != nil {
		t.Fatal(err)
	}
	one := configOf(t, shopText("a", 8081, ""))
	p, err := openParts(store, one, slog.New(slog.DiscardHandler), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	a, err := p.build(one)
	if err != nil {
		t.Fatal(err)
	}
	p.use(a)
	if _, err := p.build(configOf(t, shopText("a", 8081, ""), shopText("b", 8082, ""))); err == nil {
		t.Fatal("a damaged shop was built")
	}
	if p.now != a || closed(a.caches["a"].cache) || len(p.late) != 0 {
		t.Error("a refused configuration changed the one in force")
	}
}

// Keys turn while running; tickets of before stay good as long as they live.
func TestKeysTurn(t *testing.T) {
	now := time.Now()
	var log bytes.Buffer
	cfg := configOf(t, shopText("a", 8081, ""))
	e, err := edge.New(edge.Config{Journal: journal.New(journal.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	h := &service{cfg: cfg, log: slog.New(slog.NewTextHandler(&log, nil)), edge: e}
	if h.parts, err = openParts(state.Memory(), cfg, h.log, now); err != nil {
		t.Fatal(err)
	}
	defer h.parts.close()
	if err := h.install(cfg); err != nil {
		t.Fatal(err)
	}
	sealer := func() *ticket.Sealer { return h.parts.now.shops[0].Keys }
	old := sealer()
	w := ticket.Waiting{Arrived: now.Add(rotateAfter), Seq: 7, Page: "/"}
	before := old.SealWaiting(w)

	h.rotate(now.Add(rotateAfter - time.Second))
	if sealer() != old || log.Len() > 0 {
		t.Error("turned too early")
	}
	h.rotate(now.Add(rotateAfter))
	if sealer() == old || !strings.Contains(log.String(), "ticket keys rotated") {
		t.Fatalf("not turned: %s", &log)
	}
	if got, err := sealer().OpenWaiting(before, now.Add(rotateAfter+time.Hour)); err != nil || got.Seq != 7 {
		t.Errorf("a ticket of before: %v %v", got, err)
	}
	if _, err := old.OpenWaiting(sealer().SealWaiting(w), now.Add(rotateAfter)); err == nil {
		t.Error("new tickets are signed with the old key")
	}
	kept, err := h.parts.store.Keys()
	if err != nil {
		t.Fatal(err)
	}
	if ring, err := ticket.ParseKeyring(kept); err != nil || !ring.Newest().Equal(now.Add(rotateAfter).UTC().Round(0)) {
		t.Errorf("the new key is not on disk: %v", err)
	}
}
