package control

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/notify"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// handed is a way that says when a message came.
type handed chan time.Time

func (h handed) Send(context.Context, notify.Message) (notify.Receipt, error) {
	h <- time.Now()
	return notify.Receipt{Where: "a benchmark"}, nil
}

// From the tap to the host's message handed over to its sender: the act is written, the
// plan is looked at, the message goes through the outbox, all of it on disk.
func BenchmarkTapToHandedOver(b *testing.B) {
	c := openPlan(b, planFile(b))
	do := func(who plan.Actor, command plan.Command) {
		b.Helper()
		if _, err := c.Do(b.Context(), time.Now(), who, command); err != nil {
			b.Fatal(err)
		}
	}
	do(operator, plan.PutParty{Party: plan.Party{ID: "ola", Name: "Ola"}})
	do(operator, plan.PutParty{Party: plan.Party{ID: "web", Name: "Hosting", Contacts: []plan.Contact{{Name: "Jan", Address: "mailto:jan@example.com"}}}})
	do(operator, plan.PutShop{Shop: plan.Shop{ID: "lip", Name: "Lipstick", Zone: "Europe/Warsaw", Parties: []plan.Service{{Party: "ola", Role: plan.Influencer}, {Party: "web", Role: plan.Host}}}})
	do(operator, plan.PutCampaign{Shop: "lip", Name: "Autumn"})
	do(operator, plan.PutPost{Campaign: "lip-1", Post: plan.Post{Channel: "tv", At: time.Now().Add(15 * time.Hour)}})
	came := make(handed, 1000)
	m := NewMessenger(MessengerConfig{
		Plan: c, Way: func(plan.ID, string) (Way, error) { return came, nil }, Pages: "https://plan.example", Seal: mark, Window: 10 * time.Minute, Timeout: time.Second,
	})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		m.Run(ctx)
		close(done)
	}()
	var all time.Duration
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		if n%10 == 0 { // or too much would be urgent, and gathered
			do(operator, plan.PutParty{Party: plan.Party{ID: "web", Name: "Hosting", Contacts: []plan.Contact{{Name: "Jan", Address: fmt.Sprintf("mailto:jan%d@example.com", n)}}}})
		}
		time.Sleep(breath + 1500*time.Millisecond) // or it would wait for what else comes
		for len(came) > 0 {
			<-came
		}
		b.StartTimer()
		tap := time.Now()
		do(olaActor, plan.Slip{Campaign: "lip-1", Moment: "lip-1.1", By: time.Minute})
		all += (<-came).Sub(tap)
	}
	b.ReportMetric(all.Seconds()*1000/float64(b.N), "ms/message")
	stop()
	<-done
}

// What the loop costs with 10,000 campaigns: a look at the plan after each change, and a
// look into the outbox each second.
func BenchmarkTenThousandCampaigns(b *testing.B) {
	c := openPlan(b, planFile(b))
	now := time.Now()
	c.mu.Lock()
	put := func(who plan.Actor, command plan.Command) { // as from a store: nobody decides again
		kind := map[string]string{"plan.PutParty": "party-put", "plan.PutShop": "shop-put", "plan.PutCampaign": "campaign-put", "plan.PutPost": "post-put"}[fmt.Sprintf("%T", command)]
		body, err := json.Marshal(command)
		if err != nil || kind == "" {
			b.Fatal(kind, err)
		}
		c.book.Apply(plan.Act{Kind: kind, Version: 1, At: now, Actor: who, Body: body})
	}
	put(operator, plan.PutParty{Party: plan.Party{ID: "web", Name: "Hosting", Contacts: []plan.Contact{{Name: "Jan", Address: "mailto:jan@example.com"}}}})
	for i := range 20 {
		put(operator, plan.PutParty{Party: plan.Party{ID: plan.ID(fmt.Sprintf("house%d", i)), Name: "House", Contacts: []plan.Contact{{Name: "Ola", Address: fmt.Sprintf("mailto:ola%d@example.com", i)}}}})
	}
	for i := range 100 {
		house := plan.ID(fmt.Sprintf("house%d", i%20))
		put(operator, plan.PutShop{Shop: plan.Shop{ID: plan.ID(fmt.Sprintf("shop%d", i)), Name: "Shop", Zone: "Europe/Warsaw", Parties: []plan.Service{{Party: "web", Role: plan.Host}, {Party: house, Role: plan.MediaHouse}, {Party: house, Role: plan.Influencer}}}})
		for n := range 100 { // one each 88 hours, over a year
			id := plan.ID(fmt.Sprintf("shop%d-%d", i, n+1))
			put(operator, plan.PutCampaign{Campaign: id, Shop: plan.ID(fmt.Sprintf("shop%d", i)), Name: "Campaign", New: true})
			put(operator, plan.PutPost{New: true, Campaign: id, Post: plan.Post{ID: id + ".1", Channel: "tv", At: now.Add(time.Duration(n*100+i)*53*time.Minute + 72*time.Hour)}})
		}
	}
	c.mu.Unlock()
	messenger := func() *Messenger {
		m := NewMessenger(MessengerConfig{
			Plan: c, Way: func(plan.ID, string) (Way, error) { return make(handed, 1), nil }, Pages: "https://plan.example", Seal: mark, Window: 10 * time.Minute, Timeout: time.Second,
		})
		m.box = c.store.(*store.Store)
		return m
	}
	b.Run("first", func(b *testing.B) { // all that is open goes into the outbox, or is there already
		for b.Loop() {
			if err := messenger().enqueue(b.Context(), 0, now); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("change", func(b *testing.B) {
		m := messenger()
		if err := m.enqueue(b.Context(), 0, now); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := m.enqueue(b.Context(), 0, now); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(m.known)), "due")
	})
	b.Run("second", func(b *testing.B) {
		m := messenger()
		for b.Loop() {
			if err := m.claim(b.Context(), now); err != nil {
				b.Fatal(err)
			}
		}
	})
}
