package edge

import (
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge/accept"
	"github.com/falochron/falochron/internal/edge/tally"
	"github.com/falochron/falochron/internal/radar"
)

// Whom a request is alike is found once, before anything answers; what became of it is
// counted when it is over. What follows from it for the sender is in treat.go.

// cohort is whom the sender of a request is alike.
type cohort struct {
	asker    tally.Asker
	agent    radar.Agent         // what the user agent says, once it was read
	read     bool                // it was
	stranger bool                // came without any ticket of ours
	forged   bool                // showed a ticket that was never ours
	first    bool                // a visit that began without a line goes on
	handed   bool                // was given a ticket with this answer, or a test
	entered  bool                // the ticket is that of a place inside
	made     bool                // the shop made what the cache answered, because of this request
	treat    falochron.Treatment // what is done about it
	kept     bool                // only what the cache has is for it
	would    falochron.Treatment // what would be done, were the radar not in shadow, or the shop not calm
	calm     bool                // nothing is done since nobody has to wait
}

// join finds the cohorts of a sender, counts that it asks, and looks up what is ordered of
// them. It is in the path of every request: it takes no lock and allocates nothing.
func (x *exchange) join() {
	if x.set.NoCohorts || x.snap.Mode == falochron.ModeOff || x.r.Method == http.MethodOptions {
		return
	}
	switch x.class {
	case falochron.ClassCallback, falochron.ClassAdmin, falochron.ClassIntegration:
		return // programs by their nature, with bounds of their own
	}
	client := x.says().Client
	if client == falochron.ClientRobot && x.srv.robots.verified(x.now, x.client, x.sent("User-Agent")) {
		return
	}
	x.stranger = !x.who.inside && x.who.seq == 0
	own, file := strings.HasPrefix(x.r.URL.Path, ownPrefix), x.class == falochron.ClassStatic
	keys := tally.KeysOf(x.client, client, x.shape(client), x.marked())
	all := x.shop.cohorts
	x.asker = all.Of(x.now, keys, !own && !file)
	x.cameBack(x.first)
	if x.forged {
		x.asker.Add(tally.Forged)
	}
	if o := x.snap.Radar; o != nil && !x.who.inside {
		t, holders := o.For(keys.Address, keys.Network, keys.Wide)
		x.sentence(o.Shadow || x.snap.Mode == falochron.ModeWatch, t, holders)
	}
	if own || file {
		return
	}
	var ticket uint64
	if !x.stranger {
		ticket = x.who.key.hash()
	}
	all.Ask(x.asker, x.now, x.r.URL.Path, ticket)
}

// says is what the sender's user agent says. It is read once.
func (x *exchange) says() radar.Agent {
	if !x.read {
		x.agent, x.read = x.srv.agents.of(x.sent("User-Agent")), true
	}
	return x.agent
}

// sent is the first of the request's header fields of a name, which is in its canonical form:
// what is asked of each request is not brought into it each time.
func (x *exchange) sent(name string) string {
	if all := x.r.Header[name]; len(all) > 0 {
		return all[0]
	}
	return ""
}

// sentence takes in what is ordered of the sender's cohort. Who has a place in line keeps
// it, and has only to wait longer for it to be called, if such are meant at all; who has
// passed the test is let in as anybody.
func (x *exchange) sentence(shadow bool, t falochron.Treatment, holders bool) {
	kept := t != falochron.TreatNone
	if x.who.seq != 0 {
		t = min(t, falochron.TreatSlow)
		if x.who.ticket.Proved() || !holders {
			t = falochron.TreatNone
		}
	}
	if x.calm = t != falochron.TreatNone && x.shop.gate.calm(x.now); shadow || x.calm {
		// While nobody has to wait, what they ask for is taken from nobody: a program of the
		// shop's own people, or somebody who tries things out, is no attack until it hurts.
		if x.would = t; t != falochron.TreatNone {
			x.shop.became.would.Add(1)
		}
		return
	}
	x.treat, x.kept = t, kept
}

