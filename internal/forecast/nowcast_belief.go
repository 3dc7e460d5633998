package forecast

import "math"

// shape is a belief about how a wave goes: the logarithms of its rates (people a
// second in each stretch) are jointly normal.
//
// root is the lower triangular Cholesky factor of their covariance. With
// independent standard normals z the logarithms are mean + root·z, and the first k
// of them depend on the first k of z alone. So what has been seen moves the first
// ones, and what is to come follows.
type shape struct {
	name string
	mean [stretches]float64
	root [stretches][stretches]float64
}

func newShape(name string, mean []float64, spread [][]float64) shape {
	s := shape{name: name}
	copy(s.mean[:], mean)
	for i, row := range cholesky(spread) {
		copy(s.root[i][:], row)
	}
	return s
}

// log is the logarithm of the rate in stretch k.
func (s *shape) log(k int, z []float64) float64 {
	x := s.mean[k]
	for j, v := range s.root[k][:k+1] {
		x += v * z[j]
	}
	return x
}

// fitted is the most likely course of a wave of a shape, given what was counted.
type fitted struct {
	shape *shape
	known int
	z     [stretches]float64
	x     [stretches]float64            // logarithms of the rates
	root  [stretches][stretches]float64 // Cholesky factor of the curvature around z
	// evidence is the logarithm of how likely the counts are under the shape, but for
	// what all shapes and starts have in common.
	evidence float64
	// odd is how far the counts lie from the shape's middle: the sum of squares of z,
	// about one for each stretch seen.
	odd float64
}

// noBase stands for a base of nothing: one newcomer in three hours by himself.
const noBase = 1e-4

// roughness is by how much the counts of a stretch may lie off what its one rate says,
// however many they are: no wave is made of steps. A guess; the first half minute
// rises by more than that within a stretch.
const roughness = 0.15

// evidenceParts is among how many stretches counts are taken to be spread where starts
// are compared.
const evidenceParts = 4

// loose is by how much more than chance alone n counts may scatter.
func loose(n, scatter float64) float64 { return scatter + roughness*roughness*n }

// likelihood of the counts of stretch k at the logarithm x of the wave's rate, and its
// first derivative and expected curvature by x; all still to be divided by loose.
func (b *binned) likelihood(k int, x, base float64) (log, slope, curve float64) {
	n, e := b.n[k], b.e[k]
	if e <= 0 {
		return 0, 0, 0
	}
	wave := math.Exp(x)
	rate := base + wave
	return n*math.Log(rate) - rate*e, (n/rate - e) * wave, wave * wave / rate * e
}

// fit finds the most likely course and puts it into f, which is empty. z0 is where to
// begin, nil is the middle.
//
// With x = mean + root·z it climbs log p(counts|x) − |z|²/2 by Newton's method with
// the expected curvature (Fisher scoring), halving steps that lead down. The
// evidence is Laplace's: the height of the summit and how wide it is.
func (s *shape) fit(b *binned, base, scatter float64, z0 *[stretches]float64, f *fitted) {
	f.shape, f.known = s, b.known
	m := f.known
	if z0 != nil {
		copy(f.z[:m], z0[:m])
	}
	base = max(base, noBase)
	var slope, curve, step, trial [stretches]float64
	height := s.height(b, base, scatter, f, &slope, &curve)
	for range maxSteps {
		s.curvature(f, &curve)
		// gradient by z
		for j := range m {
			g := -f.z[j]
			for k := j; k < m; k++ {
				g += s.root[k][j] * slope[k]
			}
			step[j] = g
		}
		solve(&f.root, m, &step)
		old := f.z
		size := 1.0
		gained := 0.0
		for range 12 {
			for j := range m {
				trial[j] = old[j] + size*step[j]
			}
			f.z = trial
			h := s.height(b, base, scatter, f, &slope, &curve)
			if h >= height || math.Abs(h-height) < 1e-9 {
				gained, height = h-height, h
				break
			}
			size /= 2
			f.z = old
		}
		if gained < 1e-6 {
			break
		}
	}
	s.height(b, base, scatter, f, &slope, &curve) // of the last z, which may be the one before a step that led down
	s.curvature(f, &curve)
	// Starts divide the same counts differently, so all of them are compared with the
	// same looseness.
	counted, all := b.before*math.Log(base)-base*b.beforeFor, b.before
	for k := range m {
		log, _, _ := b.likelihood(k, f.x[k], base)
		counted, all = counted+log, all+b.n[k]
	}
	f.evidence = counted / loose(all/evidenceParts, scatter)
	for j := range m {
		f.evidence -= math.Log(f.root[j][j]) + f.z[j]*f.z[j]/2
		f.odd += f.z[j] * f.z[j]
	}
}

// maxSteps of Newton's method; four or five are enough but for a rise from nothing.
const maxSteps = 30

// height is how likely the counts and the course are together; it fills in x and
// the derivatives.
func (s *shape) height(b *binned, base, scatter float64, f *fitted, slope, curve *[stretches]float64) (h float64) {
	for k := range f.known {
		f.x[k] = min(s.log(k, f.z[:]), 40) // e⁴⁰: more than all people there are
		log, g, w := b.likelihood(k, f.x[k], base)
		phi := loose(b.n[k], scatter)
		h += log/phi - f.z[k]*f.z[k]/2
		slope[k], curve[k] = g/phi, w/phi
	}
	return h
}

// curvature puts the Cholesky factor of I + rootᵀ·W·root into f.
func (s *shape) curvature(f *fitted, curve *[stretches]float64) {
	m := f.known
	for i := range m {
		for j := range i + 1 {
			v := 0.0
			for k := i; k < m; k++ {
				v += s.root[k][i] * curve[k] * s.root[k][j]
			}
			if i == j {
				v++
			}
			f.root[i][j] = v
		}
	}
	for i := range m {
		for j := range i + 1 {
			v := f.root[i][j]
			for k := range j {
				v -= f.root[i][k] * f.root[j][k]
			}
			if i == j {
				f.root[i][i] = math.Sqrt(max(v, 1e-12))
			} else {
				f.root[i][j] = v / f.root[j][j]
			}
		}
	}
}

// solve puts (L·Lᵀ)⁻¹ v into v, of the first m.
func solve(l *[stretches][stretches]float64, m int, v *[stretches]float64) {
	for i := range m {
		for k := range i {
			v[i] -= l[i][k] * v[k]
		}
		v[i] /= l[i][i]
	}
	back(l, m, v[:])
}

// back puts L⁻ᵀ v into v, of the first m: standard normals become ones that scatter
// as the curvature allows.
func back(l *[stretches][stretches]float64, m int, v []float64) {
	for i := m - 1; i >= 0; i-- {
		for k := i + 1; k < m; k++ {
			v[i] -= l[k][i] * v[k]
		}
		v[i] /= l[i][i]
	}
}
