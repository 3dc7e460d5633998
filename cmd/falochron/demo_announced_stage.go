package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/toyshop"
)

// announcedStage is where the second act plays: a shop, Falochron before it as anybody
// starts it, a chat service, and a browser.
type announcedStage struct {
	*announcedDemo
	shop  *shopProcess
	edge  *edgeProcess
	chat  *chat
	hand  *browserDemo
	room  string // address of the campaign room's pages
	links map[string]string
}

// The toy shop of the README with eight workers finishes so many orders a minute, as
// act 1 finds out in its first minute and a half: 85 to 95 here.
const rehearsedOrders = 90

// The campaign's numbers: so many wait for the moment and come, and 9 in 20 of them buy,
// as of the demo's fans. The forecast makes of it how many come in the first minute, and
// so many do come.
const (
	announcedReach = 2_400
	announcedClick = "100%"
	announcedBuy   = "45%"
)

// The post is planned for so long from now, and may be earlier or later by so much: she
// is early, and what was confirmed still holds.
const (
	announcedAhead = 12 * time.Minute
	announcedSlip  = 15 * time.Minute
)

// Where the campaign stands in the plan.
const (
	theShop     = "lipstick"
	theCampaign = "lipstick-1"
	thePost     = "lipstick-1.1"
)

// aParty is one who takes part, with the page that its link leads to.
type aParty struct{ id, name, person, role, page string }

var theParties = []aParty{
	{"ola", "Ola", "Ola", "influencer", "/plan/next"},
	{"agency", "Good Posts", "Ewa", "media-house", "/plan/campaign/" + theCampaign},
	{"code", "Neat Code", "Iga", "software-house", "/plan/campaign/" + theCampaign},
	{"hosting", "Good Hosting", "Jan", "host", "/plan/host"},
}

// set starts everything and fills the plan, as an operator would in the days before.
// The stage is cleared whether or not that went well.
func (d *announcedDemo) set(ctx context.Context) (s *announcedStage, err error) {
	s = &announcedStage{announcedDemo: d, links: map[string]string{}}
	if s.chat, err = openChat(d.house.port()); err != nil {
		return s, err
	}
	s.chat.deaf = d.fault == "deaf-chat"
	if d.fault == "foreign-key" {
		s.chat.other = make([]byte, len(s.chat.key))
	}
	listen := d.house.port()
	if s.shop, err = d.house.shop(ctx, d.workers, d.seed, "http://"+listen); err != nil {
		return s, err
	}
	d.out.say("  $ %s", s.shop.line())
	if err := s.raise(ctx, listen); err != nil {
		return s, err
	}
	if err := s.plan(ctx); err != nil {
		return s, err
	}
	s.hand, err = openBrowser(d.browser, d.chromium, d.folder)
	return s, err
}

// clear ends what is no process of the house.
func (s *announcedStage) clear() {
	if s.hand != nil {
		s.hand.close()
	}
	if s.chat != nil {
		s.chat.close()
	}
}

