package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/plan"
)

// tellCommand says something to the fans.
func (o *planOptions) tellCommand() *cobra.Command {
	var c plan.TellFans
	var back bool
	cmd := &cobra.Command{
		Use: "tell SHOP", Short: "Say something to the fans who wait", Args: wants("SHOP"),
		Long: `Sets a sentence that fans read on the waiting page, and wherever the shop shows its
line, in place of the one that the plan makes itself. One language is enough. With
--back what was said is taken back.`,
		Example: `  falochron campaign tell lipstick --en "The red one is back at eight" --pl "Czerwona wraca o ósmej" --for 2h`,
		RunE: o.write(func(d *desk, args []string) error {
			c.Shop = plan.ID(args[0])
			if said := c.Words != (plan.Words{}); said == back {
				return usage("it is not clear what to say", "give --en, --pl or both; or --back alone, and what was said is taken back")
			}
			_, err := d.do(c)
			return err
		}),
	}
	f := cmd.Flags()
	f.StringVar(&c.Words.EN, "en", "", "`sentence` in English, up to 160 characters")
	f.StringVar(&c.Words.PL, "pl", "", "`sentence` in Polish, up to 160 characters")
	f.DurationVar(&c.For, "for", 0, "how `long` it is shown, up to 168h (default 3h)")
	f.BoolVar(&back, "back", false, "take back what was said")
	return cmd
}

// shortLinksCommand lists short links.
func (o *planOptions) shortLinksCommand() *cobra.Command {
	var picture string
	cmd := &cobra.Command{
		Use: "links CAMPAIGN", Short: "List the short links of a campaign's posts", Args: wants("CAMPAIGN"),
		Long: `Lists the short link of each post: /go/ and a code on the shop's own host, which leads
to the post's link and counts who comes by it (falochron run has the counts). With --qr
the short link of one post is drawn as SVG on standard output.`,
		Example: `  falochron campaign links lipstick-1
  falochron campaign links lipstick-1 --qr lipstick-1.1 > story.svg`,
		RunE: o.read(func(d *desk, args []string) (err error) {
			var links []plan.ShortLink
			d.Read(func(b *plan.Book) { links, err = b.ShortLinks(d.now, d.who, plan.ID(args[0])) })
			if err != nil {
				return err
			}
			if picture != "" {
				return d.draw(links, plan.ID(picture))
			}
			var rows [][]string
			for _, l := range links {
				to := l.Link
				if to == "" {
					to = d.say("the front page", "strona główna")
				}
				at := l.URL
				if at == "" {
					at = "/go/" + l.Code
				}
				rows = append(rows, []string{string(l.Post), at, to})
			}
			d.table(d.say("POST|SHORT LINK|LEADS TO", "WPIS|KRÓTKI LINK|DOKĄD"), rows)
			return nil
		}),
	}
	cmd.Flags().StringVar(&picture, "qr", "", "`post` whose short link is drawn as a QR code")
	return cmd
}

// draw writes the QR code of one post's short link.
func (d *desk) draw(links []plan.ShortLink, post plan.ID) error {
	for _, l := range links {
		if l.Post == post && l.URL != "" {
			picture, err := control.QR(l.URL)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(d.out, string(picture))
			return err
		}
	}
	return usage(fmt.Sprintf("there is no short link of %s", post), "the campaign has no such post, or it is not known under which name fans reach the shop: give the shop its domains, or the post a link")
}
