package scale

import (
	"fmt"
	"strconv"
	"time"
)

// The counts of Polish stand in the nominative, but for times after a preposition, which
// are written short.
var polish = tongue{
	stays: "bez zmian ({n})", goes: "z {from} na {to}", queue: "{line} w kolejce, ",
	causes: [numCauses]string{
		CauseMin:     "nic nie wymaga większej liczby",
		CauseLine:    "{line} w kolejce, przybywa {rate} na sekundę",
		CauseNowcast: "{line} w kolejce, prognoza na teraz: przyjdzie jeszcze do {coming}",
		CauseWave:    "zapowiedź „{wave}”: do {coming}",
		CauseInside:  "tyle wymagają osoby, które są w środku",
		CauseUnknown: "{line} w kolejce, nie wiadomo jeszcze, ile przyjmie replika: dwa razy tyle",
		CauseHold:    "wystarczyłoby {need}, ale za wcześnie na pewność",
		CauseLower:   "fala minęła",
		CauseCeiling: "{beyond}; ogranicza prawdopodobnie baza danych",
		CauseTry:     "potrzeba {need}; ponowna próba, czy więcej niż {of} teraz pomaga",
		CauseFailing: "{count} z {of} zamówionych nie startuje, najstarsza od {took}: do tego czasu nie zamawiamy następnych; sprawdź, co mówi o nich platforma",
		CauseDoubt:   "{line} w kolejce, a te, które są, robią niewiele więcej niż mniejsza ich liczba: następne dopiero, gdy będzie wiadomo, czy pomogą",
		CauseBudget:  "budżet się wyczerpał",
		CauseForeign: "ktoś inny ustawił {foreign}; osoby w kolejce i w środku potrzebują więcej",
	},
	bounds: [numBounds]string{
		BoundMax:      "potrzeba {need}, maksimum właściciela to {n}",
		BoundHour:     "potrzeba {need}, budżet na godzinę wystarcza na {n}",
		BoundCampaign: "potrzeba {need}, reszta budżetu kampanii wystarcza na {n}",
		BoundEngine:   "potrzeba {need}, platforma pozwala na {n}",
	},
	foreign: "ktoś inny ustawił {foreign}",
	falls:   "najdłuższe czekanie zmienia się z %s na %s", waits: "kolejka trwa %s", none: "zero",
	cost:     map[bool]string{true: "kosztuje o %s na godzinę więcej", false: "oszczędza %s na godzinę"},
	point:    ",",
	replicas: func(n int) string { return strconv.Itoa(n) + " " + form(n, "replikę", "repliki", "replik") },
	people:   func(n int) string { return strconv.Itoa(n) + " " + form(n, "osoba", "osoby", "osób") },
	beyond: func(from, to int) string {
		if from >= to {
			return fmt.Sprintf("%d. replika nic nie dała", to)
		}
		return fmt.Sprintf("repliki od %d. do %d. nic nie dały", from, to)
	},
	time: func(d time.Duration) string {
		switch s := d.Seconds(); {
		case s < 1.5:
			return "1 s"
		case s < 90:
			return fmt.Sprintf("%.0f s", s)
		case s < 90*60:
			return fmt.Sprintf("%.0f min", s/60)
		default:
			return fmt.Sprintf("%.0f godz.", min(s/3600, 999))
		}
	},
}

// form chooses between one, few and many.
func form(n int, one, few, many string) string {
	switch {
	case n == 1:
		return one
	case n%10 >= 2 && n%10 <= 4 && n%100/10 != 1:
		return few
	}
	return many
}
