package tale

import (
	"strings"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/radar"
)

// Signs that are no evidence, and tell what the fans of a wave are like. Others are those
// of [radar.Judge].
const (
	SignPages    = "pages"    // Value is how many pages each looks at
	SignCarriers = "carriers" // many of them share addresses, as on the networks of mobile carriers
)

// signWords are the signs of a verdict in a few words, in English and in Polish; those
// that are not here are told where there is more room.
var signWords = map[string][2]string{
	radar.SignBack: {"they keep their tickets", "wracają z biletem"}, radar.SignFiles: {"fetch images", "pobierają obrazki"},
	SignCarriers:      {"on carriers’ networks", "z sieci komórkowych"},
	radar.SignNotBack: {"no ticket comes back", "bilety nie wracają"}, radar.SignUnticketed: {"without a ticket", "bez biletu"},
	radar.SignBusting: {"the same pages under ever new addresses", "te same strony pod coraz nowymi adresami"}, radar.SignFaults: {"addresses that are not there", "adresy, których nie ma"},
	radar.SignForged: {"forged tickets", "podrobione bilety"}, radar.SignSpread: {"more pages each than people read", "więcej stron, niż czytają ludzie"},
	radar.SignCarts: {"more carts than people fill", "więcej koszyków, niż wypełniają ludzie"}, radar.SignBlind: {"no images", "bez obrazków"}, radar.SignNoFiles: {"no images", "bez obrazków"},
	radar.SignRestless: {"they do not wait as told", "nie czekają, jak proszono"}, radar.SignRegular: {"like clockwork", "jak w zegarku"},
	radar.SignTool: {"tools by their own word", "same mówią, że są narzędziami"}, radar.SignPartial: {"they only claim to be browsers", "tylko podają się za przeglądarki"},
	radar.SignHosting: {"from hosting companies’ networks", "z sieci firm hostingowych"},
}

// signsTold is how many signs a sentence names: the heaviest.
const signsTold = 4

// signs are the signs that speak for what the crowd is taken for, in a few words.
func (c *Crowd) signs(w *words) string {
	var told []string
	for _, s := range c.Signs {
		if len(told) == signsTold {
			break
		}
		if c.Kind == falochron.CohortFans && s.Weight > 0 || c.Kind == falochron.CohortAttack && s.Weight < 0 {
			continue // it speaks against it
		}
		text := signWords[s.Sign][w.index()]
		if s.Sign == SignPages {
			text = w.each(s.Value)
		}
		if text != "" {
			told = append(told, text)
		}
	}
	return strings.Join(told, ", ")
}
