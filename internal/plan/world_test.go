package plan

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata" // zones are the same wherever the tests run

	"pgregory.net/rapid"
)

// zones for tests: a few real ones, each read once, as the promise of [Zones] wants.
func zones() Zones {
	known := map[string]*time.Location{}
	return func(name string) (*time.Location, error) {
		if z := known[name]; z != nil {
			return z, nil
		}
		z, err := time.LoadLocation(name)
		known[name] = z
		return z, err
	}
}

// evening is when the stories of these tests happen: 20:00 in Warsaw.
var evening = time.Date(2026, 12, 1, 19, 0, 0, 0, time.UTC)

var operator = Actor{Role: Operator}

// machine is Falochron itself.
var machine = Actor{Role: Machine}

// world is a book with the acts that made it.
type world struct {
	*Book
	now  time.Time
	acts []Act
}

func emptyWorld() *world {
	return &world{Book: New(DefaultMatrix(), zones()), now: evening.Add(-15 * day)}
}

// do decides and applies.
func (w *world) do(who Actor, c Command) (Act, error) {
	a, err := w.Decide(w.now, who, c)
	if err == nil {
		w.acts = append(w.acts, a)
		w.Apply(a)
	}
	return a, err
}

func (w *world) must(t testing.TB, who Actor, c Command) {
	t.Helper()
	if _, err := w.do(who, c); err != nil {
		t.Fatalf("%T: %v", c, err)
	}
}

// Two agencies with a shop each, and one host under both. Whatever one of them types
// is marked with its side, see [side].
var (
	ola  = Actor{Role: Influencer, Party: "ola"}
	mm   = Actor{Role: MediaHouse, Party: "mm"}
	soft = Actor{Role: SoftwareHouse, Party: "soft"}
	eva  = Actor{Role: Influencer, Party: "eva"}
	nn   = Actor{Role: MediaHouse, Party: "nn"}
	dev  = Actor{Role: SoftwareHouse, Party: "dev"}
	web  = Actor{Role: Host, Party: "web"}
)

// twoAgencies: shop lip of ola, mm and soft; shop hat of eva, nn and dev; host web.
func twoAgencies(t testing.TB) *world {
	t.Helper()
	w := emptyWorld()
	for _, id := range []ID{"ola", "mm", "soft", "eva", "nn", "dev", "web"} {
		w.must(t, operator, PutParty{Party: Party{ID: id, Name: "Party " + string(id)}})
	}
	for _, s := range []Shop{
		{ID: "lip", Name: "Lipstick", Zone: "Europe/Warsaw", Domains: []string{"lip.example"}, Parties: []Service{ola.service(), mm.service(), soft.service(), web.service()}},
		{ID: "hat", Name: "Hats", Zone: "Europe/London", Parties: []Service{eva.service(), nn.service(), dev.service(), web.service()}},
	} {
		w.must(t, operator, PutShop{Shop: s})
	}
	return w
}

// busy is two agencies with a campaign and a post each, and a party that serves nobody.
func busy(t testing.TB) *world {
	t.Helper()
	w := twoAgencies(t)
	w.must(t, operator, PutParty{Party: Party{ID: "zed", Name: "Party zed"}})
	w.must(t, operator, PutShop{Shop: Shop{ID: "spare", Name: "shop", Zone: "Europe/Warsaw"}})
	for _, who := range []Actor{mm, nn} {
		shop := map[string]ID{"A": "lip", "B": "hat"}[side(who)]
		w.must(t, who, PutCampaign{Shop: shop, Name: "secret" + side(who)})
		w.must(t, who, PutPost{Campaign: shop + "-1", Post: Post{Name: "secret" + side(who), Channel: "tv", At: evening}})
	}
	return w
}

// side is which of the two an actor belongs to: "A", "B", or "" for both or none.
func side(who Actor) string {
	switch who.Party {
	case "ola", "mm", "soft":
		return "A"
	case "eva", "nn", "dev":
		return "B"
	}
	return ""
}

// Drawing commands. Most make sense, some do not: ids of others, moments of another
// age, texts that are none.

