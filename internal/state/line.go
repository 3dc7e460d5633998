package state

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/falochron/falochron"
)

// The line's file is lineMagic, the epoch (4 bytes, big-endian), and what the
// caller gave. The content has its own checksum.
const lineMagic = "FALOLINE1\n"

// SaveRoom puts the picture of the line on disk in place of the last one.
func (s *Shop) SaveRoom(picture []byte) error {
	s.lineMu.Lock()
	defer s.lineMu.Unlock()
	b := make([]byte, 0, len(lineMagic)+4+len(picture))
	b = binary.BigEndian.AppendUint32(append(b, lineMagic...), s.Epoch())
	b = append(b, picture...)
	if s.dir == "" {
		s.line = b
		return nil
	}
	path := filepath.Join(s.dir, "line")
	if err := s.store.replace(path, b); err != nil {
		return diskError("save the line of shop "+s.name, path, err)
	}
	return nil
}

// LoadRoom returns the last picture of the line, or nil if there is none. One of
// another epoch, or something else altogether, is an error of kind Invalid: the
// caller goes on with an empty line and says so.
func (s *Shop) LoadRoom() ([]byte, error) {
	s.lineMu.Lock()
	defer s.lineMu.Unlock()
	b, op, path := s.line, "load the line of shop "+s.name, "memory"
	if s.dir != "" {
		path = filepath.Join(s.dir, "line")
		var err error
		if b, err = os.ReadFile(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, diskError(op, path, err)
		}
	}
	if b == nil {
		return nil, nil
	}
	head := len(lineMagic) + 4
	if len(b) < head || string(b[:len(lineMagic)]) != lineMagic {
		return nil, &falochron.Error{
			Kind: falochron.Invalid, Op: op, Public: path + " is damaged",
			Hint: "move it away: tickets keep their order, but everybody has to come back once to count",
		}
	}
	if binary.BigEndian.Uint32(b[len(lineMagic):]) != s.Epoch() {
		return nil, &falochron.Error{
			Kind: falochron.Invalid, Op: op, Public: path + " is of another line",
			Hint: "it was copied from another data folder; move it away",
		}
	}
	return b[head:], nil
}
