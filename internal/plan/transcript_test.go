package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// The transcripts tell campaigns as stories that can be read aloud; go test
// ./internal/plan -rewrite writes them anew.
func TestTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata/transcripts", func(t *testing.T, path string) {
		s := &story{world: emptyWorld(), zone: time.UTC, sent: map[string]bool{}}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string { return s.play(t, d) })
	})
}

// story is a plan being told.
type story struct {
	*world
	zone  *time.Location
	facts Facts
	sent  map[string]bool // notices that were handed over
}

// line is one line of a command: key=value, and the rest as free text.
type line struct {
	t    *testing.T
	keys map[string]string
	text string
}

func lineOf(t *testing.T, words []string) line {
	l := line{t: t, keys: map[string]string{}}
	for i, w := range words {
		key, value, found := strings.Cut(w, "=")
		if !found {
			l.text = strings.Join(words[i:], " ")
			break
		}
		l.keys[key] = value
	}
	return l
}

func (l line) number(key string) float64 {
	if l.keys[key] == "" {
		return 0
	}
	x, err := strconv.ParseFloat(l.keys[key], 64)
	if err != nil {
		l.t.Fatal(err)
	}
	return x
}

func (l line) span(key string) time.Duration {
	if l.keys[key] == "" {
		return 0
	}
	d, err := time.ParseDuration(l.keys[key])
	if err != nil {
		l.t.Fatal(err)
	}
	return d
}

