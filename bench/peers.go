package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// peersShop is a shop at which fronts are compared.
type peersShop struct {
	name  string // for SCENARIOS=, and in the keys of rows
	title string
	as    string
}

func peersShops() []peersShop {
	return []peersShop{{"peers-toyshop", "The toy shop itself", ""}, {"peers-woocommerce", "The imitation of WooCommerce", "woocommerce"}}
}

func peersNames() (names []string) {
	for _, s := range peersShops() {
		names = append(names, s.name)
	}
	return names
}

// The waves of this section, where nothing else was asked for; and those with which
// limits are tried, one of each.
func peersOverloads() []float64 { return []float64{1, 5, 20, 100} }

const (
	sweepOverload = 20
	oursName      = "Falochron"
	bareName      = "nothing"
)

// ofPeers are the settings of this section.
func (s settings) ofPeers() settings {
	if !s.chosen.overloads {
		s.overloads = peersOverloads()
	}
	return s
}

// contender is what stands before a shop: a peer with its limits, Falochron, or nothing.
type contender struct {
	shop   peersShop
	name   string
	limits map[string]int // of a peer
}

// id names it, with its limits and its configuration, among others: a row of another
// configuration is not taken for one of this.
func (c contender) id() string {
	words := []string{c.shop.name, c.name}
	for _, name := range slices.Sorted(maps.Keys(c.limits)) {
		words = append(words, fmt.Sprintf("%s%d", name, c.limits[name]))
	}
	if p, is := wavePeerNamed(c.name); is {
		words = append(words, p.print())
	}
	return strings.Join(words, "-")
}

// run is one wave at it. program is this one, which becomes the peers.
func (c contender) run(program string, overload float64, seed uint64) waveRun {
	sc := scenario{name: c.id(), what: c.name + " before " + c.shop.name, as: c.shop.as, workers: 8, wave: "protected"}
	switch c.name {
	case bareName:
		sc.wave = "bare"
	case oursName:
	default:
		if p, is := wavePeerNamed(c.name); is {
			sc.burns = p.burns
		}
		sc.args = []string{"--front", frontCommand(program, c.name, c.shop.as, c.limits)}
	}
	return waveRun{sc, overload, seed}
}

// tuning is a peer at a shop while its limits are looked for.
type tuning struct {
	shop  peersShop
	peer  wavePeer
	best  map[string]int // so far
	tried [][]contender  // by limit
	shown []triedLimit   // what they showed
	kept  stamp          // when and with what that was; zero: in this run
}

// known says whether the limits were found in an earlier run.
func (t *tuning) known() bool { return t.kept != stamp{} }

func newTuning(shop peersShop, peer wavePeer) *tuning {
	t := &tuning{shop: shop, peer: peer, best: map[string]int{}, tried: make([][]contender, len(peer.limits))}
	for _, l := range peer.limits {
		values := l.values[shop.as]
		t.best[l.name] = values[len(values)/2]
	}
	return t
}

// try lists the contenders of one limit, the others standing at their best so far; none
// where there is no such limit.
func (t *tuning) try(i int) []contender {
	if i >= len(t.peer.limits) || t.known() {
		return nil
	}
	l := t.peer.limits[i]
	for _, value := range l.values[t.shop.as] {
		limits := maps.Clone(t.best)
		limits[l.name] = value
		t.tried[i] = append(t.tried[i], contender{t.shop, t.peer.name, limits})
	}
	return t.tried[i]
}

// asGoodRatio is what counts as the same ratio when limits are compared: then fewer
// broken sessions decide. Half of what two waves of one seed were seen to differ by.
const asGoodRatio = 0.01

