package fresh

import (
	"strconv"
	"time"
)

// Forward says why an answer came from the shop, in the words of RFC 9211
// section 2.2. Empty means it did not.
type Forward string

// The reasons to forward.
const (
	Bypass   Forward = "bypass"    // the cache was configured not to handle the request
	Method   Forward = "method"    // the method's semantics require it
	URIMiss  Forward = "uri-miss"  // nothing stored under this URL
	VaryMiss Forward = "vary-miss" // something stored, but for other request fields
	Request  Forward = "request"   // the request itself asks for what the cache does not do
	Stale    Forward = "stale"     // what is stored is not fresh
)

// CacheStatus is one member of the Cache-Status field (RFC 9211): ours.
type CacheStatus struct {
	Hit       bool
	Fwd       Forward
	FwdStatus int           // status the shop answered with; 0 = not said
	TTL       time.Duration // remaining freshness, negative when stale; said on hits, when Stored and when InVain
	Stored    bool
	InVain    bool // the shop was asked, but what is stored went out
	Collapsed bool
	Detail    string // a token: the reason in our own vocabulary
}

// String renders the member under the name falochron.
func (s CacheStatus) String() string {
	var room [96]byte
	return string(s.Append(room[:0]))
}

// Append renders the member at the end of b.
func (s CacheStatus) Append(b []byte) []byte {
	b = append(b, "falochron"...)
	if s.Hit {
		b = append(b, "; hit"...)
	} else if s.Fwd != "" {
		b = append(b, "; fwd="...)
		b = append(b, s.Fwd...)
	}
	if s.FwdStatus != 0 {
		b = append(b, "; fwd-status="...)
		b = strconv.AppendInt(b, int64(s.FwdStatus), 10)
	}
	if s.Hit || s.Stored || s.InVain {
		b = append(b, "; ttl="...)
		b = strconv.AppendInt(b, wholeSeconds(s.TTL), 10)
	}
	if s.Stored {
		b = append(b, "; stored"...)
	}
	if s.Collapsed {
		b = append(b, "; collapsed"...)
	}
	if s.Detail != "" {
		b = append(b, "; detail="...)
		b = append(b, s.Detail...)
	}
	return b
}

// wholeSeconds rounds down, so that what is stale by a moment says so.
func wholeSeconds(d time.Duration) int64 {
	n := int64(d / time.Second)
	if d%time.Second < 0 {
		n--
	}
	return n
}
