package main

import (
	"github.com/falochron/falochron/internal/plan"
	"github.com/spf13/cobra"
)

func (o *planOptions) proofCommand() *cobra.Command {
	var shown plan.Proof
	var kind string
	var none bool
	cmd := &cobra.Command{
		Use: "proof CAMPAIGN POST", Short: "Say how it was shown how many see a post", Args: wants("CAMPAIGN", "POST"),
		Long: `Says how it was shown how many people see a post, so that the others can look for
themselves. A host is told of what kind it is, and sees neither day, link nor note.`,
		Example: `  falochron campaign proof lipstick-1 lipstick-1.1 --kind statistics --of 2026-11-20 --address https://drive.example/ola-november.png
  falochron campaign proof lipstick-1 lipstick-1.1 --none`,
		RunE: o.write(func(d *desk, args []string) error {
			shown.Kind = plan.ProofKind(kind)
			if (shown == plan.Proof{}) != none {
				return usage("wants --kind, --of, --address or --note, or --none", "--kind statistics --address https://drive.example/picture.png")
			}
			_, err := d.do(plan.ShowReach{Campaign: plan.ID(args[0]), Post: plan.ID(args[1]), Shown: shown})
			return err
		}),
	}
	f := cmd.Flags()
	f.StringVar(&kind, "kind", "", "`what` was shown: statistics, media-kit, past-posts or other")
	f.StringVar(&shown.Date, "of", "", "`day` of the numbers, like 2026-11-20")
	f.StringVar(&shown.Link, "address", "", "`address` where it can be looked at")
	f.StringVar(&shown.Note, "note", "", "`words` about it")
	f.BoolVar(&none, "none", false, "it was not shown after all")
	return cmd
}
