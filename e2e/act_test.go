package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// The second act of the demo, from its command line to its report, with a short wave:
// the browser obeys, the pages say what the story waits for, and the pictures are there.
// How quick it all was is not looked at: other tests run beside it.
func TestTheSecondAct(t *testing.T) {
	t.Parallel()
	bin := chromium(t)
	dir := t.TempDir()
	browser := filepath.Join(dir, "browser")
	if out, err := exec.Command("go", "build", "-o", browser, "./browser").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := Start(t, "demo", "--act", "2", "--browser", browser, "--chromium", bin, "--report", dir, "--wave", "10s")
	p.Await("all of it took") // a minute of it the shop has to be calm
	select {
	case <-p.done:
	case <-time.After(wait):
		t.Fatal("it does not end")
	}
	var r struct {
		Call struct {
			Acknowledged bool `json:"acknowledged"`
			Nothing      bool `json:"opening_does_nothing"`
		} `json:"call"`
		Marker *float64 `json:"marker_ms"`
		Wave   struct {
			Came    int `json:"came"`
			Counted int `json:"counted_by_short_link"`
			Mixed   int `json:"saw_somebody_elses_page"`
		} `json:"wave"`
		Evening struct {
			Early      int  `json:"came_before_start"`
			In         int  `json:"let_in_before_start"`
			Recomputed bool `json:"recomputed"`
		} `json:"evening"`
		Story []struct {
			Pictures []string `json:"pictures"`
		} `json:"story"`
		Promises []struct {
			What  string `json:"what"`
			Holds bool   `json:"holds"`
		} `json:"promises"`
	}
	text, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if !r.Call.Acknowledged || !r.Call.Nothing || r.Marker == nil || r.Wave.Counted < r.Wave.Came || r.Wave.Came == 0 || r.Wave.Mixed > 0 ||
		r.Evening.Early == 0 || r.Evening.In > 0 || !r.Evening.Recomputed || len(r.Promises) < 10 {
		t.Errorf("%s", text)
	}
	pictures := 0
	for _, c := range r.Story {
		for _, name := range c.Pictures {
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() < 10_000 {
				t.Errorf("%s is no picture: %v", name, err)
			}
			pictures++
		}
	}
	if pictures < 9 {
		t.Errorf("%d pictures", pictures)
	}
	if page, err := os.ReadFile(filepath.Join(dir, "index.html")); err != nil || len(page) < 1000 {
		t.Errorf("no report: %v", err)
	}
}
