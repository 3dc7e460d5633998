package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/falochron/falochron"
)

// measured is what one round showed.
type measured struct {
	cost      float64 // µs of CPU for each request, or bytes for each connection
	perSecond float64
	core      float64 // share of its core that the server burnt
}

// measure runs one round of a case at one server.
func (f *rawField) measure(ctx context.Context, i int, c rawCase) (m measured, err error) {
	if c.wire.idle() {
		return f.measureIdle(ctx, i, c)
	}
	if err := f.invite(ctx, i, c); err != nil {
		return m, err
	}
	shop := f.shop.count(c.path)
	burnt, err := treeCPU(f.servers[i].processes)
	if err != nil {
		return m, fmt.Errorf("%s: %w", f.peers[i].name, err)
	}
	began := time.Now()
	asked, err := f.load(ctx, i, c)
	if err != nil {
		return m, err
	}
	took := time.Since(began).Seconds()
	now, err := treeCPU(f.servers[i].processes)
	if err != nil {
		return m, fmt.Errorf("%s: %w", f.peers[i].name, err)
	}
	m = measured{cost: 1e6 * (now - burnt) / float64(asked), perSecond: float64(asked) / took, core: (now - burnt) / took}
	return m, f.checkShop(i, c, f.shop.count(c.path)-shop, asked)
}

// load sends a case's requests to one server, checks all answers, and says how
// many there were.
func (f *rawField) load(ctx context.Context, i int, c rawCase) (asked int, err error) {
	switch {
	case c.wire == wireNew, c.wire == wireKept && c.kind == fromShop:
		// The requests of people with a place have each their own cookie, which h2load
		// cannot send.
		var requests []request
		for shopper := range c.shoppersFor() {
			requests = append(requests, request{c.path, f.headers(i, c.path, false, shopper)})
		}
		conns := rawConns
		if c.kind == fromShop {
			conns = rawShoppers
		}
		return c.requests, drive(ctx, f.servers[i].plain, requests, c.requests, conns, c.wire == wireKept, 200)
	case c.wire == wireFull, c.wire == wireResumed:
		raw := request{c.path, f.headers(i, c.path, true, 0)}.bytes(f.servers[i].tls)
		return c.requests, handshakes(ctx, f.servers[i].tls, raw, c.requests, c.wire == wireResumed)
	}
	if c.kind != fromShop {
		streams := 1
		if c.wire == wireH2 {
			streams = rawStreams
		}
		return c.requests, f.h2load(ctx, i, c, h2loadRun{requests: c.requests, conns: rawConns, streams: streams})
	}
	// Over HTTP/2 each shopper is a process of h2load's, so many at a time.
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(rawShoppers)
	shoppers := c.shoppersFor()
	each := max(1, c.requests/shoppers)
	for shopper := range shoppers {
		g.Go(func() error {
			return f.h2load(ctx, i, c, h2loadRun{requests: each, conns: 1, streams: 1, shopper: shopper})
		})
	}
	return each * shoppers, g.Wait()
}

// h2loadRun is one process of h2load.
type h2loadRun struct{ requests, conns, streams, shopper int }

// h2load sends requests with nghttp2's load generator. It burns about 10 µs for
// each: less than most of the servers, more than nginx and HAProxy, whose core it
// cannot fill from one of its own. That is why the measure is CPU for each request.
func (f *rawField) h2load(ctx context.Context, i int, c rawCase, r h2loadRun) error {
	args := []string{"-t", "1", "-n", strconv.Itoa(r.requests), "-c", strconv.Itoa(min(r.conns, r.requests)), "-m", strconv.Itoa(r.streams)}
	if c.wire == wireKept {
		args = append(args, "--h1")
	}
	for _, h := range f.headers(i, c.path, c.wire.tls(), r.shopper) {
		args = append(args, "-H", h[0]+": "+h[1])
	}
	args = append(args, rawURL(f.servers[i].at(c.wire.tls()), c.path, c.wire.tls()))
	out, err := exec.CommandContext(ctx, "h2load", args...).CombinedOutput()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return &falochron.Error{Kind: falochron.Unavailable, Op: "load " + f.peers[i].name, Public: string(out), Hint: "h2load failed", Err: err}
	}
	seen, err := parseH2load(string(out))
	if err != nil {
		return err
	}
	protocol := map[bool]string{false: "http/1.1", true: "h2"}[c.wire == wireH2]
	if seen.protocol != protocol {
		return wrong(f.peers[i].name, c, "h2load spoke %s", seen.protocol)
	}
	if seen.ok != r.requests {
		return wrong(f.peers[i].name, c, "of %d requests %d were answered with 2xx", r.requests, seen.ok)
	}
	// Falochron's status and page are as long as they are; what they hold was
	// looked at before.
	if right := r.requests * len(f.right(c)); i != 0 || c.path != "/page" && c.kind != fromServer {
		if seen.bytes != right {
			return wrong(f.peers[i].name, c, "%d bytes of bodies instead of %d", seen.bytes, right)
		}
	}
	return nil
}

