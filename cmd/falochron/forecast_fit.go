package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/state"
	"github.com/spf13/cobra"
)

// fitOptions are the flags of forecast fit.
type fitOptions struct {
	traces []string
	data   string
	shop   string
	begin  string
	source string
	out    string
}

func newForecastFitCommand() *cobra.Command {
	var o fitOptions
	cmd := &cobra.Command{
		Use:   "fit --shop NAME | --trace FILE...",
		Short: "Learn from past posts how waves go, for nowcasts",
		Long: `Reads how people came after past posts, and writes figures for nowcasts: how large
waves are, how they rise and ebb, and how much they differ. A trace has the seconds
after the post and how many new visitors came in each; docs/nowcast.md shows it.

It begins with the figures the program has, which give way as traces come in: after
three posts of a shop theirs say more about the size, after a dozen about the course.
--begin none forgets them.

A running Falochron keeps a trace of each wave of a shop in its data folder, counts by
the second and nothing else. --shop learns from those, and puts the figures where the
shop's nowcasts find them with the next wave; delete the file, and the program's own
count again.

Of three traces and more it says whether that helps: each is nowcast with figures
that were learnt from the others, and with the old ones.`,
		Example: `  falochron forecast fit --shop lip
  falochron forecast fit --trace monday.trace --trace friday.trace --out nowcast.json
  falochron forecast fit --trace waves/ --out nowcast.json`,
		Args: wants(),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.traces, "trace", nil, "`file` of a past post, or folder of such files; may be repeated")
	f.StringVar(&o.shop, "shop", "", "learn from the waves that this `shop` has had, and have its nowcasts made of that")
	f.StringVar(&o.data, "data", config.Default().Data, "with --shop: data folder of Falochron")
	f.StringVar(&o.begin, "begin", "", "`file` of figures to begin with, or none; default those of the program")
	f.StringVar(&o.source, "source", "", "`words` that say of which posts the figures are")
	f.StringVar(&o.out, "out", "", "write the figures into this `file`; default: with --shop where its nowcasts find them, else only say what they would be")
	return cmd
}

func (o *fitOptions) run(out io.Writer) error {
	paths, err := o.paths()
	if err != nil {
		return err
	}
	traces, err := readTraces(paths)
	if err != nil {
		return err
	}
	begin := forecast.BuiltIn()
	switch o.begin {
	case "":
	case "none":
		begin = nil
	default:
		if begin, err = readFigures(o.begin); err != nil {
			return err
		}
	}
	f, err := forecast.Fit(traces, begin)
	if err != nil {
		return &falochron.Error{Kind: falochron.Invalid, Op: "learn from traces", Public: err.Error(), Err: err, Hint: "docs/nowcast.md shows what a trace has"}
	}
	if f.Source = o.source; f.Source == "" {
		f.Source = fmt.Sprintf("%d traces", len(traces))
	}
	fmt.Fprintf(out, "%d posts. The middle one brings %s people in 10 minutes, %s in an hour.\n", f.Posts,
		forecast.English.About(f.Middle(10*time.Minute)), forecast.English.About(f.Middle(time.Hour)))
	if len(traces) >= 3 {
		if err := helps(out, traces, begin); err != nil {
			return err
		}
	}
	if o.out == "" {
		return nil
	}
	text, err := f.Write()
	if err == nil {
		err = os.WriteFile(o.out, text, 0o644)
	}
	if err != nil {
		return &falochron.Error{Kind: falochron.Unavailable, Op: "write the figures", Err: err, Hint: "can the folder of --out be written to?"}
	}
	_, err = fmt.Fprintf(out, "Written to %s.\n", o.out)
	return err
}

// paths are the files and folders to learn from. With a shop, its own waves are among
// them, and the figures go where its nowcasts find them.
func (o *fitOptions) paths() ([]string, error) {
	if o.shop == "" {
		return o.traces, nil
	}
	waves := state.WavesFolder(o.data, o.shop)
	if entries, err := os.ReadDir(waves); err != nil || len(entries) == 0 {
		return nil, &falochron.Error{
			Kind: falochron.NotFound, Op: "learn from the waves of " + o.shop, Public: "none is in " + waves, Err: err,
			Hint: "a wave is there when it is over, or after an hour; are --data and --shop right?",
		}
	}
	if o.out == "" {
		o.out = state.NowcastFile(o.data, o.shop)
	}
	return append(slices.Clone(o.traces), waves), nil
}

