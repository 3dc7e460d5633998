package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"text/template"

	"github.com/falochron/falochron"
)

// frontArgument makes this program a front: it writes the configuration of a peer and
// becomes that server. `falochron demo --front` starts it in Falochron's place.
const frontArgument = "front"

// limit is a number in a peer's configuration that must be tuned to the shop.
type limit struct {
	name, what string
	values     map[string][]int // tried, by shop; the middle one stands while another limit is tried
}

// wavePeer is a server that meets the wave.
type wavePeer struct {
	name     string
	programs []string // what must be installed; the first is the server
	parts    []string // files that must be there besides
	file     string   // its configuration in peers/wave
	cache    bool
	burns    float64                                    // times as much of the machine as ours in the same wave, the crowd's part included
	limits   []limit                                    // in the order in which they are tried; the last is of requests at the shop
	looked   map[string]int                             // limits with which it is looked at
	lets     int                                        // how many it lets in with these of a crowd that comes at once
	letsS    float64                                    // and how many more a second
	caps     bool                                       // its last limit bounds those who are in as well: the others wait in its queue
	slack    int                                        // how many more than that may be at the shop, where several look at once
	gate     bool                                       // it lets nobody new in while many who are in are served
	args     func(v *frontValues, file string) []string // of the server
}

// Whereabouts of what Debian brings beyond the servers themselves.
const (
	vsthrottle = "/usr/lib/*/varnish/vmods/libvmod_vsthrottle.so"
	modQos     = apacheModules + "/mod_qos.so"
	pcre       = "/lib/*/libpcre.so.3"
)

// wavePeers are all peers. The values that are tried lie about what the shop can
// take, found once by hand; the best must lie inside, and the tables say when it does
// not.
func wavePeers() []wavePeer {
	// New sessions a minute; in a shop whose pages are kept nine of ten buy. The toy shop
	// itself can take some 160 orders a minute then, the imitation of WooCommerce 120.
	door := map[string][]int{"": {110, 130, 150, 170, 200, 240}, "woocommerce": {65, 80, 95, 110, 130, 160}}
	seconds4 := map[string][]int{"": {8, 9, 10, 12, 15, 20}, "woocommerce": {5, 6, 8, 10, 12, 15}}
	requests := func(values ...int) map[string][]int {
		return map[string][]int{"": values, "woocommerce": values}
	}
	return []wavePeer{
		{name: "nginx", programs: []string{"nginx"}, file: "nginx.conf", cache: true, burns: 1.4,
			looked: map[string]int{"door": 60, "gate": 10}, lets: 5, letsS: 1, gate: true, // one, and three who wait
			limits: []limit{{"door", "new sessions a minute (limit_req)", door},
				{"gate", "nobody new with so many at the shop (limit_conn)", requests(8, 12, 16, 24, 48)}},
			args: func(v *frontValues, file string) []string {
				return []string{"-c", file, "-p", v.Folder, "-e", "stderr"}
			}},
		{name: "HAProxy", programs: []string{"haproxy"}, file: "haproxy.cfg", cache: true, burns: 1.4,
			looked: map[string]int{"door": 5, "sessions": 50, "maxconn": 10}, lets: 9, letsS: 1.25, caps: true, gate: true, // two threads look at once
			limits: []limit{{"door", "new sessions in four seconds (gpc0_rate)", seconds4},
				{"sessions", "sessions at a time (table_cnt)", requests(100, 150, 200, 300, 1000)},
				{"maxconn", "requests at the shop (maxconn)", requests(6, 8, 10, 14, 24)}},
			args: func(_ *frontValues, file string) []string { return []string{"-db", "-f", file} }},
		{name: "Varnish", programs: []string{"varnishd"}, parts: []string{vsthrottle}, file: "shop.vcl", cache: true, burns: 1.4,
			looked: map[string]int{"door": 60, "newcomers": 10}, lets: 4, letsS: 1,
			limits: []limit{{"door", "new sessions a minute (vsthrottle)", door},
				{"newcomers", "newcomers at the shop at a time (max_connections)", requests(1, 2, 4, 8, 16)}},
			args: func(v *frontValues, file string) []string {
				return []string{"-F", "-n", filepath.Join(v.Folder, "varnish"), "-f", file, "-s", "malloc,256m", "-T", "none", "-j", "none",
					"-a", v.Listen, "-p", "thread_pools=2", "-p", "thread_pool_min=100", "-p", "thread_pool_max=2000",
					"-p", "vsl_mask=" + varnishSilence, "-p", "timeout_idle=75", "-p", "listen_depth=4096"}
			}},
		{name: "Apache", programs: []string{"apache2"}, parts: []string{modQos, pcre}, file: "httpd.conf", cache: true, burns: 2.9,
			looked: map[string]int{"door": 5, "max": 10}, lets: 10, letsS: 1.25, caps: true, gate: true, // a second four seconds may begin
			limits: []limit{{"door", "new sessions in four seconds (mod_qos)", seconds4},
				{"max", "requests at the shop (max, acquire)", requests(6, 8, 10, 14, 24)}},
			args: func(_ *frontValues, file string) []string { return []string{"-D", "FOREGROUND", "-f", file} }},
		{name: "Caddy", programs: []string{"bin/peers/caddy"}, file: "Caddyfile", burns: 2.9,
			looked: map[string]int{"door": 2, "inside": 10}, lets: 12, letsS: 10, caps: true, slack: 10, gate: true, // it looks, then counts
			limits: []limit{{"door", "requests at the shop, for newcomers (unhealthy_request_count)", requests(3, 5, 6, 7, 8, 9)},
				{"inside", "the same, for those who are in, with lb_try_duration", requests(6, 8, 10, 14, 24)}},
			args: func(_ *frontValues, file string) []string {
				return []string{"run", "--config", file, "--adapter", "caddyfile"}
			}},
	}
}

