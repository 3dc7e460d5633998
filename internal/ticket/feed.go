package ticket

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
)

// Feeds seals and opens the addresses of a party's calendar, and knows the secrets by
// which programs sign what they send for it. It is safe for concurrent use.
//
// Both belong to a grant of the plan, as a link does ([Links]), and end with it. None
// opens what another does: an address that was typed into some calendar shows times and
// lets nobody act, and a secret opens no page. Nothing of them is kept anywhere.
type Feeds struct {
	feed []purposeKey
	root [keyBytes]byte
}

// Feeds returns what seals and opens with this ring, and with every ring that is made
// from it by [Keyring.Rotate].
func (k *Keyring) Feeds() *Feeds {
	return &Feeds{feed: []purposeKey{derive(0, k.root[:], "plan-feed", "")}, root: k.root}
}

// Seal returns the token of a calendar's address: letters, digits, "-" and "_".
func (f *Feeds) Seal(grant string) string { return seal(f.feed, []byte(grant)) }

// Open returns the grant that such a token names. The error is a [Fault].
func (f *Feeds) Open(token string) (grant string, err error) { return openGrant(f.feed, token) }

// HookSecret is the secret of 32 bytes by which whoever has the grant signs what a
// program of theirs sends. There is one for every name; whether there is such a grant
// is for the plan to say.
func (f *Feeds) HookSecret(grant string) []byte { return f.derived("plan-hook\x00" + grant) }

// Mark tells the ids of this data folder from those of others where both meet, as in
// somebody's calendar. It is no secret.
func (f *Feeds) Mark() string { return hex.EncodeToString(f.derived("plan-mark\x00")[:6]) }

func (f *Feeds) derived(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, f.root[:], nil, "falochron ticket v1\x00"+purpose, sha256.Size)
	if err != nil {
		panic(err) // only for lengths that are constants here
	}
	return key
}
