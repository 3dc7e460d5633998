package control

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/listen"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// scheduler is a program outside that signs what it sends, as its makers read the
// specification.
type scheduler struct {
	t     *testing.T
	hooks http.Handler
	plan  *Campaigns
	now   time.Time
	log   strings.Builder
	n     int
	id    string // of the next message; empty: a new one
	key   []byte // other than that of the link; nil: the right one
	edit  func(r *http.Request)
}

// hookSecret is what a link's secret is made of here.
func hookSecret(link string) []byte {
	sum := sha256.Sum256([]byte("secret of " + link))
	return sum[:]
}

// newScheduler has a media house, an influencer, a host and a machine with a link each.
func newScheduler(t *testing.T) *scheduler {
	t.Helper()
	s := &scheduler{t: t, plan: openPlan(t, planFile(t)), now: time.Now().Truncate(time.Second)}
	s.hooks = NewHooks(HooksConfig{Plan: s.plan, Secret: hookSecret, Now: func() time.Time { return s.now }, Log: slog.New(slog.NewTextHandler(&s.log, nil))})
	for _, command := range []plan.Command{
		plan.PutParty{Party: plan.Party{ID: "mm", Name: "MM"}}, plan.PutParty{Party: plan.Party{ID: "ola", Name: "Ola"}}, plan.PutParty{Party: plan.Party{ID: "web", Name: "Web"}}, plan.PutParty{Party: plan.Party{ID: "other", Name: "Other"}},
		plan.PutShop{Shop: plan.Shop{ID: "lip", Name: "Lipstick", Zone: "Europe/Warsaw", Domains: []string{"lip.example"}, Parties: []plan.Service{{Party: "mm", Role: plan.MediaHouse}, {Party: "ola", Role: plan.Influencer}, {Party: "web", Role: plan.Host}}}},
		plan.PutShop{Shop: plan.Shop{ID: "hat", Name: "Hats", Zone: "Europe/Warsaw", Parties: []plan.Service{{Party: "other", Role: plan.MediaHouse}, {Party: "web", Role: plan.Host}}}},
		plan.GiveLink{Grant: plan.Grant{Party: "mm", Role: plan.MediaHouse, Expires: s.now.Add(time.Hour)}},
		plan.GiveLink{Grant: plan.Grant{Party: "mm", Role: plan.Machine, Expires: s.now.Add(time.Hour)}},
		plan.GiveLink{Grant: plan.Grant{Party: "web", Role: plan.Host, Expires: s.now.Add(time.Hour)}},
		plan.GiveLink{Grant: plan.Grant{Party: "other", Role: plan.MediaHouse, Expires: s.now.Add(time.Hour)}},
	} {
		if _, err := s.plan.Do(t.Context(), s.now, operator, command); err != nil {
			t.Fatalf("%+v: %v", command, err)
		}
	}
	return s
}

// call sends one.
func (s *scheduler) call(link, event, data string) *httptest.ResponseRecorder {
	s.t.Helper()
	s.n++
	id := s.id
	if id == "" {
		id = fmt.Sprintf("msg_%d", s.n)
	}
	body := fmt.Sprintf(`{"type":%q,"timestamp":%q,"data":%s}`, event, s.now.Format(time.RFC3339), data)
	key := s.key
	if key == nil {
		key = hookSecret(link)
	}
	r := httptest.NewRequest("POST", "http://plan.example"+HookPath+link, nil)
	r.Header.Set("Content-Type", "application/json")
	s.sign(r, id, key, body)
	if s.edit != nil {
		s.edit(r)
	}
	w := httptest.NewRecorder()
	s.hooks.ServeHTTP(w, r)
	return w
}

// sign gives a request its body and what goes with it.
func (s *scheduler) sign(r *http.Request, id string, key []byte, body string) {
	m := hmac.New(sha256.New, key)
	fmt.Fprintf(m, "%s.%d.%s", id, s.now.Unix(), body)
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", strconv.FormatInt(s.now.Unix(), 10))
	r.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)))
}

func (s *scheduler) wants(w *httptest.ResponseRecorder, status int, says string) {
	s.t.Helper()
	if w.Code != status || !strings.Contains(w.Body.String(), says) {
		s.t.Errorf("%d %s, wants %d with %s", w.Code, w.Body, status, says)
	}
	if status != 200 && !strings.Contains(w.Body.String(), `"hint":"`) {
		s.t.Errorf("no hint: %s", w.Body)
	}
}

func (s *scheduler) post(id plan.ID) (p plan.Post) {
	s.t.Helper()
	campaign, _, _ := strings.Cut(string(id), ".")
	s.plan.Read(func(b *plan.Book) {
		v, err := b.Campaign(s.now, operator, plan.ID(campaign))
		if err != nil {
			s.t.Fatal(err)
		}
		for _, q := range v.Campaign.Posts {
			if q.ID == id {
				p = q
			}
		}
	})
	return p
}

