package forecast

import (
	"math"
	"time"
)

// Sentences say what is to be expected, the most important first.
func (a *Answer) Sentences(l Language) []string {
	if len(a.Posts) == 0 {
		return []string{phrase{"Nothing is announced.", "Nic nie jest zapowiedziane."}.in(l)}
	}
	out := []string{a.minute(l), a.howSure(l)}
	if a.Line != nil {
		out = append(out, a.wholeLine(l))
	}
	for i := range a.Stocks {
		out = append(out, a.stock(l, &a.Stocks[i]))
	}
	return out
}

// oneIn says a share as people do: one in ten.
func oneIn(l Language, share float64) string {
	n := math.Round(1 / share)
	switch {
	case share >= 0.999:
		return phrase{"all of whom want to buy", "wszyscy chcą kupić"}.in(l)
	case share > 0.4 || math.Abs(1/share-n) > 0.03*n:
		return phrase{"%s of them want to buy", "%s z nich chce kupić"}.in(l, l.Percent(share))
	case l == English && n == 10:
		return "one in ten wants to buy"
	}
	return phrase{"one in %s wants to buy", "1 na %s chce kupić"}.in(l, l.Number(n))
}

// minute is the sentence about the minute that matters most.
func (a *Answer) minute(l Language) string {
	m := &a.Minute
	text := phrase{"%s in the first minute, %s: ", "%s w pierwszej minucie, %s: "}
	if m.Busiest {
		text = phrase{"%s in the busiest minute, %s: ", "%s w najgorętszej minucie, %s: "}
	}
	start := text.in(l, l.some(m.People, persons), oneIn(l, m.Buy))
	if m.Orders < 0.5 {
		start += phrase{"hardly an order; ", "ledwie jedno zamówienie; "}.in(l)
	} else {
		start += l.some(m.Orders, orders) + "; "
	}
	if a.Line == nil {
		return start + phrase{"say how many orders a minute the shop finishes to hear what that means for it.",
			"podaj, ile zamówień na minutę kończy sklep, a powiem, co to dla niego znaczy."}.in(l)
	}
	if a.Line.Served < m.Orders {
		start += phrase{"there are %s; ", "jest %s; "}.in(l, l.count(a.Line.Served, piece))
	}
	start += phrase{"your shop takes %s a minute: ", "sklep przyjmuje %s na minutę: "}.in(l, l.Number(a.Campaign.Capacity.OrdersPerMinute))
	if a.Line.WorkedOff <= time.Minute {
		return start + phrase{"no line from these.", "z tego kolejki nie będzie."}.in(l)
	}
	wait := l.Span(a.Line.WorkedOff.Seconds())
	if a.Line.Enough <= a.Line.Have {
		return start + phrase{"an honest queue of %s.", "uczciwa kolejka na %s."}.in(l, wait)
	}
	return start + phrase{"an honest queue of %s, or %s for %s.", "uczciwa kolejka na %s albo %s przez %s."}.in(l,
		wait, l.count(float64(a.Line.Enough), a.unit()), l.Span(a.Line.Patience.Seconds()))
}

func (a *Answer) unit() noun {
	if a.Line.Replicas {
		return replica
	}
	return worker
}

func (a *Answer) howSure(l Language) string {
	text, r := phrase{"That is the middle case. In four of five such campaigns the first minute brings %s people, and at the busiest moment %s visitors come in a second.",
		"To środek. W czterech na pięć takich kampanii pierwsza minuta to %s osób, a w najgorętszej chwili %s wejść na sekundę."}, a.First[0].People
	if a.Minute.Busiest {
		text, r = phrase{"That is the middle case. In four of five such campaigns the busiest minute brings %s people, and at the busiest moment %s visitors come in a second.",
			"To środek. W czterech na pięć takich kampanii najgorętsza minuta to %s osób, a w najgorętszej chwili %s wejść na sekundę."}, a.BusiestMinute
	}
	return text.in(l, l.between(r, l.whole), l.between(a.Peak, l.About))
}

