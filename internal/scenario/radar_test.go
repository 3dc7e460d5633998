package scenario

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/radar"
	"github.com/falochron/falochron/internal/store"
)

// lookout is a radar before the edge of a story, with a plan on disk.
type lookout struct {
	*world
	radar *control.Radar
	plan  *control.Campaigns
	rand  *rand.Rand
}

// lookout opens both, with the boutique and an influencer in the plan.
func (w *world) lookout() *lookout {
	w.Helper()
	seed := rand.Uint64()
	w.Logf("seed %d", seed)
	l := &lookout{world: w, rand: rand.New(rand.NewPCG(seed, 6))}
	file := filepath.Join(w.TempDir(), "plan.db")
	var err error
	l.plan, err = control.OpenCampaigns(context.Background(), control.CampaignsConfig{Open: func(ctx context.Context) (*store.Store, error) {
		return store.Open(ctx, store.Config{Address: file})
	}})
	if err != nil {
		w.Fatal(err)
	}
	behind := func(s *plan.Shop) string { return string(s.ID) }
	kept, err := w.store.Shop("a")
	if err != nil {
		w.Fatal(err)
	}
	var ordering sync.Mutex
	l.radar = control.NewRadar(control.RadarConfig{
		Shops: w.edge.Shops, Arrivals: w.edge.Arrivals, Cohorts: w.edge.Cohorts, Warm: w.edge.Warm, Journal: w.journal,
		Order: func(shop string, o *falochron.RadarOrders) {
			ordering.Lock()
			defer ordering.Unlock()
			w.order(shop, func(s *falochron.Snapshot) { s.Radar = o })
		},
		Shadow: func(string) bool { return false },
		Load:   func(string) ([]byte, error) { return kept.LoadRadar() }, Save: func(_ string, b []byte) error { return kept.SaveRadar(b) },
		Plan: l.plan, Behind: behind,
		Expected: func(plan.ID, plan.ID) (forecast.Range, bool) { return forecast.Range{}, false },
	})
	announcer := control.Announcer{Plan: l.plan, Shops: w.edge.Shops, Behind: behind, Publish: func(shop string, a *falochron.Announced) {
		ordering.Lock()
		defer ordering.Unlock()
		w.announce(shop, a)
	}}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { announcer.Run(ctx) })
	running.Go(func() { l.radar.Run(ctx) })
	w.ends = append([]func(){func() {
		stop()
		running.Wait()
		if err := l.plan.Close(); err != nil {
			w.Error(err)
		}
	}}, w.ends...)
	l.do(plan.PutParty{Party: plan.Party{ID: "ola", Name: "Ola"}})
	for _, s := range w.shops {
		for _, c := range shopInPlan(s) {
			l.do(c)
		}
	}
	return l
}

func (l *lookout) do(c plan.Command) {
	l.Helper()
	if _, err := l.plan.Do(context.Background(), time.Now(), plan.Actor{Role: plan.Operator}, c); err != nil {
		l.Fatalf("%T: %v", c, err)
	}
}

// ask is one page for a newcomer: what the answer leads to is looked at as well.
func (l *lookout) ask(path string, dress func(http.Header)) {
	for range 3 {
		r := httptest.NewRequest("GET", "http://a.example"+path, nil)
		navigates(r.Header)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Accept-Language", "pl")
		dress(r.Header)
		w := httptest.NewRecorder()
		l.edge.ServeHTTP(w, r)
		if w.Code < 300 || w.Code >= 400 {
			return
		}
		path = w.Header().Get("Location")
	}
}

// flow lets people come for a while, so many a second as pace says of the time since it
// began.
func (l *lookout) flow(lasts time.Duration, pace func(s float64) float64, path string, dress func(http.Header)) {
	const step = 20 * time.Millisecond
	begin := time.Now()
	for now := begin; now.Before(begin.Add(lasts)); now = time.Now() {
		mean := pace(now.Sub(begin).Seconds()) * step.Seconds()
		for p := l.rand.Float64(); p > math.Exp(-mean); p *= l.rand.Float64() { // as many as chance has it
			l.people.Go(func() { l.ask(path, dress) })
		}
		time.Sleep(step)
	}
}

// storyPace is the course of a story's clicks, about: it rises within ten seconds, and
// falls by half each two minutes.
func storyPace(base, top float64) func(float64) float64 {
	return func(s float64) float64 {
		return base + top*math.Min(s/10, 1)*math.Exp2(-math.Max(s-10, 0)/120)
	}
}

// firstNote is when the journal first had a note that begins so.
func (l *lookout) firstNote(what string) (time.Time, string) {
	for _, rec := range l.journal.Since(time.Time{}, journal.Filter{Notes: true, Limit: 1000}) {
		if strings.HasPrefix(rec.Note, what) {
			return rec.Time, rec.Note
		}
	}
	return time.Time{}, ""
}

const (
	usualPace = 5.0   // newcomers a second
	topPace   = 160.0 // some 30,000 in ten minutes
)

func byNothing(http.Header) {}

func byInstagram(h http.Header) {
	h.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22B83 Instagram 358.0.0.20.104 (iPhone14,5; iOS 18_1; pl_PL; pl; scale=3.00; 1170x2532; 662944209)")
}

// seenWithin is how long after three times the usual pace a wave is seen at the latest:
// nineteen of twenty are within a second (docs/radar.md), and chance has the last word.
const seenWithin = 2 * time.Second

