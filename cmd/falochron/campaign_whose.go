package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/falochron/falochron/internal/plan"
)

func (o *planOptions) askCommand() *cobra.Command {
	var c plan.AskPost
	var at string
	cmd := &cobra.Command{
		Use: "ask SHOP", Short: "Ask the influencers of a shop whose post a wave is", Args: wants("SHOP"),
		Long:    "Asks the influencers of a shop whose post a wave is that nobody announced. Falochron run asks by itself.",
		Example: "  falochron campaign ask lipstick --channel instagram",
		RunE: o.write(func(d *desk, args []string) (err error) {
			c.Shop = plan.ID(args[0])
			if c.Onset, err = d.moment("at", at, ""); err != nil {
				return err
			}
			if c.Onset.IsZero() {
				c.Onset = time.Now()
			}
			_, err = d.do(c)
			return err
		}),
	}
	f := cmd.Flags()
	f.StringVar(&c.Channel, "channel", "", "`name` of where it seems to be")
	f.StringVar(&at, "at", "", "`time` the wave began; default now")
	return cmd
}

func (o *planOptions) answerCommand() *cobra.Command {
	var c plan.AnswerPost
	var post, no = "", false
	cmd := &cobra.Command{
		Use: "answer SHOP QUESTION", Short: "Say whose post a wave is, when Falochron asks", Args: wants("SHOP", "QUESTION"),
		Long:    "Says whose post a wave is, when Falochron asks: one of the plan, none of yours, or else one that was not announced.",
		Example: "  falochron campaign answer lipstick lipstick-ask-1 --post lipstick-1.1\n  falochron campaign answer lipstick lipstick-ask-1 --no\n  falochron campaign answer lipstick lipstick-ask-1 --channel tiktok --account ola",
		RunE: o.write(func(d *desk, args []string) error {
			c.Shop, c.Inquiry, c.Post, c.Yes = plan.ID(args[0]), plan.ID(args[1]), plan.ID(post), !no
			_, err := d.do(c)
			return err
		}),
	}
	f := cmd.Flags()
	f.StringVar(&post, "post", "", "`id` of the post that it is")
	f.BoolVar(&no, "no", false, "it is none of ours")
	f.StringVar(&c.Channel, "channel", "", "`name` of where the post is, of one that was not announced")
	f.StringVar(&c.Account, "account", "", "`name` of whose it is, the same")
	cmd.MarkFlagsMutuallyExclusive("post", "no")
	return cmd
}
