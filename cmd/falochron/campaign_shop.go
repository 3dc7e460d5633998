package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/falochron/falochron/internal/plan"
	"github.com/spf13/cobra"
)

func (o *planOptions) shopAddCommand() *cobra.Command {
	var s plan.Shop
	var parties []string
	var replace bool
	cmd := &cobra.Command{
		Use: "add ID", Short: "Add a shop with who serves it, or change it", Args: wants("ID"),
		Long: `Adds a shop. Of one that is in the plan already it changes what is named: its name, its
zone, and domains and parties are added to those that it has. With --replace it has the
named domains and parties, and no others. What changes is said.

Roles are influencer, media-house, software-house and host; one party may have several,
and serve many shops.`,
		Example: `  falochron campaign shop add lipstick --name Lipstick --zone Europe/Warsaw --domain lipstick.example --party influencer:ola --party host:hosting
  falochron campaign shop add lipstick --party media-house:echo`,
	}
	cmd.RunE = o.write(func(d *desk, args []string) error {
		s.ID = plan.ID(args[0])
		for _, p := range parties {
			role, party, ok := strings.Cut(p, ":")
			if !ok {
				return usage(fmt.Sprintf("--party %q is no party in a role", p), "write influencer:ola; roles are influencer, media-house, software-house and host")
			}
			s.Parties = append(s.Parties, plan.Service{Party: plan.ID(party), Role: plan.Role(role)})
		}
		var old plan.Shop
		known := false
		if d.who.Role == plan.Operator { // others may not: the plan says so
			d.Read(func(b *plan.Book) { old, known = shopPlanned(b, d.now, s.ID) })
		}
		if known {
			if !cmd.Flag("name").Changed {
				s.Name = old.Name
			}
			if !cmd.Flag("zone").Changed {
				s.Zone = old.Zone
			}
			if !replace {
				s.Domains, s.Parties = with(old.Domains, s.Domains), with(old.Parties, s.Parties)
			}
		}
		if s.Name == "" {
			s.Name = args[0]
		}
		if known && s.Name == old.Name && s.Zone == old.Zone && slices.Equal(s.Domains, old.Domains) && slices.Equal(s.Parties, old.Parties) {
			d.sentence(d.say("as before", "bez zmian"))
			d.warnApart(s.ID)
			return nil
		}
		if _, err := d.do(plan.PutShop{Shop: s}); err != nil {
			return err
		}
		if known {
			d.changed(&old, &s)
		}
		d.warnApart(s.ID)
		return nil
	})
	f := cmd.Flags()
	f.StringVar(&s.Name, "name", "", "`name` for people; default the id, or as it is")
	f.StringVar(&s.Zone, "zone", "Europe/Warsaw", "time `zone` in which it is told; of a shop that is known as it is")
	f.StringArrayVar(&s.Domains, "domain", nil, "`name` under which fans reach it; once for each")
	f.StringArrayVar(&parties, "party", nil, "`role:party` that serves it; once for each")
	f.BoolVar(&replace, "replace", false, "take out the domains and parties that are not named")
	return cmd
}

// with are the values of a list, and those of another that are not in it.
func with[T comparable](old, more []T) []T {
	out := slices.Clone(old)
	for _, v := range more {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// changed says what is otherwise of a shop than before.
func (d *desk) changed(old, now *plan.Shop) {
	service := func(all []plan.Service) (out []string) {
		for _, s := range all {
			out = append(out, string(s.Role)+":"+string(s.Party))
		}
		return out
	}
	say := func(what, was, is string) {
		if was != is {
			d.sentence(fmt.Sprintf("  %s: %s → %s", what, was, is))
		}
	}
	say(d.say("name", "nazwa"), old.Name, now.Name)
	say(d.say("zone", "strefa"), old.Zone, now.Zone)
	for _, l := range []struct {
		what    string
		was, is []string
	}{
		{d.say("domain", "domena"), old.Domains, now.Domains}, {d.say("party", "strona"), service(old.Parties), service(now.Parties)},
	} {
		for _, v := range l.is {
			if !slices.Contains(l.was, v) {
				d.sentence(fmt.Sprintf("  + %s %s", l.what, v))
			}
		}
		for _, v := range l.was {
			if !slices.Contains(l.is, v) {
				d.sentence(fmt.Sprintf("  - %s %s", l.what, v))
			}
		}
	}
}
