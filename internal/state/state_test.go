package state

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

const lips = "lips.example"

func open(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func shopOf(t testing.TB, s *Store) *Shop {
	t.Helper()
	shop, err := s.Shop(lips)
	if err != nil {
		t.Fatal(err)
	}
	return shop
}

// both runs a test on a folder, reopening it, and on memory, where nothing is
// reopened: the two must not differ for a caller.
func both(t *testing.T, test func(t *testing.T, s *Store, reopen func() *Store)) {
	t.Run("folder", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "new", "data")
		s := open(t, dir)
		test(t, s, func() *Store {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, dir)
			return s
		})
	})
	t.Run("memory", func(t *testing.T) {
		s := Memory()
		test(t, s, func() *Store { return s })
	})
}

func TestWhatIsKept(t *testing.T) {
	both(t, func(t *testing.T, s *Store, reopen func() *Store) {
		shop := shopOf(t, s)
		epoch := shop.Epoch()
		if epoch == 0 {
			t.Error("epoch is zero")
		}
		if got, err := shop.LoadRoom(); got != nil || err != nil {
			t.Error("a new shop has a line:", got, err)
		}
		if keys, err := s.Keys(); keys != nil || err != nil {
			t.Error("a new folder has keys:", keys, err)
		}
		for want := uint64(1); want < 1000; want += 100 {
			if from, err := shop.Reserve(100); from != want || err != nil {
				t.Fatalf("reserved from %d, want %d: %v", from, want, err)
			}
		}
		start := time.Date(2026, 3, 5, 20, 0, 0, 0, time.UTC)
		seed, err := shop.Seed(start)
		if err != nil || seed == [32]byte{} {
			t.Fatal(seed, err)
		}
		if err := errors.Join(shop.SaveRoom([]byte("first")), shop.SaveRoom([]byte("second")), s.SaveKeys([]byte("secret"))); err != nil {
			t.Fatal(err)
		}

		s = reopen()
		shop = shopOf(t, s)
		if shop.Epoch() != epoch || shop.Reserved() != 1001 {
			t.Errorf("epoch %d, reserved %d; want %d, 1001", shop.Epoch(), shop.Reserved(), epoch)
		}
		if from, err := shop.Reserve(1); from != 1001 || err != nil {
			t.Error("reserved from", from, err)
		}
		if again, err := shop.Seed(start.In(time.FixedZone("Warsaw", 3600))); again != seed || err != nil {
			t.Error("another seed for the same start:", err)
		}
		if other, err := shop.Seed(start.Add(time.Hour)); other == seed || err != nil {
			t.Error("the same seed for another start:", err)
		}
		if got, err := shop.LoadRoom(); string(got) != "second" || err != nil {
			t.Errorf("line %q, %v", got, err)
		}
		if got, err := s.Keys(); string(got) != "secret" || err != nil {
			t.Errorf("keys %q, %v", got, err)
		}
		if other, err := s.Shop("nails.example"); err != nil || other.Epoch() == epoch || other.Reserved() != 1 {
			t.Error("shops are not apart:", err)
		}
	})
}

func TestOnlyTheOwnerReadsTheKeys(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := open(t, dir)
	if err := s.SaveKeys([]byte("secret")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{"": 0o700, "keys.json": 0o600} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v: %v", name, info.Mode().Perm(), want, err)
		}
	}
}

func TestOneProcessPerFolder(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	_, err := Open(dir)
	if falochron.KindOf(err) != falochron.Conflict || falochron.HintOf(err) == "" || !strings.Contains(err.Error(), "in use by process ") {
		t.Error("second process:", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]struct {
		kind falochron.Kind
		text string
	}{
		file:                       {falochron.Invalid, "is a file, not a folder"},
		filepath.Join(file, "sub"): {falochron.Unavailable, "leads through a file"},
		"/proc/falochron":          {falochron.Unavailable, "cannot be used"},
	} {
		_, err := Open(dir)
		if falochron.KindOf(err) != want.kind || falochron.HintOf(err) == "" || !strings.Contains(err.Error(), want.text) {
			t.Errorf("%s: %v (hint %q)", dir, err, falochron.HintOf(err))
		}
	}
	if os.Getuid() != 0 { // root may write anywhere
		dir := filepath.Join(t.TempDir(), "closed")
		if err := os.Mkdir(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); !strings.Contains(err.Error(), "may not be read or written") {
			t.Error(err)
		}
	}
	for cause, want := range map[error]string{
		syscall.ENOSPC: "the disk is full", syscall.EDQUOT: "the disk is full",
		syscall.EACCES: "may not be read or written", syscall.EROFS: "read-only", syscall.EIO: "cannot be used",
	} {
		err := diskError("op", "/data", &fs.PathError{Op: "write", Path: "/data", Err: cause})
		if falochron.HintOf(err) == "" || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", cause, err)
		}
	}
}

