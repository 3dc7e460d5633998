package trace

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// counts reads one count a line.
func (l *lines) counts() (*Trace, error) {
	t := &Trace{Form: Counts, Tick: l.options.Tick, Dated: !l.options.Start.IsZero(), Stretches: []Stretch{{Start: l.options.Start}}}
	if t.Tick == 0 {
		t.Tick = time.Second
	}
	if !t.Dated {
		t.Stretches[0].Start = undated()
	}
	s := &t.Stretches[0]
	for {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, err
		}
		n, err := l.count(line)
		if err != nil {
			return nil, err
		}
		if len(s.Counts) == MaxTicks {
			return nil, wrong(l.number, fmt.Sprintf("more than %d ticks", MaxTicks), "cut it, or count longer ticks")
		}
		s.Counts = append(s.Counts, n)
	}
}

// count reads a whole number that is not negative; 12.0 is one.
func (l *lines) count(text string) (uint32, error) {
	text = strings.Trim(text, " \"")
	if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		return uint32(n), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || f < 0 || f > math.MaxUint32 {
		return 0, wrong(l.number, fmt.Sprintf("%.40q is no count", text), "a whole number from 0 to 4294967295")
	}
	return uint32(f), nil
}

// layouts are the forms of times that are understood, besides seconds since 1970.
var layouts = []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "02/Jan/2006:15:04:05 -0700"}