func drawActor(t *dice, w *world) Actor {
	who := oneOf(t, []Actor{ola, ola, mm, mm, soft, eva, eva, nn, nn, dev, web, web, operator, operator, {Role: Machine}, {Role: Influencer, Party: "nobody"}, {Role: "king"}, {Role: Host, Party: "ola"}})
	if s := side(who); s != "" && t.between(0, 1) == 1 {
		who.Person = "secret" + s
		if who.Role == Host { // sees by which of his own names he acted
			who.Person = "call" + s
		}
	}
	if ids := sorted(w.grants); len(ids) > 0 && t.between(0, 4) == 0 {
		id := oneOf(t, ids)
		if g := w.grants[id]; t.between(0, 9) > 0 {
			return Actor{Role: g.Role, Party: g.Party, Grant: id}
		}
		who.Grant = id
	}
	return who
}

func drawText(t *dice, who Actor) string {
	s := "secret" + side(who)
	if who.Role == Host {
		s = "own" // what the host types it may see
	}
	switch t.between(0, 90) {
	case 0:
		return ""
	case 1:
		return s + "\x00"
	case 2:
		return fmt.Sprintf("%s%0700d", s, 0)
	}
	return s + oneOf(t, []string{"", " one", " two", "<script>"})
}

func drawTime(t *dice, w *world) time.Time {
	if t.between(0, 90) == 0 {
		return oneOf(t, []time.Time{{}, evening.AddDate(9000, 0, 0), evening.AddDate(-30, 0, 0)})
	}
	return w.now.Add(time.Duration(t.between(-60*2, 60*24*16)) * time.Minute)
}

func drawOf[T any](t *dice, of []T, other T) T {
	if len(of) == 0 || t.between(0, 60) == 0 {
		return other
	}
	return oneOf(t, of)
}

func (w *world) moments(id ID) (posts, all []ID) {
	if k := w.campaigns[id]; k != nil {
		for i := range k.Posts {
			posts = append(posts, k.Posts[i].ID)
		}
		all = append(all, posts...)
		for i := range k.Evenings {
			all = append(all, k.Evenings[i].ID)
		}
	}
	return posts, all
}

