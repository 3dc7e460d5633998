package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"

	"github.com/falochron/falochron"
)

// peerFiles are the peers' configurations, one folder each, as templates.
//
//go:embed peers
var peerFiles embed.FS

// rawPeer is a server that is measured; Falochron is the first.
type rawPeer struct {
	name     string
	programs []string // what must be installed; looked for in that order
	cache    bool     // it can keep answers
	path     []string // of the programs; nil when one is not there
	version  string
	missing  string // the program that is not installed
	// commands are what is started, in order; the first makes the plain port, the
	// last the TLS port.
	commands func(rawPeer, rawValues) ([]rawCommand, error)
}

// rawCommand is one process of a peer and the address it must answer on.
type rawCommand struct {
	args []string
	at   string
}

// rawValues are what the templates are filled with.
type rawValues struct {
	Plain, TLS, Origin   string // host:port
	PlainHost, PlainPort string
	TLSHost, TLSPort     string
	OriginHost           string
	OriginPort           string
	Folder               string // of this peer, its own
	Static               string // folder under which StatusPath is a file
	Cert, Key, Pair      string // PEM files; Pair has both
	StatusPath           string
	StatusFile           string
	Status               string // its content
	Mode                 string // of Falochron
	Admin                string // of Falochron
	Root                 bool   // started as root: drop to nobody
	NoCache              bool   // on purpose wrong, for the test of the checks
	ModuleFolder         string
	Modules              []string
}

// Apache's parts that are needed, in the order in which they must be loaded. Where
// Debian puts them is the folder.
const apacheModules = "/usr/lib/apache2/modules"

func rawApacheModules() []string {
	return []string{"mpm_event", "authz_core", "socache_shmcb", "ssl", "http2", "headers", "mime", "file_cache", "cache", "cache_socache", "proxy", "proxy_http"}
}

// rawPeers are all servers, ours first. program is Falochron's.
func rawPeers(program string) []rawPeer {
	return []rawPeer{
		{name: "falochron", programs: []string{program}, cache: true, commands: falochronCommands},
		{name: "nginx", programs: []string{"nginx"}, cache: true, commands: func(p rawPeer, v rawValues) ([]rawCommand, error) {
			file, err := v.fill("nginx/nginx.conf")
			return []rawCommand{{[]string{p.path[0], "-c", file, "-p", v.Folder, "-e", "stderr"}, v.Plain}}, err
		}},
		{name: "HAProxy", programs: []string{"haproxy"}, cache: true, commands: func(p rawPeer, v rawValues) ([]rawCommand, error) {
			file, err := v.fill("haproxy/haproxy.cfg")
			return []rawCommand{{[]string{p.path[0], "-db", "-q", "-f", file}, v.Plain}}, err
		}},
		{name: "Varnish", programs: []string{"varnishd", "hitch"}, cache: true, commands: varnishCommands},
		{name: "Apache", programs: []string{"apache2"}, cache: true, commands: func(p rawPeer, v rawValues) ([]rawCommand, error) {
			file, err := v.fill("apache/httpd.conf")
			return []rawCommand{{[]string{p.path[0], "-D", "FOREGROUND", "-f", file}, v.Plain}}, err
		}},
		{name: "Caddy", programs: []string{"bin/peers/caddy"}, commands: func(p rawPeer, v rawValues) ([]rawCommand, error) {
			file, err := v.fill("caddy/Caddyfile")
			return []rawCommand{{[]string{p.path[0], "run", "--config", file, "--adapter", "caddyfile"}, v.Plain}}, err
		}},
	}
}

// falochronCommands starts it as the README says, and a second one with a
// certificate: it listens on one address for visitors.
func falochronCommands(p rawPeer, v rawValues) ([]rawCommand, error) {
	admin, err := freePort()
	if err != nil {
		return nil, err
	}
	args := []string{p.path[0], "run", "--origin", "http://" + v.Origin, "--listen", v.Plain, "--admin", admin,
		"--data", filepath.Join(v.Folder, "data-"+v.Mode)}
	if v.Mode != "auto" {
		args = append(args, "--mode", v.Mode)
	}
	if v.Admin, err = freePort(); err != nil {
		return nil, err
	}
	file, err := v.fill("falochron/falochron.yaml")
	return []rawCommand{{args, v.Plain}, {[]string{p.path[0], "run", "--config", file}, v.TLS}}, err
}

// varnishSilence are the records that Varnish writes for a request and its
// connection; its 7.1 knows no word for all of them.
const varnishSilence = "-Begin,-End,-Link,-Length,-Hit,-HitMiss,-HitPass,-Timestamp,-Proxy,-SessOpen,-SessClose," +
	"-ReqStart,-ReqMethod,-ReqURL,-ReqProtocol,-ReqHeader,-ReqUnset,-ReqAcct," +
	"-RespProtocol,-RespStatus,-RespReason,-RespHeader,-RespUnset,-VCL_call,-VCL_return,-VCL_use,-VCL_acl," +
	"-BereqMethod,-BereqURL,-BereqProtocol,-BereqHeader,-BereqUnset,-BereqAcct," +
	"-BerespProtocol,-BerespStatus,-BerespReason,-BerespHeader,-BerespUnset,-BackendOpen,-BackendClose,-Fetch_Body,-Storage,-TTL"

