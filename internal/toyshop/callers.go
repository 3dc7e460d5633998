package toyshop

import (
	"maps"
	"net/http"
	"sync"
)

// maxCallers bounds how many addresses are told apart: more than any demo's fans have.
const maxCallers = 1 << 16

// Callers are the requests that came to a shop, by whose they are. No visitor ever sees
// it; whoever sends an attack through a front learns by it how much of it came through.
type Callers struct {
	// ByAddress counts requests by their client: the last address of X-Forwarded-For, or
	// without that field the one that connects.
	ByAddress map[string]int `json:"by_address"`
	// Beyond are those in no address, because more addresses came than a shop remembers.
	Beyond int `json:"beyond"`
}

// callers counts them at the shop's door.
type callers struct {
	mu   sync.Mutex // guards seen
	seen Callers
}

func newCallers() *callers { return &callers{seen: Callers{ByAddress: map[string]int{}}} }

// watch counts what comes to the shop behind next.
func (c *callers) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.note(clientAddress(r, 1))
		next.ServeHTTP(w, r)
	})
}

func (c *callers) note(address string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.seen.ByAddress[address]; !known && len(c.seen.ByAddress) >= maxCallers {
		c.seen.Beyond++
		return
	}
	c.seen.ByAddress[address]++
}

// all is what has come so far.
func (c *callers) all() Callers {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.seen
	all.ByAddress = maps.Clone(c.seen.ByAddress)
	return all
}
