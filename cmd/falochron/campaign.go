package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"os/user"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
	"github.com/spf13/cobra"
)

// planOptions are the flags of all commands of the plan.
type planOptions struct {
	at                 storeFlags
	lang, link, person string
	config, steps      string
}

// desk is where one command of the plan works.
type desk struct {
	*control.Campaigns
	ctx  context.Context
	now  time.Time
	who  plan.Actor
	lang plan.Language
	out  io.Writer
	data string         // folder of the keys
	cfg  *config.Config // of --config; nil = none was named
}

func newCampaignCommand() *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:   "campaign",
		Short: "Plan campaigns: who does what until when, and will the shop hold",
		Long: `Shows and changes the plan of campaigns. It works on the plan itself, whether or not
falochron run is running; what runs on the same plan sees each change within a second.
docs/plan.md says what a plan is.

You are an operator: you see everything, and confirm nothing for others. With --link you
act by a link that was given to a party, as whoever opens it; the history says so.

If falochron run asks for steps of a file, name it here as well, by --config or
--plan-steps: otherwise the steps shown here are others than those on the pages.

Exit code 1 means that the plan refused, or could not be reached; 2 that what was typed
cannot be meant.`,
		Example: `  falochron campaign party add ola --name Ola
  falochron campaign shop add lipstick --name Lipstick --zone Europe/Warsaw --party influencer:ola
  falochron campaign add autumn.yaml
  falochron campaign readiness lipstick-1`,
		Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := cmd.PersistentFlags()
	o.at.on(f)
	f.StringVar(&o.config, "config", "", "configuration `file` of falochron run, which says where data and plan are, and which steps it asks for")
	f.StringVar(&o.steps, "plan-steps", "", "`file` of the steps, if falochron run was started with one by its flag")
	f.StringVar(&o.lang, "lang", "", "`language`, pl or en; default from LANG")
	f.StringVar(&o.link, "link", "", "`id` of a link by which to act, as falochron campaign link list shows it")
	f.StringVar(&o.person, "as", "", "your `name` for the history; default the name of this user")
	cmd.AddCommand(
		o.listCommand(), o.showCommand(), o.addCommand(), o.importCommand(), o.readinessCommand(), o.auditCommand(), o.deliveriesCommand(),
		o.confirmCommand(), o.slipCommand(), o.cancelCommand(), o.nowCommand(), o.unplannedCommand(), o.askCommand(), o.answerCommand(),
		o.tellCommand(), o.proofCommand(), o.shortLinksCommand(), o.undoCommand(), o.checkCommand(), o.foundCommand(), o.historyCommand(),
		o.shopCommand(), o.partyCommand(), o.linkCommand(), o.windowCommand(), o.onCallCommand(),
	)
	return cmd
}

// read makes the work of a command that looks at a plan that is there.
func (o *planOptions) read(work func(d *desk, args []string) error) func(*cobra.Command, []string) error {
	return o.open(true, work)
}

// write makes the work of a command that changes a plan, which may be new.
func (o *planOptions) write(work func(d *desk, args []string) error) func(*cobra.Command, []string) error {
	return o.open(false, work)
}

func (o *planOptions) open(existing bool, work func(d *desk, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		lang, err := o.language()
		if err != nil {
			return err
		}
		cfg, err := o.configured(cmd)
		if err != nil {
			return err
		}
		steps := o.steps
		if steps == "" && cfg != nil {
			steps = cfg.Plan.Steps
		}
		matrix, err := planMatrix(steps)
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		c, err := control.OpenCampaigns(ctx, control.CampaignsConfig{Matrix: matrix, Open: func(ctx context.Context) (*store.Store, error) {
			return o.at.open(ctx, existing)
		}})
		if err != nil {
			return given(err)
		}
		d := &desk{Campaigns: c, ctx: ctx, now: time.Now(), lang: lang, out: cmd.OutOrStdout(), data: o.at.data, cfg: cfg}
		if d.who, err = o.actor(d); err == nil {
			err = work(d, args)
		}
		return d.refused(errors.Join(err, c.Close()))
	}
}

// configured takes data folder and store from the configuration that --config names,
// where no flag says otherwise.
func (o *planOptions) configured(cmd *cobra.Command) (*config.Config, error) {
	if o.config == "" {
		return nil, nil
	}
	cfg, err := config.Load(o.config)
	if err != nil {
		return nil, err
	}
	data, store := cmd.Flag("data").Changed, cmd.Flag("store").Changed
	if !data {
		o.at.data = cfg.Data
	}
	if !data && !store {
		o.at.address = planAddress(cfg)
	}
	return cfg, nil
}

