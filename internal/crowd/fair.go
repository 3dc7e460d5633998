package crowd

import (
	"math"
	"sort"
)

// FairnessRankCorrelation is Spearman's rank correlation between the order in
// which people asked for a place and the order in which they got it, over all
// who asked: 1 is "first come, first served".
//
// The first rank is by the moment the fan asked: tapped the link, or, after pages
// that are the same for all and need no place, pressed the first thing that had to
// reach the shop. Who never did is no part of it. The second is by this key:
//
//   - who was admitted: the how-many-th they were;
//   - who left the line, or still stands in it at the end: the place they held
//     when last told, which is the number of people admitted until then, plus
//     the people said to be ahead, plus one;
//   - who never was admitted nor told a place (an error page, or left before
//     any answer): behind everybody, equal among themselves. Turning people
//     away counts against fairness.
//
// Fans whose first request still ran when the run ended are left out. Equal keys
// share their mean rank. Fewer than two people are served fairly.
func (r *Report) FairnessRankCorrelation() float64 {
	var came, got []float64
	for i := range r.Traces {
		t := &r.Traces[i]
		var key float64
		switch {
		case t.Asked == 0:
			continue
		case t.Admitted != 0:
			key = float64(t.AdmitRank)
		case t.ToldRank != 0: // ToldRank is one more than were admitted
			key = float64(t.ToldRank) + float64(t.ToldAhead)
		case t.Ending == Unfinished:
			continue
		default:
			key = math.Inf(1)
		}
		came = append(came, float64(t.Asked))
		got = append(got, key)
	}
	return spearman(came, got)
}

// AdmittedRankCorrelation is Spearman's rank correlation over the admitted alone:
// the order in which they asked against the order in which they got in.
// Unlike [Report.FairnessRankCorrelation] it cannot be carried by the many who
// still stand in line in the order in which they came.
func (r *Report) AdmittedRankCorrelation() float64 {
	var came, got []float64
	for i := range r.Traces {
		if t := &r.Traces[i]; t.Admitted != 0 {
			came = append(came, float64(t.Asked))
			got = append(got, float64(t.AdmitRank))
		}
	}
	return spearman(came, got)
}

// spearman is Pearson's correlation of the ranks; 1 when there is nothing to
// compare.
func spearman(x, y []float64) float64 {
	if len(x) < 2 {
		return 1
	}
	a, b := ranks(x), ranks(y)
	mean := float64(len(x)+1) / 2
	var ab, aa, bb float64
	for i := range a {
		da, db := a[i]-mean, b[i]-mean
		ab, aa, bb = ab+da*db, aa+da*da, bb+db*db
	}
	if aa == 0 || bb == 0 {
		return 1
	}
	return ab / math.Sqrt(aa*bb)
}

// ranks returns ranks from 1, ties sharing their mean.
func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(i, j int) bool { return x[order[i]] < x[order[j]] })
	out := make([]float64, len(x))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && x[order[j]] == x[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			out[order[k]] = float64(i+j+1) / 2
		}
		i = j
	}
	return out
}
