package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"
)

// What is promised of the radar's onset. Detection counts from the moment at which the
// true rate passed three times the usual one until the control loop could know it.
const (
	goalRadarDelay     = 1.0 // seconds, p95
	goalRadarDelaySlow = 2.0 // where radarSlow newcomers a second and fewer are usual
	goalRadarFalse     = 1.0 // false alarms a week
	radarSlow          = 0.5
)

// What is played.
const (
	radarWaves     = 200 // seeds in each cell
	radarCalmWeeks = 1   // heard in each cell of the calm sea
	radarTick      = 100 * time.Millisecond
	radarLoop      = 250 * time.Millisecond // how often control looks
	radarLead      = 10 * time.Minute       // heard before the post
	radarWays      = 10                     // ways into the shop, equally used
	radarOver      = 1.25                   // scatter of the visitors under a wave: the measured median
)

func radarBases() []float64  { return []float64{0.5, 5, 20, 100} }
func radarPeople() []float64 { return []float64{30_000, 300_000} }
func radarOvers() []float64  { return []float64{1.25, 1.7, 2.3} }

// radarRow is one cell of one of the radar's tables; Part says of which.
type radarRow struct {
	stamp
	Part string `json:"part"` // wave, calm, field, nasa, ontrace, worldcup, nab, cost
	Seed uint64 `json:"seed,omitempty"`

	// Of a wave.
	Base   float64   `json:"base,omitempty"`
	People float64   `json:"people,omitempty"`
	Passes *float64  `json:"passes_s,omitempty"` // after the post; none: never
	Shop   []float64 `json:"shop_s,omitempty"`   // told by the shop's arrivals alone, after the post; sorted
	Field  []float64 `json:"field_s,omitempty"`  // told by them or by one of the ways
	Ideal  []float64 `json:"ideal_s,omitempty"`  // by who knows base, wave and post, and not when
	Onsets []float64 `json:"onsets_s,omitempty"` // as estimated, after the post; sorted
	// IdealField is Ideal of who hears each way by itself, too.
	IdealField []float64 `json:"ideal_field_s,omitempty"`
	Missed     int       `json:"missed,omitempty"` // waves never told
	TooEarly   int       `json:"too_early,omitempty"`

	// Of calm, and of traces.
	Who     string  `json:"who,omitempty"`
	Over    float64 `json:"over,omitempty"`
	Weeks   float64 `json:"weeks,omitempty"`
	Alarms  int     `json:"alarms,omitempty"`
	Outside int     `json:"outside,omitempty"` // of surges that doubled a minute
	Beyond  int     `json:"beyond,omitempty"`  // of surges that tripled it
	Storms  int     `json:"storms,omitempty"`
	Surges  int     `json:"surges,omitempty"`
	Found   int     `json:"found,omitempty"`
	Delay   float64 `json:"delay_s,omitempty"` // median, of those found
	Score   float64 `json:"score,omitempty"`
	Setting string  `json:"setting,omitempty"`

	// Of cost.
	CalmNS  float64 `json:"calm_ns,omitempty"`
	WaveNS  float64 `json:"wave_ns,omitempty"`
	FieldNS float64 `json:"field_ns,omitempty"`
	Allocs  float64 `json:"allocs,omitempty"`
	Bytes   int     `json:"bytes,omitempty"`
}

func radarTakes(s settings) time.Duration {
	if s.requests > 1 {
		return 30 * time.Second
	}
	return 5 * time.Minute
}

// runRadar plays waves on seeded seas, calm seas, and the traces it is given.
func runRadar(ctx context.Context, b *bench) (outcome, error) {
	seed := randomSeed()
	if b.chosen.seeds {
		seed = b.seeds[0]
	}
	b.say("  seed %d; SEEDS=%d plays it again", seed, seed)
	waves, weeks := radarWaves, float64(radarCalmWeeks)
	if b.requests > 1 {
		waves, weeks = waves/b.requests, weeks/float64(b.requests)
	}
	var rows []radarRow
	add := func(r radarRow) {
		r.stamp = b.stamp()
		rows = append(rows, r)
	}
	for _, people := range radarPeople() {
		for _, base := range radarBases() {
			if ctx.Err() != nil {
				return outcome{}, ctx.Err()
			}
			add(playRadarWaves(seed, base, people, waves))
		}
	}
	for _, base := range radarBases() {
		add(playRadarFieldCalm(seed, base, weeks))
		for _, over := range radarOvers() {
			if ctx.Err() != nil {
				return outcome{}, ctx.Err()
			}
			for _, r := range playRadarCalm(seed, base, over, weeks) {
				add(r)
			}
		}
	}
	traced, err := playRadarTraces(b, seed)
	if err != nil {
		return outcome{}, err
	}
	for _, r := range append(traced, measureRadarCost(seed)) {
		add(r)
	}
	if err := saveRows(b, "radar", rows); err != nil {
		return outcome{}, err
	}
	out := radarOutcome(rows)
	if b.requests > 1 {
		out.void = append(out.void, "radar: fewer waves and weeks than goals are about")
	}
	return out, nil
}

// randomSeed is one that nobody could have fitted anything to.
func randomSeed() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:]) >> 12
}
