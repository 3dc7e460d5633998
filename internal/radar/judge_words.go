package radar

import (
	"fmt"
	"math"
	"strings"

	"github.com/falochron/falochron"
)

// CohortSentence says a verdict and its reasons in one sentence, in "pl" or else in
// English: "attack, 99 % sure: of 412 tickets given 409 never came back; …".
func CohortSentence(v falochron.CohortVerdict, lang string) string {
	w, ok := verdictWords[lang]
	if !ok {
		w = verdictWords["en"]
	}
	s := fmt.Sprintf(w.kinds[v.Kind], int(math.Round(100*math.Min(v.Confidence, 0.999))))
	var why []string
	for _, r := range v.Reasons {
		// What speaks against the verdict is not said: it was outweighed.
		if v.Kind == falochron.CohortFans && r.Weight > 0 || v.Kind == falochron.CohortAttack && r.Weight < 0 {
			continue
		}
		if f := w.signs[r.Sign]; f != "" {
			why = append(why, strings.NewReplacer("#1", amount(r.Value), "#2", amount(r.Of)).Replace(f))
		}
	}
	if len(why) == 0 {
		return s
	}
	return s + ": " + strings.Join(why, "; ")
}

// amount writes a number to a tenth, and large ones whole.
func amount(x float64) string {
	if math.Abs(x) >= 10 || x == math.Trunc(x) {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.1f", x)
}

// verdictWords are the words of a language: #1 is a reason's value, #2 what it is of.
var verdictWords = map[string]struct {
	kinds map[falochron.CohortKind]string
	signs map[string]string
}{
	"en": {
		map[falochron.CohortKind]string{
			falochron.CohortFans: "fans, %d %% sure", falochron.CohortAttack: "an attack, %d %% sure", falochron.CohortUnsure: "not clear, an attack with %d %%",
		},
		map[string]string{
			SignNotBack: "of #2 tickets given, #1 never came back", SignUnticketed: "#1 pages were made for visitors without a ticket",
			SignBusting: "#1 different addresses of only #2 things", SignFaults: "#1 of #2 addresses do not exist", SignForged: "#1 tickets were forged",
			SignSpread: "each visitor opens #1 different pages a minute", SignCarts: "each visitor changes carts #1 times a minute",
			SignBlind: "#2 pages were read and only #1 of their files fetched", SignNoFiles: "#2 pages were read and only #1 of their files fetched",
			SignRestless: "each visitor asks #1 times a minute, #2 times as often as told", SignRegular: "they ask as evenly as a clock, every #2 s",
			SignTool: "they say themselves that they are no browser", SignPartial: "they say they are a browser and do not send what browsers send",
			SignHosting: "they come from a hosting company's network",
			SignBack:    "#1 of #2 tickets came back", SignFiles: "they fetch pictures: #1 files with #2 pages",
		},
	},
	"pl": {
		map[falochron.CohortKind]string{
			falochron.CohortFans: "fani, pewność %d %%", falochron.CohortAttack: "atak, pewność %d %%", falochron.CohortUnsure: "nie wiadomo, atak z szansą %d %%",
		},
		map[string]string{
			SignNotBack: "z wydanych biletów (#2) nie wróciło #1", SignUnticketed: "stron przygotowanych dla kogoś bez biletu: #1",
			SignBusting: "różnych adresów: #1, a rzeczy tylko #2", SignFaults: "adresów, których nie ma: #1 z #2", SignForged: "podrobionych biletów: #1",
			SignSpread: "każdy otwiera #1 różnych stron na minutę", SignCarts: "każdy zmienia koszyk #1 razy na minutę",
			SignBlind: "stron: #2, a pobranych do nich plików tylko #1", SignNoFiles: "stron: #2, a pobranych do nich plików tylko #1",
			SignRestless: "każdy pyta #1 razy na minutę, #2 razy częściej, niż mu powiedziano", SignRegular: "pytają równo jak zegar, co #2 s",
			SignTool: "same mówią, że nie są przeglądarką", SignPartial: "podają się za przeglądarkę, a nie wysyłają tego, co przeglądarki",
			SignHosting: "przychodzą z sieci firmy hostingowej",
			SignBack:    "wróciło #1 z #2 biletów", SignFiles: "pobierają obrazki: plików #1 na #2 stron",
		},
	},
}
