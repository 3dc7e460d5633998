package store

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// page is what a follower got at once.
type page struct {
	acts []Act
	err  error
}

// followed runs Follow and hands out its pages. It ends with the test.
func followed(t *testing.T, s *Store, after uint64) <-chan page {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	pages := make(chan page)
	go func() {
		defer close(pages)
		for acts, err := range s.Follow(ctx, after) {
			select {
			case pages <- page{acts, err}:
			case <-ctx.Done():
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		for range pages {
		}
	})
	return pages
}

func next(t *testing.T, pages <-chan page) page {
	t.Helper()
	select {
	case p, ok := <-pages:
		if !ok {
			t.Fatal("it has ended")
		}
		return p
	case <-time.After(patience):
		t.Fatal("nothing comes")
	}
	return page{}
}

// upTo gathers acts until the last has this number.
func upTo(t *testing.T, pages <-chan page, seq uint64) (acts []Act) {
	t.Helper()
	for len(acts) == 0 || acts[len(acts)-1].Seq < seq {
		p := next(t, pages)
		if p.err != nil {
			t.Fatal(p.err)
		}
		acts = append(acts, p.acts...)
	}
	return acts
}

// A follower sees what was there, is told when that is all, and sees what this
// process and others append.
func TestFollow(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s, other := open(t, address), open(t, address)
		mustAppend(t, s, 0, 1000)
		mustAppend(t, s, 1000, 500)
		leaks := goleak.IgnoreCurrent()
		t.Run("follow", func(t *testing.T) {
			pages := followed(t, s, 10)
			got := upTo(t, pages, 1500)
			if diff := cmp.Diff(actsFrom(10, 1490), got); diff != "" {
				t.Fatal(diff)
			}
			if p := next(t, pages); p.acts != nil || p.err != nil {
				t.Fatalf("not the word that this is all: %v", p)
			}
			for i := range uint64(10) {
				by := s
				if i%2 == 0 {
					by = other
				}
				mustAppend(t, by, 1500+i, 1)
				if diff := cmp.Diff(actsFrom(1500+i, 1), upTo(t, pages, 1501+i)); diff != "" {
					t.Fatal(diff)
				}
			}
		})
		// database/sql keeps goroutines of its own while connections are open.
		if err := other.engine.close(); err != nil {
			t.Error(err)
		}
		if err := s.engine.close(); err != nil {
			t.Error(err)
		}
		if err := goleak.Find(leaks); err != nil {
			t.Error(err)
		}
	})
}

// The promise is a second; how often a follower looks, and how often it tries a
// lost database, keeps it.
func TestWithinASecond(t *testing.T) {
	if 2*pollEvery > time.Second || lastRetry > time.Second {
		t.Errorf("it looks every %v, and tries every %v", pollEvery, lastRetry)
	}
}

// A consumer who has enough ends it.
func TestFollowEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s := open(t, address)
		mustAppend(t, s, 0, 3)
		for acts, err := range s.Follow(t.Context(), 0) {
			if len(acts) != 3 || err != nil {
				t.Errorf("%v, %v", acts, err)
			}
			break
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for acts, err := range s.Follow(ctx, 0) {
			t.Errorf("after the end: %v, %v", acts, err)
		}
	})
}

// A restore over a plan that somebody follows, or writes, is said to both.
func TestReplaced(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s, other := open(t, address), open(t, address)
		mustAppend(t, s, 0, 3, Message{Key: "k"})
		old := claim(t, s, at(0), 1)
		var file strings.Builder
		if _, err := other.Backup(t.Context(), &file); err != nil {
			t.Fatal(err)
		}
		pages := followed(t, s, 0)
		upTo(t, pages, 3)
		next(t, pages)
		if _, err := other.Restore(t.Context(), strings.NewReader(file.String()), true); err != nil {
			t.Fatal(err)
		}
		if p := next(t, pages); !errors.Is(p.err, ErrReplaced) || falochron.HintOf(p.err) == "" {
			t.Errorf("the follower: %v", p)
		}
		for range pages {
			t.Error("something comes after that")
		}
		if _, err := s.Append(t.Context(), 3, actsFrom(3, 1)); !errors.Is(err, ErrReplaced) {
			t.Errorf("the writer: %v", err)
		}
		if err := s.Settle(t.Context(), old[0], Result{Outcome: Delivered, Ended: at(1)}); !errors.Is(err, ErrReplaced) {
			t.Errorf("the deliverer: %v", err)
		}
		mustAppend(t, open(t, address), 3, 1)
	})
}

