package scenario

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/room"
	"github.com/falochron/falochron/internal/ticket"
)

// The language. A line is a command; '#' begins prose; an indented line belongs
// to the origin above it. Words with '=' are options.
//
//	origin NAME [host=H] [limit=N] [workers=N]   a shop; limit is the edge's ceiling before it
//		page PATH [takes=D] [fresh=D] [status=N]
//	edge [mode=M]                      starts the edge before all shops
//	order NAME [mode=M] [ceiling=N] [start=+D] [soldout=PATH]
//	restart | kill                     ends the edge, politely or not, and starts another
//	die NAME | revive NAME             the shop itself
//	advance D
//	crowd NAME count=N over=D [think=D] [host=H] METHOD PATH [then METHOD PATH]...
//	VISITOR METHOD PATH [host=H] [&] -> STATUS [STATE] ["text on the page"]
//	VISITOR script METHOD PATH -> ...  as a script of a page fetches
//	VISITOR copies VISITOR             the same cookies in another browser
//	VISITOR refuses cookies
//	VISITOR opens VISITOR              the link to the other's place
//	VISITOR at N                       has the place of this number
//	draw SHOP announced                what everybody can read of the draw: see
//	draw SHOP first=N count=N          script.draw
//	expect WHAT OP NUMBER              see script.value
//
// With '&' the visitor does not wait for the answer, and none is told.

func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			story(t, func(w *world) {
				s := &script{world: w, people: make(map[string]*visitor), crowds: make(map[string]*crowd)}
				for i, line := range strings.Split(string(text), "\n") {
					if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
						continue
					}
					if err := s.run(line); err != nil {
						w.Fatalf("%s:%d: %s\n\t%v", file, i+1, strings.TrimSpace(line), err)
					}
				}
			})
		})
	}
}

type script struct {
	*world
	people map[string]*visitor
	crowds map[string]*crowd
	mode   falochron.Mode
	sealed string // the commitment published before the start
}

func (s *script) run(line string) (err error) {
	words, o := split(line)
	if strings.HasPrefix(line, "\t") {
		return s.page(words, o)
	}
	switch words[0] {
	case "origin":
		sh := s.shop(words[1])
		if h, ok := o["host"]; ok {
			sh.hosts = []string{h}
		}
		sh.limit = o.number("limit")
		if n := o.number("workers"); n > 0 {
			sh.workers = make(chan struct{}, n)
		}
	case "edge":
		if s.mode, err = falochron.ParseMode(o.or("mode", "auto")); err == nil {
			s.start(s.mode, origin.Config{})
		}
	case "order":
		return s.orders(words[1], o)
	case "restart", "kill":
		if words[0] == "kill" {
			s.kill()
		} else {
			s.stop()
		}
		s.start(s.mode, origin.Config{})
	case "die":
		s.named(words[1]).down()
	case "revive":
		s.named(words[1]).up()
	case "advance":
		d, err := time.ParseDuration(words[1])
		advance(d)
		return err
	case "crowd":
		return s.crowd(words, o)
	case "draw":
		return s.draw(words[1], len(words) == 3 && words[2] == "announced", o)
	case "expect":
		return s.expect(strings.TrimSpace(strings.TrimPrefix(line, "expect")))
	default:
		return s.act(words, o)
	}
	return err
}

type options map[string]string

func (o options) or(name, otherwise string) string {
	if v, ok := o[name]; ok {
		return v
	}
	return otherwise
}

func (o options) number(name string) int { n, _ := strconv.Atoi(o[name]); return n }

func (o options) duration(name string) time.Duration { d, _ := time.ParseDuration(o[name]); return d }

// split takes a line apart; a quoted text is one word and comes last.
func split(line string) (words []string, o options) {
	o = make(options)
	line, text, quoted := strings.Cut(line, ` "`)
	for _, f := range strings.Fields(line) {
		name, value, option := strings.Cut(f, "=")
		if option && !strings.HasPrefix(f, "/") {
			o[name] = value
		} else {
			words = append(words, f)
		}
	}
	if quoted {
		words = append(words, strings.TrimSuffix(strings.TrimSpace(text), `"`))
	}
	return words, o
}

func (s *script) named(name string) *shop {
	for _, sh := range s.shops {
		if sh.name == name {
			return sh
		}
	}
	s.Fatalf("no shop %q", name)
	return nil
}

func (s *script) page(words []string, o options) error {
	if words[0] != "page" || len(s.shops) == 0 {
		return fmt.Errorf("an indented line says a page of the origin above it")
	}
	sh := s.shops[len(s.shops)-1]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.pages[words[1]] = offer{takes: o.duration("takes"), fresh: o.duration("fresh"), status: o.number("status")}
	return nil
}

func (s *script) orders(name string, o options) (err error) {
	s.order(name, func(snap *falochron.Snapshot) {
		if m, ok := o["mode"]; ok {
			snap.Mode, err = falochron.ParseMode(m)
			s.mode = snap.Mode
		}
		if _, ok := o["ceiling"]; ok {
			snap.Ceiling = o.number("ceiling")
		}
		if _, ok := o["start"]; ok {
			snap.Start = time.Now().Add(o.duration("start"))
		}
		if path, ok := o["soldout"]; ok {
			snap.SoldOut = map[string]bool{path: true}
		}
	})
	return err
}

