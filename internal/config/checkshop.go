package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
	"golang.org/x/net/idna"
)

var shopName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// shops checks each shop, then what they may not share.
func (d *decoder) shops(c *Config) {
	if len(c.Shops) == 0 {
		d.fault("shops", "", "names no shop", "one with an origin is needed: shops: [{origins: [http://127.0.0.1:8081]}]")
	}
	names, hosts, origins, plans, asked := map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}
	for i := range c.Shops {
		s := &c.Shops[i]
		key := fmt.Sprintf("shops[%d]", i)
		d.shop(key, s)
		d.unique(names, key+".name", s.Name, "give each shop its own name")
		d.unique(plans, key+".plan", s.Plan, "a shop of the plan is one shop here")
		d.unique(asked, key+".fleet.external.listen", s.Fleet.External.Listen, "each shop's number is told at an address of its own")
		if i > 0 && len(s.Hosts) == 0 {
			d.fault(key+".hosts", "", "must name at least one host", "only the first shop may answer for all other hosts")
		}
		for j, h := range s.Hosts {
			at := fmt.Sprintf("%s.hosts[%d]", key, j)
			s.Hosts[j] = d.host(at, h)
			d.unique(hosts, at, s.Hosts[j], "a host belongs to one shop")
		}
		if len(s.Origins) == 0 {
			d.fault(key+".origins", "", "must name at least one replica", "for example origins: [http://127.0.0.1:8081]")
		}
		for j, u := range s.Origins {
			at := fmt.Sprintf("%s.origins[%d]", key, j)
			if d.origin(at, u, c.Listen) {
				d.unique(origins, at, u.Scheme+"://"+strings.ToLower(u.Host), "the machine behind it would be given two limits")
			}
		}
	}
}

// unique faults a value that an earlier key already has.
func (d *decoder) unique(seen map[string]string, key, value, hint string) {
	if value == "" {
		return
	}
	if first, twice := seen[value]; twice {
		d.fault(key, strconv.Quote(value), "is also "+first, hint)
		return
	}
	seen[value] = key
}

func (d *decoder) shop(key string, s *Shop) {
	if !shopName.MatchString(s.Name) {
		d.fault(key+".name", strconv.Quote(s.Name), "must be 1 to 32 of a-z, 0-9 and -", "the name visitors see is page.name")
	}
	d.oneOf(key+".sticky", s.Sticky, Auto, StickyAlways, StickyNever)
	atLeast(d, key+".ceiling", s.Ceiling, 0)
	atLeast(d, key+".replica_ceiling", s.ReplicaCeiling, 0)
	d.status(key+".status", s.Status)
	d.status(key+".script_status", s.ScriptStatus)
	if s.Health.Path != "" {
		d.path(key+".health.path", s.Health.Path)
	}
	atLeast(d, key+".health.retry", s.Health.Retry, 10*time.Millisecond)
	atLeast(d, key+".health.retry_max", s.Health.RetryMax, s.Health.Retry)
	atLeast(d, key+".timeouts.dial", s.Timeouts.Dial, time.Millisecond)
	atLeast(d, key+".timeouts.tls", s.Timeouts.TLS, time.Millisecond)
	atLeast(d, key+".timeouts.response_header", s.Timeouts.ResponseHeader, 100*time.Millisecond)
	atLeast(d, key+".timeouts.body_idle", s.Timeouts.BodyIdle, time.Second)
	atLeast(d, key+".timeouts.idle", s.Timeouts.Idle, time.Second)
	d.room(key+".room", s.Room)
	d.admission(key+".admission", s.Admission)
	atLeast(d, key+".cache.memory", s.Cache.Memory, 0)
	atLeast(d, key+".cache.max_object", s.Cache.MaxObject, 0)
	if s.Cache.Memory > 0 && s.Cache.MaxObject > s.Cache.Memory {
		d.fault(key+".cache.max_object", s.Cache.MaxObject.String(), "must be at most cache.memory, "+s.Cache.Memory.String(), "")
	}
	within(d, key+".cache.page_life", s.Cache.PageLife, 0, time.Hour)
	within(d, key+".cache.while_stale", s.Cache.WhileStale, 0, 24*time.Hour)
	within(d, key+".cache.if_error", s.Cache.IfError, 0, 30*24*time.Hour)
	d.platform(key+".platform", s.Platform)
	d.page(key+".page", s.Page)
	for _, list := range []struct {
		name     string
		patterns []string
	}{
		{".orders.paths", s.Orders.Paths},
		{".paths.callback", s.Paths.Callback},
		{".paths.return", s.Paths.Return},
		{".paths.admin", s.Paths.Admin},
		{".paths.integration", s.Paths.Integration},
		{".paths.checkout", s.Paths.Checkout},
		{".paths.cart", s.Paths.Cart},
		{".paths.fragment", s.Paths.Fragment},
		{".paths.static", s.Paths.Static},
		{".paths.page", s.Paths.Page},
	} {
		d.patterns(key+list.name, list.patterns)
	}
	d.networks(key+".radar.hosting", s.Radar.Hosting)
	atLeast(d, key+".stock.interval", s.Stock.Interval, time.Second)
	atLeast(d, key+".database.interval", s.Database.Interval, time.Second)
	d.fleet(key+".fleet", s)
	if n := len(s.Stock.Token); n > 0 && n < 16 {
		d.fault(key+".stock.token", "", "must have at least 16 characters", "make one with: openssl rand -hex 16")
	}
}

