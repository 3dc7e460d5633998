package state

import (
	"maps"
	"testing"

	"github.com/falochron/falochron"
)

// What is sold out can be read beside the program that has the folder; of what is not
// there nothing is known.
func TestSoldOutIsReadBesideTheOwner(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	shop, err := s.Shop("Lip stick")
	if err != nil {
		t.Fatal(err)
	}
	if got := SoldOut(dir, "Lip stick"); got != nil {
		t.Errorf("before any order: %v", got)
	}
	gone := map[string]bool{"/p/red": true, "/p/ó": true}
	if err := shop.SaveOrders(falochron.Snapshot{}, falochron.Snapshot{SoldOut: gone}); err != nil {
		t.Fatal(err)
	}
	if got := SoldOut(dir, "Lip stick"); !maps.Equal(got, gone) {
		t.Errorf("%v, want %v", got, gone)
	}
	if got := SoldOut(dir, "other"); got != nil {
		t.Errorf("of another shop: %v", got)
	}
}
