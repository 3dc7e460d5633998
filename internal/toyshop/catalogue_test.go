package toyshop

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"testing"
)

func TestCatalogue(t *testing.T) {
	s := newShelves()
	if len(s.articles) != 24 || len(s.bySlug) != 24 || len(s.categories) != 8 {
		t.Errorf("%d articles, %d slugs, %d categories", len(s.articles), len(s.bySlug), len(s.categories))
	}
	slug := regexp.MustCompile(`^[a-z0-9-]+$`)
	for _, a := range s.articles {
		if !slug.MatchString(a.Slug) || a.Name == "" || a.Description == "" || a.Price < 1000 {
			t.Errorf("odd article %+v", a)
		}
	}
	for _, c := range s.categories {
		if len(s.byCategory[c.Slug]) != 3 {
			t.Errorf("%s holds %d articles", c.Slug, len(s.byCategory[c.Slug]))
		}
	}
}

func TestSearch(t *testing.T) {
	s := newShelves()
	for query, want := range map[string]string{
		"róż rumieniec":  "roz-pierwszy-rumieniec",
		"ROZ RUMIENIEC":  "roz-pierwszy-rumieniec",
		"granat miękka":  "kredka-granat",
		"  świeca molo ": "swieca-molo",
	} {
		found := s.search(query)
		if !slices.ContainsFunc(found, func(a Article) bool { return a.Slug == want }) {
			t.Errorf("%q finds %v", query, found)
		}
	}
	for _, query := range []string{"", "   ", "traktor", "<script>"} {
		if found := s.search(query); len(found) != 0 {
			t.Errorf("%q finds %v", query, found)
		}
	}
}

// Pictures are well-formed, different, repeatable and a few kilobytes each.
func TestPictures(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range Catalogue() {
		for view := 1; view <= views; view++ {
			svg := picture(a, view)
			if !bytes.Equal(svg, picture(a, view)) {
				t.Fatalf("%s-%d is drawn differently the second time", a.Slug, view)
			}
			seen[string(svg)] = true
			if len(svg) < 1<<10 || len(svg) > 8<<10 {
				t.Errorf("%s-%d has %d bytes", a.Slug, view, len(svg))
			}
			d := xml.NewDecoder(bytes.NewReader(svg))
			for {
				_, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s-%d: %v", a.Slug, view, err)
				}
			}
		}
	}
	if len(seen) != 24*views {
		t.Errorf("only %d different pictures", len(seen))
	}
}
