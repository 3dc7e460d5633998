//go:build !unix

package state

import (
	"os"
	"path/filepath"
)

// lockFolder only leaves the file: this system has no lock that ends with the
// process. Two processes on one folder are not noticed here.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, diskError("open data folder", dir, err)
	}
	return f, nil
}
