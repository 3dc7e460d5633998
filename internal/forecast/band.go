package forecast

import "time"

// curveSteps is how many steps a curve has.
const curveSteps = 120

// lengths are how long a curve may be: what reads well on an axis.
var lengths = []time.Duration{
	10 * time.Minute, 20 * time.Minute, 40 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 4 * time.Hour,
	6 * time.Hour, 8 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 96 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour, 28 * 24 * time.Hour,
}

// ebbed is the part of the highest rate below which a curve has nothing more to
// show.
const ebbed = 0.07

// minimum is how much of each wave is shown at least.
const minimum = 10 * time.Minute

// band collects the rates of all worlds, step by step.
type band struct {
	from, step   float64 // seconds from the origin
	rate, orders [curveSteps][]float64
}

// newBand chooses what is shown: from the first possible moment until the middle
// case has ebbed for good.
func (w *Worlds) newBand(shared map[float64][]float64) *band {
	c := w.crowd(&w.middle, shared)
	peak, _ := c.peak()
	b, end := &band{}, 0.0
	for k, p := range c.people {
		if p >= ebbed*peak*(c.at[k+1]-c.at[k]) {
			end = c.at[k+1]
		}
	}
	// Whatever goes out is seen to go out.
	for _, wave := range w.middle.waves {
		end = max(end, wave.at+minimum.Seconds())
	}
	late := 0.0
	for _, p := range w.campaign.Posts {
		b.from = min(b.from, p.At.Sub(w.origin).Seconds()-p.Slip.Seconds())
		late = max(late, p.Slip.Seconds())
	}
	long := lengths[len(lengths)-1].Seconds()
	for i := len(lengths) - 1; i >= 0 && lengths[i].Seconds() >= end+late-b.from; i-- {
		long = lengths[i].Seconds()
	}
	b.step = long / curveSteps
	return b
}

func (b *band) add(v *world, c *crowd) {
	all := 1 / (1 - v.uninvited)
	people, want := summed(c.people), summed(c.wanted())
	came, wanted := c.before(people, b.from), c.before(want, b.from)
	for i := range curveSteps {
		end := b.from + float64(i+1)*b.step
		cameNow, wantedNow := c.before(people, end), c.before(want, end)
		b.rate[i] = append(b.rate[i], (cameNow-came)*all/b.step)
		b.orders[i] = append(b.orders[i], (wantedNow-wanted)/b.step*60)
		came, wanted = cameNow, wantedNow
	}
}

func (b *band) curve(origin time.Time) Curve {
	c := Curve{From: origin.Add(seconds(b.from)), Step: seconds(b.step)}
	for i := range curveSteps {
		c.Rate = append(c.Rate, ranged(b.rate[i]))
		c.Orders = append(c.Orders, ranged(b.orders[i]))
	}
	return c
}
