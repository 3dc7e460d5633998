package webhook

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// Config says where the host's API is, and how it knows us.
type Config struct {
	// URL takes POST, GET and DELETE. https, or http if Allow names its network.
	URL string
	// Key is what requests are signed with, 24 to 64 bytes; see [ParseKey].
	Key []byte
	// Allow are the networks the address may be in besides the public internet.
	Allow []netip.Prefix
	// Timeout bounds one call. Zero means 10 s.
	Timeout time.Duration
}

// ParseKey reads a key as Standard Webhooks writes it: whsec_ and base64. The error does
// not repeat it.
func ParseKey(text string) ([]byte, error) {
	coded, ok := strings.CutPrefix(strings.TrimSpace(text), "whsec_")
	key, err := base64.StdEncoding.DecodeString(coded)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "read the key of the host's API", Public: "it is not whsec_ with 24 to 64 bytes in base64",
			Hint: "make one with: echo whsec_$(openssl rand -base64 32)"}
	}
	return key, nil
}

func (c Config) check() (*url.URL, error) {
	var faults []error
	bad := func(wrong bool, what, hint string) {
		if wrong {
			faults = append(faults, &falochron.Error{Kind: falochron.Invalid, Op: "replicas by a host's API", Public: what, Hint: hint})
		}
	}
	u, err := url.Parse(c.URL)
	ok := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil && u.Fragment == ""
	bad(!ok, "the address is no http:// or https:// URL without user and fragment", "for example https://panel.hosting.example/shops/17/replicas")
	bad(ok && u.Scheme == "http" && len(c.Allow) == 0, "the address begins with http://", "use https://, or allow the network it is in by name")
	bad(len(c.Key) < 24 || len(c.Key) > 64, fmt.Sprintf("the key has %d bytes, must have 24 to 64", len(c.Key)), "make one with: echo whsec_$(openssl rand -base64 32)")
	bad(c.Timeout < 0, "the time-out is negative", "for example 10s")
	return u, errors.Join(faults...)
}
