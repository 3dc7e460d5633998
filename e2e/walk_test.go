package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/falochron/falochron/internal/plan"
)

// payload is what a stranger types: a mark of its own for each field, and after it what
// would be markup, an attribute or a script where a page forgets to escape.
//
// tight is the same for what takes neither spaces nor slashes, as the name of a host.
const (
	payload = `'"><img src=x onerror=ran()><svg onload=ran()></svg><script>ran()</script>`
	tight   = `'"><script>ran()`
)

var marked = regexp.MustCompile(`q\d{4}z`)

// terminal is what would command a terminal, turn a line around or begin a new one.
var terminal = []string{"\x1b[31m", "\x1b]0;x\x07", "\u009b31m", "\u202e", "\r", "\x00", "\u2066", "\u2028"}

// step is one command of the walk: by whose link, empty is an operator, and an example
// with something in each list, so that no field can be passed by.
type step struct {
	link    string
	command any
}

// walk types something evil into every field that every command of the plan has.
type walk struct {
	t      *testing.T
	s      *stage
	marks  map[string]string // the field, by its mark
	tried  map[string]bool   // fields
	typed  map[string]bool   // those of them that take any text
	done   map[string]bool   // commands by name
	bodies []string          // every answer
	tries  int
}

// commands are the names of all commands of the plan: the types that have a kind.
func commands(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("../internal/plan/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Name.Name != "kind" || fn.Recv == nil || strings.HasSuffix(name, "_test.go") {
				continue
			}
			if of, ok := fn.Recv.List[0].Type.(*ast.Ident); ok {
				names = append(names, of.Name)
			}
		}
	}
	return names
}

// dashed is PutShop as the API calls it: put-shop.
func dashed(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// leaves are all texts within a command, by name. An empty list hides what is in it, so
// that an example must have none.
func leaves(t *testing.T, name string, v reflect.Value, each func(name string, leaf reflect.Value)) {
	switch v.Kind() {
	case reflect.String:
		each(name, v)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			leaves(t, name+"."+v.Type().Field(i).Name, v.Field(i), each)
		}
	case reflect.Slice:
		if v.Len() == 0 {
			t.Errorf("the example of %s is empty: what it holds would not be tried", name)
		}
		for i := range v.Len() {
			leaves(t, fmt.Sprintf("%s[%d]", name, i), v.Index(i), each)
		}
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64:
	default:
		t.Errorf("%s is a %s: teach this test to walk it", name, v.Kind())
	}
}

// body is a command as the API reads it: durations in seconds, what is empty left out.
func body(v reflect.Value, into map[string]any) {
	for i := range v.NumField() {
		f, value := v.Type().Field(i), v.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous:
			body(value, into)
		case value.IsZero():
		case f.Type == reflect.TypeFor[time.Duration]():
			into[name+"_secs"] = value.Interface().(time.Duration).Seconds()
		case f.Type == reflect.TypeFor[time.Time]():
			into[name] = value.Interface()
		case value.Kind() == reflect.Struct:
			of := map[string]any{}
			body(value, of)
			into[name] = of
		case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Struct:
			all := []map[string]any{}
			for j := range value.Len() {
				of := map[string]any{}
				body(value.Index(j), of)
				all = append(all, of)
			}
			into[name] = all
		default:
			into[name] = value.Interface()
		}
	}
}

// send does one command over the API, as a person whose name is evil as well.
func (w *walk) send(name, link string, command reflect.Value) (status int, answer string) {
	w.t.Helper()
	w.tries++
	of := map[string]any{}
	body(command, of)
	raw, err := json.Marshal(of)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.s.admin+"/api/v1/plan/commands/"+dashed(name), bytes.NewReader(raw))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.s.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Falochron-Actor", person)
	if link != "" {
		r.Header.Set("Falochron-Link", link)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	w.bodies = append(w.bodies, string(got))
	return resp.StatusCode, string(got)
}

// person is whoever does something; his name is shown to others.
const person = `q0000z'"><script>ran()`

// mark is a new mark of a field.
func (w *walk) mark(field string) string {
	m := fmt.Sprintf("q%04dz", len(w.marks)+1)
	w.marks[m] = field
	return m
}

