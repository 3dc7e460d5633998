package control

import (
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// actList is a store of acts in memory, which can be out of reach.
type actList struct {
	mu   sync.Mutex
	all  []store.Act
	gone bool
}

func (s *actList) Append(_ context.Context, after uint64, rows []store.Act, _ ...store.Message) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		return 0, &falochron.Error{Kind: falochron.Unavailable, Op: "append"}
	}
	if after != uint64(len(s.all)) {
		return 0, store.ErrConflict
	}
	for i := range rows {
		rows[i].Seq = uint64(len(s.all) + 1)
		s.all = append(s.all, rows[i])
	}
	return uint64(len(s.all)), nil
}

func (s *actList) Read(_ context.Context, after uint64, limit int) ([]store.Act, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		return nil, &falochron.Error{Kind: falochron.Unavailable, Op: "read"}
	}
	rest := s.all[min(int(after), len(s.all)):]
	return slices.Clone(rest[:min(limit, len(rest))]), nil
}

func (*actList) Follow(context.Context, uint64) iter.Seq2[[]store.Act, error] {
	return func(func([]store.Act, error) bool) {}
}

func (*actList) Close() error { return nil }

// kinds are the kinds of acts since a moment of the list.
func (s *actList) kinds(from int) (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.all[from:] {
		what := a.Kind
		if what == "seen" {
			_, rest, _ := strings.Cut(string(a.Body), `"what":"`)
			what, _, _ = strings.Cut(rest, `"`)
		}
		out = append(out, what)
	}
	return out
}

// lipPlan is a plan of one shop with a story at a moment, by an influencer.
func lipPlan(t *testing.T, story time.Time) (*Campaigns, *actList) {
	t.Helper()
	kept := &actList{}
	c := NewCampaigns(CampaignsConfig{})
	c.store, c.trouble = kept, nil
	for _, command := range []plan.Command{
		plan.PutParty{Party: plan.Party{ID: "ola", Name: "Ola"}}, plan.PutParty{Party: plan.Party{ID: "web", Name: "Web"}},
		plan.PutShop{Shop: plan.Shop{ID: "lip", Name: "Lipstick", Zone: "Europe/Warsaw", Domains: []string{"lip.example"}, Parties: []plan.Service{{Party: "ola", Role: plan.Influencer}, {Party: "web", Role: plan.Host}}}},
		plan.PutCampaign{Shop: "lip", Name: "Raspberry"},
		plan.PutPost{Campaign: "lip-1", Post: plan.Post{Channel: "instagram-story", Account: "@ola", Reach: 300_000, At: story, Link: "https://lip.example/p/lipstick", Party: "ola"}},
	} {
		if _, err := c.Do(t.Context(), time.Now(), plan.Actor{Role: plan.Operator}, command); err != nil {
			t.Fatalf("%T: %v", command, err)
		}
	}
	return c, kept
}

// planned makes the radar of a beach one with a plan.
func (b *beach) planned(c *Campaigns) RadarConfig {
	cfg := b.config()
	cfg.Plan = c
	cfg.Behind = func(s *plan.Shop) string { return string(s.ID) }
	cfg.Expected = func(plan.ID, plan.ID) (forecast.Range, bool) {
		return forecast.Range{Low: 4_000, Mid: 10_000, High: 25_000}, true
	}
	return cfg
}

// A wave that no announced post explains is raised once: the plan has the wave, with its
// size, and the question to the influencer; the journal has both. When it is over the plan
// knows what came.
func TestAnUnplannedWaveAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBeach(t, waveOf(2, 20_000, 5*time.Minute))
		b.entry = func(at time.Duration) falochron.Entry {
			if at < 5*time.Minute {
				return falochron.Entry{By: falochron.ByNone}
			}
			return falochron.Entry{Channel: falochron.TikTok, By: falochron.ByInApp, Path: "/p/mascara"}
		}
		c, kept := lipPlan(t, time.Now().Add(48*time.Hour))
		before := len(kept.all)
		r := NewRadar(b.planned(c))
		watching(t, r, func() {
			time.Sleep(5*time.Minute + 45*time.Second)
			if got := kept.kinds(before); !slices.Contains(got, "wave") || !slices.Contains(got, "post-asked") || len(got) != 2 {
				t.Errorf("45 s after it began the plan has %v", got)
			}
			s, _ := r.Look("lip")
			if says := s.Says(time.UTC, false).EN; !strings.HasPrefix(says, "A wave from TikTok that nobody announced (") {
				t.Errorf("it says %q", says)
			}
			var asked []plan.InquiryView
			c.Read(func(b *plan.Book) {
				asked, _ = b.Inquiries(time.Now(), plan.Actor{Role: plan.Influencer, Party: "ola"}, "lip")
			})
			if len(asked) != 1 || asked[0].Onset.Sub(b.start.Add(5*time.Minute)).Abs() > 3*time.Second {
				t.Errorf("the influencer is asked %+v", asked)
			}
			time.Sleep(20 * time.Minute)
		})
		got := kept.kinds(before)
		if n := strings.Count(strings.Join(got, " "), "post-asked"); n != 1 || got[len(got)-1] != "wave-over" {
			t.Errorf("afterwards the plan has %v", got)
		}
		if n := len(notesOf(r, "radar: unplanned post (")); n != 1 {
			t.Errorf("the journal: %q", notesOf(r, "radar"))
		}
		var sights []plan.Sight
		c.Read(func(b *plan.Book) { sights, _ = b.Sights(time.Now(), plan.Actor{Role: plan.Operator}, "lip") })
		if len(sights) < 2 || sights[0].Came < 10_000 || sights[0].Came > 40_000 || sights[0].All < sights[0].Came || sights[0].Peak < 2_000 || sights[1].People.Mid <= 0 {
			t.Errorf("%+v", sights)
		}
	})
}

