package notify

import (
	"fmt"
	"net/url"
	"strings"
)

// Urgency says whether a message may wake somebody.
type Urgency uint8

// The urgencies.
const (
	Normal Urgency = iota // waits for quiet hours to end, and is gathered with others
	Urgent                // goes at once, at any hour, with what is urgent at the same moment
)

// String is "normal" or "urgent".
func (u Urgency) String() string {
	if u == Urgent {
		return "urgent"
	}
	return "normal"
}

// Link is a way to do something about a message: in most cases, to acknowledge it.
type Link struct {
	// Label is what stands on the button. Empty means "Acknowledge" in the message's
	// language.
	Label string
	// URL is absolute, http or https, without a user. It is a secret: whoever has it can
	// acknowledge. So it goes into the message, and nowhere else.
	URL string
}

// Message is something one person is to be told. Texts may come from strangers: each
// channel escapes them.
type Message struct {
	// ID is the idempotency key: another try has the same. 1 to 128 of A–Z, a–z, 0–9,
	// _ and -. Webhooks carry it as webhook-id, mails in their Message-ID.
	ID string
	// Recipient is who is meant, as the plan calls them. Messages of one recipient are
	// gathered; only webhooks carry it.
	Recipient string
	// Subject is the headline. Subject or Line must be there.
	Subject string
	// Line says in one line what happened.
	Line string
	// Text is what else is to be known. It may be empty and may have several lines.
	Text string
	// Links are shown as buttons, in order. At most [MaxLinks].
	Links []Link
	// Urgency is shown, and decides when the message goes.
	Urgency Urgency
	// Language is that of the few words that are added: "en", or "pl". Empty means "en".
	Language string
}

// MaxLinks is how many links a message may carry: Discord takes five rows of five
// buttons, and nobody reads more than twenty.
const MaxLinks = 20

// maxLinkLen bounds a link, in bytes: Discord takes 512 characters for the URL of a
// button (Discord docs, "Component Reference", Button), the others more.
const maxLinkLen = 512

// Check returns all that is wrong with m as [Faults], or nil.
func (m *Message) Check() error {
	var faults Faults
	if !isID(m.ID) {
		faults.add("ID", "must be 1 to 128 of A-Z, a-z, 0-9, _ and -", "make one up for each message and keep it for further tries")
	}
	if oneLine(m.Subject) == "" && oneLine(m.Line) == "" {
		faults.add("Subject", "and Line are both empty", "say what happened")
	}
	if len(m.Links) > MaxLinks {
		faults.add("Links", fmt.Sprintf("are %d, at most %d", len(m.Links), MaxLinks), "write the others into Text")
	}
	for i, l := range m.Links {
		if what := faultOfLink(l.URL); what != "" {
			faults.add(fmt.Sprintf("Links[%d]", i), what, "for example https://falochron.example/ack/…")
		}
	}
	if m.Language != "" && m.Language != "en" && m.Language != "pl" {
		faults.add("Language", "is not known", "en or pl")
	}
	if m.Urgency > Urgent {
		faults.add("Urgency", "is not known", "Normal or Urgent")
	}
	return faults.err()
}

func isID(s string) bool {
	return len(s) >= 1 && len(s) <= 128 && strings.Trim(s, wordBytes) == ""
}

// wordBytes are what ids and tokens are made of.
const wordBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

// faultOfLink says what is wrong with a link, without repeating it.
func faultOfLink(link string) string {
	u, err := url.Parse(link)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return "is no http or https address"
	case u.User != nil:
		return "carries a user or password"
	case len(link) > maxLinkLen:
		return fmt.Sprintf("is longer than %d bytes", maxLinkLen)
	case link != oneLine(link) || strings.ContainsAny(link, " <>\"`"):
		return "has characters that must be percent-encoded"
	}
	return ""
}

// Bounds where a channel names none, or where one part would leave no room for the
// next, in UTF-16 code units (guessed: mail programs show 200 of a subject at most).
const (
	maxTitle = 200
	maxLine  = 1000
	maxText  = 20_000
)

// title is the headline as it is shown.
func (m *Message) title() string {
	subject, line := oneLine(m.Subject), oneLine(m.Line)
	if subject == "" {
		subject = line
	}
	if m.Urgency == Urgent {
		subject = m.word("Urgent", "Pilne") + ": " + subject
	}
	return cut(subject, maxTitle)
}

// line is what is shown below the title; empty where the title says it.
func (m *Message) line() string {
	if oneLine(m.Subject) == "" {
		return ""
	}
	return cut(oneLine(m.Line), maxLine)
}

// label is what stands on the button of a link.
func (m *Message) label(l Link) string {
	if label := oneLine(l.Label); label != "" {
		return label
	}
	return m.word("Acknowledge", "Potwierdzam")
}

func (m *Message) word(english, polish string) string {
	if m.Language == "pl" {
		return polish
	}
	return english
}
