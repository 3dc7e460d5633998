package edge

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/cache"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/radar"
)

// Short links: /go/CODE on the shop's own host leads to the page that an announced post
// names, and counts who comes by it. Only codes that a post has are answered, and what
// was one of ours once; every other path below /go/ is the shop's.
//
// A link leads on whatever becomes of its post: before its time, since it is tried out
// and passed on, and after it was called off, since somebody holds it in the hand. When a
// line stands, it stands where it leads to.

// links are the short links of one shop. They are made anew with each announcement; the
// counters go on.
type links struct {
	byCode map[string]*link
	// byMarks are the ids of posts by the campaign parameters of their links; empty where
	// several have the same.
	byMarks map[radar.Marks]string
	list    []*link        // in the order of the announcement
	zone    *time.Location // in which the plan tells moments; nil = not known
}

// link is the short link of one post.
type link struct {
	post     falochron.AnnouncedPost
	host     string // of the page it leads to; empty: that of whoever asks
	scheme   string // of such a host
	to       string // path and query, always of the shop
	fragment string // with its "#"; may be empty
	*postCount
}

// postCount is what is known of a post here; it outlives announcements.
type postCount struct {
	arrivals atomic.Uint64
	warm     atomic.Pointer[warmth]
}

// newLinks makes the links of an announcement. Counters come from old, or from what was
// kept on disk by the post's id. hosts are those under which the edge has the shop.
func newLinks(a *falochron.Announced, hosts []string, old *links, kept map[string]uint64) *links {
	n := &links{byCode: make(map[string]*link), byMarks: make(map[radar.Marks]string)}
	if a == nil {
		return n
	}
	if zone, err := time.LoadLocation(a.Zone); err == nil && a.Zone != "" { // else as if the plan named none
		n.zone = zone
	}
	tallies := make(map[string]*postCount)
	if old != nil {
		for _, l := range old.list {
			tallies[l.post.ID] = l.postCount
		}
	}
	for _, p := range a.Posts {
		l := &link{post: p, postCount: tallies[p.ID]}
		if l.postCount == nil {
			l.postCount = new(postCount)
			l.arrivals.Store(kept[p.ID])
		}
		l.lead(p.Link, a.Domains, hosts)
		n.list = append(n.list, l)
		if p.Code != "" {
			n.byCode[p.Code] = l
		}
		if m := l.marks(); m != (radar.Marks{}) {
			if _, twice := n.byMarks[m]; twice {
				n.byMarks[m] = ""
			} else {
				n.byMarks[m] = p.ID
			}
		}
	}
	return n
}

// marks are the campaign parameters of the page that a link leads to.
func (l *link) marks() radar.Marks {
	_, query, _ := strings.Cut(l.to, "?")
	return radar.MarksOf(query)
}

// lead finds out where a link leads: to a host of the shop, or, of any other address, to
// the same path on the shop's own host. Nothing else makes an open redirect impossible,
// whatever the plan holds.
func (l *link) lead(address string, domains, hosts []string) {
	l.to = "/"
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return
	}
	if to, ok := page.LocalPath(u.RequestURI()); ok && u.Opaque == "" {
		l.to = to
	}
	if code, ok := strings.CutPrefix(pathOf(l.to), falochron.ShortLinkPath); ok {
		if _, ours := falochron.ReadShortCode(code); ours {
			l.to = "/" // it would lead in a circle
		}
	}
	if f := u.EscapedFragment(); f != "" && l.to != "/" {
		l.fragment = "#" + f
	}
	same := func(host string) bool { return strings.EqualFold(host, u.Hostname()) }
	if (u.Scheme == "https" || u.Scheme == "http") && u.User == nil && (slices.ContainsFunc(domains, same) || slices.ContainsFunc(hosts, same)) {
		l.host, l.scheme = strings.ToLower(u.Host), u.Scheme
	}
}

// location is where the link leads somebody who came by host and query: to a path of the
// same host where it can, so that scheme and port stay; with the numbers that networks
// add to a link that is clicked.
func (l *link) location(host, query string) string {
	to := l.to
	if extra := clickMarks(query, l.to); extra != "" {
		sep := "?"
		if strings.Contains(to, "?") {
			sep = "&"
		}
		if longer, ok := page.LocalPath(to + sep + extra); ok {
			to = longer
		}
	}
	to += l.fragment
	if l.host == "" || strings.EqualFold(hostname(host), hostname(l.host)) {
		return to
	}
	return l.scheme + "://" + l.host + to
}

// hostname is a host without its port.
func hostname(host string) string {
	u := url.URL{Host: host}
	return u.Hostname()
}

