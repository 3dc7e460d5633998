package plan

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/falochron/falochron"
)

// The plan is what was done: all acts, read back from JSON and applied to an empty
// book, make the same book; what is refused changes nothing.
func TestThePlanIsWhatWasDone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := busy(t)
		twin := New(DefaultMatrix(), w.zones)
		for _, a := range w.acts {
			twin.Apply(stored(rt, a))
		}
		for range throw(rt).between(20, 60) {
			who, c := w.next(throw(rt))
			a, err := w.Decide(w.now, who, c)
			if !reflect.DeepEqual(twin.state, w.state) {
				rt.Fatalf("%#v was only decided and changed the book, or the act before made another one", c)
			}
			if err != nil {
				var r *Refusal
				if !errors.As(err, &r) || falochron.KindOf(err) != r.Kind || r.Kind == falochron.Internal {
					rt.Fatalf("%#v: %v is no refusal", c, err)
				}
				if _, known := wording(r.Reason.Kind); !known {
					rt.Fatalf("no words for %s", r.Reason.Kind)
				}
				continue
			}
			if a.command() == nil {
				rt.Fatalf("an act that cannot be read: %s", a.Body)
			}
			w.Apply(a)
			twin.Apply(stored(rt, a))
		}
		if !reflect.DeepEqual(twin.state, w.state) {
			rt.Fatalf("another book: %+v, want %+v", twin.state, w.state)
		}
		if w.Unknown() != 0 {
			rt.Fatal("own acts are not known")
		}
	})
}

// The dice reach everything that can be done, or the tests that throw them say nothing
// of it.
func TestTheDiceReachEverything(t *testing.T) {
	refused, done := map[string]int{}, map[string]int{}
	for seed := range uint64(40) {
		w, d := busy(t), &dice{rand.New(rand.NewPCG(seed, 2))}
		for range 100 {
			who, c := w.next(d)
			if a, err := w.do(who, c); err == nil {
				done[a.Kind]++
			} else {
				refused[reasonOf(err)]++
			}
		}
	}
	for kind := range kinds {
		if done[kind] == 0 {
			t.Errorf("%s was never done", kind)
		}
	}
	if len(refused) < 25 {
		t.Errorf("only %d sorts of refusals: %v", len(refused), refused)
	}
	t.Logf("done %v, refused %v", done, refused)
}

