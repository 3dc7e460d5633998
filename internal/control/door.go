package control

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/falochron/falochron"
)

// Door is what comes to the visitors' listener before any shop is known:
// totals since the start, but for Open.
type Door struct {
	Open             int64  `json:"open"`              // connections open now
	Refused          uint64 `json:"refused"`           // connections told that there are too many
	Evicted          uint64 `json:"evicted"`           // idle connections closed to make room
	Broken           uint64 `json:"broken"`            // connections given up for what came on them
	HandshakesFailed uint64 `json:"handshakes_failed"` // TLS handshakes that came to nothing
	ProxyMissing     uint64 `json:"proxy_missing"`     // connections of listed proxies without a usable PROXY header
	TooMany          uint64 `json:"too_many"`          // requests refused because as many were being served as there may be
	BadRequests      uint64 `json:"bad_requests"`      // requests with more than one reading, refused
	Panics           uint64 `json:"panics"`            // handlers that panicked: each is a fault of ours
}

// SetDoor says where the door's counts are read, at each scrape. It must be
// cheap and safe to call from any goroutine.
func (c *Control) SetDoor(read func() Door) { c.door.Store(&read) }

func (c *Control) getDoor(w http.ResponseWriter, _ *http.Request, _ actor) error {
	read := c.door.Load()
	if read == nil {
		return &falochron.Error{Kind: falochron.Unavailable, Op: "read the door's counts", Public: "nothing is known of the visitors' listener", Hint: "wait until it is open"}
	}
	return answer(w, http.StatusOK, map[string]any{"door": (*read)()})
}

func bare(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("falochron_"+name, help, nil, nil)
}

// ofDoor are the door's metrics, each with how to read it. None has a label:
// who comes to the door is not known yet.
var ofDoor = []struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	read func(Door) float64
}{
	{bare("connections_open", "Visitors' connections open now."), prometheus.GaugeValue,
		func(d Door) float64 { return float64(d.Open) }},
	{bare("connections_refused_total", "Connections told that there are too many."), prometheus.CounterValue,
		func(d Door) float64 { return float64(d.Refused) }},
	{bare("connections_evicted_total", "Idle connections closed to make room for new ones."), prometheus.CounterValue,
		func(d Door) float64 { return float64(d.Evicted) }},
	{bare("connections_broken_total", "Connections given up for what came on them; few of them are logged."), prometheus.CounterValue,
		func(d Door) float64 { return float64(d.Broken) }},
	{bare("tls_handshakes_failed_total", "TLS handshakes that came to nothing."), prometheus.CounterValue,
		func(d Door) float64 { return float64(d.HandshakesFailed) }},
	{bare("proxy_headers_missing_total", "Connections of listed proxies without a usable PROXY header."), prometheus.CounterValue,
		func(d Door) float64 { return float64(d.ProxyMissing) }},
	{bare("requests_refused_total", "Requests refused because as many were being served as there may be."), prometheus.CounterValue,
		func(d Door) float64 { return float64(d.TooMany) }},
	{bare("bad_requests_total", "Requests with more than one reading, refused before any shop was known."), prometheus.CounterValue,
		func(d Door) float64 { return float64(d.BadRequests) }},
	{bare("panics_total", "Handlers that panicked: each is a fault of Falochron."), prometheus.CounterValue,
		func(d Door) float64 { return float64(d.Panics) }},
}

// ofStreams are the metrics of the live pages' event streams.
var ofStreams = [...]*prometheus.Desc{
	bare("event_streams_open", "Live pages that look on now."),
	bare("event_streams_dropped_total", "Live pages dropped because they read too slowly; they connect anew."),
}

// doorCollector turns the counts that belong to no shop into metrics.
type doorCollector struct {
	door    func() *func() Door // nil pointer = not known: absent, not zero
	streams func() (open int, dropped uint64)
}

// Describe names all metrics.
func (c doorCollector) Describe(out chan<- *prometheus.Desc) {
	for _, m := range ofDoor {
		out <- m.desc
	}
	for _, d := range ofStreams {
		out <- d
	}
}

// Collect reads everything once.
func (c doorCollector) Collect(out chan<- prometheus.Metric) {
	if read := c.door(); read != nil {
		counts := (*read)()
		for _, m := range ofDoor {
			out <- prometheus.MustNewConstMetric(m.desc, m.kind, m.read(counts))
		}
	}
	open, dropped := c.streams()
	out <- prometheus.MustNewConstMetric(ofStreams[0], prometheus.GaugeValue, float64(open))
	out <- prometheus.MustNewConstMetric(ofStreams[1], prometheus.CounterValue, float64(dropped))
}
