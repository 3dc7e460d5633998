package toyshop

// Stats is the truth about a shop, for measuring. No visitor ever sees it.
type Stats struct {
	Orders       int `json:"orders"`        // booked, since the database was made
	Paid         int `json:"paid"`          // of these, known to the shop to be paid
	Oversold     int `json:"oversold"`      // pieces sold beyond what was ever offered
	DoubleBooked int `json:"double_booked"` // orders beyond the first of one cart

	// Charges the payment provider made, oldest first; only when asked for.
	Charges []ChargeStat `json:"charges,omitempty"`

	CallbacksPending   int `json:"callbacks_pending"`   // charges with a notice still to come
	CallbacksConfirmed int `json:"callbacks_confirmed"` // charges whose notice got 200
	CallbacksLost      int `json:"callbacks_lost"`      // charges whose notices were all refused, since the start

	Busy        int     `json:"busy"`         // workers held now
	Backlog     int     `json:"backlog"`      // requests waiting for one
	Refused502  uint64  `json:"refused_502"`  // since the start
	Timeouts504 uint64  `json:"timeouts_504"` // since the start
	Pace        float64 `json:"pace"`         // in force now
	CPU         float64 `json:"cpu_s"`        // seconds this process has burnt; 0 where unknown

	// Served counts requests worked to the end by route, whether or not
	// anybody waited for the answer, and "static" ones. Since the start.
	Served map[string]uint64 `json:"served"`
}

// ChargeStat is one charge in [Stats].
type ChargeStat struct {
	Email    string `json:"email"`
	Order    int    `json:"order"`
	AtUnixMS int64  `json:"at_unix_ms"`
}

// Stats measures the shop now, with the list of charges if wanted.
func (s *Shop) Stats(charges bool) (Stats, error) {
	t, err := s.store.totals()
	if err != nil {
		return Stats{}, err
	}
	n := s.pool.count()
	st := Stats{
		Orders: t.orders, Paid: t.paid, Oversold: t.oversold, DoubleBooked: t.doubleBooked,
		CallbacksPending: int(s.provider.pending.Load()), CallbacksConfirmed: t.confirmed, CallbacksLost: int(s.provider.lost.Load()),
		Busy: n.busy, Backlog: n.queued, Refused502: n.refused, Timeouts504: n.timeouts,
		Pace: s.currentPace(), CPU: cpuSeconds(),
		Served: map[string]uint64{"static": s.files.served.Load()},
	}
	for r, served := range n.served {
		if s.guise == nil && route(r) >= firstOfGuise {
			break
		}
		st.Served[route(r).String()] = served
	}
	if !charges {
		return st, nil
	}
	all, err := s.store.charges("")
	for _, c := range all {
		st.Charges = append(st.Charges, ChargeStat{c.email, c.order, c.atUnixMS})
	}
	return st, err
}
