package forecast

import "math/rand/v2"

// chances are the independent choices of all worlds, each stratified: n worlds
// have one draw in each n-th of the distribution. The second half mirrors the
// first, so that the middle of what is computed is not left to luck.
type chances struct {
	rnd  *rand.Rand
	half int
}

// shares are uniform draws, one a world.
func (c *chances) shares() []float64 {
	u := make([]float64, 2*c.half)
	for i := range c.half {
		u[i] = (float64(i) + 0.5) / float64(2*c.half)
	}
	// Which of a pair is the small one is a matter of chance as well, or the halves
	// of two choices would always agree.
	c.rnd.Shuffle(c.half, func(i, j int) { u[i], u[j] = u[j], u[i] })
	for i := range c.half {
		if c.rnd.Uint64()&1 == 1 {
			u[i] = 1 - u[i]
		}
		u[c.half+i] = 1 - u[i]
	}
	return u
}

// normals are standard normal draws, one a world.
func (c *chances) normals() []float64 {
	u := c.shares()
	for i := range u {
		u[i] = normal(u[i])
	}
	return u
}
