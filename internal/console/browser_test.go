package console

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The scripts run in a real browser under the page's own policy, and what they
// draw is read back from its document.
func TestStoriesInARealBrowser(t *testing.T) {
	if testing.Short() && os.Getenv("CI") == "" {
		t.Skip("starts a browser")
	}
	chromium := browser(t)
	server := httptest.NewServer(Handler(Config{Storybook: true}))
	defer server.Close()
	for _, q := range []struct {
		path string
		has  []string
	}{
		{"wave?lang=en", []string{
			`data-scene="wave"`, "A wave. In line: 965 people. About 45 a minute are let in.", "What binds: places.",
			"someone coming now waits about 22", "94% of all answers did not need the shop", "Ola</b> ceiling: none → 8",
			"People in line: now 965, highest 965 at ", "3 of 8 ready", "5 starting", "from 3 to 8 replicas: 965 people in line", "0.96 an hour; 0.07 spent", "from 8 to 12 replicas: up to 9000 are announced",
			"This shop runs OpenCart.", "A review cannot be written from a shared page.", `aria-label="Allow sharing: Product pages"`, "sharing: Front page → allowed",
			`id="confirm-all" hidden=""`, `id="withdraw-all">Stop sharing everything</button>`, `id="sharing-asked" hidden=""`, `id="look-now">Compare now</button>`,
		}},
		{"calm?lang=en", []string{`id="replicas-card" aria-labelledby="replicas-title" hidden=""`, "Shared, whatever the shop says: it is the cart", "Those of these pages that the shop does not forbid to store are shared.", `aria-label="Allow sharing: `}},
		{"dead?lang=pl", []string{`data-scene="dead"`, "Sklep nie odpowiada. Kolejka trwa: 965 osób;", "utracony serwer: http://10.0.0.12:8080"}},
		{"watch?lang=en", []string{`data-scene="watch"`, "What would bind: places.", "Not all servers of the shop answer: 1 of 2 are out.", "More than 4 were measured not to help.", "This is advice: nothing is ordered.", "the engine does not answer", ">not known<",
			"This shop runs Zen Cart.", "a form is made for one visitor; another cannot send it.", "field securityToken value"}},
		{"hold?lang=en", []string{`data-scene="hold"`, "Let people in again", "The shop is in the mode “Hold”.",
			`id="confirm-all">Allow all that passed</button>`, `id="withdraw-all" hidden=""`, `id="look-now" hidden=""`, `id="sharing-asked">The pages are to be compared now`, "sharing: Front page, Product pages → stopped"}},
	} {
		t.Run(q.path, func(t *testing.T) {
			// Not t.TempDir: the browser's children may still write while they end.
			profile, err := os.MkdirTemp("", "console-browser-")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(profile)
			ctx, stop := context.WithTimeout(t.Context(), 10*time.Minute) // a browser on a busy machine has taken more than one
			defer stop()
			dump := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
				"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
				"--user-data-dir="+profile, "--virtual-time-budget=3000", "--dump-dom", server.URL+"/storybook/"+q.path)
			out, err := dump.Output()
			if err != nil {
				t.Fatalf("%v: %.500s", err, out)
			}
			for _, text := range q.has {
				if !strings.Contains(string(out), text) {
					t.Errorf("%q is not on the page", text)
				}
			}
		})
	}
}

// browser is the path of the quick browser; without one the test is skipped, under CI
// it fails.
func browser(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("../../scripts/find-browser", "quick").Output()
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatal("no browser, and this is CI; scripts/install-test-tools installs one:", err)
	case err != nil:
		t.Skip("no browser here; scripts/install-test-tools installs one:", err)
	}
	return strings.TrimSpace(string(out))
}
