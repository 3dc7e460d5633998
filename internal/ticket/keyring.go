package ticket

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/falochron/falochron"
)

const (
	ringVersion = 1
	keyBytes    = 32
	maxKeys     = 64 // a ring never needs more: keys older than the longest life go
)

// Keyring holds the keys of one data folder. The newest signs; the others only
// verify. It is immutable: [Keyring.Rotate] returns another one, so it may be
// shared freely.
type Keyring struct {
	root [keyBytes]byte // names sessions; never rotated, so that a copied ticket keeps its session
	keys []key          // oldest first
}

type key struct {
	id      uint16
	created time.Time
	secret  [keyBytes]byte
}

// NewKeyring returns a ring with one key, made from random (crypto/rand.Reader).
func NewKeyring(now time.Time, random io.Reader) (*Keyring, error) {
	k := &Keyring{keys: []key{{id: 1, created: now}}}
	for _, b := range [][]byte{k.root[:], k.keys[0].secret[:]} {
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, &falochron.Error{Kind: falochron.Internal, Op: "make ticket keys", Err: err}
		}
	}
	return k, nil
}

// Rotate returns a ring whose newest key is new. Old keys stay until longest has
// passed since the key that replaced them was made: no ticket outlives its key.
func (k *Keyring) Rotate(now time.Time, longest time.Duration, random io.Reader) (*Keyring, error) {
	out := &Keyring{root: k.root}
	for i, old := range k.keys {
		replaced := now
		if i+1 < len(k.keys) {
			replaced = k.keys[i+1].created
		}
		if !now.After(replaced.Add(longest)) {
			out.keys = append(out.keys, old)
		}
	}
	if len(out.keys) >= maxKeys {
		return nil, &falochron.Error{
			Kind: falochron.Conflict, Op: "rotate ticket keys",
			Public: fmt.Sprintf("there are %d keys that tickets may still depend on", len(out.keys)),
			Hint:   fmt.Sprintf("rotate more seldom: a key is kept for %v after the next one", longest),
		}
	}
	next := key{id: k.newest().id + 1, created: now} // wraps after 65,535 rotations; ids in use differ
	if next.id == 0 {
		next.id = 1
	}
	if _, err := io.ReadFull(random, next.secret[:]); err != nil {
		return nil, &falochron.Error{Kind: falochron.Internal, Op: "make ticket keys", Err: err}
	}
	out.keys = append(out.keys, next)
	return out, nil
}

func (k *Keyring) newest() *key { return &k.keys[len(k.keys)-1] }

// Newest returns when the signing key was made, to know when to rotate.
func (k *Keyring) Newest() time.Time { return k.newest().created }

type ringFile struct {
	Version int       `json:"version"`
	Root    []byte    `json:"root"`
	Keys    []keyFile `json:"keys"`
}

type keyFile struct {
	ID      uint16    `json:"id"`
	Created time.Time `json:"created"`
	Secret  []byte    `json:"secret"`
}

// Marshal returns the ring as it is kept on disk, in a file only its owner may
// read (mode 0600): JSON with the secrets in base64.
func (k *Keyring) Marshal() []byte {
	f := ringFile{Version: ringVersion, Root: k.root[:]}
	for i := range k.keys {
		f.Keys = append(f.Keys, keyFile{ID: k.keys[i].id, Created: k.keys[i].created.UTC(), Secret: k.keys[i].secret[:]})
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		panic(err) // only a type that JSON does not know could do this
	}
	return append(b, '\n')
}

// ParseKeyring reads what [Keyring.Marshal] wrote. Anything else is an
// [falochron.Error] of kind Invalid; no secret is quoted in it.
func ParseKeyring(b []byte) (*Keyring, error) {
	bad := func(format string, args ...any) (*Keyring, error) {
		return nil, &falochron.Error{
			Kind: falochron.Invalid, Op: "read ticket keys", Public: fmt.Sprintf(format, args...),
			Hint: "restore the key file from a backup; if it is moved away, new keys are made and everybody in line starts anew",
		}
	}
	var f ringFile
	if err := json.Unmarshal(b, &f); err != nil {
		return bad("the key file is not valid JSON")
	}
	if f.Version != ringVersion {
		return bad("the key file has version %d, this program reads %d", f.Version, ringVersion)
	}
	if len(f.Root) != keyBytes || len(f.Keys) < 1 || len(f.Keys) > maxKeys {
		return bad("the key file holds %d keys and a root of %d bytes", len(f.Keys), len(f.Root))
	}
	k := &Keyring{}
	copy(k.root[:], f.Root)
	seen := map[uint16]bool{}
	for _, kf := range f.Keys {
		if kf.ID == 0 || seen[kf.ID] || len(kf.Secret) != keyBytes {
			return bad("key %d in the key file is twice there, zero, or not %d bytes long", kf.ID, keyBytes)
		}
		seen[kf.ID] = true
		one := key{id: kf.ID, created: kf.Created}
		copy(one.secret[:], kf.Secret)
		k.keys = append(k.keys, one)
	}
	return k, nil
}