// varnishCommands starts Varnish and hitch before it. What its settings are for:
//
//   - one pool of threads, all of them made at the start: one core;
//   - http2, since hitch hands it over;
//   - no log: nobody here writes one for a request;
//   - idle sessions for ten minutes, as everybody here.
func varnishCommands(p rawPeer, v rawValues) ([]rawCommand, error) {
	vcl, err := v.fill("varnish/shop.vcl")
	if err != nil {
		return nil, err
	}
	hitch, err := v.fill("varnish/hitch.conf")
	if err != nil {
		return nil, err
	}
	args := []string{p.path[0], "-F", "-n", filepath.Join(v.Folder, "varnish"), "-f", vcl, "-s", "malloc,256m", "-T", "none", "-j", "none",
		"-a", v.Plain, "-a", filepath.Join(v.Folder, "varnish.sock") + ",PROXY,mode=666",
		"-p", "thread_pools=1", "-p", "thread_pool_min=100", "-p", "thread_pool_max=1000", "-p", "feature=+http2",
		"-p", "vsl_mask=" + varnishSilence, "-p", "timeout_idle=600", "-p", "listen_depth=4096", "-p", "default_grace=3600"}
	return []rawCommand{{args, v.Plain}, {[]string{p.path[1], "--config=" + hitch}, v.TLS}}, nil
}

// fill writes a template of peers/ into the peer's folder and returns the file.
func (v rawValues) fill(name string) (string, error) {
	// A quoted string of nginx, of a Caddyfile and of a VCL at once.
	if strings.ContainsAny(v.Status, "'`$\\\n") {
		return "", &falochron.Error{Kind: falochron.Internal, Op: "configure a peer",
			Public: "the waiting status has a character that cannot stand in a configuration: " + v.Status, Hint: "quote it in bench/peers"}
	}
	text, err := peerFiles.ReadFile("peers/" + name)
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
	file := filepath.Join(v.Folder, filepath.Base(name))
	return file, os.WriteFile(file, out.Bytes(), 0o644)
}

// without says why a peer has no number in a case; empty when it has one.
func (p rawPeer) without(c rawCase) string {
	switch {
	case p.missing != "":
		return "not installed"
	case c.kind == fromCache && !p.cache:
		return "no cache"
	}
	return ""
}

// installPeers installs what is missing. What cannot be installed is said, and
// found missing later: no reason to measure nothing.
func (b *bench) installPeers(ctx context.Context) {
	cmd := exec.CommandContext(ctx, filepath.Join("scripts", "install-peers"))
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		b.say("  not everything is installed (scripts/install-peers: %v)", err)
	}
}

// findPeers looks for the programs of all peers.
func findPeers(ctx context.Context, b *bench) ([]rawPeer, error) {
	for _, tool := range []string{"h2load", "taskset"} {
		if lookProgram(tool) == "" {
			return nil, &falochron.Error{Kind: falochron.Unavailable, Op: "measure raw speed", Public: tool + " is not installed",
				Hint: "as root: scripts/install-peers; or leave raw out with ONLY="}
		}
	}
	peers := rawPeers(b.program)
	for i := range peers {
		peers[i].look(ctx)
		if i == 0 && peers[i].missing != "" {
			return nil, &falochron.Error{Kind: falochron.NotFound, Op: "find the program to measure", Public: b.program + " is not there",
				Hint: "make bench builds it; or set PROGRAM="}
		}
		if peers[i].missing != "" {
			b.say("  %s is not installed: no %s", peers[i].name, peers[i].missing)
		} else if i > 0 {
			b.say("  %s %s", peers[i].name, peers[i].version)
		}
	}
	peers[0].version = "" // the row's stamp says it
	return peers, nil
}

// look finds a peer's programs and their versions.
func (p *rawPeer) look(ctx context.Context) {
	var versions []string
	for _, name := range p.programs {
		path := lookProgram(name)
		if path == "" {
			p.path, p.missing = nil, name
			return
		}
		p.path = append(p.path, path)
		versions = append(versions, versionOf(ctx, path))
	}
	p.version = strings.Join(versions, " + hitch ")
}

// lookProgram finds a program; servers are in folders that are not in everybody's
// PATH. Empty when it is not there.
func lookProgram(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		if path, err = filepath.Abs(path); err == nil {
			return path
		}
	}
	for _, dir := range []string{"/usr/local/sbin", "/usr/sbin", "/sbin"} {
		path := filepath.Join(dir, name)
		if _, err := exec.LookPath(path); err == nil {
			return path
		}
	}
	return ""
}

var versionNumber = regexp.MustCompile(`\d+\.\d+(\.\d+)?`)

// versionOf asks a program for its version: those built by Go hold it, the others
// say it. Each knows another of the usual flags.
func versionOf(ctx context.Context, path string) string {
	if info, err := buildinfo.ReadFile(path); err == nil {
		return info.Main.Version
	}
	for _, flag := range []string{"-v", "-V", "--version"} {
		out, err := exec.CommandContext(ctx, path, flag).CombinedOutput()
		if v := versionNumber.FindString(string(out)); err == nil && v != "" {
			return v
		}
	}
	return "unknown"
}

// inWords is a row in one line.
func (r rawRow) inWords() string {
	var words []string
	for _, c := range r.Cells {
		if c.Without != "" {
			words = append(words, c.Server+" "+c.Without)
			continue
		}
		words = append(words, fmt.Sprintf("%s %.4g", c.Server, median(c.Cost)))
	}
	return strings.Join(words, ", ")
}