// h2loadSeen is what h2load saw.
type h2loadSeen struct {
	protocol string
	ok       int // answers with 2xx
	bytes    int // of bodies
}

var (
	h2loadProtocol = regexp.MustCompile(`(?m)^Application protocol: (\S+)`)
	h2loadStatus   = regexp.MustCompile(`(?m)^status codes: (\d+) 2xx`)
	h2loadTraffic  = regexp.MustCompile(`(?m)^traffic: .*\((\d+)\) data$`)
)

func parseH2load(out string) (s h2loadSeen, err error) {
	protocol, status, traffic := h2loadProtocol.FindStringSubmatch(out), h2loadStatus.FindStringSubmatch(out), h2loadTraffic.FindStringSubmatch(out)
	if protocol == nil || status == nil || traffic == nil {
		return s, &falochron.Error{Kind: falochron.Invalid, Op: "read what h2load says", Public: "another form than of nghttp2 1.52: " + out, Hint: "install Debian's nghttp2-client"}
	}
	s.protocol = protocol[1]
	if s.ok, err = strconv.Atoi(status[1]); err != nil {
		return s, err
	}
	s.bytes, err = strconv.Atoi(traffic[1])
	return s, err
}

// handshakes makes n TLS connections, full or resumed, with one request over each,
// and checks of each that it was what was asked for. h2load cannot resume.
func handshakes(ctx context.Context, addr string, raw []byte, n int, resumed bool) error {
	var left atomic.Int64
	left.Store(int64(n))
	g, ctx := errgroup.WithContext(ctx)
	for range rawConns {
		g.Go(func() error {
			h := handshaker{addr: addr, raw: raw, in: bufio.NewReaderSize(nil, 16<<10), config: rawTLS()}
			if resumed {
				h.config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
				h.config.ServerName = "shop.test" // sessions are kept by name
				if _, err := h.once(ctx); err != nil {
					return err
				}
			}
			for left.Add(-1) >= 0 {
				did, err := h.once(ctx)
				if err != nil {
					return err
				}
				if did != resumed {
					return &falochron.Error{Kind: falochron.Internal, Op: "measure handshakes", Public: fmt.Sprintf("resumed: %v, asked for: %v", did, resumed),
						Hint: "the server gives no tickets, or does not take them"}
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// handshaker is one connection at a time.
type handshaker struct {
	addr   string
	raw    []byte
	in     *bufio.Reader
	dialer net.Dialer
	config *tls.Config
}

// once connects, asks and closes. In TLS 1.3 tickets come after the handshake, with
// the answer.
func (h *handshaker) once(ctx context.Context) (resumed bool, err error) {
	conn, err := h.dialer.DialContext(ctx, "tcp", h.addr)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	c := tls.Client(conn, h.config)
	if err := c.HandshakeContext(ctx); err != nil {
		return false, err
	}
	if _, err := c.Write(h.raw); err != nil {
		return false, err
	}
	h.in.Reset(c)
	status, _, err := readAnswer(h.in)
	if err != nil {
		return false, err
	}
	if status != 200 {
		return false, fmt.Errorf("answered %d instead of 200", status)
	}
	return c.ConnectionState().DidResume, c.Close()
}
