package page

// vocabulary is every word of the waiting page in one language.
type vocabulary struct {
	lead
	Lang      string
	Thousands string // between groups of three digits

	AheadForms [3]string // under the big number: one, few, many (see plural)
	NobodyLeft string    // instead of number and words, at 0
	AheadTab   string    // tab title: number, then this

	// The wait in words, #1 and #2 are amounts; see wait.go.
	WaitUnknown, WaitUnder, WaitAbout, WaitUpTo string
	WaitRange, WaitSameUnit                     string
	Minutes                                     [2]string // after 1, after anything else
	Hours                                       [3]string // after 1, after a half, after anything else
	Decimal                                     string

	scriptWords
	Offline    string // the script could not ask
	TheShop    string
	WaitLabel  string
	StartLabel string
	Countdown  string
	Updated    string
	CheckNow   string
	Enter      string
	PostMet    string // a form met the line: what did not happen
	PostPress  string // what to press again; a link follows
	Slid       string
	Slowly     string // for those in the slow lane; a link follows
	Prove      string
	Keep       [2]string // around the claim time
	KeepForms  [3]string // minutes of the claim time
	LeaveNote  string
	Leave      string
	Stay       string
	StayNote   string
	NoReload   string
	LinkHead   string
	LinkText   string
	Link       string
	InOrder    string // the lead before a start without a draw
	DrawHead   string
	DrawBefore string
	DrawAfter  string
	Drawn      string // #1 places, #2 the first number, #3 one's own, #4 what it drew
	DrawLink   string
	PlaceNo    string
	Request    string
	Wanted     string // before the article, for those who wait for it
	Gone       string // before the article that is sold out
	Months     [12]string
	Weekdays   [7]string
	DateAt     string // between date and time
}

// lead is what each state says first.
type lead struct {
	Title, Head, Lead map[State]string
}

// scriptWords are the words that the waiting page's script needs itself; they are
// built into it from here. All else comes to it in words with the status.
type scriptWords struct {
	Days    string `json:"d"` // after 2 and more; less is told in hours
	AnyTime string `json:"n"` // the announced start has come
	Opening string `json:"g"` // called: going in
}

// words by language. Plain words: no cookie, server, session, admission.
var words = map[string]*vocabulary{"pl": &polish, "en": &english}

