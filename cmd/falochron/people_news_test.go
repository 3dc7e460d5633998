package main

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// newsStream is a stream of news as a browser gets it.
type newsStream struct {
	header http.Header
	leave  context.CancelFunc

	mu     sync.Mutex
	status int             // guarded by mu
	sent   strings.Builder // guarded by mu; what was flushed
	kept   strings.Builder // guarded by mu; what was not
	over   bool            // guarded by mu
}

func (s *newsStream) Header() http.Header { return s.header }

func (s *newsStream) WriteHeader(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

func (s *newsStream) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept.Write(b)
}

func (s *newsStream) Flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent.WriteString(s.kept.String())
	s.kept.Reset()
}

// heard is how many news came so far, and whether there may come more.
func (s *newsStream) heard() (n int, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Count(s.sent.String(), "\ndata: "), s.over
}

var newsAddress = regexp.MustCompile(`<body [^>]*data-news="([^"]+)"`)

// newsAt is where a page hears its news.
func (b *browser) newsAt(path string) string {
	b.w.t.Helper()
	m := newsAddress.FindStringSubmatch(b.sees(path))
	if m == nil {
		b.w.t.Fatalf("%s hears nothing", path)
	}
	return html.UnescapeString(m[1])
}

// hears opens a stream and waits until it is.
func (b *browser) hears(at string) *newsStream {
	b.w.t.Helper()
	ctx, leave := context.WithCancel(context.Background())
	s := &newsStream{header: http.Header{}, leave: leave, status: http.StatusOK}
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://plan.example"+at, nil)
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	go func() {
		if b.operator != "" {
			b.w.forOperators(s, r, b.operator)
		} else {
			b.w.guests().ServeHTTP(s, r)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.over = true
	}()
	synctest.Wait()
	return s
}

// Whatever is done in the plan, every open page that shows it hears of it: at once what
// is done here, within a second what another process does. No page hears of what it does
// not show.
func TestOpenPagesHearOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := openPlanWorld(t)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go w.plan.Run(ctx)
		host, house, ola, eva := w.opens("web", plan.Host), w.opens("mm", plan.MediaHouse), w.opens("ola", plan.Influencer), w.opens("eva", plan.Influencer)
		war := w.asOperator()
		streams := []*newsStream{
			host.hears(host.newsAt("/plan/host")), host.hears(host.newsAt("/plan/calendar")), house.hears(house.newsAt("/plan/campaign/lip-1")),
			ola.hears(ola.newsAt("/plan/next")), war.hears(war.newsAt("/plan/war-room/lip-1")),
		}
		other := eva.hears(eva.newsAt("/plan/next"))
		all := func(when string, want int) {
			t.Helper()
			synctest.Wait()
			for i, s := range streams {
				if n, over := s.heard(); n != want || over {
					t.Errorf("%s stream %d has heard %d news, want %d; over: %v", when, i, n, want, over)
				}
			}
			if n, over := other.heard(); n != 0 || over {
				t.Errorf("%s the other agency has heard %d news; over: %v", when, n, over)
			}
		}
		all("before the tap", 0)
		tap := time.Now()
		if got := ola.post("/plan/next", "act", "post-soon", "post", "lip-1.1"); got.Code != http.StatusSeeOther {
			t.Fatal(got.Code, got.Body)
		}
		all("after the tap", 1)
		if took := time.Since(tap); took > 0 {
			t.Errorf("it took %v", took)
		}
		host.sees("/plan/host", "The post goes out in")

		// Many acts in a row are one look and another at the end of the gap.
		for range 5 {
			w.must(plan.Actor{Role: plan.MediaHouse, Party: "mm"}, plan.Slip{Campaign: "lip-1", Moment: "lip-1.1", By: time.Minute})
		}
		all("within the gap", 1)
		time.Sleep(newsGap)
		all("after the gap", 2)
		time.Sleep(time.Minute)
		all("while nothing happens", 2)

		// Another process on the same plan.
		second, err := control.OpenCampaigns(ctx, control.CampaignsConfig{Open: func(ctx context.Context) (*store.Store, error) { return store.Open(ctx, store.Config{Address: w.file}) }})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := second.Do(ctx, w.clock, plan.Actor{Role: plan.Influencer, Party: "ola"}, plan.PostNow{Campaign: "lip-1", Post: "lip-1.1"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		all("a second after another process", 3)
		host.sees("/plan/host", "The post is out")
		if err := second.Close(); err != nil {
			t.Error(err)
		}
		for _, s := range append(streams, other) {
			s.leave()
		}
		synctest.Wait()
		if w.news.all != 0 || len(w.news.of) != 0 {
			t.Errorf("%d streams are counted after all have left", w.news.all)
		}
		stop()
		synctest.Wait()
	})
}

// A stream ends with its link, after a while by itself, and with the program; what comes
// again hears what it has missed. One link does not take all.
func TestStreamsOfNewsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := openPlanWorld(t)
		host, ola := w.opens("web", plan.Host), w.opens("ola", plan.Influencer)
		at := host.newsAt("/plan/host")
		first := host.hears(at)
		time.Sleep(newsLasts)
		synctest.Wait()
		if n, over := first.heard(); n != 0 || !over {
			t.Errorf("after %v: %d news, over: %v", newsLasts, n, over)
		}
		w.must(anOperator, plan.TellFans{Shop: "lip", Words: plan.Words{EN: "soon"}})
		again := host.hears(at)
		if n, _ := again.heard(); n != 1 {
			t.Errorf("who comes again has heard %d news of what was missed", n)
		}

		// Revoked: one last time the page is told to look, and there it ends.
		w.must(anOperator, plan.RevokeLink{Grant: "web-link-1"})
		synctest.Wait()
		time.Sleep(newsGap)
		synctest.Wait()
		if n, over := again.heard(); n != 2 || !over {
			t.Errorf("after its link was revoked: %d news, over: %v", n, over)
		}
		if got := host.get("/plan/host").Code; got != http.StatusGone {
			t.Errorf("the page of a revoked link: %d", got)
		}
		if s := host.hears(at); s.status != http.StatusGone {
			t.Errorf("the stream of a revoked link: %d", s.status)
		}
		if s := (&browser{w: w, header: http.Header{}}).hears(at); s.status != http.StatusForbidden {
			t.Errorf("the stream of a stranger: %d", s.status)
		}
		if s := ola.hears(newsPath + "?since=all"); s.status != http.StatusBadRequest {
			t.Errorf("since=all: %d", s.status)
		}

		at = ola.newsAt("/plan/next")
		var many []*newsStream
		for range newsOfOne {
			many = append(many, ola.hears(at))
		}
		if s := ola.hears(at); s.status != http.StatusServiceUnavailable || s.header.Get("Retry-After") == "" {
			t.Errorf("one stream more than a link may have: %d", s.status)
		}
		eva := w.opens("eva", plan.Influencer)
		eva.hears(eva.newsAt("/plan/next"))
		w.news.end()
		w.news.end()
		synctest.Wait()
		for _, s := range many {
			if _, over := s.heard(); !over {
				t.Error("a stream goes on while the program ends")
			}
		}
		if w.news.all != 0 {
			t.Errorf("%d streams are left", w.news.all)
		}
	})
}
