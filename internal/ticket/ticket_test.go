package ticket

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"pgregory.net/rapid"
)

var evening = time.Date(2026, 3, 5, 20, 0, 0, 0, time.UTC)

// stream is a reader of bytes that anybody can recompute: n, n+1, n+2…
type stream byte

func (s *stream) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(*s)
		*s++
	}
	return len(b), nil
}

func ring(t testing.TB) *Keyring {
	s := stream(0)
	k, err := NewKeyring(evening, &s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func someWaiting() Waiting {
	return Waiting{
		Arrived: evening, Edge: 1, Seq: 4711, Page: "/p/x?utm_source=ig", Article: "/p/x",
		Nonce: [8]byte{1, 2, 3, 4, 5, 6, 7, 8},
	}
}

func someInside() Inside {
	return Inside{Session: [16]byte{9, 8, 7}, Entered: evening, Seen: evening.Add(time.Minute)}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := ringOf(rapid.Byte().Draw(t, "ring")).Shop(rapid.String().Draw(t, "shop"), rapid.Uint32().Draw(t, "epoch"), Lives{})
		w := Waiting{
			Arrived: evening.Add(time.Duration(rapid.IntRange(-1e6, 1e6).Draw(t, "ms")) * time.Millisecond),
			Edge:    rapid.Uint16().Draw(t, "edge"), Seq: rapid.Uint64().Draw(t, "seq"),
			Page: rapid.StringMatching(`/[a-z?=&%/.]{0,300}`).Draw(t, "page"), Nonce: NewNonce(),
		}
		got, err := s.OpenWaiting(s.SealWaiting(w), evening)
		w.Page, w.Epoch = SafePage(w.Page), s.epoch
		if err != nil || !got.Arrived.Equal(w.Arrived) {
			t.Fatal(got, err)
		}
		if got.Arrived = w.Arrived; got != w {
			t.Fatalf("got %+v, want %+v", got, w)
		}
		in := Inside{Session: s.Session(got), Entered: w.Arrived, Seen: evening, Epoch: s.epoch, Replica: rapid.Uint16().Draw(t, "replica")}
		gotIn, err := s.OpenInside(s.SealInside(in), evening)
		if err != nil || gotIn.Session != in.Session || !gotIn.Entered.Equal(in.Entered) || !gotIn.Seen.Equal(in.Seen) || gotIn.Replica != in.Replica {
			t.Fatal(gotIn, err)
		}
	})
}

func ringOf(first byte) *Keyring {
	s := stream(first)
	k, err := NewKeyring(evening, &s)
	if err != nil {
		panic(err)
	}
	return k
}