var polish = vocabulary{
	Lang: "pl", Thousands: "\u00a0",
	AheadForms:  [3]string{"osoba przed Tobą", "osoby przed Tobą", "osób przed Tobą"},
	NobodyLeft:  "Nikogo przed Tobą",
	WaitUnknown: "Jeszcze nie wiemy, ile to potrwa",
	WaitUnder:   "mniej niż minutę",
	WaitAbout:   "około #1", WaitUpTo: "do #1", WaitRange: "od #1 do #2", WaitSameUnit: "od #1 do #2",
	Minutes: [2]string{"minuty", "minut"}, Hours: [3]string{"godziny", "godziny", "godzin"}, Decimal: ",",
	Offline:     "Nie ma połączenia. Miejsce w kolejce czeka, próbujemy dalej.",
	scriptWords: scriptWords{Days: "dni", AnyTime: "Zaraz zaczynamy", Opening: "Twoja kolej. Otwieramy sklep…"},
	AheadTab:    "przed Tobą",
	TheShop:     "sklep",
	lead: lead{
		Title: map[State]string{
			Waiting: "Kolejka", Prequeue: "Przed startem", SoldOut: "Wyprzedane", Held: "Krótka przerwa", Called: "Twoja kolej",
		},
		Head: map[State]string{
			Waiting: "Jesteś w kolejce", Prequeue: "Sprzedaż jeszcze się nie zaczęła", SoldOut: "Wyprzedane",
			Held: "Sklep na chwilę nikogo nie wpuszcza", Called: "Twoja kolej!",
		},
		Lead: map[State]string{
			Waiting:  "Bardzo dużo osób przyszło naraz. Wpuszczamy po kolei, żeby sklep działał i dało się spokojnie kupić.",
			Prequeue: "Możesz tu poczekać. O kolejności wszystkich, którzy są tu przed startem, zdecyduje losowanie; kto przyjdzie po starcie, staje za nimi.",
			SoldOut:  "To, po co stoisz w kolejce, właśnie się skończyło. Mówimy od razu, żeby nie czekać na próżno.",
			Held:     "Kolejka stoi, ale nikt Cię nie wyprzedzi. Gdy sklep znów zacznie wpuszczać, ruszy dalej w tym samym porządku.",
			Called:   "Sklep jest otwarty dla Ciebie.",
		},
	},
	WaitLabel:  "Czekanie:",
	StartLabel: "Start:",
	Countdown:  "Do startu zostało",
	Updated:    "Stan z godziny",
	CheckNow:   "Sprawdź teraz",
	Enter:      "Wejdź do sklepu",
	PostMet:    "Ostatnie kliknięcie nie dotarło do sklepu. Nic nie zostało kupione ani zapłacone, nic nie przepadło: koszyk jest taki, jak był.",
	PostPress:  "Gdy przyjdzie Twoja kolej, otworzymy stronę, na której był ten przycisk. Kliknij tam jeszcze raz ten sam przycisk, na przykład „Dodaj do koszyka” albo „Zamawiam”:",
	Slid:       "Poprzednie miejsce już nie obowiązuje: zostało wykorzystane albo jego kolej minęła, gdy Cię nie było. Masz nowe, na końcu kolejki. Nie musisz nic robić.",
	Slowly:     "Z sieci takiej jak Twoja przychodzi teraz bardzo dużo automatycznych zapytań, dlatego wpuszczamy stąd wolniej.",
	Prove:      "Jestem człowiekiem, wpuść mnie tak jak innych",
	Keep:       [2]string{"Możesz zablokować telefon albo zajrzeć gdzie indziej. Gdy przyjdzie Twoja kolej, miejsce czeka na Ciebie ", "."},
	KeepForms:  [3]string{"minutę", "minuty", "minut"},
	LeaveNote:  "Wyjście z kolejki niczego w sklepie nie zmienia: koszyk i zamówienia zostają.",
	Leave:      "Wyjdź z kolejki",
	Stay:       "Zostań, obejrzę resztę sklepu",
	StayNote:   "Jeśli zostaniesz, zachowasz swoje miejsce.",
	NoReload:   "Strona odświeża się sama. Odświeżanie nie przyspiesza i nie zabiera miejsca.",
	LinkHead:   "Inna przeglądarka? Zabierz swoje miejsce",
	LinkText:   "Jeśli to okno Instagrama, TikToka lub Facebooka, otwórz ten link w Safari albo Chrome i zapisz go w zakładkach. Nie wysyłaj go nikomu: to jedno miejsce, dla jednej osoby.",
	Link:       "Link do mojego miejsca",
	InOrder:    "Możesz tu poczekać. Wpuszczać będziemy w kolejności przyjścia; Twoje miejsce jest już zapisane.",
	DrawHead:   "Jak działa losowanie",
	DrawBefore: "Los jest już ustalony i zamknięty. Jego odcisk, ogłoszony przed startem:",
	DrawAfter:  "Los, ogłoszony po starcie (każdy może przeliczyć kolejność):",
	Drawn:      "Losowanych miejsc: #1, pierwsze ma numer #2. Miejsce numer #3 wylosowano jako #4. w kolejności.",
	DrawLink:   "Dane do przeliczenia",
	PlaceNo:    "Numer miejsca",
	Request:    "Kod dla obsługi",
	Wanted:     "Czekasz na:",
	Gone:       "Nie ma już:",
	Months: [12]string{"stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia",
		"września", "października", "listopada", "grudnia"},
	Weekdays: [7]string{"niedziela", "poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota"},
	DateAt:   "godz.",
}

