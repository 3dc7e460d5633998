package toyshop

import "github.com/falochron/falochron"

func (s *Shop) home(v visit) (answer, error) {
	return answer{body: s.pages.made("home", Tag(v.session))}, nil
}

func (s *Shop) account(v visit) (answer, error) {
	return answer{private: true, body: s.pages.made("account", Tag(v.session))}, nil
}

func (s *Shop) category(v visit) (answer, error) {
	if len(s.shelves.byCategory[v.slug]) == 0 {
		return s.notFound(v)
	}
	return answer{body: s.pages.made("category "+v.slug, Tag(v.session))}, nil
}

func (s *Shop) product(v visit) (answer, error) {
	if _, ok := s.shelves.bySlug[v.slug]; !ok {
		return s.notFound(v)
	}
	n, err := s.store.available(v.slug)
	if err != nil {
		return answer{}, err
	}
	return answer{body: s.pages.made(productPage(v.slug, n > 0), Tag(v.session))}, nil
}

func (s *Shop) search(v visit) (answer, error) {
	l := leaf{Title: "Szukaj", Query: v.query.Get("q"), Visitor: Tag(v.session)}
	if found := s.shelves.search(l.Query); len(found) > 0 {
		cards := min(3, len(found))
		l.Articles, l.More = found[:cards], found[cards:]
	} else {
		l.More = s.shelves.articles[:6]
	}
	return answer{body: s.pages.render("search", l)}, nil
}

func (s *Shop) notFound(visit) (answer, error) {
	return answer{}, wrong(falochron.NotFound, "Nie ma takiej strony.")
}
