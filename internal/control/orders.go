package control

import (
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/falochron/falochron"
)

// Bounds of what may be ordered.
const (
	maxCeiling   = 100_000              // requests in flight; no shop bears more
	maxStartIn   = 366 * 24 * time.Hour // an announced start lies within a year
	maxSoldOut   = 10_000               // paths marked sold out per shop; 10,000 of 60 bytes are about 1 MiB
	maxStockPath = 512                  // bytes
)

// order changes a shop's orders and answers with what is in force now.
func (c *Control) order(w http.ResponseWriter, r *http.Request, who actor, edit func(*falochron.Snapshot) (string, error)) error {
	done, err := c.Change(r.PathValue("shop"), who.name, edit)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]any{
		"orders": ordersOf(done.Snapshot), "audit": done.Audit, "warning": done.Warning,
	})
}

func (c *Control) postMode(w http.ResponseWriter, r *http.Request, who actor) error {
	var body struct {
		Mode *falochron.Mode `json:"mode"`
	}
	if err := readBody(w, r, &body); err != nil {
		return err
	}
	if body.Mode == nil {
		return invalid("the mode is missing", `send {"mode": "auto"}; modes are auto, watch, shop, hold, off`)
	}
	return c.order(w, r, who, func(s *falochron.Snapshot) (string, error) { return setMode(s, *body.Mode), nil })
}

func (c *Control) postHold(w http.ResponseWriter, r *http.Request, who actor) error {
	return c.order(w, r, who, func(s *falochron.Snapshot) (string, error) { return setMode(s, falochron.ModeHold), nil })
}

// postRelease ends a hold and returns to the mode before it. Without a hold it
// changes nothing.
func (c *Control) postRelease(w http.ResponseWriter, r *http.Request, who actor) error {
	return c.order(w, r, who, func(s *falochron.Snapshot) (string, error) {
		if s.Mode != falochron.ModeHold {
			return "", nil
		}
		return setMode(s, s.BeforeHold), nil
	})
}

func setMode(s *falochron.Snapshot, m falochron.Mode) (note string) {
	if s.Mode == m {
		return ""
	}
	note = fmt.Sprintf("mode: %s → %s", s.Mode, m)
	s.Mode = m
	return note
}

func (c *Control) postCeiling(w http.ResponseWriter, r *http.Request, who actor) error {
	var body struct {
		N *int `json:"n"`
	}
	if err := readBody(w, r, &body); err != nil {
		return err
	}
	if body.N == nil || *body.N < 0 || *body.N > maxCeiling {
		return invalid(fmt.Sprintf("the ceiling must be a whole number from 0 to %d", maxCeiling), `send {"n": 8}; 0 means none`)
	}
	return c.order(w, r, who, func(s *falochron.Snapshot) (string, error) {
		if s.Ceiling == *body.N {
			return "", nil
		}
		note := fmt.Sprintf("ceiling: %s → %s", orNone(s.Ceiling), orNone(*body.N))
		s.Ceiling = *body.N
		return note, nil
	})
}

func orNone(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

func (c *Control) postStart(w http.ResponseWriter, r *http.Request, who actor) error {
	var body struct {
		Time *string `json:"time"`
	}
	if err := readBody(w, r, &body); err != nil {
		return err
	}
	if body.Time == nil {
		return invalid("the time is missing", `send {"time": "2026-11-27T18:00:00+01:00"}; "" means none`)
	}
	var start time.Time
	if *body.Time != "" {
		var err error
		if start, err = time.Parse(time.RFC3339, *body.Time); err != nil {
			return invalid("the time cannot be read", "write it as 2026-11-27T18:00:00+01:00")
		}
		if in := time.Until(start); in <= 0 || in > maxStartIn {
			return invalid("the start must lie ahead, within a year", "check date and time zone")
		}
	}
	return c.order(w, r, who, func(s *falochron.Snapshot) (string, error) {
		if s.Start.Equal(start) {
			return "", nil
		}
		note := fmt.Sprintf("start: %s → %s", startText(s.Start), startText(start))
		s.Start = start
		return note, nil
	})
}

func startText(t time.Time) string {
	if t.IsZero() {
		return "none"
	}
	return t.Format(time.RFC3339)
}

func (c *Control) postStock(w http.ResponseWriter, r *http.Request, who actor) error {
	var body struct {
		Path    *string `json:"path"`
		SoldOut *bool   `json:"sold_out"`
	}
	if err := readBody(w, r, &body); err != nil {
		return err
	}
	if body.Path == nil || body.SoldOut == nil || !stockPathOK(*body.Path) {
		return invalid("the article's path or its state is missing or not usable",
			`send {"path": "/p/lipstick", "sold_out": true}; the path begins with / and has no query`)
	}
	path, gone := *body.Path, *body.SoldOut
	return c.order(w, r, who, func(s *falochron.Snapshot) (string, error) {
		if s.SoldOut[path] == gone {
			return "", nil
		}
		if !gone {
			delete(s.SoldOut, path)
			return "in stock again: " + path, nil
		}
		if len(s.SoldOut) >= maxSoldOut {
			return "", &falochron.Error{Kind: falochron.Conflict, Op: "mark sold out", Public: "too many articles are marked sold out", Hint: "mark those in stock again that no longer matter"}
		}
		if s.SoldOut == nil {
			s.SoldOut = make(map[string]bool)
		}
		s.SoldOut[path] = true
		return "sold out: " + path, nil
	})
}

func stockPathOK(path string) bool {
	bad := func(r rune) bool { return r == '?' || r == '#' || unicode.IsSpace(r) || !unicode.IsPrint(r) }
	return strings.HasPrefix(path, "/") && len(path) <= maxStockPath && utf8.ValidString(path) && !strings.ContainsFunc(path, bad)
}

func invalid(public, hint string) error {
	return &falochron.Error{Kind: falochron.Invalid, Op: "read the order", Public: public, Hint: hint}
}