func drawCommand(t *dice, w *world, who Actor) Command {
	shop := drawOf(t, []ID{"lip", "hat"}, "x")
	if s := side(who); s != "" && t.between(0, 9) > 0 {
		shop = map[string]ID{"A": "lip", "B": "hat"}[s]
	}
	var own []ID // mostly
	for _, id := range sorted(w.campaigns) {
		if w.serves(who, w.shops[w.campaigns[id].Shop]) || t.between(0, 9) == 0 {
			own = append(own, id)
		}
	}
	campaign := drawOf(t, own, "x-1")
	for _, id := range sorted(w.campaigns) { // what was just said is taken back now and then
		for _, post := range sorted(w.campaigns[id].said) {
			if w.now.Sub(w.campaigns[id].said[post].at) <= TakeBackWithin && t.between(0, 2) == 0 {
				return TakeBack{Campaign: id, Post: post, Why: drawText(t, who)}
			}
		}
	}
	for _, id := range []ID{"lip", "hat"} { // and what is asked is answered
		if s := w.shops[id]; w.serves(who, s) && len(s.inquiries) > 0 {
			q := s.inquiries[len(s.inquiries)-1]
			if q.open(w.now) && t.between(0, 3) > 0 { // it is open for an hour, and days pass
				posts, _ := w.moments(campaign)
				return AnswerPost{Shop: id, Inquiry: q.ID, Yes: t.between(0, 2) > 0, Post: drawOf(t, append(posts, ""), "z"), Account: drawText(t, who)}
			}
		}
	}
	posts, all := w.moments(campaign)
	post := drawOf(t, posts, "")
	moment := drawOf(t, all, "")
	text := drawText(t, who)
	at := drawTime(t, w)
	minutes := time.Duration(t.between(-60, 600)) * time.Minute
	n := t.between(-1, 5000)
	party := drawOf(t, []ID{"ola", "mm", "soft", "eva", "nn", "dev", "web"}, "y")
	role := drawOf(t, []Role{Influencer, MediaHouse, SoftwareHouse, Host, Machine}, Operator)
	step, of := drawOf(t, []string{"entry", "go", "freeze"}, "x"), drawOf(t, []ID{""}, moment)
	if t.between(0, 1) == 0 {
		step, of = drawOf(t, []string{"hour", "zero"}, "report"), moment
	}
	switch t.between(0, 31) {
	case 0:
		return PutShop{Shop: Shop{ID: oneOf(t, []ID{shop, "spare"}), Name: "shop", Zone: drawOf(t, []string{"Europe/Warsaw", "America/New_York"}, "Mars/Olympus"), Parties: w.partiesOf(shop)}}
	case 1:
		return RemoveShop{Shop: drawOf(t, []ID{"spare"}, shop)}
	case 2:
		return PutParty{Party: Party{ID: drawOf(t, []ID{party, "zed"}, "ż"), Name: "Party " + string(party), Quiet: Hours{n % 1440, 400}}}
	case 3:
		return PutOwnParty{Party{Name: "Party " + string(who.Party), Language: Polish, Contacts: []Contact{{"call" + side(who), "mailto:x"}}}}
	case 4:
		return RemoveParty{drawOf(t, []ID{"zed"}, party)}
	case 5:
		return SetOnCall{OnCall: OnCall{Contact{"call" + side(who), "tel:1"}, at, at.Add(minutes * 10)}, Party: party}
	case 6, 7:
		return PutCampaign{Campaign: drawOf(t, []ID{"", ""}, campaign), Shop: shop, Name: text, Note: text, Stock: n}
	case 8, 9, 10:
		return PutPost{Campaign: campaign, Post: Post{
			ID: drawOf(t, []ID{"", "", post}, "z"), Name: text, Channel: drawOf(t, []string{"instagram-story", "tiktok"}, "Ż"), Account: text,
			Reach: n, At: at, Slip: minutes, Coupon: text, Price: float64(n) / 3, Link: drawOf(t, []string{"", "https://lip.example/secret" + side(who)}, "javascript:alert(1)"),
			Limited: n%2 == 0, Proof: n%3 == 0, Stock: n / 2, Party: drawOf(t, []ID{"", "ola", "eva"}, party),
		}}
	case 11, 12:
		return PutEvening{Campaign: campaign, Evening: Evening{ID: drawOf(t, []ID{"", moment}, "z"), Name: text, Start: at, PreQueue: minutes, Lasts: 2 * time.Hour, Reach: n}}
	case 13, 14:
		return PutWindow{Window: Window{ID: drawOf(t, []ID{"", ""}, "lip-w1"), Shop: shop, Kind: drawOf(t, []WindowKind{Freeze, Purge, Sync, Release}, "party"), From: at, Until: at.Add(minutes), Daily: n%2 == 0, What: "work"}}
	case 15:
		return RemoveWindow{Shop: shop, Window: ID(fmt.Sprintf("%s-w%d", shop, n%4))}
	case 16, 17:
		return Confirm{Campaign: campaign, Step: step, Moment: of}
	case 18:
		if k := w.campaigns[campaign]; k != nil {
			for _, t := range w.tasks(k, w.shops[k.Shop]) {
				if _, given := k.confirmed[t.promise()]; given && t.Who == who.service() {
					step, of = t.Step.ID, t.Moment
				}
			}
		}
		return Withdraw{Campaign: campaign, Step: step, Moment: of, Why: text}
	case 19:
		return Slip{Campaign: campaign, Moment: moment, By: drawOf(t, []time.Duration{minutes, 0}, 0), To: at, Why: text}
	case 20:
		return Cancel{Campaign: campaign, Moment: drawOf(t, []ID{moment, moment, moment}, ""), Why: text}
	case 21:
		return PostNow{Campaign: campaign, Post: post, In: max(0, minutes)}
	case 22:
		return ReportPost{Shop: shop, Campaign: drawOf(t, []ID{""}, campaign), Channel: "x-post", Account: text, Reach: n, At: w.now.Add(-minutes)}
	case 23:
		if n%2 == 0 {
			return GiveLink{Grant{Party: party, Role: role, Shops: drawOf(t, [][]ID{nil, {shop}}, nil), Expires: at}}
		}
		return RevokeLink{Grant: drawOf(t, sorted(w.grants), "z")}
	case 24:
		return TakeBack{Campaign: campaign, Post: post, Why: text}
	case 25:
		return RecordChecks{Campaign: campaign, Post: post, Checks: []Check{{
			What: drawOf(t, []CheckKind{LinkCheck, CouponCheck, PriceCheck}, "x"), Result: drawOf(t, []CheckResult{Right, Wrong, Open}, "x"),
			Why: drawOf(t, []string{"", FoundPrice, FoundSoldOut}, "x"), With: text, At: drawOf(t, []time.Time{{}}, at),
		}}}
	case 28:
		return RevokeLink{Grant: drawOf(t, sorted(w.grants), "z")}
	case 27:
		return ShowReach{Campaign: campaign, Post: post, Shown: Proof{Kind: drawOf(t, append(ProofKinds(), ""), "rumour"), Link: drawOf(t, []string{"", "https://kit.example/secret" + side(who)}, "javascript:alert(1)"), Note: text}}
	case 26:
		if n%2 == 0 {
			c := RecordSight{Shop: shop, Sight: Sight{
				What: drawOf(t, []SightKind{WaveSeen, WaveOver, AttackSeen, AttackOver}, "x"), Began: w.now.Add(-minutes),
				People: Interval{Mid: float64(max(n, 0))}, Came: n, Done: drawOf(t, []string{"", "slow"}, "x"),
			}}
			if n%3 == 0 {
				c.Campaign, c.Post = campaign, post
			}
			return c
		}
		return RecordOutcome{Campaign: campaign, Moment: moment, Outcome: Outcome{FirstMinute: n, FirstHour: 10 * n, Orders: -1, Before: -1}}
	}
	switch {
	case n%4 == 0:
		return AskPost{Shop: shop, Onset: w.now.Add(-time.Duration(t.between(-3, 70)) * time.Minute), Channel: drawOf(t, []string{"", "instagram", "tiktok"}, "Ż")}
	case n%4 == 1:
		asked := ID("x-ask-1")
		if s := w.shops[shop]; s != nil && len(s.inquiries) > 0 {
			asked = drawOf(t, []ID{s.inquiries[len(s.inquiries)-1].ID}, "y-ask-1")
		}
		return AnswerPost{Shop: shop, Inquiry: asked, Yes: n%3 > 0, Post: drawOf(t, []ID{"", post}, "z"), Account: text}
	case n%5 == 0:
		return TellFans{Shop: shop, Words: Words{EN: drawOf(t, []string{text, text, ""}, ""), PL: drawOf(t, []string{text, ""}, "")}, For: minutes}
	case n%3 == 0:
		return RecordCapacity{Shop: shop, Capacity: Capacity{OrdersPerMinute: float64(n), Workers: n, Evidence: drawOf(t, []Evidence{Observed, Rehearsed, Told}, "hope"), At: w.now.Add(-minutes)}}
	case n%3 == 1:
		return RecordReserve{Shop: shop, Reserve: Reserve{Workers: n, Lead: minutes}}
	}
	about := "x"
	if k := w.campaigns[campaign]; k != nil {
		var abouts []string
		notices, _ := w.Due(w.now)
		for _, x := range notices {
			if x.Campaign == campaign && x.About != "" {
				abouts = append(abouts, x.About)
			}
		}
		about = drawOf(t, abouts, "x")
	}
	return Acknowledge{Campaign: campaign, About: about}
}

func (w *world) partiesOf(id ID) []Service {
	if s := w.shops[id]; s != nil {
		return s.Parties
	}
	return nil
}

// dice are thrown from a seed that rapid draws: its own draws keep to small numbers,
// and most of what people do would never come up.
type dice struct{ *rand.Rand }

func throw(t *rapid.T) *dice {
	return &dice{rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
}

// between is a number from low to high.
func (d *dice) between(low, high int) int { return low + d.IntN(high-low+1) }

func oneOf[T any](d *dice, of []T) T { return of[d.IntN(len(of))] }

// next is what somebody wants to do after a while; most of the time they may.
func (w *world) next(d *dice) (Actor, Command) {
	if d.between(0, 3) > 0 { // else at once
		w.now = w.now.Add(time.Duration(d.between(0, 10*60)) * time.Minute)
	}
	for {
		who := drawActor(d, w)
		c := drawCommand(d, w, who)
		if Can(who.Role, c.action()) || d.between(0, 9) == 0 {
			return who, c
		}
	}
}