// clickMarks are the parameters of a query that say where a click came from, those that
// the link itself does not have.
func clickMarks(query, link string) string {
	if query == "" {
		return ""
	}
	_, own, _ := strings.Cut(link, "?")
	has := make(map[string]bool)
	for pair := range strings.SplitSeq(own, "&") {
		name, _, _ := strings.Cut(pair, "=")
		has[name] = true
	}
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if pair != "" && !has[name] && cache.StripTracking(pair) == "" {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&")
}

// link answers a short link.
func (x *exchange) link() bool {
	name, ok := strings.CutPrefix(x.r.URL.Path, falochron.ShortLinkPath)
	if !ok {
		return false
	}
	known := x.shop.links.Load()
	code, ours := falochron.ReadShortCode(strings.TrimSuffix(name, "/"))
	if !ours || len(known.byCode) == 0 {
		return false
	}
	x.verdict = verdict{Action: falochron.Own, Reason: "short-link"}
	l := known.byCode[code]
	switch {
	case l == nil:
		x.verdict.Reason = "short-link-unknown"
		x.linkUnknown()
	case x.r.Method != http.MethodGet && x.r.Method != http.MethodHead:
		x.w.Header().Set("Allow", "GET, HEAD")
		x.fail(page.ErrorView{Status: http.StatusMethodNotAllowed})
	default:
		x.follow(l)
	}
	return true
}

// follow leads on, and counts whoever is new here and means it. Programs that show what
// is behind a link get what they show.
func (x *exchange) follow(l *link) {
	robot := x.class == falochron.ClassBot || x.class == falochron.ClassPrefetch
	if x.page && x.r.Method == http.MethodGet && !robot && !x.who.inside && x.who.seq == 0 {
		l.arrivals.Add(1)
		x.shop.counted.Store(true)
		x.shop.tally.Follow(x.now, x.client, x.r.UserAgent(), l.post.ID, pathOf(l.to))
	}
	x.fetchedAhead(pathOf(l.to))
	h := x.w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set(page.StateHeader, string(page.None)) // ours, not the shop's
	to := l.location(x.host, x.r.URL.RawQuery)
	if x.class == falochron.ClassBot {
		if w := l.warm.Load(); w != nil && w.preview.Title != "" {
			_ = x.set.Pages.ServePreview(x.w, x.r, w.preview, to) // it has gone: nobody to tell
			return
		}
	}
	h.Set("Location", to)
	x.w.WriteHeader(http.StatusFound)
}

// linkUnknown says that a link is not known, or not any more.
func (x *exchange) linkUnknown() {
	_ = x.set.Pages.ServeLinkUnknown(x.w, x.r, page.LeftView{
		Lang: x.set.Pages.Lang(x.r.Header.Get("Accept-Language")), Page: "/", RequestID: x.id,
	})
}

// vitalPosts is how many posts are told of in the vitals, those nearest to now: more
// than a campaign has.
const vitalPosts = 64

// vitals tells what each post brings, in the order of the announcement.
func (n *links) vitals(now time.Time) []falochron.PostVitals {
	list := n.list
	if len(list) > vitalPosts {
		away := make([]time.Duration, len(list))
		for i, l := range list {
			away[i] = now.Sub(l.post.At).Abs()
		}
		slices.Sort(away)
		list = slices.DeleteFunc(slices.Clone(list), func(l *link) bool { return now.Sub(l.post.At).Abs() > away[vitalPosts-1] })
		list = list[:min(len(list), vitalPosts)]
	}
	var out []falochron.PostVitals
	for _, l := range list {
		v := falochron.PostVitals{ID: l.post.ID, Arrivals: l.arrivals.Load()}
		if w := l.warm.Load(); w != nil {
			v.Warm, v.Cold = w.cold == "", w.cold
		}
		out = append(out, v)
	}
	return out
}

// arrivals is how many came by each post, of those by which anybody did.
func (n *links) arrivals() map[string]uint64 {
	out := make(map[string]uint64)
	for _, l := range n.list {
		if c := l.arrivals.Load(); c > 0 {
			out[l.post.ID] = c
		}
	}
	return out
}

// keepAnnounced puts what is announced on disk, with the counters.
func (sh *shop) keepAnnounced() {
	sh.keeping.Lock()
	defer sh.keeping.Unlock()
	set := sh.set.Load()
	if err := set.State.SaveAnnounced(sh.ordered.Load().Plan, sh.links.Load().arrivals()); err != nil {
		set.Report(err)
		sh.counted.Store(true) // or it would be lost with the next start: tried again in ten seconds
	}
}
