package listen

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// Bounds of a call.
const (
	MaxCall   = 16 << 10        // bytes of its body
	Tolerance = 5 * time.Minute // how far its clock may be from ours (Standard Webhooks asks for as much)
	maxCallID = 120
)

// secretPrefix marks a secret for who sees it (Standard Webhooks).
const secretPrefix = "whsec_"

// Secret writes a secret as schedulers take it.
func Secret(key []byte) string { return secretPrefix + base64.StdEncoding.EncodeToString(key) }

// Why a call is refused before anybody reads it. The kind of all is Denied or Invalid.
var (
	ErrUnsigned  = errors.New("the call is not signed by this secret")
	ErrTimestamp = errors.New("the call is too old, or of the future")
)

// Signed is a call whose signature is right.
type Signed struct {
	ID string    // of the message; a sender that tries again uses the same
	At time.Time // when this try was signed
}

// Verify holds a call against the secret, as Standard Webhooks 1.0 has it: HMAC-SHA256
// of "id.timestamp.body". The header may hold several signatures; one of version v1 must
// be right.
func Verify(h http.Header, body, key []byte, now time.Time) (s Signed, err error) {
	id, stamp, given := h.Get("Webhook-Id"), h.Get("Webhook-Timestamp"), h.Get("Webhook-Signature")
	if id == "" || stamp == "" || given == "" {
		return s, &falochron.Error{Kind: falochron.Invalid, Op: "check the call", Public: "the call is not signed", Hint: "send webhook-id, webhook-timestamp and webhook-signature, as Standard Webhooks says"}
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || seconds < 0 || seconds > 1<<40 || len(id) > maxCallID || !utf8.ValidString(id) || strings.Contains(id, ".") {
		return s, &falochron.Error{Kind: falochron.Invalid, Op: "check the call", Public: "webhook-id or webhook-timestamp cannot be read", Hint: fmt.Sprintf("an id without dots of at most %d bytes, and the seconds since 1970", maxCallID)}
	}
	m := hmac.New(sha256.New, key)
	fmt.Fprintf(m, "%s.%s.", id, stamp)
	m.Write(body)
	want := m.Sum(nil)
	right := false
	for one := range strings.FieldsSeq(given) {
		version, sum, _ := strings.Cut(one, ",")
		got, err := base64.StdEncoding.DecodeString(sum)
		right = right || err == nil && version == "v1" && subtle.ConstantTimeCompare(got, want) == 1
	}
	if !right {
		return s, &falochron.Error{Kind: falochron.Denied, Op: "check the call", Public: ErrUnsigned.Error(), Err: ErrUnsigned, Hint: "sign the bytes of the body as they are sent, with the secret of this link"}
	}
	s = Signed{ID: id, At: time.Unix(seconds, 0)}
	if off := now.Sub(s.At); off.Abs() > Tolerance {
		return s, &falochron.Error{
			Kind: falochron.Denied, Op: "check the call", Public: ErrTimestamp.Error(), Err: ErrTimestamp,
			Hint: fmt.Sprintf("it was signed %v from now by the clock here, at most %v may be; sign each try anew", off.Round(time.Second), Tolerance),
		}
	}
	return s, nil
}

// Event is what a scheduler tells.
type Event string

// The events.
const (
	Scheduled Event = "post.scheduled" // it is to go out; said again: it was changed
	Moved     Event = "post.moved"     // it goes out at another moment
	Called    Event = "post.cancelled" // it will not go out
	Published Event = "post.published" // it is out
)

// Call is what a scheduler says of one post.
type Call struct {
	Event Event
	Shop  plan.ID // empty: the only one that the link is for
	Item  Item    // what is known of the post; of [Scheduled] all of it
}

// callBody is the JSON of a call.
type callBody struct {
	Type      Event     `json:"type"`
	Timestamp time.Time `json:"timestamp,omitzero"` // when it happened; the signature has its own
	Data      struct {
		ID       string    `json:"id"`
		Shop     plan.ID   `json:"shop,omitempty"`
		Campaign string    `json:"campaign,omitempty"`
		Name     string    `json:"name,omitempty"`
		At       time.Time `json:"at,omitzero"`
		SlipSecs float64   `json:"slip_secs,omitempty"`
		Party    plan.ID   `json:"party,omitempty"`
		Channel  string    `json:"channel,omitempty"`
		Account  string    `json:"account,omitempty"`
		Reach    int       `json:"reach,omitempty"`
		Link     string    `json:"link,omitempty"`
		Coupon   string    `json:"coupon,omitempty"`
		Why      string    `json:"why,omitempty"`
	} `json:"data"`
}

// CallBody is what the body of a call is read into, for who describes it.
func CallBody() any { return callBody{} }

// ParseCall reads the body of a call. Fields that are not named in docs/api.md are
// passed over: schedulers send more than we ask for.
func ParseCall(contentType string, body []byte) (c Call, why string, err error) {
	bad := func(hint, format string, args ...any) (Call, string, error) {
		return Call{}, "", &falochron.Error{Kind: falochron.Invalid, Op: "read the call", Public: fmt.Sprintf(format, args...), Hint: hint}
	}
	if t, _, err := mime.ParseMediaType(contentType); err != nil || t != "application/json" {
		return bad("send Content-Type: application/json", "the body is not declared as JSON")
	}
	var b callBody
	in := json.NewDecoder(bytes.NewReader(body))
	if err := in.Decode(&b); err != nil {
		return bad("docs/api.md shows a call", "the body is not the JSON expected here: %v", err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return bad("send one call at a time", "the body holds more than one JSON value")
	}
	d := &b.Data
	if d.ID == "" || utf8.RuneCountInString(d.ID) > 200 {
		return bad("data.id names the post at the scheduler, in at most 200 characters", "it is not said which post is meant")
	}
	if d.SlipSecs < 0 || d.SlipSecs > 7*24*3600 {
		return bad("data.slip_secs: seconds, at most a week", "this is no length of time")
	}
	c = Call{Event: b.Type, Shop: d.Shop, Item: Item{Campaign: d.Campaign, Source: plan.Source{Key: d.ID}, Post: plan.Post{
		Name: d.Name, At: d.At, Slip: time.Duration(d.SlipSecs * float64(time.Second)), Party: d.Party, Channel: d.Channel, Account: d.Account, Reach: d.Reach, Link: d.Link, Coupon: d.Coupon,
	}}}
	c.Item.Source.Print = c.Item.print()
	switch b.Type {
	case Scheduled:
		if d.Campaign == "" || d.At.IsZero() {
			return bad("data.campaign and data.at are needed", "a post that is scheduled has a campaign and a moment")
		}
	case Moved:
		if d.At.IsZero() {
			return bad("data.at is needed", "a post that is moved has a moment")
		}
	case Called, Published:
	default:
		return bad(fmt.Sprintf("type is %s, %s, %s or %s", Scheduled, Moved, Called, Published), "this is nothing that can happen to a post here: %q", cut(string(b.Type)))
	}
	return c, d.Why, nil
}
