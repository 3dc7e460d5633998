package toyshop

import (
	"math"
	"testing"
	"time"
)

func TestServiceTimesAreRepeatable(t *testing.T) {
	idle := load{busy: 0, workers: 8, backlog: 511}
	seen := map[time.Duration]bool{}
	for seed := range uint64(3) {
		for r := range numRoutes {
			for n := range uint64(20) {
				d := serviceTime(seed, r, n, 1, idle)
				if d != serviceTime(seed, r, n, 1, idle) {
					t.Fatal("the same request took another time")
				}
				seen[d] = true
			}
		}
	}
	if len(seen) < 3*int(numRoutes)*20-2 {
		t.Errorf("only %d different times: streams of chance are not apart", len(seen))
	}
}

// Times are lognormal, σ 0.35, and their mean is the listed one, whatever route
// and seed.
func TestServiceTimesHaveTheListedMean(t *testing.T) {
	for seed := range uint64(3) {
		for r := range numRoutes {
			var sum, logSum, logSquares float64
			const n = 20_000
			for i := range uint64(n) {
				x := luck(seed, uint64(r), i)
				sum += x
				logSum += math.Log(x)
				logSquares += math.Log(x) * math.Log(x)
			}
			mean, sigma := sum/n, math.Sqrt(logSquares/n-logSum/n*logSum/n)
			if math.Abs(mean-1) > 0.015 || math.Abs(sigma-spread) > 0.01 {
				t.Errorf("seed %d, %v: mean %.3f, σ %.3f", seed, r, mean, sigma)
			}
		}
	}
}

func TestServiceTimesGrowWithLoad(t *testing.T) {
	for _, test := range []struct {
		l    load
		want float64
	}{
		{load{0, 8, 0, 511}, 1},
		{load{4, 8, 0, 511}, 1.075},
		{load{8, 8, 0, 511}, 1.3},
		{load{8, 8, 511, 511}, 1.8},
		{load{1, 1, 0, 0}, 1.3},
	} {
		if got := test.l.stretch(); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%+v: %v, want %v", test.l, got, test.want)
		}
	}
	once := serviceTime(1, home, 0, 1, load{0, 8, 0, 511})
	if thrice := serviceTime(1, home, 0, 3, load{0, 8, 0, 511}); (thrice - 3*once).Abs() > time.Microsecond {
		t.Errorf("pace 3: %v instead of three times %v", thrice, once)
	}
}