// actor is who works: an operator, or whom the link was given to.
func (o *planOptions) actor(d *desk) (who plan.Actor, err error) {
	name := o.person
	if name == "" {
		if u, err := user.Current(); err == nil {
			name = u.Username
		}
	}
	if o.link == "" {
		return plan.Actor{Role: plan.Operator, Person: name}, nil
	}
	d.Read(func(b *plan.Book) { who, err = b.Enter(d.now, plan.ID(o.link), name) })
	return who, err
}

func (o *planOptions) language() (plan.Language, error) {
	l, err := (&forecastOptions{lang: o.lang}).language()
	if l == forecast.Polish {
		return plan.Polish, err
	}
	return plan.English, err
}

// say chooses between the languages.
func (d *desk) say(en, pl string) string { return plan.Words{EN: en, PL: pl}.In(d.lang) }

// refused makes a refusal of the plan an error in the reader's language that says what
// to do.
func (d *desk) refused(err error) error {
	no, ok := errors.AsType[*plan.Refusal](err)
	if !ok {
		return given(err)
	}
	e := &falochron.Error{Kind: no.Kind, Op: "change the plan", Public: strings.TrimSuffix(no.Reason.Sentence(d.lang), ".")}
	switch no.Kind {
	case falochron.NotFound:
		e.Hint = "falochron campaign list, shop list, party list and link list show what there is"
	case falochron.Denied:
		e.Hint = "docs/access.md says who may do what; --link acts by a link that was given to a party"
	case falochron.Conflict:
		e.Hint = "falochron campaign show shows the campaign as it is now"
	default:
		e.Hint = "nothing was changed; --help of the command shows an example"
	}
	return e
}

// do does one command and says what came of it.
func (d *desk) do(c plan.Command) (plan.Act, error) {
	act, err := d.Do(d.ctx, d.now, d.who, c)
	if err != nil {
		return act, err
	}
	return act, d.told(act)
}

// told says what was done, as the history has it, and what it clashes with.
func (d *desk) told(act plan.Act) (err error) {
	var about struct {
		ID       plan.ID `json:"id"`
		Campaign plan.ID `json:"campaign"`
		Shop     plan.ID `json:"shop"`
		Party    plan.ID `json:"party"`
		Grant    any     `json:"grant"`
		Window   any     `json:"window"`
	}
	if err := json.Unmarshal(act.Body, &about); err != nil {
		return &falochron.Error{Kind: falochron.Internal, Op: "read what was done", Err: err}
	}
	grant, _ := about.Grant.(map[string]any)
	if of, ok := grant["party"].(string); ok {
		about.Party = plan.ID(of)
	}
	window, _ := about.Window.(map[string]any)
	if of, ok := window["shop"].(string); ok {
		about.Shop = plan.ID(of)
	}
	var history plan.Audit
	d.Read(func(b *plan.Book) {
		switch {
		case about.Campaign != "":
			history, err = b.CampaignAudit(d.now, d.who, about.Campaign)
		case about.Shop != "" || act.Kind == "shop-put":
			history, err = b.ShopAudit(d.now, d.who, about.Shop+about.ID)
		default:
			history, err = b.PartyAudit(d.now, d.who, about.Party+about.ID)
		}
	})
	if err != nil || len(history.Entries) == 0 {
		return err
	}
	d.sentence(history.Entries[len(history.Entries)-1].Sentence(d.lang))
	d.warn(act.Warnings)
	return nil
}

// warn names conflicts.
func (d *desk) warn(all []plan.Conflict) {
	for _, w := range all {
		mark := d.say("note", "uwaga")
		if w.Grave {
			mark = d.say("clash", "konflikt")
		}
		d.sentence(mark + ": " + w.Reason.Sentence(d.lang))
	}
}

// sentence prints one on a line. The plan keeps numbers and units together with spaces
// that do not break; who greps does not know them.
func (d *desk) sentence(s string) {
	fmt.Fprintln(d.out, strings.ReplaceAll(s, "\u00a0", " "))
}

// table prints rows below a header, in columns.
func (d *desk) table(header string, rows [][]string) {
	w := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.ReplaceAll(header, "|", "\t"))
	for _, row := range rows {
		fmt.Fprintln(w, strings.ReplaceAll(strings.Join(row, "\t"), "\u00a0", " "))
	}
	_ = w.Flush() // as of every print
}

// clock writes a moment with its zone.
func clock(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(zone).Format("2006-01-02 15:04 MST")
}

