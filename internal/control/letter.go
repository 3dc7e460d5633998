package control

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/notify"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// letter is one notice for one contact, as the outbox keeps it. It holds neither the
// contact's address nor a link: both are secrets, and are put in when it is sent.
type letter struct {
	Key      string        `json:"key"`
	Notice   string        `json:"notice"` // [plan.Notice.ID]
	About    string        `json:"about,omitempty"`
	Shop     plan.ID       `json:"shop"`
	Campaign plan.ID       `json:"campaign"`
	To       plan.Service  `json:"to"`
	Level    plan.Level    `json:"level"`
	Told     time.Time     `json:"told"` // from when it is to be told
	Urgent   bool          `json:"urgent,omitempty"`
	Contact  string        `json:"contact"` // the mark of its address
	Name     string        `json:"name"`    // of the contact
	Language plan.Language `json:"language,omitempty"`
	Subject  string        `json:"subject"`
	Line     string        `json:"line,omitempty"`
	Text     string        `json:"text,omitempty"`
}

// envelope is the body of a message in the outbox: a letter, or several that go as one.
type envelope struct {
	Letters []letter `json:"letters"`
	// More are further ones that go with them and are only counted.
	More int `json:"more,omitempty"`
	// Crowded says that so much was urgent that it waited until the window was over.
	Crowded bool `json:"crowded,omitempty"`
}

// laneNotice is the lane of the plan's notices in the outbox.
const laneNotice = "notice"

func (e *envelope) body() []byte {
	b, err := json.Marshal(e)
	if err != nil {
		panic(err) // of plain values
	}
	return b
}

// opened reads the body of a message of the outbox.
func opened(m *store.Message) (e envelope, ok bool) {
	err := json.Unmarshal(m.Body, &e)
	return e, m.Lane == laneNotice && err == nil && len(e.Letters) > 0
}

