package state

import (
	"os"
	"path/filepath"
	"testing"
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
