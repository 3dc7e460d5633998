package main

import (
	"fmt"
	"strings"

	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
	"github.com/spf13/cobra"
)

func (o *planOptions) showCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show CAMPAIGN", Short: "Show a campaign: posts, people, steps and what clashes", Args: wants("CAMPAIGN"),
		RunE: o.read(func(d *desk, args []string) error { return d.show(plan.ID(args[0])) }),
	}
}

func (d *desk) show(id plan.ID) error {
	v, err := d.campaign(id)
	if err != nil {
		return err
	}
	var clashes []plan.Conflict
	d.Read(func(b *plan.Book) { clashes, err = b.Conflicts(d.now, d.who) })
	if err != nil {
		return err
	}
	c := &v.Campaign
	title := string(c.ID)
	if c.Name != "" {
		title += ": " + c.Name
	}
	fmt.Fprintf(d.out, "%s (%s)\n", title, v.ShopName)
	if c.Note != "" {
		fmt.Fprint(d.out, wrap(c.Note, "", pageWidth))
	}
	d.warnApart(c.Shop)

	var rows [][]string
	for i := range c.Posts {
		p := &c.Posts[i]
		rows = append(rows, []string{string(p.ID), clock(p.At, v.Zone), d.slack(p), d.people(max(p.Reach, p.Followers)), d.state(p.State), strings.TrimSpace(p.Name + " " + p.Channel + " " + p.Account)})
	}
	for i := range c.Evenings {
		e := &c.Evenings[i]
		rows = append(rows, []string{string(e.ID), clock(e.Start, v.Zone), "–", d.people(e.Reach), d.state(e.State), e.Name})
	}
	fmt.Fprintln(d.out)
	d.table(d.say("ID|WHEN|SLIP|PEOPLE|STATE|WHAT", "ID|KIEDY|POŚLIZG|OSOBY|STAN|CO"), rows)

	rows = nil
	for _, p := range v.People {
		call := "–"
		if len(p.Shifts) > 0 {
			var all []string
			for _, o := range p.Shifts {
				all = append(all, o.Contact.Name+" "+clock(o.From, v.Zone)+" – "+clock(o.Until, v.Zone))
			}
			call = strings.Join(all, ", ")
		}
		rows = append(rows, []string{string(p.Party), string(p.Role), p.Name, call})
	}
	fmt.Fprintln(d.out)
	d.table(d.say("PARTY|ROLE|NAME|ON CALL", "STRONA|ROLA|NAZWA|DYŻUR"), rows)

	rows = nil
	for i := range v.Tasks {
		t := &v.Tasks[i]
		rows = append(rows, []string{t.Step.ID, string(t.Who.Party), string(t.Moment), clock(t.Due, v.Zone), d.status(t), t.Step.Ask.In(d.lang)})
	}
	fmt.Fprintln(d.out)
	d.table(d.say("STEP|PARTY|OF|UNTIL|STATE|WHAT IS ASKED", "KROK|STRONA|CZEGO|DO KIEDY|STAN|O CO CHODZI"), rows)

	for _, k := range clashes {
		if k.One.Campaign == id || k.Other.Campaign == id {
			d.warn([]plan.Conflict{k})
		}
	}
	return nil
}

// slack is how much earlier or later a post may go out.
func (d *desk) slack(p *plan.Post) string {
	if p.Slip == 0 {
		return "–"
	}
	return "± " + d.lang.Span(p.Slip)
}

func (d *desk) people(n int) string {
	if n == 0 {
		return "–"
	}
	return d.lang.Number(float64(n))
}

func (d *desk) state(s plan.State) string {
	switch s {
	case plan.Called:
		return d.say("goes out", "wychodzi")
	case plan.Out:
		return d.say("out", "jest")
	case plan.Cancelled:
		return d.say("called off", "odwołany")
	}
	return d.say("planned", "zaplanowany")
}

func (d *desk) status(t *plan.Task) string {
	switch {
	case t.Refused:
		return d.say("no", "nie")
	case t.Status == plan.Asked:
		return d.say("asked", "czeka")
	case t.Status == plan.Overdue:
		return d.say("overdue", "po terminie")
	case t.Status == plan.Missed:
		return d.say("not done", "niezrobione")
	case t.Status == plan.Done:
		return d.say("done", "zrobione")
	}
	return d.say("later", "później")
}

func (o *planOptions) readinessCommand() *cobra.Command {
	return &cobra.Command{
		Use: "readiness CAMPAIGN", Short: "Say whether a campaign may go out, and why", Args: wants("CAMPAIGN"),
		Long: `Computes from the plan and the forecast of its posts whether a campaign may go out, and
names everything that stands against it. docs/plan.md says what counts.`,
		RunE: o.read(func(d *desk, args []string) error { return d.readiness(plan.ID(args[0])) }),
	}
}

func (d *desk) readiness(id plan.ID) (err error) {
	var whole plan.CampaignView
	d.Read(func(b *plan.Book) {
		// The forecast is made of all that the plan knows, not of what the reader may see.
		if _, err = b.Campaign(d.now, d.who, id); err == nil {
			whole, err = b.Campaign(d.now, plan.Actor{Role: plan.Operator}, id)
		}
	})
	if err != nil {
		return err
	}
	var past []forecast.Past
	d.Read(func(b *plan.Book) { past = pastOf(b, d.now, &whole.Campaign) })
	facts := planFacts(whole, past)
	facts.Apart = d.isApart(whole.Campaign.Shop)
	facts.SoldOut = d.soldOut(whole.Campaign.Shop)
	var r plan.Readiness
	d.Read(func(b *plan.Book) { r, err = b.Readiness(d.now, d.who, id, facts) })
	if err != nil {
		return err
	}
	head := r.Sentences(d.lang) // the numbers, if there are any, and the verdict; the rest is in the items
	n := 1
	if r.Load.People > 0 {
		n = 2
	}
	for _, s := range head[:n] {
		fmt.Fprint(d.out, strings.ReplaceAll(wrap(s, "", pageWidth), "\u00a0", " "))
	}
	fmt.Fprintln(d.out)
	for _, item := range r.Items {
		mark := map[plan.Status]string{plan.OK: d.say("ok", "tak"), plan.NotYet: d.say("not yet", "jeszcze nie"), plan.No: d.say("no", "nie")}[item.Status]
		if item.Must && item.Status != plan.OK {
			mark += " (!)"
		}
		d.sentence(fmt.Sprintf("%-16s%s", mark, item.Reason.Sentence(d.lang)))
	}
	return nil
}

func (o *planOptions) auditCommand() *cobra.Command {
	return &cobra.Command{
		Use: "audit CAMPAIGN", Short: "Say who did what in a campaign, and when", Args: wants("CAMPAIGN"),
		RunE: o.read(func(d *desk, args []string) (err error) {
			var a plan.Audit
			d.Read(func(b *plan.Book) { a, err = b.CampaignAudit(d.now, d.who, plan.ID(args[0])) })
			if err != nil {
				return err
			}
			if a.Older > 0 {
				fmt.Fprintf(d.out, d.say("%d older entries are in the plan and not shown\n", "w planie jest %d starszych wpisów, których tu nie widać\n"), a.Older)
			}
			for i := range a.Entries {
				d.sentence(a.Entries[i].Sentence(d.lang))
			}
			return nil
		}),
	}
}