func (d *decoder) room(key string, r Room) {
	within(d, key+".claim_window", r.ClaimWindow, time.Minute, 24*time.Hour)
	within(d, key+".inside_idle", r.InsideIdle, time.Minute, 24*time.Hour)
	within(d, key+".waiting_life", r.WaitingLife, time.Hour, 30*24*time.Hour)
	within(d, key+".poll_budget", r.PollBudget, 1, 1_000_000)
	within(d, key+".max_outstanding", r.MaxOutstanding, 1000, 100_000_000)
}

func (d *decoder) admission(key string, a Admission) {
	q := key + ".queue_deadline"
	for _, lane := range []struct {
		name     string
		deadline time.Duration
	}{
		{"callback", a.QueueDeadline.Callback},
		{"checkout", a.QueueDeadline.Checkout},
		{"cart", a.QueueDeadline.Cart},
		{"inside", a.QueueDeadline.Inside},
		{"new", a.QueueDeadline.New},
	} {
		within(d, q+"."+lane.name, lane.deadline, 100*time.Millisecond, 5*time.Minute)
	}
	within(d, key+".queue", a.Queue, 1, 100_000)
	within(d, key+".visitor_parallel", a.VisitorParallel, 1, 1000)
	within(d, key+".callback_queue", a.CallbackQueue, 1, 100_000)
}

func (d *decoder) status(key string, code int) {
	if !slices.Contains([]int{503, 200, 202, 429}, code) {
		d.fault(key, strconv.Itoa(code), "must be 503, 200, 202 or 429", "")
	}
}

func (d *decoder) page(key string, p Page) {
	for _, text := range []struct {
		name, value string
		most        int
	}{
		{".name", p.Name, 60}, {".logo", p.Logo, 200}, {".support.pl", p.Support.Polish, 200}, {".support.en", p.Support.English, 200},
	} {
		if n := utf8.RuneCountInString(text.value); n > text.most {
			d.fault(key+text.name, "", fmt.Sprintf("has %d characters, must have at most %d", n, text.most), "")
		}
	}
	if p.Logo != "" {
		d.path(key+".logo", p.Logo)
	}
	d.oneOf(key+".language", p.Language, "pl", "en")
	if _, err := time.LoadLocation(p.TimeZone); err != nil {
		d.fault(key+".time_zone", strconv.Quote(p.TimeZone), "must be the name of a time zone", "for example Europe/Warsaw")
	}
}

// platform checks the name of a preset.
func (d *decoder) platform(key, name string) {
	if _, known := preset.Named(name); known || name == Auto {
		return
	}
	names := []string{Auto}
	for _, p := range preset.Platforms() {
		names = append(names, p.Name)
	}
	d.oneOf(key, name, names...)
}

// origin reports whether u can be a replica of the shop.
func (d *decoder) origin(key string, u *url.URL, listen string) bool {
	switch {
	case d.bad[key]:
		return false
	case u == nil:
		d.fault(key, `""`, "may not be empty", "for example http://127.0.0.1:8081")
		return false
	case (u.Path != "" && u.Path != "/") || u.RawQuery != "":
		d.fault(key, strconv.Quote(u.String()), "must have no path or query", "write "+u.Scheme+"://"+u.Host)
		return false
	case asksItself(u, listen):
		d.fault(key, strconv.Quote(u.String()), "is the address this edge listens on ("+listen+")",
			"move one of them, for example the edge with --listen :8000")
		return false
	}
	return true
}

// asksItself reports whether requests to u would come back to listen. Only
// loopback names are recognised; other addresses of this machine are the
// port's own error when it is opened.
func asksItself(u *url.URL, listen string) bool {
	host, port, err := net.SplitHostPort(listen)
	if err != nil || port == "0" || u.Port() != port {
		return false
	}
	local := func(h string) bool {
		ip := net.ParseIP(h)
		return h == "localhost" || ip != nil && ip.IsLoopback()
	}
	all := host == "" || host == "0.0.0.0" || host == "::"
	return u.Hostname() == host || local(u.Hostname()) && (all || local(host))
}

// host returns the name in the form requests carry it: lower case, punycode.
func (d *decoder) host(key, h string) string {
	if strings.Contains(h, "*") {
		d.fault(key, strconv.Quote(h), "has an asterisk", "list each name; a shop without hosts answers for all others")
		return ""
	}
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(h, "."))
	if net.ParseIP(h) != nil {
		ascii, err = h, nil
	}
	if err != nil || ascii == "" || strings.ContainsAny(ascii, "/: ") && net.ParseIP(ascii) == nil {
		d.fault(key, strconv.Quote(h), "must be a host name without port or path", "for example shop.example")
		return ""
	}
	return ascii
}

// patterns are read by the room that will use them, one by one, so that each
// fault has its place.
func (d *decoder) patterns(key string, list []string) {
	seen := map[string]string{}
	for i, p := range list {
		at := fmt.Sprintf("%s[%d]", key, i)
		d.unique(seen, at, p, "write it once")
		if _, err := preset.New(nil, preset.Rules{Page: []string{p}}); err != nil {
			bound := err.Error()
			if e, ok := errors.AsType[*falochron.Error](err); ok && e.Public != "" {
				bound = e.Public
			}
			d.fault(at, strconv.Quote(p), strings.TrimPrefix(bound, strconv.Quote(p)+" "), falochron.HintOf(err))
		}
	}
}

func (d *decoder) path(key, p string) {
	if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.ContainsAny(p, "#* \\\x00\n") {
		d.fault(key, strconv.Quote(p), "must be a path that begins with /", "without host and asterisks")
	}
}