// A post from its announcement until it is out, each thing said twice.
func TestASchedulersPost(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	at := func(d time.Duration) string { return s.now.Add(d).UTC().Format(time.RFC3339) }
	scheduled := `{"id":"b-1","campaign":"Autumn","name":"Film","channel":"tiktok","account":"ola","party":"ola","reach":50000,"link":"https://lip.example/p","at":"` + at(48*time.Hour) + `"}`
	s.wants(s.call("mm-link-1", "post.scheduled", scheduled), 200, `{"call":{"outcome":"added","campaign":"lip-1","ref":"lip-1.1"}}`)
	s.wants(s.call("mm-link-1", "post.scheduled", scheduled), 200, `"outcome":"same"`)
	s.wants(s.call("mm-link-1", "post.scheduled", strings.Replace(scheduled, "Film", "Reel", 1)), 200, `"outcome":"changed"`)
	moved := `{"id":"b-1","at":"` + at(49*time.Hour) + `","why":"the train is late"}`
	s.wants(s.call("mm-link-1", "post.moved", moved), 200, `"outcome":"changed"`)
	s.wants(s.call("mm-link-1", "post.moved", moved), 200, `"outcome":"same"`)
	if p := s.post("lip-1.1"); !p.At.Equal(s.now.Add(49*time.Hour)) || p.Name != "Reel" || p.Party != "ola" || p.Reach != 50000 {
		t.Errorf("%+v", p)
	}
	s.wants(s.call("mm-link-2", "post.published", `{"id":"b-1"}`), 200, `"outcome":"published"`) // a machine may say so
	s.wants(s.call("mm-link-2", "post.published", `{"id":"b-1"}`), 200, `"outcome":"same"`)
	if p := s.post("lip-1.1"); p.State != plan.Out {
		t.Errorf("%+v", p)
	}
	s.wants(s.call("mm-link-1", "post.cancelled", `{"id":"b-1"}`), 409, "conflict") // what is out is out

	s.wants(s.call("mm-link-1", "post.scheduled", strings.Replace(scheduled, "b-1", "b-2", 1)), 200, `"ref":"lip-1.2"`)
	s.wants(s.call("mm-link-1", "post.cancelled", `{"id":"b-2","why":"sold out"}`), 200, `"outcome":"cancelled"`)
	s.wants(s.call("mm-link-1", "post.cancelled", `{"id":"b-2"}`), 200, `"outcome":"same"`)
	s.wants(s.call("mm-link-1", "post.moved", strings.Replace(moved, "b-1", "b-2", 1)), 409, "conflict")

	// What is out and was never announced is known all the same, once.
	s.wants(s.call("mm-link-2", "post.published", `{"id":"b-9","channel":"youtube","account":"ola"}`), 200, `"outcome":"added","campaign":"lip-2"`)
	s.wants(s.call("mm-link-2", "post.published", `{"id":"b-9","channel":"youtube","account":"ola"}`), 200, `"outcome":"same","campaign":"lip-2"`)

	var said string
	s.plan.Read(func(b *plan.Book) {
		audit, err := b.CampaignAudit(s.now, operator, "lip-1")
		said = fmt.Sprintf("%+v %v", audit, err)
	})
	if !strings.Contains(said, "the train is late") || !strings.Contains(said, "Person:scheduler Grant:mm-link-2") {
		t.Errorf("the history: %s", said)
	}
}

