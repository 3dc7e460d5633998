package control

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
)

func (c *Control) getShops(w http.ResponseWriter, _ *http.Request, _ actor) error {
	shops := c.cfg.Source.Shops()
	if shops == nil {
		shops = []string{}
	}
	return answer(w, http.StatusOK, map[string]any{"shops": shops})
}

// getShop answers with the vitals of this moment; its point is the last whole
// second's.
func (c *Control) getShop(w http.ResponseWriter, r *http.Request, _ actor) error {
	view, ok := c.watch.look(r.PathValue("shop"))
	if !ok {
		return noShop(r.PathValue("shop"))
	}
	return answer(w, http.StatusOK, view)
}

func (c *Control) getHistory(w http.ResponseWriter, r *http.Request, _ actor) error {
	seconds, err := number(r.FormValue("seconds"), 600, keepSeconds)
	if err != nil {
		return err
	}
	points, ok := c.watch.history(r.PathValue("shop"), seconds)
	if !ok {
		return noShop(r.PathValue("shop"))
	}
	return answer(w, http.StatusOK, map[string]any{"points": points})
}

// reach tells a reader of the journal what it cannot show.
type reach struct {
	Oldest     *time.Time `json:"oldest,omitempty"`
	Records    int        `json:"records"`
	PassSample int        `json:"pass_sample"` // of plain answers one in so many is kept, 0 = none
}

func (c *Control) reach() reach {
	oldest, n := c.cfg.Journal.Reach()
	out := reach{Records: n, PassSample: c.cfg.Journal.Sample()}
	if n > 0 {
		oldest = oldest.UTC()
		out.Oldest = &oldest
	}
	return out
}

// getJournal lists records, oldest first. Parameters: since (a time, or a
// duration back from now; default 10m), shop, notes=1 (only what people did and
// what happened), limit (default 1000, at most 10000: the newest).
func (c *Control) getJournal(w http.ResponseWriter, r *http.Request, _ actor) error {
	since, err := moment(r.FormValue("since"), time.Now())
	if err != nil {
		return err
	}
	limit, err := number(r.FormValue("limit"), 1000, 10_000)
	if err != nil {
		return err
	}
	records := c.cfg.Journal.Since(since, journal.Filter{
		Shop: r.FormValue("shop"), Notes: r.FormValue("notes") == "1", Limit: limit,
	})
	entries := make([]journal.Entry, len(records))
	for i, rec := range records {
		entries[i] = journal.EntryOf(rec)
	}
	return answer(w, http.StatusOK, map[string]any{"reach": c.reach(), "records": entries})
}

func (c *Control) getExplain(w http.ResponseWriter, r *http.Request, _ actor) error {
	record, ok := c.cfg.Journal.Find(r.PathValue("id"))
	if !ok {
		return &falochron.Error{
			Kind: falochron.NotFound, Op: "explain a request",
			Public: "the journal does not hold this request", Hint: c.missing(),
		}
	}
	return answer(w, http.StatusOK, map[string]any{
		"record": journal.EntryOf(record), "story": journal.Explain(record), "reach": c.reach(),
	})
}

// missing says why a request may not be in the journal.
func (c *Control) missing() string {
	at := c.reach()
	if at.Oldest == nil {
		return "the journal is empty"
	}
	return fmt.Sprintf("it reaches back to %s; of plain answers, where nobody had to wait, one in %d is kept", at.Oldest.Format(time.RFC3339), at.PassSample)
}

// moment reads a point in time: RFC 3339, or a duration back from now.
func moment(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return now.Add(-10 * time.Minute), nil
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	return time.Time{}, invalid("since cannot be read", "write 10m, or 2026-11-27T18:00:00Z")
}

// number reads a count from 1 to most.
func number(s string, otherwise, most int) (int, error) {
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, invalid(fmt.Sprintf("%.20q is no number from 1 to %d", s, most), "")
	}
	return n, nil
}
