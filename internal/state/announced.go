package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/falochron/falochron"
)

const (
	announcedVersion = 1
	maxAnnounced     = 16 << 20 // bytes of announced.json; 4,000 posts with the longest link are 5 MiB
)

// announcedFile is announced.json: what the plan announced last, and how many came by
// each post.
type announcedFile struct {
	Version   int                  `json:"version"`
	Announced *falochron.Announced `json:"announced,omitempty"`
	Arrivals  map[string]uint64    `json:"arrivals,omitempty"` // by the post's id
}

// SaveAnnounced puts on disk what the plan announced of the shop, so that its short
// links lead on and its evenings begin after a restart without the plan's database; and
// how many came by which post.
func (s *Shop) SaveAnnounced(a *falochron.Announced, arrivals map[string]uint64) error {
	op := "save what is announced of shop " + s.name
	b, err := json.Marshal(announcedFile{announcedVersion, a, arrivals})
	if err != nil {
		return &falochron.Error{Kind: falochron.Internal, Op: op, Err: err}
	}
	s.announcedMu.Lock()
	defer s.announcedMu.Unlock()
	if s.dir == "" {
		s.announced = b
		return nil
	}
	path := filepath.Join(s.dir, "announced.json")
	if err := s.store.replace(path, append(b, '\n')); err != nil {
		return diskError(op, path, err)
	}
	return nil
}

// LoadAnnounced returns what was saved last, nil if nothing was. A damaged file is an
// error of kind Invalid, and as if there were none: the plan says it anew.
func (s *Shop) LoadAnnounced() (a *falochron.Announced, arrivals map[string]uint64, err error) {
	op := "read what is announced of shop " + s.name
	s.announcedMu.Lock()
	defer s.announcedMu.Unlock()
	b, path := s.announced, "memory"
	if s.dir != "" {
		path = filepath.Join(s.dir, "announced.json")
		if b, err = readAtMost(path, maxAnnounced); errors.Is(err, fs.ErrNotExist) {
			return nil, nil, nil
		} else if err != nil {
			return nil, nil, diskError(op, path, err)
		}
	} else if b == nil {
		return nil, nil, nil
	}
	var f announcedFile
	err = json.Unmarshal(b, &f)
	if err == nil && f.Version != announcedVersion {
		err = fmt.Errorf("version %d, this program reads %d", f.Version, announcedVersion)
	}
	if err != nil {
		return nil, nil, &falochron.Error{
			Kind: falochron.Invalid, Op: op, Err: err, Public: path + " is damaged; what is announced comes from the plan alone",
			Hint: "the file is written anew with the next change of the plan",
		}
	}
	return f.Announced, f.Arrivals, nil
}