// What the real one refuses is refused: a case each, with what to do.
func TestCallsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	at := s.now.Add(48 * time.Hour).UTC().Format(time.RFC3339)
	scheduled := `{"id":"b-1","campaign":"Autumn","name":"Film","at":"` + at + `"}`
	before := acts(s.plan)
	with := func(edit func(*http.Request)) *httptest.ResponseRecorder {
		s.edit = edit
		defer func() { s.edit = nil }()
		return s.call("mm-link-1", "post.scheduled", scheduled)
	}
	s.wants(with(func(r *http.Request) { r.Header.Del("webhook-signature") }), 400, "the call is not signed")
	s.wants(with(func(r *http.Request) { r.Header.Set("webhook-signature", "v1,AAAA") }), 401, "not signed by this secret")
	s.wants(with(func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }), 400, "not declared as JSON")
	s.wants(with(func(r *http.Request) { r.Header.Set("webhook-id", "another") }), 401, "not signed by this secret")
	s.key = hookSecret("mm-link-2")
	s.wants(s.call("mm-link-1", "post.scheduled", scheduled), 401, "not signed by this secret")
	s.key = nil
	late := s.now
	s.now = late.Add(-listen.Tolerance - time.Minute)
	old := s.hooks
	s.hooks = NewHooks(HooksConfig{Plan: s.plan, Secret: hookSecret, Now: func() time.Time { return late }})
	s.wants(s.call("mm-link-1", "post.scheduled", scheduled), 401, "too old")
	s.now = late.Add(listen.Tolerance + time.Minute)
	s.wants(s.call("mm-link-1", "post.scheduled", scheduled), 401, "of the future")
	s.now, s.hooks = late, old
	s.wants(s.call("mm-link-1", "post.scheduled", `{"id":"`+strings.Repeat("x", listen.MaxCall)+`"}`), 413, "too long")
	s.wants(s.call("mm-link-1", "post.moved", `{"id":"b-7","at":"`+at+`"}`), 404, "no post of this id")
	s.wants(s.call("mm-link-1", "post.cancelled", `{"id":"b-7"}`), 404, "post.scheduled first")
	s.wants(s.call("mm-link-1", "post.liked", `{"id":"b-7"}`), 400, "post.published")
	s.wants(s.call("mm-link-1", "post.scheduled", `{"id":"b-7"}`), 400, "data.campaign and data.at")
	s.wants(s.call("mm-link-1", "post.scheduled", strings.Replace(scheduled, `"name"`, `"link":"https://evil.example/","name"`, 1)), 400, "invalid")
	s.wants(s.call("web-link-1", "post.scheduled", scheduled), 400, "data.shop is needed")

	// By the right of the link's role, at the shops of its party.
	s.wants(s.call("mm-link-2", "post.scheduled", scheduled), 403, "denied") // a machine announces nothing
	s.wants(s.call("web-link-1", "post.scheduled", strings.Replace(scheduled, `"id"`, `"shop":"lip","id"`, 1)), 403, "denied")
	s.wants(s.call("other-link-1", "post.scheduled", strings.Replace(scheduled, `"id"`, `"shop":"lip","id"`, 1)), 404, "not found")
	s.wants(s.call("nobody-link-1", "post.scheduled", scheduled), 410, "has ended") // rightly signed by who has the keys
	s.key = hookSecret("guessed")
	s.wants(s.call("nobody-link-1", "post.scheduled", scheduled), 401, "not signed by this secret") // others do not learn that
	s.key = nil
	if acts(s.plan) != before {
		t.Error("something of them was done")
	}
	if w := httptest.NewRecorder(); true {
		s.hooks.ServeHTTP(w, httptest.NewRequest("GET", "http://plan.example"+HookPath+"mm-link-1", nil))
		if w.Code != 405 {
			t.Errorf("GET: %d", w.Code)
		}
	}

	// Revoked, the secret is worth nothing.
	s.wants(s.call("mm-link-1", "post.scheduled", scheduled), 200, `"outcome":"added"`)
	if _, err := s.plan.Do(t.Context(), s.now, operator, plan.RevokeLink{Grant: "mm-link-1"}); err != nil {
		t.Fatal(err)
	}
	s.wants(s.call("mm-link-1", "post.cancelled", `{"id":"b-1"}`), 410, "ask for a new link")
	for _, link := range []string{"mm-link-1", "mm-link-2"} {
		if strings.Contains(s.log.String(), base64.StdEncoding.EncodeToString(hookSecret(link))) {
			t.Error("the secret is in the log")
		}
	}
}