// detected fails if the wave that began at a moment was seen too late.
func (l *lookout) detected(began time.Time) {
	l.Helper()
	pace, over := storyPace(usualPace, topPace), 0.0
	for ; pace(over) < 3*usualPace; over += 0.01 {
	}
	at, note := l.firstNote("radar: ")
	if note == "" {
		l.Fatal("the wave was not seen")
	}
	late := at.Sub(began.Add(time.Duration(over * float64(time.Second))))
	l.Logf("seen %v after three times as many came", late)
	if late > seenWithin {
		l.Errorf("the wave was seen late: %s", note)
	}
}

// A post that nobody announced: within a second of three times the usual the journal has
// the wave; soon after it is known by which network people come, how large it becomes, and
// the influencer is asked, once.
func TestAWaveThatNobodyAnnounced(t *testing.T) {
	story(t, func(w *world) {
		boutique(w)
		w.start(falochron.ModeAuto, origin.Config{})
		l := w.lookout()
		l.do(plan.PutPost{Campaign: "a-1", Post: plan.Post{Channel: "youtube", Account: "@ola", Reach: 1000, At: time.Now().Add(3 * time.Hour)}})
		l.flow(3*time.Minute, func(float64) float64 { return usualPace }, "/p/lipstick", byNothing)
		if at, note := l.firstNote("radar: "); note != "" {
			t.Fatalf("in calm, at %v: %s", at, note)
		}
		began := time.Now()
		l.flow(50*time.Second, storyPace(usualPace, topPace), "/p/lipstick", byInstagram)
		l.detected(began)
		s, ok := l.radar.Look("a")
		if !ok || s.State != radar.Storm || s.Onset.Sub(began).Abs() > 5*time.Second || len(s.Suspects) == 0 || s.Suspects[0].Channel != falochron.Instagram || s.Suspects[0].Post != "" {
			t.Fatalf("seen: %+v", s)
		}
		if !s.Nowcast.Known || s.Nowcast.In10Min.Low <= 0 || s.Nowcast.In10Min.High < s.Nowcast.In10Min.Mid {
			t.Errorf("how large: %+v", s.Nowcast)
		}
		says := s.Says(time.UTC, false)
		if !strings.HasPrefix(says.EN, "A wave from Instagram that nobody announced (") || !strings.Contains(says.EN, "people in 10 minutes (") || !strings.HasPrefix(says.PL, "Niezapowiedziana fala z Instagrama (") {
			t.Errorf("it says %q", says)
		}
		var asked []plan.InquiryView
		l.plan.Read(func(b *plan.Book) {
			asked, _ = b.Inquiries(time.Now(), plan.Actor{Role: plan.Influencer, Party: "ola"}, "a")
		})
		if len(asked) != 1 || asked[0].Onset.Sub(began).Abs() > 5*time.Second || asked[0].Channel != "instagram" {
			t.Errorf("the influencer is asked %+v", asked)
		}
		if _, note := l.firstNote("radar: unplanned post ("); note == "" {
			t.Error("the journal does not have it")
		}
	})
}

// A wave by the short link of an announced post is joined to it, minutes before its time:
// the post is out, nobody is asked, and the sentence names it.
func TestAWaveOfAnAnnouncedPost(t *testing.T) {
	story(t, func(w *world) {
		boutique(w)
		w.start(falochron.ModeAuto, origin.Config{})
		l := w.lookout()
		l.do(plan.PutPost{Campaign: "a-1", Post: plan.Post{Channel: "instagram-story", Account: "@ola", Reach: 100_000, At: time.Now().Add(8 * time.Minute), Slip: 10 * time.Minute, Link: "https://a.example/p/lipstick"}})
		advance(2 * time.Second)
		code := ""
		l.plan.Read(func(b *plan.Book) {
			links, _ := b.ShortLinks(time.Now(), plan.Actor{Role: plan.Operator}, "a-1")
			code = links[0].Code
		})
		l.flow(3*time.Minute, func(float64) float64 { return usualPace }, "/p/lipstick", byNothing)
		began := time.Now()
		l.flow(50*time.Second, storyPace(usualPace, topPace), falochron.ShortLinkPath+code, byInstagram)
		l.detected(began)
		s, ok := l.radar.Look("a")
		if !ok || s.State != radar.Storm || s.Post == nil || s.Post.ID != "a-1.1" || s.Suspects[0].Confidence < 0.8 {
			t.Fatalf("seen: %+v", s)
		}
		if says := s.Says(time.UTC, false); !strings.Contains(says.EN, "story of @ola") || !strings.Contains(says.PL, "elacja @ola") {
			t.Errorf("it says %q", says)
		}
		var k plan.CampaignView
		var asked []plan.InquiryView
		l.plan.Read(func(b *plan.Book) {
			k, _ = b.Campaign(time.Now(), plan.Actor{Role: plan.Operator}, "a-1")
			asked, _ = b.Inquiries(time.Now(), plan.Actor{Role: plan.Influencer, Party: "ola"}, "a")
		})
		if i := slices.IndexFunc(k.Campaign.Posts, func(p plan.Post) bool { return p.State == plan.Out }); i != 0 || len(asked) != 0 {
			t.Errorf("posts %+v, asked %+v", k.Campaign.Posts, asked)
		}
		if k.Waves["a-1.1"].What != plan.WaveSeen {
			t.Errorf("the plan has the waves %+v", k.Waves)
		}
	})
}
