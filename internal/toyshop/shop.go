package toyshop

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
)

// A Shop is one toy shop: what it sells, its workers, its database and the
// payment provider it deals with. Make it with [New]; all methods may be used
// by many goroutines at once.
type Shop struct {
	config   Config
	shelves  *shelves
	pages    *pages
	files    *files
	store    *store
	pool     *pool
	locks    *locks
	provider *provider
	mixer    *mixer    // nil unless the bug is planted
	guise    *wardrobe // nil unless it imitates another
	chats    *chats
	pace     atomic.Uint64 // float64 bits
	warm     atomic.Int64  // when it is, in Unix nanoseconds

	busy, slow answer // 502 and 504, made once

	close func() error // once
}

// New opens the shop's data and gets it ready; nothing listens yet. The error
// is a [falochron.Error] with a hint: [falochron.Invalid] for the
// configuration, [falochron.Unavailable] for the data folder.
func New(cfg Config) (*Shop, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	st, err := openStore(cfg.Data)
	if err != nil {
		return nil, err
	}
	s := &Shop{
		config: cfg, shelves: newShelves(), store: st, chats: newChats(),
		busy: gateway(http.StatusBadGateway), slow: gateway(http.StatusGatewayTimeout),
	}
	s.close = sync.OnceValue(s.shut)
	s.setPace(cfg.Pace)
	s.pool = newPool(cfg.Workers, cfg.Backlog, func(r route, n uint64, l load) time.Duration {
		return serviceTime(cfg.Seed, r, n, s.pressed(), l)
	})
	s.locks = newLocks(cfg.Seed, s.shelves.articles)
	s.files = newFiles(s.shelves.articles)
	if cfg.MixCarts {
		s.mixer = newMixer()
	}
	key, err := s.prepare()
	s.provider = newProvider(st, key, cfg)
	if err == nil && cfg.As != "" {
		err = s.putOn(cfg.As)
	}
	if err != nil {
		_ = s.Close()
		return nil, noData(err)
	}
	return s, nil
}

// prepare is what New does with an open database.
func (s *Shop) prepare() (key []byte, err error) {
	if s.pages, err = newPages(s.shelves); err != nil {
		return nil, err
	}
	if err = s.store.stockUp(s.shelves.articles, s.config.Stock); err != nil {
		return nil, fmt.Errorf("stock up: %w", err)
	}
	return s.store.secret()
}

// Close ends the shop at once: requests being worked are given up before their
// transaction or finish it, the payment provider stops, the database is closed.
// Charges the shop has not heard of are kept and sent again by the next [Shop]
// on the same folder. [Shop.Run] closes by itself.
func (s *Shop) Close() error { return s.close() }

func (s *Shop) shut() error {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	s.chats.shut()
	s.pool.drain(now)
	s.provider.shut()
	return s.store.close()
}

func (s *Shop) currentPace() float64 { return math.Float64frombits(s.pace.Load()) }

// coldPace is how many times as slow a cold shop is: a fifth of its speed.
const coldPace = 5

// pressed is the pace with what a cold shop is slower by.
func (s *Shop) pressed() float64 {
	if s.config.Cold > 0 && time.Now().UnixNano() < s.warm.Load() {
		return min(coldPace*s.currentPace(), MaxPace)
	}
	return s.currentPace()
}

func (s *Shop) setPace(x float64) { s.pace.Store(math.Float64bits(x)) }

// Handler returns the shop as the world sees it.
func (s *Shop) Handler() http.Handler {
	if s.guise != nil {
		return numbered(s.gullible(s.disguised(s.guise)))
	}
	mux := http.NewServeMux()
	mux.Handle("GET /static/{file}", s.files)
	mux.Handle("GET /obrazy/{file}", s.files)
	mux.Handle("GET /favicon.ico", s.files)
	mux.Handle("GET /czat", s.chats)

	mux.Handle("GET /{$}", s.worked(home, s.home))
	mux.Handle("GET /kategoria/{slug}", s.worked(category, s.category))
	mux.Handle("GET /produkt/{slug}", s.worked(product, s.product))
	mux.Handle("GET /szukaj", s.worked(search, s.search))
	mux.Handle("GET /konto", s.worked(account, s.account))

	mux.Handle("POST /koszyk/dodaj", s.worked(cartAdd, s.addToCart))
	mux.Handle("POST /koszyk/usun", s.worked(cartAdd, s.removeFromCart))
	mux.Handle("GET /koszyk", s.worked(cartView, s.cart))
	mux.Handle("GET /zamowienie", s.worked(checkout, s.checkout))
	mux.Handle("POST /zamowienie", s.worked(placeOrder, s.placeOrder))
	mux.Handle("GET /zamowienie/dziekujemy", s.worked(thanks, s.thanks))
	mux.Handle("POST /platnosc/powiadomienie", s.worked(callback, s.paymentNotice))

	mux.Handle("/", s.worked(notFound, s.notFound))
	return numbered(s.gullible(mux))
}

// worked answers by a worker: the web server's half of a dynamic request.
func (s *Shop) worked(r route, work func(visit) (answer, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		v, err := readVisit(w, req)
		if err != nil {
			gateway(http.StatusBadRequest).send(w)
			return
		}
		method := req.Method
		s.serve(w, req, r, func() answer {
			a, err := work(v)
			if err != nil {
				return s.fault(r, v, err)
			}
			return s.mixer.pass(method, v.path, v.session, v.session != "", a)
		})
	})
}

// serve brings work to the pool and its answer to the visitor.
func (s *Shop) serve(w http.ResponseWriter, req *http.Request, r route, work func() answer) {
	a, how := s.pool.do(req.Context(), r, work)
	switch how {
	case answered:
		a.send(w)
	case timedOut:
		s.slow.send(w)
	case gone:
	case refused, stopped:
		s.busy.send(w)
	}
}

// fault is the one place where errors become pages of the plain shop.
func (s *Shop) fault(r route, v visit, err error) answer {
	kind, text := s.faultText(r, err)
	if v.json {
		return jsonAnswer(kind.Status(), map[string]any{"ok": false, "error": text})
	}
	return answer{status: kind.Status(), private: true, body: s.pages.render("message", leaf{
		Title: "Nie udało się", Text: text, Visitor: Tag(v.session),
	})}
}

// faultText is what a visitor is told of an error. One of the shop's own making
// goes to the log.
func (s *Shop) faultText(r route, err error) (falochron.Kind, string) {
	kind := falochron.KindOf(err)
	text := "Coś poszło nie tak. Spróbuj za chwilę."
	if e, ok := err.(*falochron.Error); ok && e.Public != "" {
		text = e.Public
	}
	if kind == falochron.Internal {
		s.config.Log.Error("request", "route", r.String(), "err", err)
	}
	return kind, text
}

// wrong is an error for the visitor, in the visitor's language.
func wrong(kind falochron.Kind, text string) error {
	return &falochron.Error{Kind: kind, Op: "toy shop", Public: text}
}
