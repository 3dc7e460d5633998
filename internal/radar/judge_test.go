package radar

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

var evening = time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)

const phone = falochron.ShapeLanguage | falochron.ShapeEncoding | falochron.ShapeFetch

// scene keeps the counters of cohorts as the edge would, second by second.
type scene struct {
	*testing.T
	judge   *Judge
	now     time.Time
	tallies map[falochron.CohortKey]*falochron.CohortTally
	dice    *rand.Rand
	back    map[time.Time][]func() // what happens in seconds to come
	told    []falochron.CohortVerdict
}

func newScene(t *testing.T) *scene {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return &scene{
		T: t, judge: NewJudge(JudgeConfig{}), now: evening, tallies: make(map[falochron.CohortKey]*falochron.CohortTally),
		dice: rand.New(rand.NewPCG(seed, 1)), back: make(map[time.Time][]func()),
	}
}

// of are the counters of an address's three cohorts.
func (s *scene) of(addr string, c falochron.Client, shape falochron.Shape) (all []*falochron.CohortTally) {
	a := netip.MustParseAddr(addr)
	one, net := 32, 24
	if a.Is6() {
		one, net = 64, 48
	}
	p1, _ := a.Prefix(one)
	p2, _ := a.Prefix(net)
	for _, p := range []netip.Prefix{p1, p2, {}} {
		k := falochron.CohortKey{Net: p, Client: c, Shape: shape}
		if s.tallies[k] == nil {
			s.tallies[k] = &falochron.CohortTally{Key: k, Born: s.now}
		}
		s.tallies[k].Last = s.now
		s.tallies[k].Span = min(s.now.Sub(s.tallies[k].Born)+time.Second, 45*time.Second)
		all = append(all, s.tallies[k])
	}
	return all
}

func (s *scene) add(all []*falochron.CohortTally, f func(*falochron.CohortTally)) {
	for _, t := range all {
		f(t)
	}
}

// strangers come from an address: n are given places in line, of which a share comes back
// within ten seconds and then asks for files.
func (s *scene) strangers(all []*falochron.CohortTally, n int, comeBack float64) {
	for range n {
		s.add(all, func(t *falochron.CohortTally) { t.Asks++; t.Strange++; t.Line++ })
		if s.dice.Float64() >= comeBack {
			continue
		}
		at := s.now.Add(time.Duration(2+s.dice.IntN(9)) * time.Second)
		s.back[at] = append(s.back[at], func() {
			s.add(all, func(t *falochron.CohortTally) {
				t.Back++
				t.Asks++
				t.Shown++
				t.Files += 12
				t.Tickets = min(t.Tickets+1, 4000)
			})
		})
	}
}

// run lets so many seconds pass; each is told to the judge.
func (s *scene) run(secs int, each func()) {
	for range secs {
		for _, f := range s.back[s.now] {
			f()
		}
		delete(s.back, s.now)
		if each != nil {
			each()
		}
		s.now = s.now.Add(time.Second)
		var list []falochron.CohortTally
		for _, t := range s.tallies {
			if s.now.Sub(t.Last) <= 2*time.Minute {
				list = append(list, *t)
			}
		}
		s.told = s.judge.Observe(s.now, list)
	}
}

func (s *scene) verdict(k falochron.CohortKey) falochron.CohortVerdict {
	if c := s.judge.cohorts[k]; c != nil {
		return c.verdict
	}
	return falochron.CohortVerdict{}
}

// treated are the cohorts that something is ordered of.
func (s *scene) treated() (all []string) {
	if o := s.judge.Orders(false); o != nil {
		for k, t := range o.Cohorts {
			if t != falochron.TreatNone {
				all = append(all, fmt.Sprint(k, ": ", t))
			}
		}
	}
	return all
}

