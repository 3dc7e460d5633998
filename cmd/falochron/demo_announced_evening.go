package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/toyshop"
)

// The sales evening: announced so long before its start, with its waiting room open
// for preQueue; the crowd that comes is this large and stays so long after the start.
const (
	eveningAhead    = 40 * time.Second
	eveningPreQueue = 35 * time.Second
	eveningAfter    = 20 * time.Second
	eveningFans     = 240
)

// theEveningsCampaign is where it stands in the plan.
const theEveningsCampaign = "lipstick-2"

// evening is a scheduled start: a waiting room that opens before it, a draw, and the
// draw recomputed by somebody else's program, which is this one under another name.
func (s *announcedStage) evening(ctx context.Context, r *announcedResult, wall *tabDemo, failed *error) error {
	start := time.Now().Add(eveningAhead + time.Second).Truncate(time.Second)
	file := filepath.Join(s.house.dir, "evening.yaml")
	text := fmt.Sprintf(`shop: %s
name: Evening of colours
evenings:
  - name: Evening of colours
    start: %s
    pre_queue: %s
    draw: true
    lasts: 1h
    reach: 2000
`, theShop, start.Format(time.RFC3339), eveningPreQueue)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	if _, err := s.campaign(ctx, "add", file); err != nil {
		return err
	}
	said := time.Now()
	at, err := s.openingAt(ctx, toldWithin, func(o opening) bool { return o.Start.Equal(start) })
	if err != nil {
		return err
	}
	r.Evening.EdgeMS = afterMS(said, at)
	s.tell(r, nil, "The media house announces a sales evening at %s, its waiting room open before it, places by draw: at the edge %s ms after it is in the plan.", start.Format("15:04:05"), r.Evening.EdgeMS)
	if at, err = s.openingAt(ctx, eveningAhead, func(o opening) bool { return o.Open }); err != nil || at.IsZero() {
		return err // an evening that the edge does not hear of is none
	}
	list, err := s.fans("", eveningFans, time.Until(start)+eveningAfter)
	if err != nil {
		return err
	}
	over := s.send(ctx, list, "the evening")

	product := "http://" + s.edge.listen + "/produkt/" + toyshop.Catalogue()[0].Slug
	zosia := s.hand.tab(ctx, "Zosia", 390, 844, true, "en", failed)
	zosia.open(ctx, product)
	zosia.await(ctx, lineState+` === 'prequeue'`, seenWithin)
	place := zosia.text(ctx, `(/Place number[^0-9]*([0-9,]+)/.exec(document.querySelector('footer').innerText) || ['', ''])[1].replace(/,/g, '')`)
	hash, err := s.announcedHash(ctx)
	if err != nil {
		return err
	}
	s.tell(r, []string{zosia.picture(ctx, "7-fan-before-the-start")}, "Zosia is one of those who come early: place number %s. The hash of the draw's seed is published: %.16s…", place, hash)
	zosia.await(ctx, `(`+lineState+` || 'in') !== 'prequeue'`, time.Until(start)+seenWithin)
	zosia.open(ctx, product) // reloading costs nobody a place, and the whole page tells of the draw
	zosia.text(ctx, `(document.querySelectorAll('details').forEach(function (d) { d.open = true; }), '')`)
	page := zosia.text(ctx, `(/drawn as number ([0-9,]+)/.exec(document.body.textContent) || ['', ''])[1].replace(/,/g, '')`)
	after := zosia.picture(ctx, "8-fan-after-the-draw")
	wall.open(ctx, s.room+"/plan/war-room/"+theEveningsCampaign)
	if *failed != nil {
		return *failed
	}
	if err := s.recompute(ctx, r, place, page, hash); err != nil {
		return err
	}
	s.tell(r, []string{after, wall.picture(ctx, "9-war-room-evening")}, "It begins. %s", r.Evening.Verified)
	got := <-over
	if got.err != nil {
		return got.err
	}
	began := start.Sub(got.report.Start)
	r.EveningWave = waveOf(got.report)
	for i := range got.report.Traces {
		t := &got.report.Traces[i]
		if t.Arrived != 0 && t.Arrived < began {
			r.Evening.CameEarly++
			if t.Admitted != 0 && t.Admitted < began {
				r.Evening.InEarly++
			}
		}
	}
	s.tell(r, nil, "%d came, %d of them before the start; %d of these were let in before it, %d were let in after it.",
		r.EveningWave.Came, r.Evening.CameEarly, r.Evening.InEarly, r.EveningWave.Admitted-r.Evening.InEarly)
	return *failed
}

// lineState is what the waiting page says that it is; null elsewhere.
const lineState = `(document.getElementById('falochron') || {getAttribute: function () { return null; }}).getAttribute('data-state')`

// opening is the announced start as the edge has it.
type opening struct {
	Start   time.Time `json:"start"`
	Evening string    `json:"evening"`
	Open    bool      `json:"open"`
	Draw    bool      `json:"draw"`
}

// openingAt waits until the edge's announced start is as wanted, and says when; the zero
// time: it was not within most.
func (s *announcedStage) openingAt(ctx context.Context, most time.Duration, wanted func(opening) bool) (time.Time, error) {
	for end := time.Now().Add(most); time.Now().Before(end); {
		var got struct{ Vitals struct{ Opening opening } }
		if err := s.ask(ctx, http.MethodGet, "shops/"+s.behind(), "", nil, &got); err != nil {
			return time.Time{}, err
		}
		if wanted(got.Vitals.Opening) {
			return time.Now(), nil
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return time.Time{}, err
		}
	}
	return time.Time{}, nil
}

// announcedHash is the commitment of the draw to come, as anybody reads it.
func (s *announcedStage) announcedHash(ctx context.Context) (string, error) {
	var published struct{ Draws []aDraw }
	if err := outside(ctx, s.drawAddress(), &published); err != nil {
		return "", err
	}
	i := slices.IndexFunc(published.Draws, func(d aDraw) bool { return d.Seed == "" })
	if i < 0 {
		return "", fmt.Errorf("no draw is announced at %s", s.drawAddress())
	}
	return published.Draws[i].Commitment, nil
}

func (s *announcedStage) drawAddress() string { return "http://" + s.edge.listen + "/.falochron/draw" }

var drawnTo = regexp.MustCompile(`was drawn to place (\d+) of \d+`)

// recompute has falochron verify-draw recompute a place, and compares it with what the
// waiting page said of it, if that was still there to be read.
func (s *announcedStage) recompute(ctx context.Context, r *announcedResult, place, page, hash string) error {
	if s.fault == "other-hash" {
		hash = strings.Repeat("0", len(hash))
	}
	args := []string{"verify-draw", "--url", s.drawAddress(), "--place", place, "--commitment", hash}
	s.out.say("  $ falochron %s", strings.Join(args, " "))
	out, err := exec.CommandContext(ctx, s.house.exe, args...).CombinedOutput()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	said := strings.Join(strings.Fields(string(out)), " ")
	m := drawnTo.FindStringSubmatch(said)
	r.Evening.Recomputed = err == nil && m != nil && (page == "" || page == m[1])
	r.Evening.Verified = said
	if page != "" {
		r.Evening.Verified += "; her page says " + page
	} else {
		r.Evening.Verified += "; she is in already"
	}
	return nil
}
