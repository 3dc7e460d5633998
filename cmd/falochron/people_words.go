package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// said is a reason in both languages.
func said(r plan.Reason) console.Text {
	return console.Text{EN: r.Sentence(plan.English), PL: r.Sentence(plan.Polish)}
}

// asks is what a step asks, with the post it is asked for.
func asks(t *plan.Task) console.Text {
	text := console.Text{EN: large(t.Step.Ask.EN), PL: large(t.Step.Ask.PL)}
	if t.What != "" {
		text.EN, text.PL = text.EN+" ("+t.What+")", text.PL+" ("+t.What+")"
	}
	return text
}

// large is a text that begins with a large letter; within sentences the plan has it small.
func large(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// joined are several texts as one.
func joined(all ...console.Text) (out console.Text) {
	for _, t := range all {
		if t == (console.Text{}) {
			continue
		}
		out.EN, out.PL = strings.TrimSpace(out.EN+" "+t.EN), strings.TrimSpace(out.PL+" "+t.PL)
	}
	return out
}

// itemNames name the items of readiness; what is said of them is the plan's.
var itemNames = map[plan.ItemKind]console.Text{
	plan.AboutPlan: {EN: "Something is planned", PL: "Coś jest zaplanowane"}, plan.AboutPeople: {EN: "Somebody is there", PL: "Ktoś jest na miejscu"},
	plan.AboutForecast: {EN: "How many will come", PL: "Ile osób przyjdzie"}, plan.AboutReach: {EN: "How many see it", PL: "Ile osób to zobaczy"},
	plan.AboutCapacity: {EN: "What the shop takes", PL: "Ile sklep przyjmuje"}, plan.AboutLine: {EN: "The line", PL: "Kolejka"},
	plan.AboutReserve: {EN: "What the host can add", PL: "Co hosting może dodać"}, plan.AboutStock: {EN: "Stock", PL: "Stan magazynu"},
	plan.AboutCheck: {EN: "Link, price and coupon", PL: "Link, cena i kupon"}, plan.AboutStep: {EN: "Who has confirmed", PL: "Kto potwierdził"},
	plan.AboutConflict: {EN: "What it collides with", PL: "Z czym koliduje"}, plan.AboutEdge: {EN: "The edge before the shop", PL: "Falochron przed sklepem"},
}

// What the room says of itself.
var (
	wasDone       = console.Text{EN: "done: ", PL: "zrobione: "}
	itHeld        = console.Text{EN: "The shop answered all the time.", PL: "Sklep cały czas odpowiadał."}
	itDidNot      = console.Text{EN: "There were moments in which the shop did not answer.", PL: "Były chwile, w których sklep nie odpowiadał."}
	notSaved      = console.Text{EN: "It is not sure that this was written down. Look at the page again before you repeat it.", PL: "Nie ma pewności, czy to zapisano. Zajrzyj na stronę jeszcze raz, zanim powtórzysz."}
	noSuchAct     = console.Text{EN: "This button is not known here.", PL: "Tego przycisku tu nie ma."}
	noUndo        = console.Text{EN: "There is nothing that can be taken back any more.", PL: "Nie ma już czego cofnąć."}
	badTime       = console.Text{EN: "This is no time: write it like 2026-11-27T20:15.", PL: "To nie jest godzina: napisz ją jak 2026-11-27T20:15."}
	badChannel    = console.Text{EN: "Choose where it will be posted: of other places nobody can say how many come.", PL: "Wybierz, gdzie będzie post: o innych miejscach nikt nie powie, ile osób przyjdzie."}
	noSuchPost    = console.Text{EN: "There is no such post any more.", PL: "Nie ma już takiego posta."}
	whichCampaign = console.Text{EN: "A campaign is chosen, and the name of a new one is typed: choose a new one, or empty the name.", PL: "Wybrano kampanię i wpisano nazwę nowej: wybierz nową albo usuń nazwę."}
	noName        = console.Text{EN: "A new campaign needs a name.", PL: "Nowa kampania potrzebuje nazwy."}
	whichShop     = console.Text{EN: "It is not clear for which shop: open its page first.", PL: "Nie wiadomo, o który sklep chodzi: najpierw otwórz jego stronę."}
	opOnly        = console.Text{EN: "Only who runs Falochron changes the mode.", PL: "Tryb zmienia tylko ten, kto prowadzi Falochron."}
	noMode        = console.Text{EN: "No such mode, or the shop is not behind this Falochron.", PL: "Nie ma takiego trybu albo sklep nie stoi za tym Falochronem."}
	noNews        = console.Text{EN: "This is news: it can be heard of, not refused.", PL: "To wiadomość: można ją przyjąć, nie odrzucić."}
	noLook        = console.Text{EN: "Nothing of it can be looked at from here: try link, price and coupon by hand, and say so.", PL: "Nic z tego nie da się sprawdzić stąd: sprawdź link, cenę i kupon i potwierdź."}
	noHearing     = console.Text{EN: "Nothing waits for your answer.", PL: "Nic nie czeka na odpowiedź."}
	visitors      = console.Text{EN: "People a minute", PL: "Osób na minutę"}
	aPost         = console.Text{EN: "Post", PL: "Wpis"}
	anEvening     = console.Text{EN: "Sales evening", PL: "Wieczór sprzedaży"}
	news          = console.Text{EN: "New", PL: "Nowe"}
	badAddress    = console.Text{EN: "A contact has a name, and an e-mail address, channel:NAME or the address of a webhook.", PL: "Kontakt ma nazwę oraz adres e-mail, channel:NAZWA albo adres webhooka."}
	badPhone      = console.Text{EN: "Write a telephone number like +48 600 100 200, or an e-mail address.", PL: "Podaj numer telefonu, np. +48 600 100 200, albo adres e-mail."}
	badHours      = console.Text{EN: "Quiet hours have a beginning and an end, like 22:00 and 07:00; leave both empty for none.", PL: "Godziny ciszy mają początek i koniec, np. 22:00 i 07:00; bez ciszy zostaw oba pola puste."}
	badNumber     = console.Text{EN: "This is no number that makes sense here.", PL: "To nie jest liczba, która ma tu sens."}
	noSuchTime    = console.Text{EN: "There is no such time: that night the clocks are put forward.", PL: "Nie ma takiej godziny: tej nocy zegary przestawiamy do przodu."}
)

// tMinus names the moment of a step: "T−14 d".
func tMinus(s *plan.Step) console.Text {
	sign := "+"
	n, after := s.Days, s.After
	if n < 0 || n == 0 && after < 0 {
		sign, n, after = "−", -n, -after
	}
	switch {
	case n != 0:
		days := "dni"
		if n == 1 {
			days = "dzień"
		}
		return console.Text{EN: fmt.Sprintf("T%s%d d", sign, n), PL: fmt.Sprintf("T%s%d %s", sign, n, days)}
	case after >= time.Hour:
		h := strconv.FormatFloat(after.Hours(), 'f', -1, 64)
		return console.Text{EN: "T" + sign + h + " h", PL: "T" + sign + h + " godz."}
	case after > 0:
		m := strconv.FormatFloat(after.Minutes(), 'f', 0, 64)
		return console.Text{EN: "T" + sign + m + " min", PL: "T" + sign + m + " min"}
	}
	return console.Text{EN: "T0", PL: "T0"}
}

// price is what one article costs, in the shop's own currency.
func price(p float64) string {
	if p == 0 {
		return ""
	}
	return strconv.FormatFloat(p, 'f', 2, 64)
}

// whoDid is who stands in a line of the log.
func whoDid(e *plan.Entry) (name string, role console.Role) {
	switch {
	case e.By.Role == plan.Operator:
		name = e.By.Person
		if name == "" {
			name = e.By.Role.In(plan.English)
		}
		return name, ""
	case e.By.Party == "":
		return "", "" // Falochron itself
	case e.By.Person != "":
		return e.By.Person, console.Role(e.By.Role)
	}
	return e.Name, console.Role(e.By.Role)
}

// logOf is what was done, newest first, at most so many.
func logOf(a plan.Audit, most int) (out []console.Line) {
	for i := len(a.Entries) - 1; i >= 0 && len(out) < most; i-- {
		e := &a.Entries[i]
		name, role := whoDid(e)
		out = append(out, console.Line{At: e.At, Who: name, Role: role, What: said(e.What)})
	}
	return out
}
