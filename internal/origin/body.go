package origin

import (
	"io"
	"sync"
	"time"
)

// upload is the visitor's body on its way to the shop.
type upload struct {
	io.ReadCloser
	marks *marks
}

func (u *upload) Read(b []byte) (int, error) {
	u.marks.bodyRead.Store(true)
	n, err := u.ReadCloser.Read(b)
	u.marks.uploaded.Store(int64(time.Since(u.marks.start)))
	if err != nil && err != io.EOF {
		u.marks.uploadFailed.Store(true)
	}
	return n, err
}

// Close does nothing: a transport closes the body of an attempt that failed,
// and the next attempt needs it. Whoever made the request closes it.
func (u *upload) Close() error { return nil }

// body is the shop's answer on its way to the visitor. It calls ended once, at
// the end, at an error or when closed, and silent when the shop pauses for too
// long.
type body struct {
	io.ReadCloser
	once   sync.Once
	ended  func()
	limit  time.Duration
	silent *time.Timer // nil = no bound
}

func newBody(rc io.ReadCloser, limit time.Duration, silent, ended func()) *body {
	b := &body{ReadCloser: rc, ended: ended, limit: limit}
	if limit > 0 {
		// Runs only while somebody reads: a visitor slow to take the answer is
		// not the shop's silence.
		b.silent = time.AfterFunc(limit, silent)
		b.silent.Stop()
	}
	return b
}

func (b *body) Read(p []byte) (int, error) {
	if b.silent != nil {
		b.silent.Reset(b.limit)
	}
	n, err := b.ReadCloser.Read(p)
	if b.silent != nil {
		b.silent.Stop()
	}
	if err != nil {
		b.end()
	}
	return n, err
}

func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.end()
	return err
}

func (b *body) end() {
	b.once.Do(b.ended)
}

// buffers lends the 32 KB blocks that bodies are copied through.
type buffers struct{ pool sync.Pool }

const blockSize = 32 << 10

// Get returns a block.
func (b *buffers) Get() []byte {
	if v, ok := b.pool.Get().(*[blockSize]byte); ok {
		return v[:]
	}
	return make([]byte, blockSize)
}

// Put takes a block back.
func (b *buffers) Put(block []byte) {
	if len(block) == blockSize {
		b.pool.Put((*[blockSize]byte)(block))
	}
}
