package admit

import (
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// The survey prints what the controllers achieve before many shops and seeds;
// it asserts nothing and is what the constants were tuned by:
//
//	go test ./internal/admit -run TestSurvey -v -seeds 20 [-story php8] [-watch]
var (
	seeds    = flag.Int("seeds", 0, "survey: seeds per story; 0 skips the survey")
	stories  = flag.String("story", "", "survey: only stories whose name begins so")
	slowAt   = flag.Float64("slow", 0, "survey: second at which the shop becomes three times slower (PHP shops); 0 = never")
	traced   = flag.Int("traced", 0, "survey: the seed that is printed")
	slowPage = flag.Float64("slow-page", 4.65, "survey: p95 in seconds beyond which people are unprotected")
	rises    = flag.Float64("rises", 0, "survey: seconds in which the crowd grows to its size")
	tracing  = flag.Bool("watch", false, "survey: print each other second of one seed")
)

func php(workers int) func(*world) shop {
	return func(w *world) shop { return newPHP(w, workers) }
}

// rising is a crowd that grows to its size.
func rising(rate float64) func(float64) float64 {
	return func(t float64) float64 {
		if t < *rises {
			return rate * t / *rises
		}
		return rate
	}
}

func flat(rate float64) func(float64) float64 { return func(float64) float64 { return rate } }

// fanRate is the fans per second of whom buyers are over times the best yield.
func fanRate(b best, over float64) float64 { return b.orders / 60 * over / 0.45 }

func TestSurvey(t *testing.T) {
	if *seeds == 0 {
		t.Skip("prints figures; give -seeds")
	}
	for _, c := range []struct {
		name string
		shop func(*world) shop
	}{
		{"php2", php(2)}, {"php8", php(8)}, {"php32", php(32)}, {"php100", php(100)},
		{"woo", woo}, {"node", node}, {"db", sharedDB},
		{"kept2", kept(php(2))}, {"kept8", kept(php(8))}, {"kept32", kept(php(32))},
		{"late8", late(php(8))}, {"late2", late(php(2))},
	} {
		if !strings.HasPrefix(c.name, *stories) {
			continue
		}
		b, length := findBest(c.shop), 150**thinking
		for _, over := range []float64{20, 100} {
			var ratio, work, early, limit, peak, bad, late, protect []float64
			var swings []float64
			var broken, sheds, probes, entered, left, till, charged, waves int
			for seed := range *seeds {
				at := map[float64]func(*wave){}
				if *slowAt > 0 {
					at[*slowAt] = pace(3)
				}
				w := play(story{seed: uint64(seed), shop: c.shop, fans: rising(fanRate(b, over)), length: length, at: at, trace: *tracing && seed == *traced})
				from := min(b.visit, 90**thinking)
				ratio = append(ratio, w.ordersPerMin(from, length)/b.orders)
				swings = append(swings, w.swing(int(from), int(length)))
				work = append(work, w.workPerSec(from, length)/b.work)
				early = append(early, w.workPerSec(0, 20)/b.work)
				limit = append(limit, w.meanLimit(int(90**thinking), int(length)))
				peak = append(peak, float64(w.maxLimit(0, int(length))))
				bad = append(bad, float64(w.badSeconds(2, int(length), 2*b.p95)))
				protect = append(protect, float64(w.secondsToProtect(*slowPage)))
				for _, a := range w.answers {
					late = append(late, a...)
				}
				left, till, charged = left+w.left, till+w.tillBad, charged+w.charged
				if w.charged > 0 {
					waves++
				}
				broken, sheds, probes, entered = broken+w.broken, sheds+w.sheds, probes+w.probes, entered+w.entered
			}
			fmt.Printf("%-6s ×%-3v best %.1f/min p95 %.2f | orders %s swing %.2f | work %s | first 20 s %s | limit %.1f peak %.0f-%.0f | bad s %.1f protected after %.1f ratios %.2f p95 %.2f broken %d (till %d, charged %d in %d waves) left %d of %d sheds %d probing %.1fs\n",
				c.name, over, b.orders, b.p95, spreadOf(ratio), mean(swings), spreadOf(work), spreadOf(early), mean(limit), slices.Min(peak), slices.Max(peak),
				mean(bad), protect, ratio, quantile(late, 0.95), broken, till, charged, waves, left, entered, sheds, float64(probes)/10/float64(*seeds))
		}
	}
}

func mean(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s / float64(len(v))
}

// spreadOf is mean, tenth part and minimum.
func spreadOf(v []float64) string {
	return fmt.Sprintf("%.3f/%.3f/%.3f", mean(v), quantile(v, 0.1), slices.Min(v))
}

// swing is how far orders in ten seconds, of compressed life, stray from their mean, as a part of it.
func (w *wave) swing(from, to int) float64 {
	ten := int(10 * *thinking)
	tens := make([]float64, (to-from)/ten)
	for _, t := range w.orders {
		if i := (int(t) - from) / ten; int(t) >= from && i < len(tens) {
			tens[i]++
		}
	}
	m, v := mean(tens), 0.0
	for _, n := range tens {
		v += (n - m) * (n - m) / float64(len(tens))
	}
	return math.Sqrt(v) / max(m, 1e-9)
}
