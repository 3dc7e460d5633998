package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// runFleet runs falochron with arguments in this process.
func runFleet(args ...string) (string, error) {
	var out bytes.Buffer
	root := newRootCommand()
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetArgs(args)
	err := root.Execute()
	return out.String(), err
}

// The three commands against a host's API, from a file to its answer.
func TestFleetCommands(t *testing.T) {
	var posts, deletes int
	order := "" // what the host says of ours
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodPost:
			posts++
			var body struct {
				Data struct {
					Replicas int
					Reason   string
				}
			}
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Data.Replicas != 5 || body.Data.Reason != "live at 20:00" {
				t.Errorf("%+v, %v", body, err)
			}
			fmt.Fprint(w, `{"replicas": 4, "bound": "quota"}`)
		case http.MethodDelete:
			deletes++
			w.WriteHeader(http.StatusNoContent)
		default:
			fmt.Fprintf(w, `{"replicas": 2, "startable": 3, %s"members": [{"id": "web-1", "phase": "ready", "url": "http://10.0.0.1:80"}, {"id": "web-2", "phase": "failed", "own": true, "why": "no image"}]}`, order)
		}
	}))
	defer host.Close()
	dir := t.TempDir()
	secret := filepath.Join(dir, "key")
	key := "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("k"), 32))
	file := filepath.Join(dir, "falochron.yaml")
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(secret, key+"\n")
	write(file, fmt.Sprintf(`
data: %s
shops:
  - name: boots
    origins: [http://127.0.0.1:8081]
    fleet: {driver: webhook, mode: act, min: 2, max: 6, webhook: {url: %s, secret: %s, allow: [127.0.0.1]}}
  - name: hats
    hosts: [hats.example]
    origins: [http://127.0.0.1:8082]
`, dir, host.URL, secret))

	out, err := runFleet("fleet", "status", "--config", file)
	want := `boots: webhook, mode act: 2 wanted, 1 ready, 2 to 6 allowed, 3 more could start now
  web-1  ready     yours  http://10.0.0.1:80  
  web-2  failed    ours                       no image
hats: has no replicas of ours to look after, fleet.driver is none
`
	if out = regexp.MustCompile(` +`).ReplaceAllString(out, " "); err != nil || out != regexp.MustCompile(` +`).ReplaceAllString(want, " ") {
		t.Errorf("status: %v\n%s", err, out)
	}

	out, err = runFleet("fleet", "scale", "--config", file, "--shop", "boots", "--replicas", "5", "--reason", "live at 20:00")
	if err != nil || posts != 1 || !strings.Contains(out, "boots: 4 replicas are ordered, before 2") || !strings.Contains(out, "cut by quota") {
		t.Errorf("scale: %v, %d orders\n%s", err, posts, out)
	}
	for _, n := range []string{"1", "7"} {
		if _, err = runFleet("fleet", "scale", "--config", file, "--shop", "boots", "--replicas", n); falochron.KindOf(err) != falochron.Invalid || !strings.Contains(err.Error(), "2 to 6") || posts != 1 {
			t.Errorf("scale to %s: %v, %d orders", n, err, posts)
		}
	}
	if _, err = runFleet("fleet", "scale", "--config", file, "--replicas", "3", "--hold", "1s"); falochron.KindOf(err) != falochron.Invalid {
		t.Errorf("scale for a second: %v", err)
	}

	restore := func(said string, ends int) {
		t.Helper()
		out, err := runFleet("fleet", "restore-expired", "--config", file, "--shop", "boots")
		if err != nil || !strings.Contains(out, said) || deletes != ends {
			t.Errorf("restore-expired: %v, %d orders ended\n%s", err, deletes, out)
		}
	}
	restore("boots: nothing to undo", 0)
	order = fmt.Sprintf(`"order": {"replicas": 2, "expires": %q},`, time.Now().Add(time.Hour).Format(time.RFC3339))
	restore("boots: nothing to undo", 0)
	order = fmt.Sprintf(`"order": {"replicas": 2, "expires": %q},`, time.Now().Add(-time.Hour).Format(time.RFC3339))
	restore("boots: restored: the order for 2 replicas was over", 1)

	if _, err := runFleet("fleet", "status", "--config", file, "--shop", "shoes"); falochron.KindOf(err) != falochron.Invalid {
		t.Errorf("a shop that is not there: %v", err)
	}
	host.Close()
	if out, err := runFleet("fleet", "restore-expired", "--config", file); exitCode(err) != exitFailed || falochron.HintOf(err) == "" || !strings.Contains(out, "hats") || strings.Contains(out+err.Error(), key) {
		t.Errorf("a host that is gone: %v\n%s", err, out)
	}
}