func (s *scene) want(k falochron.CohortKey, kind falochron.CohortKind, signs ...string) {
	s.Helper()
	v := s.verdict(k)
	if v.Kind != kind {
		s.Errorf("%v is %v at %v, want %v: %s", k, v.Kind, s.now.Sub(evening), kind, CohortSentence(v, "en"))
	}
	for _, sign := range signs {
		found := false
		for _, r := range v.Reasons {
			found = found || r.Sign == sign
		}
		if !found {
			s.Errorf("%v: no sign %q in %+v", k, sign, v.Reasons)
		}
	}
}

// fans come to houses of their own and through one address of a carrier.
func (s *scene) fans(perSecond int) {
	carrier := s.of("100.70.1.1", falochron.ClientApp, phone)
	s.strangers(carrier, perSecond/2, 0.8)
	for range perSecond - perSecond/2 {
		all := s.of("192.0.2.1", falochron.ClientApp, phone)
		s.strangers(all[2:], 1, 0.8) // an address that asks a few times has no counters of its own
	}
}

// Five thousand fans behind one address of a carrier, who all come within a minute, are
// fans, and never anything else on the way.
func TestThousandsBehindOneAddressAreFans(t *testing.T) {
	s := newScene(t)
	s.run(120, func() {
		if s.now.Sub(evening) < time.Minute {
			s.strangers(s.of("100.70.1.1", falochron.ClientApp, phone), 84, 0.8)
		}
		if got := s.treated(); len(got) > 0 {
			t.Fatalf("at %v: %v", s.now.Sub(evening), got)
		}
	})
	for _, one := range s.of("100.70.1.1", falochron.ClientApp, phone) {
		s.want(one.Key, falochron.CohortFans, SignBack)
	}
}

// Even where nine in ten of them go away at once, or keep no cookies.
func TestImpatientFansAreNoAttack(t *testing.T) {
	s := newScene(t)
	s.run(90, func() {
		s.strangers(s.of("100.70.1.1", falochron.ClientApp, phone), 40, 0.2)
		if got := s.treated(); len(got) > 0 {
			t.Fatalf("at %v: %v", s.now.Sub(evening), got)
		}
	})
}

// A few addresses that ask all the time and never come back are an attack once their
// tickets are due, whatever header fields they copy; the fans of the same look are not
// touched.
func TestWhoNeverComesBackIsAnAttack(t *testing.T) {
	s := newScene(t)
	copied := func() []*falochron.CohortTally { return s.of("100.70.1.101", falochron.ClientApp, phone) }
	s.run(40, func() {
		s.fans(40)
		s.strangers(copied(), 4, 0)
	})
	s.want(copied()[0].Key, falochron.CohortAttack, SignNotBack)
	s.want(copied()[2].Key, falochron.CohortFans)
	if got := s.treated(); len(got) != 1 || !strings.Contains(got[0], "an address of 100.70.1.0/24") {
		t.Errorf("treated: %v", got)
	}
	text := CohortSentence(s.verdict(copied()[0].Key), "en")
	if !strings.HasPrefix(text, "an attack, ") || !strings.Contains(text, "never came back") {
		t.Error(text)
	}
}

// A place inside comes back with the files of its page, so who only takes places is known
// within seconds.
func TestGhostsAreKnownWithinSeconds(t *testing.T) {
	s := newScene(t)
	all := func() []*falochron.CohortTally { return s.of("198.51.100.7", falochron.ClientChrome, phone) }
	s.run(30, func() { s.fans(20) }) // by whom it is known that pages have files here
	s.run(10, func() {
		s.fans(20)
		s.add(all(), func(t *falochron.CohortTally) { t.Asks += 20; t.Strange += 20; t.In += 4; t.Line += 16 })
	})
	s.want(all()[0].Key, falochron.CohortAttack, SignNotBack)
}

// Neighbours of an attacker are judged by what the attacker did not do: hardly anything
// comes from the rest of the network, and that comes back.
func TestNeighboursAreJudgedByTheRest(t *testing.T) {
	s := newScene(t)
	s.run(120, func() {
		for i := range 20 {
			s.strangers(s.of(fmt.Sprintf("100.70.1.%d", 100+i), falochron.ClientApp, phone), 4, 0)
		}
		if s.dice.IntN(3) == 0 {
			s.strangers(s.of("100.70.1.2", falochron.ClientApp, phone)[1:], 1, 0.8)
		}
	})
	for _, told := range s.treated() {
		if !strings.HasPrefix(told, "an address of ") {
			t.Errorf("treated: %s", told)
		}
	}
	if n := len(s.treated()); n != 20 {
		t.Errorf("%d addresses are treated, want 20", n)
	}
}

