package console

import (
	"html/template"
	"strings"
)

// webcal is the address that a phone hands to its calendar, in the language of the
// page. The address must be one of ours with http or https: any other is none.
func webcal(feed, lang string) template.URL {
	for _, scheme := range []string{"https", "http"} {
		if rest, ok := strings.CutPrefix(feed, scheme+"://"); ok {
			return template.URL("webcal://" + rest + "?lang=" + lang)
		}
	}
	return "#"
}
