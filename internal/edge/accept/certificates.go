package accept

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// certificates are pairs of files, read again when they change. A new file
// that cannot be used leaves the old one in force.
type certificates struct {
	every  time.Duration
	log    *slog.Logger
	inUse  atomic.Pointer[[]*tls.Certificate] // in the order of the configuration
	checks sync.Mutex                         // guards the following fields; taken by one handshake at a time
	pairs  []watchedPair
	next   time.Time // when to look at the files again
}

type watchedPair struct {
	Pair
	seen  [2]stamp // the files as last looked at, whether or not they could be used
	stale bool     // seen could not be used
}

// stamp tells whether a file may have changed.
type stamp struct {
	modified time.Time
	size     int64
}

func (p Pair) stamps() (s [2]stamp) {
	for i, name := range []string{p.Certificate, p.Key} {
		if info, err := os.Stat(name); err == nil {
			s[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return s
}

// loadCertificates reads all pairs; here one bad pair is a fault.
func loadCertificates(pairs []Pair, every time.Duration, log *slog.Logger) (*certificates, error) {
	c := &certificates{every: every, log: log, next: time.Now().Add(every)}
	var loaded []*tls.Certificate
	for _, p := range pairs {
		seen := p.stamps()
		cert, err := tls.LoadX509KeyPair(p.Certificate, p.Key)
		if err != nil {
			return nil, certificateError(p, err)
		}
		c.warnIfExpired(p, &cert)
		loaded = append(loaded, &cert)
		c.pairs = append(c.pairs, watchedPair{Pair: p, seen: seen})
	}
	c.inUse.Store(&loaded)
	return c, nil
}

// get chooses the certificate for a handshake (tls.Config.GetCertificate).
func (c *certificates) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.refresh(time.Now())
	loaded := *c.inUse.Load()
	for _, cert := range loaded {
		if hello.SupportsCertificate(cert) == nil {
			return cert, nil
		}
	}
	return loaded[0], nil
}

// refresh looks whether files have changed, if it is time to. Handshakes that
// come meanwhile go on with what there is.
func (c *certificates) refresh(now time.Time) {
	if c.every < 0 || !c.checks.TryLock() {
		return
	}
	defer c.checks.Unlock()
	if now.Before(c.next) {
		return
	}
	c.next = now.Add(c.every)
	loaded := append([]*tls.Certificate(nil), *c.inUse.Load()...)
	for i := range c.pairs {
		p := &c.pairs[i]
		seen := p.stamps()
		changed := seen != p.seen
		if !changed && !p.stale {
			continue
		}
		p.seen = seen
		cert, err := tls.LoadX509KeyPair(p.Certificate, p.Key)
		p.stale = err != nil
		switch {
		case err == nil:
			loaded[i] = &cert
			c.warnIfExpired(p.Pair, &cert)
			c.log.Info("new certificate in use", "file", p.Certificate, "until", cert.Leaf.NotAfter)
		case changed: // say it once for each change, not at every look
			c.log.Error("new certificate cannot be used, the old one stays", "file", p.Certificate, "err", err)
		}
	}
	c.inUse.Store(&loaded)
}

func (c *certificates) warnIfExpired(p Pair, cert *tls.Certificate) {
	if time.Now().After(cert.Leaf.NotAfter) {
		c.log.Warn("certificate has expired; browsers will refuse it", "file", p.Certificate, "since", cert.Leaf.NotAfter)
	}
}
