package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"falochron": main})
}

func TestExitCodes(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("broken"), 1},
		{&falochron.Error{Kind: falochron.Unavailable}, 1},
		{&falochron.Error{Kind: falochron.Invalid}, 2},
		{fmt.Errorf("start: %w", usage("x", "y")), 2},
		{&voidError{"the machine was busy"}, 3},
		{fmt.Errorf("demo: %w", &voidError{"late"}), 3},
	} {
		if got := exitCode(tc.err); got != tc.want {
			t.Errorf("%v: %d, want %d", tc.err, got, tc.want)
		}
	}
}

func TestReportEndsInAHint(t *testing.T) {
	for _, err := range []error{
		errors.New("broken"),
		usage("wrong", "write it right"),
		&falochron.Error{Err: config.Faults{{File: "f", Bound: "is wrong", Hint: "of the fault"}}, Hint: "of the whole"},
	} {
		var b bytes.Buffer
		report(&b, err)
		lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
		if last := lines[len(lines)-1]; !strings.HasPrefix(last, "hint: ") || len(last) < 10 {
			t.Errorf("%v: last line %q", err, last)
		}
	}
	var b bytes.Buffer
	if report(&b, nil); b.Len() > 0 {
		t.Errorf("no error, but %q", b.String())
	}
}

// Every command has what its help needs, begins it with a capital letter as all do,
// and refuses arguments it does not know.
func TestEveryCommand(t *testing.T) {
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Short == "" || strings.ToUpper(c.Short[:1]) != c.Short[:1] || c.Args == nil {
			t.Errorf("%s: a short text in the form of the others and an argument check are needed", c.CommandPath())
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRootCommand())
}

func TestExplain(t *testing.T) {
	const token = "0123456789abcdef"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer "+token:
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error":{"message":"a token is needed","hint":"send it"}}`)
		case r.URL.Path != "/api/v1/explain/known":
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error":{"message":"the journal does not hold this request","hint":"it reaches back a minute"}}`)
		default:
			fmt.Fprint(w, `{"story":["It was shown the waiting room.","People ahead: 3."]}`)
		}
	}))
	defer srv.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()

	dir := t.TempDir()
	write := func(name, token string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	write("admin-token", token)
	wrong := write("wrong", "not the token at all")
	address := strings.TrimPrefix(srv.URL, "http://")

	for _, tc := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"known", []string{"known", "--admin", address, "--data", dir}, 0, "It was shown the waiting room.\nPeople ahead: 3.\n"},
		{"unknown", []string{"other", "--admin", address, "--data", dir}, 1, "explain other: the journal does not hold this request\nhint: it reaches back a minute"},
		{"wrong token", []string{"known", "--admin", address, "--token-file", wrong}, 1, "a token is needed\nhint: send it"},
		{"no token", []string{"known", "--admin", address, "--data", dir + "/none"}, 2, "no such file"},
		{"another program", []string{"known", "--admin", strings.TrimPrefix(other.URL, "http://"), "--data", dir}, 1, "the answer is not Falochron's (404"},
		{"nobody there", []string{"known", "--admin", "127.0.0.1:1", "--data", dir}, 1, "hint: is falochron run up"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out bytes.Buffer
			code := run(append([]string{"explain"}, tc.args...), strings.NewReader(""), &out, &out)
			if code != tc.code || !strings.Contains(out.String(), tc.want) {
				t.Errorf("exit %d, want %d; output:\n%s\nwant %q", code, tc.code, out.String(), tc.want)
			}
		})
	}
}

// A reload hands out what could be read, and says what could not.
func TestReloads(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.yaml")
	write := func(s string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const shop = "shops:\n  - origins: [http://127.0.0.1:8081]\n"
	write(shop)
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	said := make(chan string, 10)
	next := reloads(ctx, cfg, func(err error) { said <- err.Error() })
	hup := func() {
		t.Helper()
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}

	write(shop + "    ceiling: 5\n")
	hup()
	if got := <-next; got.Shops[0].Ceiling != 5 {
		t.Errorf("ceiling %d", got.Shops[0].Ceiling)
	}
	write(shop + "    ceiling: -5\n")
	hup()
	if got := <-said; !strings.Contains(got, "may not be negative") {
		t.Errorf("said %q", got)
	}
	write(shop + "    ceiling: 6\n")
	hup()
	if got := <-next; got.Shops[0].Ceiling != 6 {
		t.Errorf("ceiling %d after a refused reload", got.Shops[0].Ceiling)
	}
	cancel()
	if _, open := <-next; open {
		t.Error("a configuration after the end")
	}
}
