package ticket

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"
)

func linkRing(t *testing.T) *Keyring {
	t.Helper()
	k, err := NewKeyring(time.Unix(1_700_000_000, 0), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// A link may be good for a year; keys are rotated every week.
func TestALinkOutlivesEveryRotation(t *testing.T) {
	k := linkRing(t)
	link, cookie := k.Links().Seal("ola-link-1"), k.Links().SealSession("ola-link-1")
	now := k.Newest()
	for range 60 {
		now = now.Add(7 * 24 * time.Hour)
		var err error
		if k, err = k.Rotate(now, 24*time.Hour, rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	again, err := ParseKeyring(k.Marshal()) // as after a restart
	if err != nil {
		t.Fatal(err)
	}
	if grant, err := again.Links().Open(link); grant != "ola-link-1" || err != nil {
		t.Errorf("the link opens %q, %v", grant, err)
	}
	if grant, err := again.Links().OpenSession(cookie); grant != "ola-link-1" || err != nil {
		t.Errorf("the session is of %q, %v", grant, err)
	}
}

func TestAForgedLinkOpensNothing(t *testing.T) {
	l := linkRing(t).Links()
	link := l.Seal("ola-link-1")
	for i := range len(link) {
		for _, c := range []byte("A_9") {
			if c == link[i] {
				continue
			}
			forged := link[:i] + string(c) + link[i+1:]
			if grant, err := l.Open(forged); err == nil {
				t.Fatalf("%s with %c at %d opens %q", link, c, i, grant)
			}
		}
	}
	for name, token := range map[string]string{
		"nothing": "", "a word": "ola-link-1", "cut": link[:len(link)-1], "longer": link + "A", "of other keys": linkRing(t).Links().Seal("ola-link-1"),
		"a session": l.SealSession("ola-link-1"), "an empty grant": l.Seal(""), "a long grant": l.Seal(strings.Repeat("a", maxGrant+1)), "broken": link[:9] + "\n" + link[9:],
	} {
		grant, err := l.Open(token)
		var fault Fault
		if grant != "" || !errors.As(err, &fault) {
			t.Errorf("%s opens %q, %v", name, grant, err)
		}
	}
	if _, err := l.OpenSession(link); err == nil {
		t.Error("a link is taken for a session")
	}
	if strings.Trim(link, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		t.Errorf("%s does not fit into an address", link)
	}
}

// No ticket of a visitor is a link, whatever is in it.
func TestATicketIsNoLink(t *testing.T) {
	k := linkRing(t)
	s := k.Shop("", 1, Lives{})
	now := k.Newest()
	for _, ticket := range []string{s.SealInside(Inside{Entered: now, Seen: now}), s.SealWaiting(Waiting{Arrived: now, Nonce: NewNonce()})} {
		if grant, err := k.Links().Open(ticket); err == nil {
			t.Errorf("a ticket opens %q", grant)
		}
		if grant, err := k.Links().OpenSession(ticket); err == nil {
			t.Errorf("a ticket is a session of %q", grant)
		}
	}
}

// The link in a message opens neither a door nor a session, and none of them it.
func TestTheLinkOfAMessage(t *testing.T) {
	l := linkRing(t).Links()
	says := "web/host/ola-3/abc/def/1"
	token := l.SealNotice(says)
	if got, err := l.OpenNotice(token); got != says || err != nil {
		t.Errorf("it says %q, %v", got, err)
	}
	for name, err := range map[string]error{
		"as a link": second(l.Open(token)), "as a session": second(l.OpenSession(token)), "a link": second(l.OpenNotice(l.Seal(says))),
		"a session": second(l.OpenNotice(l.SealSession(says))), "of other keys": second(linkRing(t).Links().OpenNotice(token)), "changed": second(l.OpenNotice(token[1:])),
	} {
		if err == nil {
			t.Errorf("%s it is taken", name)
		}
	}
	if n := len(l.SealNotice(strings.Repeat("a", maxGrant))); n > 300 {
		t.Errorf("the longest has %d letters; an address of 512 must hold it", n)
	}
}

func second(_ string, err error) error { return err }
