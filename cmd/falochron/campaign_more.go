package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/plan"
	"github.com/spf13/cobra"
)

func (o *planOptions) undoCommand() *cobra.Command {
	var why string
	cmd := &cobra.Command{
		Use: "undo CAMPAIGN POST", Short: "Take back that a post is out, goes out, or was reported", Args: wants("CAMPAIGN", "POST"),
		Long: fmt.Sprintf(`Takes back what was said of a post: a slip of the finger. It is as it was before then, and
everybody is told. It can be done for %.0f minutes after it was said; by a link, by who said so
or the media house.`, plan.TakeBackWithin.Minutes()),
		Example: `  falochron campaign undo lipstick-1 lipstick-1.1 --why "wrong button"`,
		RunE: o.write(func(d *desk, args []string) error {
			_, err := d.do(plan.TakeBack{Campaign: plan.ID(args[0]), Post: plan.ID(args[1]), Why: why})
			return err
		}),
	}
	cmd.Flags().StringVar(&why, "why", "", "`reason`")
	return cmd
}

// lookedWithin is how long campaign check waits for the posts of a campaign to be looked at.
const lookedWithin = 3 * time.Minute

func (o *planOptions) checkCommand() *cobra.Command {
	at := operators{}
	cmd := &cobra.Command{
		Use: "check CAMPAIGN", Short: "Have link, price and coupon looked at in the shop now", Args: wants("CAMPAIGN"),
		Long: `Asks the running Falochron that the shop is behind to look at the posts of a campaign as a
fresh visitor, waits for what it finds, and says it. What it cannot find out you look
at by hand and tell with falochron campaign found.

Exit code 1 also means that something is not right in the shop.`,
		Example: "  falochron campaign check lipstick-1",
		RunE: o.read(func(d *desk, args []string) error {
			at.data = d.data
			if d.cfg != nil && at.admin == "" {
				at.admin, at.tokenFile = d.cfg.Admin.Listen, d.cfg.Admin.TokenFile
			}
			if at.admin == "" {
				at.admin = config.Default().Admin.Listen
			}
			return d.check(&at, plan.ID(args[0]))
		}),
	}
	cmd.Flags().StringVar(&at.admin, "admin", "", "address of the operators' listener of the running Falochron (default "+config.Default().Admin.Listen+")")
	cmd.Flags().StringVar(&at.tokenFile, "token-file", "", "file of its token (default admin-token in the data folder)")
	return cmd
}

func (d *desk) check(at *operators, id plan.ID) error {
	if _, err := d.campaign(id); err != nil {
		return err
	}
	if err := at.unlock(); err != nil {
		return err
	}
	var said struct {
		Posts int
		Asked time.Time
	}
	if err := at.call(d.ctx, "POST", "/api/v1/plan/campaigns/"+string(id)+"/look", nil, &said); err != nil {
		return err
	}
	fmt.Fprintf(d.out, d.say("looking; posts: %d\n", "sprawdzam; wpisy: %d\n"), said.Posts)
	if err := d.await(id, said.Asked); err != nil {
		return err
	}
	v, err := d.campaign(id)
	if err != nil {
		return err
	}
	wrong := 0
	for _, x := range v.Checks {
		word := d.found(&x)
		if x.Result == plan.Wrong {
			wrong++
		}
		d.sentence(fmt.Sprintf("%-16s%s", x.Post, word))
	}
	if wrong > 0 {
		return &falochron.Error{Kind: falochron.Conflict, Op: "look at the posts", Public: d.say("something is not right in the shop", "coś się w sklepie nie zgadza"), Hint: "repair it, and check again"}
	}
	return nil
}

// await follows the plan until everything of a campaign was looked at since a moment.
func (d *desk) await(id plan.ID, since time.Time) error {
	ctx, cancel := context.WithTimeout(d.ctx, lookedWithin)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() { d.Run(ctx) })
	for {
		changed, open := d.Changed(), 0
		d.Read(func(b *plan.Book) {
			for _, l := range b.Looks(d.now) {
				if l.Campaign == id && l.Last.Before(since) {
					open++
				}
			}
		})
		if open == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return &falochron.Error{
				Kind: falochron.Unavailable, Op: "look at the posts", Public: d.say("nothing was found out in time", "nie udało się sprawdzić na czas"),
				Hint: "the shop may be busy; it is looked at as soon as it is calm, and falochron campaign readiness says what was found",
			}
		}
	}
}

