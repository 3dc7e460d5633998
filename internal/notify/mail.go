package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	netmail "net/mail"
	"net/textproto"
	"strconv"
	"strings"

	mail "github.com/wneessen/go-mail"
)

// mailTarget is one mailbox, and the server that takes mail for it.
type mailTarget struct {
	host           string
	port           int
	implicit       bool // TLS from the first byte; otherwise STARTTLS
	plain          bool // no TLS: on this machine only
	user           string
	password       secret
	fromName, from string
	to             string
}

const formMail = "smtp://USER:PASSWORD@HOST:587/?from=A&to=B"

// mailWhy says of keys that shoutrrr knows why they mean nothing here.
var mailWhy = map[string]string{
	"auth": "what the server offers is taken", "clienthost": "the domain of from is said", "subject": "each message has its own", "title": "each message has its own",
	"usehtml": "mails have both, text and HTML", "usestarttls": "encryption is never left out beyond this machine", "starttls": "encryption is never left out beyond this machine",
	"requirestarttls": "it always is, beyond this machine", "skiptlsverify": "certificates are always checked", "timeout": "whoever runs Falochron bounds it",
}

// mail reads smtp://USER:PASSWORD@HOST:587/?from=A&to=B and smtps://.
func (r *reading) mail() Address {
	to := &mailTarget{host: r.host("server"), port: 587, implicit: r.scheme == "smtps"}
	to.encryption(r)
	if to.implicit {
		to.port = 465
	}
	r.port()
	if p, err := strconv.Atoi(r.url.Port()); err == nil {
		to.port = p
	}
	user, password := r.user()
	to.user, to.password = user, keep(password)
	if (user == "") != (password == "") {
		r.faults.add("user", "and password belong together", "give both, or neither where the server asks for none")
	}
	to.from = r.mailbox("from", "from", "fromaddress")
	to.fromName = oneLine(r.take("fromname"))
	to.to = r.mailbox("to", "to", "toaddresses")
	r.bare()
	r.end(mailWhy)
	return Address{channel: Mail, where: "e-mail to " + to.to + " by " + to.host, to: to}
}

// encryption reads what shoutrrr calls so.
func (t *mailTarget) encryption(r *reading) {
	here := t.host == "localhost" || t.host == "127.0.0.1" || t.host == "::1"
	switch said := strings.ToLower(r.take("encryption")); {
	case said == "" || said == "auto":
		// A relay on this machine often has no certificate for such a name, and what is
		// sent there crosses no wire.
		t.plain = here && !t.implicit
	case said == "implicittls":
		t.implicit = true
	case said == "explicittls" && !t.implicit:
	case said == "none" && !t.implicit && here:
		t.plain = true
	case said == "none":
		r.faults.add("encryption", "may not be none", "only on this machine: localhost, 127.0.0.1 or ::1")
	default:
		r.faults.add("encryption", "is not known, or not with smtps", "Auto, ExplicitTLS, ImplicitTLS or None")
	}
}

// mailbox is one bare address under a key.
func (r *reading) mailbox(part string, names ...string) string {
	s := r.take(names...)
	a, err := netmail.ParseAddress(s)
	switch {
	case s == "":
		r.faults.add(part, "is missing", "name@domain")
	case strings.Contains(s, ",") && part == "to":
		r.faults.add(part, "names several", "one person, one address: a further try must not reach those who have it already")
	case err != nil || a.Name != "" || a.Address != s || strings.ContainsAny(s, "\"<>") || len(s) > 254: // RFC 5321, 4.5.3.1.3
		r.faults.add(part, "is no mail address", "name@domain, with + as %2B")
	}
	return s
}

func (t *mailTarget) endpoint(Services) string {
	scheme := "smtp"
	if t.plain {
		scheme = "smtp+plain"
	}
	return scheme + "://" + net.JoinHostPort(t.host, strconv.Itoa(t.port))
}

// domain is what follows the @.
func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// message makes a mail of m. Its Message-ID is the same for each try, so that whoever
// got it twice is shown it once.
func (t *mailTarget) message(m *Message) (*mail.Msg, error) {
	out := mail.NewMsg(mail.WithNoDefaultUserAgent())
	out.FromMailAddress(&netmail.Address{Name: t.fromName, Address: t.from})
	if err := out.To(t.to); err != nil {
		return nil, err
	}
	out.Subject(subjectOf(m))
	hash := sha256.Sum256([]byte(m.ID + "\n" + t.to))
	out.SetMessageIDWithValue("falochron." + hex.EncodeToString(hash[:16]) + "@" + domain(t.from))
	out.SetDate()
	out.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday answers
	if m.Urgency == Urgent {
		out.SetImportance(mail.ImportanceHigh)
	}
	p := pageOf(m)
	out.SetBodyString(mail.TypeTextPlain, p.text())
	html, err := p.html()
	if err != nil {
		return nil, err
	}
	out.AddAlternativeString(mail.TypeTextHTML, html)
	return out, nil
}

