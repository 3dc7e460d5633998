package ticket

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"
)

// What is sealed for a calendar opens a calendar only, with this folder's keys only,
// also after they were rotated; each grant has a secret of its own.
func TestFeedsOpenNothingElse(t *testing.T) {
	t.Parallel()
	ring, err := NewKeyring(time.Unix(1, 0), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewKeyring(time.Unix(1, 0), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	next, err := ring.Rotate(time.Unix(2, 0), time.Hour, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	token := ring.Feeds().Seal("ola-link-1")
	for name, open := range map[string]func(string) (string, error){"this ring": ring.Feeds().Open, "the rotated ring": next.Feeds().Open} {
		if grant, err := open(token); grant != "ola-link-1" || err != nil {
			t.Errorf("%s: %q, %v", name, grant, err)
		}
	}
	for name, open := range map[string]func(string) (string, error){"another ring": other.Feeds().Open, "the door": ring.Links().Open, "a session": ring.Links().OpenSession} {
		if grant, err := open(token); err == nil {
			t.Errorf("%s opens for %q", name, grant)
		}
	}
	for name, given := range map[string]string{"a link": ring.Links().Seal("ola-link-1"), "a session": ring.Links().SealSession("ola-link-1"), "a name": "ola-link-1", "nothing": ""} {
		if grant, err := ring.Feeds().Open(given); err == nil {
			t.Errorf("%s is a calendar of %q", name, grant)
		}
	}

	a, b := ring.Feeds().HookSecret("ola-link-1"), ring.Feeds().HookSecret("ola-link-2")
	if len(a) != 32 || bytes.Equal(a, b) || !bytes.Equal(a, next.Feeds().HookSecret("ola-link-1")) || bytes.Equal(a, other.Feeds().HookSecret("ola-link-1")) {
		t.Error("a secret belongs to one grant of one folder")
	}
	if m := ring.Feeds().Mark(); len(m) != 12 || m != next.Feeds().Mark() || m == other.Feeds().Mark() {
		t.Errorf("mark %q", m)
	}
}
