package e2e

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"

	pages "github.com/falochron/falochron/internal/edge/page"
)

// heard is a page as somebody hears it who has it read out: Chromium's accessibility
// tree, in order.
type heard struct {
	nodes map[accessibility.NodeID]*accessibility.Node
	lines []string
	bad   []string // what has no name
	live  []string // regions that are said when they change
}

// reads has the page of a tab read out.
func (tab *Tab) reads() *heard {
	tab.t.Helper()
	got, err := chromedp.Call(tab.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		tab.t.Fatal(err)
	}
	h := &heard{nodes: map[accessibility.NodeID]*accessibility.Node{}}
	for _, n := range got.Nodes {
		h.nodes[n.NodeID] = n
	}
	if len(got.Nodes) > 0 {
		h.read(got.Nodes[0])
	}
	return h
}

// said is a value of the tree as text.
func said(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var any any
	if json.Unmarshal([]byte(v.Value), &any) != nil || any == nil {
		return ""
	}
	return strings.Join(strings.Fields(fmt.Sprint(any)), " ")
}

// What is a line of its own by its name, and what is only a place for others.
var (
	named   = []string{"link", "button", "textbox", "combobox", "checkbox", "radio", "DisclosureTriangle", "heading", "image", "time", "Date", "InputTime", "DateTime", "spinbutton", "option", "MenuListOption", "MenuListPopup"}
	whole   = []string{"link", "button", "heading", "DisclosureTriangle", "option", "MenuListOption", "textbox", "InputTime", "Date", "DateTime"}
	places  = []string{"banner", "main", "navigation", "contentinfo", "region", "group", "status", "alert", "list", "table", "figure", "form", "radiogroup", "term", "definition", "blockquote", "complementary", "Details"}
	presses = []string{"link", "button", "textbox", "combobox", "checkbox", "radio", "DisclosureTriangle", "spinbutton", "Date", "InputTime", "DateTime"}
)

func (h *heard) read(n *accessibility.Node) {
	role, name := said(n.Role), said(n.Name)
	if !n.Ignored {
		if live := h.property(n, "live"); live != "" && live != "off" && h.property(n, "root") == string(n.NodeID) || role == "status" || role == "alert" {
			h.live = append(h.live, role)
		}
		if slices.Contains(presses, role) && name == "" {
			h.bad = append(h.bad, role)
		}
		switch {
		case role == "StaticText":
			if name != "" {
				h.lines = append(h.lines, name)
			}
			return
		case role == "heading":
			h.lines = append(h.lines, "heading "+h.property(n, "level")+": "+name)
		case slices.Contains(named, role):
			line := role + ": " + name
			if v := said(n.Value); v != "" && v != name {
				line += " = " + v
			}
			for _, state := range []string{"checked", "expanded", "required", "disabled"} {
				if v := h.property(n, state); v != "" && v != "false" {
					line += ", " + state
				}
			}
			h.lines = append(h.lines, line)
		case slices.Contains(places, role):
			line := role
			if name != "" && role != "blockquote" {
				line += " “" + name + "”"
			}
			h.lines = append(h.lines, line)
		}
	}
	if !n.Ignored && slices.Contains(whole, role) {
		return // its name says it
	}
	for _, id := range n.ChildIDs {
		if child := h.nodes[id]; child != nil {
			h.read(child)
		}
	}
}

func (h *heard) property(n *accessibility.Node, name string) string {
	for _, p := range n.Properties {
		if string(p.Name) == name {
			return said(p.Value)
		}
	}
	return ""
}

// moments are what a page says of the time it was made, which no transcript can hold.
var moments = regexp.MustCompile(`\b\d\d:\d\d:\d\d\b`)

