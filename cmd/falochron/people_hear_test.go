package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/notify"
	"github.com/falochron/falochron/internal/plan"
)

// letterbox keeps what was sent to an address.
type letterbox struct {
	came chan notify.Message
	fail error
}

func (l *letterbox) Send(_ context.Context, m notify.Message) (notify.Receipt, error) {
	if l.fail != nil {
		return notify.Receipt{}, l.fail
	}
	l.came <- m
	return notify.Receipt{Where: "a letterbox"}, nil
}

// today is a plan of today, since messengers look at the clock.
func today(t *testing.T) *planWorld {
	t.Helper()
	w := openPlanWorld(t)
	w.clock = time.Now()
	for _, p := range planParties {
		w.give(p.id, p.role)
	}
	return w
}

// runMessenger runs a messenger over the pages' plan, with a letterbox for each address.
func (w *planWorld) runMessenger(boxes map[string]*letterbox) {
	w.t.Helper()
	w.tells = true
	m := control.NewMessenger(control.MessengerConfig{
		Plan: w.plan, Pages: "http://plan.example", Seal: w.links.SealNotice, Window: time.Minute, Timeout: time.Second,
		Way: func(_ plan.ID, address string) (control.Way, error) { return boxes[address], nil },
	})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		m.Run(ctx)
		close(done)
	}()
	w.t.Cleanup(func() {
		stop()
		<-done
	})
}

// next is the next message of a letterbox that says something.
func (l *letterbox) next(t testing.TB, word string) notify.Message {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case m := <-l.came:
			if strings.Contains(m.Subject, word) {
				return m
			}
		case <-deadline:
			t.Fatalf("no message with %q came", word)
		}
	}
}

// contact gives a party an address, under its own rules.
func (w *planWorld) contact(party string, contacts ...plan.Contact) {
	w.t.Helper()
	w.must(anOperator, plan.PutParty{Party: plan.Party{ID: plan.ID(party), Name: "Party " + party, Contacts: contacts}})
}

// tonight plans a post of which people are told at once.
func (w *planWorld) tonight() {
	w.t.Helper()
	w.must(anOperator, plan.PutCampaign{Shop: "lip", Name: "Tonight"})
	w.must(anOperator, plan.PutPost{Campaign: "lip-2", Post: plan.Post{Channel: "tv", At: w.clock.Add(3 * time.Hour)}})
}

// toldOf waits until the host is told of it, and returns the path of the message's link.
func (w *planWorld) toldOf(box *letterbox) string {
	w.t.Helper()
	m := box.next(w.t, "Post planned for")
	path, ours := strings.CutPrefix(m.Links[0].URL, "http://plan.example")
	if !ours || !strings.HasPrefix(path, "/plan/n/") || m.Links[len(m.Links)-1].URL != "http://plan.example/plan/host" || m.Urgency != notify.Urgent {
		w.t.Fatalf("%+v", m)
	}
	return path
}

// heard reports whether the host has acknowledged in the campaign.
func (w *planWorld) heard() (n int) {
	w.plan.Read(func(b *plan.Book) {
		a, err := b.CampaignAudit(w.clock, anOperator, "lip-2")
		if err != nil {
			w.t.Error(err)
		}
		for _, e := range a.Entries {
			if strings.HasPrefix(e.What.Kind, "heard") && e.By.Party == "web" && e.By.Person == "Jan" {
				n++
			}
		}
	})
	return n
}

