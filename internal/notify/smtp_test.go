package notify

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// smtpServer is as much of a mail server (RFC 5321, 3207, 4954) as a sender meets, and
// refuses what it is told to.
type smtpServer struct {
	t           *testing.T
	port        string
	cert        *tls.Certificate // nil: no TLS
	implicit    bool
	needsSignIn bool
	greeting    string
	refuses     map[string]string // by the first word of a command: the answer
	roots       *x509.CertPool
	never       func() // called where a command is never answered

	mu   sync.Mutex
	said []string
	mail string
	done sync.WaitGroup
}

func newSMTP(t *testing.T, change func(*smtpServer)) *smtpServer {
	t.Helper()
	cert, roots := certificateFor(t, "127.0.0.1")
	s := &smtpServer{t: t, cert: cert, roots: roots, greeting: "220 mail.example ESMTP", refuses: map[string]string{}}
	if change != nil {
		change(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, s.port, _ = net.SplitHostPort(l.Addr().String())
	s.done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.done.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); s.done.Wait() })
	return s
}

// certificateFor is one for a loopback address or a name, and who signed it.
func certificateFor(t *testing.T, name string) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(name); ip != nil {
		tmpl.IPAddresses = []net.IP{ip}
	} else {
		tmpl.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func (s *smtpServer) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	encrypted := false
	if s.implicit {
		t := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{*s.cert}})
		if t.Handshake() != nil {
			return
		}
		c, encrypted = t, true
	}
	r := bufio.NewReader(c)
	say := func(line string) { _, _ = io.WriteString(c, line+"\r\n") }
	say(s.greeting)
	signedIn := !s.needsSignIn
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.mu.Lock()
		s.said = append(s.said, line)
		s.mu.Unlock()
		word, rest, _ := strings.Cut(line, " ")
		word = strings.ToUpper(word)
		answer := s.refuses[word]
		switch {
		case answer == "-": // hangs up
			return
		case answer == "never":
			s.never()
		case answer != "" && word != "DATA":
			say(answer)
		case word == "EHLO":
			say("250-mail.example")
			if s.cert != nil && !encrypted {
				say("250-STARTTLS")
			}
			if s.needsSignIn && (encrypted || s.cert == nil) {
				say("250-AUTH PLAIN LOGIN")
			}
			say("250 8BITMIME")
		case word == "STARTTLS" && s.cert != nil && !encrypted:
			say("220 go on")
			t := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{*s.cert}})
			if t.Handshake() != nil {
				return
			}
			c, r, encrypted = t, bufio.NewReader(t), true
		case word == "AUTH":
			kind, coded, _ := strings.Cut(rest, " ")
			words, _ := base64.StdEncoding.DecodeString(coded)
			if kind == "PLAIN" && string(words) == "\x00user\x00"+smtpPassword {
				signedIn = true
				say("235 2.7.0 in")
			} else {
				say("535 5.7.8 " + coded + " " + smtpPassword)
			}
		case !signedIn && (word == "MAIL" || word == "RCPT"):
			say("530 5.7.0 sign in")
		case word == "MAIL", word == "RCPT", word == "RSET", word == "NOOP":
			say("250 2.0.0 ok")
		case word == "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				b.WriteString(strings.TrimPrefix(line, "."))
			}
			if answer != "" {
				say(answer)
				continue
			}
			s.mu.Lock()
			s.mail = b.String()
			s.mu.Unlock()
			say("250 2.0.0 queued as 4711")
		case word == "QUIT":
			say("221 bye")
			return
		default:
			say("502 what?")
		}
	}
}

// sender is one to this server; keys are added to its address.
func (s *smtpServer) sender(user, keys string, change ...func(*Options)) *Sender {
	s.t.Helper()
	scheme := "smtp"
	if s.implicit {
		scheme = "smtps"
	}
	raw := fmt.Sprintf("%s://%s127.0.0.1:%s/?from=falochron@b.example&fromname=Falochron%%20%%22B%%22&to=ola%%2Bx@d.example%s", scheme, user, s.port, keys)
	return sender(s.t, raw, nil, append([]func(*Options){func(o *Options) { o.RootCAs = s.roots }}, change...)...)
}

// received is the last mail, read as a mail program does.
func (s *smtpServer) received() (*mail.Message, string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := mail.ReadMessage(strings.NewReader(s.mail))
	if err != nil {
		s.t.Fatalf("%v: %s", err, s.mail)
	}
	return m, s.mail
}
