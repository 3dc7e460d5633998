package console

import (
	"encoding/json"
	"net/http"
	"time"

	"golang.org/x/text/language"
)

// dictionary holds a language's texts by key. Texts that name a number carry
// it in braces, as {n}; "people" has one key per plural form. Both languages
// have the same keys (tested), the plural forms apart.
type dictionary map[string]string

// languageCookie remembers a choice made with the switch.
const languageCookie = "falo_lang"

func loadWords() map[string]dictionary {
	all := make(map[string]dictionary)
	for _, lang := range []string{"en", "pl"} {
		body, err := files.ReadFile("words/" + lang + ".json")
		if err != nil {
			panic(err) // embedded: cannot happen in a program that was built
		}
		var d dictionary
		if err := json.Unmarshal(body, &d); err != nil {
			panic(err)
		}
		all[lang] = d
	}
	return all
}

// chooseLanguage takes the switch's choice and remembers it, else the one
// remembered, else what the browser prefers; English when it prefers neither.
func chooseLanguage(w http.ResponseWriter, r *http.Request) string {
	if lang := r.FormValue("lang"); lang == "pl" || lang == "en" {
		http.SetCookie(w, &http.Cookie{
			Name: languageCookie, Value: lang, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
			HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil,
		})
		return lang
	}
	if c, err := r.Cookie(languageCookie); err == nil && (c.Value == "pl" || c.Value == "en") {
		return c.Value
	}
	_, i := language.MatchStrings(language.NewMatcher([]language.Tag{language.English, language.Polish}), r.Header.Get("Accept-Language"))
	return []string{"en", "pl"}[i]
}