// found says one check in words.
func (d *desk) found(x *plan.PostCheck) string {
	what := map[plan.CheckKind]string{plan.LinkCheck: "link", plan.PriceCheck: d.say("price", "cena"), plan.CouponCheck: d.say("coupon", "kupon")}[x.What]
	result := map[plan.CheckResult]string{
		plan.Right: d.say("right", "zgadza się"), plan.Wrong: d.say("not right", "nie zgadza się"), plan.Open: d.say("try it by hand", "sprawdź ręcznie"),
		"": d.say("not looked at", "nie sprawdzono"),
	}[x.Result]
	if why := x.Found().In(d.lang); why != "" {
		result += ": " + why
	}
	return what + " – " + result
}

func (o *planOptions) foundCommand() *cobra.Command {
	var wrong bool
	var with string
	cmd := &cobra.Command{
		Use: "found CAMPAIGN POST WHAT", Short: "Say that link, price or coupon is right in the shop: somebody has looked", Args: wants("CAMPAIGN", "POST", "WHAT"),
		Example: `  falochron campaign found lipstick-1 lipstick-1.1 coupon
  falochron campaign found lipstick-1 lipstick-1.1 price --wrong --with "69.00"`,
		RunE: o.write(func(d *desk, args []string) error {
			if with != "" && !wrong {
				return usage("--with is of use with --wrong only", "what is right needs no more words")
			}
			x := plan.Check{What: plan.CheckKind(args[2]), Result: plan.Right, With: with}
			if wrong {
				x.Result = plan.Wrong
			}
			_, err := d.do(plan.RecordChecks{Campaign: plan.ID(args[0]), Post: plan.ID(args[1]), Checks: []plan.Check{x}})
			return err
		}),
	}
	cmd.Flags().BoolVar(&wrong, "wrong", false, "it is not right")
	cmd.Flags().StringVar(&with, "with", "", "`what` is there instead")
	return cmd
}

func (o *planOptions) historyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "history SHOP", Short: "List past posts of a shop with what was foretold and what came", Args: wants("SHOP"),
		RunE: o.read(func(d *desk, args []string) error { return d.history(plan.ID(args[0])) }),
	}
}

func (o *planOptions) windowCommand() *cobra.Command {
	return group("window", "Times in which something is done to a shop, or must not be", o.windowAddCommand(), o.windowListCommand(), o.windowRemoveCommand())
}

func (o *planOptions) windowAddCommand() *cobra.Command {
	var from, until, id string
	var w plan.Window
	cmd := &cobra.Command{
		Use: "add SHOP KIND", Short: "Add a window, or with --id change one", Args: wants("SHOP", "KIND"),
		Long: `KIND is freeze (nothing is changed), purge (caches are emptied), sync (stock or prices are
written from elsewhere) or release (new code).`,
		Example: `  falochron campaign window add lipstick freeze --from "2026-11-29 20:00" --until "2026-12-01 23:00"
  falochron campaign window add lipstick sync --from "2026-11-20 03:00" --until "2026-11-20 03:30" --daily --what ERP`,
		RunE: o.write(func(d *desk, args []string) (err error) {
			w.ID, w.Shop, w.Kind = plan.ID(id), plan.ID(args[0]), plan.WindowKind(args[1])
			zone, err := d.zoneOf(w.Shop)
			if err != nil {
				return err
			}
			if w.From, err = momentIn("from", from, zone); err != nil {
				return err
			}
			if w.Until, err = momentIn("until", until, zone); err != nil {
				return err
			}
			_, err = d.do(plan.PutWindow{Window: w})
			return err
		}),
	}
	f := cmd.Flags()
	f.StringVar(&from, "from", "", "`time` it begins, in the zone of the shop or with its own")
	f.StringVar(&until, "until", "", "`time` it ends")
	f.BoolVar(&w.Daily, "daily", false, "every day at the same hour, from then on")
	f.StringVar(&w.What, "what", "", "`description` for people")
	f.StringVar(&id, "id", "", "`id` of the window that is changed")
	return cmd
}

func (o *planOptions) windowListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list SHOP", Short: "List the windows of a shop", Args: wants("SHOP"),
		RunE: o.read(func(d *desk, args []string) error {
			s, err := d.shop(plan.ID(args[0]))
			if err != nil {
				return err
			}
			var rows [][]string
			for _, w := range s.Windows {
				often := d.say("once", "raz")
				if w.Daily {
					often = d.say("daily", "codziennie")
				}
				rows = append(rows, []string{string(w.ID), string(w.Kind), clock(w.From, s.Zone), clock(w.Until, s.Zone), often, w.What})
			}
			d.table(d.say("ID|KIND|FROM|UNTIL|HOW OFTEN|WHAT", "ID|RODZAJ|OD|DO|JAK CZĘSTO|CO"), rows)
			return nil
		}),
	}
}

