package toyshop

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strconv"
)

//go:embed guises/*.html
var guiseFiles embed.FS

// A sheet is what a guise's templates are filled with.
type sheet struct {
	Shop, Title, Text, Query string
	Kind                     string // home, category, product, search, cart, checkout, thanks, account, message
	Visitor                  string // mark of the session the page is made for
	Account                  string // e-mail of whoever is signed in
	Email                    string // e-mail last written at the checkout
	Here                     string // the page's own whole address
	Menu                     []Category
	Article                  Article
	ID                       int // of the article or category
	Available                bool
	Articles, More           []Article
	Lines                    []leafLine // the visitor's cart
	Count, Total             int
	Coupon                   string // that counts in this cart
	Order                    int
	Paid                     bool
	Token                    string // secret of this visitor's forms
	Vars                     any    // what only this guise uses
	At                       signposts

	base     string // before every link: the address that the shop is told to be at, or knows itself by
	currency string
	shelves  *shelves
	files    folders
}

// To is an address of the shop as pages write it.
func (p *sheet) To(path string) string { return p.base + path }

// Product and Category are addresses of one.
func (p *sheet) Product(a Article) string {
	return p.base + p.At.product(p.shelves.number(a.Slug), a)
}

func (p *sheet) Category(c Category) string {
	return p.base + p.At.category(p.shelves.shelf(c.Slug), c.Slug)
}

// Picture is the address of one view of an article.
func (p *sheet) Picture(a Article, view int) string {
	return fmt.Sprintf("%s%s%s-%d.svg", p.base, p.files.pictures, a.Slug, view)
}

// Pictures is their folder.
func (p *sheet) Pictures() string { return p.base + p.files.pictures }

// CSS and JS are the addresses of style and script.
func (p *sheet) CSS() string { return p.base + p.files.css }
func (p *sheet) JS() string  { return p.base + p.files.js }

// Number is an article's number.
func (p *sheet) Number(a Article) int { return p.shelves.number(a.Slug) }

// An item is one line of the cart, for the piece of a page that takes it out.
type item struct {
	*sheet
	Line leafLine
	N    int // number of the article
}

// Of is a line of the cart with all that its page knows.
func (p *sheet) Of(l leafLine) item { return item{p, l, p.shelves.number(l.Article.Slug)} }

// Money writes a price in the visitor's currency.
func (p *sheet) Money(grosze int) string { return money(grosze, p.currency) }

// euro is how many złoty a euro costs in this shop, in groszy.
const euro = 430

func money(grosze int, currency string) string {
	if currency != "EUR" {
		return zloty(grosze)
	}
	cents := (grosze*100 + euro/2) / euro
	return fmt.Sprintf("%d,%02d\u00a0€", cents/100, cents%100)
}

// Numbers of articles and categories, where a shop has numbers in its addresses.
const (
	firstArticle  = 101
	firstCategory = 11
)

func (s *shelves) number(slug string) int {
	for i, a := range s.articles {
		if a.Slug == slug {
			return firstArticle + i
		}
	}
	return 0
}

func (s *shelves) shelf(slug string) int {
	for i, c := range s.categories {
		if c.Slug == slug {
			return firstCategory + i
		}
	}
	return 0
}

// numbered finds an article by its number.
func (s *shelves) numbered(text string) (Article, bool) {
	n, err := strconv.Atoi(text)
	if err != nil || n < firstArticle || n >= firstArticle+len(s.articles) {
		return Article{}, false
	}
	return s.articles[n-firstArticle], true
}

func (s *shelves) shelfNumbered(text string) (Category, bool) {
	n, err := strconv.Atoi(text)
	if err != nil || n < firstCategory || n >= firstCategory+len(s.categories) {
		return Category{}, false
	}
	return s.categories[n-firstCategory], true
}

// putOn makes the shop imitate another.
func (s *Shop) putOn(name string) error {
	g, err := inGuise(name)
	if err != nil {
		return err
	}
	t, err := dressing(g)
	if err != nil {
		return err
	}
	s.guise = &wardrobe{guise: g, templates: t, meter: newMeter()}
	if g.notice.path != "" {
		s.provider.to = g.notice
	}
	return s.files.putGuise(g, s.shelves.articles)
}

// dressing is the templates of a guise: those of all, some of them replaced by
// its own.
func dressing(g *guise) (*template.Template, error) {
	names := []string{"guises/guise.html", "guises/shell.html", "guises/as_" + g.name + ".html"}
	if !g.shell {
		names = slices.Delete(names, 1, 2)
	}
	t := template.New("guise")
	for _, name := range names { // one after the other: a later one replaces
		if _, err := t.ParseFS(guiseFiles, name); err != nil {
			return nil, fmt.Errorf("parse page templates of %s: %w", g.name, err)
		}
	}
	return t, nil
}