// choose takes over the best of those tried of a limit. Without a row that counts the
// limit stays where it is.
func (t *tuning) choose(i int, seen func(contender) (frontSeen, bool)) {
	var best frontSeen
	found := false
	if i >= len(t.tried) || t.known() {
		return
	}
	name := t.peer.limits[i].name
	t.shown = slices.DeleteFunc(t.shown, func(v triedLimit) bool { return v.Limit == name })
	for _, c := range t.tried[i] {
		s, ok := seen(c)
		t.shown = append(t.shown, triedLimit{name, c.limits[name], ok, rounded(s.ratio, 4), rounded(s.broken, 5)})
		if !ok {
			continue
		}
		better := s.ratio > best.ratio+asGoodRatio || s.ratio >= best.ratio-asGoodRatio && s.broken < best.broken ||
			s.broken == best.broken && s.ratio > best.ratio
		if !found || better {
			best, found = s, true
			t.best = c.limits
		}
	}
}

// atEnd says whether a limit's best value is the first or last that was tried.
func (t *tuning) atEnd(l limit) bool {
	values := l.values[t.shop.as]
	return t.best[l.name] == values[0] || t.best[l.name] == values[len(values)-1]
}

// runPeers compares what stands before a shop.
func runPeers(ctx context.Context, b *bench) (outcome, error) {
	b.installPeers(ctx)
	program, err := ownProgram()
	if err != nil {
		return outcome{}, err
	}
	set := b.settings.ofPeers()
	f := &peersField{set: set, versions: map[string]string{}}
	for _, shop := range peersShops() {
		if len(set.scenarios) == 0 || slices.Contains(set.scenarios, shop.name) {
			f.shops = append(f.shops, shop)
		}
	}
	if err := f.look(ctx, b, program); err != nil {
		return outcome{}, err
	}
	return f.compare(ctx, b, program)
}

// compare looks for the best limits of every peer, and measures all at their best.
func (f *peersField) compare(ctx context.Context, b *bench, program string) (out outcome, err error) {
	if f.book, err = openBook(b, "peers"); err != nil {
		return outcome{}, err
	}
	if err := f.recall(b); err != nil {
		return outcome{}, err
	}
	if n := len(f.unknown()); n > 0 {
		b.say("  the limits of %d of %d peers and shops are looked for first; about %s for all of them", n, len(f.tunings), minutes(limitsTake(f.set)))
	}
	for i := range limitsOfAPeer(f.tunings) {
		runs := f.sweep(program, i)
		if err := f.measure(ctx, runs); err != nil {
			return outcome{}, err
		}
		for _, t := range f.tunings {
			t.choose(i, func(c contender) (frontSeen, bool) { return f.one(c.run(program, f.sweepAt(), f.set.seeds[0])) })
		}
	}
	if err := f.remember(b); err != nil {
		return outcome{}, err
	}
	if err := f.measure(ctx, f.final(program)); err != nil {
		return outcome{}, err
	}
	return f.outcome(program), nil
}

// unknown are the tunings whose limits are to be looked for.
func (f *peersField) unknown() []*tuning {
	return slices.DeleteFunc(slices.Clone(f.tunings), (*tuning).known)
}

// limitsOfAPeer is how many limits the peer has that has most.
func limitsOfAPeer(all []*tuning) (n int) {
	for _, t := range all {
		n = max(n, len(t.peer.limits))
	}
	return n
}

// peersField is all of the comparison.
type peersField struct {
	set      settings
	shops    []peersShop
	tunings  []*tuning
	missing  []string // peers that are not installed, and what of them
	versions map[string]string
	book     *rowBook
}

// look finds the peers, and looks whether they do what they say.
func (f *peersField) look(ctx context.Context, b *bench, program string) error {
	g, looking := errgroup.WithContext(ctx)
	g.SetLimit(2) // they shall not be late for each other
	for _, p := range wavePeers() {
		p.look()
		if what := p.missing(); what != "" {
			b.say("  %s is not installed: no %s", p.name, what)
			f.missing = append(f.missing, fmt.Sprintf("%s (no %s)", p.name, what))
			continue
		}
		f.versions[p.name] = p.version(ctx)
		for _, shop := range f.shops {
			f.tunings = append(f.tunings, newTuning(shop, p))
			g.Go(func() error { return lookAt(looking, program, p, shop.as) })
		}
	}
	return g.Wait()
}

