package crowd

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/falochron/falochron"
)

// Fan is one person of the list.
type Fan struct {
	At      time.Duration // arrival after the wave's start, compressed
	Seed    uint64        // all of the fan's chances; unique in the list
	Journey uint8         // index into Plan.Journeys
	Channel uint8         // where the link was tapped: see channels
	Script  bool          // JavaScript works
	InApp   bool          // in the app's own browser
}

// List is who comes when. Two runs over the same list meet the same fans at the
// same moments with the same intentions.
type List struct {
	Plan   *Plan
	Fans   []Fan // by arrival
	Buyers int
	Length time.Duration // of the wave, compressed
	Hash   string        // hex, over plan and fans
}

// maxFans bounds a list: at 64 MB of fans something is wrong with the request.
const maxFans = 2_000_000

// Draw makes the list of a wave of n fans that lasts length (compressed; the
// shape's ten minutes bound it from above).
//
// Two things are stratified, to make runs comparable rather than lifelike:
// arrival i of n lies at a random point of the i-th n-th of the curve, and the
// journeys are shuffled within small blocks, so that every block of fans (and
// therefore any stretch of the line) holds the same share of buyers. Orders per
// minute then vary by what the shop does, not by the luck of who came first.
func Draw(p Plan, n int, length time.Duration) (*List, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	whole := time.Duration(float64(length) * p.Compression)
	if n < 1 || n > maxFans || length <= 0 || whole > shapeSteps*shapeStep {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "draw a crowd",
			Public: fmt.Sprintf("%d fans over %v at compression %g", n, length, p.Compression),
			Hint:   fmt.Sprintf("take 1 to %d fans; length times compression may be 10 minutes at most", maxFans)}
	}
	curve := newShape(whole)
	return p.list(n, length, func(i int, f *Fan) time.Duration {
		u := (float64(i) + unit(mix(f.Seed^1))) / float64(n)
		return time.Duration(float64(curve.at(u)) / p.Compression)
	}), nil
}

// DrawAt makes the list of a wave that lasts length, whose fans come at the given moments
// after its start, ascending: somebody else has drawn them, and no compression changes them.
// Journeys are as of [Draw].
func DrawAt(p Plan, at []time.Duration, length time.Duration) (*List, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if len(at) < 1 || len(at) > maxFans || !slices.IsSorted(at) || at[0] < 0 || at[len(at)-1] > length {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "draw a crowd",
			Public: fmt.Sprintf("%d fans at moments that are not those of a wave of %v", len(at), length),
			Hint:   fmt.Sprintf("take 1 to %d, ascending and within it", maxFans)}
	}
	return p.list(len(at), length, func(i int, _ *Fan) time.Duration { return at[i] }), nil
}

// list is n fans with a seed each, who come when at says.
func (p Plan) list(n int, length time.Duration, at func(int, *Fan) time.Duration) *List {
	l := &List{Plan: &p, Fans: make([]Fan, n), Length: length}
	for i := range l.Fans {
		f := &l.Fans[i]
		f.Seed = mix(mix(p.Seed) + uint64(i))
		f.At = at(i, f)
		f.Channel = uint8(mix(f.Seed^2) % numChannels)
		f.Script = unit(mix(f.Seed^3)) >= p.NoScript
		f.InApp = unit(mix(f.Seed^4)) < p.InApp
	}
	l.assign()
	l.Hash = l.hash()
	return l
}

// assign gives every fan a journey, block by block.
func (l *List) assign() {
	var deck []uint8
	for i, j := range l.Plan.Journeys {
		for range j.Count {
			deck = append(deck, uint8(i))
		}
	}
	for from := 0; from < len(l.Fans); from += len(deck) {
		// A shuffle by sorting on dice: short, and the same on every machine.
		key := func(journey uint8, at int) uint64 {
			return roll(l.Plan.Seed, uint64(from)<<16|uint64(at), uint64(journey))
		}
		order := make([]int, len(deck))
		for i := range order {
			order[i] = i
		}
		sort.Slice(order, func(a, b int) bool { return key(deck[order[a]], order[a]) < key(deck[order[b]], order[b]) })
		for i, at := range order {
			if from+i >= len(l.Fans) {
				break
			}
			l.Fans[from+i].Journey = deck[at]
			if l.Plan.Journeys[deck[at]].Buys {
				l.Buyers++
			}
		}
	}
}

func (l *List) hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "%d %g %v %g %g %v\n", l.Plan.Seed, l.Plan.Compression, l.Plan.Assets, l.Plan.NoScript, l.Plan.InApp, l.Length)
	for _, j := range l.Plan.Journeys {
		fmt.Fprintf(h, "%+v\n", j)
	}
	if len(l.Plan.Background) > 0 {
		fmt.Fprintf(h, "%+v\n", l.Plan.Background)
	}
	fmt.Fprintf(h, "%v\n", l.Plan.Words) // maps print sorted
	for _, f := range l.Fans {
		var b [20]byte
		binary.LittleEndian.PutUint64(b[:], uint64(f.At))
		binary.LittleEndian.PutUint64(b[8:], f.Seed)
		b[16], b[17] = f.Journey, f.Channel
		if f.Script {
			b[18] = 1
		}
		if f.InApp {
			b[19] = 1
		}
		h.Write(b[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// BuyersPerMinute returns the arriving buyers per minute around moment t of the
// wave, over ten seconds of the uncompressed shape.
func (l *List) BuyersPerMinute(t time.Duration) float64 {
	w := time.Duration(float64(shapeStep) / l.Plan.Compression)
	n := 0
	for i := range l.Fans {
		f := &l.Fans[i]
		if f.At >= t-w/2 && f.At < t+w/2 && l.Plan.Journeys[f.Journey].Buys {
			n++
		}
	}
	return float64(n) / w.Minutes()
}