// A database that is lost is said once; when it is back the follower goes on
// where it was, without a gap and without anything twice.
func TestFollowThroughALoss(t *testing.T) {
	address := server.Empty(t)
	way := newWay(t, server.Socket())
	through := strings.Replace(address, "postgres://falochron@/", "postgres://falochron@"+way.addr()+"/", 1)
	through = strings.Replace(through, "host=", "application_name=", 1)
	s, other := open(t, through), open(t, address)
	mustAppend(t, s, 0, 2)
	pages := followed(t, s, 0)
	upTo(t, pages, 2)
	if p := next(t, pages); p.acts != nil || p.err != nil {
		t.Fatal(p)
	}
	for after := uint64(2); after < 8; after += 2 {
		way.cut()
		mustAppend(t, other, after, 1)
		if p := next(t, pages); falochron.KindOf(p.err) != falochron.Unavailable || !strings.Contains(falochron.HintOf(p.err), "is PostgreSQL running") {
			t.Fatalf("lost: %v", p)
		}
		if _, err := s.Append(t.Context(), after+1, actsFrom(after+1, 1)); falochron.KindOf(err) != falochron.Unavailable {
			t.Errorf("append: %v", err)
		}
		mustAppend(t, other, after+1, 1)
		way.mend(t)
		if diff := cmp.Diff(actsFrom(after, 2), upTo(t, pages, after+2)); diff != "" {
			t.Fatal(diff)
		}
		if p := next(t, pages); p.acts != nil || p.err != nil {
			t.Fatalf("not the word that it is back: %v", p)
		}
	}
	mustAppend(t, s, 8, 1)
	upTo(t, pages, 9)
	// Cut off from the notices alone, it looks.
	server.Exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()`)
	mustAppend(t, other, 9, 1)
	upTo(t, pages, 10)
}

// way is a way to a server that can be cut.
type way struct {
	to string

	mu    sync.Mutex // guards what follows
	l     net.Listener
	conns map[net.Conn]bool
	at    string
	wg    sync.WaitGroup
}

func newWay(t *testing.T, to string) *way {
	t.Helper()
	w := &way{to: to, conns: map[net.Conn]bool{}, at: "127.0.0.1:0"}
	w.mend(t)
	t.Cleanup(func() {
		w.cut()
		w.wg.Wait()
	})
	return w
}

func (w *way) addr() string { return w.at }

func (w *way) mend(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", w.at)
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	w.l, w.at = l, l.Addr().String()
	w.mu.Unlock()
	w.wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("unix", w.to)
			if err != nil || !w.keep(l, in, out) {
				in.Close()
				continue
			}
			for _, pair := range [][2]net.Conn{{in, out}, {out, in}} {
				w.wg.Go(func() {
					_, _ = io.Copy(pair[0], pair[1])
					in.Close()
					out.Close()
				})
			}
		}
	})
}

// keep remembers connections, unless the way was cut meanwhile.
func (w *way) keep(l net.Listener, conns ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range conns {
		w.conns[c] = true
		if w.l != l {
			c.Close()
		}
	}
	return w.l == l
}

func (w *way) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.l != nil {
		w.l.Close()
		w.l = nil
	}
	for c := range w.conns {
		c.Close()
	}
	clear(w.conns)
}
