package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/notify"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// sent is a message as it came to an address.
type sent struct {
	after   time.Duration // since the story began
	address string
	notify.Message
}

// postOffice takes messages, and may be told to refuse or to be slow.
type postOffice struct {
	mu     sync.Mutex
	began  time.Time
	all    []sent
	refuse func(address string, try int) error
	takes  time.Duration
	tries  map[string]int // by address and message
}

func (o *postOffice) way(_ plan.ID, address string) (Way, error) {
	if strings.HasPrefix(address, "pigeon:") {
		return nil, errors.New("nobody carries pigeons")
	}
	return officeWay{o, address}, nil
}

type officeWay struct {
	office  *postOffice
	address string
}

func (w officeWay) Send(ctx context.Context, m notify.Message) (notify.Receipt, error) {
	o := w.office
	time.Sleep(o.takes)
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := m.Check(); err != nil {
		return notify.Receipt{}, err
	}
	o.tries[w.address+m.ID]++
	if o.refuse != nil {
		if err := o.refuse(w.address, o.tries[w.address+m.ID]); err != nil {
			return notify.Receipt{}, err
		}
	}
	o.all = append(o.all, sent{time.Since(o.began), w.address, m})
	return notify.Receipt{Where: "post to " + w.address}, nil
}

// got are the messages that came to an address, as when and what.
func (o *postOffice) got(address string) (out []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.all {
		if s.address == address {
			out = append(out, fmt.Sprintf("%v %s | %s", s.after.Round(time.Second), strings.ReplaceAll(s.Subject, "\u00a0", " "), s.Line))
		}
	}
	return out
}

// of are the messages that came to an address.
func (o *postOffice) of(address string) (out []sent) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.all {
		if s.address == address {
			out = append(out, s)
		}
	}
	return out
}

func (o *postOffice) last(address string) sent {
	all := o.of(address)
	return all[len(all)-1]
}

// tells is of how many things an urgent message tells.
func tells(m sent) int { return 1 + strings.Count("\n"+m.Text, "\n• ") }

// things is of how many things all messages tell.
func (o *postOffice) things() (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.all {
		n += tells(s)
	}
	return n
}

func (o *postOffice) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.all)
}

// story is a plan whose people are told, in the time of a bubble.
type story struct {
	t      *testing.T
	file   string
	plan   *Campaigns
	office *postOffice
	stop   func()
	done   chan struct{}
	window time.Duration
}

var (
	olaActor = plan.Actor{Role: plan.Influencer, Party: "ola"}
	webActor = plan.Actor{Role: plan.Host, Party: "web"}
)

func newStory(t *testing.T, file string) *story {
	t.Helper()
	s := &story{t: t, file: file, office: &postOffice{began: time.Now(), tries: map[string]int{}}, window: 10 * time.Minute}
	s.open()
	for _, c := range []plan.Command{
		plan.PutParty{Party: plan.Party{ID: "ola", Name: "Ola", Language: plan.Polish, Contacts: []plan.Contact{{Name: "Ola", Address: "mailto:ola@example.com"}}}},
		plan.PutParty{Party: plan.Party{ID: "web", Name: "Good Hosting", Contacts: []plan.Contact{{Name: "Jan", Address: "mailto:jan@example.com"}, {Name: "desk", Address: "slack:desk"}}}},
		plan.PutShop{Shop: plan.Shop{ID: "lip", Name: "Lipstick", Zone: "Europe/Warsaw", Parties: []plan.Service{{Party: "ola", Role: plan.Influencer}, {Party: "web", Role: plan.Host}}}},
	} {
		s.do(operator, c)
	}
	return s
}

// open opens the plan, as a process does that begins.
func (s *story) open() {
	s.t.Helper()
	c, err := OpenCampaigns(context.Background(), CampaignsConfig{Open: func(ctx context.Context) (*store.Store, error) {
		return store.Open(ctx, store.Config{Address: s.file})
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.plan = c
}

func (s *story) messenger() *Messenger {
	return NewMessenger(MessengerConfig{
		Plan: s.plan, Way: s.office.way, Pages: "https://plan.example", Seal: func(says string) string { return "sealed-" + mark(says) },
		Window: s.window, Timeout: 20 * time.Second,
	})
}

// run sets a messenger to work until end.
func (s *story) run() *Messenger {
	m := s.messenger()
	ctx, cancel := context.WithCancel(context.Background())
	s.stop, s.done = cancel, make(chan struct{})
	go func() {
		m.Run(ctx)
		close(s.done)
	}()
	return m
}

// end ends the process in good order.
func (s *story) end() {
	if s.stop != nil {
		s.stop()
		<-s.done
		s.stop = nil
	}
	if err := s.plan.Close(); err != nil {
		s.t.Error(err)
	}
}

func (s *story) do(who plan.Actor, c plan.Command) plan.Act {
	s.t.Helper()
	act, err := s.plan.Do(context.Background(), time.Now(), who, c)
	if err != nil {
		s.t.Fatalf("%+v: %v", c, err)
	}
	return act
}

// announce plans a post that goes out in a while.
func (s *story) announce(in time.Duration) {
	s.t.Helper()
	s.do(operator, plan.PutCampaign{Shop: "lip", Name: "Autumn"})
	s.do(operator, plan.PutPost{Campaign: "lip-1", Post: plan.Post{Channel: "tv", At: time.Now().Add(in)}})
}

// passes lets time pass, and all that happens in it.
func passes(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func wants(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n  %s\nwants\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// about keeps the messages whose subject says something.
func about(all []string, word string) (out []string) {
	for _, s := range all {
		if strings.Contains(s, word) {
			out = append(out, s)
		}
	}
	return out
}
