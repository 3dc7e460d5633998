package state

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What is usual at a shop survives a restart; of a file that is too long no more is read
// than one can be.
func TestWhatIsUsualSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	open := func() (*Store, *Shop) {
		t.Helper()
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		shop, err := s.Shop("lip")
		if err != nil {
			t.Fatal(err)
		}
		return s, shop
	}
	s, shop := open()
	if b, err := shop.LoadRadar(); b != nil || err != nil {
		t.Errorf("of nothing: %q, %v", b, err)
	}
	if err := shop.SaveRadar([]byte(`{"version":1}`)); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	s, shop = open()
	defer s.Close()
	if b, err := shop.LoadRadar(); string(b) != "{\"version\":1}\n" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	path := filepath.Join(shop.dir, "radar.json")
	if err := os.WriteFile(path, make([]byte, 2*maxLearnt), 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := shop.LoadRadar(); len(b) != maxLearnt || err != nil {
		t.Errorf("of a file that nobody wrote %d bytes were read: %v", len(b), err)
	}
}

func TestWhatIsUsualIsKeptInMemoryWithoutAFolder(t *testing.T) {
	s := Memory()
	defer s.Close()
	shop, err := s.Shop("lip")
	if err != nil {
		t.Fatal(err)
	}
	said := []byte("usual")
	if err := shop.SaveRadar(said); err != nil {
		t.Fatal(err)
	}
	said[0] = 'x'
	if b, err := shop.LoadRadar(); string(b) != "usual" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}

// Of the waves of a shop the newest are kept; what somebody else has put beside them stays.
func TestTheNewestWavesAreKept(t *testing.T) {
	data := t.TempDir()
	s, err := Open(data)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	shop, err := s.Shop("Lip & Nail")
	if err != nil {
		t.Fatal(err)
	}
	dir := WavesFolder(data, "Lip & Nail")
	first := time.Date(2026, 11, 27, 20, 3, 12, 0, time.FixedZone("", 3600))
	for i := range wavesKept + 3 {
		if i == 1 {
			if err := os.WriteFile(filepath.Join(dir, "0-mine.trace"), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := shop.SaveWave(first.Add(time.Duration(i)*time.Hour), []byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != wavesKept+1 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	if name := entries[1].Name(); entries[0].Name() != "0-mine.trace" || name != "2026-11-27T220312Z.trace" {
		t.Errorf("the oldest are %s and %s", entries[0].Name(), name)
	}
	if b, err := shop.LoadNowcast(); b != nil || err != nil {
		t.Errorf("figures of nobody: %q, %v", b, err)
	}
	if err := os.WriteFile(NowcastFile(data, "Lip & Nail"), []byte("figures"), 0o644); err != nil {
		t.Fatal(err)
	}
	if b, err := shop.LoadNowcast(); string(b) != "figures" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}

func TestWithoutAFolderNoWaveIsKept(t *testing.T) {
	s := Memory()
	defer s.Close()
	shop, err := s.Shop("lip")
	if err != nil {
		t.Fatal(err)
	}
	if err := shop.SaveWave(time.Now(), []byte("x")); err != nil {
		t.Error(err)
	}
	if b, err := shop.LoadNowcast(); b != nil || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}
