package main

import (
	"fmt"
	"time"

	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/toyshop"
)

// Think times of the toy shop's visitors, in real seconds. A page is read for
// half a minute; the checkout form takes a minute to fill in and the code for
// the payment 40 s to fetch (BLIK, two minutes valid).
const (
	thinkPage = 31 * time.Second
	thinkForm = 60 * time.Second
	thinkPay  = 40 * time.Second
)

// toyshopPlan is how people visit the toy shop: of twenty who tap the link, nine
// buy (a hot drop) and eleven look at one to four pages.
func toyshopPlan(seed uint64, compression float64) crowd.Plan {
	look := func(name, path string) crowd.Step {
		return crowd.Step{Name: name, Method: "GET", Path: path, Think: thinkPage}
	}
	product, category := look("product", "/produkt/{product}?{click}"), look("category", "/kategoria/{category}")
	home, search, other := look("home", "/"), look("search", "/szukaj?q={q}"), look("product", "/produkt/{other}")
	buy := []crowd.Step{
		{Name: "add", Kind: crowd.Add, Method: "POST", Path: "/koszyk/dodaj", Item: "{product}", Think: thinkPage,
			Form: []crowd.Field{{Name: "product", Value: "{product}"}, {Name: "qty", Value: "1"}}},
		{Name: "form", Kind: crowd.Checkout, Method: "GET", Path: "/zamowienie", Think: thinkPage},
		{Name: "order", Kind: crowd.Order, Method: "POST", Path: "/zamowienie", Done: "/dziekujemy", Think: thinkForm + thinkPay,
			Form: []crowd.Field{{Name: "name", Value: "{name}"}, {Name: "email", Value: "{email}"}, {Name: "blik", Value: "{blik}"}}},
	}
	then := func(steps ...crowd.Step) []crowd.Step { return steps }
	return crowd.Plan{
		Seed: seed, Compression: compression, Assets: true, NoScript: 0.10, InApp: 0.05,
		Words: toyshopWords(),
		Journeys: []crowd.Journey{
			{Name: "buys at once", Buys: true, Count: 6, Steps: append(then(product), buy...)},
			{Name: "compares and buys", Buys: true, Count: 3, Steps: append(then(product, category, other), buy...)},
			{Name: "one look", Count: 4, Steps: then(product)},
			{Name: "two looks", Count: 3, Steps: then(product, category)},
			{Name: "three looks", Count: 2, Steps: then(product, home, other)},
			{Name: "four looks", Count: 2, Steps: then(product, category, other, search)},
		},
	}
}

// toyshopWords fills the journeys' templates: three of four come for the article
// that the post shows.
func toyshopWords() map[string][]string {
	w := map[string][]string{"q": {"krem", "pomadka", "zestaw", "puder", "perfumy"}}
	articles := toyshop.Catalogue()
	for range 3 * 7 {
		w["product"] = append(w["product"], articles[0].Slug)
	}
	for _, a := range articles[1:8] {
		w["product"] = append(w["product"], a.Slug)
	}
	for _, a := range articles[1:] {
		w["other"] = append(w["other"], a.Slug)
	}
	for _, c := range toyshop.Categories() {
		w["category"] = append(w["category"], c.Slug)
	}
	for i := range 50 {
		w["blik"] = append(w["blik"], fmt.Sprintf("%06d", 100003+i*17977))
	}
	return w
}
