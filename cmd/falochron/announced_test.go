package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/cache"
	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/edge/accept"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/memnet"
	"github.com/falochron/falochron/internal/notify"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/state"
	"github.com/falochron/falochron/internal/store"
	"github.com/falochron/falochron/internal/ticket"
	"github.com/falochron/falochron/internal/toyshop"
)

// announcedWorld is the chain from the influencer's phone to the shop's till in one
// bubble: the plan on disk, its pages, the messages out, the edge, a shop behind it, on
// a network in memory.
type announcedWorld struct {
	*planWorld
	net  memnet.Net
	edge *edge.Server
	shop string // address of the edge

	mu   sync.Mutex
	mail []announcedMail // guarded by mu
}

// announcedMail is a message as it came to an address.
type announcedMail struct {
	at time.Time
	to string
	notify.Message
}

// mailbox is the way to one address.
type mailbox struct {
	of *announcedWorld
	to string
}

// Send takes a message.
func (m mailbox) Send(_ context.Context, msg notify.Message) (notify.Receipt, error) {
	m.of.mu.Lock()
	defer m.of.mu.Unlock()
	m.of.mail = append(m.of.mail, announcedMail{time.Now(), m.to, msg})
	return notify.Receipt{Where: m.to}, msg.Check()
}

// since are the messages about a post in ten minutes that came to somebody since a
// moment.
func (w *announcedWorld) since(to string, from time.Time) (out []announcedMail) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.mail {
		if m.to == to && !m.at.Before(from) && strings.Contains(m.Subject, "The post goes out in 10\u00a0minutes") {
			out = append(out, m)
		}
	}
	return out
}

// openAnnounced starts everything; what it returns ends it.
func openAnnounced(t *testing.T, file string) (w *announcedWorld, end func()) {
	t.Helper()
	w = &announcedWorld{shop: "10.0.0.1:80"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	listen := func(addr string) net.Listener {
		l, err := w.net.Listen(addr)
		must(err)
		return l
	}
	shop, err := toyshop.New(toyshop.Config{Workers: 4, Data: toyshop.InMemory, Seed: 1, PublicURL: "http://127.0.0.1:1"}) // no notices of payment
	must(err)
	campaigns, err := control.OpenCampaigns(context.Background(), control.CampaignsConfig{
		Open: func(ctx context.Context) (*store.Store, error) { return store.Open(ctx, store.Config{Address: file}) }})
	must(err)
	ring, err := ticket.NewKeyring(time.Now(), rand.Reader)
	must(err)
	notes := journal.New(journal.Config{Size: 20_000, PassSample: 64})
	w.edge, err = edge.New(edge.Config{Journal: notes})
	must(err)
	kept, err := state.Memory().Shop(theShop)
	must(err)
	pool, err := origin.New(origin.Config{URLs: []string{"http://10.0.1.1:80"}, DialContext: w.net.DialContext}, nil)
	must(err)
	pages, err := page.New(page.Config{ShopName: "Lipstick", DefaultLang: "en", Location: time.UTC})
	must(err)
	kitchen := cache.New(cache.Config{MaxBytes: 32 << 20})
	must(w.edge.SetShops([]edge.ShopConfig{{
		Name: theShop, Mode: falochron.ModeAuto, Platform: preset.Generic().Platform(), Pool: pool, Cache: kitchen, Pages: pages, State: kept,
		Keys: ring.Shop(theShop, kept.Epoch(), ticket.Lives{}), GateScript: true, Report: func(err error) { t.Error(err) },
	}}))
	front, err := accept.Listen(accept.Config{Listener: listen(w.shop), H2C: true})
	must(err)

	pp := &planPages{
		plan: campaigns, pages: console.NewPages(console.Config{Version: "v1"}), links: ring.Links(), feeds: ring.Feeds(), notes: notes, pulse: &pulse{source: w.edge},
		trust: accept.Trust{}, log: slog.New(slog.DiscardHandler), now: time.Now, tells: true,
	}
	pp.foretold.worlds = 200
	pp.behind.Store(&edges{Shops: []edgeShop{{Name: theShop}}})
	pp.routes()
	w.planWorld = &planWorld{planPages: pp, t: t, clock: time.Now(), tokens: map[string]string{}}
	messenger := control.NewMessenger(control.MessengerConfig{
		Plan: campaigns, Pages: "http://plan.example", Seal: ring.Links().SealNotice, Window: 10 * time.Minute, Timeout: 20 * time.Second,
		Way: func(_ plan.ID, address string) (control.Way, error) { return mailbox{w, address}, nil },
	})
	announcer := control.Announcer{Plan: campaigns, Shops: w.edge.Shops, Behind: pp.behindOf, Publish: func(name string, a *falochron.Announced) {
		if snap, ok := w.edge.Snapshot(name); ok && !snap.Plan.Same(a) {
			snap.Plan = a
			snap.Version++
			w.edge.Publish(name, snap)
		}
	}}

	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { must(shop.Run(ctx, listen("10.0.1.1:80"), listen("127.0.0.1:81"))) })
	running.Go(func() { w.edge.Run(ctx) })
	running.Go(func() { must(front.Serve(w.edge)) })
	running.Go(func() { campaigns.Run(ctx) })
	running.Go(func() { messenger.Run(ctx) })
	running.Go(func() { announcer.Run(ctx) })
	running.Go(func() { pp.pulse.run(ctx) })
	return w, func() {
		late, done := context.WithTimeout(context.Background(), 3*time.Minute)
		defer done()
		_ = front.Drain(late) // those who still wait in line are cut
		stop()
		running.Wait()
		kitchen.Close()
		pool.Close()
		if err := campaigns.Close(); err != nil {
			t.Error(err)
		}
	}
}

