package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Axe is the source of axe-core.
type Axe string

// LoadAxe fetches axe-core by fetch-axe.sh, once per machine.
func LoadAxe(t testing.TB) Axe {
	t.Helper()
	out, err := exec.Command("sh", "fetch-axe.sh").Output()
	if err != nil {
		Missing(t, "axe-core", err)
	}
	src, err := os.ReadFile(strings.TrimSpace(string(out)))
	if err != nil {
		Missing(t, "axe-core", err)
	}
	return Axe(src)
}

// violation is one finding of axe-core.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		FailureSummary string
	}
}

// Check runs every rule of WCAG 2.0–2.2 A and AA on the tab's page, and axe's own
// best practices, and returns what it finds, one line each.
func (a Axe) Check(tab *Tab) []string {
	tab.t.Helper()
	return a.run(tab, `{resultTypes: ['violations']}`)
}

// Colours is Check of the rules that look at colours. It is for a page of which there was
// another of the same [shape], that was checked.
func (a Axe) Colours(tab *Tab) []string {
	tab.t.Helper()
	return a.run(tab, `{resultTypes: ['violations'], runOnly: ['color-contrast', 'link-in-text-block']}`)
}

// shape is the expression for all of a page but its colours and numbers: what stands in it,
// where and how large, seen or not.
const shape = `document.body.outerHTML.replace(/\d+/g, '0') + [].map.call(document.querySelectorAll('body, body *:not(svg *)'), function (e) {
	var r = e.getBoundingClientRect(), s = getComputedStyle(e);
	return [r.x, r.y, r.width, r.height, s.display, s.visibility, s.opacity, s.overflow, s.position, s.fontSize, s.fontWeight, s.textDecorationLine, s.borderStyle].join();
}).join('\n')`

// Everywhere has the tab bring axe-core along to every page that it opens from now on: where
// many are checked, half a megabyte need not go through the browser for each.
func (a Axe) Everywhere(tab *Tab) {
	tab.t.Helper()
	if _, err := chromedp.Call(tab.ctx, page.AddScriptToEvaluateOnNewDocument,
		page.AddScriptToEvaluateOnNewDocumentParams{Source: string(a)}); err != nil {
		tab.t.Fatal(err)
	}
}

func (a Axe) run(tab *Tab, options string) []string {
	tab.t.Helper()
	if !Eval[bool](tab, `!!window.axe`) {
		Eval[bool](tab, string(a)+";true")
	}
	raw := Eval[string](tab, `axe.run(document, `+options+`).then(function (r) {
		return JSON.stringify(r.violations); })`)
	var found []violation
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		tab.t.Fatal(err)
	}
	var lines []string
	for _, v := range found {
		for _, n := range v.Nodes {
			lines = append(lines, fmt.Sprintf("%s (%s): %s\n\t%s\n\t%s", v.ID, v.Impact, v.Help, n.HTML, n.FailureSummary))
		}
	}
	return lines
}
