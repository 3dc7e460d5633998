package control

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/falochron/falochron"
)

// TokenFile is the name of the admin token's file in the data folder.
const TokenFile = "admin-token"

// MinToken is the shortest token accepted, in bytes.
const MinToken = 16

// LoadOrCreateToken returns the admin token kept in dir, and makes one of 256
// random bits on the first start. The file belongs to its owner alone; one that
// others may read is refused, since it is no secret any more.
func LoadOrCreateToken(dir string) (string, error) {
	name := filepath.Join(dir, TokenFile)
	token, err := readToken(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return token, err
	}
	if err := createToken(name); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", tokenError(name, falochron.Unavailable, "the admin token cannot be written", "check owner, rights and free space of the data folder", err)
	}
	return readToken(name) // ours, or that of a process that was faster
}

func readToken(name string) (string, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err != nil {
		return "", tokenError(name, falochron.Unavailable, "the admin token cannot be read", "check owner and rights of the file", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", tokenError(name, falochron.Denied, fmt.Sprintf("others may read the admin token (mode %04o)", info.Mode().Perm()),
			"delete "+name+" to have a new one made, or chmod 600 it if nobody has read it", nil)
	}
	body, err := os.ReadFile(name)
	if err != nil {
		return "", tokenError(name, falochron.Unavailable, "the admin token cannot be read", "check owner and rights of the file", err)
	}
	token := strings.TrimSpace(string(body))
	if len(token) < MinToken || strings.ContainsAny(token, " \t\r\n") {
		return "", tokenError(name, falochron.Invalid, "the admin token's file does not hold a token", "delete "+name+" to have a new one made", nil)
	}
	return token, nil
}

// createToken writes a new token under another name first and links it into
// place, so that a crash leaves a whole file or none, and an existing one stays.
func createToken(name string) error {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)                                        // never fails (crypto/rand)
	f, err := os.CreateTemp(filepath.Dir(name), "."+TokenFile+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(base64.RawURLEncoding.EncodeToString(secret) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), name)
}

func tokenError(name string, kind falochron.Kind, public, hint string, err error) error {
	return &falochron.Error{Kind: kind, Op: "use admin token " + name, Public: public, Hint: hint, Err: err}
}

// sameSecret compares in time that depends on neither content nor length. An
// empty secret equals nothing.
func sameSecret(given, secret string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && secret != ""
}