// marked reports whether a link says where its reader came from. Of somebody in line it is
// the link by which the place was taken.
func (x *exchange) marked() bool {
	query := x.r.URL.RawQuery
	if x.who.seq != 0 {
		_, query, _ = strings.Cut(x.who.ticket.Page, "?")
	}
	return markedQuery(query)
}

// markedQuery reports whether there is a parameter of campaigns in a query, or a number that
// networks give to clicks.
func markedQuery(query string) bool {
	if strings.Contains(query, "utm_") || strings.Contains(query, "igsh") {
		return true
	}
	for {
		name, rest, more := strings.Cut(query, "=")
		if !more {
			return false
		}
		for _, of := range numbersOfClicks {
			if strings.HasSuffix(name, of) {
				return true
			}
		}
		query = rest
	}
}

// numbersOfClicks are the parameters with these numbers, but for Instagram's, which has several.
var numbersOfClicks = [...]string{"fbclid", "ttclid", "gclid", "twclid", "ScCid", "epik", "msclkid"}

// shape is what the request has of what browsers send; client is what it says it is.
func (x *exchange) shape(client falochron.Client) (s falochron.Shape) {
	h := x.r.Header
	for _, f := range [...]struct {
		name string
		bit  falochron.Shape
	}{
		{"Accept-Language", falochron.ShapeLanguage}, {"Accept-Encoding", falochron.ShapeEncoding},
		{"Sec-Fetch-Mode", falochron.ShapeFetch}, {"Sec-Ch-Ua", falochron.ShapeHints},
	} {
		if len(h[f.name]) > 0 {
			s |= f.bit
		}
	}
	if len(x.srv.cfg.Trust.Proxies) > 0 {
		if _, trusted := x.srv.cfg.Trust.Peer(x.r); trusted {
			return s // the connection is of a proxy before us
		}
	}
	if x.r.ProtoMajor == 2 {
		s |= falochron.ShapeHTTP2
	}
	switch accept.HelloOf(x.r.Context()) {
	case accept.HelloBrowser:
		s |= falochron.ShapeHelloBrowser
	case accept.HelloOther:
		s |= falochron.ShapeHelloOther
	}
	if unlike(client, accept.FieldsOf(x.r.Context())) {
		s |= falochron.ShapeUnlike
	}
	return s
}

// unlike reports whether HTTP/2 was not written as the browser writes it that the sender
// says it is. Pages in apps are shown by Chrome's kin on Android, and by Safari's on iOS.
func unlike(client falochron.Client, fields accept.Fields) bool {
	switch {
	case fields == accept.FieldsUnknown:
		return false
	case client == falochron.ClientChrome, client == falochron.ClientChromeMobile:
		return fields != accept.FieldsChrome
	case client == falochron.ClientSafari, client == falochron.ClientSafariMobile:
		return fields != accept.FieldsApple
	case client == falochron.ClientFirefox:
		return fields != accept.FieldsFirefox
	case client == falochron.ClientApp:
		return fields != accept.FieldsChrome && fields != accept.FieldsApple
	}
	return false
}

// cameBack counts that a ticket came back for the first time.
func (x *exchange) cameBack(first bool) {
	if first {
		x.shop.cohorts.CameBack(x.asker, x.now)
	}
}

// stood counts that somebody who had no ticket is given one of the line, or a test.
func (x *exchange) stood() {
	if x.stranger && !x.handed {
		x.asker.Add(tally.Line)
	}
	x.handed = true
}

// wentIn notes that somebody who had no ticket is given one of a place inside. It goes out
// with the page, which the shop has yet to make: it is counted when that is over.
func (x *exchange) wentIn() {
	x.entered = x.entered || x.stranger && !x.handed
	x.handed = true
}

