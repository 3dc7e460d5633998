package edge

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Crawlers that are who they say. Anybody can call himself Googlebot; the owners of the
// large crawlers say how to find out: the name of the address (PTR) is one of theirs, and
// that name leads back to the address; or the address is in a list that they publish. Who
// is not known, or not yet, is a stranger as any other.

// Robots says how crawlers are verified.
type Robots struct {
	// Ranges are address ranges that owners of crawlers publish.
	Ranges []netip.Prefix
	// Resolver asks the DNS; nil = it is not asked.
	Resolver Resolver
}

// Resolver is what is asked of the DNS; *net.Resolver does it.
type Resolver interface {
	LookupAddr(ctx context.Context, addr string) (names []string, err error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// robotNames are the words by which crawlers call themselves, and where the names of their
// addresses end, as their owners publish it: Google (crawling infrastructure, "verify
// requests"), Bing (webmaster help, "verify Bingbot"), Apple (support, "about Applebot"),
// Yandex (webmaster, "how to check that a robot belongs to Yandex"), Seznam, Petal.
var robotNames = []struct {
	word string
	ends []string
}{
	{"google", []string{".googlebot.com", ".google.com"}},
	{"bingbot", []string{".search.msn.com"}},
	{"applebot", []string{".applebot.apple.com"}},
	{"yandex", []string{".yandex.ru", ".yandex.net", ".yandex.com"}},
	{"seznambot", []string{".seznam.cz"}},
	{"petalbot", []string{".petalsearch.com"}},
}

const (
	robotsKept  = 4096            // addresses whose standing is known
	robotsAsked = 64              // addresses that wait to be looked up; more are asked again later
	robotGood   = 24 * time.Hour  // how long that is believed; owners keep addresses for months
	robotBad    = time.Hour       // the same of one that is not who it says, or that nobody knows
	robotWithin = 5 * time.Second // for all questions about one address
)

// robots knows which addresses are whose. Reading takes no lock: the table is replaced as a
// whole by one owner, see run.
type robots struct {
	cfg    Robots
	ranges networks
	known  atomic.Pointer[map[netip.Addr]robot]
	ask    chan claim

	good, bad atomic.Uint64
}

type robot struct {
	verified bool
	until    time.Time
}

// claim is an address that calls itself one of those crawlers.
type claim struct {
	addr netip.Addr
	ends []string
}

func newRobots(cfg Robots) *robots {
	r := &robots{cfg: cfg, ranges: newNetworks(cfg.Ranges), ask: make(chan claim, robotsAsked)}
	r.known.Store(&map[netip.Addr]robot{})
	return r
}

// verified reports whether an address is known to be the crawler that it says it is. If
// that can be found out and is not known, it will be.
func (r *robots) verified(now time.Time, addr netip.Addr, agent string) bool {
	if r.ranges.has(addr) {
		return true
	}
	if r.cfg.Resolver == nil {
		return false
	}
	if k, ok := (*r.known.Load())[addr]; ok && now.Before(k.until) {
		return k.verified
	}
	agent = strings.ToLower(agent)
	for _, n := range robotNames {
		if strings.Contains(agent, n.word) {
			select {
			case r.ask <- claim{addr, n.ends}:
			default: // many ask: another time
			}
			break
		}
	}
	return false
}

// run looks up who asked to be, one after the other, until ctx ends.
func (r *robots) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-r.ask:
			r.learn(ctx, c)
		}
	}
}

// learn finds out whose an address is.
func (r *robots) learn(ctx context.Context, c claim) {
	now := time.Now()
	old := *r.known.Load()
	if k, ok := old[c.addr]; ok && now.Before(k.until) {
		return // it stood there twice
	}
	found := robot{until: now.Add(robotBad)}
	if found.verified = r.check(ctx, c); found.verified {
		found.until = now.Add(robotGood)
		r.good.Add(1)
	} else {
		r.bad.Add(1)
	}
	next := maps.Clone(old)
	if len(next) >= robotsKept {
		maps.DeleteFunc(next, func(_ netip.Addr, k robot) bool { return !k.verified || !now.Before(k.until) })
	}
	if len(next) >= robotsKept {
		clear(next)
	}
	next[c.addr] = found
	r.known.Store(&next)
}

// check asks for the address's name and whether that name leads back to it.
func (r *robots) check(ctx context.Context, c claim) bool {
	ctx, cancel := context.WithTimeout(ctx, robotWithin)
	defer cancel()
	names, err := r.cfg.Resolver.LookupAddr(ctx, c.addr.String())
	if err != nil {
		return false
	}
	for _, name := range names[:min(len(names), 4)] {
		name = strings.ToLower(strings.TrimSuffix(name, "."))
		if !slices.ContainsFunc(c.ends, func(end string) bool { return strings.HasSuffix(name, end) }) {
			continue
		}
		addrs, err := r.cfg.Resolver.LookupNetIP(ctx, "ip", name)
		if err == nil && slices.ContainsFunc(addrs, func(a netip.Addr) bool { return a.Unmap() == c.addr }) {
			return true
		}
	}
	return false
}
