package main

import (
	"fmt"
	"strings"

	"github.com/falochron/falochron/internal/control"
	"github.com/spf13/cobra"
)

func (o *planOptions) deliveriesCommand() *cobra.Command {
	var failed bool
	var most int
	cmd := &cobra.Command{
		Use: "deliveries", Short: "Say what was told to whom, when, and how it ended", Args: wants(),
		Long: `Lists messages to people, the newest first. falochron run sends them, if notify.send of its
configuration says so (docs/notify.md). With --link you see those of the link's party.`,
		Example: `  falochron campaign deliveries
  falochron campaign deliveries --failed`,
		RunE: o.read(func(d *desk, _ []string) error { return d.deliveries(most, failed) }),
	}
	cmd.Flags().BoolVar(&failed, "failed", false, "only what could not be delivered")
	cmd.Flags().IntVar(&most, "most", 50, "how many `messages` to list, at most")
	return cmd
}

// deliveries lists the delivery journal.
func (d *desk) deliveries(most int, failed bool) error {
	if most < 1 {
		return usage(fmt.Sprintf("--most %d lists nothing", most), "1 or more")
	}
	var rows [][]string
	for before := uint64(0); len(rows) < most; {
		page, next, err := d.Deliveries(d.ctx, d.now, d.who, before, 200)
		if err != nil {
			return err
		}
		for i := range page {
			if m := &page[i]; len(rows) < most && (!failed || m.State == control.IsFailed) {
				rows = append(rows, d.delivery(m))
			}
		}
		if next == 0 {
			break
		}
		before = next
	}
	if len(rows) == 0 {
		d.sentence(d.say("Nothing was told to anybody.", "Nikomu nic nie wysłano."))
		return nil
	}
	d.table(d.say("WHEN|PARTY|ROLE|CONTACT|STATE|TRIES|WHAT", "KIEDY|STRONA|ROLA|KONTAKT|STAN|PRÓBY|CO"), rows)
	return nil
}

func (d *desk) delivery(m *control.Delivery) []string {
	state := map[control.DeliveryState]string{
		control.IsWaiting: d.say("waits", "czeka"), control.IsDelivered: d.say("delivered", "dostarczona"),
		control.IsFailed: d.say("failed", "nie dotarła"), control.IsDropped: d.say("not needed", "zbędna"),
	}[m.State]
	if cause := m.Cause(); m.State == control.IsFailed && cause != "" {
		state += ": " + cause
	}
	what := strings.Join(m.What, " · ")
	if m.More > 0 {
		what += fmt.Sprintf(" (+%d)", m.More)
	}
	return []string{clock(m.Due, d.now.Location()), string(m.To.Party), string(m.To.Role), m.Name, state, fmt.Sprint(len(m.Tries)), what}
}
