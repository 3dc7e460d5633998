package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/ticket"
	"github.com/spf13/cobra"
)

// group is a command that only has commands of its own.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(commands...)
	return cmd
}

func (o *planOptions) shopCommand() *cobra.Command {
	return group("shop", "Shops of the plan", o.shopAddCommand(), o.shopListCommand(), o.shopRemoveCommand(), o.shopCapacityCommand(), o.shopReserveCommand())
}

func (o *planOptions) shopRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "remove SHOP", Short: "Remove a shop that has no campaign ahead", Args: wants("SHOP"),
		RunE: o.write(func(d *desk, args []string) error {
			act, err := d.Do(d.ctx, d.now, d.who, plan.RemoveShop{Shop: plan.ID(args[0])})
			if err == nil {
				d.sentence(fmt.Sprintf(d.say("the shop is removed from the plan: %s", "sklep usunięto z planu: %s"), args[0]))
				d.warn(act.Warnings)
			}
			return err
		}),
	}
}

// edges are the shops behind the edge of the data folder, or of --config; false: no edge
// has run there.
func (d *desk) edges() (e edges, known bool) {
	e, known = readEdges(d.data)
	if d.cfg != nil {
		kept := e.Kept
		e, known = edgesOf(d.cfg), true
		e.Kept = kept
	}
	return e, known
}

// isApart reports that a shop of the plan is not behind that edge.
func (d *desk) isApart(id plan.ID) bool {
	name, known := d.atEdge(id)
	return known && name == ""
}

// behindOf is the name under which the edge has a shop of the plan; empty: it has not,
// or nobody has said.
func (d *desk) behindOf(id plan.ID) string {
	name, _ := d.atEdge(id)
	return name
}

// atEdge is the same; false: nobody has said which shops the edge has, or there is no
// such shop in the plan.
func (d *desk) atEdge(id plan.ID) (name string, known bool) {
	e, said := d.edges()
	if !said {
		return "", false
	}
	var s plan.Shop
	var planned []plan.ID
	d.Read(func(b *plan.Book) {
		s, known = shopPlanned(b, d.now, id)
		planned = shopsPlanned(b, d.now)
	})
	if known {
		name, _ = e.find(&s, func() []plan.ID { return planned })
	}
	return name, known
}

// warnApart says so, and what to do.
func (d *desk) warnApart(id plan.ID) {
	if !d.isApart(id) {
		return
	}
	d.sentence(d.say("note", "uwaga") + ": " + plan.Reason{Kind: "shop-apart"}.Sentence(d.lang))
	d.sentence(fmt.Sprintf(d.say("if it is: say plan: %s at the shop in the configuration of falochron run (docs/plan.md)",
		"jeśli stoi: dopisz plan: %s przy sklepie w konfiguracji falochron run (docs/plan.md)"), id))
}

func (o *planOptions) shopListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the shops", Args: wants(),
		RunE: o.read(func(d *desk, _ []string) (err error) {
			var shops []plan.ShopView
			d.Read(func(b *plan.Book) { shops, err = b.Shops(d.now, d.who) })
			var rows [][]string
			for _, s := range shops {
				var people []string
				for _, p := range s.People {
					people = append(people, string(p.Role)+":"+string(p.Party))
				}
				takes := "–"
				if n := s.Capacity.OrdersPerMinute; n > 0 {
					takes = d.lang.Number(n)
				}
				rows = append(rows, []string{string(s.Shop.ID), s.Shop.Name, s.Shop.Zone, takes, strings.Join(people, " ")})
			}
			if err == nil {
				d.table(d.say("ID|NAME|ZONE|ORDERS A MINUTE|SERVED BY", "ID|NAZWA|STREFA|ZAMÓWIENIA NA MINUTĘ|KTO OBSŁUGUJE"), rows)
			}
			return err
		}),
	}
}

func (o *planOptions) shopCapacityCommand() *cobra.Command {
	var c plan.Capacity
	var at, evidence string
	cmd := &cobra.Command{
		Use: "capacity SHOP", Short: "Record how many orders a minute a shop finishes", Args: wants("SHOP"),
		Example: "  falochron campaign shop capacity lipstick --orders 120 --workers 8",
		RunE: o.write(func(d *desk, args []string) (err error) {
			c.Evidence = plan.Evidence(evidence)
			if c.At, err = d.moment("at", at, ""); err != nil {
				return err
			}
			if c.At.IsZero() {
				c.At = d.now
			}
			_, err = d.do(plan.RecordCapacity{Shop: plan.ID(args[0]), Capacity: c})
			return err
		}),
	}
	f := cmd.Flags()
	f.Float64Var(&c.OrdersPerMinute, "orders", 0, "`orders` a minute that it finishes")
	f.IntVar(&c.Workers, "workers", 0, "the `number` of workers it had meanwhile; default not known")
	f.BoolVar(&c.Replicas, "replicas", false, "--workers counts replicas")
	f.StringVar(&evidence, "evidence", string(plan.Told), "`how` you know it: live, rehearsal or told; it counts as told in any case, since only what Falochron saw itself is measured")
	f.StringVar(&at, "at", "", "`time` it was measured, with a zone; default now")
	return cmd
}