// shopWords are what a peer's configuration knows of a shop. Falochron is not told.
type shopWords struct {
	Cart       string // beginning of the cookie of somebody who has a cart, or has just ordered what was in it
	Seen       string // cookie that pages set without anybody having a cart; empty = they set none
	Pages      string // regular expression, after ^: path and query of pages that are the same for all without one
	Callback   string // the same, of the payment provider's notices
	Add        string // path of the form that adds to the cart, where it answers nobody who just loads it
	Search     string // name of the words searched for, in a query
	SearchAlso string // what else belongs to a search
	Fragments  string // regular expression, after ^: what the script of each page asks for
	EmptyCart  string // and what it is told without a cart
}

// knownShops are the shops of the benchmark, by what they imitate.
func knownShops() map[string]shopWords {
	return map[string]shopWords{
		"": {Cart: "toy_session", Pages: "/($|[?]|produkt/|kategoria/|szukaj)", Callback: "/platnosc/", Add: "/koszyk/dodaj", Search: "q"},
		"woocommerce": {Cart: "wp_woocommerce_session_", Seen: "woocommerce_recently_viewed", Pages: "/($|[?]|produkt/|kategoria-produktu/)", Callback: "/[?]wc-api=", Add: "/-",
			Search: "s", SearchAlso: "&post_type=product", Fragments: "/[?]wc-ajax=get_refreshed_fragments", EmptyCart: `{"cart_hash":"","fragments":{}}`},
	}
}

// What all fronts have in common: when the waiting page reloads itself, and for how
// long a page is kept that the shop says nothing about: as long as Falochron does, but
// five minutes where many fetch an expired page at once.
const (
	waitSeconds     = 10
	pageSeconds     = 10
	longPageSeconds = 300
)

// frontValues are what the templates of peers/wave are filled with.
type frontValues struct {
	Listen, ListenHost, ListenPort string
	Origin, OriginHost, OriginPort string
	Folder                         string
	Shop                           shopWords
	Limits                         map[string]int
	WaitS, PageS, LongPageS        int
	Root                           bool // started as root: drop to nobody
	NoCache, NoDoor                bool // on purpose wrong, for the test of the checks
	ModuleFolder, Pcre             string
	Modules                        []string
}

// Every is the time, in seconds, in which n of a limit a minute may pass.
func (v *frontValues) Every(name string, n int) string {
	return strconv.FormatFloat(float64(60*n)/float64(v.Limits[name]), 'f', 2, 64)
}

// frontCommand is the shell's command line of a peer with its limits, for a shop.
func frontCommand(program, peer, as string, limits map[string]int, also ...string) string {
	words := []string{"exec", quoted(program), frontArgument, peer, "shop=" + as}
	p, _ := wavePeerNamed(peer)
	for _, l := range p.limits {
		words = append(words, fmt.Sprintf("%s=%d", l.name, limits[l.name]))
	}
	return strings.Join(append(words, also...), " ")
}

// quoted is a word of the shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func wavePeerNamed(name string) (wavePeer, bool) {
	for _, p := range wavePeers() {
		if p.name == name {
			return p, true
		}
	}
	return wavePeer{}, false
}

// becomeFront writes a peer's configuration and becomes that server. It returns only
// when it cannot.
func becomeFront(args []string, env func(string) string, out io.Writer) int {
	path, argv, err := prepareFront(args, env)
	if err == nil {
		err = syscall.Exec(path, argv, os.Environ())
	}
	fmt.Fprintln(out, err)
	return exitBroken
}

// prepareFront writes a peer's configuration and returns what is to be started.
func prepareFront(args []string, env func(string) string) (path string, argv []string, err error) {
	bad := func(why string) (string, []string, error) {
		return "", nil, &falochron.Error{Kind: falochron.Invalid, Op: "become a front", Public: why,
			Hint: "falochron demo --front starts it: front PEER shop=NAME LIMIT=NUMBER…"}
	}
	if len(args) == 0 {
		return bad("which?")
	}
	p, known := wavePeerNamed(args[0])
	if !known {
		return bad("there is no peer " + args[0])
	}
	v, err := newFrontValues(env)
	if err != nil {
		return bad(err.Error())
	}
	for _, word := range args[1:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "shop":
			if v.Shop, known = knownShops()[value]; !known {
				return bad("nothing is known of the shop " + value)
			}
		case "nocache":
			v.NoCache = true
		case "nodoor":
			v.NoDoor = true
		default:
			if v.Limits[name], err = strconv.Atoi(value); err != nil {
				return bad(word + " is no limit")
			}
		}
	}
	for _, l := range p.limits {
		if v.Limits[l.name] < 1 {
			return bad("the limit " + l.name + " is missing")
		}
	}
	p.look()
	if p.missing() != "" {
		return bad(p.missing() + " is not installed")
	}
	file, err := v.write(p.file)
	if err != nil {
		return "", nil, err
	}
	return p.programs[0], append([]string{p.programs[0]}, p.args(v, file)...), nil
}