// take does a step, with something evil in every text that takes it. A text that has a
// grammar of its own (an id, a link, a zone) may refuse what is evil, and must then take
// its honest value.
func (w *walk) take(s step) {
	w.t.Helper()
	name := reflect.TypeOf(s.command).Name()
	w.done[name] = true
	now := reflect.New(reflect.TypeOf(s.command)).Elem()
	now.Set(reflect.ValueOf(s.command))
	try := func(what string) (taken bool, answer string) {
		status, answer := w.send(name, s.link, now)
		if status != http.StatusOK && status != http.StatusBadRequest && status != http.StatusNotFound && status != http.StatusForbidden && status != http.StatusConflict {
			w.t.Errorf("%s with %s: %d %s", name, what, status, answer)
		}
		return status == http.StatusOK, answer
	}
	happened := false
	var evils []func() // of this step, each with a new mark: some things may not be twice
	leaves(w.t, name, now, func(field string, leaf reflect.Value) {
		honest, again := leaf.String(), w.tried[field]
		if again && !w.typed[field] {
			return // it refuses what is evil, or is not looked at
		}
		w.tried[field] = true
		defer func() {
			if !w.typed[field] {
				leaf.SetString(honest)
			}
		}()
		// What cannot be seen is refused by all of them, or, set by Decide, not looked at.
		for _, evil := range terminal {
			if again {
				break
			}
			leaf.SetString(honest + "x" + evil + "x")
			if taken, answer := try(field); taken && strings.Contains(decoded(w.t, answer), evil) {
				w.t.Errorf("%s takes %q: %s", field, evil, answer)
			} else if taken {
				happened = true
				return
			}
		}
		for _, anew := range evils {
			anew()
		}
		mark := w.mark(field)
		for _, evil := range []string{mark + payload, honest + mark + payload, "javascript:ran()//" + mark + payload, mark + payload + honest, honest + mark + tight} {
			leaf.SetString(evil)
			if taken, answer := try(field); taken {
				happened, w.typed[field] = true, strings.Contains(decoded(w.t, answer), mark)
				if w.typed[field] {
					evils = append(evils, func() { leaf.SetString(marked.ReplaceAllString(leaf.String(), w.mark(field))) })
				}
				return
			}
		}
	})
	if happened {
		return
	}
	if status, answer := w.send(name, s.link, now); status != http.StatusOK {
		w.t.Fatalf("the example of %s: %d %s", name, status, answer)
	}
}

// decoded are all texts of an answer.
func decoded(t *testing.T, answer string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(answer), &v); err != nil {
		t.Errorf("%v in %s", err, answer)
	}
	var out strings.Builder
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			out.WriteString(v + "\n")
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for k, x := range v {
				out.WriteString(k + "\n")
				walk(x)
			}
		}
	}
	walk(v)
	return out.String()
}

