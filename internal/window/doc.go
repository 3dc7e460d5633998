// Package window keeps figures over the last seconds: counts ([Count]) and
// quantiles ([Quantiles]).
//
// Its one invariant: memory is fixed at construction, whatever is added. It is
// pure: time comes in as now; a clock that goes back empties nothing and
// counts into the present second. It refuses to interpolate what it has not
// seen: no samples give no quantile.
//
// Read [Count] first.
package window
