package arch

import (
	"fmt"
	"slices"
	"strings"
)

// kind says what a room may know.
type kind int

const (
	pure  kind = iota // decides; knows the root and window only
	shell             // acts; knows pure rooms, and siblings only by the table below
	tests             // helps tests; no program may contain it
)

// rooms are the rooms of the house. A folder below internal that is not here is
// a violation: whoever builds a room says first what it is.
var rooms = map[string]kind{
	"fresh": pure, "room": pure, "admit": pure, "preset": pure, "window": pure, "forecast": pure, "plan": pure, "ical": pure, "radar": pure,
	"scale": pure,
	"sim":   pure, // lets other pure rooms run in virtual time: the one pure room that knows others
	"edge":  shell, "cache": shell, "origin": shell, "ticket": shell, "state": shell,
	"control": shell, "console": shell, "journal": shell, "config": shell,
	"crowd": shell, "toyshop": shell,
	"store":   shell, // knows bodies and numbers, no plan: what an act means is decided elsewhere
	"proc":    shell, // reads /proc
	"twins":   shell, // asks a shop through a function it is given; meets the edge only in cmd
	"notify":  shell, // knows no plan and no store: a message in, a receipt or a failure out
	"listen":  shell, // knows no store and no link: bytes in, nouns of the plan out
	"fleet":   shell, // starts and stops replicas; how many is decided elsewhere
	"lookout": shell, // asks a shop through a function it is given, as twins does; what it found the plan keeps
	"memnet":  tests, "scenario": tests, "arch": tests, "realpg": tests,
}

// suites are folders of a room that are for tests, as whole rooms of kind tests are: what
// all implementations of something have to do.
var suites = []string{"fleet/fleettest"}

// siblings are the shells a shell may know.
var siblings = map[string][]string{
	"edge": {"cache", "origin", "ticket", "state", "journal"},
	// listen: posts in. notify: control brings the plan's notices to people, what is due
	// by the plan through the store's outbox.
	"control": {"state", "journal", "store", "listen", "notify", "fleet"},
}

// onlyCmd are the rooms that nobody but cmd may import, each with its reason.
var onlyCmd = map[string]string{
	"config":  "rooms get plain values, so that each can be tested and used without a file",
	"crowd":   "the crowd measures the house and must not be part of what it measures",
	"toyshop": "no rule may be written for the toy shop: it stands for every shop",
	"proc":    "it measures the house from outside; what the edge decides, it decides by what it has seen itself",
	"console": "pages for people are handed to control as a handler; the API works without them",
}

// outside says which module from outside belongs to which rooms, and why no
// other may use it.
var outside = map[string]struct {
	rooms []string
	why   string
}{
	"github.com/spf13/cobra":              {[]string{"cmd"}, "flags are the business of cmd"},
	"github.com/goccy/go-yaml":            {[]string{"config"}, "files are the business of config"},
	"github.com/pires/go-proxyproto":      {[]string{"edge"}, "connections are taken in one place"},
	"github.com/prometheus/client_golang": {[]string{"control"}, "the edge counts in plain atomics; only control speaks Prometheus"},
	"github.com/google/pprof":             {[]string{"bench"}, "the program shows profiles of itself; reading them is the business of whoever measures"},
	"github.com/wneessen/go-mail":         {[]string{"notify"}, "mail is sent in one place, where it is encrypted and escaped"},
	"modernc.org/sqlite":                  {[]string{"toyshop", "store"}, "only the plan and the toy shop are kept in a database; the edge's few counters are files, and no request waits for one"},
	"rsc.io/qr":                           {[]string{"control"}, "codes are drawn in one place"},
	"github.com/jackc/pgx/v5":             {[]string{"store", "realpg"}, "the plan is kept in one place; who wants something of it asks store"},
	"k8s.io/client-go":                    {[]string{"fleet"}, "the cluster is asked in one place, which bounds how often"},
	"k8s.io/apimachinery":                 {[]string{"fleet"}, "the cluster is asked in one place, which bounds how often"},
	"google.golang.org/grpc":              {[]string{"fleet"}, "one contract of somebody else's is spoken by it; our own API is JSON"},
	"google.golang.org/protobuf":          {[]string{"fleet"}, "one contract of somebody else's is spoken by it; our own API is JSON"},
	"github.com/moby/moby":                {[]string{"fleet"}, "containers are started and stopped in one place, where it is known whose they are"},
	"github.com/containerd/errdefs":       {[]string{"fleet"}, "an engine's errors are told apart where it is called; elsewhere they are ours, with a hint"},
	"github.com/pressly/goose/v3":         {[]string{"store"}, "the schema is the business of who keeps the plan"},
}

// directions: cmd → shells → pure → window → root.
func directions(t *tree) []string {
	var out []string
	for _, p := range t.packages {
		if _, known := rooms[p.room]; strings.HasPrefix(p.dir, "internal/") && !known {
			out = append(out, fmt.Sprintf("%s: room %s is not in the table of internal/arch: say there what kind it is", p.dir, p.room))
			continue
		}
		for _, f := range p.files {
			for _, name := range f.imports() {
				if why := ban(p, f, name); why != "" {
					out = append(out, fmt.Sprintf("%s: imports %s: %s", f.name, strings.TrimPrefix(name, module+"/"), why))
				}
			}
		}
	}
	return out
}

// ban is the reason why f of p may not import name, or empty.
func ban(p *pkg, f *file, name string) string {
	own, inside := strings.CutPrefix(name, module+"/internal/")
	if !inside {
		return banOutside(p, f, name)
	}
	other := strings.SplitN(own, "/", 2)[0]
	from, isRoom := rooms[p.room]
	to, known := rooms[other]
	switch {
	case !f.test && slices.Contains(suites, own) || known && other != p.room && to == tests && !f.test:
		return "it is for tests; no program may contain it"
	case !known || other == p.room:
		return ""
	case to == tests || p.room == "cmd" || p.room == "bench" || isRoom && from == tests: // bench measures from where cmd stands
		return ""
	case onlyCmd[other] != "":
		return "only cmd may: " + onlyCmd[other]
	case p.room == "":
		return "the root holds the nouns and knows nobody"
	case to == pure && p.room == "listen" && other != "plan" && other != "ical":
		return "it reads what was announced and decides nothing"
	case from == pure && other != "window" && (p.room != "sim" || to != pure):
		return "a pure room knows only window and the root: what it decides must not depend on another decision"
	case from == shell && to == shell && !slices.Contains(siblings[p.room], other):
		return "these shells do not know each other: they meet through cmd, a Snapshot or the journal"
	}
	return ""
}

func banOutside(p *pkg, f *file, name string) string {
	if strings.HasPrefix(name, module) || !strings.Contains(strings.SplitN(name, "/", 2)[0], ".") || f.test {
		return ""
	}
	if p.room == "" {
		return "the root imports the standard library only, so that it can be read and used alone"
	}
	if k, isRoom := rooms[p.room]; isRoom && k == pure {
		return "a pure room imports the standard library only: its decisions can be replayed by anybody"
	}
	for mod, owner := range outside {
		if (name == mod || strings.HasPrefix(name, mod+"/")) && !slices.Contains(owner.rooms, p.room) {
			return owner.why
		}
	}
	return ""
}
