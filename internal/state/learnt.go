package state

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// maxLearnt is the longest file of what was learnt: what is usual at each quarter of the
// week is some 20 KB.
const maxLearnt = 1 << 20

// learnt is what a room has learnt of a shop and must not forget. Whoever gives it knows
// what it means.
type learnt struct {
	mu   sync.Mutex // guards memory, and the file
	kept []byte     // without a folder only
}

// SaveRadar puts on disk what is usual at the shop, LoadRadar returns what was saved last,
// nil if nothing was.
func (s *Shop) SaveRadar(b []byte) error   { return s.save(&s.radar, "radar.json", b) }
func (s *Shop) LoadRadar() ([]byte, error) { return s.load(&s.radar, "radar.json") }

// SaveFleet puts on disk what was learnt of the shop's replicas, LoadFleet returns what was
// saved last, nil if nothing was.
func (s *Shop) SaveFleet(b []byte) error   { return s.save(&s.fleet, "fleet.json", b) }
func (s *Shop) LoadFleet() ([]byte, error) { return s.load(&s.fleet, "fleet.json") }

// LoadNowcast returns the figures that nowcasts of the shop are made of; nil if there are
// none of its own. People put them there: see [NowcastFile].
func (s *Shop) LoadNowcast() ([]byte, error) { return s.load(&s.nowcast, nowcastFile) }

const (
	nowcastFile = "nowcast.json"
	wavesFolder = "waves"

	// wavesKept are the traces of a shop that are kept, the newest: two a week for half a
	// year. One of an hour and 300,000 people is some 35 KB. Chosen.
	wavesKept = 52
	waveName  = "2006-01-02T150405Z.trace"
)

// NowcastFile is where the figures of a shop's nowcasts lie in a data folder, and
// WavesFolder where the traces of its waves do.
func NowcastFile(data, shop string) string { return filepath.Join(shopFolder(data, shop), nowcastFile) }
func WavesFolder(data, shop string) string { return filepath.Join(shopFolder(data, shop), wavesFolder) }

// SaveWave puts on disk how a wave went that began at a moment. Of many the oldest are
// forgotten. Without a folder nothing is kept.
func (s *Shop) SaveWave(began time.Time, trace []byte) error {
	s.wavesMu.Lock()
	defer s.wavesMu.Unlock()
	if s.dir == "" {
		return nil
	}
	dir := filepath.Join(s.dir, wavesFolder)
	fault := func(err error) error { return diskError("save how a wave went at shop "+s.name, dir, err) }
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault(err)
	}
	if err := s.store.replace(filepath.Join(dir, began.UTC().Format(waveName)), trace); err != nil {
		return fault(err)
	}
	all, err := os.ReadDir(dir) // by name, so by time
	if err != nil {
		return fault(err)
	}
	all = slices.DeleteFunc(all, func(e fs.DirEntry) bool {
		_, err := time.Parse(waveName, e.Name())
		return err != nil // somebody else's
	})
	for _, e := range all[:max(len(all)-wavesKept, 0)] {
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return fault(err)
		}
	}
	return nil
}

func (s *Shop) save(l *learnt, file string, b []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.dir == "" {
		l.kept = slices.Clone(b)
		return nil
	}
	path := filepath.Join(s.dir, file)
	if err := s.store.replace(path, append(slices.Clone(b), '\n')); err != nil {
		return diskError("save what was learnt of shop "+s.name, path, err)
	}
	return nil
}

func (s *Shop) load(l *learnt, file string) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.dir == "" {
		return slices.Clone(l.kept), nil
	}
	path := filepath.Join(s.dir, file)
	b, err := readAtMost(path, maxLearnt)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, diskError("read what was learnt of shop "+s.name, path, err)
	}
	return b, nil
}
