package main

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/toyshop"
)

// planFor is how people visit the shop in a guise: the same people as in the toy
// shop's own clothes, by that software's addresses, forms and scripts.
func planFor(as string, seed uint64, compression float64) (crowd.Plan, error) {
	plan := toyshopPlan(seed, compression)
	if as == "" {
		return plan, nil
	}
	at, err := toyshop.Paths(as)
	if err != nil {
		return plan, err
	}
	add := at.AddByForm
	if len(add) == 0 {
		add = at.AddByScript
	}
	w := walker{as: as}
	look := func(name string, c toyshop.Call) crowd.Step { return w.step(name, crowd.Look, c, thinkPage) }
	product := look("product", at.Product)
	product.Path = withClick(product.Path)
	category, home, search := look("category", at.Category), look("home", at.Home), look("search", at.Search)
	category.Path = strings.ReplaceAll(category.Path, "{product.", "{category.")
	other := look("product", at.Product)
	other.Path = strings.NewReplacer("{product}", "{other}", "{product.", "{other.").Replace(other.Path)

	var buy []crowd.Step
	for i, c := range add {
		last := i == len(add)-1
		if !last && c.Method == http.MethodGet && c.Path == at.Product.Path {
			product.Takes = w.takes(c) // it is open already
			continue
		}
		s := w.step("add", crowd.Look, c, 0)
		if i == 0 || len(buy) == 0 {
			s.Think = thinkPage
		}
		if last {
			s.Kind, s.Item = crowd.Add, "{product}"
		}
		buy = append(buy, s)
	}
	for i, c := range at.Order {
		if i == len(at.Order)-1 {
			c.Takes = nil // a browser goes where the answer leads by itself
		}
		s := w.step("form", crowd.Checkout, c, 0)
		switch {
		case i == len(at.Order)-1:
			s.Name, s.Kind, s.Done, s.Think = "order", crowd.Order, at.Done, thinkForm+thinkPay
		case i == 0:
			s.Think = thinkPage
		}
		buy = append(buy, s)
	}
	for _, c := range at.Background {
		plan.Background = append(plan.Background, w.step("background", crowd.Look, c, 0))
	}
	if w.cannot != "" {
		return plan, &falochron.Error{Kind: falochron.Invalid, Op: "plan a crowd",
			Public: "the crowd cannot walk a shop of " + at.Title + ": " + w.cannot, Hint: "take one that is bought at by pages, such as woocommerce"}
	}
	then := func(steps ...crowd.Step) []crowd.Step { return steps }
	ways := [][]crowd.Step{
		slices.Concat(then(product), buy),
		slices.Concat(then(product, category, other), buy),
		then(product), then(product, category), then(product, home, other), then(product, category, other, search),
	}
	for i := range plan.Journeys {
		plan.Journeys[i].Steps = ways[i]
	}
	addWords(&plan, at)
	return plan, nil
}

// walker turns the calls of a guise into steps of a crowd.
type walker struct {
	as     string
	cannot string // why not; empty if it can
}

func (w *walker) step(name string, kind crowd.Kind, c toyshop.Call, think time.Duration) crowd.Step {
	s := crowd.Step{Name: name, Kind: kind, Method: c.Method, Path: coupled(c.Path), Body: coupled(c.Body), Takes: w.takes(c), Think: think}
	for _, f := range c.Form {
		s.Form = append(s.Form, crowd.Field{Name: f.Name, Value: coupled(f.Value)})
	}
	for _, f := range c.Fields {
		s.Fields = append(s.Fields, crowd.Field{Name: f.Name, Value: coupled(f.Value)})
	}
	s.Script = len(s.Fields) > 0 || s.Body != ""
	if c.Method != http.MethodGet && c.Method != http.MethodPost || !strings.HasPrefix(s.Path, "/") {
		w.cannot = "it asks for " + c.Method + " " + c.Path
	}
	return s
}

func (w *walker) takes(c toyshop.Call) (ts []crowd.Take) {
	for _, t := range c.Takes {
		if t.From != "" || t.After == "" {
			w.cannot = "a header field of an answer is needed, " + t.From
		}
		ts = append(ts, crowd.Take{Word: t.Word, Before: t.Before, After: t.After})
	}
	return ts
}

// coupled names the words that belong together so that they are drawn together: the
// number and the category of an article with the article.
func coupled(text string) string {
	return strings.NewReplacer("{id}", "{product.id}", "{category}", "{product.category}", "{shelf}", "{product.shelf}").Replace(text)
}

// withClick puts the click id of a tapped link into an address.
func withClick(path string) string {
	if strings.Contains(path, "?") {
		return path + "&{click}"
	}
	return path + "?{click}"
}

// addWords adds the numbers and categories of articles to their names, and the names
// and numbers of categories.
func addWords(plan *crowd.Plan, at toyshop.Places) {
	for _, list := range []string{"product", "other"} {
		for _, slug := range plan.Words[list] {
			w := at.Words(slug, "")
			for _, word := range []string{"id", "category", "shelf"} {
				plan.Words[list+"."+word] = append(plan.Words[list+"."+word], w[word])
			}
		}
	}
	shelves := map[string]string{}
	for _, a := range toyshop.Catalogue() {
		shelves[a.Category] = at.Words(a.Slug, "")["shelf"]
	}
	for _, slug := range plan.Words["category"] {
		plan.Words["category.category"] = append(plan.Words["category.category"], slug)
		plan.Words["category.shelf"] = append(plan.Words["category.shelf"], shelves[slug])
	}
}
