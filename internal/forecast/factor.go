package forecast

import "math"

// logSD is the standard deviation of the logarithm of (people who came / people
// expected) of a post about which nothing but its channel is known: four of five
// posts bring between a seventh and the sevenfold. An assumption, and not too
// wide: over 60 cascades of different large accounts the logarithm of retweets per
// follower has 2.2.
const logSD = 1.5

// The parts of logSD², by what two posts have in common. The sum is given; how it
// divides is a guess.
const (
	varShop    = 0.25 // all posts of one shop
	varChannel = 0.25 // on the same channel
	varAccount = 0.50 // of the same account
	// varBoth is what posts of one account on one channel have in common, and what
	// differs from post to post.
	varBoth = logSD*logSD - varShop - varChannel - varAccount
)

// scatters are what may differ from post to post of one account on one channel,
// as variances, each with its weight before anything was seen. The middle is a
// factor of 1.9 either way in four of five cases; an account's own posts say which
// it is.
var scatters = []struct{ variance, weight float64 }{{0.0625, 0.1}, {0.125, 0.2}, {0.25, 0.4}, {0.5, 0.2}, {1, 0.1}}

// varUnproven and varFollowers are added where the reach was only told, and where
// it was estimated from followers (creators' stories are seen by 5 to 20 % of
// them): standard deviation 0.5 each.
const (
	varUnproven  = 0.25
	varFollowers = 0.25
)

// subject is what decides how much two posts have in common.
type subject struct {
	channel Channel
	account string
	spread  float64
	own     float64 // variance of its own: reach not proven, few clicks counted
}

func subjectOf(c Channel, account string, reach, followers int, proof bool) subject {
	p, _ := c.prior()
	s := subject{channel: c, account: account, spread: p.spread}
	if !proof {
		s.own += varUnproven
	}
	if _, estimated := audience(c, reach, followers); estimated {
		s.own += varFollowers
	}
	return s
}

// common is the covariance of two different posts.
func common(a, b *subject, scatter float64) float64 {
	v := varShop
	if a.channel == b.channel {
		v += varChannel
	}
	if a.account == b.account && a.account != "" {
		v += varAccount
		if a.channel == b.channel {
			v += varBoth - scatter
		}
	}
	return v * a.spread * b.spread
}

// alone is the variance of one post.
func alone(a *subject) float64 { return logSD*logSD*a.spread*a.spread + a.own }

// belief is what is believed of the logarithms of the coming posts' factors: a
// mixture of normal distributions, one for each scatter.
type belief struct {
	weight []float64
	mean   [][]float64
	root   [][][]float64 // lower triangular, of the covariance
}

// believe conditions the coming posts on the past ones.
func believe(coming, past []subject, seen []float64) belief {
	var b belief
	var logs []float64
	for _, s := range scatters {
		mean, root, log := condition(coming, past, seen, s.variance)
		b.mean, b.root, logs = append(b.mean, mean), append(b.root, root), append(logs, log+math.Log(s.weight))
	}
	top := math.Inf(-1)
	for _, l := range logs {
		top = max(top, l)
	}
	sum := 0.0
	for _, l := range logs {
		b.weight = append(b.weight, math.Exp(l-top))
		sum += b.weight[len(b.weight)-1]
	}
	for i := range b.weight {
		b.weight[i] /= sum
	}
	return b
}

// condition is the usual rule for a joint normal distribution: with K the
// covariance of the past posts, C that of past and coming ones and S that of the
// coming ones, the mean is Cᵀ K⁻¹ seen and the covariance S − Cᵀ K⁻¹ C. log is how
// well the scatter explains what was seen.
func condition(coming, past []subject, seen []float64, scatter float64) (mean []float64, root [][]float64, log float64) {
	n, m := len(past), len(coming)
	k := square(n)
	for i := range past {
		for j := range i {
			k[i][j] = common(&past[i], &past[j], scatter)
		}
		k[i][i] = alone(&past[i])
	}
	l := cholesky(k)
	y := forward(l, seen)
	for i := range y {
		log -= 0.5*y[i]*y[i] + math.Log(l[i][i])
	}
	mean = make([]float64, m)
	c := make([][]float64, m)
	for a := range coming {
		row := make([]float64, n)
		for i := range past {
			row[i] = common(&coming[a], &past[i], scatter)
		}
		c[a] = forward(l, row)
		mean[a] = dot(c[a], y)
	}
	s := square(m)
	for a := range coming {
		for b := range a {
			s[a][b] = common(&coming[a], &coming[b], scatter) - dot(c[a], c[b])
		}
		s[a][a] = alone(&coming[a]) - dot(c[a], c[a])
	}
	return mean, cholesky(s), log
}

// pick is the mixture's part in which the share u of the weight ends.
func (b *belief) pick(u float64) int {
	for i, w := range b.weight {
		if u -= w; u < 0 {
			return i
		}
	}
	return len(b.weight) - 1
}

// center is the mean of the logarithm of coming post a's factor.
func (b *belief) center(a int) (mean float64) {
	for i, w := range b.weight {
		mean += w * b.mean[i][a]
	}
	return mean
}

// draw turns independent standard normals into one draw of part i, added to out.
func (b *belief) draw(i int, e, out []float64) {
	for a, row := range b.root[i] {
		out[a] = b.mean[i][a] + dot(row[:a+1], e[:a+1])
	}
}

func square(n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, n)
	}
	return out
}

// cholesky is the lower triangular L with L Lᵀ = a. Its diagonal is kept above
// zero, which only rounding could bring it to: every post has variance of its own.
func cholesky(a [][]float64) [][]float64 {
	l := square(len(a))
	for i := range a {
		for j := range i + 1 {
			v := a[i][j] - dot(l[i][:j], l[j][:j])
			if i == j {
				l[i][i] = math.Sqrt(max(v, 1e-12))
			} else {
				l[i][j] = v / l[j][j]
			}
		}
	}
	return l
}

// forward solves L x = b.
func forward(l [][]float64, b []float64) []float64 {
	x := make([]float64, len(b))
	for i := range b {
		x[i] = (b[i] - dot(l[i][:i], x[:i])) / l[i][i]
	}
	return x
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