// helps nowcasts each trace with figures of the others, and with the old ones.
func helps(out io.Writer, traces []forecast.Trace, begin *forecast.Figures) error {
	old := forecast.NewNowcaster(forecast.BuiltIn())
	horizons := []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute}
	errs := make([][2][]float64, len(horizons))
	held := make([]int, len(horizons))
	for i := range traces {
		f, err := forecast.Fit(slices.Delete(slices.Clone(traces), i, i+1), begin)
		if err != nil {
			return err
		}
		own := forecast.NewNowcaster(f)
		for h, after := range horizons {
			o, came := replayed(&traces[i], after)
			n := own.Nowcast(o)
			errs[h][0] = append(errs[h][0], math.Abs(n.In10Min.Mid/came-1))
			errs[h][1] = append(errs[h][1], math.Abs(old.Nowcast(o).In10Min.Mid/came-1))
			if came >= n.In10Min.Low && came <= n.In10Min.High {
				held[h]++
			}
		}
	}
	fmt.Fprintf(out, "\nPeople in 10 minutes, nowcast from the first seconds of each post, with figures of\nthe others and with those of the program:\n\n%-12s%16s%16s%20s\n", "after", "wrong by, now", "before", "interval holds")
	for h, after := range horizons {
		middle := func(x []float64) string {
			slices.Sort(x)
			return forecast.English.Percent(x[len(x)/2])
		}
		fmt.Fprintf(out, "%-12s%16s%16s%15d of %d\n", after, middle(errs[h][0]), middle(errs[h][1]), held[h], len(traces))
	}
	fmt.Fprintln(out)
	return nil
}

// replayed is what was seen of a post so long after the first newcomer, from two
// minutes before on, and how many people came in its first ten minutes.
func replayed(t *forecast.Trace, after time.Duration) (o forecast.Observed, came float64) {
	const before = 120
	o = forecast.Observed{Until: time.Unix(0, 0).Add(24 * time.Hour), Tick: time.Second, Base: t.Base, Counts: make([]uint32, before+int(after.Seconds()))}
	from := math.Floor(t.At[0]) - before
	for _, at := range t.At {
		if i := int(at - from); i < len(o.Counts) {
			o.Counts[i]++
		}
		if at < 600 {
			came++
		}
	}
	return o, max(1, came-600*t.Base)
}

// readTraces reads files, and those in folders.
func readTraces(paths []string) (out []forecast.Trace, err error) {
	if len(paths) == 0 {
		return nil, usage("no trace given", "--shop NAME, or --trace FILE as often as there are posts, or a folder")
	}
	var files []string
	for _, p := range paths {
		entries, err := os.ReadDir(p)
		if err != nil {
			files = append(files, p) // no folder: reading it says what else may be wrong
			continue
		}
		for _, e := range entries {
			if ext := filepath.Ext(e.Name()); e.Type().IsRegular() && (ext == ".trace" || ext == ".txt") {
				files = append(files, filepath.Join(p, e.Name()))
			}
		}
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, &falochron.Error{Kind: falochron.NotFound, Op: "read a trace", Public: file + " cannot be read", Err: err, Hint: "is it there, and may you read it?"}
		}
		t, err := forecast.ReadTrace(filepath.Base(file), text)
		if err == nil && len(t.At) == 0 {
			err = errors.New(filepath.Base(file) + ": nobody came")
		}
		if err != nil {
			return nil, &falochron.Error{Kind: falochron.Invalid, Op: "read a trace", Public: err.Error(), Hint: "docs/nowcast.md shows what a trace has"}
		}
		out = append(out, t)
	}
	if len(out) == 0 {
		return nil, usage("no trace found", "in a folder those count that end in .trace or .txt")
	}
	return out, nil
}

// readFigures reads figures as forecast fit wrote them.
func readFigures(file string) (*forecast.Figures, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, &falochron.Error{Kind: falochron.NotFound, Op: "read figures", Public: file + " cannot be read", Err: err, Hint: "falochron forecast fit --out writes such a file"}
	}
	f, err := forecast.ReadFigures(text)
	if err != nil {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "read figures", Public: file + ": " + err.Error(), Hint: "falochron forecast fit --out writes such a file"}
	}
	return f, nil
}
