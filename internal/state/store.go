package state

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/falochron/falochron"
)

// Store is one data folder, or memory. It is safe for concurrent use.
type Store struct {
	dir  string   // "" = memory
	lock *os.File // nil in memory

	// replace writes a file as a whole; tests put a full disk in its place.
	replace func(path string, data []byte) error

	mu    sync.Mutex // guards what follows
	shops map[string]*Shop
	keys  []byte // memory only
}

// Memory returns a store that forgets everything with the process.
func Memory() *Store {
	return &Store{shops: map[string]*Shop{}, replace: func(string, []byte) error { return nil }}
}

// Open opens the data folder dir, making it (mode 0700) if it is not there, and
// locks it against other processes. Its errors say what is wrong with the folder
// and what to do: [falochron.Conflict] when another process holds it,
// [falochron.Unavailable] when it cannot be made, read or written,
// [falochron.Invalid] when it is not a folder.
func Open(dir string) (*Store, error) {
	const op = "open data folder"
	dir = filepath.Clean(dir)
	switch info, err := os.Stat(dir); {
	case err == nil && !info.IsDir():
		return nil, &falochron.Error{
			Kind: falochron.Invalid, Op: op, Public: dir + " is a file, not a folder",
			Hint: "give another path with --data",
		}
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, diskError(op, dir, err)
		}
		if err := syncFolder(filepath.Dir(dir)); err != nil {
			return nil, diskError(op, dir, err)
		}
	case err != nil:
		return nil, diskError(op, dir, err)
	}
	if _, err := os.ReadDir(dir); err != nil {
		return nil, diskError(op, dir, err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, lock: lock, replace: replaceFile, shops: map[string]*Shop{}}
	probe := filepath.Join(dir, "probe")
	if err := errors.Join(s.replace(probe, []byte("can this folder be written?\n")), os.Remove(probe)); err != nil {
		return nil, errors.Join(diskError(op, dir, err), lock.Close())
	}
	return s, nil
}

// Dir returns the folder, or "" for memory.
func (s *Store) Dir() string { return s.dir }

// Close gives the folder free. What was reserved or saved is already on disk.
func (s *Store) Close() error {
	if s.lock == nil {
		return nil
	}
	return s.lock.Close() // also ends the lock
}

// Keys returns the ticket keys as last saved, or nil if there are none yet.
func (s *Store) Keys() ([]byte, error) {
	if s.dir == "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.keys, nil
	}
	path := filepath.Join(s.dir, "keys.json")
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, diskError("read ticket keys", path, err)
	}
	return b, nil
}

// SaveKeys puts the ticket keys on disk, readable by the owner only. They must
// be there before the first ticket is signed with them.
func (s *Store) SaveKeys(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir == "" {
		s.keys = append([]byte(nil), b...)
		return nil
	}
	path := filepath.Join(s.dir, "keys.json")
	if err := s.replace(path, b); err != nil {
		return diskError("save ticket keys", path, err)
	}
	return nil
}

// Shop returns what is kept for the shop of that name, making it on first use.
// A shop whose file is damaged is an error of kind Invalid: to start anew would
// hand out numbers a second time, so that is for a person to decide.
func (s *Store) Shop(name string) (*Shop, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if shop := s.shops[name]; shop != nil {
		return shop, nil
	}
	shop, err := openShop(s, name)
	if err != nil {
		return nil, err
	}
	s.shops[name] = shop
	return shop, nil
}
