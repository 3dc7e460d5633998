package state

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/falochron/falochron"
)

const (
	shopVersion = 1
	maxSeeds    = 32 // starts whose seeds are kept; the oldest go
)

// Shop is what is kept for one shop. It is safe for concurrent use; its methods
// wait for the disk, so they are not for the request path.
type Shop struct {
	store *Store
	name  string
	dir   string // "" in memory

	mu   sync.Mutex // guards what follows, and the writing of shop.json
	file shopFile

	lineMu sync.Mutex // guards line (memory only), and the writing of the line's file
	line   []byte

	ordersMu sync.Mutex // guards orders (memory only), and orders.json
	orders   []byte

	sharingMu sync.Mutex // guards sharing (memory only), and sharing.json
	sharing   []byte

	announcedMu sync.Mutex // guards announced (memory only), and announced.json
	announced   []byte

	radar, fleet, nowcast learnt

	wavesMu sync.Mutex // serialises the writing of waves
}

// shopFile is shop.json. Epoch and reserved numbers are in one file on purpose:
// one cannot be lost without the other.
type shopFile struct {
	Version  int        `json:"version"`
	Shop     string     `json:"shop"`
	Epoch    uint32     `json:"epoch"`
	Reserved uint64     `json:"reserved"` // the first number that was never reserved
	Starts   []seedFile `json:"starts,omitempty"`
}

type seedFile struct {
	Start time.Time `json:"start"`
	Seed  string    `json:"seed"` // 64 hex digits
}

// shopFolder is where a shop's files lie in a data folder.
func shopFolder(data, shop string) string { return filepath.Join(data, "shops", folderName(shop)) }

func openShop(s *Store, name string) (*Shop, error) {
	shop := &Shop{store: s, name: name}
	if s.dir == "" {
		shop.file = newShopFile(name)
		return shop, nil
	}
	shop.dir = shopFolder(s.dir, name)
	path := filepath.Join(shop.dir, "shop.json")
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return shop, shop.create()
	case err != nil:
		return nil, diskError("open shop "+name, path, err)
	}
	if err := shop.file.parse(b, name); err != nil {
		return nil, &falochron.Error{
			Kind: falochron.Invalid, Op: "open shop " + name,
			Public: path + " is damaged", Err: err,
			Hint: "restore it from a backup; if you move the folder " + shop.dir + " away, the line starts anew and everybody in it gets a new place",
		}
	}
	return shop, nil
}

func newShopFile(name string) shopFile {
	f := shopFile{Version: shopVersion, Shop: name, Reserved: 1}
	var b [4]byte
	for f.Epoch == 0 {
		rand.Read(b[:])
		f.Epoch = binary.BigEndian.Uint32(b[:])
	}
	return f
}

// create makes the folder and writes the epoch before anybody learns it.
func (s *Shop) create() error {
	s.file = newShopFile(s.name)
	op := "make a folder for shop " + s.name
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return diskError(op, s.dir, err)
	}
	shops := filepath.Dir(s.dir)
	if err := errors.Join(syncFolder(shops), syncFolder(filepath.Dir(shops))); err != nil {
		return diskError(op, s.dir, err)
	}
	return s.write(op, s.file)
}

func (f *shopFile) parse(b []byte, name string) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(f); err != nil {
		return err
	}
	switch {
	case d.More():
		return errors.New("something follows the value")
	case f.Version != shopVersion:
		return fmt.Errorf("version %d, this program reads %d", f.Version, shopVersion)
	case f.Shop != name:
		return fmt.Errorf("it belongs to shop %q", f.Shop)
	case f.Epoch == 0 || f.Reserved == 0:
		return errors.New("epoch or reserved number is missing")
	}
	for _, s := range f.Starts {
		if _, err := s.seed(); err != nil {
			return err
		}
	}
	return nil
}

func (s seedFile) seed() (seed [32]byte, err error) {
	b, err := hex.DecodeString(s.Seed)
	if err != nil || len(b) != len(seed) {
		return seed, errors.New("the seed of a start is not 64 hex digits")
	}
	return [32]byte(b), nil
}

func (s *Shop) write(op string, f shopFile) error {
	if s.dir == "" {
		return nil
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return &falochron.Error{Kind: falochron.Internal, Op: op, Err: err}
	}
	path := filepath.Join(s.dir, "shop.json")
	if err := s.store.replace(path, append(b, '\n')); err != nil {
		return diskError(op, path, err)
	}
	return nil
}

// Name returns the shop's name.
func (s *Shop) Name() string { return s.name }

// Epoch returns the number made when the shop was first opened in this folder.
// Tickets carry it: those of a folder that was lost are told apart. Never zero.
func (s *Shop) Epoch() uint32 { return s.file.Epoch } // never changes after opening

// Reserved returns the first sequence number that was never reserved. After a
// restart every number below it may have been issued.
func (s *Shop) Reserved() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.file.Reserved
}

// Reserve takes the next n sequence numbers, from the one returned on, off the
// disk's hands: when it returns without error they are never handed out again,
// whatever crashes. With an error the numbers are good as long as this process
// lives: the caller may go on with them, and reports that a crash now could hand
// them out a second time. The next Reserve that succeeds makes up for it.
func (s *Shop) Reserve(n uint64) (from uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from = s.file.Reserved
	s.file.Reserved += n
	return from, s.write("reserve places for shop "+s.name, s.file)
}

// KeepSeed notes that a start is drawn with a seed already shown to people by its
// hash: one that was moved. With an error the seed is good for this process only.
func (s *Shop) KeepSeed(start time.Time, seed [32]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	start = start.UTC().Truncate(time.Second)
	s.file.Starts = slices.DeleteFunc(s.file.Starts, func(f seedFile) bool { return f.Start.Equal(start) })
	s.addSeed(start, seed)
	return s.write("keep the seed of a start", s.file)
}

func (s *Shop) addSeed(start time.Time, seed [32]byte) {
	s.file.Starts = append(s.file.Starts, seedFile{Start: start, Seed: hex.EncodeToString(seed[:])})
	if n := len(s.file.Starts); n > maxSeeds {
		s.file.Starts = s.file.Starts[n-maxSeeds:]
	}
}

// Seed returns the seed of the draw for a start, making it on first use. When it
// returns without error the seed is on disk, and only then its hash may be
// published; a restart finds the same seed. With an error the seed is good for
// this process only.
func (s *Shop) Seed(start time.Time) (seed [32]byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	start = start.UTC().Truncate(time.Second)
	for _, known := range s.file.Starts {
		if known.Start.Equal(start) {
			seed, err = known.seed()
			if err != nil {
				return seed, err
			}
			return seed, s.write("keep the seed of a start", s.file) // again: it may have failed before
		}
	}
	rand.Read(seed[:])
	s.addSeed(start, seed)
	return seed, s.write("keep the seed of a start", s.file)
}
