package notify

import (
	"context"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

const starttls = "&encryption=ExplicitTLS"

// A mail server refuses, and each refusal is understood.
func TestMailServersRefuse(t *testing.T) {
	user := "user:" + url.PathEscape(smtpPassword) + "@"
	other, _ := certificateFor(t, "other.example")
	for name, tc := range map[string]struct {
		server     func(*smtpServer)
		user, keys string
		want       want
	}{
		"550 recipient":        {func(s *smtpServer) { s.refuses["RCPT"] = "550 5.1.1 no such user" }, "", starttls, want{reason: Gone, final: true, status: 550, says: "recipient"}},
		"550 sender":           {func(s *smtpServer) { s.refuses["MAIL"] = "550 5.7.1 not you" }, "", starttls, want{reason: Refused, final: true, status: 550}},
		"554 content":          {func(s *smtpServer) { s.refuses["DATA"] = "554 5.7.1 spam" }, "", starttls, want{reason: Refused, final: true, status: 554}},
		"421 greeting":         {func(s *smtpServer) { s.greeting = "421 4.3.2 later" }, "", starttls, want{reason: Busy, status: 421}},
		"450 greylisted":       {func(s *smtpServer) { s.refuses["RCPT"] = "450 4.2.0 greylisted" }, "", starttls, want{reason: Busy, status: 450}},
		"452 full":             {func(s *smtpServer) { s.refuses["DATA"] = "452 4.3.1 full" }, "", starttls, want{reason: Busy, status: 452}},
		"535 password":         {func(s *smtpServer) { s.needsSignIn = true }, "user:wrong" + planted + "@", starttls, want{reason: Denied, final: true, status: 535}},
		"535 password expired": {func(s *smtpServer) { s.needsSignIn = true; s.refuses["AUTH"] = "535 5.7.8 the password has expired" }, user, starttls, want{reason: Denied, final: true, status: 535}},
		"530 no user":          {func(s *smtpServer) { s.needsSignIn = true }, "", starttls, want{reason: Denied, final: true, status: 530}},
		"no way to sign in":    {nil, user, starttls, want{reason: Denied, final: true, says: "no way to sign in"}},
		"no STARTTLS":          {func(s *smtpServer) { s.cert = nil }, "", starttls, want{reason: Insecure, final: true, says: "STARTTLS"}},
		"no STARTTLS, user":    {func(s *smtpServer) { s.cert, s.needsSignIn = nil, true }, user, starttls, want{reason: Insecure, final: true, says: "STARTTLS"}},
		"bad certificate":      {func(s *smtpServer) { s.cert = other }, "", starttls, want{reason: Insecure, final: true, says: "certificate"}},
		"bad certificate, smtps": {func(s *smtpServer) { s.cert, s.implicit = other, true }, "", "",
			want{reason: Insecure, final: true, says: "certificate"}},
		"another service": {func(s *smtpServer) { s.greeting = "HTTP/1.1 400 Bad Request" }, "", starttls, want{reason: Broken, says: "as one"}},
		"hangs up":        {func(s *smtpServer) { s.refuses["MAIL"] = "-" }, "", starttls, want{reason: Broken, says: "broke off"}},
		"hangs up at once": {func(s *smtpServer) { s.refuses["EHLO"] = "-" }, "", starttls,
			want{reason: Unreachable, says: "connection failed"}},
		"says too much": {func(s *smtpServer) { s.greeting = strings.Repeat("220-"+planted+" hello\r\n", 30_000) + "220 x" }, "", starttls, want{reason: Broken, says: "as one"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSMTP(t, tc.server)
			r, err := s.sender(tc.user, tc.keys).Send(t.Context(), hello())
			tc.want.check(t, r, err)
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.mail != "" {
				t.Error("it was taken all the same")
			}
			if strings.HasPrefix(name, "no STARTTLS") && slices.ContainsFunc(s.said, func(line string) bool { return strings.HasPrefix(line, "AUTH") || strings.HasPrefix(line, "MAIL") }) {
				t.Error("something was sent in the clear")
			}
		})
	}
}

// Mail arrives over STARTTLS, over TLS from the first byte, and in the clear on this
// machine; signed in, or not.
func TestMailArrives(t *testing.T) {
	user := "user:" + url.PathEscape(smtpPassword) + "@"
	for name, tc := range map[string]struct {
		server     func(*smtpServer)
		user, keys string
	}{
		"STARTTLS":           {nil, "", starttls},
		"STARTTLS, user":     {func(s *smtpServer) { s.needsSignIn = true }, user, starttls},
		"smtps, user":        {func(s *smtpServer) { s.needsSignIn, s.implicit = true, true }, user, ""},
		"this machine":       {func(s *smtpServer) { s.cert = nil }, "", ""},
		"this machine, user": {func(s *smtpServer) { s.cert, s.needsSignIn = nil, true }, user, ""},
		"bye goes wrong":     {func(s *smtpServer) { s.refuses["QUIT"] = "-" }, "", starttls},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSMTP(t, tc.server)
			first, err := s.sender(tc.user, tc.keys).Send(t.Context(), hello())
			want{id: first.ID}.check(t, first, err)
			m, raw := s.received()
			if m.Header.Get("Subject") != "A post at 20:00" || m.Header.Get("To") != "<ola+x@d.example>" || m.Header.Get("From") != `"Falochron \"B\"" <falochron@b.example>` ||
				m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Message-ID") != first.ID || m.Header.Get("Date") == "" || strings.Contains(raw, "go-mail") {
				t.Error(raw)
			}
			again, err := s.sender(tc.user, tc.keys).Send(t.Context(), hello())
			if err != nil || again.ID != first.ID {
				t.Errorf("another try is another mail: %s, %s, %v", first.ID, again.ID, err)
			}
		})
	}
}

