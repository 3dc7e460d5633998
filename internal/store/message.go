package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// maxNote is how much of what a delivery said is kept, in bytes.
const maxNote = 1000

// Message is something to be delivered, once.
type Message struct {
	// Key makes it one of a kind: of several with the same key only the first is
	// ever taken, so who is not sure whether a notice was enqueued enqueues it
	// again. Never empty, at most [MaxWord] bytes.
	Key string `json:"key"`
	// Lane says which kind of delivery it is for, as "email"; at most [MaxWord] bytes.
	Lane string `json:"lane,omitempty"`
	// Act is the Seq of the act that it tells of; 0: of none.
	Act uint64 `json:"act,omitempty"`
	// Due is the moment before which it is not to be delivered; zero: at once.
	Due time.Time `json:"due,omitzero"`
	// Body is what is to be delivered, at most [MaxBody] bytes.
	Body []byte `json:"body,omitempty"`
}

func (m *Message) check() error {
	for name, word := range map[string]string{"key": m.Key, "lane": m.Lane} {
		if err := checkWord(name, word); err != nil {
			return err
		}
	}
	switch {
	case m.Key == "":
		return invalid("a message without a key")
	case len(m.Body) > MaxBody:
		return invalid(fmt.Sprintf("the body of a message has %d bytes, at most %d are kept", len(m.Body), MaxBody))
	case m.Act > 1<<62:
		return invalid("a message of an act that cannot be")
	case m.Due.IsZero():
		return nil
	}
	return checkTime("the time a message is due", m.Due)
}

// Claimed is a message that is this caller's to deliver until the lease is over.
type Claimed struct {
	Message
	ID      uint64 // of the message
	Attempt int    // how often it was claimed: 1 for the first time
	// Failures is how many tries have failed before: those that were put off, or whose
	// claimer never came back, are none.
	Failures int
	lease    string // proves to Settle whose it is
}

// Outcome is how an attempt to deliver ended. It is kept as a word.
type Outcome string

// The outcomes.
const (
	Pending   Outcome = ""          // under way; or who tried never came back
	Delivered Outcome = "delivered" // it arrived
	Again     Outcome = "again"     // it did not, and is tried again
	GivenUp   Outcome = "given up"  // it did not, and never will
)

// Result is what [Store.Settle] writes down of an attempt.
type Result struct {
	Outcome Outcome   // Delivered, Again or GivenUp
	Ended   time.Time // when the attempt ended
	Next    time.Time // of Again: when to try again
	// PutOff says of Again that nothing was tried: it does not count as a failure.
	PutOff bool
	// Note is what the other side said, for people; of a long one the beginning is
	// kept. Whoever writes it leaves out secrets.
	Note string
}

func (r *Result) check() error {
	if err := checkTime("the end of an attempt", r.Ended); err != nil {
		return err
	}
	switch r.Outcome {
	case Delivered, GivenUp:
		return nil
	case Again:
		return checkTime("the time to try again", r.Next)
	}
	return invalid(fmt.Sprintf("an attempt may not end with %q", r.Outcome))
}

// note makes what a stranger's server said a text that can be kept.
func note(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) > maxNote {
		s = strings.ToValidUTF8(s[:maxNote], "") + "…"
	}
	return s
}

// Attempt is one try to deliver a message.
type Attempt struct {
	Number  int       `json:"number"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"` // zero while Pending
	Outcome Outcome   `json:"outcome,omitempty"`
	Note    string    `json:"note,omitempty"`
}

// Delivery is what became of a message: one entry of the delivery journal.
type Delivery struct {
	Message
	ID       uint64
	State    Outcome   // Pending while it waits or is tried, else Delivered or GivenUp
	Attempts []Attempt // in order
}

// ErrLate is what [Store.Settle] returns when the lease was over and somebody
// else has claimed the message since: the result is in the journal, the message
// is theirs.
var ErrLate = &falochron.Error{
	Kind: falochron.Conflict, Op: "settle a delivery", Public: "the lease was over, and the message was claimed by somebody else",
	Hint: "give deliveries less time than their lease",
}
