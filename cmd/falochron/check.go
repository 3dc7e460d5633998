package main

import (
	"fmt"
	"strings"

	"github.com/falochron/falochron/internal/config"
	"github.com/spf13/cobra"
)

func newCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Name every fault of a configuration file",
		Long: `Reads a configuration file as run would, and starts nothing. Every fault is
named with its place, value, bound and a hint. Exit code 2 means there are some.`,
		Example: "  falochron check /etc/falochron.yaml",
		Args:    wants("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := config.Load(args[0])
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "%s: no faults\n", args[0])
			for _, s := range cfg.Shops {
				hosts := "all other hosts"
				if len(s.Hosts) > 0 {
					hosts = strings.Join(s.Hosts, ", ")
				}
				origins := make([]string, len(s.Origins))
				for i, u := range s.Origins {
					origins[i] = u.String()
				}
				fmt.Fprintf(out, "  %s: %s -> %s, mode %s\n", s.Name, hosts, strings.Join(origins, ", "), s.Mode)
			}
			return nil
		},
	}
}
