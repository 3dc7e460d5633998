package sim

import (
	"testing"
	"time"
)

// BenchmarkSmall is twenty minutes of a small shop.
func BenchmarkSmall(b *testing.B) {
	for b.Loop() {
		Play(small(), Options{Scaler: NewKPA()})
	}
}

// huge is ten million fans before forty replicas, at most four hundred.
func huge() Scenario {
	return Scenario{Name: "huge", Lasts: 30 * time.Minute,
		Crowd:    Crowd{Base: 20, Waves: []Wave{{At: 2 * time.Minute, People: 10_500_000, Shape: Drop}}},
		Replicas: Replicas{Have: 40, Least: 40, Most: 400, Start: 40 * time.Second}}
}

// BenchmarkTenMillion is ten million fans.
func BenchmarkTenMillion(b *testing.B) {
	for b.Loop() {
		r := Play(huge(), Options{Scaler: NewKPA()})
		b.ReportMetric(float64(r.Arrivals), "fans")
		b.ReportMetric(float64(r.Work), "events")
	}
}
