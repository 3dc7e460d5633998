package control

import (
	"math"
	"net/url"
	"slices"
	"time"

	"github.com/falochron/falochron"
)

// Orders is a snapshot as the API shows it.
type Orders struct {
	Version uint64         `json:"version"`
	Mode    falochron.Mode `json:"mode"`
	Ceiling int            `json:"ceiling"`         // 0 = none
	Start   *time.Time     `json:"start,omitempty"` // announced start
	SoldOut []string       `json:"sold_out"`        // paths, sorted
}

func ordersOf(s falochron.Snapshot) Orders {
	o := Orders{Version: s.Version, Mode: s.Mode, Ceiling: s.Ceiling, SoldOut: []string{}}
	if !s.Start.IsZero() {
		o.Start = &s.Start
	}
	for path, gone := range s.SoldOut {
		if gone {
			o.SoldOut = append(o.SoldOut, path)
		}
	}
	slices.Sort(o.SoldOut)
	return o
}

// Point is one second of a shop, as the live page draws it.
type Point struct {
	Unix            int64   `json:"t"`              // second
	Arrivals        float64 `json:"arrivals"`       // new visitors in this second
	EdgePerSecond   float64 `json:"edge"`           // answered by the edge itself or from its cache
	ShopPerSecond   float64 `json:"shop"`           // answered by the shop
	WaitsPerSecond  float64 `json:"waits"`          // waiting pages shown
	RefusePerSecond float64 `json:"refused"`        // shed, refused or failed
	InLine          int     `json:"in_line"`        // people
	Inside          int     `json:"inside"`         // people
	InFlight        int     `json:"in_flight"`      // requests at the shop
	Queued          int     `json:"queued"`         // requests waiting for one of those
	Limit           int     `json:"limit"`          // requests allowed at the shop at once
	OrdersPerMin    int     `json:"orders_per_min"` // last 60 s; -1 = not known
	P95MS           float64 `json:"p95_ms"`         // pages from the shop, last 10 s
	Places          float64 `json:"places"`         // let in a second
}

// View is a shop at one moment: what the API answers and what an event carries.
type View struct {
	Vitals falochron.Vitals `json:"vitals"`
	Point  Point            `json:"point"`
	Orders Orders           `json:"orders"`
	Radar  *RadarView       `json:"radar,omitempty"` // nothing was seen yet, or nobody looks
	Fleet  *FleetView       `json:"fleet,omitempty"` // its replicas are not multiplied
}

// pointOf draws the second between two looks at the same shop. Counters that
// went back (the shop was set up anew) count as nothing.
func pointOf(before, after falochron.Vitals, took time.Duration) Point {
	p := Point{
		Unix: after.Time.Unix(), InLine: after.InLine, Inside: after.Inside, InFlight: after.InFlight,
		Queued: after.Queued, Limit: after.Limit, OrdersPerMin: -1,
		P95MS: float64(after.P95) / float64(time.Millisecond), Places: after.PlacesPerSecond,
	}
	if after.OrdersKnown {
		p.OrdersPerMin = after.OrdersPerMin
	}
	if before.Time.IsZero() || took <= 0 {
		return p
	}
	rate := func(a, b uint64) float64 {
		if b < a {
			return 0
		}
		return math.Round(float64(b-a)/took.Seconds()*100) / 100
	}
	p.Arrivals = rate(before.Arrivals, after.Arrivals)
	sum := func(v falochron.Vitals, actions ...falochron.Action) (n uint64) {
		for class := range v.Requests {
			for _, a := range actions {
				n += v.Requests[class][a]
			}
		}
		return n
	}
	per := func(actions ...falochron.Action) float64 {
		return rate(sum(before, actions...), sum(after, actions...))
	}
	p.EdgePerSecond = per(falochron.Hit, falochron.Own)
	p.ShopPerSecond = per(falochron.Pass, falochron.Queue)
	p.WaitsPerSecond = per(falochron.Wait)
	p.RefusePerSecond = per(falochron.Shed, falochron.Refuse, falochron.Failed)
	return p
}

// presentable makes vitals fit for people and JSON: no credentials in a
// replica's address, no number JSON cannot write.
func presentable(v falochron.Vitals) falochron.Vitals {
	if math.IsNaN(v.PlacesPerSecond) || math.IsInf(v.PlacesPerSecond, 0) {
		v.PlacesPerSecond = 0
	}
	v.Replicas = slices.Clone(v.Replicas)
	for i := range v.Replicas {
		v.Replicas[i].URL = replicaName(v.Replicas[i].URL)
	}
	if v.Replicas == nil {
		v.Replicas = []falochron.ReplicaVitals{}
	}
	return v
}

// replicaName is a replica's address without what may be secret in it.
func replicaName(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "unnamed"
	}
	return u.Scheme + "://" + u.Host
}
