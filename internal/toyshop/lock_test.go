package toyshop

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Orders of one article wait for each other, one at a time; orders of different
// ones do not.
func TestRowsAreHeldByOneOrderAtATime(t *testing.T) {
	for name, c := range map[string]struct {
		rows        func(i int) []string
		least, most time.Duration // until the last of ten is through
		together    int32         // orders that hold their rows at the same time
	}{
		"one article":        {func(int) []string { return []string{"a"} }, 10 * minLock, 10 * maxLock, 1},
		"an article in all":  {func(i int) []string { return []string{"a", fmt.Sprint(i)} }, 10 * minLock, 10 * maxLock, 1},
		"in another order":   {func(i int) []string { return [][]string{{"a", "b"}, {"b", "a"}}[i%2] }, 10 * minLock, 10 * maxLock, 1},
		"the same one twice": {func(int) []string { return []string{"a", "a"} }, 10 * minLock, 10 * maxLock, 1},
		"different articles": {func(i int) []string { return []string{fmt.Sprint(i)} }, minLock, maxLock, 10},
		"no such article":    {func(int) []string { return []string{"?"} }, minLock, maxLock, 10},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				articles := []Article{{Slug: "a"}, {Slug: "b"}}
				for i := range 10 {
					articles = append(articles, Article{Slug: fmt.Sprint(i)})
				}
				l := newLocks(1, articles)
				began := time.Now()
				var inside, peak atomic.Int32
				var orders sync.WaitGroup
				for i := range 10 {
					orders.Go(func() {
						l.holding(c.rows(i), func() {
							peak.Store(max(peak.Load(), inside.Add(1)))
							time.Sleep(time.Microsecond) // so that others could be seen inside
							inside.Add(-1)
						})
					})
				}
				orders.Wait()
				took := time.Since(began) - 10*time.Microsecond
				if took < c.least-10*time.Microsecond || took > c.most {
					t.Errorf("ten orders took %v, want %v to %v", took, c.least, c.most)
				}
				if c.together == 1 && peak.Load() != 1 {
					t.Errorf("%d orders held the row together", peak.Load())
				}
			})
		})
	}
}

// What is felt of it in the shop: a crowd that orders one article holds the
// workers for longer than one that orders many.
func TestOneArticleForAllIsSlower(t *testing.T) {
	const buyers = 12
	took := func(slug func(i int) string) (d time.Duration) {
		inShop(t, Config{Workers: buyers, Pace: 0.001, Seed: 5}, func(t *testing.T, s *stage) {
			fans := make([]*fan, buyers)
			for i := range fans {
				fans[i] = &fan{s: s}
				fans[i].add(slug(i))
			}
			began := time.Now()
			var all sync.WaitGroup
			for i, f := range fans {
				all.Go(func() {
					if res := f.order(fmt.Sprintf("fan%d@example.com", i)); res.StatusCode != 303 {
						t.Errorf("order %d: %s", i, res.Status)
					}
				})
			}
			all.Wait()
			d = time.Since(began)
		})
		return d
	}
	articles := Catalogue()
	one := took(func(int) string { return articles[0].Slug })
	many := took(func(i int) string { return articles[i].Slug })
	if one < buyers*minLock {
		t.Errorf("%d orders of one article took %v: they did not wait for each other", buyers, one)
	}
	if many > 2*maxLock {
		t.Errorf("%d orders of different articles took %v: they waited for each other", buyers, many)
	}
}
