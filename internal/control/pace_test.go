package control

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// A link does what people do with it, and does not fill a shop: what it may do at once
// ends, comes back with time, and is told with how long to wait. Operators go on.
func TestALinkMayDoSoMuch(t *testing.T) {
	t.Parallel()
	c := openPlan(t, planFile(t))
	now := planned
	do := func(who plan.Actor, command plan.Command) error {
		_, err := c.Do(t.Context(), now, who, command)
		return err
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(do(operator, plan.PutParty{Party: plan.Party{ID: "mm", Name: "Media"}}))
	must(do(operator, plan.PutShop{Shop: plan.Shop{ID: "lip", Name: "Lipstick", Zone: "Europe/Warsaw", Parties: []plan.Service{{Party: "mm", Role: plan.MediaHouse}}}}))
	var who, other plan.Actor
	for _, into := range []*plan.Actor{&who, &other} {
		must(do(operator, plan.GiveLink{Grant: plan.Grant{Party: "mm", Role: plan.MediaHouse, Expires: now.Add(48 * time.Hour)}}))
		n := map[*plan.Actor]string{&who: "mm-link-1", &other: "mm-link-2"}[into]
		c.Read(func(b *plan.Book) {
			var err error
			*into, err = b.Enter(now, plan.ID(n), "")
			must(err)
		})
	}

	report := func(n int) plan.Command {
		return plan.ReportPost{Shop: "lip", Channel: "tiktok", Account: fmt.Sprint("account-", n)}
	}
	campaigns := 0
	for ; ; campaigns++ {
		err := do(who, report(campaigns))
		if err == nil {
			continue
		}
		if falochron.KindOf(err) != falochron.TooMany || RetryAfter(err) != "21" {
			t.Fatalf("after %d: %v, again in %q", campaigns, err, RetryAfter(err))
		}
		break
	}
	if campaigns != int(actsAtOnce/beginCosts) {
		t.Errorf("%d campaigns at once", campaigns)
	}
	must(do(other, report(100))) // another link of the same party
	must(do(operator, report(101)))
	now = now.Add(19 * time.Second)
	if err := do(who, report(102)); falochron.KindOf(err) != falochron.TooMany {
		t.Errorf("too early: %v", err)
	}
	now = now.Add(2 * time.Second)
	must(do(who, report(102)))

	// In the long run so many a minute, and a while of rest gives all of it back.
	done := 0
	for range 600 {
		now = now.Add(time.Second)
		if err := do(who, plan.TellFans{Shop: "lip", Words: plan.Words{EN: fmt.Sprint("Line ", done)}}); err == nil {
			done++
		} else if falochron.KindOf(err) != falochron.TooMany {
			t.Fatal(err)
		}
	}
	if float64(done) < 10*actsAMinute-2 || float64(done) > 10*actsAMinute+2 {
		t.Errorf("%d acts in ten minutes", done)
	}
	now = now.Add(time.Hour)
	for i := range int(actsAtOnce) {
		must(do(who, plan.TellFans{Shop: "lip", Words: plan.Words{EN: fmt.Sprint("Sentence ", i)}}))
	}
	// What is refused for other reasons counts for nothing.
	now = now.Add(2 * time.Second)
	for range 5 {
		if err := do(who, plan.Cancel{Campaign: "lip-999"}); falochron.KindOf(err) != falochron.NotFound {
			t.Fatal(err)
		}
	}
	must(do(who, plan.TellFans{Shop: "lip", Words: plan.Words{EN: "One more"}}))
}

// The API says it with a status of its own.
func TestTheAPISaysWaitAWhile(t *testing.T) {
	t.Parallel()
	campaigns := lipstick(t, time.Now())
	c := planControl(t, campaigns, nil)
	who := plan.Actor{Role: plan.Host, Party: "hosting", Grant: "hosting-link-1"}
	if err := campaigns.pace.take(time.Now().Add(time.Hour), who, actsAtOnce); err != nil { // so that no time brings anything back
		t.Fatal(err)
	}
	w := command(c, "confirm", "hosting-link-1", `{"campaign": "lipstick-1", "step": "entry"}`)
	body := w.Body.String()
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "3" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if !strings.Contains(body, `"too many"`) || !strings.Contains(body, "Too much was done by this link at once") || !strings.Contains(body, "operators are not held back") {
		t.Error(body)
	}
	if w := command(c, "tell-fans", "", `{"shop": "lipstick", "words": {"en": "Soon"}}`); w.Code != http.StatusOK {
		t.Errorf("an operator: %d %s", w.Code, w.Body)
	}
}

// A file counts for a tenth of its rows, and leaves its sender some taps; what is only
// tried counts for nothing.
func TestWhatAFileCosts(t *testing.T) {
	for rows, want := range map[int]float64{1: 10, 100: 10, 250: 25, 500: 50, 5000: 60} {
		if got := costOfFile(rows, false); got != want {
			t.Errorf("%d rows: %v", rows, got)
		}
		if costOfFile(rows, true) != 0 {
			t.Error("a dry run costs")
		}
	}
}

// A scheduler hands over a season at once; what is remembered of links is bounded, and a
// link that was not used for long is not remembered.
func TestPacesAreBounded(t *testing.T) {
	var p pace
	link := func(i int) plan.Actor {
		return plan.Actor{Role: plan.Host, Party: "x", Grant: plan.ID(fmt.Sprint("link-", i))}
	}
	for i := range 3 * keptPaces {
		if err := p.take(planned, link(i), 1); err != nil || len(p.of) > keptPaces {
			t.Fatal(i, err, len(p.of))
		}
	}
	now := planned.Add(time.Hour)
	if err := p.take(now, link(-1), 1); err != nil {
		t.Fatal(err)
	}
	for i := range keptPaces - 1 {
		if err := p.take(now, link(i), 1); err != nil || len(p.of) > keptPaces {
			t.Fatal(i, err, len(p.of))
		}
	}
	if err := p.take(now, link(-1), actsAtOnce); err == nil {
		t.Error("who was at work a moment ago is forgotten")
	}
	program := plan.Actor{Role: plan.Machine, Party: "x", Grant: "program"}
	calls := 0
	for p.take(now, program, 1) == nil {
		calls++
	}
	if calls != int(callsAtOnce) {
		t.Errorf("%d calls at once", calls)
	}
	for _, free := range []plan.Actor{operator, {Role: plan.Machine}} {
		for range 5 * int(callsAtOnce) {
			if err := p.take(now, free, beginCosts); err != nil {
				t.Fatal(err)
			}
		}
	}
}
