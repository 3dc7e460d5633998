package twins

// most is how many single differences between two pages are told apart. Two
// random ids on each of 300 articles are 1,200. Memory grows with its square:
// this is 9 MB while two pages are compared.
const most = 1500

// hunk is where two sequences differ: a[a0:a1] stands where b[b0:b1] does.
type hunk struct{ a0, a1, b0, b1 int }

// align returns where two sequences differ, with as few pieces in the hunks as
// there can be, by Myers' greedy algorithm (An O(ND) Difference Algorithm and Its
// Variations, 1986). False if they differ in more than most pieces.
func align(a, b []uint64) (hunks []hunk, ok bool) {
	pre := 0
	for pre < len(a) && pre < len(b) && a[pre] == b[pre] {
		pre++
	}
	end := 0
	for end < len(a)-pre && end < len(b)-pre && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	a, b = a[pre:len(a)-end], b[pre:len(b)-end]
	n, m := len(a), len(b)
	switch {
	case n == 0 && m == 0:
		return nil, true
	case n == 0 || m == 0:
		return []hunk{{pre, pre + n, pre, pre + m}}, true
	}
	steps, ok := walk(a, b)
	if !ok {
		return nil, false
	}
	// Back from the end: each step before d was on the diagonal of d-1 that it came
	// from; what lies between two steps is equal.
	x, y := n, m
	add := func(x0, x1, y0, y1 int) { // backwards, so a hunk may go on the one before it
		if k := len(hunks) - 1; k >= 0 && hunks[k].a0 == pre+x1 && hunks[k].b0 == pre+y1 {
			hunks[k].a0, hunks[k].b0 = pre+x0, pre+y0
			return
		}
		hunks = append(hunks, hunk{pre + x0, pre + x1, pre + y0, pre + y1})
	}
	for d := len(steps) - 1; d > 0; d-- {
		k := x - y
		before := steps[d-1]
		reached := func(k int) int { // of step d-1, whose diagonals are -(d-1)..d-1
			if k < -(d-1) || k > d-1 {
				return -1
			}
			return int(before[k+d-1])
		}
		down := k == -d || k != d && reached(k-1) < reached(k+1)
		from := k - 1
		if down {
			from = k + 1
		}
		x0 := reached(from)
		y0 := x0 - from
		if down {
			add(x0, x0, y0, y0+1)
		} else {
			add(x0, x0+1, y0, y0)
		}
		x, y = x0, y0
	}
	for i, j := 0, len(hunks)-1; i < j; i, j = i+1, j-1 {
		hunks[i], hunks[j] = hunks[j], hunks[i]
	}
	return hunks, true
}

// walk returns for each number of differences how far along a each diagonal got.
func walk(a, b []uint64) (steps [][]int32, ok bool) {
	n, m := len(a), len(b)
	bound := min(most, n+m)
	far := make([]int32, 2*bound+3) // of diagonal k at k+bound+1
	for d := 0; d <= bound; d++ {
		for k := -d; k <= d; k += 2 {
			at := k + bound + 1
			var x int
			if k == -d || k != d && far[at-1] < far[at+1] {
				x = int(far[at+1]) // one more of b
			} else {
				x = int(far[at-1]) + 1 // one more of a
			}
			y := x - k
			for x < n && y < m && a[x] == b[y] {
				x++
				y++
			}
			far[at] = int32(x)
			if x == n && y == m {
				return append(steps, nil), true
			}
		}
		steps = append(steps, append([]int32(nil), far[bound+1-d:bound+2+d]...))
	}
	return nil, false
}
