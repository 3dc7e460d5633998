package control

import (
	"context"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"rsc.io/qr"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/plan"
)

// toldShops is what an announcer published last, by shop.
type toldShops struct {
	mu   sync.Mutex
	all  map[string]*falochron.Announced
	news chan struct{}
}

func (s *toldShops) publish(shop string, a *falochron.Announced) {
	s.mu.Lock()
	s.all[shop] = a
	s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// until waits until a shop was told something.
func (s *toldShops) until(t *testing.T, shop string, what func(*falochron.Announced) bool) *falochron.Announced {
	t.Helper()
	late := time.After(patience)
	for {
		s.mu.Lock()
		a, there := s.all[shop]
		s.mu.Unlock()
		if there && what(a) {
			return a
		}
		select {
		case <-s.news:
		case <-late:
			t.Fatalf("not told in time; last %+v", a)
		}
	}
}

// What is done in the plan is told to the edge, also what another process does; nothing
// that people tell each other is in it.
func TestTheEdgeIsToldOfThePlan(t *testing.T) {
	t.Parallel()
	now := time.Now()
	file := planFile(t)
	c, other := openPlan(t, file), openPlan(t, file)
	told := &toldShops{all: map[string]*falochron.Announced{}, news: make(chan struct{}, 1)}
	a := &Announcer{
		Plan: c, Shops: func() []string { return []string{"shop", "empty"} },
		Behind:  func(s *plan.Shop) string { return map[plan.ID]string{"lip": "shop", "lip-old": "shop"}[s.ID] },
		Publish: told.publish,
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { a.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	told.until(t, "empty", func(a *falochron.Announced) bool { return a == nil })

	for _, command := range []plan.Command{
		plan.PutShop{Shop: plan.Shop{ID: "lip", Name: "secret", Zone: "Europe/Warsaw", Domains: []string{"Lip.example"}}},
		plan.PutShop{Shop: plan.Shop{ID: "lip-old", Name: "secret", Zone: "Europe/Warsaw"}},
		plan.PutCampaign{Shop: "lip", Name: "secret", Note: "secret"},
		plan.PutPost{Campaign: "lip-1", Post: plan.Post{Name: "secret", Coupon: "secret", Reach: 5, At: now.Add(time.Hour), Link: "https://lip.example/p"}},
		plan.PutEvening{Campaign: "lip-1", Evening: plan.Evening{Name: "secret", Start: now.Add(2 * time.Hour), PreQueue: time.Minute, Draw: true, Lasts: time.Hour, Reach: 7}},
	} {
		if _, err := c.Do(t.Context(), now, operator, command); err != nil {
			t.Fatalf("%T: %v", command, err)
		}
	}
	got := told.until(t, "shop", func(a *falochron.Announced) bool { return a != nil && len(a.Evenings) == 1 })
	want := &falochron.Announced{
		Domains:  []string{"lip.example"},
		Zone:     "Europe/Warsaw",
		Posts:    []falochron.AnnouncedPost{{ID: "lip-1.1", Code: falochron.ShortCode("lip", "lip-1.1", 0), Link: "https://lip.example/p", At: now.Add(time.Hour).UTC().Round(0)}},
		Evenings: []falochron.AnnouncedEvening{{ID: "lip-1.2", Start: now.Add(2 * time.Hour).UTC().Round(0), PreQueue: time.Minute, Draw: true, End: now.Add(3 * time.Hour).UTC().Round(0)}},
		Line:     got.Line,
	}
	if !got.Same(want) || got.Line.EN == "" || got.Line.PL == "" || !got.Line.Until.Equal(now.Add(time.Hour)) {
		t.Errorf("%+v\nwant %+v", got, want)
	}

	for changed := other.Changed(); other.state().Acts < c.state().Acts; changed = other.Changed() {
		select {
		case <-changed:
		case <-time.After(patience):
			t.Fatal("the other process does not follow")
		}
	}
	if _, err := other.Do(t.Context(), now, operator, plan.Slip{Campaign: "lip-1", Moment: "lip-1.1", By: 30 * time.Minute}); err != nil {
		t.Fatal(err)
	}
	told.until(t, "shop", func(a *falochron.Announced) bool { return a.Posts[0].At.Equal(now.Add(90 * time.Minute)) })
	if _, err := other.Do(t.Context(), now, operator, plan.Cancel{Campaign: "lip-1"}); err != nil {
		t.Fatal(err)
	}
	got = told.until(t, "shop", func(a *falochron.Announced) bool { return a.Posts[0].Off })
	if len(got.Evenings) != 0 || got.Line.EN == "" {
		t.Errorf("called off: %+v", got)
	}
}

// What the plan announces is part of a shop's orders, changes nothing of what was
// ordered, and is nobody's order.
func TestAnnouncingIsNoOrder(t *testing.T) {
	c, _, notes := newControl(t, nil)
	shop := c.cfg.Source.Shops()[0]
	before, _ := c.cfg.Snapshot(shop)
	a := &falochron.Announced{Posts: []falochron.AnnouncedPost{{ID: "x"}}}
	for range 2 {
		c.Announce(shop, a)
	}
	c.Announce("no such shop", a)
	after, _ := c.cfg.Snapshot(shop)
	if after.Plan != a || after.Version != before.Version+1 || after.Mode != before.Mode {
		t.Errorf("%+v, was %+v", after, before)
	}
	if n := len(notes.Since(time.Time{}, journal.Filter{Notes: true})); n != 0 {
		t.Errorf("%d audit records", n)
	}
}

// A QR code is a picture of what it says: every dark module of it is there once, and none
// other.
func TestQR(t *testing.T) {
	const address = "https://lip.example/go/k3x9pq7d"
	picture, err := QR(address)
	if err != nil {
		t.Fatal(err)
	}
	want, err := qr.Encode(address, qr.Q)
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[[2]int]int{}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-`).FindAllStringSubmatch(string(picture), -1) {
		x, _ := strconv.Atoi(m[1])
		y, _ := strconv.Atoi(m[2])
		n, _ := strconv.Atoi(m[3])
		for i := range n {
			drawn[[2]int{x + i - quiet, y - quiet}]++
		}
	}
	for y := range want.Size {
		for x := range want.Size {
			if n := drawn[[2]int{x, y}]; n != map[bool]int{true: 1}[want.Black(x, y)] {
				t.Fatalf("module %d, %d is drawn %d times", x, y, n)
			}
			delete(drawn, [2]int{x, y})
		}
	}
	if len(drawn) > 0 {
		t.Errorf("drawn outside: %v", drawn)
	}
	if len(picture) > 16<<10 {
		t.Errorf("%d bytes", len(picture))
	}
	long := make([]byte, 5000)
	if _, err := QR(string(long)); falochron.KindOf(err) != falochron.Invalid {
		t.Error(err)
	}
}
