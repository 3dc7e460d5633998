package external

import (
	"errors"
	"log/slog"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// Config says who may ask, and how it is seen which replicas there are.
type Config struct {
	// Shop is the shop's name. A trigger that names another in its metadata is refused:
	// its address is that of another shop.
	Shop string
	// Listen is the address, host:port, where KEDA asks by gRPC. Empty: nobody asks here.
	Listen string
	// Allow are the networks that may ask besides this machine.
	Allow []netip.Prefix
	// Replicas is where all replicas are reached, one by one: its host name has the address
	// of each that is ready, as that of a headless Service has. nil: Origins has them.
	Replicas *url.URL
	// Origins are the replicas that the edge knows, and whether they answer. Needed without
	// Replicas.
	Origins func() []falochron.ReplicaVitals
	// Timeout bounds the look-up of the name. Zero means 5 s.
	Timeout time.Duration
	// Log hears who is turned away. nil = silent.
	Log *slog.Logger
}

func (c Config) check() error {
	var faults []error
	bad := func(wrong bool, what, hint string) {
		if wrong {
			faults = append(faults, &falochron.Error{Kind: falochron.Invalid, Op: "serve the wanted number", Public: what, Hint: hint})
		}
	}
	if u := c.Replicas; u != nil {
		_, err := strconv.ParseUint(u.Port(), 10, 16)
		bad(u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || err != nil || u.User != nil || u.Path != "" && u.Path != "/",
			"where the replicas are is no http://name:port", "for example http://shop-pods.shop.svc.cluster.local:8080")
	}
	bad(c.Replicas == nil && c.Origins == nil, "nobody says which replicas there are", "name where they are reached")
	bad(c.Timeout < 0, "the time-out is negative", "for example 5s")
	return errors.Join(faults...)
}

// may says whether somebody at an address may ask.
func (c Config) may(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if ip.IsLoopback() {
		return true
	}
	for _, p := range c.Allow {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

var _ fleet.Driver = (*Driver)(nil)
