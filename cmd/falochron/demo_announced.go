package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/proc"
	"github.com/spf13/pflag"
)

// announcedDemo is the second act of falochron demo: the same shop, and the wave is an
// announced one. What people do, they do in a real browser on the pages that Falochron
// serves them.
type announcedDemo struct {
	workers  int
	seed     uint64
	browser  string // program that moves the browser
	chromium string // path of that
	folder   string // of pictures and the report
	fault    string
	length   time.Duration // of the wave

	house *house
	out   *printer
	began time.Time
}

func (d *announcedDemo) flags(f *pflag.FlagSet) {
	f.StringVar(&d.browser, "browser", "", "act 2: `program` that moves a browser; make demo ACT=2 builds it")
	f.StringVar(&d.chromium, "chromium", "", "act 2: `path` of Chromium, as scripts/find-browser finds it")
	f.StringVar(&d.folder, "report", "", "act 2: `folder` for its pictures and report (default: one beside other temporary files)")
}

// announcedFaults are what can be planted, each with the promise that it breaks.
var announcedFaults = []struct{ name, breaks string }{
	{"deaf-chat", "told"},        // the host's chat service answers nobody
	{"foreign-key", "told"},      // it checks signatures with another key than the messages are signed with
	{"four-rooms", "few"},        // the host's room is its contact four times, so that each message comes four times
	{"stray-shop", "edge"},       // the plan's shop is none of those behind the edge
	{"slow-tap", "marker"},       // the moment of the tap is noted three seconds before the tap
	{"bare-link", "counted"},     // the fans come by the shop's own address, not by the post's short link
	{"dead-shop", "kept"},        // the shop is dead for ten seconds of the wave
	{"other-hash", "recomputed"}, // the draw is compared with another hash than the announced one
}

// check refuses what the second act cannot use.
func (d *announcedDemo) check(f *pflag.FlagSet) (err error) {
	mine := []string{"act", "workers", "seed", "browser", "chromium", "report", "fault", "headless", "wave"}
	f.Visit(func(flag *pflag.Flag) {
		if err == nil && !slices.Contains(mine, flag.Name) {
			err = usage("act 2 has no --"+flag.Name, "leave it out; --"+strings.Join(mine[1:6], ", --")+" are there")
		}
	})
	if err != nil {
		return err
	}
	names := make([]string, len(announcedFaults))
	for i, fault := range announcedFaults {
		names[i] = fault.name
	}
	if d.fault != "" && !slices.Contains(names, d.fault) {
		return usage("no such fault: "+d.fault, "--fault "+strings.Join(names, ", "))
	}
	if d.browser == "" || d.chromium == "" {
		return usage("act 2 moves a real browser, and this program has no driver for one", "make demo ACT=2 builds one and starts this with it and with Chromium")
	}
	if d.length = announcedWave; f.Changed("wave") {
		if d.length, err = f.GetDuration("wave"); err != nil || d.length < 10*time.Second || d.length > 2*time.Minute {
			return usage("a wave of act 2 is 10 s to 2 min long", "leave out --wave")
		}
	}
	if d.workers < 1 || d.workers > 64 {
		return usage("the demo takes 1 to 64 workers", "falochron demo --workers 8")
	}
	return nil
}

// run plays, shows and judges.
func (d *announcedDemo) run(ctx context.Context) (err error) {
	d.began = time.Now()
	if d.folder == "" {
		if d.folder, err = os.MkdirTemp("", "falochron-act-2-"); err != nil {
			return err
		}
	}
	if d.folder, err = filepath.Abs(d.folder); err != nil {
		return err
	}
	if err := os.MkdirAll(d.folder, 0o755); err != nil {
		return err
	}
	if d.house, err = newHouse(); err != nil {
		return err
	}
	defer d.house.close()
	before := proc.Machine()
	d.out.say("Act 2: the wave is announced. A shop, Falochron before it, a plan, and four parties.")
	s, err := d.set(ctx)
	defer s.clear()
	if err != nil {
		return err
	}
	r, err := s.play(ctx)
	if err != nil {
		return err
	}
	r.Seed, r.Workers, r.Fault = d.seed, d.workers, d.fault
	r.BusyMean = round(proc.Machine().BusySince(before, 0), 3)
	r.TookS = round(time.Since(d.began).Seconds(), 1)
	return d.conclude(r)
}

// conclude shows the result, writes it down and turns it into an exit code.
func (d *announcedDemo) conclude(r *announcedResult) error {
	promises := judgeAnnounced(r)
	for _, p := range promises {
		r.Promises = append(r.Promises, judgedPromise{p.what, p.got, p.want, p.holds})
	}
	r.VoidBecause = r.voids()
	d.out.say("\n%s", verdicts(promises))
	if err := r.write(d.folder); err != nil {
		return err
	}
	d.out.say("report: %s", filepath.Join(d.folder, reportPage))
	d.out.say("all of it took %s", elapsed(time.Since(d.began)))
	var broken []string
	for _, p := range promises {
		if !p.holds {
			broken = append(broken, fmt.Sprintf("%s: %s, promised %s", p.what, p.got, p.want))
		}
	}
	switch {
	case len(broken) == 0:
	case len(r.VoidBecause) > 0: // what holds on a busy machine holds; what does not may be the machine's fault
		return &falochron.Error{Kind: falochron.Unavailable, Op: "demo", Err: &voidError{strings.Join(append(r.VoidBecause, broken...), "; ")},
			Hint: "browser, fans, shop and Falochron share the machine: run it with nothing else on it"}
	default:
		return brokenPromises(broken)
	}
	return nil
}