// moment reads a moment: with a zone, or in that of the campaign's shop.
func (d *desk) moment(flag, s string, campaign plan.ID) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	if campaign != "" {
		v, err := d.campaign(campaign)
		if err != nil {
			return time.Time{}, err
		}
		if t, err := time.ParseInLocation("2006-01-02 15:04", s, v.Zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usage(fmt.Sprintf("--%s %q is no time", flag, s), "write 2026-12-01T20:00:00+01:00, or of a campaign 2026-12-01 20:00 in the zone of its shop")
}

func (d *desk) campaign(id plan.ID) (v plan.CampaignView, err error) {
	d.Read(func(b *plan.Book) { v, err = b.Campaign(d.now, d.who, id) })
	return v, err
}

func (o *planOptions) listCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the campaigns", Args: wants(),
		RunE: o.read(func(d *desk, _ []string) (err error) {
			var lines []plan.CampaignLine
			d.Read(func(b *plan.Book) { lines, err = b.Campaigns(d.now, d.who) })
			var rows [][]string
			for _, l := range lines {
				state := d.say("open", "trwa")
				switch {
				case l.Cancelled:
					state = d.say("called off", "odwołana")
				case l.Over:
					state = d.say("over", "zakończona")
				case l.Unplanned:
					state = d.say("unplanned", "niezapowiedziana")
				}
				if all || !l.Over && !l.Cancelled {
					rows = append(rows, []string{string(l.ID), string(l.Shop), clock(l.Begins, l.Begins.Location()), state, l.Name})
				}
			}
			if err == nil {
				d.table(d.say("ID|SHOP|BEGINS|STATE|NAME", "ID|SKLEP|POCZĄTEK|STAN|NAZWA"), rows)
			}
			return err
		}),
	}
	cmd.Flags().BoolVar(&all, "all", false, "those that are over or called off as well")
	return cmd
}

func (o *planOptions) addCommand() *cobra.Command {
	return &cobra.Command{
		Use: "add FILE", Short: "Add a campaign from a file", Args: wants("FILE"),
		Long: `Adds a campaign with all its posts and evenings to the plan: all of it, or nothing.
announcement.example.yaml shows a file with every key. What it clashes with is said,
and forbids nothing.`,
		Example: "  falochron campaign add autumn.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := config.LoadAnnouncement(args[0]) // before a plan is made
			if err != nil {
				return err
			}
			return o.write(func(d *desk, _ []string) error { return d.add(a) })(cmd, args)
		},
	}
}