// One tap on the page that a message leads to acknowledges; looking at it, as scanners
// do, changes nothing; and it does nothing else.
func TestAcknowledgedFromAMessage(t *testing.T) {
	w := today(t)
	w.contact("web", plan.Contact{Name: "Jan", Address: "mailto:jan@example.com"})
	box := &letterbox{came: make(chan notify.Message, 100)}
	w.runMessenger(map[string]*letterbox{"mailto:jan@example.com": box})
	w.tonight()
	path := w.toldOf(box)

	changed := w.plan.Changed()
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete} {
		for _, p := range []string{path, path + "?act=seen", path + "?done"} {
			if got := w.stranger().send(method, p, ""); got.Code >= 500 || len(got.Result().Cookies()) > 0 {
				t.Errorf("%s: %d", method, got.Code)
			}
		}
	}
	select {
	case <-changed:
		t.Error("looking at a message's link changed something")
	default:
	}
	body := w.stranger().sees(path, "Post planned for", `value="seen"`, "Lipstick", "Jan")
	if strings.Contains(body, "Tonight") || strings.Contains(body, "secret") {
		t.Error("the host's message shows names of the campaign")
	}
	if body := w.stranger().get(path + "&lang=pl"); body.Code != http.StatusForbidden {
		t.Errorf("another token: %d", body.Code)
	}
	w.stranger().sees(path+"?lang=pl", "Wpis zaplanowany na", "Przeczytane")

	for name, code := range map[string]int{
		"another button":      w.stranger().post(path, "act", "confirm").Code,
		"no button":           w.stranger().post(path).Code,
		"another site's form": (&browser{w: w, header: http.Header{"Origin": {"https://evil.example"}}}).post(path, "act", "seen").Code,
		"a forged link":       w.stranger().post("/plan/n/"+w.links.Seal("web-link-1"), "act", "seen").Code,
		"as a door":           w.stranger().post(strings.Replace(path, "/plan/n/", "/plan/l/", 1), "act", "open").Code,
	} {
		if code != http.StatusBadRequest && code != http.StatusForbidden {
			t.Errorf("%s: %d", name, code)
		}
	}
	if w.heard() != 0 {
		t.Error("somebody has acknowledged")
	}
	if got := w.stranger().post(path, "act", "seen"); got.Code != http.StatusSeeOther || len(got.Result().Cookies()) > 0 {
		t.Errorf("the button: %d %s", got.Code, got.Body)
	}
	w.stranger().sees(path+"?done", "Thank you")
	w.stranger().sees(path, "Nothing waits for you here any more")
	if got := w.stranger().post(path, "act", "seen"); got.Code != http.StatusSeeOther || w.heard() != 1 {
		t.Errorf("a second tap: %d, heard %d times", got.Code, w.heard())
	}
	// The pages of the party are not opened by it.
	if got := w.stranger().get("/plan/host"); got.Code != http.StatusForbidden {
		t.Errorf("the page behind it: %d", got.Code)
	}
}

// The link of a contact that was taken out, or of an old message, opens nothing.
func TestALinkOfAMessageEnds(t *testing.T) {
	for name, end := range map[string]func(*planWorld){
		"taken out": func(w *planWorld) { w.contact("web", plan.Contact{Name: "Ewa", Address: "mailto:ewa@example.com"}) },
		"old":       func(w *planWorld) { w.clock = w.clock.Add(15 * 24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			w := today(t)
			w.contact("web", plan.Contact{Name: "Jan", Address: "mailto:jan@example.com"})
			box := &letterbox{came: make(chan notify.Message, 100)}
			w.runMessenger(map[string]*letterbox{"mailto:jan@example.com": box, "mailto:ewa@example.com": {came: make(chan notify.Message, 100)}})
			w.tonight()
			path := w.toldOf(box)
			end(w)
			for _, got := range []int{w.stranger().get(path).Code, w.stranger().post(path, "act", "seen").Code} {
				if got != http.StatusGone {
					t.Errorf("%d", got)
				}
			}
			if w.heard() != 0 {
				t.Error("it acknowledges all the same")
			}
		})
	}
}

// Who could not be told stands on the host's and the operators' page: whose contact and
// why only for themselves and operators. Where nobody sends, the pages promise nothing.
func TestWhoCouldNotBeTold(t *testing.T) {
	w := today(t)
	w.tonight()
	host, ola := w.opens("web", plan.Host), w.opens("ola", plan.Influencer)
	host.sees("/plan/host", "No messages are sent from here")
	ola.sees("/plan/next", "the others see it at once", "Everybody sees at once")

	w.contact("ola", plan.Contact{Name: "phone of Ola", Address: "mailto:ola@example.com"})
	w.contact("web", plan.Contact{Name: "Jan", Address: "mailto:jan@example.com"})
	box := &letterbox{came: make(chan notify.Message, 100)}
	gone := &notify.Failure{Reason: notify.Gone, Final: true}
	w.runMessenger(map[string]*letterbox{"mailto:jan@example.com": box, "mailto:ola@example.com": {fail: gone}})
	w.toldOf(box)
	deadline := time.Now().Add(patience)
	for !strings.Contains(w.asOperator().get("/plan/host").Body.String(), "phone of Ola") {
		if time.Now().After(deadline) {
			t.Fatal("nobody is told who could not be told")
		}
		time.Sleep(10 * time.Millisecond)
	}
	body := host.sees("/plan/host", "Party ola", "could not be told", "cannot be told: no contact is known", "Party mm")
	if strings.Contains(body, "phone of Ola") {
		t.Error("the host sees a contact of the influencer")
	}
	w.asOperator().sees("/plan/host", "could not be told (phone of Ola)", "there is no such address any more")
	w.asOperator().sees("/plan/host?lang=pl", "wiadomość nie dotarła (phone of Ola)", "takiego adresu już nie ma")
	ola.sees("/plan/next", "the others are told at once", "Everybody is told at once")
}
