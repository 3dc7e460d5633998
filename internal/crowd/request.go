package crowd

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// dest is what a browser would say it wants the answer for.
type dest uint8

const (
	document dest = iota
	script        // asked by a page's script
	asset
)

// request is one request of one fan.
type request struct {
	method, target string
	body           string // for POST; a form unless fields name another type
	fields         []Field
	dest           dest
	referer        string
	from           netip.Addr // where it is sent from, see Target.From
	fan            *Fan
	jar            *jar
}

// write appends the request as it goes over the wire.
func (r *request) write(b []byte, host string) []byte {
	ch := channels(r.fan.Channel)
	agent := ch.agent
	if r.fan.InApp {
		agent = ch.inApp
	}
	b = append(b, r.method...)
	b = append(b, ' ')
	b = append(b, r.target...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, host...)
	b = append(b, "\r\nUser-Agent: "...)
	b = append(b, agent...)
	b = append(b, "\r\nAccept-Language: pl-PL,pl;q=0.9,en;q=0.8\r\n"...)
	switch r.dest {
	case document:
		b = append(b, "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"...)
	case script:
		b = append(b, "Accept: application/json\r\n"...)
	case asset:
		b = append(b, "Accept: */*\r\n"...)
	}
	// Older in-app browsers send no fetch metadata: none of them do here, so
	// that both ways of telling a navigation are met.
	if !r.fan.InApp {
		b = append(b, [...]string{
			document: "Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n",
			script:   "Sec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\n",
			asset:    "Sec-Fetch-Dest: image\r\nSec-Fetch-Mode: no-cors\r\n",
		}[r.dest]...)
	} else if ch.app != "" {
		b = append(b, "X-Requested-With: "+ch.app+"\r\n"...)
	}
	if r.referer != "" {
		b = append(b, "Referer: "...)
		b = append(b, r.referer...)
		b = append(b, "\r\n"...)
	}
	if len(r.jar.pairs) > 0 {
		b = append(b, "Cookie: "...)
		b = r.jar.append(b)
		b = append(b, "\r\n"...)
	}
	if r.method == "POST" {
		b = append(b, "Origin: http://"+host+"\r\n"...)
		if !slices.ContainsFunc(r.fields, func(f Field) bool { return strings.EqualFold(f.Name, "content-type") }) {
			b = append(b, "Content-Type: application/x-www-form-urlencoded\r\n"...)
		}
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(len(r.body)), 10)
		b = append(b, "\r\n"...)
	}
	for _, f := range r.fields {
		b = append(b, f.Name+": "+f.Value+"\r\n"...)
	}
	b = append(b, "\r\n"...)
	return append(b, r.body...)
}

// send sends one request and reads its answer. A GET that meets a kept
// connection just closed by the other side is sent once more on a new one, as
// browsers do.
func (p *pool) send(r *request, host string, b *bearing, body bool) (*answer, error) {
	for again := false; ; again = true {
		c, err := p.get(r.from, again || r.method != "GET", b)
		if err != nil {
			return nil, err
		}
		a, err := c.exchange(r, host, body)
		if err == nil {
			if a.keep {
				p.put(c)
			} else {
				p.drop(c)
			}
			return a, nil
		}
		stale := c.reused && r.method == "GET" && !again && (errors.Is(err, io.EOF) || isReset(err))
		p.drop(c)
		if !stale {
			return nil, noEOF(err)
		}
	}
}

// isReset says whether the other side closed the connection.
func isReset(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && !op.Timeout() && !errors.Is(err, net.ErrClosed)
}

func (c *conn) exchange(r *request, host string, body bool) (*answer, error) {
	c.out = r.write(c.out[:0], host)
	if _, err := c.Write(c.out); err != nil {
		return nil, err
	}
	return readAnswer(c.br, body)
}

// resolve turns a reference on page base into a target on the same site, or ""
// when it leads elsewhere. Plain absolute paths, nearly all, cost nothing.
func resolve(base, ref, host string) string {
	if i := strings.IndexByte(ref, '#'); i >= 0 {
		ref = ref[:i]
	}
	if ref == "" {
		return ""
	}
	if ref[0] == '/' && (len(ref) == 1 || ref[1] != '/') {
		return ref
	}
	b, err := url.Parse("http://" + host + base)
	if err != nil {
		return ""
	}
	u, err := b.Parse(ref)
	if err != nil || u.Host != host || u.Scheme != "http" {
		return ""
	}
	return u.RequestURI()
}
