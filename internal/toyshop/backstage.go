package toyshop

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/falochron/falochron"
)

// Backstage returns the measuring side of the shop, which is no part of it: it
// uses no worker, and knows no limits and no visitors. Serve it on loopback.
//
//	GET  /stats[?charges=1]      Stats as JSON
//	GET  /things                 Things as JSON; only of a shop that [Shop.Run] serves
//	GET  /callers                Callers as JSON; the same
//	POST /pace?x=3               everything takes three times as long from now on
//	POST /stock?product=…&n=100  100 are left of an article; of each without product
//	POST /cache?says=forbid      what the owner has the software say of caching: forbid
//	                             (Magento 2 that keeps its pages itself), public (Vendure
//	                             with Apollo's cacheControl), or nothing: as at first
func (s *Shop) Backstage() http.Handler { return s.backstage(nil, nil) }

// backstage is Backstage of a shop whose door is watched, or not (nil).
func (s *Shop) backstage(seen *sightings, came *callers) http.Handler {
	mux := http.NewServeMux()
	if seen != nil {
		mux.HandleFunc("GET /callers", func(w http.ResponseWriter, _ *http.Request) { s.tell(w, came.all(), nil) })
		mux.HandleFunc("GET /things", func(w http.ResponseWriter, _ *http.Request) { s.tell(w, seen.all(), nil) })
	}
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, r *http.Request) {
		st, err := s.Stats(r.FormValue("charges") == "1")
		s.tell(w, st, err)
	})
	mux.HandleFunc("POST /pace", func(w http.ResponseWriter, r *http.Request) {
		x, err := strconv.ParseFloat(r.FormValue("x"), 64)
		if err != nil || !validPace(x) {
			s.tell(w, nil, invalid("x: not a pace", "write a number above 0, at most 100"))
			return
		}
		s.setPace(x)
		s.tell(w, map[string]float64{"pace": x}, nil)
	})
	mux.HandleFunc("POST /stock", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.FormValue("n"))
		if err != nil || n < 0 || n > MaxStock {
			s.tell(w, nil, invalid("n: not a stock", "write 0 to 1000000000"))
			return
		}
		known, err := s.store.setStock(r.FormValue("product"), n)
		if err == nil && !known {
			err = &falochron.Error{Kind: falochron.NotFound, Op: "set stock", Public: "no such article", Hint: "write its slug, as in /produkt/SLUG"}
		}
		s.tell(w, map[string]int{"available": n}, err)
	})
	mux.HandleFunc("POST /cache", func(w http.ResponseWriter, r *http.Request) {
		says := r.FormValue("says")
		if s.guise == nil || says != "" && says != s.guise.owner {
			s.tell(w, nil, invalid("says: not left to the owner of this shop", "write forbid for magento2, public for vendure, or nothing"))
			return
		}
		s.guise.caching.Store(&says)
		s.tell(w, map[string]string{"says": says}, nil)
	})
	return mux
}

// tell writes v, or the error instead.
func (s *Shop) tell(w http.ResponseWriter, v any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		public := "internal error"
		if e, ok := errors.AsType[*falochron.Error](err); ok {
			public = e.Public
		} else {
			s.config.Log.Error("backstage", "err", err)
		}
		w.WriteHeader(falochron.KindOf(err).Status())
		v = map[string]string{"error": public, "hint": falochron.HintOf(err)}
	}
	_ = json.NewEncoder(w).Encode(v) // whoever asked has gone
}