func (a *Answer) wholeLine(l Language) string {
	line := a.Line
	if line.Chance < 0.5 {
		return phrase{"Over the whole campaign a line forms in %s of 100 cases; it is then for the waiting room.",
			"W całej kampanii kolejka powstaje w %s na 100 przypadków; wtedy jest od tego poczekalnia."}.in(l, l.Number(math.Round(100*line.Chance)))
	}
	text := phrase{"Over the whole campaign people wait up to %s (%s); the line is gone %s after the first post (%s).",
		"W całej kampanii najdłużej czeka się %s (%s); kolejka trwa %s od pierwszego wpisu (%s)."}.in(l,
		l.Span(line.Wait.Mid), l.between(line.Wait, l.short), l.Span(line.Ends.Mid), l.between(line.Ends, l.short))
	if line.Workers.Mid <= float64(line.Have) {
		return text
	}
	return text + " " + phrase{"So that nobody waits longer than %s: %s (%s; now %s) until %s.",
		"Żeby nikt nie czekał dłużej niż %s: %s (%s; dziś %s) do godziny %s."}.in(l,
		l.Span(line.Patience.Seconds()), l.some(line.Workers.Mid, a.unit()), l.between(line.Workers, l.whole), l.Number(float64(line.Have)),
		l.Clock(a.Begins.Add(seconds(line.Until.Mid)), a.Begins))
}

func (a *Answer) stock(l Language, s *StockAnswer) string {
	what := l.count(float64(s.Stock), piece)
	if len(a.Stocks) > 1 || len(s.Posts) < len(a.Posts) {
		what += " (" + a.Posts[s.Posts[0]].Name + ")"
	}
	if s.Chance < 0.5 {
		return phrase{"Stock: %s; sold out in %s of 100 cases.", "Zapas: %s; wyprzeda się w %s na 100 przypadków."}.in(l, what, l.Number(math.Round(100*s.Chance)))
	}
	return phrase{"Stock: %s; sold out after %s (%s) in %s of 100 cases: tell people then. %s go without (%s).",
		"Zapas: %s; wystarcza na %s (%s), wyprzedany w %s na 100 przypadków: powiedz wtedy ludziom. Bez towaru: %s (%s)."}.in(l,
		what, l.Span(s.After.Mid), l.between(s.After, l.short), l.Number(math.Round(100*s.Chance)), l.some(s.Without.Mid, persons), l.between(s.Without, l.whole))
}

// Row is a figure with its name and interval, written out.
type Row struct{ Name, Low, Mid, High string }

// Table lists the figures.
func (a *Answer) Table(l Language) []Row {
	var rows []Row
	add := func(name phrase, r Range, of func(float64) string) {
		rows = append(rows, Row{name[l], of(r.Low), of(r.Mid), of(r.High)})
	}
	add(phrase{"people in the first minute", "osoby w pierwszej minucie"}, a.First[0].People, l.whole)
	if a.Minute.Busiest {
		add(phrase{"in the busiest minute", "w najgorętszej minucie"}, a.BusiestMinute, l.whole)
	}
	add(phrase{"in the first ten minutes", "w pierwszych dziesięciu minutach"}, a.First[1].People, l.whole)
	add(phrase{"in the first hour", "w pierwszej godzinie"}, a.First[2].People, l.whole)
	add(phrase{"in all", "w sumie"}, a.Total.People, l.whole)
	add(phrase{"visitors in all, uninvited included", "wejścia w sumie, z nieproszonymi"}, a.Total.Visitors, l.whole)
	add(phrase{"visitors a second at the busiest", "najwięcej wejść na sekundę"}, a.Peak, l.About)
	add(phrase{"  so long after the first post", "  tyle po pierwszym wpisie"}, a.PeakAfter, l.short)
	files, made := a.Uncached()
	add(phrase{"  without a cache: files a second", "  bez pamięci podręcznej: pliki/s"}, files, l.About)
	add(phrase{"  without a cache: pages a second", "  bez pamięci podręcznej: strony/s"}, made, l.About)
	if n := a.Makes(); n > 0 {
		add(phrase{"  of these its workers make", "  z tego zrobią procesy sklepu"}, Range{Low: n, Mid: n, High: n}, l.About)
	}
	add(phrase{"people who want to buy, in all", "chcą kupić, w sumie"}, a.Total.Orders, l.whole)
	add(phrase{"orders in the busiest minute", "zamówienia w najgorętszej minucie"}, a.OrdersPerMinute, l.About)
	if a.Line != nil {
		add(phrase{"longest wait", "najdłuższe czekanie"}, a.Line.Wait, l.short)
		add(phrase{"most people in line", "najwięcej osób w kolejce"}, a.Line.People, l.whole)
	}
	if a.Sales.High > 0 {
		add(phrase{"sales", "sprzedaż"}, a.Sales, l.money)
	}
	return rows
}

// short writes a length of time for a table: 45 s, 25 min, 1.4 h.
func (l Language) short(seconds float64) string {
	n, unit := span(seconds)
	if seconds == 0 {
		return "0"
	}
	name := map[string]string{second.en[0]: "s", minute.en[0]: "min", hour.en[0]: "h", day.en[0]: "d"}[unit.en[0]]
	return l.Number(n) + "\u00a0" + name
}
