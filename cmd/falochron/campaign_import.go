package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/listen"
	"github.com/falochron/falochron/internal/plan"
	"github.com/spf13/cobra"
)

func (o *planOptions) importCommand() *cobra.Command {
	var shop, campaign string
	var dry bool
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Take posts and evenings from a spreadsheet or a calendar into the plan", Args: wants("FILE"),
		Long: `Reads a table (CSV, as Excel, LibreOffice and Google Sheets save it) or a calendar (ICS) of
posts and sales evenings, and takes all of it into the plan, or nothing. What was taken
before and has not changed in the file stays as it is. docs/news.md lists the columns.`,
		Example: `  falochron campaign import autumn.csv --shop lipstick --campaign Autumn --dry-run
  falochron campaign import autumn.ics --shop lipstick --campaign Autumn`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if shop == "" {
				return usage("--shop is missing", "falochron campaign shop list shows the shops' ids")
			}
			b, err := readFileOf(args[0])
			if err != nil {
				return err
			}
			open := o.write
			if dry {
				open = o.read
			}
			return open(func(d *desk, _ []string) error {
				out, err := d.ImportFile(d.ctx, d.now, d.who, control.File{Shop: plan.ID(shop), Campaign: campaign, Body: b, DryRun: dry, Language: d.lang})
				if bad, ok := errors.AsType[*control.FileError](err); ok {
					return d.faulty(args[0], cmd, bad)
				}
				if err == nil {
					d.imported(&out)
				}
				return err
			})(cmd, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&shop, "shop", "", "`id` of the shop that all of it is for")
	f.StringVar(&campaign, "campaign", "", "`name` of the campaign of what names none; it is begun if it is not there")
	f.BoolVar(&dry, "dry-run", false, "say what would come of it, and write nothing")
	return cmd
}

// readFileOf reads a file that is no longer than what can be taken.
func readFileOf(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err == nil && info.Size() > listen.MaxFile {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "read the file", Public: fmt.Sprintf("%s is longer than %d bytes", name, listen.MaxFile), Hint: "split it into several files"}
	}
	var b []byte
	if err == nil {
		b, err = os.ReadFile(name)
	}
	if err != nil {
		kind := falochron.Unavailable
		if errors.Is(err, fs.ErrNotExist) {
			kind = falochron.NotFound
		}
		return nil, &falochron.Error{Kind: kind, Op: "read the file", Err: err, Hint: "name a file in CSV or ICS"}
	}
	return b, nil
}

// faulty prints all that is wrong with a file, as compilers do.
func (d *desk) faulty(name string, cmd *cobra.Command, bad *control.FileError) error {
	out := cmd.ErrOrStderr()
	for _, f := range bad.Faults {
		at := fmt.Sprintf("%s:%d: ", name, f.Line)
		if f.Column != "" {
			at += f.Column + ": "
		}
		fmt.Fprint(out, at, f.Message)
		if f.Hint != "" && !bad.Refused {
			fmt.Fprint(out, " (", f.Hint, ")")
		}
		fmt.Fprintln(out)
	}
	if bad.Left > 0 {
		fmt.Fprintf(out, d.say("and %d more\n", "i jeszcze %d\n"), bad.Left)
	}
	kind := falochron.Invalid
	if bad.Refused {
		kind = falochron.Conflict // the file can be read; the plan does not want what it says
	}
	return &falochron.Error{
		Kind: kind, Op: "import " + name, Public: fmt.Sprintf(d.say("%d faults; nothing was written", "błędów: %d; niczego nie zapisano"), len(bad.Faults)+bad.Left),
		Hint: d.say("mend the file and import all of it again", "popraw plik i zaimportuj go jeszcze raz w całości"),
	}
}

// imported says what came of each row.
func (d *desk) imported(out *control.Imported) {
	words := map[control.Outcome]string{
		control.WasAdded: d.say("added", "dodano"), control.WasChanged: d.say("changed", "zmieniono"),
		control.WasCancelled: d.say("called off", "odwołano"), control.WasSame: d.say("as before", "bez zmian"),
	}
	var rows [][]string
	for _, r := range out.Rows {
		rows = append(rows, []string{fmt.Sprint(r.Line), words[r.Outcome], string(r.Ref)})
	}
	d.table(d.say("LINE|WHAT|POST", "WIERSZ|CO|POST"), rows)
	if out.DryRun {
		fmt.Fprintln(d.out, d.say("nothing was written: this was a dry run", "niczego nie zapisano: to była próba"))
	}
	fmt.Fprintf(d.out, d.say("added %d, changed %d, called off %d, as before %d\n", "dodano %d, zmieniono %d, odwołano %d, bez zmian %d\n"), out.Added, out.Changed, out.Cancelled, out.Same)
	for i := range out.Acts {
		d.warn(out.Acts[i].Warnings)
	}
}

// linkFeedCommand prints the address of a party's calendar.
func (o *planOptions) linkFeedCommand() *cobra.Command {
	var url string
	cmd := &cobra.Command{
		Use: "feed LINK", Short: "Print the address of a link's calendar", Args: wants("LINK"),
		Long: `Prints the address by which a calendar program follows what the party of the link may see:
posts, evenings and its own open steps. It is a secret of the party and ends with the link.`,
		Example: "  falochron campaign link feed ola-link-1 --url https://plan.example",
		RunE: o.read(func(d *desk, args []string) error {
			a, err := d.opens(plan.ID(args[0]))
			if err == nil {
				fmt.Fprintln(d.out, d.reach(url)+a.Feed)
			}
			return err
		}),
	}
	cmd.Flags().StringVar(&url, "url", "", "how people reach the pages; default plan.url of the configuration, or of the falochron run of this data folder")
	return cmd
}

// linkHookCommand prints what a scheduler has to be given.
func (o *planOptions) linkHookCommand() *cobra.Command {
	var url string
	cmd := &cobra.Command{
		Use: "hook LINK", Short: "Print where a scheduler sends its calls, and the secret that signs them", Args: wants("LINK"),
		Long: `Prints the address for the webhook of a scheduler, and the secret with which it signs its
calls (Standard Webhooks). What it sends is done by the right of the link's party in the
link's role. The secret is kept nowhere; it ends with the link.`,
		Example: "  falochron campaign link hook mediahouse-link-1 --url https://plan.example",
		RunE: o.read(func(d *desk, args []string) error {
			a, err := d.opens(plan.ID(args[0]))
			if err == nil {
				fmt.Fprintf(d.out, "%s%s\n%s\n", d.reach(url), a.Hook, a.Secret)
			}
			return err
		}),
	}
	cmd.Flags().StringVar(&url, "url", "", "how schedulers reach the pages' listener; default plan.url of the configuration, or of the falochron run of this data folder")
	return cmd
}
