package edge

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
)

// How the edge finds out whose software a shop runs: it asks for the front page
// itself, with nothing personal, and looks at what comes back. Until it knows, a
// shop is one that nobody has described: safe, and with less to share.

// asker is when a shop was last asked whose software it is.
type asker struct {
	mu   sync.Mutex    // guards what follows
	next time.Time     // when to ask again
	rest time.Duration // before the next question, while the shop does not answer
	dull time.Duration // the same, while its answers tell nothing
	busy bool
	seen string // scheme and host of the last visitor who looked at a page
}

const (
	askFirst = 2 * time.Second // between two questions while the shop does not answer; doubled up to askMost
	askMost  = 5 * time.Minute
	askAgain = 10 * time.Minute // after an answer that told nothing; doubled up to askDull
	askDull  = 12 * time.Hour
	askBody  = 256 << 10
)

// noteHost remembers under which name visitors know the shop: a shop that is asked
// under another one often only says where it is.
func (sh *shop) noteHost(host, proto string) {
	sh.asker.mu.Lock()
	defer sh.asker.mu.Unlock()
	if sh.asker.seen == "" {
		sh.asker.next = time.Time{} // now it may tell more
	}
	sh.asker.seen = proto + "://" + host
}

// due reports that it is time to ask, and under which address.
func (sh *shop) due(now time.Time, fallback string) (address string, due bool) {
	a := &sh.asker
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.busy || now.Before(a.next) {
		return "", false
	}
	address = a.seen
	if address == "" {
		address = fallback
	}
	a.busy = true
	return address, true
}

// answered ends a question.
func (a *asker) answered(now time.Time, heard bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.busy = false
	if heard {
		a.rest, a.dull = 0, min(max(2*a.dull, askAgain), askDull)
		a.next = now.Add(a.dull)
		return
	}
	a.rest = min(max(2*a.rest, askFirst), askMost)
	a.next = now.Add(a.rest)
}

