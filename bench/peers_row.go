package main

import "encoding/json"

// frontSeen is what a wave has shown of what stood before the shop.
type frontSeen struct {
	ratio, orders float64
	errors        float64 // share of page loads
	erred         float64 // fans who met an error, or no answer
	broken        float64 // share of those let in
	p95           float64 // ms, of the pages of those let in; at the bare shop of those waited for
	rank          float64 // of all who asked
	rankIn        float64 // of those let in
	oversold      float64
	charged       float64 // after leaving
	lost          float64 // payments of which the shop never heard
	mixed         float64
	memory, cpu   float64 // MB and s, of the front
}

// frontWave is what is needed of a result of falochron demo.
type frontWave struct {
	Bare      frontSide `json:"bare"`
	Protected frontSide `json:"protected"`
	Details   struct {
		Waves map[string]struct {
			ErrorShare   float64        `json:"error_share"`
			FansErred    int            `json:"fans_with_an_error"`
			Admitted     int            `json:"admitted"`
			Broken       map[string]int `json:"broken"`
			Rank         float64        `json:"rank_correlation"`
			RankAdmitted float64        `json:"rank_correlation_admitted"`
		} `json:"waves"`
	} `json:"details"`
}

// frontSide is one of the two waves.
type frontSide struct {
	OrdersPerMin        float64 `json:"orders_per_min"`
	GoodputRatio        float64 `json:"goodput_ratio"`
	Oversold            float64 `json:"oversold"`
	LostCallbacks       float64 `json:"lost_callbacks"`
	ChargedAfterLeaving float64 `json:"charged_after_leaving"`
	MixedVisitors       float64 `json:"mixed_visitors"`
	P95MS               float64 `json:"p95_ms"`           // bare
	ShopPageP95MS       float64 `json:"shop_page_p95_ms"` // protected
	EdgeRSSMB           float64 `json:"edge_rss_mb"`
	EdgeCPUS            float64 `json:"edge_cpu_s"`
}

// front reads a row's result as that of a front; which is bare or protected.
func (r *ordersRow) front(which string) (s frontSeen, ok bool) {
	var w frontWave
	if len(r.Result) == 0 || json.Unmarshal(r.Result, &w) != nil {
		return s, false
	}
	log, shown := w.Details.Waves[which]
	if !shown {
		return s, false
	}
	side := w.Protected
	side.P95MS = side.ShopPageP95MS
	if which == "bare" {
		side = w.Bare
	}
	broken := 0
	for _, n := range log.Broken {
		broken += n
	}
	return frontSeen{ratio: side.GoodputRatio, orders: side.OrdersPerMin, errors: log.ErrorShare,
		erred: float64(log.FansErred), broken: float64(broken) / float64(max(log.Admitted, 1)),
		p95: side.P95MS, rank: log.Rank, rankIn: log.RankAdmitted, oversold: side.Oversold, charged: side.ChargedAfterLeaving,
		lost: side.LostCallbacks, mixed: side.MixedVisitors, memory: side.EdgeRSSMB, cpu: side.EdgeCPUS}, true
}
