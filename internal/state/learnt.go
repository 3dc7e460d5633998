package state

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
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