// settle counts what became of a request.
func (x *exchange) settle() {
	a := x.asker
	if a == (tally.Asker{}) {
		return
	}
	if own, is := strings.CutPrefix(x.r.URL.Path, ownPrefix); is {
		if own == gateScript {
			a.Add(tally.Scripts)
		}
		return
	}
	done := x.verdict.Action
	if x.entered {
		a.Add(tally.In)
		if _, bare := x.named(); bare {
			a.Add(tally.Loose)
		}
	}
	asked := x.made || done != falochron.Hit && done != falochron.Own // of the shop, or would have been
	switch {
	case x.class == falochron.ClassStatic:
		if !asked || x.r.URL.RawQuery == "" {
			a.Add(tally.Files)
		} else if !x.who.inside {
			x.miss(true)
		}
		return
	case x.page && (done == falochron.Hit || done == falochron.Pass || done == falochron.Queue):
		files, bare := x.named()
		a.Add(tally.Shown)
		a.AddN(tally.Named, files)
		if bare {
			a.Add(tally.Bare)
		}
	case done == falochron.Wait && !x.stranger:
		a.Add(tally.Lines)
	}
	if !x.stranger && !safe(x.r.Method) && (x.class == falochron.ClassCart || x.class == falochron.ClassCheckout) {
		a.Add(tally.Carts)
	}
	if x.who.inside && !x.stranger {
		return
	}
	switch x.class {
	case falochron.ClassPage, falochron.ClassBot:
		// Pieces of pages are asked for by scripts of pages that everybody may read, and
		// apps fetch ahead by what is seen: neither is anybody's doing.
		if asked && !x.handed && (x.stranger || x.made) {
			x.miss(false)
		} else if x.stranger && !asked {
			a.Add(tally.Hits)
		}
	}
	if x.stranger && x.w.status == http.StatusNotFound && asked {
		a.Add(tally.Faults)
	}
}

// named is how many files the page names that was asked for; the most that are told apart
// where that is not known. bare: it is known that there are none.
func (x *exchange) named() (files uint64, bare bool) {
	if !x.page {
		return 0, false
	}
	n, known := x.shop.files.of(x.asked.Path)
	if !known {
		return filesMost, false
	}
	return uint64(n), n == 0
}

// miss counts what was asked of the shop for somebody without a place.
func (x *exchange) miss(file bool) {
	if file && !x.asker.Known() {
		client := x.says().Client
		x.asker = x.shop.cohorts.Of(x.now, tally.KeysOf(x.client, client, x.shape(client), x.marked()), true)
	}
	x.shop.cohorts.Miss(x.asker, x.now, x.r.URL.Path, x.r.URL.RawQuery, file)
}

// Cohorts tells what those who are alike have done at a shop; false if there is no such
// shop. It is for once a second: it reads some ten thousand counters.
func (s *Server) Cohorts(name string) ([]falochron.CohortTally, bool) {
	sh, ok := s.shops.Load().byName[name]
	if !ok {
		return nil, false
	}
	all, hosting := sh.cohorts.Tallies(time.Now()), sh.set.Load().hosting
	for i := range all {
		if p := all[i].Key.Net; p.IsValid() {
			all[i].Hosting = hosting.has(p.Addr())
		}
	}
	return all, true
}

// became counts what was done about cohorts.
type became struct {
	treated                                        [falochron.NumTreatments]atomic.Uint64
	proved, would, visitorsLimited, addressLimited atomic.Uint64
}

func (sh *shop) cohortVitals() (v falochron.CohortVitals) {
	b := &sh.became
	v.Slowed, v.Challenged, v.Refused = b.treated[falochron.TreatSlow].Load(), b.treated[falochron.TreatChallenge].Load(), b.treated[falochron.TreatRefuse].Load()
	v.Proved, v.Would, v.VisitorLimited, v.AddressLimited = b.proved.Load(), b.would.Load(), b.visitorsLimited.Load(), b.addressLimited.Load()
	v.Tracked, v.Bytes = sh.cohorts.Len(), sh.cohorts.Bytes()
	return v
}

// onlyPassing reports whether two orders differ in what passes, what the radar says, what
// replicas are starting and what those that are there bear, and in nothing that is kept on disk.
func onlyPassing(a, b *falochron.Snapshot) bool {
	return (a.Radar != b.Radar || a.Growth != b.Growth || a.Bears != b.Bears) && a.Mode == b.Mode && a.BeforeHold == b.BeforeHold && a.Ceiling == b.Ceiling && a.Start.Equal(b.Start) &&
		maps.Equal(a.SoldOut, b.SoldOut)
}