// moment reads a time.
func (l *lines) moment(text string) (time.Time, error) {
	text = strings.Trim(text, " \"")
	for _, layout := range layouts {
		if at, err := time.ParseInLocation(layout, text, l.options.Zone); err == nil {
			if at.Year() < 1970 || at.Year() > 2200 {
				return at, wrong(l.number, fmt.Sprintf("the year %d", at.Year()), "1970 to 2200")
			}
			return at.In(l.options.Zone), nil
		}
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 && seconds < 7_258_118_400 { // 2200
		whole, part := math.Modf(seconds)
		return time.Unix(int64(whole), int64(part*1e9)).In(l.options.Zone), nil
	}
	return time.Time{}, wrong(l.number, fmt.Sprintf("%.40q is no time", text), "2026-11-27 20:00:05, the same with T and a zone, or seconds since 1970")
}

// row is one line of a table.
type row struct {
	at   time.Time
	n    uint32
	line int
}

// table reads times and counts. The first line may be a heading.
func (l *lines) table(first string) (*Trace, error) {
	mark := ","
	if !strings.Contains(first, mark) {
		if mark = ";"; !strings.Contains(first, mark) {
			mark = "\t"
		}
	}
	var rows []row
	for {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		left, rest, found := strings.Cut(line, mark)
		if !found {
			return nil, wrong(l.number, fmt.Sprintf("no %q in it", mark), "a time and a count in each line, separated as in the first")
		}
		at, err := l.moment(left)
		if err != nil {
			if len(rows) == 0 && line == first {
				first = "" // a heading, of which there is one
				continue
			}
			return nil, err
		}
		second, _, _ := strings.Cut(rest, mark)
		n, err := l.count(second)
		if err != nil {
			return nil, err
		}
		switch last := len(rows) - 1; {
		case last >= 0 && at.Equal(rows[last].at): // where files were joined
			if rows[last].n > math.MaxUint32-n {
				return nil, wrong(l.number, "the counts of one time add up to too much", "at most 4294967295")
			}
			rows[last].n += n
			continue
		case last >= 0 && at.Before(rows[last].at):
			return nil, wrong(l.number, "its time is before that of the line above", "sort the lines by time")
		case len(rows) == MaxTicks:
			return nil, wrong(l.number, fmt.Sprintf("more than %d times", MaxTicks), "cut it, or count longer ticks")
		}
		rows = append(rows, row{at, n, l.number})
	}
	if len(rows) == 0 {
		return nil, wrong(0, "a heading and nothing below", "a time and a count in each line")
	}
	return l.lay(rows)
}

// lay puts rows on a grid of ticks.
func (l *lines) lay(rows []row) (*Trace, error) {
	t := &Trace{Form: Table, Dated: true, Tick: l.options.Tick}
	if t.Tick == 0 {
		if t.Tick = commonStep(rows); t.Tick < MinTick || t.Tick > MaxTick {
			return nil, wrong(0, fmt.Sprintf("the step between times is %v", t.Tick), fmt.Sprintf("from %v to %v; --tick tells it where it cannot be seen", MinTick, MaxTick))
		}
	}
	total := 0
	for _, r := range rows {
		fresh := len(t.Stretches) == 0
		if !fresh {
			s := &t.Stretches[len(t.Stretches)-1]
			at := int64(r.at.Sub(s.Start)+t.Tick/2) / int64(t.Tick) // a little off the grid is on it
			missing := at - int64(len(s.Counts))
			switch {
			case missing < 0: // several in one tick
				last := len(s.Counts) - 1
				if s.Counts[last] > math.MaxUint32-r.n {
					return nil, wrong(r.line, "the counts of one tick add up to too much", "at most 4294967295")
				}
				s.Counts[last] += r.n
				continue
			case missing > 0 && !l.options.Zeros:
				fresh = true
			case missing > int64(MaxTicks-total):
				return nil, wrong(r.line, fmt.Sprintf("more than %d ticks, with those that are left out", MaxTicks), "cut it, or count longer ticks")
			default:
				s.Counts = append(append(s.Counts, make([]uint32, missing)...), r.n)
				total += int(missing) + 1
				continue
			}
		}
		if fresh {
			t.Stretches = append(t.Stretches, Stretch{Start: r.at, Counts: []uint32{r.n}})
			total++
		}
	}
	return t, nil
}

// commonStep is the step that neighbouring times have most often, of the first
// thousand.
func commonStep(rows []row) time.Duration {
	var steps []time.Duration
	for i := 1; i < min(len(rows), 1001); i++ {
		steps = append(steps, rows[i].at.Sub(rows[i-1].at))
	}
	if len(steps) == 0 {
		return time.Second
	}
	slices.Sort(steps)
	best, times := steps[0], 0
	for i := 0; i < len(steps); {
		j := i
		for j < len(steps) && steps[j] == steps[i] {
			j++
		}
		if j-i > times {
			best, times = steps[i], j-i
		}
		i = j
	}
	return best
}

// maxReactions is the latest second of a cascade: a month after the post.
const maxReactions = 31 * 86400

// cascade reads the reactions to a post: "reactions day", "0 followers" of the post
// itself, then "seconds followers" for each.
func (l *lines) cascade() (*Trace, error) {
	t := &Trace{Form: Cascade, Tick: l.options.Tick, Dated: !l.options.Start.IsZero(), Post: l.options.Start}
	if t.Tick == 0 {
		t.Tick = time.Second
	}
	if !t.Dated {
		t.Post = undated()
	}
	var counts []uint32
	for i := 0; ; i++ {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if i < 2 { // about the post
			continue
		}
		fields := strings.Fields(line)
		seconds, err := strconv.ParseFloat(fields[0], 64)
		if err != nil || len(fields) > 2 || !(seconds >= 0 && seconds <= maxReactions) {
			return nil, wrong(l.number, fmt.Sprintf("%.40q is no reaction", line), fmt.Sprintf("the seconds since the post, 0 to %d, and followers", maxReactions))
		}
		at := int(seconds / t.Tick.Seconds())
		if at >= MaxTicks {
			return nil, wrong(l.number, fmt.Sprintf("more than %d ticks", MaxTicks), "count longer ticks: --tick")
		}
		if at >= len(counts) {
			counts = append(counts, make([]uint32, at+1-len(counts))...)
		}
		counts[at]++
	}
	if len(counts) == 0 {
		return nil, wrong(0, "a post without reactions", "the seconds since the post, and followers, in each line from the third on")
	}
	t.Stretches = []Stretch{{Start: t.Post, Counts: counts}}
	return t, nil
}
