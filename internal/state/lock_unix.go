//go:build unix

package state

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/falochron/falochron"
)

// lockFolder holds the folder for this process. The system gives the lock up
// when the process ends, however it ends; the file itself stays.
func lockFolder(dir string) (*os.File, error) {
	const op = "open data folder"
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, diskError(op, dir, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		who, _ := io.ReadAll(io.LimitReader(f, 20))
		f.Close()
		return nil, &falochron.Error{
			Kind: falochron.Conflict, Op: op,
			Public: fmt.Sprintf("%s is in use by process %s", dir, bytes.TrimSpace(who)),
			Hint:   "stop that process, or give this one its own folder with --data",
		}
	}
	if err == nil {
		_, err = f.WriteAt(fmt.Appendf(nil, "%-10d\n", os.Getpid()), 0)
	}
	if err != nil {
		f.Close()
		return nil, diskError(op, dir, err)
	}
	return f, nil
}