// raise starts the edge with the configuration that such an evening needs.
func (s *announcedStage) raise(ctx context.Context, listen string) error {
	admin, room := s.house.port(), s.house.port()
	s.room = "http://" + room
	file := ""
	p, err := s.house.process("edge", func(data string) []string {
		file = data + ".yaml"
		return []string{"run", "--config", file, "--data", data, "--listen", listen, "--admin", admin}
	})
	if err != nil {
		return err
	}
	text := fmt.Sprintf(`shops:
  - name: %s
    origins: [%s]
    page: {name: Lipstick, time_zone: Europe/Warsaw}
plan:
  listen: %s
  url: %s
%s`, s.behind(), s.shop.base, room, s.room, notifyConfig)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	s.edge = &edgeProcess{p, listen, admin}
	s.out.say("  $ %s\n      with %s", s.edge.line(), strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n      "))
	if err := s.edge.start(); err != nil {
		return err
	}
	return s.edge.listening(ctx, listen)
}

// behind is the name of the shop behind the edge.
func (s *announcedStage) behind() string {
	if s.fault == "stray-shop" {
		return "elsewhere"
	}
	return theShop
}

// plan fills the plan at the command line, and has the parties confirm what they are
// asked for.
func (s *announcedStage) plan(ctx context.Context) error {
	for _, p := range theParties {
		add := []string{"party", "add", p.id, "--name", p.name, "--contact", p.person + "=" + s.chat.address(p.id)}
		if s.fault == "four-rooms" && p.role == "host" {
			for i := range 3 { // other addresses, and the same room
				room, key, _ := strings.Cut(s.chat.address(p.id), "#")
				add = append(add, "--contact", fmt.Sprintf("%s=%s?room=%d#%s", p.person, room, i, key))
			}
		}
		if _, err := s.campaign(ctx, add...); err != nil {
			return err
		}
	}
	shop := []string{"shop", "add", theShop, "--name", "Lipstick", "--domain", "127.0.0.1"}
	for _, p := range theParties {
		shop = append(shop, "--party", p.role+":"+p.id)
	}
	if _, err := s.campaign(ctx, shop...); err != nil {
		return err
	}
	if s.fault == "stray-shop" { // of two shops, none is the only one
		if _, err := s.campaign(ctx, "shop", "add", "hats"); err != nil {
			return err
		}
	}
	if _, err := s.campaign(ctx, "shop", "capacity", theShop, "--orders", fmt.Sprint(rehearsedOrders), "--workers", fmt.Sprint(s.workers)); err != nil {
		return err
	}
	article := toyshop.Catalogue()[0]
	at := time.Now().Add(announcedAhead).Truncate(time.Minute)
	file := filepath.Join(s.house.dir, "autumn.yaml")
	text := fmt.Sprintf(`shop: %s
name: Autumn lipstick
stock: %d
posts:
  - party: ola
    channel: timed-drop
    account: "@ola"
    at: %s
    slip: %s
    reach: %d
    proof: true
    click: %s
    buy: %s
    link: http://%s/produkt/%s
    price: %.2f
`, theShop, toyshop.DefaultStock, at.Format(time.RFC3339), announcedSlip, announcedReach, announcedClick, announcedBuy, s.edge.listen, article.Slug, float64(article.Price)/100)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	if _, err := s.campaign(ctx, "add", file); err != nil {
		return err
	}
	for _, p := range theParties {
		said, err := s.campaign(ctx, "link", "give", p.id, p.role, "--for", "24h", "--url", s.room)
		if err != nil {
			return err
		}
		words := strings.Fields(said)
		s.links[p.id] = words[len(words)-1]
	}
	return s.ready(ctx)
}

// ready has everybody confirm, each by the link that was given to it, and the two who
// may be rung say who is on call.
func (s *announcedStage) ready(ctx context.Context) error {
	s.out.say("  all four confirm their steps on their pages, and say who is on call")
	if err := s.known(ctx); err != nil {
		return err
	}
	for _, p := range theParties {
		link := p.id + "-link-1"
		var steps struct {
			Steps []struct{ Step, Moment, Party, Status string }
		}
		if err := s.ask(ctx, http.MethodGet, "plan/campaigns/"+theCampaign+"/steps", link, nil, &steps); err != nil {
			return err
		}
		for _, step := range steps.Steps {
			if step.Party != p.id || step.Status != "asked" && step.Status != "overdue" {
				continue
			}
			if _, err := s.quietly(ctx, "confirm", theCampaign, step.Step, "--post", step.Moment, "--link", link, "--as", p.person); err != nil {
				return err
			}
		}
		if p.role != "host" && p.role != "software-house" {
			continue
		}
		if err := s.command(ctx, "set-on-call", link, map[string]any{
			"contact": map[string]string{"name": p.person, "address": "tel:+48600100200"},
			"from":    time.Now().UTC().Format(time.RFC3339), "until": time.Now().Add(12 * time.Hour).UTC().Format(time.RFC3339),
		}); err != nil {
			return err
		}
	}
	if s.fault == "stray-shop" {
		return nil // nothing can be looked at
	}
	s.out.say("  link and price are looked at in the shop, as soon as it has been calm for a minute")
	if _, err := s.campaign(ctx, "check", theCampaign, "--admin", s.edge.admin); err != nil {
		return err
	}
	// What the shop's pages do not tell programs somebody has looked at.
	_, err := s.campaign(ctx, "found", theCampaign, thePost, "price")
	return err
}

// known waits until the running process knows the links that another has given.
func (s *announcedStage) known(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, seenWithin)
	defer cancel()
	for {
		var given struct{ Links []struct{ ID string } }
		if err := s.ask(ctx, http.MethodGet, "plan/links", "", nil, &given); err != nil {
			return err
		}
		if len(given.Links) == len(theParties) {
			return nil
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("falochron run knows only of %d links: %w", len(given.Links), err)
		}
	}
}

// campaign runs falochron campaign, and returns what it said.
func (s *announcedStage) campaign(ctx context.Context, args ...string) (string, error) {
	args = append([]string{"campaign"}, args...)
	s.out.say("  $ falochron %s", shellWords(args))
	return s.quietly(ctx, append(args[1:], "--as", "the demo")...)
}

// quietly runs falochron campaign without showing it.
func (s *announcedStage) quietly(ctx context.Context, args ...string) (string, error) {
	args = append([]string{"campaign"}, append(args, "--data", s.data(), "--lang", "en")...)
	out, err := exec.CommandContext(ctx, s.house.exe, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("falochron %s: %w\n%s", shellWords(args), err, out)
	}
	return string(out), nil
}

// shellWords writes arguments as one would type them, without secrets.
func shellWords(args []string) string {
	words := make([]string, len(args))
	for i, a := range args {
		if before, _, secret := strings.Cut(a, "#whsec_"); secret {
			a = before + "#whsec_…"
		}
		if strings.ContainsAny(a, " #'") {
			a = "'" + a + "'"
		}
		words[i] = a
	}
	return strings.Join(words, " ")
}

// data is the edge's data folder.
func (s *announcedStage) data() string {
	return s.edge.args[slices.Index(s.edge.args, "--data")+1]
}

// command changes the plan by the API.
func (s *announcedStage) command(ctx context.Context, name, link string, body any) error {
	return s.ask(ctx, http.MethodPost, "plan/commands/"+name, link, body, nil)
}

// ask asks the operators' API, as a party if a link is named.
func (s *announcedStage) ask(ctx context.Context, method, path, link string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var send io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		send = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+s.edge.admin+"/api/v1/"+path, send)
	if err != nil {
		return err
	}
	token, err := os.ReadFile(filepath.Join(s.data(), "admin-token"))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if link != "" {
		r.Header.Set("Falochron-Link", link)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
		return fmt.Errorf("%s /api/v1/%s: %s %s", method, path, resp.Status, said)
	}
	if into == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// outside asks an address as a program does that nobody has let in: with GET, and
// without a browser. What it answers is decoded if into is there.
func outside(ctx context.Context, address string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if into == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// notifyConfig lets messages go out, and to this machine, where the chat service is.
const notifyConfig = `notify:
  send: true
  allow: [127.0.0.0/8]
`
