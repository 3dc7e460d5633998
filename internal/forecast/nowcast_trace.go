package forecast

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// traceHead begins a trace as [Trace.Write] writes it.
const traceHead = "# falochron trace"

// Write is the trace as a file: how many newcomers came in which second after the
// post, a line each.
//
//	# falochron trace
//	# base 0.5
//	# length 3600
//	12 1
//	13 4
func (t *Trace) Write() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n# base %g\n# length %g\n", traceHead, t.Base, t.Length)
	for i := 0; i < len(t.At); {
		second, n := math.Floor(t.At[i]), 0
		for ; i < len(t.At) && math.Floor(t.At[i]) == second; i++ {
			n++
		}
		fmt.Fprintf(&b, "%.0f %d\n", second, n)
	}
	return b.Bytes()
}

// mostArrivals is how many newcomers a trace may have.
const mostArrivals = 20_000_000

// ReadTrace reads a trace. It knows two forms, both with seconds after the post: that
// of [Trace.Write], and the published one of retweet cascades, whose first line says
// how many lines of reactions follow, whose second is the post itself, and whose
// others begin with when somebody reacted.
func ReadTrace(name string, text []byte) (Trace, error) {
	t := Trace{Name: name, Length: week}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	first, cascade := 0, isCascade(lines)
	switch {
	case cascade:
		first = 2
	case strings.TrimSpace(lines[0]) != traceHead:
		return t, fmt.Errorf("%s: no trace: the first line is not %q", name, traceHead)
	}
	for i, line := range lines[first:] {
		at, n, err := t.line(line, cascade)
		if err == nil && len(t.At)+n > mostArrivals {
			err = fmt.Errorf("more than %d newcomers", mostArrivals)
		}
		if err != nil {
			return Trace{}, fmt.Errorf("%s, line %d: %w: %q", name, first+i+1, err, line)
		}
		for j := range n { // of one second they come evenly
			t.At = append(t.At, at+float64(2*j+1)/float64(2*n))
		}
	}
	slices.Sort(t.At)
	return t, nil
}

// line takes one line: n newcomers in the second that begins at at.
func (t *Trace) line(line string, cascade bool) (at float64, n int, err error) {
	f := strings.Fields(line)
	switch {
	case len(f) == 0:
		return 0, 0, nil
	case f[0] == "#":
		return 0, 0, t.comment(f[1:])
	}
	if at, err = strconv.ParseFloat(f[0], 64); err != nil || !(at >= 0 && at < 1e9) {
		return 0, 0, errors.New("no number of seconds after the post")
	}
	if cascade {
		return at, 1, nil
	}
	if len(f) == 2 {
		n, err = strconv.Atoi(f[1])
	}
	if len(f) != 2 || err != nil || n < 0 {
		return 0, 0, errors.New("no number of newcomers")
	}
	return at, n, nil
}

// comment takes what a trace says of itself; what it does not know it passes over.
func (t *Trace) comment(f []string) error {
	if len(f) < 2 || f[0] != "base" && f[0] != "length" {
		return nil
	}
	v, err := strconv.ParseFloat(f[1], 64)
	if err != nil || !(v >= 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%s is no number from 0 up", f[0])
	}
	if f[0] == "base" {
		t.Base = v
	} else {
		t.Length = v
	}
	return nil
}

// isCascade says whether lines are a published cascade.
func isCascade(lines []string) bool {
	if len(lines) < 3 {
		return false
	}
	first, second := strings.Fields(lines[0]), strings.Fields(lines[1])
	if len(first) != 2 || len(second) != 2 || second[0] != "0" {
		return false
	}
	n, err := strconv.Atoi(first[0])
	return err == nil && n == len(lines)-2
}
