package plan

import (
	"fmt"
	"testing"
	"time"
)

// many is a plan of 10,000 campaigns in 100 shops of 20 agencies on 5 hosts, over a
// year: a campaign has two posts, its entry step is confirmed, and one post slipped.
func many(b *testing.B) *world {
	b.Helper()
	w := emptyWorld()
	for i := range 5 {
		w.must(b, operator, PutParty{Party: Party{ID: ID(fmt.Sprintf("host%d", i)), Name: "Host"}})
	}
	for i := range 20 {
		w.must(b, operator, PutParty{Party: Party{ID: ID(fmt.Sprintf("house%d", i)), Name: "House"}})
	}
	for i := range 100 {
		w.must(b, operator, PutShop{Shop: Shop{ID: ID(fmt.Sprintf("shop%d", i)), Name: "Shop", Zone: "Europe/Warsaw", Parties: []Service{
			{ID(fmt.Sprintf("host%d", i%5)), Host}, {ID(fmt.Sprintf("house%d", i%20)), MediaHouse}, {ID(fmt.Sprintf("house%d", i%20)), Influencer},
		}}})
	}
	for i := range 10_000 {
		shop := i % 100
		house := Actor{Role: MediaHouse, Party: ID(fmt.Sprintf("house%d", shop%20))}
		id := ID(fmt.Sprintf("shop%d-%d", shop, i/100+1))
		at := w.now.Add(15*day + time.Duration(i)*50*time.Minute)
		apply := func(who Actor, c Command) { // as from a store: nobody decides again
			a, err := done(w.now, who, c)
			if err != nil {
				b.Fatal(err)
			}
			w.acts = append(w.acts, a)
			w.Apply(a)
		}
		apply(house, PutCampaign{Campaign: id, Shop: ID(fmt.Sprintf("shop%d", shop)), Name: "Campaign", New: true})
		apply(house, PutPost{Campaign: id, Post: Post{ID: id + ".1", Channel: "instagram-story", Reach: 10_000, At: at}, New: true})
		apply(house, PutPost{Campaign: id, Post: Post{ID: id + ".2", Channel: "tiktok", Reach: 10_000, At: at.Add(250 * time.Minute)}, New: true})
		apply(house, Confirm{Campaign: id, Step: "entry", By: house.service(), For: at})
		apply(house, Slip{Campaign: id, Moment: id + ".1", To: at.Add(10 * time.Minute), Was: at})
	}
	return w
}

func BenchmarkFold(b *testing.B) {
	w := many(b)
	b.ReportAllocs()
	for b.Loop() {
		book := New(DefaultMatrix(), w.zones)
		for _, a := range w.acts {
			book.Apply(a)
		}
		if len(book.campaigns) != 10_000 {
			b.Fatal(len(book.campaigns))
		}
	}
	b.ReportMetric(float64(len(w.acts)), "acts")
}

// One month of the calendar, for an operator and for one of five hosts; the whole year.
func BenchmarkCalendar(b *testing.B) {
	w := many(b)
	for _, bc := range []struct {
		name string
		who  Actor
		days int
	}{{"month", operator, 31}, {"host", Actor{Role: Host, Party: "host0"}, 31}, {"year", operator, 366}} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				events, err := w.Calendar(w.now, bc.who, w.now.Add(15*day), w.now.AddDate(0, 0, 15+bc.days))
				if err != nil {
					b.Fatal(err)
				}
				n = len(events)
			}
			b.ReportMetric(float64(n), "events")
		})
	}
}

func BenchmarkDue(b *testing.B) {
	w := many(b)
	for b.Loop() {
		if _, next := w.Due(w.now); next.IsZero() {
			b.Fatal("nothing is ahead")
		}
	}
}

func BenchmarkConflicts(b *testing.B) {
	w := many(b)
	for b.Loop() {
		if found, err := w.Conflicts(w.now, operator); err != nil || len(found) == 0 {
			b.Fatal(len(found), err)
		}
	}
}

// A tap: decided with its warnings, against all campaigns of a host.
func BenchmarkDecide(b *testing.B) {
	w := many(b)
	who := Actor{Role: Influencer, Party: "house0"}
	for b.Loop() {
		if _, err := w.Decide(w.now, who, Slip{Campaign: "shop0-1", Moment: "shop0-1.1", By: time.Minute}); err != nil {
			b.Fatal(err)
		}
	}
}
