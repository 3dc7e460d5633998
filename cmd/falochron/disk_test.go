package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A disk that refuses in mid-wave: the line goes on in memory, the fault is said
// once in ten seconds, and what was missed is saved when the disk is well again.
func TestDiskRefuses(t *testing.T) {
	t.Run("full", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal("no right to mount a small file system, and this is CI:", err)
			}
			t.Skip("needs the right to mount a small file system:", err)
		}
		t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }) // after the program's end
		filler := filepath.Join(dir, "filler")
		diskRefuses(t, filepath.Join(dir, "data"), "the disk is full",
			func() error { return fillDisk(filler) },
			func() error { return os.Remove(filler) })
	})
	t.Run("folder gone", func(t *testing.T) {
		t.Parallel()
		data := filepath.Join(t.TempDir(), "data")
		shop := filepath.Join(data, "shops", "shop")
		diskRefuses(t, data, "no such file or directory",
			func() error { return os.Rename(shop, shop+".away") },
			func() error { return os.Rename(shop+".away", shop) })
	})
}

// fillDisk writes until nothing more goes in.
func fillDisk(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	for block := make([]byte, 64<<10); len(block) > 0; {
		if _, err := f.Write(block); err != nil {
			block = block[:len(block)/2]
		}
	}
	return nil
}

func diskRefuses(t *testing.T, data, said string, refuse, heal func() error) {
	shop := shopFor(t, "shop")
	args := []string{"--origin", shop.URL, "--mode", "hold", "--data", data}
	p := start(t, args...)
	early := newFan(0, p.url, "x")
	stands := func(f *fan, edge string) (ahead int) {
		t.Helper()
		f.edge = edge
		if len(f.places) == 0 {
			if _, h, _, err := f.do(t.Context(), http.MethodGet, "/p/x", nil); err != nil || h.Get("Falochron-State") != "held" {
				t.Fatalf("%v %v, not the line", h, err)
			}
		}
		var st struct {
			State string
			Ahead int
		}
		_, _, body, err := f.do(t.Context(), http.MethodGet, "/.falochron/status", nil)
		if err == nil {
			err = json.Unmarshal([]byte(body), &st)
		}
		if err != nil || st.State != "held" {
			t.Fatalf("%v, %s", err, body)
		}
		return st.Ahead
	}
	stands(early, p.url)
	line := filepath.Join(data, "shops", "shop", "line")
	poll(t, "the first picture is saved", func() bool { _, err := os.Stat(line); return err == nil })
	was, err := os.ReadFile(line)
	if err != nil {
		t.Fatal(err)
	}
	if err := refuse(); err != nil {
		t.Fatal(err)
	}
	late := newFan(1, p.url, "x")
	if got := stands(late, p.url); got != 1 {
		t.Errorf("%d people ahead of the second", got)
	}
	p.logs("the line goes on in memory")
	// Two more pictures are tried in this time, without another word.
	for end := time.Now().Add(2200 * time.Millisecond); time.Now().Before(end); {
		stands(late, p.url)
	}
	if log := p.err.String(); strings.Count(log, "the line goes on in memory") != 1 || !strings.Contains(log, said) {
		t.Errorf("the log:\n%s", log)
	}
	if err := heal(); err != nil {
		t.Fatal(err)
	}
	// Nothing more happens in the line, but what was not saved is saved.
	poll(t, "the picture is saved", func() bool {
		is, err := os.ReadFile(line)
		return err == nil && string(is) != string(was)
	})
	p.signal(syscall.SIGKILL)
	p.end()
	p = start(t, args...)
	for n, f := range []*fan{early, late} {
		if got := stands(f, p.url); got != n || len(f.places) != 1 {
			t.Errorf("fan %d: %d people ahead, %d places given", n, got, len(f.places))
		}
	}
}