// moment reads 2026-12-01T20:00 in the zone of the story.
func (s *story) moment(l line, key string) time.Time {
	if l.keys[key] == "" {
		return time.Time{}
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", l.keys[key], s.zone)
	if err != nil {
		l.t.Fatal(err)
	}
	return at
}

func (s *story) play(t *testing.T, d *datadriven.TestData) string {
	var words []string
	for _, a := range d.CmdArgs {
		words = append(words, a.String())
	}
	l := lineOf(t, words)
	in := English
	if l.keys["lang"] == "pl" {
		in = Polish
	}
	who := Actor{Role: Operator}
	if party, role, found := strings.Cut(l.keys["who"], ":"); found {
		who = Actor{Role: Role(role), Party: ID(party), Person: l.keys["person"]}
	}
	id := ID(l.keys["campaign"])
	var out strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	fail := func(err error) {
		if err != nil {
			say("refused: %s", err)
		}
	}
	switch d.Cmd {
	case "people": // a party a line: id=ola quiet=22-8 Name
		for text := range strings.Lines(d.Input) {
			p := lineOf(t, strings.Fields(text))
			party := Party{ID: ID(p.keys["id"]), Name: p.text}
			if from, until, quiet := strings.Cut(p.keys["quiet"], "-"); quiet {
				party.Quiet = Hours{60 * atoi(t, from), 60 * atoi(t, until)}
			}
			s.must(t, operator, PutParty{Party: party})
		}
		say("ok")
	case "shop": // id= zone= with=ola:influencer,web:host
		shop := Shop{ID: ID(l.keys["id"]), Name: l.keys["name"], Zone: l.keys["zone"]}
		for v := range strings.SplitSeq(l.keys["with"], "/") {
			party, role, _ := strings.Cut(v, ":")
			shop.Parties = append(shop.Parties, Service{ID(party), Role(role)})
		}
		s.must(t, operator, PutShop{Shop: shop})
		s.zone = s.shops[shop.ID].zone
		say("ok")
	case "now":
		s.now = s.moment(l, "at").UTC()
		say("it is %s", English.Clock(s.now.In(s.zone)))
	case "do": // one command a line, all by who
		for text := range strings.Lines(d.Input) {
			fields := strings.Fields(text)
			a, err := s.do(who, s.command(t, fields[0], lineOf(t, fields[1:])))
			if err != nil {
				say("refused: %s", err)
				continue
			}
			entry := s.newest(a)
			say("%s", entry.Sentence(in))
			for _, c := range a.Warnings {
				say("  but: %s", c.Reason.Sentence(in))
			}
		}
	case "told": // what is handed over by now, and was not before
		notices, next := s.Due(s.now)
		for _, n := range notices {
			if s.sent[n.ID] {
				continue
			}
			s.sent[n.ID] = true
			say("%s %s to %s (%s): %s", English.Clock(n.At), [...]string{"", "asking", "again", "everybody"}[n.Level], n.To.Party, n.To.Role, n.Reason.Sentence(in))
		}
		if !next.IsZero() {
			say("next at %s", English.Clock(next.In(s.zone)))
		}
	case "skip": // what is due by now was handed over
		notices, _ := s.Due(s.now)
		for _, n := range notices {
			s.sent[n.ID] = true
		}
		say("%d handed over", len(notices))
	case "ack": // everything that who can acknowledge, of one campaign
		notices, _ := s.Due(s.now)
		heard := map[string]bool{}
		for _, n := range notices {
			if n.To != who.service() || n.Campaign != id || n.About == "" || heard[n.About] {
				continue
			}
			heard[n.About] = true
			a, err := s.do(who, Acknowledge{Campaign: n.Campaign, About: n.About})
			if fail(err); err == nil {
				entry := s.newest(a)
				say("%s", entry.Sentence(in))
			}
		}
	case "facts": // people=low,mid,high buy= orders= workers= measured=AGE evidence=
		s.facts = Facts{Buy: l.number("buy")}
		if n := strings.Split(l.keys["people"], "/"); len(n) == 3 {
			s.facts.FirstMinute = Interval{float64(atoi(t, n[0])), float64(atoi(t, n[1])), float64(atoi(t, n[2]))}
		}
		s.facts.Measured = Capacity{OrdersPerMinute: l.number("orders"), Workers: int(l.number("workers")), Evidence: Evidence(l.keys["evidence"]), At: s.now.Add(-l.span("measured"))}
		for text := range strings.Lines(d.Input) { // what a program found, a line each: post=lip-1.1 what=link result=right age=1h
			c := lineOf(t, strings.Fields(text))
			s.must(t, machine, s.command(t, "found", c))
		}
		say("ok")
	case "ready":
		r, err := s.Readiness(s.now, who, id, s.facts)
		fail(err)
		for _, text := range r.Sentences(in) {
			say("%s", text)
		}
	case "items":
		r, err := s.Readiness(s.now, who, id, s.facts)
		fail(err)
		for _, i := range r.Items {
			if only := l.keys["only"]; only != "" && string(i.Kind) != only {
				continue
			}
			must := ""
			if i.Must {
				must = "!"
			}
			say("%s %s%s: %s", i.Kind, i.Status, must, i.Reason.Sentence(in))
		}
	case "found": // by a program, a line each
		for text := range strings.Lines(d.Input) {
			s.must(t, machine, s.command(t, "found", lineOf(t, strings.Fields(text))))
		}
		say("ok")
	case "looks":
		for _, look := range s.Looks(s.now) {
			due := "no more"
			if !look.Due.IsZero() {
				due = English.Clock(look.Due.In(s.zone))
			}
			say("%s: %s", look.Post, due)
		}
	case "ended":
		for _, e := range s.Ended(s.now) {
			say("%s %s", e.Ref, e.Kind)
		}
	case "past":
		past, err := s.Past(s.now, who, ID(l.keys["shop"]))
		fail(err)
		for _, p := range past {
			say("%s %s: %d in the minute, %d in the hour, %d before; alone %v", p.Post.ID, p.Post.Channel, p.Outcome.FirstMinute, p.Outcome.FirstHour, p.Outcome.Before, p.Alone)
		}
	case "steps":
		v, err := s.Campaign(s.now, who, id)
		fail(err)
		for _, task := range v.Tasks {
			if only := l.keys["role"]; only == "" || Role(only) == task.Who.Role {
				say("%-7s %s", task.Status, task.Reason.Sentence(in))
			}
		}
	case "page":
		var now *Live
		if l.keys["people"] != "" {
			now = &Live{People: int(l.number("people")), Well: l.keys["shop"] != "ill", Line: l.span("line"), SoldOut: map[string]bool{l.keys["gone"]: true}, Held: l.keys["shop"] == "held"}
		}
		v, err := s.Standing(s.now, who, id, now)
		fail(err)
		for _, text := range v.Sentences(in) {
			say("%s", text)
		}
	case "calendar":
		events, err := s.Calendar(s.now, who, s.now, s.now.Add(60*day))
		fail(err)
		for _, e := range events {
			say("%s %s %s %s %s %s %d %s", English.Clock(e.From), e.Shop, e.Kind, e.Ref, e.Name, e.What, e.Size, e.State)
		}
	case "conflicts":
		found, err := s.Conflicts(s.now, who)
		fail(err)
		for _, c := range found {
			grave := ""
			if c.Grave {
				grave = " (somebody must move)"
			}
			say("%s%s: %s", c.Kind, grave, c.Reason.Sentence(in))
		}
	case "audit":
		a, err := s.CampaignAudit(s.now, who, id)
		fail(err)
		for i := range a.Entries {
			say("%s", a.Entries[i].Sentence(in))
		}
	default:
		t.Fatalf("unknown command %s", d.Cmd)
	}
	if out.Len() == 0 {
		return "nothing\n"
	}
	// No lines with spaces at their ends, and none that only look alike.
	lines := strings.Split(spaces(out.String()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// newest is the entry that the act made.
func (s *story) newest(a Act) Entry {
	of := a.command().scope()
	audit := Audit{}
	switch {
	case of.campaign != "":
		audit, _ = s.CampaignAudit(s.now, operator, of.campaign)
	case of.shop != "":
		audit, _ = s.ShopAudit(s.now, operator, of.shop)
	default:
		audit, _ = s.PartyAudit(s.now, operator, of.party)
	}
	return audit.Entries[len(audit.Entries)-1]
}

func (s *story) command(t *testing.T, name string, l line) Command {
	campaign, of := ID(l.keys["campaign"]), ID(l.keys["of"])
	switch name {
	case "campaign":
		return PutCampaign{Shop: ID(l.keys["shop"]), Name: l.text, Stock: int(l.number("stock"))}
	case "post":
		return PutPost{Campaign: campaign, Post: Post{
			ID: of, Name: l.text, Channel: l.keys["channel"], Account: l.keys["account"], Reach: int(l.number("reach")), Proof: l.keys["proof"] != "",
			At: s.moment(l, "at"), Slip: l.span("slip"), Link: l.keys["link"], Coupon: l.keys["coupon"], Price: l.number("price"), Limited: l.keys["limited"] != "",
		}}
	case "evening":
		return PutEvening{Campaign: campaign, Evening: Evening{ID: of, Name: l.text, Start: s.moment(l, "at"), PreQueue: l.span("queue"), Draw: true, Lasts: l.span("lasts"), Reach: int(l.number("reach"))}}
	case "window":
		return PutWindow{Window: Window{ID: of, Shop: ID(l.keys["shop"]), Kind: WindowKind(l.keys["kind"]), From: s.moment(l, "from"), Until: s.moment(l, "until"), Daily: l.keys["daily"] != "", What: l.text}}
	case "unwindow":
		return RemoveWindow{Shop: ID(l.keys["shop"]), Window: of}
	case "confirm":
		return Confirm{Campaign: campaign, Step: l.keys["step"], Moment: of}
	case "withdraw":
		return Withdraw{Campaign: campaign, Step: l.keys["step"], Moment: of, Why: l.text}
	case "slip":
		return Slip{Campaign: campaign, Moment: of, By: l.span("by"), To: s.moment(l, "to"), Why: l.text}
	case "cancel":
		return Cancel{Campaign: campaign, Moment: of, Why: l.text}
	case "posting":
		return PostNow{Campaign: campaign, Post: of, In: l.span("in")}
	case "back":
		return TakeBack{Campaign: campaign, Post: of, Why: l.text}
	case "found":
		post := ID(l.keys["post"])
		id, _, _ := strings.Cut(string(post), ".")
		x := Check{What: CheckKind(l.keys["what"]), Result: CheckResult(l.keys["result"]), Why: l.keys["why"], With: l.text}
		if l.keys["age"] != "" {
			x.At = s.now.Add(-l.span("age"))
		}
		return RecordChecks{Campaign: ID(id), Post: post, Checks: []Check{x}}
	case "came":
		return RecordOutcome{Campaign: campaign, Moment: of, Outcome: Outcome{FirstMinute: int(l.number("minute")), FirstHour: int(l.number("hour")), Before: int(l.number("before")), Orders: -1}}
	case "report":
		return ReportPost{Shop: ID(l.keys["shop"]), Campaign: campaign, Channel: l.keys["channel"], Account: l.keys["account"]}
	case "on-call":
		return SetOnCall{OnCall: OnCall{Contact{l.text, "tel:1"}, s.moment(l, "from"), s.moment(l, "until")}}
	case "capacity":
		return RecordCapacity{ID(l.keys["shop"]), Capacity{OrdersPerMinute: l.number("orders"), Workers: int(l.number("workers")), Evidence: Evidence(l.keys["evidence"]), At: s.now}}
	case "reserve":
		return RecordReserve{ID(l.keys["shop"]), Reserve{Workers: int(l.number("workers")), Lead: l.span("lead")}}
	}
	t.Fatalf("unknown command %s", name)
	return nil
}

func atoi(t *testing.T, s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Every sentence that a transcript shows is checked by whoever reads it; this keeps
// the table itself in order.
func TestEveryReasonHasWords(t *testing.T) {
	kinds := map[string]Words{}
	for _, of := range []map[string]Words{sentences, readySentences, standingSentences, foundSentences} {
		for kind, w := range of {
			if _, twice := kinds[kind]; twice {
				t.Errorf("%s stands in two tables", kind)
			}
			kinds[kind] = w
		}
	}
	for kind, w := range kinds {
		en, pl := blanks(w.EN), blanks(w.PL)
		for _, blank := range en {
			name, of, counted := strings.Cut(blank, ":")
			if _, known := nouns[of]; counted && !known || !slices.Contains(strings.Fields("who role what ref of names field other because step found at was zone for n m"), name) {
				t.Errorf("%s: there is no blank {%s}", kind, blank)
			}
		}
		if w.EN == "" || w.PL == "" || !slices.Equal(en, pl) {
			t.Errorf("%s: blanks %v in English, %v in Polish", kind, en, pl)
		}
		for _, l := range []Language{English, Polish} {
			r := Reason{Kind: kind, Who: "W", Role: Host, What: "name", Other: "O", Step: Words{"s", "s"}, Found: Words{"f", "f"}, N: 1, M: 2, At: evening, Was: evening}
			if s := r.Sentence(l); strings.ContainsAny(s, "{}") || s == kind || strings.HasSuffix(s, "..") {
				t.Errorf("%s: %s", kind, s)
			}
		}
	}
	used := usedKinds(t)
	for _, name := range used {
		if _, known := kinds[name]; !known {
			t.Errorf("%s is used and has no words", name)
		}
	}
	for kind := range kinds {
		if !slices.Contains(used, kind) {
			t.Errorf("%s has words and is not used", kind)
		}
	}
}

func blanks(s string) (out []string) {
	for {
		_, after, found := strings.Cut(s, "{")
		if !found {
			slices.Sort(out)
			return out
		}
		blank, rest, _ := strings.Cut(after, "}")
		out, s = append(out, blank), rest
	}
}
