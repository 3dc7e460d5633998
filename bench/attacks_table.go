package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// attackDetails is what `falochron demo --attack` says of the attack.
type attackDetails struct {
	Sent      int            `json:"sent"`
	PerSecond float64        `json:"delivered_per_s"`
	Treated   map[string]int `json:"treated"`
	AtShop    int            `json:"at_shop"`
	Fills     int            `json:"fills"`
	Told      bool           `json:"told_apart"`
	Fans      int            `json:"fans"`
	Suspected int            `json:"fans_suspected"`
	Share     float64        `json:"fans_suspected_share"`
}

// attacksOutcome turns rows into tables and a judgement.
func attacksOutcome(rows []ordersRow) (out outcome) {
	out.judge(rows)
	all := siege(rows)
	var seeds []string
	for _, b := range all {
		if s := fmt.Sprint(b.row.Seed); !slices.Contains(seeds, s) {
			seeds = append(seeds, s)
		}
	}
	var b strings.Builder
	b.WriteString(head(rows, func(r ordersRow) stamp { return r.stamp }))
	fmt.Fprintf(&b, "Seeds, chosen when it was measured: %s.\n\n", strings.Join(seeds, ", "))
	b.WriteString("#### Behind Falochron\n\n" + siegeTable(all, ""))
	b.WriteString("\n#### Planted: no radar, the line alone\n\n" + siegeTable(all, unwatched))
	b.WriteString("\n#### Planted: an edge that decides nothing\n\n" + siegeTable(all, withoutEdge))
	for _, s := range all {
		out.missed = append(out.missed, s.missed()...)
	}
	out.open = append(out.open, neverSeen(all)...)
	out.markdown = b.String()
	return out
}

// planted is what the edge was told not to do, as its scenario's name ends; empty for
// nothing.
func (b besieged) planted() string {
	for _, end := range []string{withoutEdge, unwatched} {
		if strings.HasSuffix(b.row.Scenario, end) {
			return end
		}
	}
	return ""
}

// missed lists what is promised and was not kept.
func (b besieged) missed() (out []string) {
	if b.planted() != "" || !b.row.counts() {
		return nil
	}
	miss := func(format string, args ...any) {
		out = append(out, b.row.Key+": "+fmt.Sprintf(format, args...))
	}
	a := b.attack()
	if a.Fans == 0 {
		miss("the demo said nothing of the attack")
		return out
	}
	if a.Share > goalFansSlowed {
		miss("%d of %d fans were slowed as attackers: %.2f %%, promised at most %.1f %%", a.Suspected, a.Fans, 100*a.Share, 100*goalFansSlowed)
	}
	if b.row.Scenario == calmWave || b.row.Scenario == sharedWave {
		return out
	}
	if share, told := b.share(); told && share > goalAttackAtShop {
		miss("%.2f %% of the attack's requests reached the shop, promised at most %.0f %%", 100*share, 100*goalAttackAtShop)
	}
	if kept, told := b.kept(); told && kept < goalGoodputKept {
		miss("%.3f of the orders of the same wave without attack, promised at least %.2f", kept, goalGoodputKept)
	}
	return out
}

// neverSeen lists the attacks of which it is not known that the counting at the shop sees
// them, because the planted fault was not measured or has shown nothing.
func neverSeen(all []besieged) (out []string) {
	seen := map[string]bool{}
	for _, b := range all {
		if share, told := b.share(); b.planted() == withoutEdge && b.row.counts() && told && share > goalAttackAtShop {
			seen[strings.TrimSuffix(b.row.Scenario, withoutEdge)] = true
		}
	}
	for _, b := range all {
		if _, told := b.share(); told && b.planted() == "" && !seen[b.row.Scenario] {
			out = append(out, b.row.Key+": it has not been seen that the attack is counted at a shop whose edge decides nothing")
		}
	}
	return out
}

func siegeTable(all []besieged, planted string) string {
	t := table{head: []string{"attack", "seed", "sent", "a second", "reached the shop", "share", "fans", "taken for attackers", "orders/min", "without attack", "kept", "edge CPU", "without attack", "answered by a treatment", ""}}
	for _, b := range all {
		if b.planted() != planted {
			continue
		}
		sc, _ := b.row.scenario()
		a := b.attack()
		share, came, kept, orders, cpu := "not told apart", "", "", "", ""
		if x, told := b.share(); told {
			n, _ := b.came()
			came, share = fmt.Sprint(n), fmt.Sprintf("%.2f %%", 100*x)
		}
		if a.Sent == 0 {
			share = ""
		}
		if x, told := b.kept(); told {
			kept = fmt.Sprintf("%.3f", x)
			orders, cpu = fmt.Sprintf("%.1f", b.calm.Protected.OrdersPerMin), fmt.Sprintf("%.1f s", b.calm.Protected.EdgeCPUS)
		}
		var treated []string
		for _, word := range slices.Sorted(maps.Keys(a.Treated)) {
			treated = append(treated, fmt.Sprintf("%s %d", word, a.Treated[word]))
		}
		note := b.row.note()
		if n := len(b.missed()); note == "" && n > 0 {
			note = fmt.Sprintf("%d MISSED", n)
		}
		t.add(sc.what, fmt.Sprint(b.row.Seed), fmt.Sprint(a.Sent), fmt.Sprintf("%.0f", a.PerSecond), came, share, fmt.Sprint(a.Fans),
			fmt.Sprintf("%d (%.2f %%)", a.Suspected, 100*a.Share), fmt.Sprintf("%.1f", b.wave.Protected.OrdersPerMin), orders, kept,
			fmt.Sprintf("%.1f s", b.wave.Protected.EdgeCPUS), cpu, strings.Join(treated, ", "), note)
	}
	return t.String()
}
