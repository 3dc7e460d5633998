package crowd

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// round is the bytes of one request: before the line of cookies, and behind it.
type round struct {
	head, tail []byte
	nonce      int // where 16 digits of chance stand in head; 0 for nowhere
}

// What stands in a request as it is made, and is cut out.
const (
	nonceWord  = "{nonce}"
	clickWord  = "{click}"
	nonceHole  = "~~~~~~~~~~~~~~~~"
	cookieHole = "Cookie: cut=here\r\n"
)

// phones is how many different phones an attack that copies them has.
const phones = 60

// load makes the bytes of all requests.
func (a *Attack) load(host string) [][]round {
	rounds := make([][]round, phones)
	for p := range rounds {
		fan := Fan{Seed: roll(a.Seed, uint64(p), 4), Channel: uint8(p % numChannels), InApp: p%20 == 0}
		for _, s := range a.Shots {
			rounds[p] = append(rounds[p], s.load(host, &fan))
		}
	}
	return rounds
}

// load makes the bytes of one request.
func (s *Shot) load(host string, phone *Fan) round {
	ch := channels(phone.Channel)
	target := strings.Replace(s.Target, clickWord, ch.param+"="+ch.prefix+nonceWord, 1)
	target = strings.Replace(target, nonceWord, nonceHole, 1)
	var all []byte
	switch s.As {
	case AsPhone:
		cut := jar{pairs: []cookie{{"cut", "here"}}}
		r := request{method: s.Method, target: target, body: s.Form, dest: document, referer: ch.referer, fan: phone, jar: &cut}
		all = r.write(nil, host)
	default:
		all = s.dressed(host, target)
	}
	head, tail, _ := strings.Cut(string(all), cookieHole)
	r := round{head: []byte(head), tail: []byte(tail)}
	if target != s.Target {
		r.nonce = strings.Index(head, nonceHole)
	}
	return r
}

// dressed is the request of a program that sends few header fields, in its own order.
func (s *Shot) dressed(host, target string) []byte {
	var b strings.Builder
	b.WriteString(s.Method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n")
	if s.As == AsBrowser {
		b.WriteString("Connection: keep-alive\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36\r\n" +
			"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n")
	} else {
		b.WriteString("User-Agent: python-requests/2.32.3\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n")
	}
	b.WriteString(cookieHole)
	if s.Method == "POST" {
		b.WriteString("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + strconv.Itoa(len(s.Form)) + "\r\n")
	}
	b.WriteString("\r\n" + s.Form)
	return []byte(b.String())
}

// write appends the request with its cookies and its chance.
func (r *round) write(b []byte, j *jar, dice uint64) []byte {
	b = append(b, r.head...)
	if r.nonce > 0 {
		writeNonce(b[r.nonce:r.nonce+len(nonceHole)], dice)
	}
	if j != nil && len(j.pairs) > 0 {
		b = append(b, "Cookie: "...)
		b = j.append(b)
		b = append(b, "\r\n"...)
	}
	return append(b, r.tail...)
}

// writeNonce writes 16 hex digits.
func writeNonce(b []byte, x uint64) {
	for i := range b {
		b[i] = "0123456789abcdef"[x>>(60-4*i)&15]
	}
}

// readNonce reads what writeNonce writes.
func readNonce(s string) (x uint64, ok bool) {
	x, err := strconv.ParseUint(s, 16, 64)
	return x, err == nil && strings.ToLower(s) == s
}

// cookiesOf are what a sender's next request brings; nil for none.
func (r *assault) cookiesOf(s *sender) *jar {
	switch r.Cookies {
	case KeepCookies:
	case StolenCookies:
		s = &r.thief
	default:
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return &jar{pairs: slices.Clone(s.jar.pairs)}
}

// fire sends one request and reads its answer.
func (r *assault) fire(d due) {
	a, sent := r.exchange(d, r.cookiesOf(d.from))
	if a != nil && r.Cookies == KeepCookies {
		d.from.keep(a)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if sent {
		r.report.Sent++
	}
	if a == nil {
		return
	}
	r.report.Answered++
	r.report.Statuses[a.status]++
	if a.state != "" {
		r.report.States[a.state]++
	}
	if a.treated != "" {
		r.report.Treated[a.treated]++
	}
}

func (s *sender) keep(a *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range a.cookies {
		s.jar.set(c)
	}
}

// exchange is one request over a connection; sent says that all of it was written. A
// kept connection that the other side has just closed is replaced once.
func (r *assault) exchange(d due, j *jar) (a *answer, sent bool) {
	b := &bearing{from: time.Now(), cap: shotWait}
	for again := false; ; again = true {
		c, err := r.pool.get(d.from.from, again, b)
		if err != nil {
			return nil, sent
		}
		c.out = d.what.write(c.out[:0], j, d.dice)
		if _, err = c.Write(c.out); err == nil {
			sent = true
			a, err = readAnswer(c.br, false)
		}
		if err == nil && a.keep && r.KeepAlive {
			r.pool.put(c)
			return a, sent
		}
		stale := err != nil && c.reused && !again && (errors.Is(err, io.EOF) || isReset(err))
		r.pool.drop(c)
		if !stale {
			return a, sent
		}
		sent = false
	}
}

// steal gets in as anybody would, by asking for the first shot until it is its turn. Its
// cookies are everybody's from the first one on.
func (r *assault) steal(ctx context.Context) {
	t := time.NewTicker(thiefAsks)
	defer t.Stop()
	for {
		a, sent := r.exchange(due{from: &r.thief, what: r.rounds[0][0], dice: r.nonce(0)}, r.cookiesOf(&r.thief))
		if a != nil {
			r.thief.keep(a)
		}
		r.mu.Lock()
		r.report.Planned++
		if sent {
			r.report.Sent++
		}
		r.mu.Unlock()
		r.thief.mu.Lock()
		in := r.thief.jar.has(insideCookies)
		r.thief.mu.Unlock()
		if in {
			return
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}
