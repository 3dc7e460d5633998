package main

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/sim"
	"github.com/spf13/cobra"
)

//go:embed scenarios/*.yaml scenarios/real/*.yaml
var scenarioFiles embed.FS

// Where the stories lie: those that compare, and those that are played for real as well.
const (
	scenarioFolder     = "scenarios"
	realScenarioFolder = "scenarios/real"
)

// simulateFirst is the scenario that is played if none is named.
const simulateFirst = "surprise-40s"

// simulateOptions are the flags of simulate.
type simulateOptions struct {
	scenarios, scalers     []string
	against                []string
	jsonFile, svg, real    string
	all, list, open, plain bool
	seed                   uint64
	played                 []*sim.Scenario
	chosen                 []func() sim.Scaler
}

func newSimulateCommand() *cobra.Command {
	var o simulateOptions
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Compare ways of scaling a shop's replicas, in virtual time",
		Long: `Plays a story of fans before a shop with replicas in virtual time, with the line, the
limit and the scaling as they run live, and with other autoscalers instead of ours: HPA
on CPU and on requests, Knative's, KEDA, scheduled, by trend. It says for each how many
seconds people inside felt it, how many went away, how long the line was, and what it
cost in replica-hours. It asks nobody and starts nothing; the same file and seed give the
same figures.

With --real the story is first played for real, in minutes: Falochron, the toy shop in
processes and a crowd on this machine's loopback. What was measured goes into the file and
is held against plays of the same story; what is more than 15 % apart is an error.

docs/simulate.md has all stories with all scalers, and says how each is modelled;
scenario.example.yaml shows a file with every key.`,
		Example: `  falochron simulate
  falochron simulate --scenario announced-warm --scaler kpa --scaler ours-announced --svg warm.svg
  falochron simulate --scenario mine.yaml --json mine.json
  falochron simulate --all
  falochron simulate --scenario real-slow-start --real run.json`,
		Args: wants(),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.scenarios, "scenario", nil, "`name` of a story, or a file; default "+simulateFirst)
	f.StringSliceVar(&o.scalers, "scaler", nil, "`name` of who scales, or fixed; default all")
	f.BoolVar(&o.all, "all", false, "play all stories; takes minutes")
	f.BoolVar(&o.list, "list", false, "list the stories and who scales")
	f.BoolVar(&o.open, "open", false, "nothing stands before the shop")
	f.Uint64Var(&o.seed, "seed", 0, "`number` by which chance is drawn; default the story's")
	f.StringVar(&o.jsonFile, "json", "", "write all figures, second by second, into this `file`; - is standard output")
	f.StringVar(&o.svg, "svg", "", "write a picture into this `file`; of one story")
	f.StringSliceVar(&o.against, "against", nil, "`file` of what a real run measured, to compare with one story and one scaler; of several runs the middle")
	f.StringVar(&o.real, "real", "", "play one story for real on this machine, write what was measured into this `file`, and compare")
	f.BoolVar(&o.plain, "plain", false, "draw with plain characters")
	return cmd
}

func (o *simulateOptions) run(ctx context.Context, out io.Writer) error {
	if o.list {
		return o.listAll(out)
	}
	if err := o.choose(); err != nil {
		return err
	}
	if len(o.against) > 0 || o.real != "" {
		return o.compare(ctx, out)
	}
	var results []*sim.Result
	for _, s := range o.played {
		var of []*sim.Result
		for _, make := range o.chosen {
			of = append(of, sim.Play(*s, sim.Options{Scaler: make(), Open: o.open}))
		}
		results = append(results, of...)
		if o.jsonFile == "-" {
			continue
		}
		if err := o.show(out, s, of); err != nil {
			return err
		}
	}
	return o.write(out, results)
}

// show prints one story.
func (o *simulateOptions) show(out io.Writer, s *sim.Scenario, of []*sim.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n", s.Name, s.Story)
	if !o.all {
		b.WriteString(simulatePlot(of[len(of)-1], o.plain || !unicodeTerminal()))
		b.WriteString("\n")
	}
	b.WriteString(simulateTable(of))
	b.WriteString("\n")
	_, err := io.WriteString(out, b.String())
	return err
}

// compare holds plays of a story against a real run: one that was, or one that is played now.
func (o *simulateOptions) compare(ctx context.Context, out io.Writer) error {
	s := *o.played[0]
	files := o.against
	if o.real != "" {
		m, err := playForReal(ctx, out, &s)
		if err == nil {
			err = m.write(o.real)
		}
		if err != nil {
			return err
		}
		files = []string{o.real}
	}
	var runs []*measuredRun
	for _, file := range files {
		m, err := readMeasured(file)
		if err != nil {
			return err
		}
		if err := m.sameStory(&s); err != nil {
			return err
		}
		runs = append(runs, m)
	}
	of := playAgain(againstPlays, s, o.chosen[0], o.open)
	if o.jsonFile != "-" {
		if err := o.show(out, &s, of[:1]); err != nil {
			return err
		}
	}
	if err := o.write(out, of[:1]); err != nil {
		return err
	}
	return compareWithReal(out, files, runs, of)
}

