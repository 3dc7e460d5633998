package preset

import (
	"bytes"
	"encoding/json"
	"html"
	"net/url"
	"strings"
)

// Cart is how a platform's own scripts fill a visitor's cart, show it and empty it,
// as data: what a comparison needs so that somebody with a cart can look at the
// pages, too. What the shop's forms and links say comes first; this is for what
// they leave to a script. The zero value knows nothing.
type Cart struct {
	// Field is what a product's form has where its script alone knows the address,
	// and To where the script sends it, the newest version first.
	Field string
	To    []string
	// Articles are names of the fields that say which article a form puts into the cart, by
	// its number, where lists have a form for each.
	Articles []string
	// With are fields that a script adds to those of a product's form. Values are
	// templates as in [Call].
	With []Pair
	// Page is where the cart is shown, if no link leads there.
	Page string
	// Made are cookies that a page's script makes up for the visitor; each is a word
	// of its own name for the templates.
	Made []string
	// Ways put an article into the cart by calls alone, the best first.
	Ways []Way
	// Read shows what is in the cart; without a path it is the page that shows it. Its
	// first take names the line to be taken out.
	Read Call
	// Proof is there in the answer to Read with a cart only; empty, 0 and null count as
	// not there. Zero: an answer that does not refuse is believed.
	Proof Take
	// Remove takes out the line that Read has named.
	Remove []Call
	// Find names pages, of a product above all, where the front page leads nowhere
	// without a script; none = there are always links.
	Find Call
	// Look are paths that are worth looking at, with words that Find or a way has taken.
	Look []string
	// Param is how the query of a request for a shared kind may name a cart; a template.
	// Such a request is never shared (see [Platform].Params).
	Param string
}

// Way is one way to put an article into the cart.
type Way struct {
	// Takes are what a product's page tells; a page that lacks one is no such page.
	// None for an interface without pages: its first call finds an article.
	Takes []Take
	Calls []Call
}

// Call is one request of a shop's script. Path, the values of Form, and JSON are
// templates: {word} stands for what an earlier answer told.
type Call struct {
	Method string
	Path   string // with its query; one word alone stands for all of it
	Form   []Pair // sent as a form, or
	JSON   string // sent as it is
	Takes  []Take
}

// Pair is a field of a form.
type Pair struct{ Name, Value string }

// Take is a word that an answer tells: what stands between two texts where they
// are met first.
type Take struct{ Word, Before, After string }

// Find returns what stands there, without the escapes of JSON or HTML; false if
// nothing does, or what a shop writes for nothing: 0 and null.
func (t Take) Find(body []byte) (string, bool) {
	_, rest, ok := bytes.Cut(body, []byte(t.Before))
	if !ok || t.Before == "" {
		return "", false
	}
	const most = 2048 // longer ones are no number and no address
	found, _, ok := bytes.Cut(rest[:min(len(rest), most)], []byte(t.After))
	if !ok {
		return "", false
	}
	said := html.UnescapeString(string(found))
	var plain string
	if json.Unmarshal([]byte(`"`+said+`"`), &plain) == nil {
		said = plain
	}
	switch said {
	case "", "0", "null":
		return "", false
	}
	return said, true
}

// Request fills in the words: the path with its query, and what is sent with which
// Content-Type; both are empty where nothing is. False if a word is missing.
func (c Call) Request(words map[string]string) (path, kind, body string, ok bool) {
	if word, all := strings.CutPrefix(c.Path, "{"); all && strings.IndexByte(word, '}') == len(word)-1 {
		path, ok = words[strings.TrimSuffix(word, "}")]
	} else {
		path, ok = Fill(c.Path, words, url.QueryEscape)
	}
	if !ok {
		return "", "", "", false
	}
	switch {
	case c.JSON != "":
		body, ok = Fill(c.JSON, words, inJSON)
		return path, "application/json", body, ok
	case len(c.Form) > 0:
		form := make(url.Values, len(c.Form))
		for _, p := range c.Form {
			value, there := Fill(p.Value, words, nil)
			if !there {
				return "", "", "", false
			}
			form.Add(p.Name, value)
		}
		return path, "application/x-www-form-urlencoded", form.Encode(), true
	}
	return path, "", "", true
}

// Fill puts words into a template, each escaped by escape, nil for as it is. False
// if one is missing. Braces around no name of a word stay: JSON has them.
func Fill(template string, words map[string]string, escape func(string) string) (string, bool) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		out.WriteString(before)
		if !found {
			return out.String(), true
		}
		end := strings.IndexFunc(rest, func(c rune) bool { return c != '_' && (c < 'a' || c > 'z') })
		if end < 1 || rest[end] != '}' {
			out.WriteByte('{')
			template = rest
			continue
		}
		value, ok := words[rest[:end]]
		if !ok {
			return "", false
		}
		if escape != nil {
			value = escape(value)
		}
		out.WriteString(value)
		template = rest[end+1:]
	}
}

// inJSON escapes a word that stands between quotes in a JSON text.
func inJSON(word string) string {
	text, _ := json.Marshal(word) // a string always can be
	return string(text[1 : len(text)-1])
}

// entries names the rules of a cart. They are asked of the shop by Falochron itself.
func (c Cart) entries(add func(name string, drop func(c *Cart))) {
	if c.Field != "" {
		add("field "+c.Field, func(c *Cart) { c.Field = "" })
	}
	for i, to := range c.To {
		add("to "+to, func(c *Cart) { c.To = without(c.To, i) })
	}
	for i, name := range c.Articles {
		add("article "+name, func(c *Cart) { c.Articles = without(c.Articles, i) })
	}
	for i, p := range c.With {
		add("with "+p.Name, func(c *Cart) { c.With = without(c.With, i) })
	}
	if c.Page != "" {
		add("page "+c.Page, func(c *Cart) { c.Page = "" })
	}
	for i, name := range c.Made {
		add("cookie "+name, func(c *Cart) { c.Made = without(c.Made, i) })
	}
	for i, w := range c.Ways {
		add("way by "+w.Calls[len(w.Calls)-1].Path, func(c *Cart) { c.Ways = without(c.Ways, i) })
	}
	if len(c.Read.Takes) > 0 {
		add("read "+c.Read.Path, func(c *Cart) { c.Read = Call{} })
	}
	if c.Proof != (Take{}) {
		add("proof "+c.Proof.Before, func(c *Cart) { c.Proof = Take{} })
	}
	for i, call := range c.Remove {
		add("remove by "+call.Path, func(c *Cart) { c.Remove = without(c.Remove, i) })
	}
	if c.Find.Path != "" {
		add("find by "+c.Find.Path, func(c *Cart) { c.Find = Call{} })
	}
	for i, path := range c.Look {
		add("look at "+path, func(c *Cart) { c.Look = without(c.Look, i) })
	}
	if c.Param != "" {
		add("parameter "+c.Param, func(c *Cart) { c.Param = "" })
	}
}
