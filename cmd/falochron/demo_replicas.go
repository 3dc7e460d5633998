package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/proc"
)

// replicasDemo is the third act of falochron demo: a shop whose replicas are multiplied.
// The same wave comes twice, first without a word, then announced.
type replicasDemo struct {
	workers int // of one replica
	seed    uint64
	json    string
	picture string
	fault   string

	house *house
	out   *printer
	began time.Time
}

// The wave: so many come in its first minute, 9 in 20 of them to buy, and nobody after it.
// The forecast makes as many of the reach that is announced.
const (
	replicasFans  = 720
	replicasReach = 2_400
	replicasWave  = time.Minute
	// replicasAfter is how long after it the story goes on at most: until all who came have
	// been served and have gone.
	replicasAfter = 2 * time.Minute
	// replicasAhead is how long before the post it is known of.
	replicasAhead = 90 * time.Second
	replicasMost  = 10 // the owner's maximum
	// replicasOpen is how long the shop has been open when the story begins: what has just
	// started is no measure of anything.
	replicasOpen = 25 * time.Second
	// What a replica of this shop takes: from the start of its program until it listens, and
	// as long until it is warm.
	replicasBoot = 10 * time.Second
	replicasCold = 5 * time.Second
)

// replicasFaults are what can be planted, each with the promise that it breaks.
var replicasFaults = []struct{ name, breaks string }{
	{"advise", "come"},        // it is only said what would be ordered
	{"slow-start", "ready"},   // a replica takes a minute from its start until it listens
	{"no-plan", "no line"},    // the second wave is not announced either
	{"dead-replicas", "come"}, // replicas beyond the first end at once
}

// check refuses what the third act cannot use.
func (d *replicasDemo) check(f *pflag.FlagSet) (err error) {
	mine := []string{"act", "workers", "seed", "json", "picture", "fault", "headless"}
	f.Visit(func(flag *pflag.Flag) {
		if err == nil && !slices.Contains(mine, flag.Name) {
			err = usage("act 3 has no --"+flag.Name, "leave it out; --"+strings.Join(mine[1:5], ", --")+" are there")
		}
	})
	if err != nil {
		return err
	}
	names := make([]string, len(replicasFaults))
	for i, fault := range replicasFaults {
		names[i] = fault.name
	}
	if d.fault != "" && !slices.Contains(names, d.fault) {
		return usage("no such fault: "+d.fault, "--fault "+strings.Join(names, ", "))
	}
	if !f.Changed("workers") {
		d.workers = 4
	}
	if d.workers < 1 || d.workers > 16 {
		return usage("a replica of the demo has 1 to 16 workers", "falochron demo --act 3 --workers 4")
	}
	return nil
}

// run plays both waves, shows and judges.
func (d *replicasDemo) run(ctx context.Context) (err error) {
	d.began = time.Now()
	if d.house, err = newHouse(); err != nil {
		return err
	}
	defer d.house.close()
	list, err := crowd.Draw(toyshopPlan(d.seed, demoCompression), replicasFans, replicasWave)
	if err != nil {
		return err
	}
	before := proc.Machine()
	r := &replicasResult{Seed: d.seed, Workers: d.workers, Fault: d.fault, Fans: replicasFans, Buyers: list.Buyers, Most: replicasMost}
	d.out.say("Act 3: the shop's replicas multiply. One replica has %d workers, listens %v after its start, and is slow for %v more.", d.workers, d.startTime(), replicasCold)
	s, err := d.set(ctx)
	if err != nil {
		return err
	}
	d.out.say("\nA wave without warning: %d fans in a minute, %d of them want to buy", replicasFans, list.Buyers)
	if r.Unannounced, err = s.wave(ctx, list, time.Time{}); err != nil {
		return err
	}
	d.out.say("\nThe same wave, announced %v ahead", replicasAhead)
	if err = s.again(ctx); err != nil {
		return err
	}
	at, err := s.announceWave(ctx, r)
	if err != nil {
		return err
	}
	if r.Announced, err = s.wave(ctx, list, at); err != nil {
		return err
	}
	r.BusyMean = round(proc.Machine().BusySince(before, 0), 3)
	r.TookS = round(time.Since(d.began).Seconds(), 1)
	return d.conclude(r)
}

// startTime is how long a replica takes until it listens.
func (d *replicasDemo) startTime() time.Duration {
	if d.fault == "slow-start" {
		return time.Minute
	}
	return replicasBoot
}

// conclude shows the result, writes it down and turns it into an exit code.
func (d *replicasDemo) conclude(r *replicasResult) error {
	promises := judgeReplicas(r)
	for _, p := range promises {
		r.Promises = append(r.Promises, judgedPromise{p.what, p.got, p.want, p.holds})
	}
	r.VoidBecause = r.voids()
	d.out.say("\n%s", verdicts(promises))
	file := d.pictureFile()
	if err := os.WriteFile(file, replicasPicture(r), 0o644); err != nil {
		return err
	}
	d.out.say("picture: %s", file)
	if d.json != "" {
		b, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(d.json, append(b, '\n'), 0o644); err != nil {
			return err
		}
		d.out.say("result:  %s", d.json)
	}
	d.out.say("all of it took %s", elapsed(time.Since(d.began)))
	return exitOf(promises, r.VoidBecause, "fans, replicas and Falochron share the machine: run it with nothing else on it")
}

func (d *replicasDemo) pictureFile() string {
	switch {
	case d.picture != "":
		return d.picture
	case d.json != "":
		return strings.TrimSuffix(d.json, filepath.Ext(d.json)) + ".svg"
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("falochron-act-3-%d.svg", d.seed))
}
