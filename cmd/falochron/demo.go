package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/crowd"
)

// The demo's wave: eight minutes of the post's life, five times as fast.
const (
	demoWave        = 96 * time.Second
	demoCompression = 5.0
)

// demo is one run of `falochron demo`.
type demo struct {
	overload    float64
	workers     int
	seed        uint64
	as          string // software that the shop imitates; empty = the toy shop's own
	front       string // command of what stands before the shop in place of Falochron; empty = Falochron
	headless    bool
	json        string
	picture     string
	length      time.Duration
	compression float64
	scenario    scenario
	rig         rig

	house *house
	out   *printer
	began time.Time
}

func newDemoCommand() *cobra.Command {
	d, announced, replicas, act := &demo{}, &announcedDemo{}, &replicasDemo{}, 1
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See what a wave does to a shop, and what Falochron does about it",
		Long: `Sends the same wave of fans at a small shop twice: once as it is, once with
Falochron before it. First it measures how many orders the shop can take at its
best; a promise is kept when nearly all of these are taken with many times too
many buyers at the door. Takes about five minutes and two cores.

Only arrivals and the time people think are compressed, five times. Exit code 0:
all promises hold. 1: one is broken. 3: the machine was too busy to tell.

With --front, whatever you have before your shop today meets the wave in Falochron's
place: a command of the shell that listens on $LISTEN (host:port; also $LISTEN_HOST
and $LISTEN_PORT), asks $ORIGIN, may write to $FOLDER, and runs until it is stopped.
Nothing is promised of it then, and exit code 1 does not mean that.

With --act 2 the wave is an announced one: what influencer and host do, they do in a
real browser on the pages of the campaign room, and it ends with a draw that is
recomputed. Takes about four minutes; make demo ACT=2 builds what moves the browser.

With --act 3 the shop's replicas multiply: the same wave comes without a word, and a
line stands until they are there; then announced, and they are there before it. Takes
about six minutes.`,
		Example: "  falochron demo\n  falochron demo --overload 100 --json result.json\n" +
			"  falochron demo --front 'exec haproxy -db -f my.cfg'   # in it: bind \"${LISTEN}\", server shop \"${ORIGIN}\"",
		Args: wants(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			d.out = newPrinter(cmd.OutOrStdout())
			switch act {
			case 1:
				return d.run(ctx)
			case 2:
				announced.out, announced.workers, announced.seed, announced.fault = d.out, d.workers, d.seed, d.rig.fault
				if err := announced.check(cmd.Flags()); err != nil {
					return err
				}
				return announced.run(ctx)
			case 3:
				replicas.out, replicas.workers, replicas.seed, replicas.json, replicas.picture, replicas.fault = d.out, d.workers, d.seed, d.json, d.picture, d.rig.fault
				if err := replicas.check(cmd.Flags()); err != nil {
					return err
				}
				return replicas.run(ctx)
			}
			return usage(fmt.Sprintf("there is no act %d", act), "--act 1, --act 2 or --act 3")
		},
	}
	f := cmd.Flags()
	f.Float64Var(&d.overload, "overload", 20, "how many times too many buyers arrive, 1 to 200")
	f.IntVar(&d.workers, "workers", 8, "workers of the shop, 1 to 64")
	f.Uint64Var(&d.seed, "seed", 1, "seed of the fans and of the shop's service times")
	f.StringVar(&d.as, "as", "", "software that the shop imitates, such as woocommerce or opencart (falochron toyshop --help lists them)")
	f.StringVar(&d.front, "front", "", "command that is put before the shop in place of Falochron, to compare; it finds $LISTEN, $ORIGIN and an empty $FOLDER")
	f.BoolVar(&d.headless, "headless", false, "nobody is watching: do not point at the live page")
	f.StringVar(&d.json, "json", "", "write the result to this file")
	f.StringVar(&d.picture, "picture", "", "write the picture to this file (default: beside the result)")
	f.DurationVar(&d.length, "wave", demoWave, "length of the wave")
	f.Float64Var(&d.compression, "compression", demoCompression, "how much faster people arrive and think, 1 to 5")
	_, _ = f.MarkHidden("wave"), f.MarkHidden("compression")
	f.IntVar(&act, "act", 1, "1: a wave without warning; 2: an announced one, with a browser; 3: replicas of the shop")
	d.scenario.flags(f)
	d.rig.flags(f)
	announced.flags(f)
	return cmd
}

func (d *demo) check() error {
	if !(d.overload >= 1 && d.overload <= 200) || d.workers < 1 || d.workers > 64 {
		return usage("the demo takes an overload of 1 to 200 and 1 to 64 workers", "falochron demo --overload 20 --workers 8")
	}
	if d.length < 10*time.Second {
		return usage("a wave is at least 10 s long", "leave out --wave")
	}
	if err := d.rig.check(); err != nil {
		return err
	}
	if d.rig.attack != "" && d.as != "" {
		return usage("attacks are for the toy shop in its own clothes", "leave out --as")
	}
	if err := d.checkFront(); err != nil {
		return err
	}
	return d.scenario.check()
}

