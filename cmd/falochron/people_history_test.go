package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// What a post brought is counted at the door, written down when its window is over,
// stands on the history page with what was foretold, and narrows the next forecast. A
// restart takes nothing of it.
func TestWhatAPostBroughtIsKept(t *testing.T) {
	w := openPlanWorld(t)
	look := func(seconds int, people uint64) {
		for range seconds {
			v, _ := w.edge.Vitals("lip")
			v.Arrivals, v.OrdersKnown, v.Limit = v.Arrivals+people, true, 8
			v.Orders += people / 10
			w.edge.set("lip", v)
			w.pulse.observe(w.clock)
			w.clock = w.clock.Add(time.Second)
		}
	}
	w.clock = theEvening.Add(-62 * time.Minute)
	w.edge.set("lip", falochron.Vitals{})
	look(62*60, 1)
	ola := plan.Actor{Role: plan.Influencer, Party: "ola"}
	w.must(ola, plan.PostNow{Campaign: "lip-1", Post: "lip-1.1"})
	posted := w.clock
	look(60, 50)
	look(59*60-10, 3)
	w.keepNow(t.Context())
	mm := w.opens("mm", plan.MediaHouse)
	if says := text(mm.get("/plan/history").Body.String()); strings.Contains(says, "first minute") {
		t.Errorf("before its window was over: %s", says)
	}
	look(20, 3)
	mm.reads("/plan/history", "Nobody has written down what it brought")
	w.keepNow(t.Context())
	w.keepNow(t.Context()) // once is enough
	var k plan.CampaignView
	var err error
	w.plan.Read(func(b *plan.Book) { k, err = b.Campaign(w.clock, anOperator, "lip-1") })
	if err != nil {
		t.Fatal(err)
	}
	o := k.Outcomes["lip-1.1"]
	if o.FirstMinute < 2940 || o.FirstMinute > 3060 || o.FirstHour < 13400 || o.FirstHour > 13800 || o.Before < 3550 || o.Before > 3650 || o.Orders < 280 || o.Foretold.Mid <= 0 || !o.At.Equal(posted) {
		t.Errorf("%+v", o)
	}
	mm.reads("/plan/history", "secretA campaign", "Story on Instagram secretA account", "over", "People in the first minute", "Foretold", "In the hour before", "secretA evening", "Who decided what", "The post is out")
	mm.header = http.Header{"Accept-Language": {"pl"}}
	mm.reads("/plan/history/lip", "Historia: Lipstick", "Osoby w pierwszej godzinie", "Prognoza")
	mm.header = http.Header{}
	// The host sees numbers and no names; the other agency sees nothing of it.
	web, nn := w.opens("web", plan.Host), w.opens("nn", plan.MediaHouse)
	if says := text(web.get("/plan/history").Body.String()); !strings.Contains(says, "People in the first minute") || strings.Contains(says, "secret") {
		t.Errorf("the host: %s", says)
	}
	if got := nn.get("/plan/history/lip"); got.Code != http.StatusForbidden {
		t.Errorf("another agency: %d", got.Code)
	}
	if says := text(nn.get("/plan/history").Body.String()); strings.Contains(says, "secretA") || strings.Contains(says, "first minute") {
		t.Errorf("another agency: %s", says)
	}
	// The next campaign of the shop is forecast with it, and its own posts are not.
	w.must(plan.Actor{Role: plan.MediaHouse, Party: "mm"}, plan.PutCampaign{Shop: "lip", Name: "next"})
	w.must(plan.Actor{Role: plan.MediaHouse, Party: "mm"}, plan.PutPost{Campaign: "lip-2", Post: plan.Post{Channel: "instagram-story", Account: "secretA account", Reach: 300000, Proof: true, At: w.clock.Add(48 * time.Hour)}})
	w.plan.Read(func(b *plan.Book) {
		next, err := b.Campaign(w.clock, anOperator, "lip-2")
		if err != nil {
			t.Fatal(err)
		}
		past := pastOf(b, w.clock, &next.Campaign)
		// 13,500 − 3,600 in the hour, of which a story has 58 %: about 17,100 in all.
		if len(past) != 1 || past[0].Visitors < 16700 || past[0].Visitors > 17600 || past[0].Account != "secretA account" || past[0].Reach != 300000 {
			t.Errorf("%+v", past)
		}
		if own := pastOf(b, w.clock, &k.Campaign); len(own) != 0 {
			t.Errorf("its own: %+v", own)
		}
		a, _ := (&foretold{worlds: 400}).forecast(&next.Campaign, past...)
		c, _ := (&foretold{worlds: 400}).forecast(&next.Campaign)
		if was, is := c.Total.People.High/c.Total.People.Low, a.Total.People.High/a.Total.People.Low; is >= was {
			t.Errorf("the past does not narrow it: from %.1f to %.1f", was, is)
		}
	})
}

// What was counted by a Falochron that was not there all the time is not written down.
func TestWhatNobodyCountedIsNotKept(t *testing.T) {
	w := openPlanWorld(t)
	w.clock = theEvening
	w.must(plan.Actor{Role: plan.Influencer, Party: "ola"}, plan.PostNow{Campaign: "lip-1", Post: "lip-1.1"})
	w.clock = w.clock.Add(30 * time.Minute) // it was started then
	w.edge.set("lip", falochron.Vitals{})
	for range 40 {
		w.pulse.observe(w.clock)
		w.clock = w.clock.Add(time.Minute)
	}
	w.keepNow(t.Context())
	w.plan.Read(func(b *plan.Book) {
		k, err := b.Campaign(w.clock, anOperator, "lip-1")
		if err != nil || len(k.Outcomes) > 0 {
			t.Errorf("%+v, %v", k.Outcomes, err)
		}
	})
}

// A figure is written down when it is another one, or much younger; never an older one.
func TestWhatIsNewsOfACapacity(t *testing.T) {
	at := theEvening
	last := plan.Capacity{OrdersPerMinute: 100, Evidence: plan.Observed, At: at}
	for _, tc := range []struct {
		last, c plan.Capacity
		news    bool
	}{
		{plan.Capacity{}, last, true},
		{plan.Capacity{OrdersPerMinute: 100, Evidence: plan.Told, At: at.Add(time.Hour)}, last, true},
		{last, plan.Capacity{OrdersPerMinute: 103, At: at.Add(time.Hour)}, false},
		{last, plan.Capacity{OrdersPerMinute: 106, At: at.Add(time.Minute)}, true},
		{last, plan.Capacity{OrdersPerMinute: 94, At: at.Add(time.Minute)}, true},
		{last, plan.Capacity{OrdersPerMinute: 100, At: at.Add(6 * time.Hour)}, true},
		{last, plan.Capacity{OrdersPerMinute: 50, At: at.Add(-time.Minute)}, false},
	} {
		if got := isNews(tc.last, tc.c); got != tc.news {
			t.Errorf("%+v after %+v: %v", tc.c, tc.last, got)
		}
	}
}
