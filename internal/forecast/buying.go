package forecast

import "math"

// buying is what is believed of the logarithm of the share who buy, apart from
// what is each post's own: learnt from past orders, or stated.
func (w *Worlds) buying(p Post) (mean, sd float64) {
	if p.Buy != nil {
		return math.Log(*p.Buy), 0
	}
	middle, sd := buyPrior(p.Limited)
	mean, sd = learnBuying(math.Sqrt(sd*sd-buyPostSD*buyPostSD), w.campaign.Past)
	return math.Log(middle) + mean, sd
}

// learnBuying is what past orders say of the shop's own factor, whose logarithm is
// believed to be normal with mean 0 and standard deviation sd: mean and standard
// deviation after them. Few orders are too few for a rule of thumb, so each factor
// on a grid is asked how well it explains them.
func learnBuying(sd float64, past []Past) (mean, after float64) {
	const half, reach = 40, 4.0 // points either way, and how many deviations they reach
	var logs, at [2*half + 1]float64
	top := math.Inf(-1)
	for i := range logs {
		at[i] = reach * sd * float64(i-half) / half
		logs[i] = -at[i] * at[i] / (2 * sd * sd)
		for _, p := range past {
			if p.Orders >= 0 && p.Visitors > 0 {
				usual, _ := buyPrior(p.Limited)
				logs[i] += countLikelihood(float64(p.Orders), float64(p.Visitors)*usual*math.Exp(at[i]), buyPostSD)
			}
		}
		top = max(top, logs[i])
	}
	var sum, square float64
	weight := 0.0
	for i, l := range logs {
		v := math.Exp(l - top)
		weight, sum, square = weight+v, sum+v*at[i], square+v*at[i]*at[i]
	}
	mean = sum / weight
	return mean, math.Sqrt(max(0, square/weight-mean*mean))
}

// countLikelihood is, but for a constant, the logarithm of the probability of a
// count of n where the middle case is m and the logarithm scatters by sd: that of a
// negative binomial distribution with the same mean and variance.
func countLikelihood(n, m, sd float64) float64 {
	mean, k := m*math.Exp(sd*sd/2), 1/math.Expm1(sd*sd)
	a, _ := math.Lgamma(n + k)
	return a - (n+k)*math.Log(k+mean) + n*math.Log(mean)
}

// buyOwn is the part that differs from post to post; a stated share is taken as
// it is.
func (w *Worlds) buyOwn(p Post) float64 {
	if p.Buy != nil {
		return 0
	}
	return buyPostSD
}
