package fresh

import (
	"slices"
	"time"
)

// Policy is what a cache may do beyond what an answer says of itself, as far as
// somebody who knows the shop vouches for it. The zero value adds nothing.
type Policy struct {
	// Static says that the request is for a file by its class; then any explicit
	// freshness will do, since files need no public to be the same for all. An
	// answer that is a page or data after all is none, whatever its address.
	Static bool
	// FileLife is how long a file may be kept of which the answer says nothing but when it
	// was changed (Last-Modified), as web servers do that nobody has set up: nginx, Apache
	// and Node's. Programs that make an answer for somebody do not say that. 0 = it is not kept.
	FileLife time.Duration
	// Missing says that whoever asks for a file is anonymous: that there is none (404,
	// 410) may then be kept for ErrorLife where the answer says nothing of itself. Shops
	// make a whole page to say so, and browsers ask every shop for files such as
	// /favicon.ico by themselves.
	Missing bool
	// Described says that the shop's software is known. Missing then covers a 404 or 410
	// whatever it says of itself, as these shops forbid to store every error, and a
	// redirect that says nothing: that a file is elsewhere. It never covers a redirect that
	// forbids, which may lead to a page of the visitor's own.
	Described bool
	// Micro is how long an answer may be kept that says nothing about caching. 0 =
	// it is not kept.
	Micro time.Duration
	// Compared says that all that is known for Micro is that pages were found to be
	// alike: it counts for a 200 only, since errors and redirects were not looked at. A
	// redirect may give each visitor a session in his address.
	Compared bool
	// Override says that no-store, no-cache, private, Pragma and an Expires in the
	// past do not count against Micro: what is asked for is proven to be the same
	// for all, and the owner agreed.
	Override bool
	// Drop reports whether a cookie that an answer sets, by its name, is taken out
	// of what is shared. An answer that sets any other is not shared. nil = none.
	Drop func(cookie string) bool
	// Common reports whether a field of an answer that carries a token carries the same one
	// to everybody who is granted Micro. nil = none.
	Common func(field string) bool
	// WhileStale is how long after its life an answer may be used while a new one
	// is fetched, where it does not say so itself (RFC 5861 section 3).
	WhileStale time.Duration
	// IfError is how long after its life an answer may be used while the shop fails
	// or is at its limit, where it does not say so itself (RFC 5861 section 4).
	IfError time.Duration
	// Most is the longest life of an answer that is no file, whatever it says of
	// itself: of a shop that counts on telling its cache what has changed, when nobody tells us. 0 = as
	// long as it says.
	Most time.Duration
	// ErrorLife is the longest life of an answer whose status is 400 or more. 0 =
	// it is not kept.
	ErrorLife time.Duration
}

// Grants are the parts of a policy that let an answer be kept which would not be
// kept without.
type Grants uint8

// The grants.
const (
	GrantStatic    Grants = 1 << iota // Policy.Static
	GrantMicro                        // Policy.Micro
	GrantOverride                     // Policy.Override, together with Micro
	GrantDrop                         // Policy.Drop
	GrantMissing                      // Policy.Missing, together with Static
	GrantDescribed                    // Policy.Described, together with Missing
)

// Grants says what the policy grants.
func (p Policy) Grants() (g Grants) {
	if p.Static {
		g |= GrantStatic
		if p.Missing {
			g |= GrantMissing
			if p.Described {
				g |= GrantDescribed
			}
		}
	}
	if p.Micro > 0 {
		g |= GrantMicro
		if p.Override {
			g |= GrantOverride
		}
	}
	if p.Drop != nil {
		g |= GrantDrop
	}
	return g
}

// Cover reports whether everything needed is granted.
func (g Grants) Cover(needed Grants) bool { return needed&^g == 0 }

// Chooses is what of a Vary chooses the answer to a request under this policy.
// Micro is for somebody anonymous, whose cookies mean nothing but what is in the
// key: in the normal form that RFC 9111 section 4.1 allows, they are the same for
// all.
func (p Policy) Chooses(v Vary) Vary {
	if p.Micro <= 0 || !slices.Contains(v, "Cookie") {
		return v
	}
	return slices.DeleteFunc(slices.Clone(v), func(name string) bool { return name == "Cookie" })
}
