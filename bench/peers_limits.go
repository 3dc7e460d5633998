package main

import (
	"maps"
	"slices"
)

// The limits of a peer are looked for once and kept beside the tables, in
// benchmarks/peers-limits.json: to choose a number is no result. They are looked for anew
// when the peer's configuration or version has changed, the values that are tried, or the
// machine, and with FRESH=1.

// limitsFile names the file.
const limitsFile = "peers-limits"

// valuesNeeded of each limit must have been seen in a wave that counts.
const valuesNeeded = 5

// triedLimit is one value of one limit, and what it showed.
type triedLimit struct {
	Limit  string  `json:"limit"`
	Value  int     `json:"value"`
	Counts bool    `json:"counts"` // the wave was not void
	Ratio  float64 `json:"ratio"`
	Broken float64 `json:"broken_share"`
}

// limitsRow is what was found for a peer at a shop.
type limitsRow struct {
	stamp
	Peer     string         `json:"peer"`
	Version  string         `json:"version"`
	Settings string         `json:"settings"` // of its configuration, see [wavePeer.print]
	Shop     string         `json:"shop"`
	Overload float64        `json:"overload"`
	Best     map[string]int `json:"best"`
	Tried    []triedLimit   `json:"tried"`
}

// complete says whether so many values of every limit counted that the best is one.
func (r *limitsRow) complete() bool {
	counted := map[string]int{}
	for _, v := range r.Tried {
		if v.Counts {
			counted[v.Limit]++
		}
	}
	for name := range r.Best {
		if counted[name] < valuesNeeded {
			return false
		}
	}
	return len(r.Best) > 0
}

// found are the limits of a tuning as a row.
func (t *tuning) found(s stamp, version string, overload float64) limitsRow {
	return limitsRow{stamp: s, Peer: t.peer.name, Version: version, Settings: t.peer.print(), Shop: t.shop.name, Overload: overload, Best: t.best, Tried: t.shown}
}

// fits says whether a row is about this peer as it is now, and the same values at the same
// overload.
func (t *tuning) fits(r limitsRow, version string, overload float64) bool {
	now := t.found(r.stamp, version, overload)
	if r.Peer != now.Peer || r.Version != now.Version || r.Settings != now.Settings || r.Shop != now.Shop || r.Overload != now.Overload || !r.complete() {
		return false
	}
	var tried, values []triedLimit
	for _, v := range r.Tried {
		tried = append(tried, triedLimit{Limit: v.Limit, Value: v.Value})
	}
	for _, l := range t.peer.limits {
		for _, value := range l.values[t.shop.as] {
			values = append(values, triedLimit{Limit: l.name, Value: value})
		}
	}
	return slices.Equal(tried, values)
}

// keep takes over what was found before.
func (t *tuning) keep(r limitsRow) {
	t.best, t.shown, t.kept = maps.Clone(r.Best), r.Tried, r.stamp
}

// recall takes over all limits that are known; the others are to be looked for.
func (f *peersField) recall(b *bench) error {
	rows, err := loadRows[limitsRow](b, limitsFile)
	if err != nil || b.fresh {
		return err
	}
	for _, t := range f.tunings {
		for _, r := range rows {
			if t.fits(r, f.versions[t.peer.name], f.sweepAt()) {
				t.keep(r)
			}
		}
	}
	return nil
}

// remember writes down the limits that were looked for, beside those of peers and shops
// that were not part of this run. One that too few waves tell of is looked for again.
func (f *peersField) remember(b *bench) error {
	rows, err := loadRows[limitsRow](b, limitsFile)
	if err != nil {
		return err
	}
	news := false
	for _, t := range f.unknown() {
		now := t.found(b.stamp(), f.versions[t.peer.name], f.sweepAt())
		if !now.complete() {
			continue
		}
		rows = slices.DeleteFunc(rows, func(r limitsRow) bool { return r.Peer == now.Peer && r.Shop == now.Shop })
		rows, news = append(rows, now), true
	}
	if !news {
		return nil
	}
	return saveRows(b, limitsFile, rows)
}
