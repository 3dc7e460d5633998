package crowd

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A browser opens up to six connections to one host (HTTP/1.1).
const (
	parallelAssets = 6
	assetWait      = 10 * time.Second
)

// assets fetches what a page shows and this fan's browser does not have yet.
// They are not part of the page's latency: people read while pictures load.
func (v *visit) assets(p page) {
	if !v.list.Plan.Assets {
		return
	}
	var want []string
	for _, a := range assetsOf(p.body, p.at, v.host) {
		if !v.fan.Script && strings.HasSuffix(a, ".js") {
			continue
		}
		if v.fresh(a) {
			want = append(want, a)
		}
	}
	if len(want) == 0 {
		return
	}
	from := time.Now()
	var next atomic.Int32
	var wg sync.WaitGroup
	jar := v.jar // read-only while they load
	fetch := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(want) {
				return
			}
			a, err := v.pool.send(&request{method: "GET", target: want[i], dest: asset,
				referer: "http://" + v.host + p.at, from: v.address(), fan: v.fan, jar: &jar}, v.host, &bearing{from: from, cap: assetWait}, false)
			if !strings.HasPrefix(want[i], ownPath) {
				v.askedFor(a, err, func(c *counts) { c.alikeFiles++ })
			}
			if err == nil {
				v.suspected(a)
			}
			bad := err != nil || a.status >= 400
			v.tally.in(time.Now(), func(_ *secondTally, c *counts) {
				c.requests++
				c.assets++
				if bad && !v.over() {
					c.assetErrors++
				}
			})
		}
	}
	for range min(parallelAssets, len(want)) - 1 {
		wg.Go(fetch)
	}
	fetch()
	wg.Wait()
}

// fresh says whether an asset is new to this browser, and remembers it. 32 bits
// of hash: a wrong match in a fan's dozen of assets is one in a hundred million.
func (v *visit) fresh(target string) bool {
	h := uint32(hashWord(target))
	for _, s := range v.seen {
		if s == h {
			return false
		}
	}
	v.seen = append(v.seen, h)
	return true
}
