package listen

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// sign makes the headers of a call, written by the text of Standard Webhooks alone.
func sign(key []byte, id string, at time.Time, body string) http.Header {
	m := hmac.New(sha256.New, key)
	fmt.Fprintf(m, "%s.%d.%s", id, at.Unix(), body)
	return http.Header{
		"Webhook-Id": {id}, "Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)},
		"Webhook-Signature": {"v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))},
	}
}

// The example that the specification's own libraries are tested with.
func TestTheVectorOfStandardWebhooks(t *testing.T) {
	t.Parallel()
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{
		"Webhook-Id": {"msg_p5jXN8AQM9LWM0D4loKWxJek"}, "Webhook-Timestamp": {"1614265330"}, "Webhook-Signature": {"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
	}
	s, err := Verify(h, []byte(`{"test": 2432232314}`), key, time.Unix(1614265330, 0))
	if err != nil || s.ID != "msg_p5jXN8AQM9LWM0D4loKWxJek" || s.At.Unix() != 1614265330 {
		t.Errorf("%+v, %v", s, err)
	}
	if got := Secret(key); got != "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" {
		t.Error(got)
	}
}

// Each way in which a call can be unsigned, forged or late is refused.
func TestCallsThatAreRefused(t *testing.T) {
	t.Parallel()
	key, now, body := bytes.Repeat([]byte{7}, 32), time.Unix(1_800_000_000, 0), `{"type":"post.moved"}`
	good := func() http.Header { return sign(key, "msg_1", now, body) }
	set := func(name, value string) http.Header {
		h := good()
		h.Set(name, value)
		return h
	}
	for name, c := range map[string]struct {
		h    http.Header
		body string
		kind falochron.Kind
		is   error
	}{
		"no signature":         {set("Webhook-Signature", ""), body, falochron.Invalid, nil},
		"no id":                {set("Webhook-Id", ""), body, falochron.Invalid, nil},
		"no timestamp":         {set("Webhook-Timestamp", ""), body, falochron.Invalid, nil},
		"a timestamp of words": {set("Webhook-Timestamp", "now"), body, falochron.Invalid, nil},
		"a long id":            {sign(key, strings.Repeat("x", 121), now, body), body, falochron.Invalid, nil},
		"an id with a dot":     {sign(key, "a.1", now, body), body, falochron.Invalid, nil},
		"another secret":       {sign(bytes.Repeat([]byte{8}, 32), "msg_1", now, body), body, falochron.Denied, ErrUnsigned},
		"another body":         {good(), body + " ", falochron.Denied, ErrUnsigned},
		"another id":           {set("Webhook-Id", "msg_2"), body, falochron.Denied, ErrUnsigned},
		"another timestamp":    {set("Webhook-Timestamp", "1800000001"), body, falochron.Denied, ErrUnsigned},
		"another version":      {set("Webhook-Signature", strings.Replace(good().Get("Webhook-Signature"), "v1,", "v2,", 1)), body, falochron.Denied, ErrUnsigned},
		"no base64":            {set("Webhook-Signature", "v1,####"), body, falochron.Denied, ErrUnsigned},
		"an empty sum":         {set("Webhook-Signature", "v1,"), body, falochron.Denied, ErrUnsigned},
		"too old":              {sign(key, "msg_1", now.Add(-Tolerance-time.Second), body), body, falochron.Denied, ErrTimestamp},
		"of the future":        {sign(key, "msg_1", now.Add(Tolerance+time.Second), body), body, falochron.Denied, ErrTimestamp},
	} {
		_, err := Verify(c.h, []byte(c.body), key, now)
		if err == nil || falochron.KindOf(err) != c.kind || c.is != nil && !errors.Is(err, c.is) || falochron.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error()+falochron.HintOf(err), base64.StdEncoding.EncodeToString(key)) {
			t.Errorf("%s: the secret is told", name)
		}
	}
	for name, h := range map[string]http.Header{
		"good": good(), "the oldest": sign(key, "m", now.Add(-Tolerance), body), "the newest": sign(key, "m", now.Add(Tolerance), body),
		"several signatures": set("Webhook-Signature", "v1a,xx v1,AAAA "+good().Get("Webhook-Signature")),
	} {
		if _, err := Verify(h, []byte(body), key, now); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatACallSays(t *testing.T) {
	t.Parallel()
	c, why, err := ParseCall("application/json; charset=utf-8", []byte(`{"type":"post.scheduled","timestamp":"2026-11-27T10:00:00Z","data":{"id":"b-1","shop":"lip","campaign":"Autumn","name":"Film","at":"2026-12-01T20:00:00+01:00","slip_secs":300,"channel":"tiktok","account":"ola","reach":9,"link":"https://lip.example/","coupon":"C","party":"ola","why":"x","theirs":{}}}`))
	p := c.Item.Post
	if err != nil || why != "x" || c.Shop != "lip" || c.Item.Campaign != "Autumn" || c.Item.Source.Key != "b-1" || len(c.Item.Source.Print) != 32 || !p.At.Equal(evening) || p.Slip != 5*time.Minute || p.Name != "Film" || p.Reach != 9 || p.Party != "ola" || p.Coupon != "C" {
		t.Errorf("%+v, %v", c, err)
	}
	again, _, err := ParseCall("application/json", []byte(`{"type":"post.scheduled","data":{"at":"2026-12-01T19:00:00Z","id":"b-1","campaign":"Autumn","name":"Film","slip_secs":300,"channel":"tiktok","account":"ola","reach":9,"link":"https://lip.example/","coupon":"C","party":"ola"}}`))
	if err != nil || again.Item.Source != c.Item.Source {
		t.Errorf("said again it is %+v, %v", again.Item.Source, err)
	}
	for body, want := range map[string]string{
		`{}`: "which post", `{"type":"post.moved","data":{"id":"1"}}`: "has a moment", `{"type":"post.scheduled","data":{"id":"1","at":"2026-12-01T19:00:00Z"}}`: "a campaign and a moment",
		`{"type":"post.liked","data":{"id":"1"}}`: `nothing that can happen to a post here: "post.liked"`, `[]`: "not the JSON", `{"type":"post.cancelled","data":{"id":"1"}}{}`: "more than one", ``: "not the JSON",
		`{"type":"post.cancelled","data":{"id":"1","slip_secs":-1}}`: "no length of time", `{"type":"post.moved","data":{"id":"1","at":"tomorrow"}}`: "not the JSON",
	} {
		if _, _, err := ParseCall("application/json", []byte(body)); falochron.KindOf(err) != falochron.Invalid || err == nil || !strings.Contains(err.Error(), want) || falochron.HintOf(err) == "" {
			t.Errorf("%s: %v", body, err)
		}
	}
	for _, contentType := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"} {
		if _, _, err := ParseCall(contentType, []byte(`{"type":"post.cancelled","data":{"id":"1"}}`)); err == nil || !strings.Contains(err.Error(), "not declared as JSON") {
			t.Errorf("%q: %v", contentType, err)
		}
	}
}

// Whatever comes signed is read or refused with a reason.
func FuzzParseCall(f *testing.F) {
	for _, s := range []string{`{"type":"post.published","data":{"id":"1"}}`, `{"type":"post.scheduled","data":{"id":"1","campaign":"x","at":"0001-01-01T00:00:01Z","slip_secs":1e3}}`, `null`, `{"data":{"id":"\u0000"}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, _, err := ParseCall("application/json", b)
		if err != nil && falochron.HintOf(err) == "" || err == nil && (c.Item.Source.Key == "" || c.Item.Source.Print == "" || c.Item.Post.Slip < 0) {
			t.Errorf("%+v, %v", c, err)
		}
	})
}
