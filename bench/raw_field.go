package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/falochron/falochron/internal/proc"
)

const rawStatusPath = "/.falochron/status"

// rawField is where servers are measured: one shop, and everybody before it.
type rawField struct {
	mode    string
	core    string // to which servers are pinned; empty: to none
	shop    *rawShop
	folder  string
	status  []byte // the waiting status of Falochron that everybody else answers
	peers   []rawPeer
	servers []rawServer // beside peers
}

// rawServer is a peer that runs.
type rawServer struct {
	processes  []*process
	plain, tls string
	shoppers   [2][]string // cookies of people who have what the mode gives, without and with TLS; of Falochron only
}

// openField starts a shop and every peer that is installed, on one core.
func openField(ctx context.Context, mode string, peers []rawPeer, core string) (f *rawField, err error) {
	f = &rawField{mode: mode, core: core, shop: newRawShop(), peers: peers, servers: make([]rawServer, len(peers))}
	defer func() {
		if err != nil {
			f.close()
		}
	}()
	if f.folder, err = os.MkdirTemp("", "falochron-raw-"); err != nil {
		return f, err
	}
	// Servers that drop root must get through.
	if err := os.Chmod(f.folder, 0o755); err != nil {
		return f, err
	}
	if err := writeCertificate(f.folder); err != nil {
		return f, err
	}
	for i := range peers {
		if peers[i].missing != "" {
			continue
		}
		if err := f.startPeer(ctx, i); err != nil {
			return f, err
		}
	}
	return f, nil
}

// startPeer starts one peer. Falochron, the first, gives the others the status
// they answer.
func (f *rawField) startPeer(ctx context.Context, i int) error {
	v, err := f.values(f.peers[i].name)
	if err != nil {
		return err
	}
	commands, err := f.peers[i].commands(f.peers[i], v)
	if err != nil {
		return err
	}
	s := &f.servers[i]
	*s = rawServer{plain: v.Plain, tls: v.TLS}
	for _, c := range commands {
		args := c.args
		if f.core != "" {
			args = append([]string{"taskset", "-c", f.core}, args...)
		}
		p, err := start(ctx, c.at, nil, args[0], args[1:]...)
		if err != nil {
			return err
		}
		s.processes = append(s.processes, p)
	}
	if i != 0 {
		return nil
	}
	for over := range s.shoppers {
		for range rawShoppers {
			cookie, err := f.enter(ctx, s.at(over == 1), over == 1)
			if err != nil {
				return fmt.Errorf("%w; the last that it said: %s", err, s.processes[over].log)
			}
			s.shoppers[over] = append(s.shoppers[over], cookie)
		}
	}
	// A peer that starts anew starts with the status that the others answer.
	if f.mode == "hold" && f.status == nil {
		a, _, err := f.ask(ctx, 0, rawStatusPath, wireKept)
		if err != nil {
			return err
		}
		f.status = bytes.TrimSpace(a.Body) // one line of a configuration
	}
	return nil
}

// restart starts a peer anew, with nothing in its memory.
func (f *rawField) restart(ctx context.Context, i int) error {
	f.servers[i].stop()
	if err := os.RemoveAll(filepath.Join(f.folder, f.peers[i].name)); err != nil {
		return err
	}
	return f.startPeer(ctx, i)
}

// values are what the templates of a peer are filled with; its folders are made.
func (f *rawField) values(name string) (v rawValues, err error) {
	v = rawValues{Origin: f.shop.addr(), Folder: filepath.Join(f.folder, name), Cert: filepath.Join(f.folder, "cert.pem"),
		Key: filepath.Join(f.folder, "key.pem"), Pair: filepath.Join(f.folder, "pair.pem"), StatusPath: rawStatusPath,
		Status: string(f.status), Mode: f.mode, Root: os.Geteuid() == 0, ModuleFolder: apacheModules, Modules: rawApacheModules()}
	if v.Plain, err = freePort(); err != nil {
		return v, err
	}
	if v.TLS, err = freePort(); err != nil {
		return v, err
	}
	for _, split := range []struct {
		addr       string
		host, port *string
	}{{v.Plain, &v.PlainHost, &v.PlainPort}, {v.TLS, &v.TLSHost, &v.TLSPort}, {v.Origin, &v.OriginHost, &v.OriginPort}} {
		if *split.host, *split.port, err = net.SplitHostPort(split.addr); err != nil {
			return v, err
		}
	}
	v.Static = filepath.Join(v.Folder, "static")
	v.StatusFile = filepath.Join(v.Static, filepath.FromSlash(rawStatusPath))
	for _, dir := range []string{v.Folder, filepath.Join(v.Folder, "cache"), filepath.Join(v.Folder, "lock"), filepath.Dir(v.StatusFile)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return v, err
		}
	}
	// Written to by a server that dropped root; the folder above is not listed to
	// anybody for longer than the bench runs.
	for _, dir := range []string{v.Folder, filepath.Join(v.Folder, "cache"), filepath.Join(v.Folder, "lock")} {
		if err := os.Chmod(dir, 0o777); err != nil {
			return v, err
		}
	}
	return v, os.WriteFile(v.StatusFile, f.status, 0o644)
}