// recognise asks a shop whose software it is, if nobody has said so and it is
// time. It runs beside everything else.
func (s *Server) recognise(ctx context.Context, sh *shop, now time.Time) {
	set := sh.set.Load()
	if set.Platform != nil || sh.known() {
		return
	}
	address, due := sh.due(now, set.address())
	if !due {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	answers, ok := s.frontPage(ctx, sh, address)
	sh.asker.answered(time.Now(), ok)
	if !ok {
		return
	}
	p, signs := preset.Recognise(answers...)
	for _, path := range preset.Asks() {
		// Shops without pages of their own are known by what their interface answers.
		if p.Name != preset.GenericName {
			break
		}
		if a, err := s.askFor(ctx, sh, address, path); err == nil {
			p, signs = preset.Recognise(append(answers, a)...)
		}
	}
	if p.Name != preset.GenericName {
		s.adopt(sh, p, signs)
	}
}

// address is the shop's as its configuration tells.
func (set *settings) address() string {
	if len(set.Hosts) > 0 {
		return "http://" + set.Hosts[0]
	}
	return set.Pool.Address()
}

// frontPage fetches the shop's front page as somebody without cookies, following
// a few redirects. One to another host is to the name by which the shop knows itself
// (WordPress leads there whoever asks under another one): the shop is asked under that.
func (s *Server) frontPage(ctx context.Context, sh *shop, address string) (answers []preset.Answer, ok bool) {
	path := "/"
	for range 3 {
		a, err := s.askFor(ctx, sh, address, path)
		if err != nil {
			return answers, len(answers) > 0
		}
		answers = append(answers, a)
		if a.Status/100 != 3 {
			return answers, a.Status < 500
		}
		at, err := url.Parse(address + path)
		if err != nil {
			return answers, true
		}
		to, err := at.Parse(a.Header.Get("Location"))
		if err != nil || to.Scheme != "http" && to.Scheme != "https" || to.String() == at.String() {
			return answers, true
		}
		address, path = to.Scheme+"://"+to.Host, to.RequestURI()
	}
	return answers, true
}

// askFor fetches one page of the shop as somebody without cookies.
func (s *Server) askFor(ctx context.Context, sh *shop, address, path string) (preset.Answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address+path, nil)
	if err != nil {
		return preset.Answer{}, err
	}
	r.Header = http.Header{
		"Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}, "Accept-Encoding": {"identity"}, "User-Agent": {askAgent},
	}
	resp, err := s.ask(ctx, sh, r)
	if err != nil {
		return preset.Answer{}, err
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, askBody)) // what came may do
	_ = resp.Body.Close()
	return preset.Answer{Path: path, Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// askAgent is not "bot": shops give robots other pages.
const askAgent = "Mozilla/5.0 (compatible) Falochron"

// ask sends a request of the edge's own through a slot of the shop.
func (s *Server) ask(ctx context.Context, sh *shop, r *http.Request) (*http.Response, error) {
	return s.askAt(ctx, sh, sh.set.Load().Pool, r)
}

// askAt asks as ask does, by another way to the shop.
func (s *Server) askAt(ctx context.Context, sh *shop, to carrier, r *http.Request) (*http.Response, error) {
	slot := sh.gate.acquireFill(ctx, time.Now(), admit.LaneOutside, falochron.ClassPage)
	if slot == nil {
		return nil, errNoSlot
	}
	proto := "http"
	if r.URL.Scheme == "https" {
		proto = "https"
	}
	origin.Visitor{Client: origin.Nobody(), Proto: proto, Host: r.Host}.Stamp(r.Header)
	return fetch(ctx, to, r, slot)
}

// known reports that the shop's software was found out.
func (sh *shop) known() bool {
	return sh.set.Load().classify.Platform().Name != preset.GenericName
}

// adopt puts a preset in force for a shop whose configuration names none.
func (s *Server) adopt(sh *shop, p *preset.Platform, signs []string) {
	s.setting.Lock()
	defer s.setting.Unlock()
	old := sh.set.Load()
	set, err := newSettings(old.ShopConfig, p)
	if old.Platform != nil || err != nil {
		return
	}
	sh.set.Store(set)
	sharing := set.sharing(*sh.sharing.Load())
	sharing.Signs = signs
	sh.sharing.Store(&sharing)
	set.Noted(sharing)
}

// sharingOf lists what a preset's kinds are known to be, keeping the evidence
// that there is for the same platform.
func sharingOf(p *preset.Platform, old falochron.Sharing) falochron.Sharing {
	sh := falochron.Sharing{Platform: p.Name, Title: p.Title, Evidence: p.Evidence.String(), Set: old.Set, Asked: old.Asked}
	if old.Platform == p.Name {
		sh.Signs, sh.Refused, sh.Compared = old.Signs, old.Refused, old.Compared
	}
	for _, k := range p.Kinds {
		kind := falochron.SharedKind{Name: k.Name, Forbidden: k.Forbidden, Exempt: exempt(&k), Unproven: k.Unproven}
		if old.Platform == p.Name {
			for _, o := range old.Kinds {
				if o.Name == k.Name {
					kind = o
					kind.Seen = o.Seen && !k.Forbidden
					kind.Forbidden, kind.Exempt, kind.Unproven = k.Forbidden || kind.Seen, exempt(&k), k.Unproven
				}
			}
		}
		sh.Kinds = append(sh.Kinds, kind)
	}
	return sh
}

// sharing lists what the kinds of the preset in force are known to be. Where nobody has
// described the shop, what was found at another address is forgotten: it may be another
// shop.
func (set *settings) sharing(old falochron.Sharing) falochron.Sharing {
	now := sharingOf(set.classify.Platform(), old)
	now.Set, now.Origin = set.Platform != nil, set.Pool.Address()
	if old.Origin != "" && old.Origin != now.Origin {
		for i, k := range now.Kinds {
			if k.Unproven {
				now.Kinds[i] = falochron.SharedKind{Name: k.Name, Unproven: true}
			}
		}
	}
	return now
}

// exempt reports whether a kind is shared whatever the shop says: the cart of whoever
// has none, unless the preset wants a proof of it, too.
func exempt(k *preset.Kind) bool { return k.Empty && !k.Forbidden }

// Sharing is what is known of one shop's pages; false if there is no such shop.
func (s *Server) Sharing(name string) (falochron.Sharing, bool) {
	sh, ok := s.shops.Load().byName[name]
	if !ok {
		return falochron.Sharing{}, false
	}
	return *sh.sharing.Load(), true
}

// SetSharing puts evidence and the owner's word in force for one shop: of a check,
// or kept from before a restart. A shop whose software is not known yet takes it
// from there. Unknown shops and platforms are ignored.
func (s *Server) SetSharing(name string, sharing falochron.Sharing) {
	sh, ok := s.shops.Load().byName[name]
	if !ok {
		return
	}
	s.setting.Lock()
	defer s.setting.Unlock()
	set := sh.set.Load()
	if set.Platform == nil && !sh.known() {
		if p, ok := preset.Named(sharing.Platform); ok && p.Name != preset.GenericName {
			if adopted, err := newSettings(set.ShopConfig, p); err == nil {
				set = adopted
				sh.set.Store(set)
			}
		}
	}
	now := set.sharing(sharing)
	sh.sharing.Store(&now)
}

// Fetch sends a request of the edge's own to one shop, through a slot of its own
// and behind everybody with a place. The caller closes the body. It fails when no
// slot comes free before ctx ends, or the shop does not answer.
func (s *Server) Fetch(ctx context.Context, name string, r *http.Request) (*http.Response, error) {
	sh, ok := s.shops.Load().byName[name]
	if !ok {
		return nil, noShop(name)
	}
	return s.ask(ctx, sh, r)
}

// Address is under which scheme and host visitors know the shop, as far as the
// edge knows: of the last visitor, or else of its configuration.
func (s *Server) Address(name string) string {
	sh, ok := s.shops.Load().byName[name]
	if !ok {
		return ""
	}
	sh.asker.mu.Lock()
	seen := sh.asker.seen
	sh.asker.mu.Unlock()
	if seen != "" {
		return seen
	}
	return strings.TrimSuffix(sh.set.Load().address(), "/")
}

// Classifier is the preset in force for one shop, with the owner's rules.
func (s *Server) Classifier(name string) (*preset.Classifier, error) {
	sh, ok := s.shops.Load().byName[name]
	if !ok {
		return nil, noShop(name)
	}
	return sh.set.Load().classify, nil
}

// Calm reports that one shop has had room for a minute: nobody waits, and it is
// neither down nor at its limit. False if there is no such shop.
func (s *Server) Calm(name string) bool {
	sh, ok := s.shops.Load().byName[name]
	return ok && sh.gate.calm(time.Now())
}

func noShop(name string) error {
	return &falochron.Error{Kind: falochron.NotFound, Op: "find a shop", Public: "there is no shop " + name}
}