// theWalk fills a plan: two agencies with a shop each on one host. All that anybody types
// is evil. It returns what was typed, and the grants of links by party.
func theWalk(t *testing.T, s *stage) *walk {
	t.Helper()
	w := &walk{t: t, s: s, marks: map[string]string{}, tried: map[string]bool{}, typed: map[string]bool{}, done: map[string]bool{}}
	now := time.Now().UTC().Truncate(time.Second)
	evening, until := now.Add(3*time.Hour), now.Add(48*time.Hour)
	service := func(id plan.ID, r plan.Role) plan.Service { return plan.Service{Party: id, Role: r} }
	for _, id := range []plan.ID{"web", "ola", "mm", "soft", "gone"} {
		w.take(step{"", plan.PutParty{Party: plan.Party{ID: id, Name: "n", Language: plan.Polish, Contacts: []plan.Contact{{Name: "c", Address: "mailto:a@b.example"}}}}})
	}
	w.take(step{"", plan.RemoveParty{Party: "gone"}})
	lip := plan.PutShop{Shop: plan.Shop{ID: "lip", Name: "s", Zone: "Europe/Warsaw", Domains: []string{"lip.example"}, Parties: []plan.Service{
		service("ola", plan.Influencer), service("mm", plan.MediaHouse), service("soft", plan.SoftwareHouse), service("web", plan.Host)}}}
	for _, id := range []plan.ID{"lip", "old"} {
		lip.ID = id
		w.take(step{"", lip})
	}
	w.take(step{"", plan.RemoveShop{Shop: "old"}})
	// Links of posts must lead to one of the domains: an honest one has to be there.
	lip.ID, lip.Name, lip.Domains = "lip", w.mark("PutShop.Shop.Name")+payload, []string{"lip.example", w.mark("PutShop.Shop.Domains[0]") + tight}
	if status, answer := w.send("PutShop", "", reflect.ValueOf(lip)); status != http.StatusOK {
		t.Fatal(status, answer)
	}
	for _, g := range []plan.Service{lip.Parties[0], lip.Parties[1], lip.Parties[2], lip.Parties[3]} {
		w.take(step{"", plan.GiveLink{Grant: plan.Grant{Party: g.Party, Role: g.Role, Shops: []plan.ID{"lip"}, Expires: until}}})
		w.take(step{"", plan.GiveLink{Grant: plan.Grant{Party: g.Party, Role: g.Role, Shops: []plan.ID{"lip"}, Expires: until}}})
	}
	w.take(step{"", plan.RevokeLink{Grant: "web-link-2"}})
	// A link for some shops does not change its party.
	status, answer := w.send("GiveLink", "", reflect.ValueOf(plan.GiveLink{Grant: plan.Grant{Party: "soft", Role: plan.SoftwareHouse, Expires: until}}))
	if status != http.StatusOK || !strings.Contains(answer, "soft-link-3") {
		t.Fatal(status, answer)
	}
	w.take(step{"soft-link-3", plan.PutOwnParty{Party: plan.Party{Name: "n", Contacts: []plan.Contact{{Name: "c", Address: "mailto:a@b.example"}}}}})
	w.take(step{"soft-link-3", plan.SetOnCall{OnCall: plan.OnCall{Contact: plan.Contact{Name: "c", Address: "tel:+48600"}, From: now, Until: until}}})
	w.take(step{"web-link-1", plan.RecordReserve{Shop: "lip", Reserve: plan.Reserve{Workers: 40, Lead: time.Hour}}})
	w.take(step{"web-link-1", plan.RecordCapacity{Shop: "lip", Capacity: plan.Capacity{OrdersPerMinute: 120, Workers: 8, Evidence: plan.Rehearsed, At: now}}})
	// What is there is changed, so that few posts are made: each costs a forecast.
	const first, other = plan.ID("lip-1"), plan.ID("lip-2")
	for _, id := range []plan.ID{first, other} { // the other is to be called off
		if status, answer := w.send("PutCampaign", "", reflect.ValueOf(plan.PutCampaign{Shop: "lip", Name: string(id)})); status != http.StatusOK {
			t.Fatal(status, answer)
		}
		w.take(step{"mm-link-1", plan.PutCampaign{Campaign: id, Shop: "lip", Name: "n", Note: "n", Influencers: []plan.ID{"ola"}, Stock: 5000}})
		if status, answer := w.send("PutPost", "", reflect.ValueOf(plan.PutPost{Campaign: id, Post: plan.Post{Channel: "tv", At: evening}})); status != http.StatusOK {
			t.Fatal(status, answer)
		}
	}
	post := plan.Post{ID: first + ".1", Name: "n", Party: "ola", Channel: "instagram-story", Account: "a", Reach: 300000, Buy: 0.1, At: evening, Slip: 10 * time.Minute, Link: "https://lip.example/x", Coupon: "c", Price: 59}
	w.take(step{"mm-link-1", plan.PutPost{Campaign: first, Post: post}})
	post.ID, post.At = other+".1", evening.Add(5*time.Minute)
	w.take(step{"mm-link-1", plan.PutPost{Campaign: other, Post: post}})
	w.take(step{"mm-link-1", plan.PutEvening{Campaign: first, Evening: plan.Evening{Name: "n", Start: evening.Add(26 * time.Hour), Lasts: 3 * time.Hour, PreQueue: time.Hour, Reach: 5000}}})
	for _, kind := range []plan.WindowKind{plan.Release, plan.Purge, plan.Freeze} {
		w.take(step{"soft-link-1", plan.PutWindow{Window: plan.Window{Shop: "lip", Kind: kind, From: evening.Add(-time.Hour), Until: evening.Add(time.Hour), What: "w"}}})
	}
	w.take(step{"soft-link-1", plan.RemoveWindow{Shop: "lip", Window: "lip-w1"}})
	return w.acts(first, other, evening)
}

