package page

// Kind names what went wrong. The names go over the wire in the JSON answers.
type Kind string

// The kinds of error pages.
const (
	BadRequest      Kind = "bad_request"       // 400: not HTTP we accept
	UnknownHost     Kind = "unknown_host"      // 404: no shop of this name here
	TooLarge        Kind = "body_too_large"    // 413
	TooMany         Kind = "too_many_requests" // 429: one visitor, too fast
	HeadersTooLarge Kind = "headers_too_large" // 431: usually old cookies
	Internal        Kind = "internal"          // 500: our own fault
	BadGateway      Kind = "bad_gateway"       // 502: the shop answered nonsense or hung up
	ShopDown        Kind = "shop_down"         // 503: no connection to the shop
	Shed            Kind = "shop_full"         // 503: refused before the shop because it is full
	ShopTimeout     Kind = "shop_timeout"      // 504: the shop did not answer in time
	Loop            Kind = "loop"              // 508: the request came back to us
)

// kinds in the order of the storybook, with the status each usually has.
var kinds = []struct {
	Kind   Kind
	Status int
}{
	{BadRequest, 400}, {UnknownHost, 404}, {TooLarge, 413}, {TooMany, 429}, {HeadersTooLarge, 431},
	{Internal, 500}, {BadGateway, 502}, {ShopDown, 503}, {Shed, 503}, {ShopTimeout, 504}, {Loop, 508},
}

// errorWords say what happened and what to do next.
type errorWords struct{ Head, What, Next string }

// errorPhrases are common to all kinds of one language.
type errorPhrases struct {
	Again   string // button
	Unknown string // a form was sent on, its fate is not known
	NotSent string // a form never reached the shop
	Best    string // when to try again: a number, its unit
	Seconds [3]string
	Kinds   map[Kind]errorWords
}

var errorText = map[string]*errorPhrases{
	"pl": {
		Again:   "Spróbuj jeszcze raz",
		Unknown: "Nie wiemy, czy sklep zdążył przyjąć to, co zostało wysłane. Zanim zamówisz lub zapłacisz jeszcze raz, sprawdź pocztę albo swoje zamówienia w sklepie.",
		NotSent: "To, co zostało wysłane, nie dotarło do sklepu: nic nie zostało kupione ani zapłacone. Wróć do poprzedniej strony i kliknij jeszcze raz.",
		Best:    "Najlepiej za %d\u00a0%s.",
		Seconds: [3]string{"sekundę", "sekundy", "sekund"},
		Kinds: map[Kind]errorWords{
			BadRequest:      {"Tego adresu nie da się otworzyć", "Przeglądarka wysłała coś, czego nie rozumiemy.", "Wejdź do sklepu od strony głównej. Jeśli to link z wiadomości, skopiuj go jeszcze raz w całości."},
			UnknownHost:     {"Nie ma tu takiego sklepu", "Pod tym adresem nie działa żaden sklep.", "Sprawdź, czy nazwa w pasku adresu jest wpisana bez błędu."},
			TooLarge:        {"Ten plik jest za duży", "Sklep nie przyjmuje tak dużych przesyłek.", "Zmniejsz plik albo wyślij mniej naraz."},
			TooMany:         {"Za szybko", "Z tej przeglądarki przyszło bardzo dużo próśb naraz.", "Odczekaj chwilę i spróbuj jeszcze raz. Koszyk jest taki, jak był."},
			HeadersTooLarge: {"Przeglądarka wysyła za dużo naraz", "Zwykle to stare dane tej strony zapisane w przeglądarce.", "Usuń dane (ciasteczka) tej strony w ustawieniach przeglądarki albo otwórz sklep w oknie prywatnym."},
			Internal:        {"Coś się u nas zepsuło", "To nasz błąd, nie Twój i nie sklepu.", "Spróbuj jeszcze raz za chwilę. Jeśli to wraca, podaj obsłudze kod z dołu strony."},
			BadGateway:      {"Sklep się potknął", "Sklep przerwał odpowiedź w połowie.", "Spróbuj jeszcze raz za chwilę."},
			ShopDown:        {"Sklep teraz nie odpowiada", "Nie możemy się ze sklepem połączyć. Obsługa widzi to tak samo jak Ty.", "Spróbuj jeszcze raz za chwilę."},
			Shed:            {"Sklep jest teraz pełny", "W tej chwili sklep obsługuje tyle osób, ile potrafi.", "Spróbuj jeszcze raz za chwilę. Koszyk i miejsce w sklepie są takie, jak były."},
			ShopTimeout:     {"Sklep nie zdążył odpowiedzieć", "Czekaliśmy, ale odpowiedź nie przyszła.", "Spróbuj jeszcze raz za chwilę."},
			Loop:            {"To kółko bez wyjścia", "Adres sklepu prowadzi z powrotem do tego samego miejsca.", "Tu nic nie poradzisz: to ustawienie po stronie sklepu. Podaj obsłudze kod z dołu strony."},
		},
	},
	"en": {
		Again:   "Try again",
		Unknown: "We do not know whether the shop received what was sent. Before you order or pay again, check your mail or your orders in the shop.",
		NotSent: "What was sent did not reach the shop: nothing was bought and nothing was paid. Go back to the page before and press the button again.",
		Best:    "Best in %d\u00a0%s.",
		Seconds: [3]string{"second", "seconds", "seconds"},
		Kinds: map[Kind]errorWords{
			BadRequest:      {"This address cannot be opened", "The browser sent something we do not understand.", "Enter the shop from its front page. If it is a link from a message, copy it again in full."},
			UnknownHost:     {"There is no such shop here", "No shop works at this address.", "Check that the name in the address bar is spelt correctly."},
			TooLarge:        {"This file is too large", "The shop does not accept anything that large.", "Make the file smaller or send less at once."},
			TooMany:         {"Too fast", "Very many requests came from this browser at once.", "Wait a moment and try again. Your cart is as it was."},
			HeadersTooLarge: {"The browser sends too much at once", "Usually these are old data of this site kept in the browser.", "Delete the data (cookies) of this site in the browser’s settings, or open the shop in a private window."},
			Internal:        {"Something broke on our side", "It is our fault, neither yours nor the shop’s.", "Try again in a moment. If it comes back, tell support the code at the foot of the page."},
			BadGateway:      {"The shop stumbled", "The shop broke off in the middle of its answer.", "Try again in a moment."},
			ShopDown:        {"The shop does not answer now", "We cannot reach the shop. Those who run it see the same as you.", "Try again in a moment."},
			Shed:            {"The shop is full right now", "At this moment the shop serves as many people as it can.", "Try again in a moment. Your cart and your place in the shop are as they were."},
			ShopTimeout:     {"The shop did not answer in time", "We waited, but the answer did not come.", "Try again in a moment."},
			Loop:            {"This leads round in a circle", "The shop’s address leads back to the same place.", "There is nothing you can do: it is a setting on the shop’s side. Tell support the code at the foot of the page."},
		},
	},
}
