package edge

import (
	"hash/maphash"
	"net/http"
	"sync"
)

// thanks knows the order pages lately shown to people without a place: a buyer
// may come back from the bank in another browser, and may reload the page that
// thanks for the order. It holds hashes only, of the last thanksKept pages.
type thanks struct {
	seed maphash.Seed

	mu    sync.Mutex // guards what follows
	shown map[uint64]struct{}
	ring  [thanksKept]uint64
	next  int
}

const thanksKept = 1024 // orders within which a reload is known; 16 minutes at one a second

func newThanks() *thanks {
	return &thanks{seed: maphash.MakeSeed(), shown: make(map[uint64]struct{})}
}

// first reports whether this order page has not been shown to this visitor
// lately: the same address with the same cookies of the shop.
func (t *thanks) first(r *http.Request) bool {
	var h maphash.Hash
	h.SetSeed(t.seed)
	for _, part := range append([]string{r.URL.RequestURI()}, r.Header["Cookie"]...) {
		_, _ = h.WriteString(part) // never fails, see hash/maphash
		_ = h.WriteByte(0)
	}
	sum := h.Sum64()
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.shown[sum]; known {
		return false
	}
	delete(t.shown, t.ring[t.next])
	t.shown[sum], t.ring[t.next] = struct{}{}, sum
	t.next = (t.next + 1) % thanksKept
	return true
}
