package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

// zeros is a seed and hash its commitment, as in internal/room/testdata/draw.json.
const (
	zeros = "0000000000000000000000000000000000000000000000000000000000000000"
	hash  = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
)

// verifyDraw runs the command.
func verifyDraw(args string) (code int, out string, err error) {
	cmd := newVerifyDrawCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	var b bytes.Buffer
	cmd.SetOut(&b)
	cmd.SetArgs(strings.Fields(args))
	err = cmd.Execute()
	return exitCode(err), b.String(), err
}

func TestVerifyDraw(t *testing.T) {
	for _, tc := range []struct {
		args string
		code int
		want string
	}{
		{"--seed " + zeros + " --commitment " + hash + " --count 1 --ticket 1", 0, "ticket 1 was drawn to place 1 of 1\nthe seed matches"},
		{"--seed " + zeros + " --commitment " + strings.ToUpper(hash) + " --count 9 --first 40 --ticket 48", 0, "of 9\nthe seed matches"},
		{"--seed " + zeros + " --commitment " + hash + " --count 9 --first 40 --place 48", 0, "of 9\nthe seed matches"},
		{"--seed " + zeros + " --commitment " + zeros + " --count 1 --ticket 1", 1, "of 1\n"},
		{"--seed 00 --commitment " + hash + " --count 1 --ticket 1", 2, ""},
		{"--seed " + zeros + " --commitment x --count 1 --ticket 1", 2, ""},
		{"--seed " + zeros + " --commitment " + hash + " --count 5 --ticket 6", 2, ""},
		{"--seed " + zeros + " --commitment " + hash + " --count 5 --ticket 0", 2, ""},
	} {
		code, out, _ := verifyDraw(tc.args)
		if code != tc.code || !strings.Contains(out, tc.want) {
			t.Errorf("%s: exit code %d, want %d; printed %q", tc.args, code, tc.code, out)
		}
	}
}

// What a shop publishes is enough: the draw is found by the number of the place.
func TestVerifyDrawReadsWhatIsPublished(t *testing.T) {
	answers := map[string]string{
		"/two": `{"algorithm":"falochron draw v1","draws":[
			{"start":"2026-11-26T20:00:00Z","commitment":"` + zeros + `","seed":"` + strings.Repeat("1", 64) + `","first":1,"count":7},
			{"start":"2026-11-27T20:00:00Z","commitment":"` + hash + `","seed":"` + zeros + `","first":40,"count":9},
			{"start":"2026-11-28T20:00:00Z","commitment":"` + zeros + `"}]}`,
		"/none":  `{"algorithm":"falochron draw v1","draws":[]}`,
		"/newer": `{"algorithm":"falochron draw v2","draws":[]}`,
		"/html":  `<!doctype html>`,
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answers[r.URL.Path] == "" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, answers[r.URL.Path])
	}))
	defer s.Close()
	for _, tc := range []struct {
		args string
		code int
		want string // printed, or the error's text
	}{
		{"/two --place 48", 0, "of 9\nthe seed matches"},
		{"/two --ticket 48", 0, "of 9\nthe seed matches"},
		{"/two --place 48 --commitment " + strings.ToUpper(hash), 0, "of 9\nthe seed matches"},
		{"/two --place 48 --commitment " + zeros, 1, "does not match"}, // published is not what was noted
		{"/two --place 1", 1, "does not match"},
		{"/two --place 49", 1, "the draw of 2026-11-28T20:00:00Z is not over; its commitment is " + zeros},
		{"/none --place 1", 1, "in none of the 0 draws"},
		{"/newer --place 1", 1, `"falochron draw v2", which is not known`},
		{"/html --place 1", 1, "no draw is published there"},
		{"/404 --place 1", 1, "no draw is published there (404"},
		{"/two", 2, `required flag(s) "ticket" not set`},
		{"/two --place 48 --count 3", 2, "--count is published at --url"},
	} {
		code, out, err := verifyDraw("--url " + s.URL + tc.args)
		if text := fmt.Sprint(out, err); code != tc.code || !strings.Contains(text, tc.want) {
			t.Errorf("%s: exit code %d, want %d; %s", tc.args, code, tc.code, text)
		}
	}
	for _, at := range []string{"shop.example", "file:///etc/passwd", "http://", "%zz"} {
		if code, _, err := verifyDraw("--place 1 --url " + at); code != 2 {
			t.Errorf("%s: exit code %d, %v", at, code, err)
		}
	}
}

// The whole way: fans come to a running falochron before an announced start, and
// afterwards each of them recomputes the own place from the shop's public
// address and the number on the waiting page. Every place is drawn once.
func TestVerifyDrawOfARunningShop(t *testing.T) {
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "shop") }))
	defer shop.Close()
	p := start(t, "--origin", shop.URL)
	order := func(at time.Time) {
		t.Helper()
		if code, text := p.api("POST", "/api/v1/shops/shop/start", `{"time": "`+at.UTC().Format(time.RFC3339Nano)+`"}`); code != http.StatusOK {
			t.Fatalf("%d %s", code, text)
		}
	}
	order(time.Now().Add(20 * time.Minute)) // as long as fans come, however slow the machine is
	const fans = 5
	number := regexp.MustCompile(`Numer miejsca: (\d+)`)
	var places []string
	for range fans {
		jar, _ := cookiejar.New(nil) // never fails without options
		_, header, body, err := browse(t.Context(), &http.Client{Jar: jar}, p.url+"/p")
		m := number.FindStringSubmatch(body)
		if err != nil || header.Get("Falochron-State") != "prequeue" || m == nil {
			t.Fatalf("%v %v\n%s", err, header, body)
		}
		places = append(places, m[1])
	}
	at := p.url + "/.falochron/draw"
	if code, _, err := verifyDraw("--url " + at + " --place " + places[0]); code != exitFailed || !strings.Contains(fmt.Sprint(err), "is not over") {
		t.Errorf("before the start: exit code %d, %v", code, err)
	}
	order(time.Now().Add(time.Second))
	poll(t, "the draw is published", func() bool {
		_, _, body, err := browseAs(t.Context(), http.DefaultClient, at, "application/json")
		var said struct{ Draws []struct{ Seed string } }
		return err == nil && json.Unmarshal([]byte(body), &said) == nil && len(said.Draws) == 1 && said.Draws[0].Seed != ""
	})
	drawn := map[string]bool{}
	for _, place := range places {
		code, out, err := verifyDraw("--url " + at + " --place " + place)
		if code != exitOK || !strings.Contains(out, fmt.Sprintf("of %d\n", fans)) {
			t.Errorf("place %s: exit code %d, %v, %s", place, code, err, out)
		}
		drawn[strings.TrimPrefix(out, "ticket "+place)] = true
	}
	if len(drawn) != fans {
		t.Errorf("not a draw: %v", drawn)
	}
}
