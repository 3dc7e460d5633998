package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/fleet"
	"github.com/spf13/cobra"
)

// fleetOptions are the flags of all commands below falochron fleet.
type fleetOptions struct {
	file, shop, reason string
	replicas           int
	hold, timeout      time.Duration
}

func newFleetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fleet",
		Short: "See, order and give back replicas of the shop",
		Long: `Talks to what starts and stops replicas, by the section fleet of the configuration
file: see what there is, order a number by hand, and undo orders that are over.
docs/fleet.md is the guide.`,
		Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SuggestionsMinimumDistance = 2 // as of the root
	cmd.AddCommand(newFleetStatusCommand(), newFleetScaleCommand(), newFleetRestoreCommand())
	return cmd
}

func (o *fleetOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.file, "config", "", "configuration `file`")
	f.StringVar(&o.shop, "shop", "", "only the shop of this `name` (default all that have a fleet)")
	f.DurationVar(&o.timeout, "timeout", 30*time.Second, "for each shop")
	if err := cmd.MarkFlagRequired("config"); err != nil {
		panic(err) // a flag of ours that is not there
	}
}

func newFleetStatusCommand() *cobra.Command {
	var o fleetOptions
	cmd := &cobra.Command{
		Use:   "status --config FILE",
		Short: "Say which replicas there are",
		Long: `Asks what runs the replicas of each shop and says what there is. Nothing is changed.
Exit code 1 means that one could not be asked. Local processes live in a running
falochron, whose live page shows them.`,
		Example: `  falochron fleet status --config /etc/falochron.yaml`,
		Args:    wants(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.each(cmd, func(ctx context.Context, s *config.Shop, d fleet.Driver) error {
				st, err := d.Observe(ctx)
				if err != nil {
					return err
				}
				writeFleet(cmd.OutOrStdout(), s, st)
				return nil
			})
		},
	}
	o.flags(cmd)
	return cmd
}

