package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// Services says where services are that have one place in the world. Empty fields mean
// there. Others are for relays, an own Telegram Bot API server, and tests; they are
// for whoever runs Falochron, never for who gives an [Address].
type Services struct {
	SlackHooks string // default https://hooks.slack.com
	SlackAPI   string // default https://slack.com
	Discord    string // default https://discord.com
	Telegram   string // default https://api.telegram.org
}

// Options are what whoever runs Falochron says about sending.
type Options struct {
	// Allow are networks that may be connected to besides the public internet:
	// 127.0.0.0/8 for a relay on this machine. Empty means none.
	Allow []netip.Prefix
	// Timeout bounds one try, from DNS to the last byte of the answer. Zero means 20 s
	// (guessed: a healthy service answers within 2 s, and mail servers that look up
	// black lists within 10 s). From 1 ms to 5 min.
	Timeout time.Duration
	// RootCAs are the authorities servers are checked against. Nil means the system's.
	RootCAs *x509.CertPool
	// Services are where services are. Empty means where they are for everybody.
	Services Services

	resolver *net.Resolver // nil: the system's
}

// The bounds of Options.Timeout.
const (
	defaultTimeout = 20 * time.Second
	minTimeout     = time.Millisecond
	maxTimeout     = 5 * time.Minute
)

// Sender brings messages to one address. It holds no connection and may be used by
// many at once.
type Sender struct {
	address  Address
	services Services
	timeout  time.Duration
	tls      *tls.Config
	dial     func(ctx context.Context, network, address string) (net.Conn, error)
}

// New makes the sender of an address. An error is of kind Invalid: the address is none,
// or an option is out of its bounds.
func New(a Address, o Options) (*Sender, error) {
	const op = "prepare to send"
	if a.to == nil {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: op, Public: "no address", Hint: "ParseAddress makes one"}
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Timeout < minTimeout || o.Timeout > maxTimeout {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: op, Public: "a time-out of " + o.Timeout.String(), Hint: "from " + minTimeout.String() + " to " + maxTimeout.String()}
	}
	o.Services = o.Services.orDefault()
	at, err := url.Parse(a.to.endpoint(o.Services))
	if err != nil || at.Host == "" {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: op, Public: "the service's own address cannot be used", Hint: "for example https://relay.example"}
	}
	g := guard{allow: o.Allow, plain: at.Scheme == "http" || at.Scheme == "smtp+plain"}
	return &Sender{
		address: a, services: o.Services, timeout: o.Timeout,
		tls:  &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		dial: g.dialer(o.resolver),
	}, nil
}

func (s Services) orDefault() Services {
	set := func(at *string, to string) {
		if *at == "" {
			*at = to
		}
		*at = strings.TrimRight(*at, "/")
	}
	set(&s.SlackHooks, "https://hooks.slack.com")
	set(&s.SlackAPI, "https://slack.com")
	set(&s.Discord, "https://discord.com")
	set(&s.Telegram, "https://api.telegram.org")
	return s
}

// Receipt says that a service has taken a message. Whether somebody has read it, only an
// acknowledgement says.
type Receipt struct {
	Channel Channel
	Where   string        // as [Address.String]
	ID      string        // what the service calls the message; empty if it does not say
	At      time.Time     // when it was taken
	Took    time.Duration // how long that took
}

// Send makes one try. The error is a [*Failure]; after one that is not final, the message
// may have arrived all the same if the answer got lost, which is what [Message.ID] is
// for.
func (s *Sender) Send(ctx context.Context, m Message) (Receipt, error) {
	start := time.Now()
	id, failed := s.try(ctx, &m)
	if failed != nil {
		failed.err.Op = "send to " + s.address.String()
		return Receipt{}, failed
	}
	now := time.Now()
	return Receipt{Channel: s.address.channel, Where: s.address.String(), ID: id, At: now, Took: now.Sub(start)}, nil
}

func (s *Sender) try(ctx context.Context, m *Message) (string, *Failure) {
	if err := m.Check(); err != nil {
		f := fails(Refused, true, "the message cannot be sent", "each line says what is wrong with it")
		f.err.Err = err
		return "", f
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	return s.address.to.send(ctx, s, m)
}