// TestForgeriesAreRefused: any flipped bit, any truncation, any two bytes
// swapped, a ticket of the other purpose, of another shop, of another ring.
func TestForgeriesAreRefused(t *testing.T) {
	k := ring(t)
	s := k.Shop("lips.example", 7, Lives{})
	w, in := s.SealWaiting(someWaiting()), s.SealInside(someInside())
	opens := map[string]func(string) error{
		w:  func(v string) error { _, err := s.OpenWaiting(v, evening); return err },
		in: func(v string) error { _, err := s.OpenInside(v, evening); return err },
	}
	for good, open := range opens {
		if err := open(good); err != nil {
			t.Fatal(err)
		}
		refuse := func(what, v string) {
			t.Helper()
			var f Fault
			if err := open(v); !errors.As(err, &f) || f >= NumFaults {
				t.Errorf("%s: %v", what, err)
			}
		}
		raw, _ := base64.RawURLEncoding.DecodeString(good)
		for i := range len(raw) * 8 {
			b := bytes.Clone(raw)
			b[i/8] ^= 1 << (i % 8)
			refuse("bit flipped", base64.RawURLEncoding.EncodeToString(b))
		}
		for i := range len(good) * 8 {
			b := []byte(good)
			b[i/8] ^= 1 << (i % 8)
			refuse("bit of the text flipped", string(b))
		}
		for n := range len(good) {
			refuse("truncated", good[:n])
			refuse("cut at the front", good[len(good)-n:])
		}
		for i := range raw {
			j := (i + 1 + rand.IntN(len(raw)-1)) % len(raw)
			if raw[i] == raw[j] {
				continue
			}
			b := bytes.Clone(raw)
			b[i], b[j] = b[j], b[i]
			refuse("re-ordered", base64.RawURLEncoding.EncodeToString(b))
		}
		refuse("longer", good+"AAAA")
		refuse("twice", good+good)
		refuse("line break", good[:10]+"\n"+good[10:])
		refuse("padded", good+"=")
	}
	for what, c := range map[string]struct {
		s    *Sealer
		v    string
		want Fault
	}{
		"other shop":    {k.Shop("nails.example", 7, Lives{}), w, BadMAC},
		"other ring":    {ringOf(99).Shop("lips.example", 7, Lives{}), w, BadMAC},
		"other epoch":   {k.Shop("lips.example", 8, Lives{}), w, Epoch},
		"inside ticket": {s, in, BadMAC},
		"empty":         {s, "", Truncated},
		"huge":          {s, string(make([]byte, 1<<16)), Malformed},
		"other format":  {s, base64.RawURLEncoding.EncodeToString(append([]byte{2}, make([]byte, 60)...)), Version},
		"other key":     {s, base64.RawURLEncoding.EncodeToString(append([]byte{1, 9, 9}, make([]byte, 60)...)), UnknownKey},
	} {
		if _, err := c.s.OpenWaiting(c.v, evening); err != c.want {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
	if _, err := s.OpenInside(w, evening); err != BadMAC {
		t.Errorf("waiting ticket taken for an inside one: %v", err)
	}
}

func TestLives(t *testing.T) {
	s := ring(t).Shop("lips.example", 7, Lives{})
	w, in := s.SealWaiting(someWaiting()), s.SealInside(someInside())
	for _, c := range []struct {
		after        time.Duration
		wantW, wantI error
	}{
		{-2 * time.Hour, Future, Future},
		{-59 * time.Minute, nil, nil}, // a clock set back must not empty the line
		{0, nil, nil},
		{16 * time.Minute, nil, nil},
		{16*time.Minute + time.Second, nil, Expired}, // last seen at minute 1
		{24 * time.Hour, nil, Expired},
		{24*time.Hour + time.Second, Expired, Expired},
	} {
		if _, err := s.OpenWaiting(w, evening.Add(c.after)); err != c.wantW {
			t.Errorf("waiting ticket after %v: %v, want %v", c.after, err, c.wantW)
		}
		if _, err := s.OpenInside(in, evening.Add(c.after)); err != c.wantI {
			t.Errorf("inside ticket after %v: %v, want %v", c.after, err, c.wantI)
		}
	}
}

// TestRotation: the new key signs, the old ones verify until the longest life
// has passed since they were replaced; a copied ticket keeps its session.
func TestRotation(t *testing.T) {
	old, life := ring(t), Lives{}.Longest()
	random := stream(77)
	next, err := old.Rotate(evening.Add(time.Hour), life, &random)
	if err != nil {
		t.Fatal(err)
	}
	before, after := old.Shop("lips.example", 7, Lives{}), next.Shop("lips.example", 7, Lives{})
	ticket := before.SealWaiting(someWaiting())
	w, err := after.OpenWaiting(ticket, evening)
	if err != nil {
		t.Fatal("a ticket from before the rotation:", err)
	}
	if before.Session(w) != after.Session(w) {
		t.Error("the rotation changed a session")
	}
	if _, err := before.OpenWaiting(after.SealWaiting(w), evening); err != UnknownKey {
		t.Error("the new key does not sign:", err)
	}
	// A day after it was replaced the old key is dropped by the next rotation.
	kept, err := next.Rotate(evening.Add(25*time.Hour), life, &random)
	if err != nil || len(kept.keys) != 3 {
		t.Fatalf("%d keys after 24 h, want 3: %v", len(kept.keys), err)
	}
	later, err := next.Rotate(evening.Add(25*time.Hour+time.Second), life, &random)
	if err != nil || len(later.keys) != 2 {
		t.Fatalf("%d keys after more than 24 h, want 2: %v", len(later.keys), err)
	}
	if _, err := later.Shop("lips.example", 7, Lives{}).OpenWaiting(ticket, evening); err != UnknownKey {
		t.Error("a dropped key still opens:", err)
	}
	// Somebody who rotates in a loop is told, before memory is.
	k := old
	for range maxKeys + 1 {
		if k, err = k.Rotate(evening, life, &random); err != nil {
			break
		}
	}
	if falochron.KindOf(err) != falochron.Conflict || falochron.HintOf(err) == "" {
		t.Error("rotating without end:", err)
	}
}

func TestKeyringFile(t *testing.T) {
	k := ring(t)
	random := stream(5)
	k, err := k.Rotate(evening.Add(time.Hour), time.Hour, &random)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseKeyring(k.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Marshal(), k.Marshal()) || !again.Newest().Equal(evening.Add(time.Hour)) {
		t.Error("the file does not come back as it went")
	}
	for _, bad := range []string{
		"", "{", "[]", `{"version":2}`, `{"version":1}`, `{"version":1,"root":"AAAA","keys":[]}`,
		`{"version":1,"root":"` + base64.StdEncoding.EncodeToString(make([]byte, 32)) + `","keys":[{"id":0}]}`,
	} {
		if _, err := ParseKeyring([]byte(bad)); falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestCopiedTicketHasOneSession(t *testing.T) {
	s := ring(t).Shop("lips.example", 7, Lives{})
	w := someWaiting()
	w.Epoch = 7
	other := w
	other.Page, other.Article, other.Arrived = "/elsewhere", "", evening.Add(time.Hour)
	if s.Session(w) != s.Session(other) {
		t.Error("the page wanted changed the session")
	}
	for what, change := range map[string]func(*Waiting){
		"seq": func(w *Waiting) { w.Seq++ }, "edge": func(w *Waiting) { w.Edge++ },
		"epoch": func(w *Waiting) { w.Epoch++ }, "nonce": func(w *Waiting) { w.Nonce[7]++ },
	} {
		other := w
		change(&other)
		if s.Session(w) == s.Session(other) {
			t.Errorf("another %s led to the same session", what)
		}
	}
	if s.Session(w) == ring(t).Shop("nails.example", 7, Lives{}).Session(w) {
		t.Error("two shops share a session")
	}
}

func TestSafePage(t *testing.T) {
	for page, want := range map[string]string{
		"/":                       "/",
		"/p/x?a=b&c=%2F%2F":       "/p/x?a=b&c=%2F%2F",
		"/szukaj?q=r%C3%B3%C5%BC": "/szukaj?q=r%C3%B3%C5%BC",
		"":                        "/",
		"p/x":                     "/",
		"//evil.example":          "/",
		"///evil.example":         "/",
		"/\\evil.example":         "/",
		"/p\\x":                   "/",
		"https://evil.example":    "/",
		"javascript:alert(1)":     "/",
		"/\t/evil.example":        "/",
		"/\n/evil.example":        "/",
		"/p x":                    "/",
		"/p\x7f":                  "/",
		"/ró\u017c":               "/",
		"/x\x00":                  "/",
		string(append([]byte("/"), bytes.Repeat([]byte("a"), MaxPage)...)): "/",
		"/p?id=7&fbclid=" + strings.Repeat("x", MaxPage):                   "/p?id=7",
		"/a&b?fbclid=" + strings.Repeat("x", MaxPage):                      "/a&b",
		"/p?x=" + strings.Repeat("x", MaxPage-len("/p?x=")) + "&y":         "/p?x=" + strings.Repeat("x", MaxPage-len("/p?x=")),
		"/" + strings.Repeat("a", MaxPage-1) + "?y":                        "/" + strings.Repeat("a", MaxPage-1),
		"/" + strings.Repeat("a", MaxPage) + "?y&z":                        "/",
	} {
		if got := SafePage(page); got != want {
			t.Errorf("%.40q: %q, want %q", page, got, want)
		}
	}
}

// A bare ticket is short whatever was wanted, and leads to the same session.
func TestABareTicketIsShort(t *testing.T) {
	s := ring(t).Shop("a", 1, Lives{})
	w := someWaiting()
	w.Arrived, w.Page = evening, "/"+strings.Repeat("p", MaxPage-1)
	for article, want := range map[string]string{"": "", "/": "/", "/p/gold": ""} {
		w.Article = article
		bare := s.SealBare(w)
		got, err := s.OpenWaiting(bare, evening)
		if err != nil || len(bare) > 74 || got.Page != "/" || got.Article != want || s.Session(got) != s.Session(mustOpen(t, s, s.SealWaiting(w))) {
			t.Errorf("with article %q: %d bytes, %+v, %v", article, len(bare), got, err)
		}
	}
}

func mustOpen(t *testing.T, s *Sealer, ticket string) Waiting {
	t.Helper()
	w, err := s.OpenWaiting(ticket, evening)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// vectors is testdata/vectors.json, which is published: whoever writes another
// implementation checks it against these.
type vectors struct {
	Ring    json.RawMessage `json:"ring"`
	Shop    string          `json:"shop"`
	Epoch   uint32          `json:"epoch"`
	Waiting struct {
		ArrivedMs int64  `json:"arrived_ms"`
		Edge      uint16 `json:"edge"`
		Seq       uint64 `json:"seq"`
		Page      string `json:"page"`
		Article   string `json:"article"`
		Nonce     []byte `json:"nonce"`
		Ticket    string `json:"ticket"`
	} `json:"waiting"`
	Inside struct {
		Session   []byte `json:"session"`
		EnteredMs int64  `json:"entered_ms"`
		SeenMs    int64  `json:"seen_ms"`
		Ticket    string `json:"ticket"`
	} `json:"inside"`
}

func TestVectors(t *testing.T) {
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	k, err := ParseKeyring(v.Ring)
	if err != nil {
		t.Fatal(err)
	}
	s := k.Shop(v.Shop, v.Epoch, Lives{})
	w := Waiting{
		Arrived: time.UnixMilli(v.Waiting.ArrivedMs), Edge: v.Waiting.Edge, Seq: v.Waiting.Seq, Epoch: v.Epoch,
		Page: v.Waiting.Page, Article: v.Waiting.Article, Nonce: [8]byte(v.Waiting.Nonce),
	}
	if got := s.SealWaiting(w); got != v.Waiting.Ticket {
		t.Errorf("waiting ticket\n%s, want\n%s", got, v.Waiting.Ticket)
	}
	if got := s.Session(w); !bytes.Equal(got[:], v.Inside.Session) {
		t.Errorf("session %s", base64.StdEncoding.EncodeToString(got[:]))
	}
	in := Inside{
		Session: [16]byte(v.Inside.Session),
		Entered: time.UnixMilli(v.Inside.EnteredMs), Seen: time.UnixMilli(v.Inside.SeenMs),
	}
	if got := s.SealInside(in); got != v.Inside.Ticket {
		t.Errorf("inside ticket\n%s, want\n%s", got, v.Inside.Ticket)
	}
}