// write makes the files.
func (o *simulateOptions) write(out io.Writer, results []*sim.Result) error {
	if o.svg != "" {
		if err := os.WriteFile(o.svg, simulatePicture(o.played[0], results), 0o644); err != nil {
			return &falochron.Error{Kind: falochron.Unavailable, Op: "write the picture", Err: err, Hint: "can the folder of --svg be written to?"}
		}
	}
	if o.jsonFile != "" {
		text, err := json.MarshalIndent(results, "", " ")
		if err != nil {
			return err
		}
		text = append(text, '\n')
		if o.jsonFile == "-" {
			_, err = out.Write(text)
		} else if err = os.WriteFile(o.jsonFile, text, 0o644); err != nil {
			err = &falochron.Error{Kind: falochron.Unavailable, Op: "write the figures", Err: err, Hint: "can the folder of --json be written to?"}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// choose reads the stories and finds who scales.
func (o *simulateOptions) choose() error {
	if o.all && len(o.scenarios) > 0 {
		return usage("--all and --scenario together", "leave one of them out")
	}
	names := o.scenarios
	if len(names) == 0 {
		names = []string{simulateFirst}
	}
	if o.all {
		names = scenarioNames(scenarioFolder)
	}
	for _, name := range names {
		s, err := readScenario(name)
		if err != nil {
			return err
		}
		plain := s.Plain()
		if o.seed > 0 {
			plain.Seed = o.seed
		}
		o.played = append(o.played, &plain)
	}
	if len(o.scalers) == 0 && o.real != "" {
		o.scalers = []string{realScaler}
	}
	if len(o.scalers) == 0 {
		o.chosen = sim.Scalers()
	}
	for _, name := range o.scalers {
		make := findScaler(name)
		if make == nil {
			return usage(fmt.Sprintf("--scaler %q is not known", name), "one of "+strings.Join(scalerNames(), ", ")+", fixed")
		}
		o.chosen = append(o.chosen, make)
	}
	switch {
	case o.svg != "" && len(o.played) > 1:
		return usage("--svg shows one story", "name it with --scenario")
	case len(o.against) > 0 && o.real != "":
		return usage("--against and --real together", "leave one of them out")
	case (len(o.against) > 0 || o.real != "") && (len(o.played) > 1 || len(o.chosen) > 1):
		return usage("--against compares one run", "name it with --scenario and --scaler")
	case o.real != "" && (o.open || o.scalers[0] != realScaler):
		return usage("--real is Falochron as it runs", "leave out --open and --scaler")
	case o.real != "":
		return realCheck(o.played[0])
	}
	return nil
}

// readScenario reads a story by its name, or from a file.
func readScenario(name string) (*config.Scenario, error) {
	if !strings.ContainsAny(name, "./\\") {
		text, err := scenarioFiles.ReadFile(scenarioFolder + "/" + name + ".yaml")
		if err != nil {
			text, err = scenarioFiles.ReadFile(realScenarioFolder + "/" + name + ".yaml")
		}
		if err != nil {
			return nil, usage(fmt.Sprintf("--scenario %q is not known", name), "falochron simulate --list shows the stories; a file is written with its ending or folder")
		}
		return config.ReadScenario(name, text)
	}
	return config.LoadScenario(name)
}

// scenarioNames are the stories that come with the program, of a folder.
func scenarioNames(folder string) []string {
	entries, err := scenarioFiles.ReadDir(folder)
	if err != nil {
		panic("the embedded scenarios are gone: " + err.Error()) // the linker put them there
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		names = append(names, strings.TrimSuffix(path.Base(e.Name()), ".yaml"))
	}
	return names
}

func scalerNames() []string {
	var names []string
	for _, make := range sim.Scalers() {
		names = append(names, make().Name())
	}
	return names
}

func findScaler(name string) func() sim.Scaler {
	if name == "fixed" {
		return func() sim.Scaler { return nil }
	}
	i := slices.Index(scalerNames(), name)
	if i < 0 {
		return nil
	}
	return sim.Scalers()[i]
}

func (o *simulateOptions) listAll(out io.Writer) error {
	var b strings.Builder
	for _, of := range []struct{ title, folder string }{{"stories", scenarioFolder}, {"stories for --real", realScenarioFolder}} {
		fmt.Fprintf(&b, "%s:\n", of.title)
		for _, name := range scenarioNames(of.folder) {
			s, err := readScenario(name)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "  %-24s %s\n", name, s.Story)
		}
	}
	fmt.Fprintf(&b, "who scales:\n  %s, fixed\n", strings.Join(scalerNames(), ", "))
	_, err := io.WriteString(out, b.String())
	return err
}