// Thousands of addresses that hardly ask are known by what they all have in common, if no
// browser has it; never if browsers have.
func TestManyWhoLookAlike(t *testing.T) {
	for name, c := range map[string]struct {
		client falochron.Client
		shape  falochron.Shape
		kind   falochron.CohortKind
	}{
		"a tool":                        {falochron.ClientTool, 0, falochron.CohortAttack},
		"a browser without language":    {falochron.ClientChrome, 0, falochron.CohortAttack},
		"a browser by a library's TLS":  {falochron.ClientChrome, phone | falochron.ShapeHelloOther, falochron.CohortAttack},
		"a browser by another's fields": {falochron.ClientSafariMobile, phone | falochron.ShapeHelloBrowser | falochron.ShapeUnlike, falochron.CohortAttack},
		"as browsers are":               {falochron.ClientChrome, phone, falochron.CohortUnsure},
	} {
		s := newScene(t)
		var wide falochron.CohortKey
		s.run(40, func() {
			all := s.of("203.0.113.9", c.client, c.shape)
			wide = all[2].Key
			s.strangers(all[2:], 300, 0)
			delete(s.tallies, all[0].Key)
			delete(s.tallies, all[1].Key)
		})
		t.Log(name)
		s.want(wide, c.kind)
		if c.kind == falochron.CohortAttack {
			if v := s.verdict(wide); v.Treatment == falochron.TreatNone || v.Treatment > falochron.TreatChallenge {
				t.Errorf("%s: treated as %v", name, v.Treatment)
			}
		}
	}
}

// A slow crawl with cookies: each visitor opens more pages than people read, evenly.
func TestASlowCrawl(t *testing.T) {
	s := newScene(t)
	all := func() []*falochron.CohortTally { return s.of("198.51.100.9", falochron.ClientChrome, phone) }
	secs := 0
	s.run(60, func() {
		s.fans(20)
		secs++
		if secs%4 == 0 {
			return // three in four seconds
		}
		s.add(all(), func(t *falochron.CohortTally) {
			t.Asks++
			t.Lines++
			t.Tickets, t.Paths = 1, min(uint32(secs), 34)
			t.Gaps, t.GapMean, t.GapDeviation = t.Asks, 1.33, 0.05
		})
	})
	s.want(all()[0].Key, falochron.CohortAttack, SignSpread, SignRegular)
}

// Cart bots change carts more often than people, and do not wait as told.
func TestCartBots(t *testing.T) {
	s := newScene(t)
	all := func() []*falochron.CohortTally { return s.of("198.51.100.11", falochron.ClientSafariMobile, phone) }
	secs := 0
	s.run(90, func() {
		s.fans(20)
		if secs++; secs%5 >= 2 {
			return // 0.4 a second, two in three a post
		}
		s.add(all(), func(t *falochron.CohortTally) {
			t.Asks++
			t.Lines++
			t.Told += 10
			t.Tickets, t.Paths = 1, 3
			if t.Asks%3 != 0 {
				t.Carts++
			}
		})
	})
	s.want(all()[0].Key, falochron.CohortAttack, SignCarts, SignRestless)
}