// run measures, shows and judges.
func (d *demo) run(ctx context.Context) (err error) {
	d.began = time.Now()
	if err := d.check(); err != nil {
		return err
	}
	// What the crowd cannot do is found before five minutes are spent.
	plan, err := planFor(d.as, d.seed, d.compression)
	if err != nil {
		return err
	}
	if _, err := crowd.Draw(plan, 1, d.length); err != nil {
		return err
	}
	if d.house, err = newHouse(); err != nil {
		return err
	}
	defer d.house.close()
	d.house.as = d.as

	ideal, err := d.idealOnce(ctx)
	if err != nil {
		return err
	}
	d.house.killAll()
	best := ideal.best()
	d.out.say("  At its best the shop takes %.1f orders a minute (%.1f through an idle edge); 19 of 20 pages then come within %.1f s.",
		ideal.bare.OrdersPerMin, ideal.edge.OrdersPerMin, best.P95MS/1000)

	if d.rig.waves == "none" {
		return voidOf(voids(ideal, waveNotShown(), waveNotShown()))
	}
	fans := fansFor(d.overload, best.OrdersPerMin, d.length, plan.BuyerShare())
	list, err := crowd.Draw(plan, fans, d.length)
	if err != nil {
		return err
	}
	d.out.say("\nThe wave: %d fans in %.0f s, %d of them want to buy: %g times too many. List of fans %.16s", fans, d.length.Seconds(), list.Buyers, d.overload, list.Hash)
	d.house.shopFlags = d.rig.shopFlags()
	bare, protected := waveNotShown(), waveNotShown()
	var behind *stage
	if d.rig.shows("protected") {
		d.out.say("\nThe shop with %s before it", protector(d.front))
		if behind, err = d.set(ctx, list, true); err != nil {
			return err
		}
		defer behind.clear()
	}
	if d.rig.shows("bare") {
		d.out.say("\nThe wave at the bare shop")
		if bare, err = d.wave(ctx, list, false); err != nil {
			return err
		}
	}
	if d.rig.shows("protected") {
		d.out.say("\nThe same wave with %s before the same shop", protector(d.front))
		if protected, err = behind.play(ctx); err != nil {
			return err
		}
	}
	r := d.assemble(list, ideal, bare, protected)
	d.rig.mark(r, d.promises(r))
	return d.conclude(r, bare, protected)
}

// promises judges the result. Nobody has promised anything of somebody else's front.
func (d *demo) promises(r *demoResult) []promise {
	if d.front != "" {
		return nil
	}
	return judge(r)
}

// fansFor is how many fans make an overload: so many that the buyers among them,
// who are the share buyers of all, arrive overload times as fast on average as
// ideal orders a minute.
func fansFor(overload, ideal float64, length time.Duration, buyers float64) int {
	return int(overload*ideal*length.Minutes()/buyers + 0.5)
}

// conclude shows the result, writes it down and turns it into an exit code.
func (d *demo) conclude(r *demoResult, bare, protected *waveResult) error {
	promises := d.promises(r)
	d.out.say("\n%s", table(r))
	d.out.say("%s", sparks(r, bare.report, protected.report))
	if d.rig.shows("protected") && d.front == "" {
		d.out.say("%s", verdicts(promises))
	}
	d.out.say("%s", costs(r))
	file := d.pictureFile()
	if err := os.WriteFile(file, picture(r, bare.report, protected.report), 0o644); err != nil {
		return err
	}
	d.out.say("picture: %s", file)
	if d.json != "" {
		if err := r.write(d.json); err != nil {
			return err
		}
		d.out.say("result:  %s", d.json)
	}
	d.out.say("all of it took %s", elapsed(time.Since(d.began)))
	return d.verdict(r, promises)
}

// verdict is the demo's exit code as an error.
func (d *demo) verdict(r *demoResult, promises []promise) error {
	if r.Void {
		return voidOf(r.Details.VoidBecause)
	}
	var broken []string
	for _, p := range promises {
		if !p.holds {
			broken = append(broken, fmt.Sprintf("%s: %s, promised %s", p.what, p.got, p.want))
		}
	}
	if len(broken) > 0 {
		return brokenPromises(broken)
	}
	return nil
}

// voidOf is the error of a measurement that proves nothing; nil when there is no reason why.
func voidOf(why []string) error {
	if len(why) == 0 {
		return nil
	}
	return &falochron.Error{Kind: falochron.Unavailable, Op: "demo", Err: &voidError{strings.Join(why, "; ")},
		Hint: "the demo shares two cores with all it measures: run it with nothing else on the machine"}
}

// elapsed is a time as people say it.
func elapsed(d time.Duration) string {
	secs := int(d.Seconds() + 0.5)
	if secs < 60 {
		return fmt.Sprintf("%d s", secs)
	}
	return fmt.Sprintf("%d min %d s", secs/60, secs%60)
}

func (d *demo) pictureFile() string {
	switch {
	case d.picture != "":
		return d.picture
	case d.json != "":
		return strings.TrimSuffix(d.json, filepath.Ext(d.json)) + ".svg"
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("falochron-demo-%d.svg", d.seed))
}

func sortActs(acts []act) {
	sort.SliceStable(acts, func(i, j int) bool { return acts[i].at < acts[j].at })
}