func (o *planOptions) partyCommand() *cobra.Command {
	return group("party", "Who takes part: influencers, media houses, software houses, hosts", o.partyAddCommand(), o.partyListCommand())
}

func (o *planOptions) partyAddCommand() *cobra.Command {
	var p plan.Party
	var language, quiet string
	var contacts []string
	cmd := &cobra.Command{
		Use: "add ID", Short: "Add a party, or replace it", Args: wants("ID"),
		Example: `  falochron campaign party add hosting --name "Good Hosting" --contact "Jan=mailto:jan@hosting.example" --quiet 22:00-07:00 --language pl`,
		RunE: o.write(func(d *desk, args []string) (err error) {
			p.ID, p.Language = plan.ID(args[0]), plan.Language(language)
			if p.Name == "" {
				p.Name = args[0]
			}
			for _, c := range contacts {
				name, address, ok := strings.Cut(c, "=")
				if !ok {
					return usage(fmt.Sprintf("--contact %q is no contact", c), `write "Jan=mailto:jan@hosting.example"`)
				}
				p.Contacts = append(p.Contacts, plan.Contact{Name: name, Address: address})
			}
			if p.Quiet, err = quietHours(quiet); err != nil {
				return err
			}
			_, err = d.do(plan.PutParty{Party: p})
			return err
		}),
	}
	f := cmd.Flags()
	f.StringVar(&p.Name, "name", "", "`name` for people; default the id")
	f.StringVar(&language, "language", "", "`language` in which it is written to: pl or en (default en)")
	f.StringArrayVar(&contacts, "contact", nil, "`name=address` where messages reach it; once for each, the first first")
	f.StringVar(&quiet, "quiet", "", "`hours` in which it is left alone, of the shop's zone: 22:00-07:00")
	return cmd
}

// quietHours reads 22:00-07:00.
func quietHours(s string) (h plan.Hours, err error) {
	if s == "" {
		return h, nil
	}
	from, until, _ := strings.Cut(s, "-")
	begin, err := time.Parse("15:04", from)
	end, wrong := time.Parse("15:04", until)
	if err != nil || wrong != nil {
		return h, usage(fmt.Sprintf("--quiet %q are no hours", s), "write 22:00-07:00")
	}
	return plan.Hours{From: begin.Hour()*60 + begin.Minute(), Until: end.Hour()*60 + end.Minute()}, nil
}

func (o *planOptions) partyListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the parties", Args: wants(),
		RunE: o.read(func(d *desk, _ []string) (err error) {
			var parties []plan.Party
			d.Read(func(b *plan.Book) { parties, err = b.Parties(d.now, d.who) })
			var rows [][]string
			for _, p := range parties {
				language, quiet := p.Language, "–"
				if language == "" {
					language = plan.English
				}
				if p.Quiet != (plan.Hours{}) {
					quiet = fmt.Sprintf("%02d:%02d-%02d:%02d", p.Quiet.From/60, p.Quiet.From%60, p.Quiet.Until/60, p.Quiet.Until%60)
				}
				var contacts []string
				for _, c := range p.Contacts {
					contacts = append(contacts, c.Name+" "+c.Address)
				}
				rows = append(rows, []string{string(p.ID), p.Name, string(language), quiet, strings.Join(contacts, ", ")})
			}
			if err == nil {
				d.table(d.say("ID|NAME|LANGUAGE|QUIET|CONTACTS", "ID|NAZWA|JĘZYK|CISZA|KONTAKTY"), rows)
			}
			return err
		}),
	}
}

func (o *planOptions) linkCommand() *cobra.Command {
	return group("link", "Signed links by which people come to the plan", o.linkGiveCommand(), o.linkShowCommand(), o.linkFeedCommand(), o.linkHookCommand(), o.linkRevokeCommand(), o.linkListCommand())
}

