package state

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
)

// maxRadar is the longest radar.json: what is usual at each quarter of the week is some
// 20 KB.
const maxRadar = 1 << 20

// SaveRadar puts on disk what the radar must not forget of the shop: what is usual there.
// Whoever gives it knows what it means.
func (s *Shop) SaveRadar(b []byte) error {
	s.radarMu.Lock()
	defer s.radarMu.Unlock()
	if s.dir == "" {
		s.radar = slices.Clone(b)
		return nil
	}
	path := filepath.Join(s.dir, "radar.json")
	if err := s.store.replace(path, append(slices.Clone(b), '\n')); err != nil {
		return diskError("save what is usual at shop "+s.name, path, err)
	}
	return nil
}

// LoadRadar returns what was saved last, nil if nothing was.
func (s *Shop) LoadRadar() ([]byte, error) {
	s.radarMu.Lock()
	defer s.radarMu.Unlock()
	if s.dir == "" {
		return slices.Clone(s.radar), nil
	}
	path := filepath.Join(s.dir, "radar.json")
	b, err := readAtMost(path, maxRadar)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, diskError("read what is usual at shop "+s.name, path, err)
	}
	return b, nil
}
