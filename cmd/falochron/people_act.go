package main

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/plan"
)

// soonIs what "in ten minutes" means.
const soonIs = 10 * time.Minute

// actWithin is how long an act may take: a store that is far away, and no longer than
// somebody waits for an answer.
const actWithin = 15 * time.Second

// How long after an act its reader is told what it did, and may take it back.
const (
	toldFor = 2 * time.Minute
	undoFor = plan.TakeBackWithin
)

// refusedHere is an act that makes no sense, in words. It never reached the plan.
type refusedHere struct {
	kind falochron.Kind
	why  console.Text
}

// Error is the reason in English.
func (r *refusedHere) Error() string { return r.why.EN }

// act does what the reader's button asks for. Done, it leads back to the page, so
// that nothing is done twice by looking again; refused, it shows the page with the
// reason.
func (p *planPages) act(w http.ResponseWriter, r *http.Request, s *sheet) {
	v := p.visit(w, r, s)
	if v == nil {
		return
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/x-www-form-urlencoded" {
		http.Error(w, "a form is expected", http.StatusUnsupportedMediaType)
		return
	}
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "the form cannot be read", status)
		return
	}
	// Who has pressed a button meant it, also if the connection is gone by now.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), actWithin)
	defer cancel()
	err := v.do(ctx, r.PostForm)
	if err == nil {
		to := r.URL.Path + "?done"
		if v.led != "" {
			to = string(v.led) + "?done"
		} else if post := v.query.Get("post"); post != "" && !elsewhere(console.Act(r.PostForm.Get("act"))) {
			to += "&" + url.Values{"post": {post}}.Encode()
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	text, kind := refusal(err)
	if kind == falochron.Internal || kind == falochron.Unavailable {
		p.log.Error("an act of the campaign room", "act", string(v.who.Role), "error", err)
	}
	if after := control.RetryAfter(err); after != "" {
		w.Header().Set("Retry-After", after)
	}
	if again := p.visit(w, r, s); again != nil { // something may have happened meanwhile
		again.failed, again.status, again.typed = text, kind.Status(), r.PostForm
		p.answer(w, r, again)
	}
}

// elsewhere reports whether an act is of another post than the page's.
func elsewhere(a console.Act) bool { return a == console.ActUnplanned || a == console.ActAnswer }

// refusal says why something was refused.
func refusal(err error) (console.Text, falochron.Kind) {
	if here, ok := errors.AsType[*refusedHere](err); ok {
		return here.why, here.kind
	}
	if refused, ok := errors.AsType[*plan.Refusal](err); ok {
		return said(refused.Reason), refused.Kind
	}
	return notSaved, falochron.KindOf(err)
}

// do turns a form into commands.
func (v *visit) do(ctx context.Context, form url.Values) error {
	post := plan.ID(form.Get("post"))
	campaign := campaignOf(post)
	switch console.Act(form.Get("act")) {
	case console.ActNow:
		return v.command(ctx, plan.PostNow{Campaign: campaign, Post: post})
	case console.ActSoon:
		return v.command(ctx, plan.PostNow{Campaign: campaign, Post: post, In: soonIs})
	case console.ActSlip:
		c := plan.Slip{Campaign: campaign, Moment: post}
		if done, err := v.slip(&c, form); done || err != nil {
			return err
		}
		return v.command(ctx, c)
	case console.ActCancel:
		if post == "" { // the plan would take it for the whole campaign
			return &refusedHere{falochron.Invalid, noSuchAct}
		}
		return v.command(ctx, plan.Cancel{Campaign: campaign, Moment: post})
	case console.ActUnplanned:
		shop, err := v.theShop()
		if chosen := form.Get("shop"); chosen != "" && v.page.name == "host" {
			shop, err = plan.ID(chosen), nil
		}
		if err != nil {
			return err
		}
		return v.command(ctx, plan.ReportPost{Shop: shop})
	case console.ActAnswer:
		return v.answer(ctx, form)
	case console.ActUndo:
		return v.undo(ctx)
	case console.ActConfirm:
		return v.confirm(ctx, form.Get("step"))
	case console.ActWithdraw:
		if strings.HasPrefix(form.Get("step"), hearOf) {
			return &refusedHere{falochron.Invalid, noNews}
		}
		s := stepOf(form.Get("step"))
		return v.command(ctx, plan.Withdraw{Campaign: s.campaign, Step: s.step, Moment: s.moment})
	case console.ActSeen:
		return v.hear(ctx)
	case console.ActLook:
		return v.askLook()
	case console.ActRight:
		return v.found(ctx, form.Get("check"), plan.Right)
	case console.ActWrong:
		return v.found(ctx, form.Get("check"), plan.Wrong)
	case console.ActTellFans:
		shop, err := v.theShop()
		if err != nil && v.acts(plan.SpeakToFans) { // else it is refused in the plan's words
			return err
		}
		return v.command(ctx, plan.TellFans{Shop: shop, Words: plan.Words{EN: form.Get("en"), PL: form.Get("pl")}})
	case console.ActMode:
		return v.changeMode(form.Get("mode"))
	case console.ActProof:
		return v.command(ctx, plan.ShowReach{Campaign: campaign, Post: post, Shown: plan.Proof{
			Kind: plan.ProofKind(form.Get("kind")), Date: form.Get("date"), Link: strings.TrimSpace(form.Get("link")), Note: strings.TrimSpace(form.Get("note")),
		}})
	case console.ActPutPost:
		return v.putPost(ctx, form)
	case console.ActPutEvening:
		return v.putEvening(ctx, form)
	case console.ActParty:
		return v.putParty(ctx, form)
	case console.ActOnCall:
		return v.putOnCall(ctx, form)
	case console.ActCapacity:
		return v.putCapacity(ctx, form)
	case console.ActReserve:
		return v.putReserve(ctx, form)
	case console.ActWindow:
		return v.putWindow(ctx, form)
	case console.ActUnwindow:
		return v.command(ctx, plan.RemoveWindow{Shop: plan.ID(form.Get("shop")), Window: plan.ID(form.Get("window"))})
	}
	return &refusedHere{falochron.Invalid, noSuchAct}
}

// command has the plan do one thing.
func (v *visit) command(ctx context.Context, c plan.Command) error {
	_, err := v.plan.Do(ctx, v.now, v.who, c)
	return err
}

// campaignOf is the campaign of a post: its second post is "ola-3.2".
func campaignOf(post plan.ID) plan.ID {
	i := strings.LastIndexByte(string(post), '.')
	if i < 0 {
		return ""
	}
	return post[:i]
}

// slip reads by how much, or to when, a post is moved. A button of the page says as well
// from which moment ("was"): pressed twice, since the phone is slow, or by two people, it
// moves the post once. Then, done is true: it is there already.
func (v *visit) slip(c *plan.Slip, form url.Values) (done bool, err error) {
	bad := &refusedHere{falochron.Invalid, badTime}
	i := slices.IndexFunc(v.events, func(e plan.Event) bool { return e.Ref == c.Moment })
	if by := form.Get("by"); by != "" {
		n, err := strconv.Atoi(by)
		if err != nil || n == 0 || n < -1e6 || n > 1e6 {
			return false, bad
		}
		c.By = time.Duration(n) * time.Minute
		if was := form.Get("was"); was != "" {
			from, err := time.Parse(time.RFC3339, was)
			if err != nil {
				return false, bad
			}
			c.By, c.To = 0, from.Add(c.By)
			done = i >= 0 && v.events[i].From.Equal(c.To) && plan.Can(v.who.Role, plan.SlipOrCancel)
		}
		return done, nil
	}
	zone := v.zone()
	if i >= 0 {
		zone = v.events[i].Zone
	}
	c.To, err = localTime(form.Get("to"), zone)
	return false, err
}

// localTime reads a local time as a browser sends it.
func localTime(s string, zone *time.Location) (time.Time, error) {
	t, err := time.ParseInLocation(formTime, s, zone)
	if err != nil {
		return t, &refusedHere{falochron.Invalid, badTime}
	}
	if t.Format(formTime) != s { // the night when clocks are put forward has no such hour
		return t, &refusedHere{falochron.Invalid, noSuchTime}
	}
	return t, nil
}

// formTime is how a browser sends a local time.
const formTime = "2006-01-02T15:04"

// theShop is the shop of the page, or the only one of the reader.
func (v *visit) theShop() (plan.ID, error) {
	switch {
	case v.shop != "":
		return v.shop, nil
	case v.campaign != "":
		k, err := v.campaignView(v.campaign)
		return k.Campaign.Shop, err
	case len(v.shops) == 1:
		return v.shops[0].Shop.ID, nil
	}
	return "", &refusedHere{falochron.Invalid, whichShop}
}

// A step on a page is named by its campaign, its id and the post it is asked for;
// something to be heard of by what it is about.
const hearOf = "hear:"

type stepName struct {
	campaign plan.ID
	step     string
	moment   plan.ID
}

func nameStep(campaign plan.ID, t *plan.Task) string {
	return string(campaign) + "/" + t.Step.ID + "/" + string(t.Moment)
}

func stepOf(s string) stepName {
	campaign, rest, _ := strings.Cut(s, "/")
	step, moment, _ := strings.Cut(rest, "/")
	return stepName{plan.ID(campaign), step, plan.ID(moment)}
}

// confirm says yes to a step, or that a change was heard of.
func (v *visit) confirm(ctx context.Context, step string) error {
	if about, heard := strings.CutPrefix(step, hearOf); heard {
		campaign, _, _ := strings.Cut(about, "/")
		return v.command(ctx, plan.Acknowledge{Campaign: plan.ID(campaign), About: about})
	}
	s := stepOf(step)
	return v.command(ctx, plan.Confirm{Campaign: s.campaign, Step: s.step, Moment: s.moment})
}

// notices are what the reader's party is told and can acknowledge, of one campaign
// or of all.
func (v *visit) notices(campaign plan.ID) (out []plan.Notice) {
	if !plan.Can(v.who.Role, plan.Acknowledging) {
		return nil
	}
	me := plan.Service{Party: v.who.Party, Role: v.who.Role}
	var all []plan.Notice
	v.plan.Read(func(b *plan.Book) { all, _ = b.Due(v.now) })
	seen := map[string]bool{}
	for _, n := range all {
		_, mine := v.shopView(n.Shop)
		if n.To == me && n.About != "" && mine && !seen[n.About] && (campaign == "" || n.Campaign == campaign) {
			seen[n.About] = true
			out = append(out, n)
		}
	}
	slices.SortStableFunc(out, func(a, b plan.Notice) int { return b.At.Compare(a.At) }) // what is new first
	return out
}

// hear acknowledges all that waits for it on this page.
func (v *visit) hear(ctx context.Context) error {
	if !plan.Can(v.who.Role, plan.Acknowledging) {
		// Asked of the plan, so that the refusal is in its words.
		return v.command(ctx, plan.Acknowledge{Campaign: v.campaign})
	}
	all := v.notices(v.campaign)
	if len(all) == 0 {
		return &refusedHere{falochron.Conflict, noHearing}
	}
	for _, n := range all {
		if err := v.command(ctx, plan.Acknowledge{Campaign: n.Campaign, About: n.About}); err != nil {
			return err
		}
	}
	return nil
}

// changeMode is the button of the live page, for operators.
func (v *visit) changeMode(mode string) error {
	if v.who.Role != plan.Operator {
		return &refusedHere{falochron.Denied, opOnly}
	}
	var m falochron.Mode
	bad := &refusedHere{falochron.Invalid, noMode}
	if err := m.UnmarshalText([]byte(mode)); err != nil || mode == "" {
		return bad
	}
	shop, err := v.theShop() // nothing is guessed here
	if err != nil {
		return err
	}
	s, _ := v.shopView(shop)
	name := v.behindOf(&s.Shop)
	if name == "" || v.order == nil {
		return bad
	}
	return v.order(name, v.who.Person, func(s *falochron.Snapshot) (string, error) {
		if s.Mode == m {
			return "", nil
		}
		note := "mode " + s.Mode.String() + " → " + m.String() + ", in the war room"
		s.Mode = m
		return note, nil
	})
}

// lately is what the reader did last of what is in an audit, within a while.
func (v *visit) lately(of func(*plan.Book) (plan.Audit, error), within time.Duration) (e plan.Entry, found bool) {
	var audit plan.Audit
	var err error
	v.plan.Read(func(b *plan.Book) { audit, err = of(b) })
	if err != nil {
		return e, false
	}
	for i := len(audit.Entries) - 1; i >= 0; i-- {
		e = audit.Entries[i]
		if v.now.Sub(e.At) > within {
			break
		}
		if e.By.Role == v.who.Role && e.By.Party == v.who.Party && e.By.Person == v.who.Person {
			return e, true
		}
	}
	return e, false
}

// last is what the reader did last in any campaign of the page's shop, to the shop
// itself, or to his own party.
func (v *visit) last(within time.Duration) (newest plan.Entry, campaign plan.ID, found bool) {
	shop := v.shop
	if e := v.pressing("", v.campaign); v.campaign != "" && e != nil {
		shop = e.Shop
	}
	seen := map[plan.ID]bool{"": true}
	for i := range v.events {
		id := v.events[i].Campaign
		if seen[id] || shop != "" && v.events[i].Shop != shop {
			continue
		}
		seen[id] = true
		in := func(b *plan.Book) (plan.Audit, error) { return b.CampaignAudit(v.now, v.who, id) }
		if e, ok := v.lately(in, within); ok && (!found || e.At.After(newest.At)) {
			newest, campaign, found = e, id, true
		}
	}
	for i := range v.shops {
		id := v.shops[i].Shop.ID
		if shop != "" && id != shop {
			continue
		}
		in := func(b *plan.Book) (plan.Audit, error) { return b.ShopAudit(v.now, v.who, id) }
		if e, ok := v.lately(in, within); ok && (!found || e.At.After(newest.At)) {
			newest, campaign, found = e, "", true
		}
	}
	own := func(b *plan.Book) (plan.Audit, error) { return b.PartyAudit(v.now, v.who, v.who.Party) }
	if e, ok := v.lately(own, within); ok && (!found || e.At.After(newest.At)) {
		newest, campaign, found = e, "", true
	}
	return newest, campaign, found
}

// tellDone says what the reader's last act did, from the plan: what stands in the
// address proves nothing. That somebody said a post is out is told as long as it can be
// taken back, so that a slip of the finger is found again.
func (v *visit) tellDone(f *console.Frame) {
	within := toldFor
	if !v.done {
		within = undoFor
	}
	e, campaign, found := v.last(within)
	if !found {
		return
	}
	undo := v.canUndo(&e, campaign)
	if !v.done && !(undo && isSaid(&e)) {
		return
	}
	f.Done = said(e.What)
	if undo {
		f.May = append(f.May, console.ActUndo)
	}
}

// isSaid reports whether an act said that a post is out, or goes out.
func isSaid(e *plan.Entry) bool {
	return e.What.Kind == "posted" || e.What.Kind == "posting-in" || e.What.Kind == "reported"
}

// canUndo reports whether an act can be taken back: what was said of a post, if the plan
// allows it, and a post that was moved and is still where it was put.
func (v *visit) canUndo(e *plan.Entry, campaign plan.ID) bool {
	if isSaid(e) {
		var err error
		v.plan.Read(func(b *plan.Book) {
			_, err = b.Decide(v.now, v.who, plan.TakeBack{Campaign: campaign, Post: e.What.Ref})
		})
		return err == nil
	}
	if e.What.Kind != "moved" || e.What.Was.IsZero() || !plan.Can(v.who.Role, plan.SlipOrCancel) {
		return false
	}
	return slices.ContainsFunc(v.events, func(x plan.Event) bool {
		return x.Ref == e.What.Ref && x.Campaign == campaign && x.From.Equal(e.What.At) && x.State != plan.Out && x.State != plan.Cancelled
	})
}

// undo takes back what the reader said last, or moves a post back to where his last act
// took it from.
func (v *visit) undo(ctx context.Context) error {
	e, campaign, found := v.last(undoFor)
	switch {
	case !found || !v.canUndo(&e, campaign):
		return &refusedHere{falochron.Conflict, noUndo}
	case isSaid(&e):
		return v.command(ctx, plan.TakeBack{Campaign: campaign, Post: e.What.Ref})
	}
	return v.command(ctx, plan.Slip{Campaign: campaign, Moment: e.What.Ref, To: e.What.Was})
}

// askLook has the page's campaign looked at in the shop.
func (v *visit) askLook() error {
	switch {
	case !v.acts(plan.SayFound):
		return v.command(context.Background(), plan.RecordChecks{Campaign: v.campaign}) // refused in the plan's words
	case v.lookouts == nil || v.campaign == "":
		return &refusedHere{falochron.Conflict, noLook}
	}
	if _, err := v.campaignView(v.campaign); err != nil {
		return err
	}
	if _, err := v.lookouts.ask(v.campaign); err != nil {
		return &refusedHere{falochron.Conflict, noLook}
	}
	return nil
}

// found says what the reader has seen in the shop: of a post, its link, price or coupon.
func (v *visit) found(ctx context.Context, check string, result plan.CheckResult) error {
	post, what, _ := strings.Cut(check, "/")
	return v.command(ctx, plan.RecordChecks{Campaign: campaignOf(plan.ID(post)), Post: plan.ID(post), Checks: []plan.Check{{What: plan.CheckKind(what), Result: result}}})
}
