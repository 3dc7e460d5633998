package trace

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// Form is how a trace is written.
type Form string

// The forms.
const (
	Counts  Form = "counts"  // one count a line
	Table   Form = "table"   // a time and a count a line, separated by commas, semicolons or tabs
	Cascade Form = "cascade" // reactions to a post: two lines about it, then seconds since the post and followers
)

// Options say what a file does not. The zero value is usable.
type Options struct {
	// Tick is the time a count is of. 0: a second; of a table, the step that its times
	// have most often.
	Tick time.Duration
	// Start is when the first tick of counts began, or the post of a cascade went out.
	// Zero: Monday, 2001-01-01, so that hours and weekdays count from its first line on.
	Start time.Time
	// Zone is that of times which name none. Nil: UTC.
	Zone *time.Location
	// Zeros takes times that a table leaves out as ticks with nobody. Otherwise nobody
	// knows what was in them.
	Zeros bool
}

// Limits of what is read, so that no file fills the memory.
const (
	MaxBytes = 512 << 20 // after unpacking
	MaxTicks = 16 << 20  // half a year of seconds; 64 MB
	MaxLine  = 4 << 10
	MinTick  = 10 * time.Millisecond
	MaxTick  = 24 * time.Hour
)

// Stretch is ticks without a gap.
type Stretch struct {
	Start  time.Time // of the first tick
	Counts []uint32
}

// Trace is what was read.
type Trace struct {
	Form      Form
	Tick      time.Duration
	Dated     bool      // the times are real ones
	Post      time.Time // when the post of a cascade went out; else zero
	Stretches []Stretch // in order, with time that is missing between; at least one, none empty
	Ticks     int       // in all
	Arrivals  uint64    // in all
}

// End is when the last tick ended.
func (t *Trace) End() time.Time {
	s := t.Stretches[len(t.Stretches)-1]
	return s.Start.Add(time.Duration(len(s.Counts)) * t.Tick)
}

// Start is when the first tick began.
func (t *Trace) Start() time.Time { return t.Stretches[0].Start }

// Each hands on each tick with its end, until yield says no.
func (t *Trace) Each(yield func(until time.Time, n int) bool) {
	for _, s := range t.Stretches {
		until := s.Start
		for _, n := range s.Counts {
			until = until.Add(t.Tick)
			if !yield(until, int(n)) {
				return
			}
		}
	}
}

// undated is where traces without a date begin: a Monday, early in the day of nobody.
func undated() time.Time { return time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC) }

// Read reads a trace, unpacking it if it is packed by gzip. Errors are of the kind
// Invalid, and name the line; an error of r itself is handed on.
func Read(r io.Reader, o Options) (*Trace, error) { return read(r, o, MaxBytes) }

// read reads no more than so many bytes.
func read(r io.Reader, o Options, bytes int64) (*Trace, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Tick != 0 && (o.Tick < MinTick || o.Tick > MaxTick) {
		return nil, wrong(0, fmt.Sprintf("a tick of %v", o.Tick), fmt.Sprintf("from %v to %v", MinTick, MaxTick))
	}
	in := &lines{options: o, bytes: bytes}
	if err := in.open(r); err != nil {
		return nil, err
	}
	first, second, err := in.firstTwo()
	if err != nil {
		return nil, err
	}
	var t *Trace
	switch form(first, second) {
	case Table:
		t, err = in.table(first)
	case Cascade:
		t, err = in.cascade()
	default:
		t, err = in.counts()
	}
	if err != nil {
		return nil, err
	}
	for _, s := range t.Stretches {
		t.Ticks += len(s.Counts)
		for _, n := range s.Counts {
			t.Arrivals += uint64(n)
		}
	}
	return t, nil
}

// form tells how a trace is written by its first lines.
func form(first, second string) Form {
	switch {
	case strings.ContainsAny(first, ",;\t"):
		return Table
	case len(strings.Fields(first)) == 2 && len(strings.Fields(second)) == 2 && strings.Fields(second)[0] == "0":
		return Cascade
	}
	return Counts
}

// lines are the lines of a trace that say something.
type lines struct {
	options Options
	bytes   int64 // at most, after unpacking
	scan    *bufio.Scanner
	limit   *io.LimitedReader
	number  int      // of the line
	ahead   []string // read already
	aheadAt []int
}

// open unpacks what is packed, and bounds it.
func (l *lines) open(r io.Reader) error {
	in := bufio.NewReader(r)
	head, err := in.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	var plain io.Reader = in
	if bytes.Equal(head, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return wrong(0, "it begins as gzip does, and is none", "pack it anew, or give it unpacked")
		}
		plain = unpacked
	}
	l.limit = &io.LimitedReader{R: plain, N: l.bytes + 1}
	l.scan = bufio.NewScanner(l.limit)
	l.scan.Buffer(make([]byte, 0, MaxLine), MaxLine)
	return nil
}

// next is the next line that says something, without spaces around it; io.EOF at the
// end. Lines beginning with # are remarks.
func (l *lines) next() (string, error) {
	if len(l.ahead) > 0 {
		line := l.ahead[0]
		l.number = l.aheadAt[0]
		l.ahead, l.aheadAt = l.ahead[1:], l.aheadAt[1:]
		return line, nil
	}
	for l.scan.Scan() {
		l.number++
		if line := strings.TrimSpace(l.scan.Text()); line != "" && line[0] != '#' {
			return line, nil
		}
	}
	switch err := l.scan.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return "", wrong(l.number+1, fmt.Sprintf("longer than %d bytes", MaxLine), "one count, or a time and a count, a line")
	case errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) || err != nil && strings.HasPrefix(err.Error(), "flate:"):
		return "", wrong(l.number+1, "what is packed by gzip ends or breaks here", "pack it anew, or give it unpacked")
	case err != nil:
		return "", err
	case l.limit.N <= 0:
		return "", wrong(l.number, fmt.Sprintf("more than %d bytes unpacked", l.bytes), "cut it, or count longer ticks")
	}
	return "", io.EOF
}

// firstTwo looks at the first two lines without taking them. There may be one only.
func (l *lines) firstTwo() (first, second string, err error) {
	if first, err = l.next(); errors.Is(err, io.EOF) {
		return "", "", wrong(0, "it holds nothing", "one count, or a time and a count, a line")
	} else if err != nil {
		return "", "", err
	}
	ahead, at := []string{first}, []int{l.number}
	second, err = l.next()
	if err == nil {
		ahead, at = append(ahead, second), append(at, l.number)
	} else if !errors.Is(err, io.EOF) {
		return "", "", err
	}
	l.ahead, l.aheadAt = ahead, at
	return first, second, nil
}

// wrong is an error of the file. Line 0 is that of the whole.
func wrong(line int, what, hint string) error {
	op := "read trace"
	if line > 0 {
		op = fmt.Sprintf("read trace: line %d", line)
	}
	return &falochron.Error{Kind: falochron.Invalid, Op: op, Public: what, Hint: hint}
}
