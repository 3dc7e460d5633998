package page

import "io"

// Injector puts a tag into an HTML page while it streams through. It withholds
// at most the few bytes that may be the beginning of a tag, and after the tag is
// in, or 64 KB have gone by without a place for it, it is a mere pass-through.
// What it writes does not depend on how the page is cut into reads (fuzzed).
type Injector struct {
	src  io.ReadCloser
	tag  string
	scan scanner
	buf  []byte // read and examined, not yet handed out
	held int    // how many bytes at the end of buf are withheld
	err  error  // what src said last
	done bool
}

// injectWithin bounds how far the place for the tag is looked for.
const injectWithin = 64 << 10

// NewInjector returns body with tag after its <head> start tag; in a page
// without one, before </head> or <body>; in a fragment without any of these,
// nowhere. The length of the page changes: the caller drops Content-Length,
// strong ETag and Accept-Ranges. Ask [CanInject] first.
func NewInjector(body io.ReadCloser, tag string) *Injector {
	return &Injector{src: body, tag: tag}
}

// Injected reports whether the tag is in. It is settled once Read returned io.EOF.
func (j *Injector) Injected() bool { return j.scan.found }

// Close closes the body.
func (j *Injector) Close() error { return j.src.Close() }

// Read implements io.Reader.
func (j *Injector) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if ready := len(j.buf) - j.held; ready > 0 {
			n := copy(p, j.buf[:ready])
			j.buf = j.buf[:copy(j.buf, j.buf[n:])]
			return n, nil
		}
		if j.err != nil {
			return 0, j.err
		}
		if j.done {
			return j.src.Read(p)
		}
		j.fill(len(p))
	}
}

// fill reads once and examines what came.
func (j *Injector) fill(size int) {
	size = min(max(size, 512), 16<<10)
	old := len(j.buf) // withheld bytes, already examined
	j.buf = append(j.buf, make([]byte, size)...)
	n, err := j.src.Read(j.buf[old:])
	j.buf = j.buf[:old+n]
	j.err = err
	for i := old; i < len(j.buf) && !j.done; i++ {
		switch j.scan.next(j.buf[i]) {
		case after:
			j.insert(i + 1)
		case before:
			j.insert(i - j.scan.back)
		}
		j.done = j.scan.found || j.scan.seen >= injectWithin
	}
	j.held = j.scan.back
	if j.done || err != nil {
		j.held = 0
	}
}

func (j *Injector) insert(at int) {
	j.buf = append(j.buf, j.tag...) // grows by the tag's length; overwritten next
	copy(j.buf[at+len(j.tag):], j.buf[at:len(j.buf)-len(j.tag)])
	copy(j.buf[at:], j.tag)
}
