package store

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/realpg"
)

// planted is the password in every address; it must be escaped in an address.
const planted = "pl4nt%d/s3cret"

// Whatever is wrong with an address or a server, the error says what to do, and
// never the password.
func TestNoSecretInAnError(t *testing.T) {
	server.Needed(t)
	server.Exec(t, `CREATE SCHEMA narrow`)
	server.Exec(t, `GRANT USAGE ON SCHEMA narrow TO `+realpg.LockedUser)
	host := "host=" + url.QueryEscape(server.Dir())
	secret := url.QueryEscape(planted)
	nobody := filepath.Join(t.TempDir(), "empty")
	if err := os.Mkdir(nobody, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		address string
		kind    falochron.Kind
		hint    string
	}{
		"other engine":  {"mysql://u:" + secret + "@h/d", falochron.Invalid, "postgres://"},
		"no port":       {"postgres://u:" + secret + "@h:port/d", falochron.Invalid, "postgres://"},
		"not escaped":   {"postgres://u:" + planted + "@h/d", falochron.Invalid, "postgres://"},
		"no such mode":  {"postgres://u:" + secret + "@h/d?sslmode=" + secret, falochron.Invalid, "postgres://"},
		"no such file":  {"postgres://u@h/d?sslmode=verify-full&sslrootcert=none&sslpassword=" + secret, falochron.Invalid, "postgres://"},
		"nobody there":  {"postgres://u:" + secret + "@/d?host=" + url.QueryEscape(nobody), falochron.Unavailable, "is PostgreSQL running"},
		"closed port":   {"postgres://u:" + secret + "@127.0.0.1:1/d", falochron.Unavailable, "is PostgreSQL running"},
		"no such name":  {"postgres://u:" + secret + "@no-such-host.invalid/d", falochron.Unavailable, "is PostgreSQL running"},
		"wrong word":    {"postgres://" + realpg.LockedUser + ":" + secret + "@/postgres?" + host, falochron.Unavailable, "check user and password"},
		"by parameter":  {"postgres://" + realpg.LockedUser + "@/postgres?password=" + secret + "&" + host, falochron.Unavailable, "check user and password"},
		"no such user":  {"postgres://nobody:" + secret + "@/postgres?" + host, falochron.Unavailable, "check user and password"},
		"no such base":  {"postgres://falochron:" + secret + "@/nothing?" + host, falochron.Unavailable, "createdb nothing"},
		"may not":       {"postgres://" + realpg.LockedUser + ":right@/postgres?search_path=narrow&" + host, falochron.Unavailable, "owner of the database"},
		"read-only":     {"postgres://falochron:" + secret + "@/postgres?search_path=narrow&default_transaction_read_only=on&" + host, falochron.Unavailable, "standby"},
		"secret is set": {"postgres://falochron@/nothing?options=" + url.QueryEscape("-c x.y=1") + "&password=" + secret + "&" + host, falochron.Unavailable, "createdb"},
	} {
		t.Run(name, func(t *testing.T) {
			err := openFails(t, Config{Address: tc.address})
			says(t, err, tc.kind, "open the plan's store", tc.hint)
			said := fmt.Sprintf("%v %+v %#v %s", err, err, err, falochron.HintOf(err))
			for e := err; e != nil; e = errors.Unwrap(e) {
				said += e.Error()
			}
			for _, s := range []string{planted, secret, url.PathEscape(planted), "s3cret"} {
				if strings.Contains(said, s) {
					t.Errorf("it says %q: %s", s, said)
				}
			}
			t.Log(err)
		})
	}
}

// Should a driver ever say the password, it does not get through.
func TestSecretIsHidden(t *testing.T) {
	e, err := openPostgres("postgres://u:" + url.QueryEscape(planted) + "@h/d?sslpassword=0ther")
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	cause := errors.New("cause")
	got := e.hide(fmt.Errorf("%s, %s, %s: %w", planted, url.QueryEscape(planted), "0ther", cause))
	if got.Error() != "…, …, …: cause" || !errors.Is(got, cause) {
		t.Errorf("it says %q", got)
	}
	if strings.Contains(e.place(), "s3cret") {
		t.Errorf("its place is %q", e.place())
	}
}