// fill puts the campaign of the second act into the plan.
func (w *announcedWorld) fill() {
	w.t.Helper()
	s := plan.Shop{ID: theShop, Name: "Lipstick", Zone: "Europe/Warsaw", Domains: []string{"10.0.0.1"}}
	for _, p := range theParties {
		w.must(anOperator, plan.PutParty{Party: plan.Party{ID: plan.ID(p.id), Name: p.name, Contacts: []plan.Contact{{Name: p.person, Address: "mailto:" + p.id}}}})
		s.Parties = append(s.Parties, plan.Service{Party: plan.ID(p.id), Role: plan.Role(p.role)})
	}
	w.must(anOperator, plan.PutShop{Shop: s})
	w.must(anOperator, plan.RecordCapacity{Shop: theShop, Capacity: plan.Capacity{OrdersPerMinute: rehearsedOrders, Workers: 8, Evidence: plan.Told, At: time.Now()}})
	w.must(anOperator, plan.PutCampaign{Shop: theShop, Name: "Autumn lipstick", Stock: toyshop.DefaultStock})
	w.must(anOperator, plan.PutPost{Campaign: theCampaign, Post: plan.Post{
		Party: "ola", Channel: "timed-drop", Account: "@ola", At: time.Now().Add(announcedAhead), Slip: announcedSlip, Reach: announcedReach, Proof: true,
		Click: 1, Buy: 0.45, Link: "http://10.0.0.1/produkt/" + toyshop.Catalogue()[0].Slug, Price: 59}})
	for _, p := range theParties {
		w.give(p.id, plan.Role(p.role))
		who := plan.Actor{Role: plan.Role(p.role), Party: plan.ID(p.id), Person: p.person}
		for _, step := range []string{"freeze", "go"} {
			w.must(who, plan.Confirm{Campaign: theCampaign, Step: step})
		}
		w.must(who, plan.Confirm{Campaign: theCampaign, Step: "hour", Moment: thePost})
		if who.Role == plan.SoftwareHouse || who.Role == plan.Host {
			w.must(who, plan.SetOnCall{OnCall: plan.OnCall{Contact: plan.Contact{Name: p.person, Address: "tel:1"}, From: time.Now(), Until: time.Now().Add(3 * time.Hour)}})
		}
	}
}

// at moves the clock on until everything that happens by then has happened.
func (w *announcedWorld) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
	w.clock = time.Now()
}

// announced is the post as the edge knows it.
func (w *announcedWorld) announced() falochron.AnnouncedPost {
	w.t.Helper()
	snap, ok := w.edge.Snapshot(theShop)
	if !ok || snap.Plan == nil || len(snap.Plan.Posts) != 1 {
		w.t.Fatalf("the edge knows of %+v", snap.Plan)
	}
	return snap.Plan.Posts[0]
}

var markTime = regexp.MustCompile(`<ul class="marks"><li><time datetime="([^"]+)">([0-9:]+)</time> <bdi>@ola</bdi>`)