func (o *planOptions) linkGiveCommand() *cobra.Command {
	var shops []string
	var url string
	var lasts time.Duration
	cmd := &cobra.Command{
		Use: "give PARTY ROLE", Short: "Give a party a link", Args: wants("PARTY", "ROLE"),
		Long: `Makes a link by which whoever holds it acts for the party, in that role, until it expires
or is revoked. Its address is a secret of the party. It is signed with the keys of the
data folder, which falochron run makes at its first start.`,
		Example: `  falochron campaign link give ola influencer --for 720h --url https://plan.example`,
		RunE: o.write(func(d *desk, args []string) error {
			g := plan.Grant{Party: plan.ID(args[0]), Role: plan.Role(args[1]), Expires: d.now.Add(lasts)}
			for _, s := range shops {
				g.Shops = append(g.Shops, plan.ID(s))
			}
			act, err := d.do(plan.GiveLink{Grant: g})
			if err != nil {
				return err
			}
			var given plan.GiveLink
			if err := json.Unmarshal(act.Body, &given); err != nil {
				return &falochron.Error{Kind: falochron.Internal, Op: "read what was done", Err: err}
			}
			if g.Role == plan.Machine { // nobody opens pages by it
				fmt.Fprintf(d.out, d.say("for a scheduler: falochron campaign link hook %s\n", "dla programu: falochron campaign link hook %s\n"), given.Grant.ID)
				return nil
			}
			address, err := d.address(given.Grant.ID, url)
			if falochron.KindOf(err) == falochron.NotFound && err != nil {
				fmt.Fprintf(d.out, d.say("its address: falochron campaign link show %s, once falochron run has made the keys\n",
					"adres: falochron campaign link show %s, gdy falochron run utworzy klucze\n"), given.Grant.ID)
				return nil
			}
			if err == nil {
				fmt.Fprintln(d.out, address)
			}
			return err
		}),
	}
	f := cmd.Flags()
	f.StringArrayVar(&shops, "shop", nil, "`id` of a shop it is for; once for each (default: all that the party serves)")
	f.DurationVar(&lasts, "for", 90*24*time.Hour, "`duration` until it expires")
	f.StringVar(&url, "url", "", "how people reach the pages; default plan.url of the configuration, or of the falochron run of this data folder")
	return cmd
}

func (o *planOptions) linkShowCommand() *cobra.Command {
	var url string
	cmd := &cobra.Command{
		Use: "show LINK", Short: "Print the address of a link", Args: wants("LINK"),
		RunE: o.read(func(d *desk, args []string) (err error) {
			// Only a link that opens something has an address.
			d.Read(func(b *plan.Book) { _, err = b.Enter(d.now, plan.ID(args[0]), "") })
			if err != nil {
				return err
			}
			address, err := d.address(plan.ID(args[0]), url)
			if err == nil {
				fmt.Fprintln(d.out, address)
			}
			return err
		}),
	}
	cmd.Flags().StringVar(&url, "url", "", "how people reach the pages; default plan.url of the configuration, or of the falochron run of this data folder")
	return cmd
}

// address is the signed address of a link.
func (d *desk) address(link plan.ID, url string) (string, error) {
	ring, err := d.ring()
	if err != nil {
		return "", err
	}
	return d.reach(url) + opensOf(ring, link).Pages, nil
}

// reach is how people reach the pages: as a flag says, or the configuration, or whoever
// runs in this data folder. Empty: nobody says, and addresses are paths.
func (d *desk) reach(flag string) string {
	if flag != "" {
		return trimmed(flag)
	}
	e, _ := d.edges()
	return e.Reached
}

// ring are the keys of the data folder.
func (d *desk) ring() (*ticket.Keyring, error) {
	b, err := os.ReadFile(filepath.Join(d.data, "keys.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &falochron.Error{
			Kind: falochron.NotFound, Op: "sign the link", Public: "there are no keys in " + d.data,
			Hint: "start falochron run once with this data folder, or name the right one with --data",
		}
	}
	if err != nil {
		return nil, &falochron.Error{Kind: falochron.Unavailable, Op: "sign the link", Err: err, Hint: "run this as the user that runs falochron"}
	}
	return ticket.ParseKeyring(b)
}

func (o *planOptions) linkRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "revoke LINK", Short: "End a link at once", Args: wants("LINK"),
		RunE: o.write(func(d *desk, args []string) error {
			_, err := d.do(plan.RevokeLink{Grant: plan.ID(args[0])})
			return err
		}),
	}
}

func (o *planOptions) linkListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the links, without their addresses", Args: wants(),
		RunE: o.read(func(d *desk, _ []string) (err error) {
			var links []plan.Grant
			d.Read(func(b *plan.Book) { links, err = b.Links(d.now, d.who) })
			var rows [][]string
			for _, g := range links {
				state := d.say("good", "ważny")
				switch {
				case g.Revoked:
					state = d.say("revoked", "odwołany")
				case !g.Expires.After(d.now):
					state = d.say("expired", "wygasł")
				}
				shops := make([]string, len(g.Shops))
				for i, s := range g.Shops {
					shops[i] = string(s)
				}
				if len(shops) == 0 {
					shops = []string{d.say("all", "wszystkie")}
				}
				rows = append(rows, []string{string(g.ID), string(g.Party), string(g.Role), strings.Join(shops, " "), clock(g.Expires, time.Local), state})
			}
			if err == nil {
				d.table(d.say("ID|PARTY|ROLE|SHOPS|EXPIRES|STATE", "ID|STRONA|ROLA|SKLEPY|WYGASA|STAN"), rows)
			}
			return err
		}),
	}
}