// newFrontValues takes over what the demo says in the environment.
func newFrontValues(env func(string) string) (*frontValues, error) {
	v := &frontValues{Listen: env("LISTEN"), Origin: env("ORIGIN"), Folder: env("FOLDER"), Limits: map[string]int{},
		WaitS: waitSeconds, PageS: pageSeconds, LongPageS: longPageSeconds, Root: os.Geteuid() == 0,
		ModuleFolder: apacheModules, Modules: []string{"mpm_event", "authz_core", "socache_shmcb", "headers", "mime", "env", "setenvif", "rewrite",
			"unique_id", "cache", "cache_socache", "proxy", "proxy_http", "qos"}}
	if found, _ := filepath.Glob(pcre); len(found) > 0 {
		v.Pcre = found[0]
	}
	if v.Folder == "" {
		return nil, fmt.Errorf("no FOLDER")
	}
	var err error
	if v.ListenHost, v.ListenPort, err = net.SplitHostPort(v.Listen); err != nil {
		return nil, fmt.Errorf("LISTEN: %w", err)
	}
	if v.OriginHost, v.OriginPort, err = net.SplitHostPort(v.Origin); err != nil {
		return nil, fmt.Errorf("ORIGIN: %w", err)
	}
	return v, nil
}

// write fills in a peer's configuration and the pages it shows, and makes the folders it
// needs, writable for a server that drops root.
func (v *frontValues) write(name string) (file string, err error) {
	for _, dir := range []string{"", "cache", "lock", "static", "varnish"} {
		dir = filepath.Join(v.Folder, dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return "", err
		}
		if err := os.Chmod(dir, 0o777); err != nil {
			return "", err
		}
	}
	for _, f := range [][2]string{{name, name}, {"wait.html", "wait.html"}, {"again.html", "again.html"},
		{"wait.html", "static/.wait.html"}, {"again.html", "static/.again.html"}} {
		text, err := peerFiles.ReadFile("peers/wave/" + f[0])
		if err != nil {
			return "", err
		}
		t, err := template.New(name).Option("missingkey=error").Parse(string(text))
		if err != nil {
			return "", err
		}
		var out bytes.Buffer
		if err := t.Execute(&out, v); err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(v.Folder, f[1]), out.Bytes(), 0o644); err != nil {
			return "", err
		}
	}
	return filepath.Join(v.Folder, name), os.WriteFile(filepath.Join(v.Folder, "static", ".fragments.json"), []byte(v.Shop.EmptyCart), 0o644)
}

// look finds the programs and makes their paths absolute; one that is not there stays
// as it is. Those of bin/peers lie beside this program, wherever it is started.
func (p *wavePeer) look() {
	for i, name := range p.programs {
		if own, err := ownProgram(); err == nil && filepath.Dir(name) == "bin/peers" {
			if at := filepath.Join(filepath.Dir(own), "peers", filepath.Base(name)); lookProgram(at) != "" {
				p.programs[i] = at
				continue
			}
		}
		if at := lookProgram(name); at != "" {
			p.programs[i] = at
		}
	}
}

// missing names what is not installed; empty when nothing is.
func (p *wavePeer) missing() string {
	for _, name := range p.programs {
		if !filepath.IsAbs(name) {
			return filepath.Base(name)
		}
	}
	for _, pattern := range p.parts {
		if found, err := filepath.Glob(pattern); err != nil || len(found) == 0 {
			return filepath.Base(pattern)
		}
	}
	return ""
}

// print names its configuration by its content, and that of the pages it shows.
func (p *wavePeer) print() string {
	h := sha256.New()
	for _, name := range []string{p.file, "wait.html", "again.html"} {
		text, _ := peerFiles.ReadFile("peers/wave/" + name) // one that is not there cannot be started either
		h.Write(text)
	}
	fmt.Fprint(h, knownShops(), waitSeconds, pageSeconds, longPageSeconds)
	return hex.EncodeToString(h.Sum(nil))[:4]
}

// version is what the server says of itself.
func (p *wavePeer) version(ctx context.Context) string { return versionOf(ctx, p.programs[0]) }

// startFront starts a peer as the demo would, for looking at it.
func startFront(ctx context.Context, command, listen, origin, folder string) (*process, error) {
	env := []string{"FOLDER=" + folder}
	for name, addr := range map[string]string{"LISTEN": listen, "ORIGIN": origin} {
		env = append(env, name+"="+addr)
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		return nil, err
	}
	return start(ctx, listen, nil, "env", append(env, sh, "-c", command)...)
}