// act is one visitor's doing.
func (s *script) act(words []string, o options) error {
	v := s.people[words[0]]
	if v == nil {
		v = s.visitor(o.or("host", "shop.example"))
		s.people[words[0]] = v
	}
	if h, ok := o["host"]; ok {
		v.host = h
	}
	words = words[1:]
	switch words[0] {
	case "copies":
		*v = *s.people[words[1]].copied()
		return nil
	case "refuses":
		v.refuses = true
		return nil
	case "opens":
		got := v.see("/.falochron/open?t=" + s.people[words[1]].jar[ticket.WaitingCookie])
		if got.status != 303 || got.header.Get("Location") == "/" {
			return fmt.Errorf("it was %d to %q", got.status, got.header.Get("Location"))
		}
		return nil
	case "at":
		if at := fmt.Sprint(s.place(s.shops[0].name, v)); at != words[1] {
			return fmt.Errorf("the place is %s", at)
		}
		return nil
	}
	send := func(method, path string) reply { return v.do(method, path, navigates) }
	if words[0] == "script" {
		send, words = v.script, words[1:]
	}
	method, path := words[0], words[1]
	if len(words) == 3 && words[2] == "&" {
		s.world.people.Go(func() { send(method, path) })
		synctest.Wait()
		return nil
	}
	if len(words) < 4 || words[2] != "->" {
		return fmt.Errorf("say what must come back: -> STATUS [STATE]")
	}
	got := send(method, path)
	wanted := words[3:]
	if got.err != nil {
		return got.err
	}
	if status, state := fmt.Sprint(got.status), got.state(); status != wanted[0] || len(wanted) > 1 && !strings.Contains(wanted[1], " ") && state != wanted[1] || len(wanted) == 1 && state != "" {
		return fmt.Errorf("it was %s %s\n%.400s", status, state, plain(got.body))
	}
	if text := wanted[len(wanted)-1]; strings.Contains(text, " ") && !strings.Contains(got.body, text) {
		return fmt.Errorf("the page does not say so:\n%s", plain(got.body))
	}
	return nil
}

// place is the number of a visitor's place at a shop, 0 for none.
func (s *script) place(shop string, v *visitor) uint64 {
	kept, err := s.store.Shop(shop)
	if err != nil {
		s.Fatal(err)
	}
	t, err := s.ring.Shop(shop, kept.Epoch(), ticket.Lives{}).OpenWaiting(v.jar[ticket.WaitingCookie], time.Now())
	if err != nil {
		return 0
	}
	return t.Seq
}

// draw does what a fan does who trusts nobody. Before the start it notes the
// commitment; nobody may know the seed. After it, it recomputes the place of
// everybody who was drawn, from nothing but what is published, and each must
// have been told just that many people ahead.
func (s *script) draw(shop string, announced bool, o options) error {
	got := s.visitor(o.or("host", "shop.example")).script("GET", "/.falochron/draw")
	if got.err != nil {
		return got.err
	}
	var said struct {
		Algorithm string
		Draws     []struct {
			Start            time.Time
			Commitment, Seed string
			First, Count     uint64
		}
	}
	in := json.NewDecoder(strings.NewReader(got.body))
	in.DisallowUnknownFields()
	if err := in.Decode(&said); err != nil || said.Algorithm != "falochron draw v1" || len(said.Draws) == 0 {
		return fmt.Errorf("published is %s (%v)", got.body, err)
	}
	d := said.Draws[len(said.Draws)-1]
	if announced {
		if len(d.Commitment) != 64 || strings.Contains(got.body, "seed") || !d.Start.After(time.Now()) {
			return fmt.Errorf("published is %s", got.body)
		}
		s.sealed = d.Commitment
		return nil
	}
	seed, err := hex.DecodeString(d.Seed)
	if err != nil || len(seed) != 32 {
		return fmt.Errorf("published is %s (%v)", got.body, err)
	}
	if room.Commitment([32]byte(seed)) != s.sealed || d.Commitment != s.sealed {
		return fmt.Errorf("announced was %s, published is %s", s.sealed, got.body)
	}
	if first, count := fmt.Sprint(d.First), fmt.Sprint(d.Count); first != o["first"] || count != o["count"] {
		return fmt.Errorf("%s drawn from %s on", count, first)
	}
	var checked uint64
	for name, v := range s.people {
		n := s.place(shop, v)
		if n < d.First || n-d.First >= d.Count {
			continue
		}
		var told struct{ Ahead uint64 }
		if got := v.script("GET", "/.falochron/status"); json.Unmarshal([]byte(got.body), &told) != nil {
			return fmt.Errorf("%s: %s", name, got.body)
		}
		if want := room.DrawPosition([32]byte(seed), d.Count, n-d.First); told.Ahead != want {
			return fmt.Errorf("%s with place %d is told %d ahead, was drawn behind %d", name, n, told.Ahead, want)
		}
		checked++
	}
	if checked != d.Count {
		return fmt.Errorf("%d of %d looked up", checked, d.Count)
	}
	return nil
}

var unread = regexp.MustCompile(`(?s)<(style|script|svg).*?</(style|script|svg)>|<[^>]*>|\n\s*\n`)

// plain is the text of a page.
func plain(page string) string { return unread.ReplaceAllString(page, "") }