// A wave of an announced post is joined to it: the post is out, the wave is told as its,
// and nobody is asked. What the campaign expects of the post is taken in.
func TestAnAnnouncedWaveIsJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBeach(t, waveOf(2, 20_000, 5*time.Minute))
		b.entry = func(at time.Duration) falochron.Entry {
			if at < 5*time.Minute {
				return falochron.Entry{By: falochron.ByNone}
			}
			return falochron.Entry{Post: "lip-1.1", Channel: falochron.Instagram, By: falochron.ByLink, Path: "/p/lipstick"}
		}
		c, kept := lipPlan(t, time.Now().Add(9*time.Minute))
		before := len(kept.all)
		r := NewRadar(b.planned(c))
		watching(t, r, func() {
			time.Sleep(5*time.Minute + 30*time.Second)
			s, _ := r.Look("lip")
			says := s.Says(time.UTC, false).EN
			if !strings.Contains(says, "story of @ola, 4 minutes early (") && !strings.Contains(says, "story of @ola (") {
				t.Errorf("it says %q", says)
			}
			if hidden := s.Says(time.UTC, true).EN; strings.Contains(hidden, "@ola") || !strings.Contains(hidden, "he wave") {
				t.Errorf("to who may not know whose it is: %q", hidden)
			}
			time.Sleep(20 * time.Minute)
		})
		got := kept.kinds(before)
		if !slices.Contains(got, "posting") || slices.Contains(got, "post-asked") || got[len(got)-1] != "wave-over" {
			t.Errorf("the plan has %v", got)
		}
		var k plan.CampaignView
		var sights []plan.Sight
		c.Read(func(b *plan.Book) {
			k, _ = b.Campaign(time.Now(), plan.Actor{Role: plan.Operator}, "lip-1")
			sights, _ = b.Sights(time.Now(), plan.Actor{Role: plan.Operator}, "lip")
		})
		if p := k.Campaign.Posts[0]; p.State != plan.Out || p.At.Sub(b.start.Add(5*time.Minute)).Abs() > 20*time.Second {
			t.Errorf("the post is %v at %v", p.State, p.At)
		}
		if len(sights) == 0 || sights[0].Post != "lip-1.1" || sights[0].Sure < sureOut {
			t.Errorf("%+v", sights)
		}
	})
}

// While the plan's database is gone the shop is watched, and what was seen is written down
// when it is back.
func TestThePlanIsOutOfReach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBeach(t, waveOf(2, 20_000, 5*time.Minute))
		c, kept := lipPlan(t, time.Now().Add(48*time.Hour))
		before := len(kept.all)
		r := NewRadar(b.planned(c))
		watching(t, r, func() {
			time.Sleep(4 * time.Minute)
			kept.mu.Lock()
			kept.gone = true
			kept.mu.Unlock()
			time.Sleep(2 * time.Minute)
			if s, ok := r.Look("lip"); !ok || !s.Nowcast.Known {
				t.Errorf("without the plan: %+v", s)
			}
			if got := kept.kinds(before); len(got) != 0 {
				t.Fatalf("written: %v", got)
			}
			kept.mu.Lock()
			kept.gone = false
			kept.mu.Unlock()
			time.Sleep(20 * time.Second)
			if got := kept.kinds(before); !slices.Contains(got, "wave") || !slices.Contains(got, "post-asked") {
				t.Errorf("when it is back: %v", got)
			}
		})
	})
}

// An attack is told to the plan once, with its end, and no question is asked because of
// it: while it makes up most of what comes, nobody has posted anything.
func TestAnAttackIsNoPost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBeach(t, waveOf(2, 20_000, 5*time.Minute))
		c, kept := lipPlan(t, time.Now().Add(48*time.Hour))
		before := len(kept.all)
		r := NewRadar(b.planned(c))
		watching(t, r, func() {
			time.Sleep(4 * time.Minute)
			for i := range 180 {
				b.mu.Lock()
				b.cohorts = attackTallies(time.Now(), uint64(10+5*i))
				b.mu.Unlock()
				time.Sleep(time.Second)
			}
			if got := kept.kinds(before); !slices.Contains(got, "attack") || strings.Count(strings.Join(got, " "), "attack") != 1 || slices.Contains(got, "post-asked") {
				t.Errorf("while it goes on the plan has %v", got)
			}
			b.mu.Lock()
			b.cohorts = nil // nobody is counted any more
			b.mu.Unlock()
			time.Sleep(2 * time.Second)
			if got := kept.kinds(before); !slices.Contains(got, "attack-over") {
				t.Errorf("afterwards the plan has %v", got)
			}
		})
	})
}

// Which shop is behind the edge is asked while nobody reads the plan: who answers reads it
// as well, and whoever wants to change it in between would wait for the one and keep out the other.
func TestShopsAreFoundOutsideThePlan(t *testing.T) {
	t.Parallel()
	c, _ := lipPlan(t, time.Now())
	asked := 0
	r := NewRadar(RadarConfig{Plan: c, Behind: func(s *plan.Shop) string {
		asked++
		if !c.mu.TryLock() {
			t.Error("the plan is being read")
			return ""
		}
		c.mu.Unlock()
		return string(s.ID)
	}})
	r.readPosts(time.Now())
	if id, posts := r.planned("lip"); asked == 0 || id != "lip" || len(posts) == 0 {
		t.Errorf("asked %d times; %q has %d posts", asked, id, len(posts))
	}
}
