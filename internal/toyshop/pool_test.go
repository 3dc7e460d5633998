package toyshop

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/datadriven"
)

// TestPoolTranscripts plays testdata/pool/*: visitors come, wait, leave; time
// is advanced by hand; what became of whom is printed.
func TestPoolTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata/pool", func(t *testing.T, path string) {
		synctest.Test(t, func(t *testing.T) {
			s := &poolStage{t: t, leave: map[string]context.CancelFunc{}}
			datadriven.RunTest(t, path, s.play)
			stopNow(s.pool)
			synctest.Wait()
		})
	})
}

// A poolStage is a pool, and visitors known by name.
type poolStage struct {
	t     *testing.T
	pool  *pool
	leave map[string]context.CancelFunc
	opens time.Time

	mu     sync.Mutex
	events []event
}

type event struct {
	at   time.Duration
	text string
}

func (s *poolStage) play(t *testing.T, d *datadriven.TestData) string {
	switch d.Cmd {
	case "pool":
		workers, backlog, takes := 1, 511, "1s"
		d.ScanArgs(t, "workers", &workers)
		d.MaybeScanArgs(t, "backlog", &backlog)
		d.MaybeScanArgs(t, "takes", &takes)
		base, err := time.ParseDuration(takes)
		if err != nil {
			t.Fatal(err)
		}
		s.opens = time.Now()
		grows := d.HasArg("stretch")
		s.pool = newPool(workers, backlog, func(_ route, _ uint64, l load) time.Duration {
			if grows {
				return time.Duration(float64(base) * l.stretch())
			}
			return base
		})
	case "come":
		for _, name := range names(d) {
			ctx, cancel := context.WithCancel(context.Background())
			s.leave[name] = cancel
			go s.visit(ctx, name)
			synctest.Wait()
		}
	case "leave":
		for _, name := range names(d) {
			s.leave[name]()
			synctest.Wait()
		}
	case "advance":
		by, err := time.ParseDuration(d.CmdArgs[0].Key)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(by)
		synctest.Wait()
	case "stop":
		stopNow(s.pool)
		synctest.Wait()
	default:
		t.Fatalf("unknown command %q", d.Cmd)
	}
	return s.report()
}

// names reads a, b or a range a1..a9.
func names(d *datadriven.TestData) []string {
	var all []string
	for _, arg := range d.CmdArgs {
		var letter string
		var from, to int
		if low, high, ok := strings.Cut(arg.Key, ".."); ok {
			letter = strings.TrimRight(low, "0123456789")
			fmt.Sscan(strings.TrimPrefix(low, letter), &from)
			fmt.Sscan(strings.TrimPrefix(high, letter), &to)
			for i := from; i <= to; i++ {
				all = append(all, fmt.Sprint(letter, i))
			}
			continue
		}
		all = append(all, arg.Key)
	}
	return all
}

func (s *poolStage) visit(ctx context.Context, name string) {
	came := time.Now()
	_, how := s.pool.do(ctx, home, func() answer {
		s.note("%s worked", name)
		return answer{status: http.StatusOK}
	})
	word := [...]string{answered: "200", refused: "502", timedOut: "504", gone: "left", stopped: "given up"}[how]
	s.note("%s %s after %v", name, word, time.Since(came).Round(time.Millisecond))
}

func (s *poolStage) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, event{time.Since(s.opens).Round(time.Millisecond), fmt.Sprintf(format, args...)})
}

// report prints what happened since the last one, and the pool as it is now.
func (s *poolStage) report() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	// What happens at one instant has no order; sort it for the transcript.
	slices.SortFunc(s.events, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.text, b.text))
	})
	var out strings.Builder
	for _, e := range s.events {
		fmt.Fprintf(&out, "%v %s\n", e.at, e.text)
	}
	s.events = nil
	n := s.pool.count()
	return out.String() + fmt.Sprintf("busy=%d backlog=%d served=%d refused=%d timeouts=%d\n", n.busy, n.queued, n.served[home], n.refused, n.timeouts)
}

func stopNow(p *pool) {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	p.drain(now)
}

// At twenty times what it can do, the shop still works all the time, but nearly
// nobody gets what it made: the collapse this package exists to show.
func TestCollapse(t *testing.T) {
	calm := goodput(t, 12)
	wave := goodput(t, 20*16)
	t.Logf("answered within 5 s, per second: %.1f at 12/s, %.1f at 320/s", calm, wave)
	if calm < 11 {
		t.Errorf("a shop with room to spare answers %.1f of 12 a second within 5 s", calm)
	}
	if wave > calm/10 {
		t.Errorf("a flooded shop still answers %.1f a second within 5 s: it does not collapse", wave)
	}
}

// goodput is how many product pages a second eight workers bring to people who
// wait at most 5 s, the second minute of an even stream of perSecond.
func goodput(t *testing.T, perSecond int) (rate float64) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(8, 511, func(r route, n uint64, l load) time.Duration { return serviceTime(1, r, n, 1, l) })
		var good sync.Map
		var visitors sync.WaitGroup
		for i := range perSecond * 120 {
			time.Sleep(time.Second / time.Duration(perSecond))
			visitors.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
				defer cancel()
				if _, how := p.do(ctx, product, func() answer { return answer{} }); how == answered && i > perSecond*60 {
					good.Store(i, true)
				}
			})
		}
		visitors.Wait()
		n := 0
		good.Range(func(any, any) bool { n++; return true })
		rate = float64(n) / 60
		stopNow(p)
	})
	return rate
}
