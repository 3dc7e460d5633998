package page

import (
	"cmp"
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"encoding/json"
	"html/template"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

//go:embed waiting.html
var pageHTML string

//go:embed style.css
var styleCSS string

//go:embed waiting.js
var waitingJS string

// referrer keeps the ticket in our URLs out of the Referer field: not a path,
// not a query. Browsers that know strict-origin use it, because under
// no-referrer they would send "Origin: null" with our own forms.
const referrer = "strict-origin"

// theme forces one of the two looks, for the storybook.
type theme string

const (
	themeAuto  theme = ""
	themeLight theme = "light"
	themeDark  theme = "dark"
)

// language is one language made ready.
type language struct {
	*vocabulary
	waiting, failing *template.Template
	script           template.HTML // the whole script element
	csp              string
	opening          map[State][]byte // what a state says first, as members of a JSON object
}

// prepare fills in what never changes between requests: colours, the scripts
// with their words, the hashes that our content security policy allows.
func (p *Pages) prepare() error {
	p.style = p.paint(squeeze(styleCSS, "/*", ""))
	for _, lang := range offered {
		w, err := json.Marshal(words[lang].scriptWords)
		if err != nil {
			return err
		}
		js := strings.Replace(shorten(squeezeJS(waitingJS)), "$words", string(w), 1)
		t, err := template.New("page").Parse(speak(pageHTML, words[lang]))
		if err != nil {
			return err
		}
		p.langs[lang] = &language{
			vocabulary: words[lang],
			waiting:    t.Lookup("waiting"),
			failing:    t.Lookup("error"),
			script:     template.HTML("<script>" + js + "</script>"),
			csp:        policy(p.style, js),
			opening:    opening(words[lang]),
		}
	}
	p.deflt = p.langs[p.cfg.DefaultLang]
	return nil
}

// opening prepares what is the same in every status of a state.
func opening(v *vocabulary) map[State][]byte {
	all := make(map[State][]byte)
	for _, s := range []State{Waiting, Held} {
		b := appendString([]byte(`,"head":`), v.Head[s])
		all[s] = appendString(append(b, `,"lead":`...), v.Lead[s])
	}
	return all
}

// speak writes the words that do not change into the template, as text: that
// spares a third of the work for each page.
func speak(src string, v *vocabulary) string {
	var pairs []string
	fields := reflect.ValueOf(*v)
	for i := range fields.NumField() {
		if f := fields.Field(i); f.Kind() == reflect.String {
			name, text := fields.Type().Field(i).Name, template.HTMLEscapeString(f.String())
			pairs = append(pairs, "{{.V."+name+"}}", text, "{{$.V."+name+"}}", text)
		}
	}
	return strings.NewReplacer(pairs...).Replace(src)
}

// paint puts the shop's colours and the theme into the style sheet. Colours are
// written out, not var(--x): phones of 2014 do not know those.
func (p *Pages) paint(css string) string {
	switch p.theme {
	case themeLight:
		css = strings.ReplaceAll(css, "(prefers-color-scheme:dark)", "(max-width:0)")
	case themeDark:
		css = strings.ReplaceAll(css, "(prefers-color-scheme:dark)", "(min-width:0)")
	}
	return strings.NewReplacer( // longer names first: the first match wins
		"$groundDark", groundDark.String(), "$ground", groundLight.String(),
		"$cardDark", cardDark.String(), "$card", cardLight.String(),
		"$textDark", textDark.String(), "$text", textLight.String(),
		"$mutedDark", mutedDark.String(), "$muted", mutedLight.String(),
		"$accentDark", p.ink.accentDark.String(), "$accent", p.ink.accentLight.String(),
		"$onfill", p.ink.onFill.String(), "$fill", p.ink.fill.String(),
	).Replace(css)
}

// squeeze makes small what travels, while the sources stay readable: it drops
// indentation, empty lines and lines that begin a comment with mark.
func squeeze(src, mark, end string) string {
	var b strings.Builder
	for line := range strings.Lines(src) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, mark) {
			continue
		}
		b.WriteString(line + end)
	}
	return b.String()
}

// besideSigns is a space that JavaScript does not need.
var besideSigns = regexp.MustCompile(`\s*([-+*/%=<>!&|?:;,(){}\[\]])\s*`)

// squeezeJS also drops line ends and the spaces beside signs. It is made for the
// scripts in this folder alone, which keep four rules (tested): comments have
// their own lines, every statement ends in ';' or '}', strings are in single
// quotes without escaped quotes, regular expressions hold no space and no quote.
func squeezeJS(src string) string {
	parts := strings.Split(squeeze(src, "//", "\n"), "'")
	for i := 0; i < len(parts); i += 2 { // every second part is a string
		parts[i] = strings.ReplaceAll(besideSigns.ReplaceAllString(parts[i], "$1"), ";}", "}")
	}
	return strings.TrimSpace(strings.Join(parts, "'"))
}

var (
	functions = regexp.MustCompile(`\bfunction (\w+)`)
	variables = regexp.MustCompile(`\bvar [^;]+`)
	declared  = regexp.MustCompile(`[ ,](\w+)(?:=|,|$)`)
	names     = regexp.MustCompile(`\.?\b[A-Za-z_$][\w$]*`)
)

// shorten gives the functions and variables of a squeezed script names of one
// letter: a tenth of the script. Names after a dot are others' and stay.
func shorten(js string) string {
	parts := strings.Split(js, "'")
	var code []string
	for i := 0; i < len(parts); i += 2 {
		code = append(code, parts[i])
	}
	all := strings.Join(code, "''")
	short, taken := map[string]string{}, map[string]bool{}
	for _, name := range names.FindAllString(all, -1) {
		taken[name] = true
	}
	letters := strings.Split("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "")
	letters = slices.DeleteFunc(letters, func(l string) bool { return taken[l] })
	give := func(name string) {
		if len(name) > 2 && short[name] == "" && len(letters) > 0 {
			short[name], letters = letters[0], letters[1:]
		}
	}
	for _, m := range functions.FindAllStringSubmatch(all, -1) {
		give(m[1])
	}
	for _, list := range variables.FindAllString(all, -1) {
		for _, m := range declared.FindAllStringSubmatch(list, -1) {
			give(m[1])
		}
	}
	for i := 0; i < len(parts); i += 2 {
		parts[i] = names.ReplaceAllStringFunc(parts[i], func(name string) string { return cmp.Or(short[name], name) })
	}
	return strings.Join(parts, "'")
}

// policy is the pages' own Content-Security-Policy: nothing but what is in the
// page, allowed by its hash. Browsers without hashes (before 2015) obey
// 'unsafe-inline'; all others ignore it beside a hash.
func policy(style, script string) string {
	return "default-src 'none'; script-src 'unsafe-inline' " + hashOf(script) +
		"; style-src 'unsafe-inline' " + hashOf(style) + "; img-src 'self' data:" +
		"; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
}

// hashOf allows a style or a script in such a policy.
func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
