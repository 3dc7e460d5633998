package edge

import (
	"net/http"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fresh"
)

// What Cache-Status says (RFC 9211) where the cache itself says nothing.

// passing is said of an answer of the shop that the cache had no part in: by the order
// in force, by the method, or by what was asked for.
func (x *exchange) passing() fresh.CacheStatus {
	if x.cacheSays.Fwd != "" {
		return x.cacheSays
	}
	switch says := (fresh.CacheStatus{Fwd: fresh.Bypass}); {
	case x.snap.Mode == falochron.ModeOff || x.snap.Mode == falochron.ModeWatch:
		says.Detail = "mode-" + x.snap.Mode.String()
		return says
	case x.r.Method != http.MethodGet && x.r.Method != http.MethodHead:
		return fresh.CacheStatus{Fwd: fresh.Method, Detail: x.class.String()}
	case x.set.Cache == nil:
		says.Detail = "no-cache"
		return says
	default:
		says.Detail = x.purpose().String()
		return says
	}
}

// itself is said of an answer that the edge has made itself, without or in place of the
// shop's: the rule that decided, and, where the shop was asked in vain, why it was.
func (x *exchange) itself() fresh.CacheStatus {
	says := fresh.CacheStatus{Detail: x.verdict.Reason}
	if says.Detail == "" {
		says.Detail = x.verdict.Action.String()
	}
	if x.verdict.Action == falochron.Failed && x.asking {
		says.Fwd = x.passing().Fwd
	}
	return says
}

// purpose is what a request is for, whatever its sender says of himself: a cart that a
// browser fetches ahead of time, or a robot, is a cart.
func (x *exchange) purpose() falochron.Class {
	if x.class != falochron.ClassBot && x.class != falochron.ClassPrefetch {
		return x.class
	}
	q := x.asked
	q.Header = q.Header.Clone()
	for _, name := range [...]string{"User-Agent", "Sec-Purpose", "Purpose", "X-Purpose", "X-Moz", "X-Fb-Http-Engine"} {
		q.Header.Del(name)
	}
	return x.set.classify.ClassOf(q, x.body)
}
