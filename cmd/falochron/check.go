package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/falochron/falochron/internal/config"
	"github.com/spf13/cobra"
)

func newCheckCommand() *cobra.Command {
	var shop twinsOptions
	cmd := &cobra.Command{
		Use:   "check FILE | --shop URL",
		Short: "Name every fault of a configuration file, or what may be shared of a shop",
		Long: `With FILE: reads a configuration file as run would, and starts nothing. Every
fault is named with its place, value, bound and a hint. Exit code 2 means there are
some.

With --shop: looks at a running shop as two strangers and as somebody with a cart,
compares what they get, and says which kinds of pages may be shared. It asks at
most once a second, some 40 times in all, puts one article into a cart and takes it
out again. Exit code 1 means that a kind of page differs, or that nothing could be
compared; 0 that all is alike, or that nothing of such a shop is shared anyhow, as of
Vendure's or Saleor's interface. Medusa's needs --key. With --confirm it also gives
your word to a running Falochron that the kinds that are alike may be shared although
the shop forbids to store them, and takes it back for those that differ. The word counts
once that Falochron has compared the pages itself: it is told to, and waited for (--wait).
Where that Falochron itself answers at URL, its own comparison is what is shown.`,
		Example: `  falochron check /etc/falochron.yaml
  falochron check --shop http://127.0.0.1:8081
  falochron check --shop https://shop.example --confirm --admin 127.0.0.1:9090`,
		Args: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("shop") {
				return wants()(cmd, args)
			}
			for _, name := range []string{"kind", "page", "platform", "key", "pause", "confirm", "name", "admin", "data", "token-file", "wait"} {
				if cmd.Flags().Changed(name) {
					return usage("--"+name+" is of use with --shop only", cmd.CommandPath()+" --help shows an example")
				}
			}
			return wants("FILE")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return shop.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			return checkFile(cmd.OutOrStdout(), args[0])
		},
	}
	shop.flags(cmd.Flags())
	return cmd
}

// checkFile sums a configuration up, or returns its faults.
func checkFile(out io.Writer, name string) error {
	cfg, err := config.Load(name)
	if err != nil {
		return err
	}
	if _, err := readWays(&cfg.Notify); err != nil {
		return err
	}
	if _, err := planMatrix(cfg.Plan.Steps); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: no faults\n", name)
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
}