// acts are the commands of an evening.
func (w *walk) acts(first, other plan.ID, evening time.Time) *walk {
	w.t.Helper()
	w.take(step{"mm-link-1", plan.RecordChecks{Campaign: first, Post: first + ".1", Checks: []plan.Check{{What: plan.LinkCheck, Result: plan.Wrong, With: "x"}}}})
	w.take(step{"mm-link-1", plan.ShowReach{Campaign: first, Post: first + ".1", Shown: plan.Proof{Kind: plan.MediaKit, Link: "https://kit.example/ola", Note: "n"}}})
	w.take(step{"mm-link-1", plan.TellFans{Shop: "lip", Words: plan.Words{EN: "w", PL: "w"}}})
	w.take(step{"soft-link-1", plan.Confirm{Campaign: first, Step: "entry"}})
	w.take(step{"web-link-1", plan.Withdraw{Campaign: first, Step: "entry", Why: "w"}})
	w.take(step{"mm-link-1", plan.Slip{Campaign: first, Moment: first + ".1", To: evening.Add(time.Minute), Why: "w"}})
	// How often it was moved until now depends on what this walk tried; another party hears of it first.
	heard := plan.Acknowledge{Campaign: first}
	for n, status := 1, 0; status != http.StatusOK; n++ {
		heard.About = fmt.Sprintf("%s/change/%s.1/%d", first, first, n)
		if status, _ = w.send("Acknowledge", "soft-link-1", reflect.ValueOf(heard)); n > 100 {
			w.t.Fatal("nobody is told that the post was moved")
		}
	}
	w.take(step{"web-link-1", heard})
	w.take(step{"mm-link-1", plan.Cancel{Campaign: other, Moment: other + ".1", Why: "w"}})
	out := plan.PostNow{Campaign: first, Post: first + ".1"}
	w.take(step{"ola-link-1", out})
	w.take(step{"mm-link-1", plan.TakeBack{Campaign: first, Post: first + ".1", Why: "w"}})
	if status, answer := w.send("PostNow", "ola-link-1", reflect.ValueOf(out)); status != http.StatusOK {
		w.t.Fatal(status, answer)
	}
	w.take(step{"ola-link-1", plan.ReportPost{Shop: "lip", Channel: "tiktok", Account: "a", Reach: 5000, Link: "https://lip.example/y", At: evening.Add(-6 * time.Hour)}})
	w.take(step{"", plan.RecordOutcome{Campaign: "lip-3", Moment: "lip-3.1", Outcome: plan.Outcome{FirstMinute: 5, FirstHour: 50}}})
	// A wave that nobody announced: what the radar sees of it, and who is asked.
	now := evening.Add(-3 * time.Hour)
	w.take(step{"", plan.RecordSight{Shop: "lip", Sight: plan.Sight{What: plan.AttackSeen, Began: now, Done: "slow"}}})
	w.take(step{"", plan.AskPost{Shop: "lip", Onset: now, Channel: "youtube"}})
	w.take(step{"ola-link-1", plan.AnswerPost{Shop: "lip", Inquiry: "lip-ask-1", Yes: true, Account: "a"}})
	return w
}

// complete fails if a command of the plan was not walked through.
func (w *walk) complete() {
	w.t.Helper()
	all := commands(w.t)
	if len(all) < 22 {
		w.t.Errorf("only %d commands are found", len(all))
	}
	for _, name := range all {
		if !w.done[name] {
			w.t.Errorf("%s has texts that nobody tried: give theWalk an example of it", name)
		}
	}
}