// sheet begins a page for a visitor. What the visitor has in the cart is on
// every page, as most themes have it; and only who has something there or is
// signed in can be told by it.
func (s *Shop) sheet(v visit, kind, title string) (*sheet, error) {
	c, err := s.store.cart(v.session)
	if err != nil {
		return nil, err
	}
	g := s.guise
	p := &sheet{
		Shop: ShopName, Title: title, Kind: kind, Account: v.account, Email: c.email, Menu: s.shelves.categories,
		Here: v.absolute(v.path), At: g.at, shelves: s.shelves, files: g.files, currency: v.cookies["currency"],
	}
	switch {
	case s.config.Gullible:
		p.base = v.absolute("")
	case g.whole && s.config.PublicURL != "":
		p.base = s.config.PublicURL
		p.Here = p.base + v.path
	}
	for _, l := range c.lines {
		sum := l.qty * s.shelves.price(l.product)
		p.Lines = append(p.Lines, leafLine{s.shelves.bySlug[l.product], l.qty, sum})
		p.Total += sum
		p.Count += l.qty
	}
	if p.Coupon = g.tastes.get(v.session).coupon; p.Coupon != "" {
		p.Total = p.Total * (100 - couponOff) / 100
	}
	if g.shell || g.bare && (kind == "home" || kind == "category" || kind == "product" || kind == "search" || kind == "cms") {
		p.Account, p.Email, p.Lines, p.Total, p.Count = "", "", nil, 0, 0
		c.lines, v.account = nil, ""
	}
	own := kind == "cart" || kind == "checkout" || kind == "thanks" || kind == "account"
	if len(c.lines) > 0 || v.account != "" || own && !v.born {
		p.Visitor = mark(v.session)
	}
	if p.Email == "" {
		p.Email = v.account
	}
	return p, nil
}

// page makes the answer of a sheet.
func (s *Shop) page(v visit, p *sheet, name string) answer {
	if s.guise.token != nil {
		p.Token = s.guise.token(s, v)
	}
	if s.guise.vars != nil {
		p.Vars = s.guise.vars(s, v, p)
	}
	var b bytes.Buffer
	if err := s.guise.templates.ExecuteTemplate(&b, name, p); err != nil {
		panic("toyshop: template " + name + " of " + s.guise.name + ": " + err.Error()) // our own templates, our own data
	}
	return answer{kind: p.Kind, body: b.Bytes(), personal: p.Visitor != "", resource: p.Kind + " " + p.Article.Slug}
}

func (s *Shop) showHome(v visit) (answer, error) {
	p, err := s.sheet(v, "home", "Nowości")
	if err != nil {
		return answer{}, err
	}
	p.Articles, p.More = s.shelves.articles[:3], s.shelves.articles[3:]
	return s.page(v, p, "home"), nil
}

func (s *Shop) showCategory(c Category) work {
	return func(v visit) (answer, error) {
		p, err := s.sheet(v, "category", c.Name)
		if err != nil {
			return answer{}, err
		}
		p.Text, p.Articles, p.ID = c.Text, s.shelves.byCategory[c.Slug], s.shelves.shelf(c.Slug)
		a := s.page(v, p, "category")
		a.resource = "category " + c.Slug
		return a, nil
	}
}

func (s *Shop) showProduct(article Article) work {
	return func(v visit) (answer, error) {
		p, err := s.productSheet(v, article)
		if err != nil {
			return answer{}, err
		}
		return s.page(v, p, "product"), nil
	}
}

func (s *Shop) productSheet(v visit, article Article) (*sheet, error) {
	n, err := s.store.available(article.Slug)
	if err != nil {
		return nil, err
	}
	p, err := s.sheet(v, "product", article.Name)
	if err != nil {
		return nil, err
	}
	p.Article, p.ID, p.Available = article, s.shelves.number(article.Slug), n > 0
	return p, nil
}

// othersBeside are three articles beside another one, chosen anew for each answer: they take
// turns, where real shops draw lots, so that no test is at the mercy of chance. None beside
// anything else.
func (s *Shop) othersBeside(p *sheet) []Article {
	if p.Kind != "product" {
		return nil
	}
	all := slices.DeleteFunc(slices.Clone(s.shelves.articles), func(a Article) bool { return a.Slug == p.Article.Slug })
	n := int(s.guise.turn.Add(1) % int64(len(all)))
	return []Article{all[n], all[(n+1)%len(all)], all[(n+2)%len(all)]}
}

func (s *Shop) showSearch(v visit) (answer, error) {
	p, err := s.sheet(v, "search", "Szukaj")
	if err != nil {
		return answer{}, err
	}
	p.Query = v.arg(s.guise.at.SearchWord)
	if found := s.shelves.search(p.Query); len(found) > 0 {
		cards := min(3, len(found))
		p.Articles, p.More = found[:cards], found[cards:]
	} else {
		p.More = s.shelves.articles[:6]
	}
	a := s.page(v, p, "search")
	a.resource = "search"
	return a, nil
}

func (s *Shop) showCart(v visit) (answer, error) { return s.ownPage(v, "cart", "Koszyk") }

func (s *Shop) showAccount(v visit) (answer, error) { return s.ownPage(v, "account", "Konto") }

// ownPage is a page that needs nothing but the visitor.
func (s *Shop) ownPage(v visit, kind, title string) (answer, error) {
	p, err := s.sheet(v, kind, title)
	if err != nil {
		return answer{}, err
	}
	return s.page(v, p, kind), nil
}

// showMessage is a page with a sentence on it.
func (s *Shop) showMessage(kind, title, text string) work {
	return func(v visit) (answer, error) {
		p, err := s.sheet(v, kind, title)
		if err != nil {
			return answer{}, err
		}
		p.Text = text
		return s.page(v, p, "message"), nil
	}
}

// withQuery is an address with parameters in the order given.
func withQuery(path string, pairs ...string) string {
	sep := "?"
	for i := 0; i+1 < len(pairs); i += 2 {
		path += sep + url.QueryEscape(pairs[i]) + "=" + url.QueryEscape(pairs[i+1])
		sep = "&"
	}
	return path
}