// Bots that keep their tickets, each of which does too little to be told from people: all of
// one look, that could be no browser's, are known by the mean of what they do, although they
// come back. Fans of the same look, who put something into a cart now and then, are not.
func TestCartBotsOfManyAddresses(t *testing.T) {
	for _, c := range []struct {
		name  string
		each  float64 // cart changes a visitor and second
		kind  falochron.CohortKind
		shape falochron.Shape
	}{
		{"bots", 0.08, falochron.CohortAttack, 0},
		{"fans without a language", 0.02, falochron.CohortFans, 0},
		{"bots that look like phones", 0.08, falochron.CohortFans, phone},
	} {
		s := newScene(t)
		var wide falochron.CohortKey
		carts := 0.0
		s.run(60, func() {
			one := s.of("203.0.113.9", falochron.ClientChrome, c.shape)
			wide = one[2].Key
			s.add(one[2:], func(t *falochron.CohortTally) {
				if t.Tickets == 0 { // all come at once, and each comes back at its next request
					t.Line, t.Back, t.Tickets = 150, 150, 150
				}
				carts += c.each * 150
				t.Asks, t.Carts = t.Asks+60, uint64(carts)
			})
			delete(s.tallies, one[0].Key)
			delete(s.tallies, one[1].Key)
		})
		t.Log(c.name)
		s.want(wide, c.kind)
		if c.kind == falochron.CohortAttack {
			s.want(wide, c.kind, SignCarts)
			if o := s.judge.Orders(false); o == nil || !o.Holders[wide] || o.Cohorts[wide] != falochron.TreatSlow {
				t.Errorf("%s: %+v", c.name, o)
			}
		} else if got := s.treated(); len(got) > 0 {
			t.Errorf("%s: treated %v", c.name, got)
		}
	}
}

// The same things again and again under new addresses; links with a number of each fan's
// own are not that, since fans fetch what is in the page.
func TestBusting(t *testing.T) {
	s := newScene(t)
	bust := func() []*falochron.CohortTally { return s.of("198.51.100.12", falochron.ClientChrome, phone) }
	fans := func() []*falochron.CohortTally { return s.of("100.70.2.1", falochron.ClientApp, phone) }
	s.run(30, func() { s.fans(20) })
	s.run(20, func() {
		s.fans(20)
		s.add(bust(), func(t *falochron.CohortTally) {
			t.Asks, t.Strange, t.Missed, t.Busts = t.Asks+10, t.Strange+10, t.Missed+10, t.Busts+10
			t.Targets, t.Sources = t.Targets+20, 3
		})
		s.add(fans(), func(t *falochron.CohortTally) {
			t.Asks, t.Strange, t.Missed, t.Hits, t.Shown, t.Files = t.Asks+20, t.Strange+20, t.Missed+10, t.Hits+10, t.Shown+20, t.Files+200
			t.Targets, t.Sources = t.Targets+10, 3
		})
	})
	s.want(bust()[0].Key, falochron.CohortAttack, SignBusting)
	s.want(fans()[0].Key, falochron.CohortFans, SignFiles)
}

// The ladder: slow, the test, refusal, each only if it goes on; and down again when it is
// quiet. People who pass the test end it.
func TestTheLadder(t *testing.T) {
	s := newScene(t)
	all := func() []*falochron.CohortTally { return s.of("198.51.100.13", falochron.ClientTool, 0) }
	key := all()[0].Key
	var steps []string
	was := falochron.TreatNone
	each := func(n int) func() {
		return func() {
			if v := s.verdict(key).Treatment; v != was {
				steps, was = append(steps, v.String()), v
			}
			if was < falochron.TreatRefuse {
				s.strangers(all(), n, 0)
			} else {
				s.add(all(), func(t *falochron.CohortTally) { t.Asks += uint64(n); t.Strange += uint64(n); t.Missed += uint64(n) })
			}
		}
	}
	s.run(120, each(20))
	if got := strings.Join(steps, " "); got != "slow challenge refuse" {
		t.Errorf("up: %s", got)
	}
	// It stays as long as they come.
	s.run(300, each(3))
	if was != falochron.TreatRefuse {
		t.Errorf("while they come: %v", was)
	}
	// One in twenty seconds is next to nothing.
	steps = nil
	secs := 0
	s.run(600, func() {
		secs++
		if v := s.verdict(key).Treatment; v != was {
			steps, was = append(steps, v.String()), v
		}
		if secs%20 == 0 {
			s.add(all(), func(t *falochron.CohortTally) { t.Asks++; t.Strange++ })
		}
	})
	if len(steps) == 0 || steps[len(steps)-1] != "none" {
		t.Errorf("down: %v, %v", steps, s.verdict(key))
	}
}