// What is read out, and in which order, is kept as text: whoever changes a page sees what
// those hear who do not see it. Everything that can be pressed has a name, and what
// changes by itself is announced. FALOCHRON_REWRITE=1 writes the transcripts anew.
func TestWhatAScreenReaderSays(t *testing.T) {
	t.Parallel()
	evening := time.Date(2026, 11, 27, 18, 10, 0, 0, time.UTC)
	h, err := pages.Storybook(pages.Config{ShopName: "Pracownia Fala", Location: time.UTC}, func() time.Time { return evening })
	if err != nil {
		t.Fatal(err)
	}
	line := httptest.NewServer(h)
	t.Cleanup(line.Close)
	room, _ := room(t)
	tab := StartBrowser(t).Tab(t)
	tab.Phone(360)
	for _, p := range []struct{ name, url string }{
		{"influencer-planned", room + "influencer-planned?lang=LANG"}, {"influencer-wave", room + "influencer-wave?lang=LANG"}, {"campaign-missing", room + "campaign-missing?lang=LANG"},
		{"war-room-wave", room + "war-room-wave?lang=LANG"}, {"own", room + "own?lang=LANG"}, {"access-closed", room + "access-closed?lang=LANG"}, {"post-new", room + "post-new?lang=LANG"}, {"host", room + "host?lang=LANG"},
		{"waiting", line.URL + "/LANG/auto/waiting"}, {"called", line.URL + "/LANG/auto/called"},
	} {
		for _, lang := range []string{"pl", "en"} {
			if p.name == "war-room-wave" {
				tab.Do(chromedp.EmulateViewport(1920, 1080))
			}
			tab.Open(strings.Replace(p.url, "LANG", lang, 1))
			got := tab.reads()
			if len(got.bad) > 0 {
				t.Errorf("%s in %s: these have no name: %v", p.name, lang, got.bad)
			}
			if (strings.HasSuffix(p.name, "-wave") || p.name == "waiting" || p.name == "called") && len(got.live) == 0 {
				t.Errorf("%s in %s: nothing is announced when it changes", p.name, lang)
			}
			if len(got.lines) < 10 {
				t.Fatalf("%s in %s: only %q", p.name, lang, got.lines)
			}
			text := moments.ReplaceAllString(strings.Join(got.lines, "\n"), "HH:MM:SS") + "\n"
			file := filepath.Join("testdata", "reader", p.name+"."+lang+".txt")
			if os.Getenv("FALOCHRON_REWRITE") != "" {
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := firstDifference(string(want), text); diff != "" {
				t.Errorf("%s in %s is read otherwise; FALOCHRON_REWRITE=1 if it is meant:\n%s", p.name, lang, diff)
			}
		}
	}
}

// firstDifference is where two transcripts part, with some lines of each.
func firstDifference(want, got string) string {
	was, is := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(was), len(is)) {
		if i < len(was) && i < len(is) && was[i] == is[i] {
			continue
		}
		some := func(all []string) string { return strings.Join(all[min(i, len(all)):min(i+6, len(all))], "\n") }
		return fmt.Sprintf("line %d was\n%s\nand is\n%s", i+1, some(was), some(is))
	}
	return ""
}

// A page on which a button has no name, or nothing is announced, is found out.
func TestTheReaderHearsFaults(t *testing.T) {
	t.Parallel()
	tab := StartBrowser(t).Tab(t)
	tab.Open(`data:text/html,<main><h1>x</h1><button></button><input><a href="/y"><img src=z></a><p>free</p></main>`)
	got := tab.reads()
	if len(got.bad) != 3 || len(got.live) != 0 || !slices.Contains(got.lines, "heading 1: x") || !slices.Contains(got.lines, "free") {
		t.Errorf("%v, %v, %q", got.bad, got.live, got.lines)
	}
	tab.Open(`data:text/html,<main><p role=status>3 people</p><button aria-label=Go></button></main>`)
	if got = tab.reads(); len(got.bad) != 0 || len(got.live) != 1 || !slices.Contains(got.lines, "button: Go") {
		t.Errorf("%v, %v, %q", got.bad, got.live, got.lines)
	}
}
