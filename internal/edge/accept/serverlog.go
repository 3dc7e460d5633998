package accept

import (
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"time"
)

// serverLog takes what net/http and its HTTP/2 have to say. Much of it is said
// of connections whose peer broke the protocol, with the peer's address and
// words, and anybody can make them say it as often as they like. So addresses
// are shortened as in the journal, words are left out, and few lines are let
// through; the metrics count them all.
type serverLog struct {
	server *Server
	theirs sparing // lines a peer can provoke
	ours   sparing // the rest: a socket that accepts no more, a mistake of ours
}

// Write takes one line of a log.Logger.
func (l *serverLog) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	if strings.HasPrefix(text, "http: TLS handshake error") {
		l.server.counts.handshakes.Add(1) // scanners and closed tabs: counted, not logged
		return len(line), nil
	}
	said := withoutAddresses(withoutWords(text))
	few := &l.ours
	if said != text || strings.HasPrefix(text, "http2:") || strings.HasPrefix(text, "timeout waiting for ") {
		l.server.counts.broken.Add(1)
		few = &l.theirs
	}
	if keptBack, ok := few.mayTell(time.Now()); ok {
		l.server.cfg.Log.Warn("http server", "said", said[:min(len(said), longestSaid)], "kept_back", keptBack)
	}
	return len(line), nil
}

// rest tells at the end how many lines were kept back since the last one told.
func (l *serverLog) rest() {
	if n := l.theirs.left() + l.ours.left(); n > 0 {
		l.server.cfg.Log.Warn("http server", "said", "no more", "kept_back", n)
	}
}

const (
	longestSaid  = 300         // bytes of a line; the longest of net/http without words has half of it
	toldAtOnce   = 5           // lines in each tellingEvery: enough to see what kind it is
	tellingEvery = time.Minute // guessed: an attack of a day is 7,200 lines, not a full disk
)

// sparing lets toldAtOnce lines through in each tellingEvery and counts the
// others.
type sparing struct {
	mu    sync.Mutex // guards the following fields
	since time.Time  // when the interval began
	told  int        // lines let through in it
	kept  uint64     // lines kept back since the last one let through
}

// mayTell reports whether a line may be logged now, and how many were kept back
// before it.
func (s *sparing) mayTell(now time.Time) (keptBack uint64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.since) >= tellingEvery {
		s.since, s.told = now, 0
	}
	if s.told >= toldAtOnce {
		s.kept++
		return 0, false
	}
	s.told++
	keptBack, s.kept = s.kept, 0
	return keptBack, true
}

// left is how many lines were kept back and not told of; it forgets them.
func (s *sparing) left() (n uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, s.kept = s.kept, 0
	return n
}

// quoted is what a peer wrote, as %q shows it.
var quoted = regexp.MustCompile(`"(?:\\.|[^"\\])*"`)

func withoutWords(text string) string { return quoted.ReplaceAllString(text, `"…"`) }

// addressLike is what may be an address, with or without a port: IPv6 in
// brackets, IPv6 bare, IPv4.
var addressLike = regexp.MustCompile(`\[[0-9A-Fa-f:.]+(?:%[^\]\s]*)?\](?::\d+)?|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]*(?:%\w+)?|\d+\.\d+\.\d+\.\d+(?::\d+)?`)

// withoutAddresses puts the network in the place of every address in a text;
// ports are left out. The unspecified address is nobody's and stays.
func withoutAddresses(text string) string {
	return addressLike.ReplaceAllStringFunc(text, func(found string) string {
		// A bare IPv6 address takes the colon of the sentence with it.
		for part := found; part != ""; part = part[:len(part)-1] {
			addr, err := netip.ParseAddr(strings.Trim(part, "[]"))
			if err != nil {
				var both netip.AddrPort
				both, err = netip.ParseAddrPort(part)
				addr = both.Addr()
			}
			switch {
			case err == nil && addr.IsUnspecified():
				return found
			case err == nil:
				return Shorten(addr) + found[len(part):]
			case !strings.HasSuffix(part, ":") && !strings.HasSuffix(part, "."):
				return found
			}
		}
		return found
	})
}