var english = vocabulary{
	Lang: "en", Thousands: ",",
	AheadForms:  [3]string{"person ahead of you", "people ahead of you", "people ahead of you"},
	NobodyLeft:  "Nobody ahead of you",
	WaitUnknown: "We do not know yet how long",
	WaitUnder:   "less than a minute",
	WaitAbout:   "about #1", WaitUpTo: "up to #1", WaitRange: "about #1 to #2", WaitSameUnit: "about #1–#2",
	Minutes: [2]string{"minute", "minutes"}, Hours: [3]string{"hour", "hours", "hours"}, Decimal: ".",
	Offline:     "No connection. Your place in line is kept; we keep trying.",
	scriptWords: scriptWords{Days: "days", AnyTime: "Starting any moment", Opening: "Your turn. Opening the shop…"},
	AheadTab:    "ahead",
	TheShop:     "the shop",
	lead: lead{
		Title: map[State]string{
			Waiting: "In line", Prequeue: "Before the start", SoldOut: "Sold out", Held: "Short pause", Called: "Your turn",
		},
		Head: map[State]string{
			Waiting: "You are in line", Prequeue: "The sale has not started yet", SoldOut: "Sold out",
			Held: "The shop lets nobody in for a moment", Called: "It’s your turn!",
		},
		Lead: map[State]string{
			Waiting:  "Very many people came at once. We let everyone in by turn, so that the shop works and buying stays calm.",
			Prequeue: "You can wait here. The order of everybody who is here before the start is drawn by lot; whoever comes after the start stands behind them.",
			SoldOut:  "What you are in line for has just run out. We say so at once, so that nobody waits in vain.",
			Held:     "The line stands still, but nobody will overtake you. When the shop opens again, it moves on in the same order.",
			Called:   "The shop is open for you.",
		},
	},
	WaitLabel:  "Wait:",
	StartLabel: "Start:",
	Countdown:  "Time to the start",
	Updated:    "As of",
	CheckNow:   "Check now",
	Enter:      "Enter the shop",
	PostMet:    "Your last click did not reach the shop. Nothing was bought, nothing was paid and nothing was lost: your cart is as it was.",
	PostPress:  "When your turn comes, we open the page that had the button. Press the same button there once more, for instance “Add to cart” or “Place order”:",
	Slid:       "Your earlier place is over: it was used, or its turn passed while you were away. You have a new one, at the end of the line. There is nothing you need to do.",
	Slowly:     "Very many automatic requests are coming from a network like yours, so we let people in from there more slowly.",
	Prove:      "I am a person, let me in like the others",
	Keep:       [2]string{"You may lock your phone or look at something else. When your turn comes, your place is kept for ", "."},
	KeepForms:  [3]string{"minute", "minutes", "minutes"},
	LeaveNote:  "Leaving the line changes nothing in the shop: your cart and orders stay.",
	Leave:      "Leave the line",
	Stay:       "Stay, I’ll look at the rest",
	StayNote:   "If you stay, you keep your place.",
	NoReload:   "This page refreshes by itself. Reloading neither speeds it up nor costs you your place.",
	LinkHead:   "Another browser? Take your place along",
	LinkText:   "If this is a window inside Instagram, TikTok or Facebook, open this link in Safari or Chrome and bookmark it. Do not send it to anyone: it is one place, for one person.",
	Link:       "Link to my place",
	InOrder:    "You can wait here. We let people in as they came; your place is noted already.",
	DrawHead:   "How the draw works",
	DrawBefore: "The lot is already fixed and sealed. Its fingerprint, published before the start:",
	DrawAfter:  "The lot, published after the start (anyone can recompute the order):",
	Drawn:      "Places drawn: #1, the first is number #2. Place number #3 was drawn as number #4 in the order.",
	DrawLink:   "Everything needed to recompute it",
	PlaceNo:    "Place number",
	Request:    "Code for support",
	Wanted:     "You are waiting for:",
	Gone:       "No longer there:",
	Months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August",
		"September", "October", "November", "December"},
	Weekdays: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	DateAt:   "at",
}