// In the clear nothing leaves this machine, whatever networks are allowed and wherever
// the name leads.
func TestPlainMailStaysHere(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	w := &wire{ctx: t.Context(), target: &mailTarget{plain: true}, sender: &Sender{}}
	w.sender.dial = func(_ context.Context, _, _ string) (net.Conn, error) { return ours, nil }
	defer w.close()
	if _, err := w.dial(t.Context(), "tcp", "localhost:25"); err == nil {
		t.Error("a connection to somewhere else was taken")
	}
}

// A server that never answers is left when the time is over, at whatever step.
func TestSlowMailServers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for _, scheme := range []string{"smtp", "smtps"} {
		s := sender(t, scheme+"://127.0.0.1:"+port+"/?from=a@b.example&to=c@d.example", nil, func(o *Options) { o.Timeout = 50 * time.Millisecond })
		r, err := s.Send(t.Context(), hello())
		want{reason: Unreachable, says: "no answer in time"}.check(t, r, err)
	}
}

// Whoever calls a mail off is not kept waiting by the server.
func TestMailCalledOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newSMTP(t, func(s *smtpServer) { s.refuses["MAIL"], s.never = "never", cancel })
	r, err := s.sender("", starttls, func(o *Options) { o.Timeout = maxTimeout }).Send(ctx, hello())
	want{reason: Unreachable, says: "called off"}.check(t, r, err)
}

// What strangers write stays in the field or the element where it was put.
func TestNastyMails(t *testing.T) {
	s := newSMTP(t, nil)
	send := s.sender("", starttls)
	for _, m := range nastyMessages() {
		if _, err := send.Send(t.Context(), m); err != nil {
			t.Errorf("%.40q: %v", m.Subject, err)
			continue
		}
		got, raw := s.received()
		subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
		if err != nil || subject != strings.ReplaceAll(m.title(), "=?", "= ?") {
			t.Errorf("subject %q, %v; want %q", subject, err, m.title())
		}
		for field := range got.Header {
			if field == "Bcc" || field == "Cc" {
				t.Errorf("%s: %s", field, raw)
			}
		}
		to, err := got.Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != "ola+x@d.example" {
			t.Errorf("to %v, %v", to, err)
		}
		parts := partsOf(t, got)
		if !strings.Contains(parts["text/plain"], m.title()) || !strings.Contains(parts["text/plain"], m.Links[0].URL) {
			t.Errorf("%.300s", parts["text/plain"])
		}
		checkHTML(t, parts["text/html"], m)
	}
}

func partsOf(t *testing.T, m *mail.Message) map[string]string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatal(kind, err)
	}
	out := map[string]string{}
	r := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			t.Fatal(p.Header)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		out[kind] = strings.ReplaceAll(string(body), "\r\n", "\n")
	}
}

// checkHTML reads the page as a browser does: no element and no link but ours, and the
// title as it was written.
func checkHTML(t *testing.T, page string, m Message) {
	t.Helper()
	title, links := "", []string{}
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if title != m.title() || len(links) != len(m.Links) || links[0] != m.Links[0].URL {
				t.Errorf("title %q, links %q: %.600s", title, links, page)
			}
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			tag := z.Token()
			switch tag.Data {
			case "a":
				links = append(links, tag.Attr[0].Val)
			case "h1":
				z.Next()
				title = string(z.Text())
			case "html", "head", "meta", "title", "body", "p":
			default:
				t.Errorf("element %s", tag)
			}
			for _, a := range tag.Attr {
				if strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s", tag)
				}
			}
		}
	}
}

// What a mail says, letter by letter.
func TestMailTexts(t *testing.T) {
	m := hello()
	m.Urgency, m.Language = Urgent, "pl"
	p := pageOf(&m)
	if got, want := p.text(), "Pilne: A post at 20:00\n\n30,000 people are expected.\n\nThe shop takes 120 orders a minute.\n\nTell the host.\n\nPotwierdzam:\nhttps://falochron.example/ack/pl4ntedSecret\n"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	got, err := p.html()
	if err != nil || !strings.Contains(got, `<html lang="pl">`) || !strings.Contains(got, "<p style=\"white-space:pre-line\">Tell the host.</p>") {
		t.Errorf("%s, %v", got, err)
	}
}
