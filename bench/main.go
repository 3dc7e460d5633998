package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/falochron/falochron"
)

// Exit codes, as those of `falochron demo`.
const (
	exitOK     = 0
	exitBroken = 1 // a goal was missed, or something failed
	exitUsage  = 2 // the settings cannot be used
	exitVoid   = 3 // the machine was too busy to tell
)

// section is one benchmark: a part of docs/benchmarks.md with its JSON file.
type section struct {
	name  string // of the marker, of the file, and for ONLY=
	what  string
	apart bool                         // no part of the comparison: measured when asked for, or with FULL=1
	takes func(settings) time.Duration // roughly, when nothing is there yet
	run   func(context.Context, *bench) (outcome, error)
}

// outcome is what a section has to show.
type outcome struct {
	markdown string   // its tables
	missed   []string // goals that were missed
	void     []string // rows that prove nothing, and why
	open     []string // goals of which this run, being narrowed, cannot say anything
}

// sections are all benchmarks, in the order of the document.
func sections() []section {
	return []section{
		{"cost", "what one answer costs", false, costTakes, runCost},
		{"profiles", "where an answer's costs go", false, profilesTake, runProfiles},
		{"room", "a million people in line", false, roomTakes, runRoom},
		{"orders", "orders taken in a wave", true, ordersTakes, runOrders},
		{"imitations", "the wave at imitations of real shops", true, imitationsTake, runImitations},
		{"attacks", "attacks on top of a wave", true, attacksTake, runAttacks},
		{"peers", "the wave at what others put before a shop", false, peersTake, runPeers},
		{"algorithms", "admission algorithms at the same wave", false, algorithmsTake, runAlgorithms},
		{"radar", "how soon the radar tells of a wave, and how often of none", true, radarTakes, runRadar},
		{"nowcast", "how large a wave gets, from its first seconds", true, nowcastTakes, runNowcast},
		{"pictures", "pictures of the tables", false, picturesTake, runPictures},
		{"raw", "raw speed, and that of others", false, rawTakes, runRaw}, // last: it ends with an error where its tools cannot be had
	}
}

// bench is one run of this program.
type bench struct {
	settings
	machine machine
	build   string // of the program measured: the start of its SHA-256
	commit  string // of the checkout; may be empty
	say     func(format string, args ...any)
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == plainArgument {
		os.Exit(servePlain(os.Stdin, os.Stdout))
	}
	if len(os.Args) > 2 && os.Args[1] == frontArgument {
		os.Exit(becomeFront(os.Args[2:], os.Getenv, os.Stderr))
	}
	if len(os.Args) > 1 && os.Args[1] == compareArgument {
		os.Exit(compareFolders(os.Args[2:], os.Stdout))
	}
	if len(os.Args) > 1 {
		os.Exit(failed(&falochron.Error{
			Kind: falochron.Invalid, Op: "bench", Err: fmt.Errorf("%q is no argument of it", os.Args[1]),
			Hint: "what to measure is said by the environment, as ONLY=cost (docs/benchmarks.md); the only arguments are " + compareArgument + " OLD NEW",
		}))
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	code := run(ctx)
	stop()
	os.Exit(code)
}

func run(ctx context.Context) int {
	set, err := readSettings(os.Getenv)
	if err != nil {
		return failed(err)
	}
	b := &bench{settings: set, machine: readMachineFacts(), say: func(format string, args ...any) { fmt.Printf(format+"\n", args...) }}
	if b.build, err = fingerprint(set.program); err != nil {
		return failed(err)
	}
	b.commit = commitOf(ctx, ".")
	chosen := slices.DeleteFunc(sections(), func(s section) bool { return !set.wants(s) })
	var whole time.Duration
	for _, s := range chosen {
		whole += s.takes(set)
	}
	b.say("%s, %s\nbuild %s; about %s if nothing is there yet", b.machine.Processor, b.machine.System, b.build, minutes(whole))
	for _, s := range sections() {
		note := ""
		if !set.wants(s) {
			note = ", not in this run"
		}
		b.say("  %-10s %6s%s", s.name, minutes(s.takes(set)), note)
	}
	var all outcome
	for _, s := range chosen {
		b.say("\n%s: %s, about %s", s.name, s.what, minutes(s.takes(set)))
		out, err := s.run(ctx, b)
		if err != nil {
			return failed(err)
		}
		b.say("\n%s", out.markdown)
		if err := b.document(s.name, out.markdown); err != nil {
			return failed(err)
		}
		all.missed, all.void, all.open = append(all.missed, out.missed...), append(all.void, out.void...), append(all.open, out.open...)
	}
	return conclude(b, all)
}

// conclude turns what was missed into an exit code. A goal that was missed in a
// row that counts is missed, whatever else is void. Only a run that was asked for
// everything may say that every goal was reached.
func conclude(b *bench, all outcome) int {
	for _, v := range all.void {
		b.say("void: %s", v)
	}
	for _, m := range all.missed {
		b.say("missed: %s", m)
	}
	for _, o := range all.open {
		b.say("not measured: %s", o)
	}
	switch {
	case len(all.missed) > 0:
		return exitBroken
	case len(all.void) > 0:
		return exitVoid
	case b.narrowed() || len(all.open) > 0:
		b.say("no goal was missed, but not everything was measured")
		return exitOK
	case !b.full:
		b.say("every goal of the comparison was reached; FULL=1 measures the others")
		return exitOK
	}
	b.say("every goal was reached")
	return exitOK
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, "bench:", err)
	if hint := falochron.HintOf(err); hint != "" {
		fmt.Fprintln(os.Stderr, "hint:", hint)
	}
	var e *falochron.Error
	if errors.As(err, &e) && e.Kind == falochron.Invalid {
		return exitUsage
	}
	return exitBroken
}

func minutes(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}
