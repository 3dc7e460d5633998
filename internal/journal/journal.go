package journal

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
)

// Config is what a journal is made of. The zero value is usable.
type Config struct {
	// Size is how many records of traffic the ring holds. Zero means 65536
	// (about 24 MiB once full: ten minutes of a wave with 100 verdicts a second);
	// negative is taken as 1.
	Size int
	// PassSample keeps one in so many plain answers. Zero means 64, one keeps
	// all, negative keeps none.
	PassSample int
	// AuditSize is how many audit records stay in memory. Zero means 1024.
	AuditSize int
}

// Journal is the ring. All methods may be called at once from any goroutine.
type Journal struct {
	sample uint64
	plain  atomic.Uint64 // plain answers seen, kept or not

	// mu guards the ring. One mutex, not shards: an append holds it for about
	// 60 ns (see BenchmarkAppend), and order in time comes for free. Readers let
	// go every readChunk slots.
	mu    sync.Mutex
	ring  []slot
	next  uint64 // records appended to the ring so far; next%len is the next slot
	turns int64  // until when newcomers' turns are given away, in Unix nanoseconds; see newcomer

	audit audit
}

// New returns an empty journal. Audit records are kept in memory only until
// [Journal.KeepAudit] names a file.
func New(cfg Config) *Journal {
	if cfg.Size == 0 {
		cfg.Size = 65536
	}
	if cfg.PassSample == 0 {
		cfg.PassSample = 64
	}
	if cfg.AuditSize == 0 {
		cfg.AuditSize = 1024
	}
	j := &Journal{ring: make([]slot, max(cfg.Size, 1))}
	if cfg.PassSample > 0 {
		j.sample = uint64(cfg.PassSample)
	}
	j.audit.size = max(cfg.AuditSize, 1)
	return j
}

// Append keeps a record. A record with an actor is an audit record; for those
// prefer [Journal.Audit], which tells whether the file took it. A plain answer
// is kept if its turn comes: the first, then one in PassSample. That a newcomer
// was let in at once is kept unless very many are.
func (j *Journal) Append(r falochron.Record) {
	if r.Actor != "" {
		_ = j.Audit(r) // the fault stays readable in AuditFault
		return
	}
	if plain(&r) && !(r.Verdict.Reason == placeFree && j.newcomer(r.Time)) {
		n := j.plain.Add(1) - 1
		if j.sample == 0 || n%j.sample != 0 {
			return
		}
	}
	j.mu.Lock()
	j.ring[j.next%uint64(len(j.ring))].pack(&r)
	j.next++
	j.mu.Unlock()
}

// plain reports whether r went straight through, or would have: nobody stood in
// its way, nothing broke, nobody will ask about it in particular. A pass may
// name the limit it was measured against. That somebody from the line was let in
// is not plain; nor is that somebody was taken over, which happens a few dozen
// times in all.
func plain(r *falochron.Record) bool {
	switch r.Verdict.Action {
	case falochron.Pass, falochron.Hit, falochron.Own:
		waited := r.Verdict.Reason == placeFree && r.Place != 0
		return r.Note == "" && r.Status < 500 && !waited && r.Verdict.Reason != adopted && !slow(r)
	}
	return false
}

// slow reports whether a page took so long that its visitor counts it as broken. A
// file or a stream may take as long as it likes.
func slow(r *falochron.Record) bool {
	switch r.Class {
	case falochron.ClassPage, falochron.ClassCart, falochron.ClassCheckout:
		return r.Took > broken && r.Status != http.StatusSwitchingProtocols
	}
	return false
}

// broken is the time after which people do not count on a page any more; the demo
// counts so too.
const broken = 10 * time.Second

// On a calm day everybody who comes is let in at once, and no one asks why. So that
// they do not push out of the ring what somebody will ask about, only so many are
// kept for certain: some 17,000 a day, a quarter of the ring, and the first of any
// rush. The others are sampled as plain answers are. Chosen.
const (
	newcomerEach = 5 * time.Second
	newcomerRush = 64
)

// newcomer reports whether the record of somebody who was let in at once, at a
// moment, is to be kept for certain.
func (j *Journal) newcomer(at time.Time) bool {
	const rush = int64(newcomerRush * newcomerEach)
	now := at.UnixNano()
	j.mu.Lock()
	defer j.mu.Unlock()
	ahead := j.turns - now
	if ahead > 2*rush {
		ahead = 0 // the clock was set back
	}
	if ahead > rush-int64(newcomerEach) {
		return false
	}
	j.turns = now + max(ahead, 0) + int64(newcomerEach)
	return true
}

// Reach says how far back the ring goes and how many records it holds, audit
// records not counted. An empty ring has a zero time.
func (j *Journal) Reach() (oldest time.Time, records int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	size := uint64(len(j.ring))
	switch {
	case j.next == 0:
		return time.Time{}, 0
	case j.next <= size:
		return time.Unix(0, j.ring[0].at), int(j.next)
	default:
		return time.Unix(0, j.ring[j.next%size].at), len(j.ring)
	}
}

// Sample says of how many plain answers one is kept; 0 means none.
func (j *Journal) Sample() int { return int(j.sample) }
