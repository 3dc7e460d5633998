package toyshop

import (
	"fmt"
	"strings"
)

// ShopName is what the shop calls itself.
const ShopName = "Nina Mewa"

// An Article is one thing on sale.
type Article struct {
	Slug        string // its name in paths
	Category    string // slug of its category
	Name        string
	Description string
	Price       int // grosze
}

// A Category is a shelf of three articles.
type Category struct {
	Slug string
	Name string
	Text string
}

// Catalogue returns everything on sale, best sellers first within each
// category; the very first article is the one a wave comes for.
func Catalogue() []Article {
	return []Article{
		{"pomadka-bursztyn", "usta", "Pomadka „Bursztyn”", "Satynowa pomadka w kolorze bałtyckiego bursztynu. Limitowana premiera Niny.", 6990},
		{"blyszczyk-morska-piana", "usta", "Błyszczyk „Morska piana”", "Lekki połysk bez klejenia, z drobinkami jak sól na słońcu.", 4990},
		{"balsam-miod-i-sol", "usta", "Balsam „Miód i sól”", "Odżywczy balsam na wietrzne dni, z miodem z Kaszub.", 2990},
		{"paleta-zachod-nad-helem", "oczy", "Paleta „Zachód nad Helem”", "Dwanaście cieni: od różu nieba po granat zatoki.", 15990},
		{"tusz-czarna-fala", "oczy", "Tusz „Czarna fala”", "Podkręca i nie spływa, nawet gdy płaczesz na finale sezonu.", 5990},
		{"kredka-granat", "oczy", "Kredka „Granat”", "Miękka kredka w głębokim granacie, trzyma się cały dzień.", 3490},
		{"podklad-piasek", "cera", "Podkład „Piasek”", "Skóra jak po spacerze brzegiem morza. Osiemnaście odcieni.", 8990},
		{"korektor-latarnia", "cera", "Korektor „Latarnia”", "Rozświetla spojrzenie po nieprzespanej nocy.", 4590},
		{"puder-mgla", "cera", "Puder „Mgła”", "Sypki, drobny, niewidoczny. Matuje bez maski.", 5490},
		{"roz-pierwszy-rumieniec", "policzki", "Róż „Pierwszy rumieniec”", "Kremowy róż, który wygląda jak własny.", 4990},
		{"bronzer-wydma", "policzki", "Bronzer „Wydma”", "Ciepły, ale nie pomarańczowy. Lato przez cały rok.", 5290},
		{"rozswietlacz-blask-tafli", "policzki", "Rozświetlacz „Blask tafli”", "Tafla wody w porannym słońcu, zamknięta w pudełku.", 6490},
		{"serum-witamina-c", "pielegnacja", "Serum z witaminą C", "Piętnaście procent witaminy C i ani grama obietnic bez pokrycia.", 11990},
		{"krem-nocna-zmiana", "pielegnacja", "Krem „Nocna zmiana”", "Pracuje, kiedy śpisz. Ceramidy i owies.", 9990},
		{"maska-glinka-i-alga", "pielegnacja", "Maska „Glinka i alga”", "Dziesięć minut spokoju w słoiku.", 4490},
		{"szampon-rumianek", "wlosy", "Szampon „Rumianek”", "Łagodny, do częstego mycia, pachnie łąką za domem.", 3990},
		{"odzywka-len", "wlosy", "Odżywka „Len”", "Śliskie, lśniące włosy bez obciążenia.", 4290},
		{"olejek-slonecznik", "wlosy", "Olejek „Słonecznik”", "Kilka kropel na końcówki i po sprawie.", 5990},
		{"perfumy-sztorm", "zapachy", "Perfumy „Sztorm”", "Ozon, sosna i odrobina dymu. Dla tych, którzy lubią wiatr.", 24990},
		{"mgielka-poranek", "zapachy", "Mgiełka „Poranek”", "Mięta, ogórek i czyste prześcieradło.", 6990},
		{"swieca-molo", "zapachy", "Świeca „Molo”", "Drewno, sól i wakacje. Pali się czterdzieści godzin.", 7990},
		{"zestaw-premiera", "zestawy", "Zestaw „Premiera”", "Pomadka, kredka i błyszczyk w pudełku z podpisem Niny.", 12990},
		{"zestaw-w-droge", "zestawy", "Zestaw „W drogę”", "Wszystko, co trzeba, w rozmiarze do samolotu.", 8990},
		{"kalendarz-adwentowy", "zestawy", "Kalendarz adwentowy", "Dwadzieścia cztery okienka, żadnej czekolady.", 29990},
	}
}

// Categories returns the shelves in the order of the menu.
func Categories() []Category {
	return []Category{
		{"usta", "Usta", "Kolor i pielęgnacja ust."},
		{"oczy", "Oczy", "Cienie, tusze i kredki."},
		{"cera", "Cera", "Podkłady, korektory i pudry."},
		{"policzki", "Policzki", "Róż, bronzer i blask."},
		{"pielegnacja", "Pielęgnacja", "Twarz, która odpoczęła."},
		{"wlosy", "Włosy", "Mycie, odżywianie, połysk."},
		{"zapachy", "Zapachy", "Dla Ciebie i dla domu."},
		{"zestawy", "Zestawy", "Gotowe na prezent."},
	}
}

// shelves is the catalogue, arranged for looking things up. It never changes.
type shelves struct {
	articles   []Article
	categories []Category
	bySlug     map[string]Article
	byCategory map[string][]Article
	words      []string // what search looks through, folded, parallel to articles
}

func newShelves() *shelves {
	s := &shelves{
		articles: Catalogue(), categories: Categories(),
		bySlug: map[string]Article{}, byCategory: map[string][]Article{},
	}
	for _, a := range s.articles {
		s.bySlug[a.Slug] = a
		s.byCategory[a.Category] = append(s.byCategory[a.Category], a)
		s.words = append(s.words, fold(a.Name+" "+a.Description+" "+a.Category))
	}
	return s
}

// search returns the articles that contain every word of the query; Polish
// letters may be written without their marks.
func (s *shelves) search(query string) []Article {
	wanted := strings.Fields(fold(query))
	if len(wanted) == 0 {
		return nil
	}
	var found []Article
next:
	for i, text := range s.words {
		for _, w := range wanted {
			if !strings.Contains(text, w) {
				continue next
			}
		}
		found = append(found, s.articles[i])
	}
	return found
}

func fold(text string) string {
	return strings.NewReplacer("ą", "a", "ć", "c", "ę", "e", "ł", "l", "ń", "n", "ó", "o", "ś", "s", "ź", "z", "ż", "z").
		Replace(strings.ToLower(text))
}

// price of an article in grosze; 0 for one that is not on sale.
func (s *shelves) price(slug string) int { return s.bySlug[slug].Price }

// zloty writes a price as people do: 69,90 zł.
func zloty(grosze int) string {
	return fmt.Sprintf("%d,%02d\u00a0zł", grosze/100, grosze%100)
}
