package e2e

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// do changes the plan as an operator.
func (s *stage) do(command string, body any) {
	s.t.Helper()
	s.ask("POST", "plan/commands/"+command, body, nil)
}

// link gives a party a link, as an operator does at the command line.
func (s *stage) link(party, role, reachedBy string) string {
	s.t.Helper()
	cmd := exec.Command(Build(s.t), "campaign", "link", "give", party, role, "--data", s.data, "--url", reachedBy)
	out, err := cmd.CombinedOutput()
	lines := strings.Fields(string(out))
	if err != nil || len(lines) == 0 || !strings.HasPrefix(lines[len(lines)-1], reachedBy+"/plan/l/") {
		s.t.Fatalf("campaign link give %s: %v\n%s", party, err, out)
	}
	return lines[len(lines)-1]
}

// enter opens a link as a person does: sees the door, and presses its button. Another
// process gave it a moment ago.
func (tab *Tab) enter(link, to string) {
	tab.t.Helper()
	for limit := time.Now().Add(wait); time.Now().Before(limit); time.Sleep(look) {
		tab.Open(link)
		if Eval[bool](tab, `!!document.querySelector('button[value=open]')`) {
			break
		}
	}
	tab.Click(`button[value=open]`)
	tab.Await(`location.pathname === '` + to + `'`)
}

// told is the expression that the page says something, with whatever spaces.
func told(text string) string {
	return `!!document.body && document.body.textContent.replace(/\s+/g, ' ').includes(` + "`" + text + "`)"
}

// tells awaits text on the page.
func (tab *Tab) tells(texts ...string) {
	tab.t.Helper()
	for _, text := range texts {
		tab.Await(told(text))
	}
}

// An operator gives links; the influencer comes by hers and taps, and the host's page
// has it with its next look. With scripts and without.
func TestThePostIsAnnouncedByItsInfluencer(t *testing.T) {
	t.Parallel()
	shop := openShop(t, "--pace", quick)
	s := raise(t, "--origin", shop.url, "--plan-listen", "127.0.0.1:0")
	room := addresses.FindString(s.edge.Await("campaign room on"))
	room = strings.TrimSuffix(room, ",")
	axe := LoadAxe(t)

	at := time.Now().Add(3 * time.Hour).UTC()
	s.do("put-party", map[string]any{"id": "web", "name": "Good Hosting"})
	for _, id := range []string{"shop", "second"} {
		s.do("put-party", map[string]any{"id": "ola-" + id, "name": "Ola of " + id})
		s.do("put-shop", map[string]any{"id": id, "name": "Shop " + id, "zone": "Europe/Warsaw", "parties": []map[string]string{
			{"party": "ola-" + id, "role": "influencer"}, {"party": "web", "role": "host"}}})
		s.do("put-campaign", map[string]any{"shop": id, "name": "Campaign of " + id, "stock": 5000})
		s.do("put-post", map[string]any{"campaign": id + "-1", "post": map[string]any{
			"party": "ola-" + id, "channel": "instagram-story", "account": "@" + id, "reach": 300000, "buy": 0.1, "at": at.Format(time.RFC3339)}})
		s.do("record-capacity", map[string]any{"shop": id, "capacity": map[string]any{
			"orders_per_minute": 120, "workers": 8, "evidence": "rehearsal", "at": time.Now().UTC().Format(time.RFC3339)}})
	}
	links := map[string]string{"web": s.link("web", "host", room)}
	for _, id := range []string{"shop", "second"} {
		links[id] = s.link("ola-"+id, "influencer", room)
	}
	b := StartBrowser(t)
	host := b.Tab(t)
	host.speaks("en")
	host.Do(chromedp.EmulateViewport(1280, 900))
	host.enter(links["web"], "/plan/host")
	host.tells("Good Hosting", "Shop shop", "Shop second")

	for _, id := range []string{"shop", "second"} {
		scriptless := id == "second"
		ola := b.Tab(t)
		ola.speaks("en")
		ola.Phone(360)
		if scriptless {
			ola.WithoutJavaScript()
		}
		ola.enter(links[id], "/plan/next")
		ola.tells("Ola of "+id, "Shop "+id, "120 a minute", "In 10 minutes")
		ola.Picture("campaign-influencer-" + id)
		if !scriptless {
			for _, v := range axe.Check(ola) {
				t.Errorf("the influencer's page: %s", v)
			}
		}

		ola.Click(`button[value=post-soon]`)
		ola.tells("The post goes out in 10 minutes", "Take it back")
		ola.Picture("campaign-soon-" + id)
		host.Open(room + "/plan/host")
		if !Eval[bool](host, told("Shop "+id+": The post goes out in 10 minutes")) {
			t.Error("what was tapped is not on the host's page with the next look")
		}

		ola.Click(`button[value=post-now]`)
		ola.tells("The post is out", "You are posting")
		ola.Await(`!document.querySelector('button[value=post-now]')`)
		ola.Picture("campaign-out-" + id)
		host.Open(room + "/plan/host")
		if !Eval[bool](host, told("Shop "+id+": The post is out")) {
			t.Error("that it is out is not on the host's page with the next look")
		}
		host.Picture("campaign-host-" + id)
		if !scriptless {
			host.Click(`.tasks li:first-child button[value=confirm]`)
			host.tells("Has heard of the change (shop-1.1)")
		}
	}

	// When a link is withdrawn, the page is over.
	s.do("revoke-link", map[string]any{"grant": "web-link-1"})
	host.Open(room + "/plan/host")
	host.tells("This link was withdrawn")
}
