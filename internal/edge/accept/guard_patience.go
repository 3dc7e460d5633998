package accept

import (
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// slowestBody is the least average rate of a request's body, bytes per
	// second. Apache's mod_reqtimeout asks for 500 by default; the slowest phone
	// that can load a shop's page at all sends some 20 KB/s.
	slowestBody = 1 << 10
	// onePiece is the most of an answer that has one WriteStall to be taken,
	// bytes: what io.Copy and the way to the shop write at once.
	onePiece = 32 << 10
)

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// deadlines sets the deadlines of one request while its handler runs. Bodies
// are read by other goroutines too (the way to the shop sends them from one of
// its own), and those may go on when the handler has ended. Then HTTP/2's
// writer is gone, and setting a deadline on it would end the process; and over
// HTTP/1 the deadline would be the next request's.
type deadlines struct {
	control *http.ResponseController

	mu   sync.Mutex // held while a deadline is set; guards the following field
	over bool       // the handler has ended
}

func (d *deadlines) read(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.over {
		d.control.SetReadDeadline(t)
	}
}

func (d *deadlines) write(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.over {
		d.control.SetWriteDeadline(t)
	}
}

// end is called when the handler has ended.
func (d *deadlines) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over = true
}

// waiting is one wait at a time, which ends with late when it takes too long.
// HTTP/2's own deadlines would also hit between two waits: a stream of events
// that has nothing to say, a body that the shop is not reading.
type waiting struct {
	late func() // called with mu held

	mu    sync.Mutex // guards the following fields
	until time.Time  // when the wait is too long; zero = nobody waits
	timer *time.Timer
}

// begin says that a wait begins, of at most limit.
func (w *waiting) begin(limit time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.until = time.Now().Add(limit)
	if w.timer == nil {
		w.timer = time.AfterFunc(limit, w.ring)
	} else {
		w.timer.Reset(limit)
	}
}

// done says that it is over.
func (w *waiting) done() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.until = time.Time{}
	w.timer.Stop()
}

// ring is the timer's. It may come late, when the next wait has begun already.
func (w *waiting) ring() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.until.IsZero() && !time.Now().Before(w.until) {
		w.late()
	}
}

// patientBody is a request's body, which must come in time: no pause may be
// longer than silence, and all pauses together not longer than that either,
// unless it comes at slowestBody at least. Only the time in which it is waited
// for counts; a shop that does not read is not the visitor's fault.
type patientBody struct {
	io.ReadCloser
	silence   time.Duration
	deadlines *deadlines
	waiting   *waiting // nil over HTTP/1

	// One goroutine reads at a time.
	until  time.Time     // HTTP/1: the deadline that is set
	got    int64         // bytes
	waited time.Duration // for them
}

func newPatientBody(r *http.Request, d *deadlines, silence time.Duration) *patientBody {
	b := &patientBody{ReadCloser: r.Body, silence: silence, deadlines: d}
	if r.ProtoMajor == 2 {
		b.waiting = &waiting{late: func() { d.read(longAgo) }}
	} else {
		b.arm(time.Now()) // for a body that nobody reads, too: the server takes it in at the end
	}
	return b
}

func (b *patientBody) Read(p []byte) (n int, err error) {
	begin := time.Now()
	if b.waiting != nil {
		b.waiting.begin(b.patience())
		n, err = b.ReadCloser.Read(p)
		b.waiting.done()
	} else {
		b.arm(begin)
		n, err = b.ReadCloser.Read(p)
		if err == io.EOF {
			// The server goes on reading, to notice a visitor who leaves; the
			// deadline must not look like one. After any other error it stays: what
			// is left of the body is not waited for.
			b.deadlines.read(time.Time{})
		}
	}
	b.got += int64(n)
	b.waited += time.Since(begin)
	return n, err
}

// patience is how long the next part may be waited for. Not above zero, there
// is none left.
func (b *patientBody) patience() time.Duration {
	earned := time.Duration(b.got) * (time.Second / slowestBody)
	return min(b.silence, max(b.silence, earned)-b.waited)
}

// arm moves the connection's deadline on. Setting it is not free, and a second
// more or less does not matter.
func (b *patientBody) arm(now time.Time) {
	if until := now.Add(b.patience()); until.Sub(b.until) > min(time.Second, b.silence/4) {
		b.until = until
		b.deadlines.read(until)
	}
}

// patientWriter is an HTTP/2 answer, each piece of which must be taken in time.
// The bound at the socket does not see a visitor who opens no window: nothing
// is written then, and his pings keep the connection alive.
type patientWriter struct {
	http.ResponseWriter
	stall   time.Duration
	control *http.ResponseController
	waiting waiting
	unsent  bool // the server may hold a part back
}

func newPatientWriter(w http.ResponseWriter, d *deadlines, stall time.Duration) *patientWriter {
	// A deadline that has passed resets the stream, and it alone.
	return &patientWriter{ResponseWriter: w, stall: stall, control: d.control, waiting: waiting{late: func() { d.write(longAgo) }}}
}

// Write writes b, or fails when the visitor takes longer than the bound for a
// piece of it.
func (p *patientWriter) Write(b []byte) (written int, err error) {
	for {
		p.waiting.begin(p.stall)
		n, err := p.ResponseWriter.Write(b[:min(len(b), onePiece)])
		p.waiting.done()
		p.unsent = p.unsent || n > 0
		written, b = written+n, b[n:]
		if err != nil || len(b) == 0 {
			return written, err
		}
	}
}

// FlushError sends what the server holds back.
func (p *patientWriter) FlushError() error {
	p.waiting.begin(p.stall)
	defer p.waiting.done()
	p.unsent = false
	return p.control.Flush()
}

// Flush is [patientWriter.FlushError] for an [http.Flusher].
func (p *patientWriter) Flush() { _ = p.FlushError() }

// Unwrap gives [http.ResponseController] the other abilities.
func (p *patientWriter) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// finish sends the rest while it can still be timed out; after the handler's
// end the server would wait for the visitor for ever. The answer to HEAD has
// nothing to wait for.
func (p *patientWriter) finish(r *http.Request) {
	if p.unsent && r.Method != http.MethodHead {
		p.Flush()
	}
}
