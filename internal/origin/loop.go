package origin

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// newMark makes a pool's name for Via and CDN-Loop. It is drawn anew for each
// pool: a request of another edge, or for another shop behind this one, may well
// pass here once.
func newMark() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return "falochron-" + hex.EncodeToString(b[:])
}

// loopLogged is how often a loop is logged; in one, every request is a line.
const loopLogged = time.Minute

// CheckLoop returns an error for the header of a request that this pool has sent
// out before: the shop's address leads back to us, be it by a DNS name, a load
// balancer or a CDN. It holds for visitors' requests, for fills and for checks
// alike. Asked before the line and the cache it also prevents a fill from
// waiting for itself.
func (p *Pool) CheckLoop(header http.Header) error {
	if !p.sentBefore(header) {
		return nil
	}
	now := time.Now()
	p.mu.Lock()
	say := p.lastLoop.IsZero() || now.Sub(p.lastLoop) >= loopLogged
	if say {
		p.lastLoop = now
	}
	p.mu.Unlock()
	err := &falochron.Error{
		Kind: falochron.Unavailable, Op: "forward to the shop", Public: "the shop's address leads back to this edge",
		Hint: "give as origin the address of the shop's own server, not the name that visitors use",
	}
	if say {
		p.log.Error("request loop", "error", err, "hint", err.Hint, "origin", p.replicas[0].URL())
	}
	return err
}

func (p *Pool) sentBefore(header http.Header) bool {
	for _, name := range [...]string{"Cdn-Loop", "Via"} {
		for _, line := range header[name] {
			if strings.Contains(line, p.mark) {
				return true
			}
		}
	}
	return false
}

// signLoop marks a request as sent by this pool (RFC 8586).
func (p *Pool) signLoop(header http.Header) { header.Add("Cdn-Loop", p.mark) }

// announce says in a visitor's request that it came through here, by the
// protocol version it arrived with.
//
// RFC 9110, section 7.6.3, wants Via in each request. But nginx takes it as a
// reason not to compress (gzip_proxied is off by default, and Debian's
// configuration leaves it so), and a shop's pages would come four times as
// large. So a request that asks for a compressed answer, and has come through no
// other proxy, goes without. Loops are known by CDN-Loop, which always goes.
func (p *Pool) announce(header http.Header, major, minor int) {
	p.signLoop(header)
	if len(header["Via"]) == 0 && asksCoding(header) {
		return
	}
	header.Add("Via", strconv.Itoa(major)+"."+strconv.Itoa(minor)+" "+p.mark)
}

// asksCoding reports whether the answer may come compressed.
func asksCoding(header http.Header) bool {
	for _, line := range header["Accept-Encoding"] {
		for member := range strings.SplitSeq(line, ",") {
			name, _, _ := strings.Cut(member, ";")
			if name = strings.TrimSpace(name); name != "" && !strings.EqualFold(name, "identity") {
				return true
			}
		}
	}
	return false
}

// atMostOnce hides from the standard transport the fields by which it takes a
// request without a body for one that may be sent twice, whatever its method:
// the visitor wrote them, and the shop may know nothing of them. To the shop
// names in lower case are the same names.
func atMostOnce(header http.Header) {
	for _, name := range [...]string{"Idempotency-Key", "X-Idempotency-Key"} {
		if values, ok := header[name]; ok {
			delete(header, name)
			header[strings.ToLower(name)] = values
		}
	}
}
