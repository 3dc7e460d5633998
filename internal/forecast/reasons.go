package forecast

import (
	"math"
	"slices"
	"strings"
)

// Reasons say where the figures come from, and what they leave out.
func (a *Answer) Reasons(l Language) []string {
	var out []string
	for i := range a.Posts {
		out = append(out, a.ofPost(l, i))
		if p := a.Campaign.Posts[i]; p.Coupon != "" {
			out = append(out, phrase{"%s: no source says what a coupon (%s) adds, so it adds nothing here.",
				"%s: żadne źródło nie mówi, ile daje kupon (%s), więc tu nie daje nic."}.in(l, a.Posts[i].Name, p.Coupon))
		}
	}
	if len(a.Posts) == 0 {
		return nil
	}
	out = append(append(out, a.ofBuying(l)...), a.ofUninvited(l))
	if slices.ContainsFunc(a.Posts, func(p PostAnswer) bool { return p.Slip > 0 }) {
		out = append(out, phrase{"Posts may slip: first minutes are counted from when the post really goes out; the curve shows all the moments at which it may.",
			"Wpisy mogą się przesunąć: pierwsze minuty liczą się od prawdziwej publikacji; krzywa pokazuje wszystkie chwile, w których może nastąpić."}.in(l))
	}
	if slices.ContainsFunc(a.Campaign.Posts, func(p Post) bool { return p.Channel == "timed-drop" }) {
		out = append(out, phrase{"Before an announced start 10 to 30 %% of the people come early and reload: open the waiting room before it.",
			"Przed zapowiedzianym startem 10–30 %% osób przychodzi wcześniej i odświeża: otwórz poczekalnię przed czasem."}.in(l))
	}
	if a.Line != nil && a.Campaign.Capacity.Replicas == 0 && a.Campaign.Capacity.WorkerSeconds == 0 {
		out = append(out, phrase{"A worker is taken to need %s for an order, so %s a minute are %s.",
			"Przyjęto, że jedno zamówienie zajmuje proces na %s, więc %s na minutę to %s."}.in(l,
			l.Span(DefaultWorkerSeconds), l.Number(a.Campaign.Capacity.OrdersPerMinute), l.count(float64(a.Line.Have), worker)))
	}
	return out
}

// ofPost says how many see a post, how many come, and what that rests on.
func (a *Answer) ofPost(l Language, i int) string {
	p := &a.Posts[i]
	see := phrase{"%s see it", "widzi to %s"}.in(l, l.some(p.Audience, persons))
	if l == English && math.Round(p.Audience) == 1 {
		see = "1 person sees it"
	}
	switch {
	case p.Estimated:
		see += phrase{" (estimated from followers)", " (oszacowane z obserwujących)"}.in(l)
	case p.Proof:
		see += phrase{" (shown)", " (z dowodem)"}.in(l)
	default:
		see += phrase{" (told, not shown, so less sure)", " (bez dowodu, więc mniej pewne)"}.in(l)
	}
	come := phrase{"%s of them come (what is known of the channel)", "przychodzi %s z nich (tyle wiadomo o kanale)"}
	if p.Stated {
		come = phrase{"%s of them come (as you say)", "przychodzi %s z nich (tak podano)"}
	}
	text := p.Name + ": " + see + ", " + come.in(l, l.Percent(p.Click)) + "; " + ofPast(l, p.Used) + "."
	if p.People.Low >= 1 {
		text += phrase{" It brings %s (%s): up to %s × more or less.", " Przyniesie: %s (%s), czyli do %s × więcej lub mniej."}.in(l,
			l.some(p.People.Mid, persons), l.between(p.People, l.whole), l.About(math.Sqrt(p.People.High/p.People.Low)))
	}
	return text
}

// ofPast says how many past posts were used.
func ofPast(l Language, u Used) string {
	if u.All() == 0 {
		return phrase{"no past posts to learn from", "bez wcześniejszych wpisów"}.in(l)
	}
	return phrase{"%s used (%s of this account here, %s of it elsewhere, %s of others here, %s others)",
		"w użyciu %s (tego konta tutaj: %s, gdzie indziej: %s, innych tutaj: %s, pozostałe: %s)"}.in(l, l.count(float64(u.All()), pastPosts),
		l.Number(float64(u.Same)), l.Number(float64(u.Account)), l.Number(float64(u.Channel)), l.Number(float64(u.Others)))
}

// ofBuying says who wants to buy, once for posts of which the same is believed.
func (a *Answer) ofBuying(l Language) (out []string) {
	known := 0
	for _, p := range a.Campaign.Past {
		if p.Orders >= 0 && p.Visitors > 0 {
			known++
		}
	}
	type reason struct {
		stated  float64
		limited bool
	}
	var said []reason
	for i, p := range a.Campaign.Posts {
		b := reason{limited: p.Limited}
		from := phrase{"usual for visitors from social channels", "zwykle tyle z kanałów społecznościowych"}.in(l)
		switch {
		case p.Buy != nil:
			b, from = reason{stated: *p.Buy}, phrase{"as you say", "tak podano"}.in(l)
		case known > 0:
			from = phrase{"%s used", "w użyciu %s"}.in(l, l.count(float64(known), pastPosts))
		case p.Limited:
			from = phrase{"assumed for limited offers", "założenie dla ofert limitowanych"}.in(l)
		}
		if slices.Contains(said, b) {
			continue
		}
		said = append(said, b)
		r := a.Posts[i].Buy
		out = append(out, phrase{"of those who come %s want to buy (%s; %s).", "z tych, którzy przyjdą, kupić chce %s (%s; %s)."}.in(l,
			l.Percent(r.Mid), l.between(r, l.Percent), from))
		if len(said) > 1 {
			out[len(out)-1] = a.Posts[i].Name + ": " + out[len(out)-1]
		}
	}
	out[0] = strings.ToUpper(out[0][:1]) + out[0][1:]
	return out
}

func (a *Answer) ofUninvited(l Language) string {
	from := phrase{"a guess, since nobody has measured it here", "przypuszczenie, bo nikt tego tu nie zmierzył"}.in(l)
	if a.Campaign.Uninvited != nil {
		from = phrase{"as you say", "tak podano"}.in(l)
	}
	return phrase{"Uninvited are %s of all visitors (%s; %s): bots, link previews, people who come by themselves. They are load and buy nothing.",
		"Nieproszonych jest %s wśród wszystkich wejść (%s; %s): boty, podglądy linków, ludzie, którzy przychodzą sami. Obciążają, nie kupują."}.in(l,
		l.Percent(a.Uninvited.Mid), l.between(a.Uninvited, l.Percent), from)
}