// knock asks Falochron for a page as a newcomer, or with the ticket that was given.
func (f *rawField) knock(ctx context.Context, addr string, overTLS bool, cookie string) (canned, error) {
	c := rawClient(overTLS, false)
	defer c.CloseIdleConnections()
	h := http.Header{"Accept": {"text/html"}, "Sec-Fetch-Dest": {"document"}}
	if cookie != "" {
		h.Set("Cookie", cookie)
	}
	a, _, err := fetch(ctx, c, rawURL(addr, "/page", overTLS), h)
	return a, err
}

// enter returns what Falochron gives one more visitor: a place, or where everybody has to
// wait a ticket.
func (f *rawField) enter(ctx context.Context, addr string, overTLS bool) (string, error) {
	knock := func(cookie string) (canned, error) { return f.knock(ctx, addr, overTLS, cookie) }
	if f.mode != "hold" {
		return letIn(ctx, knock)
	}
	a, err := knock("")
	if err != nil {
		return "", err
	}
	if cookie := given(a, "falo_w1="); cookie != "" {
		return cookie, nil
	}
	return "", noCookie("falo_w1=", a)
}

// shoppersFor is how many people send a case's requests.
func (c rawCase) shoppersFor() int {
	if c.kind != fromShop {
		return rawShoppers
	}
	return max(rawShoppers, peopleFor(c.path, c.requests))
}

// invite puts new people with a place in Falochron's where a case takes them: the others
// know none.
func (f *rawField) invite(ctx context.Context, i int, c rawCase) error {
	if i != 0 || c.kind != fromShop {
		return nil
	}
	s, over := &f.servers[0], 0
	if c.wire.tls() {
		over = 1
	}
	all := people{knock: func(cookie string) (canned, error) { return f.knock(ctx, s.at(over == 1), over == 1, cookie) }}
	if err := all.invite(ctx, c.shoppersFor()); err != nil {
		return err
	}
	s.shoppers[over] = all.ready
	return nil
}

// at is the address with or without TLS.
func (s rawServer) at(overTLS bool) string {
	if overTLS {
		return s.tls
	}
	return s.plain
}

func (s rawServer) stop() {
	for _, p := range s.processes {
		p.stop()
	}
}

// headers are what a phone sends for a path; to Falochron with the ticket of one
// shopper.
func (f *rawField) headers(i int, path string, overTLS bool, shopper int) [][2]string {
	h := [][2]string{
		{"User-Agent", "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"},
		{"Accept", "*/*"}, {"Accept-Language", "pl-PL,pl;q=0.9,en;q=0.8"}, {"Sec-Fetch-Dest", "empty"}, {"Sec-Fetch-Mode", "cors"}}
	switch {
	case strings.HasSuffix(path, ".css"):
		h[1], h[3], h[4] = [2]string{"Accept", "text/css,*/*;q=0.1"}, [2]string{"Sec-Fetch-Dest", "style"}, [2]string{"Sec-Fetch-Mode", "no-cors"}
		return h // nobody needs a place for a file
	case path == "/page":
		h[1], h[3], h[4] = [2]string{"Accept", "text/html,*/*;q=0.8"}, [2]string{"Sec-Fetch-Dest", "document"}, [2]string{"Sec-Fetch-Mode", "navigate"}
	}
	over := 0
	if overTLS {
		over = 1
	}
	if cookies := f.servers[i].shoppers[over]; len(cookies) > 0 {
		h = append(h, [2]string{"Cookie", cookies[shopper%len(cookies)]})
	}
	return h
}

// ownCPU is what the bench, its finished children and all servers have burnt.
func (f *rawField) ownCPU() float64 {
	sum := proc.OwnCPU() + proc.ChildrenCPU()
	for _, s := range f.servers {
		c, _ := treeCPU(s.processes) // less found is more taken for others'
		sum += c
	}
	return sum
}

func (f *rawField) close() {
	for _, s := range f.servers {
		s.stop()
	}
	f.shop.srv.Close()
	_ = os.RemoveAll(f.folder)
}