// subjectOf is the title, such that nothing in it looks encoded (RFC 2047): a mail
// program would show what a stranger has hidden there.
func subjectOf(m *Message) string { return strings.ReplaceAll(m.title(), "=?", "= ?") }

// signIns are the ways to sign in, best first. NTLM and CRAM-MD5 are broken.
var signIns = []mail.SMTPAuthType{mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin}

func (t *mailTarget) send(ctx context.Context, s *Sender, m *Message) (string, *Failure) {
	msg, err := t.message(m)
	if err != nil {
		return "", fails(Refused, true, "the mail cannot be written", "please report it")
	}
	w := &wire{sender: s, target: t, ctx: ctx}
	defer w.close()
	c, err := mail.NewClient(t.host, t.options(s, w)...)
	if err != nil {
		return "", fails(Refused, true, "the mail server's settings cannot be used", "please report it")
	}
	conn, err := c.DialToSMTPClientWithContext(ctx)
	if err == nil {
		if err = c.SendWithSMTPClient(conn, msg); err == nil {
			_ = conn.Quit() // it has the mail; how it takes leave changes nothing
			return msg.GetMessageID(), nil
		}
	}
	return "", t.failure(ctx, w, err, conn != nil)
}

func (t *mailTarget) options(s *Sender, w *wire) []mail.Option {
	options := []mail.Option{
		mail.WithPort(t.port), mail.WithTimeout(s.timeout), mail.WithHELO(domain(t.from)), mail.WithDialContextFunc(w.dial),
		mail.WithTLSConfig(w.config()), mail.WithoutNoop(), mail.WithoutRset(),
	}
	switch {
	case t.implicit:
		options = append(options, mail.WithSSL())
	case t.plain:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if t.user != "" {
		options = append(options, mail.WithUsername(t.user), mail.WithPassword(t.password.text()), mail.WithOpportunisticSMTPAuth(signIns...))
	}
	return options
}

// failure says what an SMTP server meant; in tells that it had let us in. What it said in
// words is not repeated: it could be anybody's server, and it has heard the password.
func (t *mailTarget) failure(ctx context.Context, w *wire, err error, in bool) *Failure {
	code, mailbox := 0, false
	if e, ok := errors.AsType[*mail.SendError](err); ok {
		code, mailbox = e.ErrorCode(), e.Reason == mail.ErrSMTPRcptTo
	} else if e, ok := errors.AsType[*textproto.Error](err); ok {
		code = e.Code
	}
	switch {
	case code == 530 || code == 534 || code == 535 || code == 538: // RFC 4954, section 6
		return t.said(code, fails(Denied, true, "the mail server does not take user and password", hintToken))
	case code >= 400 && code < 500: // RFC 5321, 4.2.1: transient
		return t.said(code, fails(Busy, false, "the mail server asks to come back later", hintAgain))
	case code >= 500 && mailbox:
		return t.said(code, fails(Gone, true, "the mail server does not know the recipient, or does not take mail for it", "is the address right, and may this user send there?"))
	case code >= 500:
		return t.said(code, fails(Refused, true, "the mail server does not take the mail", "may this user send as from?"))
	case !w.connected, ctx.Err() != nil, isNetwork(err):
		return unreached(ctx, err)
	}
	// The library has no types for the rest. What it is, is seen by how far it got.
	f := unreached(ctx, err)
	_, strange := errors.AsType[textproto.ProtocolError](err)
	switch {
	case f.Reason == Insecure:
		return f
	case strange, errors.Is(err, errTooMuch):
		return fails(Broken, false, "the mail server does not answer as one", "is this the port of a mail server?")
	case in:
		return fails(Broken, false, "the mail server broke off", hintAgain)
	case !t.plain && !w.encrypted:
		return fails(Insecure, true, "the mail server offers no encryption (STARTTLS)", "is this the port for sending mail (587, or smtps:// with 465)?")
	case t.user != "":
		return fails(Denied, true, "the mail server offers no way to sign in that is known here", "known are SCRAM-SHA-256, PLAIN and LOGIN")
	}
	return fails(Broken, false, "the mail server does not answer as one", hintAgain)
}

func (t *mailTarget) said(code int, f *Failure) *Failure {
	f.Status = code
	f.err.Public += " (" + strconv.Itoa(code) + ")"
	return f
}

// isNetwork reports whether a connection broke.
func isNetwork(err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