func (d *desk) add(a *config.Announcement) error {
	frame, posts, evenings := a.Plain()
	var id plan.ID
	acts, err := d.DoAll(d.ctx, d.now, d.who, func(done []plan.Act) plan.Command {
		if len(done) == 0 {
			return frame
		}
		var begun plan.PutCampaign
		if err := json.Unmarshal(done[0].Body, &begun); err != nil {
			return nil // an act of our own
		}
		id = begun.Campaign
		switch n := len(done) - 1; {
		case n < len(posts):
			return plan.PutPost{Campaign: id, Post: posts[n]}
		case n < len(posts)+len(evenings):
			return plan.PutEvening{Campaign: id, Evening: evenings[n-len(posts)]}
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, d.say("%s is planned; posts: %d, evenings: %d\n", "%s jest w planie; posty: %d, wieczory: %d\n"), id, len(posts), len(evenings))
	for _, act := range acts {
		d.warn(act.Warnings)
	}
	return nil
}

func (o *planOptions) confirmCommand() *cobra.Command {
	var post, why string
	var no bool
	cmd := &cobra.Command{
		Use: "confirm CAMPAIGN STEP", Short: "Say that a step is done, or with --no that it is not agreed to", Args: wants("CAMPAIGN", "STEP"),
		Long: `Confirms a step for the party whose link --link names; nobody confirms for others.
falochron campaign show lists the steps, docs/plan.md explains them.`,
		Example: `  falochron campaign confirm lipstick-1 freeze --link hosting-link-1
  falochron campaign confirm lipstick-1 hour --post lipstick-1.1 --link ola-link-1
  falochron campaign confirm lipstick-1 go --no --why "the till is broken" --link hosting-link-1`,
		RunE: o.write(func(d *desk, args []string) error {
			if why != "" && !no {
				return usage("--why is of use with --no only", "a confirmation needs no reason")
			}
			campaign, moment := plan.ID(args[0]), plan.ID(post)
			var c plan.Command = plan.Confirm{Campaign: campaign, Step: args[1], Moment: moment}
			if no {
				c = plan.Withdraw{Campaign: campaign, Step: args[1], Moment: moment, Why: why}
			}
			_, err := d.do(c)
			return d.whichStep(err, campaign, args[1], moment)
		}),
	}
	cmd.Flags().StringVar(&post, "post", "", "`id` of the post or evening, of a step that is asked for each")
	cmd.Flags().BoolVar(&no, "no", false, "it is not done, or not agreed to")
	cmd.Flags().StringVar(&why, "why", "", "`reason` of a no")
	return cmd
}

func (o *planOptions) slipCommand() *cobra.Command {
	var by time.Duration
	var to, why string
	cmd := &cobra.Command{
		Use: "slip CAMPAIGN MOMENT", Short: "Move a post or an evening", Args: wants("CAMPAIGN", "MOMENT"),
		Example: `  falochron campaign slip lipstick-1 lipstick-1.1 --by 45m --why "the train is late"
  falochron campaign slip lipstick-1 lipstick-1.1 --to "2026-12-01 21:00"`,
		RunE: o.write(func(d *desk, args []string) error {
			if (by == 0) == (to == "") {
				return usage("wants --by or --to", "--by 45m, --by=-10m, or --to 2026-12-01T21:00:00+01:00")
			}
			at, err := d.moment("to", to, plan.ID(args[0]))
			if err != nil {
				return err
			}
			_, err = d.do(plan.Slip{Campaign: plan.ID(args[0]), Moment: plan.ID(args[1]), By: by, To: at, Why: why})
			return err
		}),
	}
	cmd.Flags().DurationVar(&by, "by", 0, "`duration`, negative for earlier")
	cmd.Flags().StringVar(&to, "to", "", "`time`, with a zone or in that of the shop")
	cmd.Flags().StringVar(&why, "why", "", "`reason`")
	return cmd
}

func (o *planOptions) cancelCommand() *cobra.Command {
	var why string
	cmd := &cobra.Command{
		Use: "cancel CAMPAIGN [MOMENT]", Short: "Call off a post or an evening, or the whole campaign",
		Example: `  falochron campaign cancel lipstick-1 lipstick-1.2 --why "sold out"
  falochron campaign cancel lipstick-1`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				args = args[:1]
			}
			return wants("CAMPAIGN")(cmd, args)
		},
		RunE: o.write(func(d *desk, args []string) error {
			c := plan.Cancel{Campaign: plan.ID(args[0]), Why: why}
			if len(args) == 2 {
				c.Moment = plan.ID(args[1])
			}
			_, err := d.do(c)
			return err
		}),
	}
	cmd.Flags().StringVar(&why, "why", "", "`reason`")
	return cmd
}

func (o *planOptions) nowCommand() *cobra.Command {
	var in time.Duration
	cmd := &cobra.Command{
		Use: "now CAMPAIGN POST", Short: "Say that a post is out, or goes out in a while", Args: wants("CAMPAIGN", "POST"),
		Example: "  falochron campaign now lipstick-1 lipstick-1.1 --in 10m",
		RunE: o.write(func(d *desk, args []string) error {
			_, err := d.do(plan.PostNow{Campaign: plan.ID(args[0]), Post: plan.ID(args[1]), In: in})
			return err
		}),
	}
	cmd.Flags().DurationVar(&in, "in", 0, "`duration` until it goes out; default: it is out")
	return cmd
}

func (o *planOptions) unplannedCommand() *cobra.Command {
	var c plan.ReportPost
	var at, campaign string
	cmd := &cobra.Command{
		Use: "unplanned SHOP", Short: "Say that a post is out that nobody had announced", Args: wants("SHOP"),
		Example: "  falochron campaign unplanned lipstick --channel tiktok --account ola",
		RunE: o.write(func(d *desk, args []string) (err error) {
			c.Shop, c.Campaign = plan.ID(args[0]), plan.ID(campaign)
			if c.At, err = d.moment("at", at, c.Campaign); err != nil {
				return err
			}
			_, err = d.do(c)
			return err
		}),
	}
	f := cmd.Flags()
	f.StringVar(&campaign, "campaign", "", "`id` of the campaign that it belongs to; default a new one")
	f.StringVar(&c.Channel, "channel", "", "`name` of where it is")
	f.StringVar(&c.Account, "account", "", "`name` of whose it is")
	f.IntVar(&c.Reach, "reach", 0, "how many `people` see it")
	f.StringVar(&c.Link, "address", "", "`address` in it")
	f.StringVar(&at, "at", "", "`time` it went out; default now")
	return cmd
}