func (o *planOptions) windowRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "remove SHOP WINDOW", Short: "Take a window out", Args: wants("SHOP", "WINDOW"),
		RunE: o.write(func(d *desk, args []string) error {
			_, err := d.do(plan.RemoveWindow{Shop: plan.ID(args[0]), Window: plan.ID(args[1])})
			return err
		}),
	}
}

func (o *planOptions) onCallCommand() *cobra.Command {
	var name, address, from, until string
	var nobody bool
	cmd := &cobra.Command{
		Use: "on-call PARTY", Short: "Say who of a party can be rung, and when", Args: wants("PARTY"),
		Long: `Enters a shift: who of a party can be rung from when until when. A party can have
many. Where two overlap, the later entry counts; what is left of the other stays. The
same person and address in overlapping hours corrects the hours.`,
		Example: `  falochron campaign on-call hosting --name Jan --address tel:+48600100200 --from 2026-12-01T18:00:00+01:00 --until 2026-12-02T02:00:00+01:00`,
		RunE: o.write(func(d *desk, args []string) (err error) {
			c := plan.SetOnCall{Party: plan.ID(args[0]), OnCall: plan.OnCall{Contact: plan.Contact{Name: name, Address: address}}}
			if (name == "" && address == "") != nobody {
				return usage("wants --name and --address, or --nobody", "--name Jan --address tel:+48600100200")
			}
			if c.From, err = momentIn("from", from, time.Local); err != nil {
				return err
			}
			if c.From.IsZero() {
				c.From = d.now
			}
			if c.Until, err = momentIn("until", until, time.Local); err != nil {
				return err
			}
			_, err = d.do(c)
			return err
		}),
	}
	f := cmd.Flags()
	f.StringVar(&name, "name", "", "`name` of the person")
	f.StringVar(&address, "address", "", "`address` where they are reached: tel:+48…, mailto:…")
	f.BoolVar(&nobody, "nobody", false, "nobody is on call in that time: takes out what is entered for it")
	f.StringVar(&from, "from", "", "`time` it begins, in the zone of this machine or with its own; default now")
	f.StringVar(&until, "until", "", "`time` it ends")
	return cmd
}

func (o *planOptions) shopReserveCommand() *cobra.Command {
	var r plan.Reserve
	cmd := &cobra.Command{
		Use: "reserve SHOP", Short: "Record how many workers the host can have, and how fast", Args: wants("SHOP"),
		Example: "  falochron campaign shop reserve lipstick --workers 40 --lead 2h",
		RunE: o.write(func(d *desk, args []string) error {
			_, err := d.do(plan.RecordReserve{Shop: plan.ID(args[0]), Reserve: r})
			return err
		}),
	}
	cmd.Flags().IntVar(&r.Workers, "workers", 0, "the most `workers` in all, or replicas, if those were measured")
	cmd.Flags().DurationVar(&r.Lead, "lead", 0, "`duration` from asking for them until they serve")
	return cmd
}

// shop is a shop that the actor may know of.
func (d *desk) shop(id plan.ID) (out plan.ShopView, err error) {
	var all []plan.ShopView
	d.Read(func(b *plan.Book) { all, err = b.Shops(d.now, d.who) })
	for _, s := range all {
		if s.Shop.ID == id {
			return s, nil
		}
	}
	if err == nil {
		err = &falochron.Error{Kind: falochron.NotFound, Op: "find the shop", Public: "there is no shop " + string(id), Hint: "falochron campaign shop list shows what there is"}
	}
	return out, err
}

func (d *desk) zoneOf(id plan.ID) (*time.Location, error) {
	s, err := d.shop(id)
	return s.Zone, err
}

// momentIn reads a moment: with a zone, or in the given one.
func momentIn(flag, s string, zone *time.Location) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation("2006-01-02 15:04", s, zone); err == nil {
		return t, nil
	}
	return time.Time{}, usage(fmt.Sprintf("--%s %q is no time", flag, s), "write 2026-12-01T20:00:00+01:00, or 2026-12-01 20:00")
}