// Copied phones at an address of a carrier to which nobody has come back yet: while people come
// back to the addresses beside it, the next who comes there may be a fan, and is neither tested nor refused.
// Where nobody like them comes back anywhere near, they are.
func TestPeopleAroundAreNotRefused(t *testing.T) {
	s := newScene(t)
	copies := func(net string) []*falochron.CohortTally {
		return s.of(net+".50", falochron.ClientApp, phone)
	}
	secs := 0
	s.run(90, func() {
		secs++
		s.strangers(s.of(fmt.Sprint("10.10.0.", 1+secs%20), falochron.ClientApp, phone), 1, 0.8)
		s.strangers(copies("10.10.0"), 3, 0)
		s.strangers(copies("198.51.100"), 3, 0)
	})
	for net, want := range map[string]falochron.Treatment{"10.10.0": falochron.TreatSlow, "198.51.100": falochron.TreatRefuse} {
		k := copies(net)[0].Key
		s.want(k, falochron.CohortAttack, SignNotBack)
		if v := s.verdict(k); v.Treatment != want {
			t.Errorf("%s: treated as %v, want %v", net, v.Treatment, want)
		}
	}
	// Nobody comes back any more for so long that those who did are forgotten: then it is tested, too.
	s.run(400, func() { s.strangers(copies("10.10.0"), 3, 0) })
	if v := s.verdict(copies("10.10.0")[0].Key); v.Treatment < falochron.TreatChallenge {
		t.Errorf("long after the last fan: %v", v.Treatment)
	}
}

// An address that was an attack's, and is fans' now, is let go as soon as they come back.
func TestPeopleEndIt(t *testing.T) {
	s := newScene(t)
	all := func() []*falochron.CohortTally { return s.of("100.70.1.5", falochron.ClientApp, phone) }
	s.run(40, func() { s.strangers(all(), 3, 0) })
	s.want(all()[0].Key, falochron.CohortAttack)
	s.run(120, func() { s.strangers(all(), 5, 0.9) })
	s.want(all()[0].Key, falochron.CohortFans)
	if got := s.treated(); len(got) > 0 {
		t.Errorf("treated: %v", got)
	}
}

// What a cohort says it is, where it comes from and how evenly it asks is never enough.
func TestWeakSignsAloneAreNothing(t *testing.T) {
	s := newScene(t)
	all := func() []*falochron.CohortTally { return s.of("198.51.100.14", falochron.ClientTool, 0) }
	s.run(120, func() {
		s.add(all(), func(t *falochron.CohortTally) {
			t.Hosting = true
			t.Asks, t.Strange, t.Hits = t.Asks+1, t.Strange+1, t.Hits+1
			t.Gaps, t.GapMean, t.GapDeviation = t.Asks, 1, 0
		})
	})
	s.want(all()[0].Key, falochron.CohortUnsure, SignTool, SignHosting, SignRegular)
	if got := s.treated(); len(got) > 0 {
		t.Errorf("treated: %v", got)
	}
}

// Pages that name no files of the shop's own host are no sign of anything, whatever is
// fetched from the shop's others.
func TestPagesWithoutFilesAreNoSign(t *testing.T) {
	for _, bare := range []bool{true, false} {
		s := newScene(t)
		fans := func() []*falochron.CohortTally { return s.of("100.70.1.1", falochron.ClientApp, phone) }
		office := func() []*falochron.CohortTally { return s.of("198.51.100.7", falochron.ClientChrome, phone) }
		s.run(120, func() {
			s.strangers(fans(), 5, 0.8)
			s.add(office(), func(t *falochron.CohortTally) {
				t.Asks, t.Shown, t.In = t.Asks+2, t.Shown+2, t.In+1
				if bare {
					t.Bare, t.Loose = t.Bare+2, t.Loose+1
				} else {
					t.Named += 8
				}
			})
		})
		if bare {
			s.want(office()[0].Key, falochron.CohortUnsure)
			for _, r := range s.verdict(office()[0].Key).Reasons {
				if r.Sign == SignBlind || r.Sign == SignNoFiles || r.Sign == SignNotBack {
					t.Errorf("pages without files: %+v", r)
				}
			}
		} else {
			s.want(office()[0].Key, falochron.CohortAttack, SignBlind, SignNotBack)
		}
	}
}

