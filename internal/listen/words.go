package listen

import "github.com/falochron/falochron/internal/plan"

// polish is everything that is said of a file, by what it is in English.
var polish = map[string]string{
	// What is wrong.
	"%s has no %s":                              "%s nie ma pola %s",
	"a post":                                    "wpis",
	"an evening":                                "wieczór",
	"%q is neither yes nor no":                  "%q to ani tak, ani nie",
	"%q is no day":                              "%q to nie jest dzień",
	"it was not shown, and it is said how":      "napisano, że dowodu nie ma, i zarazem jaki jest",
	"%q is no kind":                             "%q to nie jest rodzaj wpisu",
	"%q is no moment":                           "%q to nie jest data z godziną",
	"%q is no number":                           "%q to nie jest liczba",
	"%q is no share":                            "%q to nie jest udział",
	"%q is no whole number":                     "%q to nie jest liczba całkowita",
	"%d minutes are more than a year":           "%d minut to więcej niż rok",
	"%s comes twice in %s":                      "%s zdarza się dwa razy w strefie %s",
	"%s is skipped in %s":                       "%s nie istnieje w strefie %s",
	"%s is skipped that day":                    "%s nie istnieje tego dnia",
	"a column at is missing, or date and time":  "brakuje kolumny termin albo data i godzina",
	"a whole day is no moment":                  "cały dzień to nie godzina",
	"an event that repeats is not read":         "wydarzenie, które się powtarza, nie jest przyjmowane",
	"is missing":                                "brakuje wartości",
	"the calendar is broken here: %s":           "tu kalendarz jest uszkodzony: %s",
	"take the one most like it: ":               "wybierz najbardziej podobny: ",
	"the channel %q is not known":               "kanał %q nie jest znany",
	"the campaign is missing":                   "brakuje kampanii",
	"the column %s is there twice":              "kolumna %s jest dwa razy",
	"the file is empty":                         "plik jest pusty",
	"the file is longer than %d bytes":          "plik ma więcej niż %d bajtów",
	"the file is not written in UTF-8":          "plik nie jest zapisany w UTF-8",
	"the time zone %q is not known":             "strefa czasowa %q nie jest znana",
	"there are more than %d posts and evenings": "wpisów i wieczorów jest więcej niż %d",
	"there are more than %d rows":               "wierszy jest więcej niż %d",
	"there is a cell below no column: %q":       "ta komórka nie stoi pod żadną kolumną: %q",
	"there is no event in this calendar":        "w tym kalendarzu nie ma żadnego wydarzenia",
	"there is nothing but a header":             "jest tylko wiersz z nazwami kolumn",
	"this calls events off that are not in it":  "to odwołuje wydarzenia, których tu nie ma",
	"this column is not known":                  "takiej kolumny nie znamy",
	"this is line %d again":                     "to samo co w wierszu %d",
	"the quotes of this row are not closed or stand in the middle of a cell": "cudzysłów w tym wierszu nie jest zamknięty albo stoi w środku komórki",

	// What to do about it.
	"POST or EVENING":                                                 "POST albo EVENING",
	"a moment like 20261201T200000":                                   "na przykład 20261201T200000",
	"a name, or of a post its channel":                                "nazwa, a dla wpisu może być kanał",
	"a number like 59.99 or 59,99, without a currency":                "na przykład 59,99, bez waluty",
	"a share like 3% or 0.03":                                         "na przykład 3% albo 0,03",
	"a whole number like 12000":                                       "na przykład 12000",
	"add a column campaign, or say the campaign of the whole file":    "dodaj kolumnę kampania albo podaj kampanię dla całego pliku",
	"an evening has an end":                                           "wieczór ma koniec",
	"docs/news.md says what is read":                                  "co jest przyjmowane, mówi docs/news.md",
	"each post is a VEVENT":                                           "każdy wpis to VEVENT",
	"every event needs one, or importing again would add it again":    "bez niego ponowny import dodałby to jeszcze raz",
	"export it in UTC, or in a zone like Europe/Warsaw":               "zapisz ją w UTC albo w strefie takiej jak Europe/Warsaw",
	"export the calendar anew":                                        "wyeksportuj kalendarz jeszcze raz",
	"give the event an hour: a wave comes within minutes":             "podaj godzinę: fala przychodzi w ciągu minut",
	"how long the evening goes on, in minutes":                        "ile trwa wieczór, w minutach",
	"how people call it":                                              "jak to nazywacie",
	"leave one of them out":                                           "usuń jedną z nich",
	"leave the cell empty":                                            "zostaw tę komórkę pustą",
	"minutes":                                                         "minuty",
	"post or evening":                                                 "wpis albo wieczór",
	"say each post once":                                              "podaj każdy wpis raz",
	"split it into several files":                                     "podziel go na kilka plików",
	"the columns are ":                                                "kolumny to ",
	"the first row names the columns: ":                               "pierwszy wiersz nazywa kolumny: ",
	"the clock goes back in that hour: write it with its zone, like ": "zegar się wtedy cofa; napisz ze strefą, na przykład ",
	"the clock goes forward in that hour: choose another":             "zegar przeskakuje tę godzinę; wybierz inną",
	"use falochron campaign cancel, or export the whole calendar":     "użyj falochron campaign cancel albo wyeksportuj cały kalendarz",
	"when it goes out":                                                "kiedy się ukaże",
	"when it goes out, like 2026-12-01 20:00":                         "kiedy się ukaże, na przykład 01.12.2026 20:00",
	"write a quote within a cell twice, and the cell within quotes":   "cudzysłów w komórce napisz dwa razy, a całą komórkę weź w cudzysłów",
	"write a row below the header for each post":                      "wpisz poniżej wiersz dla każdego wpisu",
	"yes or no": "tak albo nie",
	"yes, no, statistics, media-kit, past-posts or other":                                "tak, nie, statystyki, media kit, wcześniejsze wpisy albo inny",
	"leave it empty, or say what was shown":                                              "zostaw puste albo napisz, co pokazano",
	"write 2026-11-20 or 20.11.2026":                                                     "napisz 20.11.2026 albo 2026-11-20",
	"name every column in the first row, and quote a cell that holds the separator":      "nazwij każdą kolumnę w pierwszym wierszu, a komórkę ze znakiem rozdzielającym weź w cudzysłów",
	"save it anew, in Excel as “CSV UTF-8 (comma delimited)”":                            "zapisz go jeszcze raz, w Excelu jako „CSV UTF-8 (rozdzielany przecinkami)”",
	"write 2026-12-01 20:00, 01.12.2026 20:00 or 2026-12-01T20:00:00+01:00":              "napisz 01.12.2026 20:00, 2026-12-01 20:00 albo 2026-12-01T20:00:00+01:00",
	"write each post as an event of its own: nobody confirms a post that repeats itself": "zapisz każdy wpis jako osobne wydarzenie: nikt nie potwierdzi wpisu, który się powtarza",
}

// in is a text in the reader's language.
func (f *File) in(text string) string {
	if said, known := polish[text]; known && f.lang == plan.Polish {
		return said
	}
	return text
}
