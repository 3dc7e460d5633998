package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/falochron/falochron"
)

const (
	sharingVersion = 1
	maxSharing     = 4 << 20 // bytes of sharing.json; 20 kinds with 50 places each are some 300 KiB
)

// sharingFile is sharing.json: what the shop's pages are known to be, with the
// evidence and the owner's word.
type sharingFile struct {
	Version int               `json:"version"`
	Sharing falochron.Sharing `json:"sharing"`
}

// SaveSharing puts on disk what the shop's pages are known to be. With an error it
// is in force in this process only, and a restart begins without it: nothing that
// the shop forbids is shared then until it has been checked and allowed again.
func (s *Shop) SaveSharing(sharing falochron.Sharing) error {
	op := "save what may be shared of shop " + s.name
	b, err := json.MarshalIndent(sharingFile{sharingVersion, sharing}, "", "  ")
	if err != nil {
		return &falochron.Error{Kind: falochron.Internal, Op: op, Err: err}
	}
	s.sharingMu.Lock()
	defer s.sharingMu.Unlock()
	if s.dir == "" {
		s.sharing = b
		return nil
	}
	path := filepath.Join(s.dir, "sharing.json")
	if err := s.store.replace(path, append(b, '\n')); err != nil {
		return diskError(op, path, err)
	}
	return nil
}

// LoadSharing returns what was saved last; false if nothing was. A damaged file is
// an error of kind Invalid, and as if there were none.
func (s *Shop) LoadSharing() (sharing falochron.Sharing, ok bool, err error) {
	op := "read what may be shared of shop " + s.name
	s.sharingMu.Lock()
	defer s.sharingMu.Unlock()
	b, path := s.sharing, "memory"
	if s.dir != "" {
		path = filepath.Join(s.dir, "sharing.json")
		if b, err = readAtMost(path, maxSharing); errors.Is(err, fs.ErrNotExist) {
			return sharing, false, nil
		} else if err != nil {
			return sharing, false, diskError(op, path, err)
		}
	}
	if b == nil {
		return sharing, false, nil
	}
	f := new(sharingFile)
	if err := f.parse(b); err != nil {
		return sharing, false, &falochron.Error{
			Kind: falochron.Invalid, Op: op, Err: err,
			Public: path + " is damaged; nothing is shared that the shop forbids to store",
			Hint:   "the shop's pages are compared anew; allow them again on the live page, and the file is written anew",
		}
	}
	return f.Sharing, true, nil
}

func (f *sharingFile) parse(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(f); err != nil {
		return err
	}
	switch {
	case d.More():
		return errors.New("something follows the value")
	case f.Version != sharingVersion:
		return fmt.Errorf("version %d, this program reads %d", f.Version, sharingVersion)
	}
	seen := map[string]bool{}
	for _, k := range f.Sharing.Kinds {
		if k.Name == "" || seen[k.Name] {
			return fmt.Errorf("kind %q has no name, or there are two", k.Name)
		}
		seen[k.Name] = true
		if k.Passed && (k.Checked.IsZero() || k.Harm) {
			return fmt.Errorf("kind %q passed a check that there was not", k.Name)
		}
		for _, s := range k.Spans {
			if k.Passed && !s.Harmless {
				return fmt.Errorf("kind %q passed although it differs", k.Name)
			}
		}
	}
	return nil
}

// readAtMost reads a file of at most n bytes; a longer one is cut, and does not
// parse.
func readAtMost(path string, n int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, n))
}