// sweepAt is the overload at which limits are tried.
func (f *peersField) sweepAt() float64 {
	if slices.Contains(f.set.overloads, sweepOverload) {
		return sweepOverload
	}
	return f.set.overloads[0]
}

// sweep are the waves that try one limit of every peer.
func (f *peersField) sweep(program string, i int) (runs []waveRun) {
	for _, t := range f.tunings {
		for _, c := range t.try(i) {
			runs = append(runs, c.run(program, f.sweepAt(), f.set.seeds[0]))
		}
	}
	return runs
}

// contenders are all at a shop, peers at their best.
func (f *peersField) contenders(shop peersShop) (all []contender) {
	all = []contender{{shop: shop, name: oursName}}
	for _, t := range f.tunings {
		if t.shop == shop {
			all = append(all, contender{shop, t.peer.name, t.best})
		}
	}
	return append(all, contender{shop: shop, name: bareName})
}

// final are the waves that are compared. Of each seed every front has its turn, with all
// its waves, light and heavy, so that the machine is as busy with one front as with the
// next; another front begins each time.
func (f *peersField) final(program string) (runs []waveRun) {
	for round, seed := range f.set.seeds {
		fronts := 0
		for _, shop := range f.shops {
			fronts = max(fronts, len(f.contenders(shop)))
		}
		for turn := range fronts {
			for _, overload := range f.set.overloads {
				for _, shop := range f.shops {
					if all := f.contenders(shop); turn < len(all) {
						runs = append(runs, all[(turn+round)%len(all)].run(program, overload, seed))
					}
				}
			}
		}
	}
	return runs
}

// measure measures what is not there yet, each wave once, though it may be wanted more
// than once.
func (f *peersField) measure(ctx context.Context, runs []waveRun) error {
	known := map[string]bool{}
	runs = slices.DeleteFunc(runs, func(r waveRun) bool {
		again := known[r.key()]
		known[r.key()] = true
		return again
	})
	f.book.done, f.book.total = 0, len(runs)
	return f.book.run(ctx, runs, f.book.b.parallel)
}

// one is what a wave has shown; false when there is no row of it that counts.
func (f *peersField) one(r waveRun) (frontSeen, bool) {
	row := f.row(r)
	if row == nil || !row.counts() {
		return frontSeen{}, false
	}
	return row.front(r.wave)
}

func (f *peersField) row(r waveRun) *ordersRow {
	i := slices.IndexFunc(f.book.rows, func(row ordersRow) bool { return row.Key == r.key() })
	if i < 0 {
		return nil
	}
	return &f.book.rows[i]
}

// peersTake is the time of all waves, when none is there yet and all limits are known.
func peersTake(s settings) time.Duration {
	f := everyPeer(s.ofPeers())
	return wavesTake(s, f.final(""), s.parallel)
}

// limitsTake is what it takes to look for all limits before.
func limitsTake(s settings) (d time.Duration) {
	f := everyPeer(s.ofPeers())
	for i := range limitsOfAPeer(f.tunings) {
		runs := f.sweep("", i)
		d += wavesTake(s, runs, s.parallel) - time.Duration(len(idealsOf(runs)))*idealTakes // which are needed later anyhow
	}
	return d
}

// everyPeer is the comparison as it would be with every peer installed.
func everyPeer(set settings) *peersField {
	f := &peersField{set: set}
	for _, shop := range peersShops() {
		if len(set.scenarios) > 0 && !slices.Contains(set.scenarios, shop.name) {
			continue
		}
		f.shops = append(f.shops, shop)
		for _, p := range wavePeers() {
			f.tunings = append(f.tunings, newTuning(shop, p))
		}
	}
	return f
}
