package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// ownersWord does what the owner of a shop does that forbids storing its pages: looks
// at the evidence once and confirms, days before the wave. The edge compares the pages
// itself, too, as soon as it has been calm for a minute.
func (s *stage) ownersWord(ctx context.Context) error {
	sharing, err := s.edge.sharing(ctx, func(sh falochron.Sharing) bool { return sh.Platform != "generic" })
	if err != nil {
		return err
	}
	s.out.say("  recognised as %s (%s)", sharing.Title, sharing.Evidence)
	forbidden := func(k falochron.SharedKind) bool { return k.Forbidden }
	if !slices.ContainsFunc(sharing.Kinds, forbidden) {
		return nil
	}
	data := s.edge.args[slices.Index(s.edge.args, "--data")+1]
	args := []string{"check", "--shop", s.shop.base, "--pause", "50ms", "--confirm", "--admin", s.edge.admin, "--data", data}
	s.out.say("  $ falochron %s", strings.Join(args, " "))
	if out, err := exec.CommandContext(ctx, s.house.exe, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("the shop's pages could not be confirmed: %w\n%s", err, out)
	}
	s.out.say("  the edge compares them itself, within two minutes or so")
	_, err = s.edge.sharing(ctx, func(sh falochron.Sharing) bool {
		checked, waits := false, false
		for _, k := range sh.Kinds {
			may, _ := k.MayShare(time.Now())
			checked = checked || !k.Checked.IsZero()
			waits = waits || !k.Confirmed.IsZero() && !may
		}
		return checked && !waits
	})
	return err
}

// compared waits until the edge has compared the pages of a shop that nobody has
// described, which it does by itself when it has been calm for a minute after its start.
func (s *stage) compared(ctx context.Context) error {
	s.out.say("  waiting until the edge has compared the shop's pages: it does so within two minutes of its start, and once a day")
	sharing, err := s.edge.sharing(ctx, func(sh falochron.Sharing) bool {
		return !slices.ContainsFunc(sh.Kinds, func(k falochron.SharedKind) bool { return k.Checked.IsZero() })
	})
	if err != nil {
		return err
	}
	for _, k := range sharing.Kinds {
		if may, why := k.MayShare(time.Now()); may {
			s.out.say("  strangers get the same pages: they are shared")
		} else {
			s.out.say("  pages are not shared: %s", why)
		}
	}
	return nil
}

// sharing asks the edge what it knows of the shop's pages until that is as wanted.
func (e *edgeProcess) sharing(ctx context.Context, wanted func(falochron.Sharing) bool) (falochron.Sharing, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	data := e.args[slices.Index(e.args, "--data")+1]
	for {
		// On a busy machine the door may be open before the token is written.
		token, _ := os.ReadFile(filepath.Join(data, "admin-token"))
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.admin+"/api/v1/shops/shop/sharing", nil)
		if err != nil {
			return falochron.Sharing{}, err
		}
		r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
		var answer struct {
			Sharing falochron.Sharing `json:"sharing"`
		}
		if resp, err := http.DefaultClient.Do(r); err == nil {
			err = json.NewDecoder(resp.Body).Decode(&answer)
			_ = resp.Body.Close()
			if err == nil && wanted(answer.Sharing) {
				return answer.Sharing, nil
			}
		}
		select {
		case <-ctx.Done():
			return answer.Sharing, fmt.Errorf("what the edge knows of the shop's pages: %w", context.Cause(ctx))
		case <-time.After(time.Second):
		}
	}
}