// mark names an address without showing it: it holds a secret.
func mark(address string) string {
	sum := sha256.Sum256([]byte("contact\x00" + address))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// keyOf is the same whenever the same is to be told at the same address.
func keyOf(notice, contact string) string {
	sum := sha256.Sum256([]byte(notice + "\x00" + contact))
	return "n-" + hex.EncodeToString(sum[:16])
}

// write makes the letter of a notice for a contact.
func write(n *plan.Notice, r *plan.Reader, c plan.Contact) letter {
	l := letter{
		Notice: n.ID, About: n.About, Shop: n.Shop, Campaign: n.Campaign, To: n.To, Level: n.Level, Told: n.At, Urgent: n.Urgent,
		Contact: mark(c.Address), Name: c.Name, Language: r.Language,
	}
	l.Key = keyOf(n.ID, l.Contact)
	l.Subject = r.Shop + ": " + strings.TrimSuffix(n.Reason.Sentence(r.Language), ".")
	l.Line = occasion(n).In(r.Language) + " · " + r.Party + " (" + n.To.Role.In(r.Language) + ")"
	if n.About != "" {
		l.Text = plan.Words{
			EN: "One tap on the button says that you have read it, and nobody asks you again.",
			PL: "Jedno dotknięcie przycisku mówi, że to przeczytano, i nikt już o to nie zapyta.",
		}.In(r.Language)
		if strings.HasPrefix(n.About, string(n.Campaign)+"/step/") {
			l.Text = plan.Words{
				EN: "One tap on the button says that you have read it. When it is done, confirm it on the page.",
				PL: "Jedno dotknięcie przycisku mówi, że to przeczytano. Gdy zrobione, potwierdź to na stronie.",
			}.In(r.Language)
		}
	}
	return l
}

// occasion says why somebody is written to.
func occasion(n *plan.Notice) plan.Words {
	switch {
	case n.Reason.Kind == "whose-wave":
		return plan.Words{EN: "A question to you, now", PL: "Pytanie do Ciebie, teraz"}
	case n.Reason.Kind == "unheard":
		return plan.Words{EN: "Somebody has not answered yet", PL: "Ktoś jeszcze nie odpowiedział"}
	case n.Level == plan.Everybody:
		return plan.Words{EN: "Something is missing", PL: "Czegoś brakuje"}
	case n.Level == plan.Again:
		return plan.Words{EN: "A reminder", PL: "Przypomnienie"}
	case strings.HasSuffix(n.Reason.Kind, "-of-you"), n.Reason.Kind == "asked-now":
		return plan.Words{EN: "Something is asked of you", PL: "Prośba do Ciebie"}
	}
	return plan.Words{EN: "News", PL: "Nowa wiadomość"}
}

// hearingFor is how long the link in a message can be used: longer than anything is
// told, and short enough for a message that is found years later.
const hearingFor = 14 * 24 * time.Hour

// message is the letter as it is sent, with its links. seal signs what a link says.
func (l *letter) message(pages string, seal func(string) string, now time.Time) notify.Message {
	m := notify.Message{
		ID: l.Key, Recipient: string(l.To.Party), Subject: l.Subject, Line: l.Line, Text: l.Text, Language: string(l.Language),
	}
	if l.Urgent {
		m.Urgency = notify.Urgent
	}
	if l.About != "" {
		h := Hearing{To: l.To, Campaign: l.Campaign, matter: matterOf(l.About), contact: l.Contact, until: now.Add(hearingFor)}
		m.Links = append(m.Links, notify.Link{URL: pages + "/plan/n/" + seal(h.says())})
	}
	m.Links = append(m.Links, l.page(pages))
	return m
}

// page leads to the reader's own page: whoever has opened the link that was given to
// him finds it there.
func (l *letter) page(pages string) notify.Link {
	path := "/plan/campaign/" + string(l.Campaign)
	switch l.To.Role {
	case plan.Influencer:
		path = "/plan/next/" + string(l.Shop)
	case plan.Host:
		path = "/plan/host"
	default:
		if l.Campaign == "" {
			path = "/plan/next/" + string(l.Shop)
		}
	}
	return notify.Link{Label: plan.Words{EN: "Open the page", PL: "Otwórz stronę"}.In(l.Language), URL: pages + path}
}

// rest is the message that stands for those that are only counted.
func (e *envelope) rest(pages string) notify.Message {
	l := &e.Letters[0]
	count := l.Language.Number(float64(e.More))
	m := notify.Message{
		ID: "more-" + l.Key, Recipient: string(l.To.Party), Language: string(l.Language),
		Subject: plan.Words{EN: "And " + count + " more, on your page", PL: "Pozostałe na Twojej stronie: " + count}.In(l.Language),
		Links:   []notify.Link{l.page(pages)},
	}
	return m
}

// one is the message of the envelope: the letter, or all of them gathered.
func (e *envelope) one(pages string, seal func(string) string, now time.Time) notify.Message {
	if len(e.Letters) == 1 && e.More == 0 {
		return e.Letters[0].message(pages, seal, now)
	}
	headed := e.headed()
	var buttons plan.Words
	if slices.ContainsFunc(e.Letters, func(l letter) bool { return l.About != "" }) {
		buttons = plan.Words{
			EN: "Each button says that you have read one of these. What is done is confirmed on the page.",
			PL: "Każdy przycisk mówi, że przeczytano jedną z tych spraw. Co zrobione, potwierdza się na stronie.",
		}
	}
	var all []notify.Waiting
	var open []notify.Link // the pages; most have the same
	for i := range e.Letters {
		l := &e.Letters[i]
		m := l.message(pages, seal, now)
		switch page := l.page(pages); {
		case headed:
			m.Links, m.Text = m.Links[:len(m.Links)-1], buttons.In(l.Language)
			if !slices.Contains(open, page) {
				open = append(open, page)
			}
		case len(m.Links) > 1:
			m.Links = m.Links[:1]
			fallthrough
		default:
			m.Urgency = notify.Normal // it has waited
		}
		all = append(all, notify.Waiting{Message: m, Since: l.Told, Leads: l.rank() == 0})
	}
	if e.More > 0 {
		m := e.rest(pages)
		if headed {
			m.Urgency, m.Links = notify.Urgent, nil
		}
		all = append(all, notify.Waiting{Message: m, Since: now.Add(time.Minute)})
	}
	zone := e.Letters[0].Told.Location()
	batches, _ := notify.Rhythm{Zone: zone, Window: time.Minute}.Due(all, time.Time{}, now)
	m := batches[0].Message
	switch {
	case headed:
		m.Links = append(m.Links, open...)
	case e.Crowded:
		m.Urgency = notify.Urgent
	}
	return m
}

// headed reports whether the envelope holds what was urgent at the same moment.
func (e *envelope) headed() bool { return e.Letters[0].Urgent && !e.Crowded }

// rank is 0 of a letter that tells of a change, and 1 of what is asked: that follows from
// it.
func (l *letter) rank() int {
	if strings.HasPrefix(l.Notice, string(l.Campaign)+"/change/") {
		return 0
	}
	return 1
}

// Hearing is what the link in a message lets whoever opens it do: say, for one party,
// that one matter was heard of.
type Hearing struct {
	To       plan.Service
	Campaign plan.ID

	matter, contact string // marks of what it is about, and of the address it went to
	until           time.Time
}

// matterOf marks what somebody hears of.
func matterOf(about string) string {
	sum := sha256.Sum256([]byte("matter\x00" + about))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// says is the hearing as it is signed: ids have neither "/" nor more than 64 letters.
func (h *Hearing) says() string {
	return strings.Join([]string{string(h.To.Party), string(h.To.Role), string(h.Campaign), h.matter, h.contact, strconv.FormatInt(h.until.Unix(), 36)}, "/")
}

// ParseHearing reads what a link says. Its signature has been checked.
func ParseHearing(says string) (h Hearing, ok bool) {
	parts := strings.Split(says, "/")
	if len(parts) != 6 {
		return h, false
	}
	until, err := strconv.ParseInt(parts[5], 36, 64)
	return Hearing{
		To: plan.Service{Party: plan.ID(parts[0]), Role: plan.Role(parts[1])}, Campaign: plan.ID(parts[2]),
		matter: parts[3], contact: parts[4], until: time.Unix(until, 0),
	}, err == nil
}