// stored is an act as it comes back from a store.
func stored(t interface{ Fatal(...any) }, a Act) Act {
	raw, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	read, err := ParseAct(raw)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// Acts of a newer release are counted, and the rest goes on.
func TestNewerActsAreCounted(t *testing.T) {
	w := twoAgencies(t)
	for _, raw := range []string{
		`{"kind":"teleported","version":1,"at":"2026-12-01T20:00:00Z","actor":{"role":"host"},"body":{"to":"mars"}}`,
		`{"kind":"slipped","version":2,"at":"2026-12-01T20:00:00Z","actor":{"role":"host"},"body":{"campaign":"lip-1"}}`,
		`{"kind":"slipped","version":1,"at":"2026-12-01T20:00:00Z","actor":{"role":"host"},"body":{"campaign":5}}`,
	} {
		a, err := ParseAct([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		w.Apply(a)
	}
	if w.Unknown() != 3 {
		t.Errorf("%d counted", w.Unknown())
	}
	w.must(t, mm, PutCampaign{Shop: "lip", Name: "after it"})
}

// Acts of the first release, as they were written then, are read for ever. Lines are
// added here, never changed.
func TestOldActsAreRead(t *testing.T) {
	b := New(DefaultMatrix(), zones())
	for _, raw := range []string{
		`{"kind":"party-put","version":1,"at":"2026-11-01T10:00:00Z","actor":{"role":"operator"},"body":{"id":"ola","name":"Ola","quiet":{"from":1320,"until":480},"new":true}}`,
		`{"kind":"shop-put","version":1,"at":"2026-11-01T10:00:00Z","actor":{"role":"operator"},"body":{"id":"lip","name":"Lipstick","zone":"Europe/Warsaw","parties":[{"party":"ola","role":"influencer"}],"new":true}}`,
		`{"kind":"campaign-put","version":1,"at":"2026-11-02T10:00:00Z","actor":{"role":"influencer","party":"ola"},"body":{"campaign":"lip-1","shop":"lip","name":"Autumn","stock":500,"new":true}}`,
		`{"kind":"post-put","version":1,"at":"2026-11-02T10:01:00Z","actor":{"role":"influencer","party":"ola"},"body":{"campaign":"lip-1","post":{"id":"lip-1.1","party":"ola","channel":"instagram-story","reach":100000,"at":"2026-12-01T19:00:00Z","slip":900000000000},"new":true}}`,
		`{"kind":"slipped","version":1,"at":"2026-11-03T10:01:00Z","actor":{"role":"influencer","party":"ola","person":"Kasia"},"body":{"campaign":"lip-1","moment":"lip-1.1","by":1800000000000,"to":"2026-12-01T19:30:00Z","was":"2026-12-01T19:00:00Z","why":"train"}}`,
		`{"kind":"step-confirmed","version":1,"at":"2026-11-04T10:01:00Z","actor":{"role":"influencer","party":"ola"},"body":{"campaign":"lip-1","step":"entry","by":{"party":"ola","role":"influencer"},"for":"2026-12-01T19:30:00Z"}}`,
	} {
		a, err := ParseAct([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		b.Apply(a)
	}
	v, err := b.Campaign(evening.Add(-10*day), operator, "lip-1")
	if err != nil || b.Unknown() != 0 {
		t.Fatal(err, b.Unknown())
	}
	p := v.Campaign.Posts[0]
	if !p.At.Equal(evening.Add(30*time.Minute)) || p.Slip != 15*time.Minute || p.Reach != 100_000 || v.Campaign.Stock != 500 {
		t.Errorf("%+v", v.Campaign)
	}
	for _, task := range v.Tasks {
		if done := task.Status == Done; done != (task.Step.ID == "entry") {
			t.Errorf("%s is %s", task.Step.ID, task.Status)
		}
	}
}

// Whatever is in the store: an act is read or not, applied or counted, and every view
// can still be asked.
func FuzzAct(f *testing.F) {
	w := twoAgencies(f)
	w.must(f, mm, PutCampaign{Shop: "lip", Name: "x"})
	w.must(f, mm, PutPost{Campaign: "lip-1", Post: Post{Channel: "tv", At: evening}})
	w.must(f, mm, PutEvening{Campaign: "lip-1", Evening: Evening{Name: "y", Start: evening, Lasts: time.Hour}})
	w.must(f, ola, Slip{Campaign: "lip-1", Moment: "lip-1.1", By: time.Hour})
	w.must(f, ola, Confirm{Campaign: "lip-1", Step: "entry"})
	w.must(f, ola, Withdraw{Campaign: "lip-1", Step: "entry"})
	w.must(f, ola, GiveLink{Grant{Party: "ola", Role: Influencer, Expires: evening}})
	w.must(f, soft, PutWindow{Window: Window{Shop: "lip", Kind: Sync, Daily: true, From: evening, Until: evening.Add(time.Hour)}})
	w.must(f, web, ReportPost{Shop: "lip", Campaign: "lip-1"})
	w.must(f, web, Acknowledge{Campaign: "lip-1", About: "lip-1/change/lip-1.1/2"})
	for _, a := range w.acts {
		raw, err := json.Marshal(a)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := ParseAct(raw)
		if err != nil {
			return
		}
		b := New(DefaultMatrix(), w.zones)
		for _, known := range w.acts {
			b.Apply(known)
		}
		b.Apply(a)
		b.Apply(a)
		now := evening.Add(-time.Hour)
		b.Due(now)
		for _, who := range []Actor{operator, ola, web} {
			look(b, now, who)
		}
	})
}

// look asks for everything that an actor may ask for.
func look(b *Book, now time.Time, who Actor) (seen []any) {
	keep := func(v any, err error) {
		if err == nil {
			seen = append(seen, v)
		} else {
			seen = append(seen, reasonOf(err)) // the words say back what was asked for
		}
	}
	shops, err := b.Shops(now, who)
	keep(shops, err)
	parties, err := b.Parties(now, who)
	keep(parties, err)
	links, err := b.Links(now, who)
	keep(links, err)
	lines, err := b.Campaigns(now, who)
	keep(lines, err)
	events, err := b.Calendar(now, who, now.Add(-30*day), now.Add(60*day))
	keep(events, err)
	clashes, err := b.Conflicts(now, who)
	keep(clashes, err)
	for _, c := range clashes {
		keep(c.Reason.Sentence(Polish), nil)
	}
	audit := func(a Audit, err error) {
		keep(a, err)
		for i := range a.Entries {
			keep(a.Entries[i].Sentence(English)+a.Entries[i].Sentence(Polish), nil)
		}
	}
	for id := range b.shops {
		audit(b.ShopAudit(now, who, id))
	}
	for id := range b.parties {
		audit(b.PartyAudit(now, who, id))
	}
	f := Facts{FirstMinute: Interval{1000, 3000, 9000}, Buy: 0.1}
	for id := range b.campaigns {
		v, err := b.Campaign(now, who, id)
		keep(v, err)
		audit(b.CampaignAudit(now, who, id))
		r, err := b.Readiness(now, who, id, f)
		keep(r, err)
		keep(r.Sentences(Polish), nil)
		s, err := b.Standing(now, who, id, nil)
		keep(s, err)
		if err == nil {
			keep(s.Sentences(English), nil)
		}
	}
	return seen
}