// TestFullDisk: numbers go on in memory, each failure is reported, and the first
// success makes up for all of them.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	shop := shopOf(t, s)
	if _, err := shop.Reserve(10); err != nil {
		t.Fatal(err)
	}
	s.replace = func(path string, _ []byte) error {
		return &fs.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
	}
	start := time.Date(2026, 3, 5, 20, 0, 0, 0, time.UTC)
	seed, seedErr := shop.Seed(start)
	from1, err1 := shop.Reserve(10)
	from2, err2 := shop.Reserve(10)
	for what, err := range map[string]error{
		"reserve": err1, "reserve again": err2, "seed": seedErr,
		"line": shop.SaveRoom([]byte("x")), "keys": s.SaveKeys([]byte("x")),
	} {
		if falochron.KindOf(err) != falochron.Unavailable || !strings.Contains(err.Error(), "the disk is full") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if from1 != 11 || from2 != 21 {
		t.Errorf("reserved from %d and %d, want 11 and 21", from1, from2)
	}
	s.replace = replaceFile
	if again, err := shop.Seed(start); again != seed || err != nil {
		t.Error("the seed was lost:", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := shopOf(t, open(t, dir)).Reserved(); got != 31 {
		t.Errorf("reserved up to %d, want 31", got)
	}
}

func TestDamage(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	shop := shopOf(t, s)
	if err := shop.SaveRoom([]byte("line")); err != nil {
		t.Fatal(err)
	}
	folder := shop.dir
	good, err := os.ReadFile(filepath.Join(folder, "shop.json"))
	if err != nil {
		t.Fatal(err)
	}
	for what, bad := range map[string]string{
		"empty":      "",
		"cut":        string(good[:len(good)/2]),
		"two values": string(good) + "{}",
		"version":    strings.Replace(string(good), `"version": 1`, `"version": 2`, 1),
		"other shop": strings.Replace(string(good), lips, "nails.example", 1),
		"no numbers": strings.Replace(string(good), `"reserved": 1`, `"reserved": 0`, 1),
		"unknown":    strings.Replace(string(good), `"reserved"`, `"other"`, 1),
		"bad seed":   strings.Replace(string(good), `"reserved": 1`, `"reserved": 1, "starts": [{"seed": "00"}]`, 1),
	} {
		if bad == string(good) {
			t.Fatal(what, "changes nothing")
		}
		if err := os.WriteFile(filepath.Join(folder, "shop.json"), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		s.shops = map[string]*Shop{}
		if _, err := s.Shop(lips); falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, bad := range map[string]string{
		"empty": "", "text": "not a line", "other epoch": lineMagic + "\xff\xff\xff\xffline",
	} {
		if err := os.WriteFile(filepath.Join(folder, "line"), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if b, err := shop.LoadRoom(); b != nil || falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
			t.Errorf("%s: %q, %v", what, b, err)
		}
	}
}

// A crash between writing and renaming leaves a half-written file beside the
// good one. It is not looked at.
func TestLeftoverOfACrash(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	shop := shopOf(t, s)
	if err := shop.SaveRoom([]byte("good")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(shop.dir, "line.new"), []byte("hal"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := shop.LoadRoom(); string(got) != "good" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if err := shop.SaveRoom([]byte("better")); err != nil {
		t.Fatal(err)
	}
	if got, err := shop.LoadRoom(); string(got) != "better" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestFolderNames(t *testing.T) {
	seen := map[string]string{}
	for _, shop := range []string{"", ".", "..", "a", "A", "a.b", "a/b", "a%2Fb", "../../etc", "a_b", "żółw.example", "a ", "con"} {
		name := folderName(shop)
		if other, ok := seen[strings.ToLower(name)]; ok {
			t.Errorf("%q and %q share folder %s", shop, other, name)
		}
		seen[strings.ToLower(name)] = shop
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") {
			t.Errorf("%q is kept in %q", shop, name)
		}
	}
}
