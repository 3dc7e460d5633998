package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/falochron/falochron"
)

// replaceFile writes data to path so that after a crash at any moment the file
// holds either the old or the new content: (1) write a temporary file beside it,
// (2) sync it, (3) rename it over the old one, (4) sync the folder.
func replaceFile(path string, data []byte) (err error) {
	tmp := path + ".new" // one writer per folder: the lock; one per file: a mutex
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return errors.Join(err, ignoreMissing(os.Remove(tmp))) // a full disk gets its space back
	}
	return syncFolder(filepath.Dir(path))
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// syncFolder makes a new name in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) { // a file system that does not know how
		err = nil
	}
	return errors.Join(err, d.Close())
}

// diskError turns what the system said into an error with a hint.
func diskError(op, path string, err error) error {
	e := &falochron.Error{Kind: falochron.Unavailable, Op: op, Err: err}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		e.Public = "the disk is full"
		e.Hint = "free some space under " + path + "; until then the line is kept in memory only, and a crash may lose places"
	case errors.Is(err, fs.ErrPermission):
		e.Public = path + " may not be read or written by this user"
		e.Hint = fmt.Sprintf("give it to user %d (chown), or choose another folder with --data", os.Getuid())
	case errors.Is(err, syscall.EROFS):
		e.Public = path + " is on a read-only file system"
		e.Hint = "choose another folder with --data"
	case errors.Is(err, syscall.ENOTDIR):
		e.Public = path + " leads through a file that is not a folder"
		e.Hint = "choose another folder with --data"
	default:
		e.Public = path + " cannot be used"
		e.Hint = "check the disk, or choose another folder with --data"
	}
	return e
}

// folderName makes a file name of a shop's name that is its own on every file
// system: small letters, digits, dash and inner dots stay, every other byte is
// written as %XX.
func folderName(shop string) string {
	if shop == "" {
		return "%"
	}
	var b strings.Builder
	for i := range len(shop) {
		switch c := shop[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '.' && i > 0 && i < len(shop)-1:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