// The chain as the second act of the demo plays it, in a bubble: announced on the
// influencer's page, forecast and readiness there; within a second at the edge, and told
// to the host, who acknowledges from the message; the post goes out, the wave comes by
// its short link and is let in as the shop can take it; the war room has the mark at the
// second of the tap.
func TestAnAnnouncedWave(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "plan.db")
	synctest.Test(t, func(t *testing.T) {
		w, end := openAnnounced(t, file)
		defer end()
		w.fill()
		w.pass(90 * time.Second)
		for _, p := range theParties { // what is asked so late is one message, and not one each
			n := 0
			for _, m := range w.mail {
				if m.to == "mailto:"+p.id {
					n++
				}
			}
			if n < 1 || n > promiseFew {
				t.Errorf("%s was sent %d messages when the post was announced", p.id, n)
			}
		}
		planned := w.announced()
		if planned.Out || planned.Code == "" {
			t.Fatalf("before the tap: %+v", planned)
		}
		ola, war := w.opens("ola", plan.Influencer), w.opens("agency", plan.MediaHouse)
		ola.reads("/plan/next", "people in the first minute", "45 % of them want to buy", "your shop takes 90 a minute", "an honest queue of", "In 10 minutes")

		// The tap ten minutes ahead.
		tap := time.Now()
		if got := ola.post("/plan/next", "act", "post-soon", "post", thePost); got.Code != http.StatusSeeOther {
			t.Fatalf("the tap: %d %s", got.Code, text(got.Body.String()))
		}
		w.pass(time.Second)
		if at := w.announced().At; !at.Equal(tap.Add(soonIs)) {
			t.Errorf("a second after the tap the edge awaits the post at %v, %v after it", at, at.Sub(tap))
		}
		ola.reads("/plan/next?done", "The post goes out in 10 minutes", "Take it back", "in 10 min")
		told := w.since("mailto:hosting", tap)
		if len(told) != 1 || told[0].at.Sub(tap) > 5*time.Second || len(told[0].Links) == 0 {
			t.Fatalf("the host was told %+v", told)
		}

		// The host acknowledges from the message; a program that opens its link does not.
		jan := &browser{w: w.planWorld, header: http.Header{}}
		link, ours := strings.CutPrefix(told[0].Links[0].URL, "http://plan.example")
		if !ours {
			t.Fatalf("the button leads to %s", told[0].Links[0].URL)
		}
		jan.reads(link, "The post goes out in 10 minutes", "I have read it")
		before := w.happened()
		jan.get(link)
		if now := w.happened(); now != before {
			t.Errorf("opening the link did something: %s, before %s", now, before)
		}
		if got := jan.post(link, "act", "seen"); got.Code != http.StatusSeeOther {
			t.Fatalf("the acknowledgement: %d %s", got.Code, text(got.Body.String()))
		}
		jan.reads(link+"?done", "Thank you")
		war.reads("/plan/war-room/"+theCampaign, "Jan (Host) : Has heard of the change")
		w.pass(5 * time.Minute) // the ladder goes on for the others, not for who has heard
		if again := w.since("mailto:hosting", tap.Add(time.Second)); len(again) != 0 {
			t.Errorf("the host was told again: %+v", again)
		}
		if again := w.since("mailto:agency", tap.Add(time.Second)); len(again) == 0 {
			t.Error("nobody asked the media house again, which has not answered")
		}

		// The post goes out, and the wave comes.
		w.pass(300 * time.Millisecond) // the second of the tap is not that of the minute
		tap = time.Now()
		if got := ola.post("/plan/next", "act", "post-now", "post", thePost); got.Code != http.StatusSeeOther {
			t.Fatalf("the tap: %d %s", got.Code, text(got.Body.String()))
		}
		w.pass(time.Second)
		if p := w.announced(); !p.Out || !p.At.Equal(tap) {
			t.Errorf("a second after the tap the edge has %+v", p)
		}
		list, err := (&announcedStage{announcedDemo: &announcedDemo{seed: 3}}).fans(falochron.ShortLinkPath+planned.Code, fewestFans, 40*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		var rep *crowd.Report
		var people sync.WaitGroup
		defer people.Wait()
		people.Go(func() {
			rep, err = crowd.Wave{List: list, Grace: waveGrace, Target: crowd.Target{Base: "http://" + w.shop,
				Dial: func(ctx context.Context) (net.Conn, error) { return w.net.DialContext(ctx, "tcp", w.shop) }}}.Run(context.Background())
		})
		w.pass(30 * time.Second)
		ola.reads("/plan/next", "The wave is here", "people , shop busy but working, line")
		shown := war.get("/plan/war-room/" + theCampaign).Body.String()
		m := markTime.FindStringSubmatch(shown)
		if m == nil {
			t.Fatalf("the war room has no mark:\n%s", text(shown))
		}
		if at, err := time.Parse(time.RFC3339, m[1]); err != nil || at.Sub(tap).Abs() > time.Second || m[2] != tap.In(at.Location()).Format("15:04:05") {
			t.Errorf("the mark is at %s (%s), the tap was at %v", m[1], m[2], tap)
		}
		people.Wait()
		if err != nil {
			t.Fatal(err)
		}
		wave := waveOf(rep)
		t.Logf("%+v", wave)
		v, _ := control.PostVitals(w.edge, thePost)
		if wave.Came != fewestFans || int(v.Arrivals) != wave.Came {
			t.Errorf("%d came, and the edge counted %d", wave.Came, v.Arrivals)
		}
		if wave.Admitted < 20 || wave.InLine < 20 || wave.Broken > wave.Admitted/100 || wave.Mixed > 0 || wave.CheckoutFailed > 0 || wave.Orders == 0 {
			t.Errorf("the wave: %+v", wave)
		}
		war.reads("/plan/war-room/"+theCampaign, fmt.Sprintf("%d people", wave.Came))
	})
}
