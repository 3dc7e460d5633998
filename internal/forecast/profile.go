package forecast

import "math"

// profile is how those who come are spread over time, as the share that has come
// by 1, 5, 15 and 60 minutes, and when it is over.
//
// Between these it is smooth on a scale on which reactions to a post are nearly a
// straight line: the probit of the share over the logarithm of the time (the
// delay is nearly log-normal).
type profile struct {
	share [4]float64 // within 1, 5, 15, 60 minutes
	end   float64    // minutes
}

// The profiles. Measured is the one of a screen (peak in minute one, over 95 % of
// the extra visits within five minutes: trivago, 18 spots); the others are
// assumptions until pilots replace them. The early part of all is measured, see
// [early].
var (
	moment = profile{[4]float64{0.30, 0.70, 0.88, 0.96}, 24 * 60}
	screen = profile{[4]float64{0.35, 0.95, 0.98, 0.998}, 3 * 60}
	story  = profile{[4]float64{0.03, 0.15, 0.32, 0.58}, 24 * 60}
	feed   = profile{[4]float64{0.01, 0.05, 0.12, 0.30}, 7 * 24 * 60}
	video  = profile{[4]float64{0.005, 0.03, 0.08, 0.20}, 28 * 24 * 60}
	xPost  = profile{[4]float64{0.03, 0.12, 0.30, 0.60}, 24 * 60}
)

// early is the first minute: how much lower the probit is at 10, 20 and 30 s than
// at 60 s. Measured: medians of 60 retweet cascades of large accounts (Kobayashi &
// Lambiotte 2016), in which the first reaction comes after 9 s and the half minute
// after the first minute has 1.5 times its mean.
var early = [3]struct{ seconds, lower float64 }{{10, 1.37}, {20, 0.81}, {30, 0.51}}

// whole is what the profile reaches at its end; the rest is cut off.
const whole = 0.999

// knots is how many points the curve goes through.
const knots = len(early) + 5

// curve is a profile on its straight scale: points, and the slope in each.
type curve struct {
	x, z, slope [knots]float64
	end         float64 // seconds
}

// curve lays a monotone cubic through the points (Fritsch and Carlson 1980).
func (p *profile) curve() curve {
	c := curve{end: p.end * 60}
	for i, minutes := range [4]float64{1, 5, 15, 60} {
		c.x[len(early)+i], c.z[len(early)+i] = math.Log(minutes*60), normal(p.share[i]*whole)
	}
	for i, e := range early {
		c.x[i], c.z[i] = math.Log(e.seconds), c.z[len(early)]-e.lower
	}
	c.x[knots-1], c.z[knots-1] = math.Log(c.end), normal(whole)

	var secant [knots - 1]float64
	for i := range secant {
		secant[i] = (c.z[i+1] - c.z[i]) / (c.x[i+1] - c.x[i])
	}
	c.slope[0], c.slope[knots-1] = secant[0], secant[knots-2]
	for i := 1; i < knots-1; i++ {
		c.slope[i] = 2 / (1/secant[i-1] + 1/secant[i]) // the harmonic mean keeps it monotone
	}
	return c
}

// at is the probit of the share that has come t seconds after the post, in the
// middle case.
func (c *curve) at(t float64) float64 {
	x := math.Log(t)
	if x <= c.x[0] {
		return c.z[0] + c.slope[0]*(x-c.x[0])
	}
	i := 0
	for i < knots-2 && x > c.x[i+1] {
		i++
	}
	h := c.x[i+1] - c.x[i]
	u := (x - c.x[i]) / h
	v := 1 - u
	return v*v*(1+2*u)*c.z[i] + u*u*(1+2*v)*c.z[i+1] + h*u*v*(v*c.slope[i]-u*c.slope[i+1])
}

// by is the share that has come t seconds after the post, from 0 to 1. faster
// moves the whole curve on its straight scale: 0 is the middle case.
func (c *curve) by(t, faster float64) float64 {
	switch {
	case t <= 0:
		return 0
	case t >= c.end:
		return 1
	}
	return min(1, below(c.at(t)+faster)/below(c.z[knots-1]+faster))
}
