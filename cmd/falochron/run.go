package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/falochron/falochron/internal/config"
	"github.com/spf13/cobra"
)

func newRunCommand() *cobra.Command {
	var f config.Flags
	var file string
	d := config.Default()
	cmd := &cobra.Command{
		Use:   "run --origin URL | --config FILE",
		Short: "Protect a shop",
		Long: `Stands before a shop and protects it. Nothing but its address is needed.

What is said by a flag and in the file, the flag says. SIGHUP reads the file
again without dropping a request; if it has a fault, the old configuration
keeps running. SIGTERM and SIGINT let running requests finish; a second one
does not wait.

The one-step bypass is --mode off.`,
		Example: `  falochron run --origin http://127.0.0.1:8081
  falochron run --origin http://10.0.0.1 --origin http://10.0.0.2 --mode watch
  falochron run --config /etc/falochron.yaml`,
		Args: wants(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := configure(file, f)
			if err != nil {
				return err
			}
			ctx, stop := context.WithCancel(cmd.Context())
			defer stop()
			first := make(chan os.Signal, 1)
			signal.Notify(first, syscall.SIGTERM, syscall.SIGINT)
			defer signal.Stop(first)
			go func() {
				select {
				case <-first:
					// Before anything is said: the second one does what it always does, it
					// kills.
					signal.Stop(first)
					stop()
				case <-ctx.Done():
				}
			}()
			boundMemory()
			return serve(ctx, cfg, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringArrayVar(&f.Origins, "origin", nil, "address of the shop; once for each replica")
	fs.StringVar(&f.Listen, "listen", "", "address for visitors (default "+d.Listen+")")
	fs.StringVar(&f.Admin, "admin", "", "address for operators (default "+d.Admin.Listen+")")
	fs.StringVar(&f.Data, "data", "", "folder of keys and counters (default "+d.Data+")")
	fs.StringVar(&f.PlanStore, "plan-store", "", "where the plan of campaigns is kept: a SQLite file or postgres://… (default plan.db in the data folder)")
	fs.StringVar(&f.PlanListen, "plan-listen", "", "address of the plan's pages for people with a signed link (default: on the operators' listener only)")
	fs.StringVar(&f.PlanURL, "plan-url", "", "how people reach these pages, for links: https://plan.example (default: by their address)")
	fs.StringVar(&f.PlanSteps, "plan-steps", "", "file of the steps that the plan asks for; steps.example.yaml documents every key (default: those of docs/plan.md)")
	fs.StringVar(&file, "config", "", "configuration file; falochron.example.yaml documents every key")
	fs.StringVar(&f.Radar, "radar", "", "act, shadow or off: what is done about what looks like an attack, for all shops (default act)")
	fs.StringVar(&f.Mode, "mode", "", "watch, auto, shop, hold or off, for all shops (default auto)")
	return cmd
}

// configure builds the configuration from a file, or from flags alone.
func configure(file string, f config.Flags) (*config.Config, error) {
	if file != "" {
		return config.LoadWith(file, f)
	}
	return config.FromFlags(f)
}