// Links with a number of each reader look like what evades a cache. Who fetches what the
// pages name is a reader, before anything is known of what is usual at the shop, and where
// they name nothing but the edge's own script.
func TestLinksOfEachReader(t *testing.T) {
	for _, c := range []struct {
		name                        string
		named, bare, files, scripts uint64
		want                        falochron.CohortKind
	}{
		{name: "pictures are fetched", named: 4, files: 12, want: falochron.CohortUnsure},
		{name: "the script is fetched", bare: 1, scripts: 1, want: falochron.CohortUnsure},
		{name: "of each page one file", named: 4, files: 1, want: falochron.CohortAttack},
		{name: "nothing is fetched", named: 4, want: falochron.CohortAttack},
		{name: "no script is fetched", bare: 1, want: falochron.CohortAttack},
		{name: "more scripts than pages name", named: 4, scripts: 8, want: falochron.CohortAttack},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			all := func() []*falochron.CohortTally { return s.of("100.70.1.1", falochron.ClientChromeMobile, phone) }
			n := uint32(0)
			s.run(20, func() {
				s.add(all(), func(t *falochron.CohortTally) {
					t.Asks, t.Strange, t.Shown, t.Missed = t.Asks+5, t.Strange+5, t.Shown+5, t.Missed+5
					t.Named, t.Bare, t.Files, t.Scripts = t.Named+5*c.named, t.Bare+5*c.bare, t.Files+5*c.files, t.Scripts+5*c.scripts
					t.Targets, t.Sources = n+5, 1
				})
				n += 5
			})
			s.want(all()[0].Key, c.want)
		})
	}
}

// The edge's counters may begin anew, and time may leap; nothing is made of it.
func TestCountersThatBeginAnew(t *testing.T) {
	s := newScene(t)
	all := func() []*falochron.CohortTally { return s.of("100.70.1.1", falochron.ClientApp, phone) }
	s.run(40, func() { s.strangers(all(), 20, 0.8) })
	for _, one := range all() {
		*one = falochron.CohortTally{Key: one.Key, Born: s.now, Last: s.now}
	}
	s.back = make(map[time.Time][]func())
	s.now = s.now.Add(-2 * time.Hour)
	s.run(5, func() { s.strangers(all(), 20, 0.8) })
	s.now = s.now.Add(5 * time.Hour)
	s.run(40, func() { s.strangers(all(), 20, 0.8) })
	if got := s.treated(); len(got) > 0 {
		t.Errorf("treated: %v", got)
	}
}

// Every sign has words in both languages, and no sentence holds a mark that was not
// filled in.
func TestEverySignHasWords(t *testing.T) {
	signs := []string{
		SignNotBack, SignUnticketed, SignBusting, SignFaults, SignForged, SignSpread, SignCarts, SignBlind,
		SignRestless, SignNoFiles, SignRegular, SignTool, SignPartial, SignHosting, SignBack, SignFiles,
	}
	for _, lang := range []string{"pl", "en"} {
		for _, kind := range []falochron.CohortKind{falochron.CohortUnsure, falochron.CohortFans, falochron.CohortAttack} {
			for _, sign := range signs {
				v := falochron.CohortVerdict{Kind: kind, Confidence: 0.97, Reasons: []falochron.CohortReason{{Sign: sign, Value: 12, Of: 3.25}}}
				s := CohortSentence(v, lang)
				if !strings.Contains(s, ": ") || strings.Contains(s, "#") || strings.Contains(s, "%!") || !strings.Contains(s, "97 %") {
					t.Errorf("%s %v %s: %q", lang, kind, sign, s)
				}
			}
		}
	}
}