// The same try again is refused; a sender that did not hear the answer tries anew, and
// nothing is done twice. What was refused can be sent again.
func TestReplays(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	at := s.now.Add(48 * time.Hour).UTC().Format(time.RFC3339)
	scheduled := `{"id":"b-1","campaign":"Autumn","name":"Film","at":"` + at + `"}`
	s.id = "msg_same"
	s.wants(s.call("mm-link-1", "post.scheduled", scheduled), 200, `"outcome":"added"`)
	done := acts(s.plan)
	s.wants(s.call("mm-link-1", "post.scheduled", scheduled), 409, "taken before")
	s.now = s.now.Add(time.Minute)
	s.wants(s.call("mm-link-1", "post.scheduled", scheduled), 200, `"outcome":"added","campaign":"lip-1","ref":"lip-1.1","again":true`)
	s.wants(s.call("mm-link-1", "post.scheduled", scheduled), 409, "taken before")
	s.wants(s.call("other-link-1", "post.scheduled", scheduled), 200, `"campaign":"hat-1"`) // ids are each sender's own
	if n := acts(s.plan) - done; n != 2 {
		t.Errorf("%d acts", n)
	}
	s.id = "msg_refused"
	s.wants(s.call("mm-link-1", "post.moved", `{"id":"b-2","at":"`+at+`"}`), 404, "")
	s.id = ""
	s.wants(s.call("mm-link-1", "post.scheduled", strings.NewReplacer("b-1", "b-2", `"name"`, `"channel":"tiktok","name"`).Replace(scheduled)), 200, "added")
	s.id = "msg_refused"
	s.wants(s.call("mm-link-1", "post.cancelled", `{"id":"b-2"}`), 200, "cancelled")

	// A new process, or another one on the same plan, remembers what came of each.
	s.hooks = NewHooks(HooksConfig{Plan: s.plan, Secret: hookSecret, Now: func() time.Time { return s.now }})
	s.wants(s.call("mm-link-1", "post.cancelled", `{"id":"b-2"}`), 409, "taken before")
	s.now = s.now.Add(time.Minute)
	s.wants(s.call("mm-link-1", "post.cancelled", `{"id":"b-2"}`), 200, `"outcome":"cancelled","campaign":"lip-1","ref":"lip-1.2","again":true`)
	s.id = "msg_same"
	s.wants(s.call("mm-link-1", "post.scheduled", scheduled), 200, `"outcome":"added","campaign":"lip-1","ref":"lip-1.1","again":true`)
	// And what is new is done once, as before.
	s.id = "msg_new"
	s.wants(s.call("mm-link-1", "post.cancelled", `{"id":"b-2"}`), 200, `"outcome":"same"`)

	// Whoever died with a call does not keep it: after a while the next try has it.
	if _, err := s.plan.calls().TakeCall(t.Context(), kept("mm-link-1\x00msg_lost"), s.now, s.now, s.now, s.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	s.id, s.now = "msg_lost", s.now.Add(time.Second)
	s.wants(s.call("mm-link-1", "post.cancelled", `{"id":"b-1"}`), 409, "at this moment")
	s.now = s.now.Add(3 * hookWithin)
	s.wants(s.call("mm-link-1", "post.cancelled", `{"id":"b-1"}`), 200, `"outcome":"cancelled"`)
}

// However many messages come, those remembered are bounded, and old ones go.
func TestRememberedCallsAreBounded(t *testing.T) {
	t.Parallel()
	h := NewHooks(HooksConfig{})
	now := time.Unix(1_800_000_000, 0)
	for i := range keptCalls + 500 {
		key := strconv.Itoa(i)
		if old, err := h.begin(key, now, now); old != nil || err != nil {
			t.Fatal(old, err)
		}
		h.end(key, CallOutcome{}, i%3 != 0)
	}
	if len(h.called) > keptCalls || len(h.order) > keptCalls {
		t.Errorf("%d calls, %d in order", len(h.called), len(h.order))
	}
	now = now.Add(3 * listen.Tolerance)
	if _, err := h.begin("new", now, now); err != nil || len(h.called) != 1 || len(h.order) != 1 {
		t.Errorf("%v: %d calls, %d in order", err, len(h.called), len(h.order))
	}
}

// readCounter counts how often the whole plan is read from its store.
type readCounter struct {
	actStore
	reads int
}

func (r *readCounter) Read(ctx context.Context, after uint64, limit int) ([]store.Act, error) {
	r.reads++
	return r.actStore.Read(ctx, after, limit)
}

// A call that comes to one act costs what a command costs, however large the plan is.
func TestACallReadsNoPlanAnew(t *testing.T) {
	t.Parallel()
	s := newScheduler(t)
	at := func(d time.Duration) string { return s.now.Add(d).UTC().Format(time.RFC3339) }
	s.wants(s.call("mm-link-1", "post.scheduled", `{"id":"b-1","campaign":"Autumn","name":"A","at":"`+at(48*time.Hour)+`"}`), 200, "added") // begins a campaign
	count := &readCounter{actStore: s.plan.store}
	s.plan.mu.Lock()
	s.plan.store = count
	s.plan.mu.Unlock()
	s.wants(s.call("mm-link-1", "post.scheduled", `{"id":"b-2","campaign":"Autumn","name":"B","at":"`+at(50*time.Hour)+`"}`), 200, `"ref":"lip-1.2"`)
	s.wants(s.call("mm-link-1", "post.moved", `{"id":"b-2","at":"`+at(52*time.Hour)+`"}`), 200, "changed")
	s.wants(s.call("mm-link-1", "post.published", `{"id":"b-2"}`), 200, "published")
	s.wants(s.call("mm-link-1", "post.published", `{"id":"b-3","channel":"tiktok"}`), 200, "added")
	if count.reads != 0 {
		t.Errorf("the store was read %d times", count.reads)
	}
	s.wants(s.call("mm-link-1", "post.scheduled", `{"id":"b-4","campaign":"Winter","name":"C","at":"`+at(72*time.Hour)+`"}`), 200, `"ref":"lip-3.1"`)
	if count.reads == 0 {
		t.Error("nothing is counted")
	}
}