func newFleetScaleCommand() *cobra.Command {
	var o fleetOptions
	cmd := &cobra.Command{
		Use:   "scale --config FILE --replicas N",
		Short: "Order a number of replicas by hand, for a time",
		Long: `Orders a number of replicas from what runs them. The order is undone when its time is
over, by a running falochron or by falochron fleet restore-expired, and a running one in
mode act gives its own orders meanwhile. Never beyond min and max of the file.`,
		Example: `  falochron fleet scale --config /etc/falochron.yaml --replicas 8 --hold 2h --reason "live at 20:00"`,
		Args:    wants(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.hold < time.Minute {
				return usage("--hold is less than a minute", "for example --hold 2h: after that the order is undone")
			}
			return o.each(cmd, func(ctx context.Context, s *config.Shop, d fleet.Driver) error {
				if f := s.Fleet; o.replicas < f.Min || o.replicas > f.Most() {
					return usage(fmt.Sprintf("%d replicas are outside of what the file allows, %d to %d", o.replicas, f.Min, f.Most()), "change fleet.min or fleet.max in the file if that is meant")
				}
				order, err := d.Scale(ctx, fleet.Want{Replicas: o.replicas, Expires: time.Now().Add(o.hold), Reason: cmp.Or(o.reason, "ordered by hand")})
				if err != nil {
					return err
				}
				writeOrder(cmd.OutOrStdout(), s, order)
				return nil
			})
		},
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.IntVar(&o.replicas, "replicas", 0, "how many, the owner's included")
	f.DurationVar(&o.hold, "hold", time.Hour, "how long the order is good")
	f.StringVar(&o.reason, "reason", "", "why, for those who look at the replicas")
	if err := cmd.MarkFlagRequired("replicas"); err != nil {
		panic(err) // a flag of ours that is not there
	}
	return cmd
}

func newFleetRestoreCommand() *cobra.Command {
	var o fleetOptions
	cmd := &cobra.Command{
		Use:   "restore-expired --config FILE",
		Short: "Undo orders that are over, and what a falochron that died has left",
		Long: `Undoes what an order has raised or started and whose time is over, and ends local
processes that a falochron which is gone has left. A running falochron does the same at
its start and every minute; as a CronJob this makes sure of it when none runs. What is
not over is left alone. Exit code 1 means that one could not be asked: try again.`,
		Example: `  falochron fleet restore-expired --config /etc/falochron.yaml`,
		Args:    wants(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.each(cmd, func(ctx context.Context, s *config.Shop, d fleet.Driver) error {
				notes, err := d.Restore(ctx, time.Now())
				if err != nil {
					return err
				}
				if len(notes) == 0 {
					fmt.Fprintf(cmd.OutOrStdout(), "%s: nothing to undo\n", s.Name)
				}
				for _, n := range notes {
					fmt.Fprintf(cmd.OutOrStdout(), "%s: %s: %s\n", s.Name, n.Kind, n.Text)
				}
				return nil
			})
		},
	}
	o.flags(cmd)
	return cmd
}

// each does something with the driver of each shop that has one, and goes on after a
// failure: one engine that is gone keeps nobody else's orders up.
func (o *fleetOptions) each(cmd *cobra.Command, do func(context.Context, *config.Shop, fleet.Driver) error) error {
	cfg, err := config.Load(o.file)
	if err != nil {
		return err
	}
	log := newLog(cfg.Log, cmd.ErrOrStderr())
	var failed []error
	found := false
	for i := range cfg.Shops {
		s := &cfg.Shops[i]
		if o.shop != "" && s.Name != o.shop {
			continue
		}
		found = true
		if err := o.one(cmd, s, func() (fleet.Driver, error) { return openFleet(s, cfg.Data, log) }, do); err != nil {
			failed = append(failed, err)
		}
	}
	if !found {
		return usage("there is no shop "+o.shop, "the names are in the file, below shops")
	}
	if len(failed) == 1 {
		return failed[0]
	}
	return errors.Join(failed...)
}

func (o *fleetOptions) one(cmd *cobra.Command, s *config.Shop, open func() (fleet.Driver, error), do func(context.Context, *config.Shop, fleet.Driver) error) error {
	wrap := func(err error) error {
		return &falochron.Error{Kind: falochron.KindOf(err), Op: "shop " + s.Name, Err: err, Hint: falochron.HintOf(err)}
	}
	if s.Fleet.Driver == config.FleetProcesses {
		if cmd.Name() != "restore-expired" {
			return wrap(&falochron.Error{Kind: falochron.Invalid, Public: "local processes live in the falochron that runs them",
				Hint: "look at its live page; it orders by itself in mode act"})
		}
		s.Fleet.Min = 0 // what is left is ended, and nothing started that would end with this command
	}
	d, err := open()
	if err != nil {
		return wrap(err)
	}
	if d == nil {
		fmt.Fprintf(cmd.OutOrStdout(), "%s: has no replicas of ours to look after, fleet.driver is %s\n", s.Name, s.Fleet.Driver)
		return nil
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), o.timeout)
	defer cancel()
	err = do(ctx, s, d)
	if err := errors.Join(err, d.Close()); err != nil {
		return wrap(err)
	}
	return nil
}

func writeFleet(out io.Writer, s *config.Shop, st fleet.State) {
	f := s.Fleet
	fmt.Fprintf(out, "%s: %s, mode %s: %d wanted, %d ready, %d to %d allowed", s.Name, f.Driver, f.Mode, st.Wanted, st.Ready(), f.Min, f.Most())
	if st.Most > 0 && st.Most < f.Most() {
		fmt.Fprintf(out, ", the engine's owner allows %d", st.Most)
	}
	if st.Startable >= 0 {
		fmt.Fprintf(out, ", %d more could start now", st.Startable)
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, r := range st.Replicas {
		whose := "yours"
		if r.Own {
			whose = "ours"
		}
		age := ""
		if !r.Since.IsZero() {
			age = "for " + st.Time.Sub(r.Since).Round(time.Second).String()
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Phase, age, whose, r.URL, r.Why)
	}
	_ = w.Flush() // to the same writer
	for _, n := range st.Notes {
		fmt.Fprintf(out, "  %s: %s\n", n.Kind, n.Text)
	}
}

func writeOrder(out io.Writer, s *config.Shop, o fleet.Order) {
	switch {
	case !o.Changed:
		fmt.Fprintf(out, "%s: %d replicas are ordered already\n", s.Name, o.Accepted)
	default:
		fmt.Fprintf(out, "%s: %d replicas are ordered, before %d\n", s.Name, o.Accepted, o.Before)
	}
	if o.Bound != "" {
		fmt.Fprintf(out, "  cut by %s\n", o.Bound)
	}
	for _, n := range o.Notes {
		fmt.Fprintf(out, "  %s: %s\n", n.Kind, n.Text)
	}
}
