package control

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// PlanLinkHeader lets a caller with the token act by a link that was given to a
// party, as whoever opens it: operators confirm nothing for others.
const PlanLinkHeader = "Falochron-Link"

// maxCommand is the longest command read, in bytes: a shop with all its parties fits.
const maxCommand = 64 << 10

// commandWithin is how long a command may take: a store that others write to, or that
// is far away, and no longer than somebody waits for an answer.
const commandWithin = 15 * time.Second

// campaigns is the book, or the error that there is none.
func (c *Control) campaigns() (*Campaigns, error) {
	if c.cfg.Plan == nil {
		return nil, &falochron.Error{Kind: falochron.Unavailable, Op: "open the plan", Public: "there is no plan here", Hint: "start Falochron with a data folder, or with --plan-store"}
	}
	return c.cfg.Plan, unavailable(c.cfg.Plan.Absent())
}

// unavailable makes the error of a plan that cannot be opened one of that kind,
// whatever the reason: no request can change it.
func unavailable(err error) error {
	if err == nil {
		return nil
	}
	e := &falochron.Error{Kind: falochron.Unavailable, Op: "open the plan", Public: "the plan cannot be opened", Err: err, Hint: falochron.HintOf(err)}
	if said, ok := errors.AsType[*falochron.Error](err); ok && said.Public != "" {
		e.Public += ": " + said.Public
	}
	return e
}

// planRead answers with what show reads of the book for who asks.
func (c *Control) planRead(w http.ResponseWriter, r *http.Request, who actor, show func(b *plan.Book, now time.Time, who plan.Actor) (any, error)) error {
	campaigns, err := c.campaigns()
	if err != nil {
		return err
	}
	now := time.Now()
	var out any
	campaigns.Read(func(b *plan.Book) {
		var as plan.Actor
		if as, err = c.planActor(b, now, r, who); err == nil {
			out, err = show(b, now, as)
		}
	})
	if err != nil {
		return planError(err)
	}
	return answer(w, http.StatusOK, out)
}

// planActor is who asks: an operator, or whom the named link was given to.
func (c *Control) planActor(b *plan.Book, now time.Time, r *http.Request, who actor) (plan.Actor, error) {
	if link := r.Header.Get(PlanLinkHeader); link != "" {
		person := "" // then the party stands in the history, and that it came by a link
		if who.given {
			person = who.name
		}
		return b.Enter(now, plan.ID(link), person)
	}
	return plan.Actor{Role: plan.Operator, Person: who.name}, nil
}

// language is the one that the caller asked for.
func language(r *http.Request) (plan.Language, error) {
	switch l := plan.Language(r.URL.Query().Get("lang")); l {
	case "":
		return plan.English, nil
	case plan.English, plan.Polish:
		return l, nil
	}
	return "", invalid("the language is not known", "lang is pl or en")
}

// refusalHints say what to do about refusals; those of other kinds say it themselves.
var refusalHints = map[falochron.Kind]string{
	falochron.NotFound: "GET /api/v1/plan/shops, parties, links and campaigns list what there is",
	falochron.Denied:   "docs/access.md says who may do what; with the header " + PlanLinkHeader + " you act by a link of a party",
	falochron.Conflict: "look at the campaign as it is now",
	falochron.Invalid:  "docs/api.md says what each command takes",
	falochron.TooMany:  "wait as long as Retry-After says; operators are not held back",
}

// planError gives a refusal of the plan its hint.
func planError(err error) error {
	if refused, ok := errors.AsType[*plan.Refusal](err); ok {
		return &falochron.Error{Kind: refused.Kind, Op: "change the plan", Public: refused.Error(), Hint: refusalHints[refused.Kind], Err: refused}
	}
	return err
}

// planCommands are the commands by their names in the API, each with how its body is
// read.
var planCommands = map[string]func(read func(any) error) (plan.Command, error){
	"put-shop": as[plan.PutShop], "remove-shop": as[plan.RemoveShop],
	"put-party": as[plan.PutParty], "remove-party": as[plan.RemoveParty], "put-own-party": as[plan.PutOwnParty], "set-on-call": as[plan.SetOnCall],
	"put-campaign": as[plan.PutCampaign], "put-post": asPost, "put-evening": asEvening,
	"put-window": as[plan.PutWindow], "remove-window": as[plan.RemoveWindow],
	"confirm": as[plan.Confirm], "withdraw": as[plan.Withdraw], "acknowledge": as[plan.Acknowledge],
	"take-back": as[plan.TakeBack], "record-checks": as[plan.RecordChecks], "record-outcome": asOutcome, "record-sight": as[plan.RecordSight],
	"slip": asSlip, "cancel": as[plan.Cancel], "post-now": asPostNow, "report-post": as[plan.ReportPost],
	"tell-fans": asTellFans, "show-reach": as[plan.ShowReach], "ask-post": as[plan.AskPost], "answer-post": as[plan.AnswerPost],
	"give-link": as[plan.GiveLink], "revoke-link": as[plan.RevokeLink],
	"record-capacity": as[plan.RecordCapacity], "record-reserve": asReserve,
}

func as[T plan.Command](read func(any) error) (plan.Command, error) {
	var c T
	err := read(&c)
	return c, err
}

func asPost(read func(any) error) (plan.Command, error) {
	var c struct {
		Campaign plan.ID  `json:"campaign"`
		Post     planPost `json:"post"`
	}
	err := read(&c)
	p := c.Post.Post
	p.Slip = c.Post.SlipSecs.span()
	return plan.PutPost{Campaign: c.Campaign, Post: p}, err
}

func asEvening(read func(any) error) (plan.Command, error) {
	var c struct {
		Campaign plan.ID     `json:"campaign"`
		Evening  planEvening `json:"evening"`
	}
	err := read(&c)
	e := c.Evening.Evening
	e.PreQueue, e.Lasts = c.Evening.PreQueueSecs.span(), c.Evening.LastsSecs.span()
	return plan.PutEvening{Campaign: c.Campaign, Evening: e}, err
}

func asSlip(read func(any) error) (plan.Command, error) {
	var c struct {
		plan.Slip
		By     hidden `json:"by,omitzero"`
		BySecs secs   `json:"by_secs"`
	}
	err := read(&c)
	c.Slip.By = c.BySecs.span()
	return c.Slip, err
}

func asPostNow(read func(any) error) (plan.Command, error) {
	var c struct {
		plan.PostNow
		In     hidden `json:"in,omitzero"`
		InSecs secs   `json:"in_secs"`
	}
	err := read(&c)
	c.PostNow.In = c.InSecs.span()
	return c.PostNow, err
}

func asTellFans(read func(any) error) (plan.Command, error) {
	var c struct {
		Shop    plan.ID    `json:"shop"`
		Words   plan.Words `json:"words"`
		ForSecs secs       `json:"for_secs"`
	}
	err := read(&c)
	return plan.TellFans{Shop: c.Shop, Words: c.Words, For: c.ForSecs.span()}, err
}

func asReserve(read func(any) error) (plan.Command, error) {
	var c struct {
		Shop    plan.ID     `json:"shop"`
		Reserve planReserve `json:"reserve"`
	}
	err := read(&c)
	v := c.Reserve.Reserve
	v.Lead = c.Reserve.LeadSecs.span()
	return plan.RecordReserve{Shop: c.Shop, Reserve: v}, err
}

func asOutcome(read func(any) error) (plan.Command, error) {
	var c struct {
		Campaign plan.ID     `json:"campaign"`
		Moment   plan.ID     `json:"moment"`
		Outcome  planOutcome `json:"outcome"`
	}
	err := read(&c)
	o := c.Outcome.Outcome
	o.Longest, o.Down = c.Outcome.LongestSecs.span(), c.Outcome.DownSecs.span()
	return plan.RecordOutcome{Campaign: c.Campaign, Moment: c.Moment, Outcome: o}, err
}

// postPlanLook has the posts of a campaign looked at in the shop.
func (c *Control) postPlanLook(w http.ResponseWriter, r *http.Request, who actor) error {
	campaigns, err := c.campaigns()
	if err != nil {
		return err
	}
	id, now := plan.ID(r.PathValue("campaign")), time.Now()
	var as plan.Actor
	campaigns.Read(func(b *plan.Book) {
		if as, err = c.planActor(b, now, r, who); err == nil {
			_, err = b.Campaign(now, as, id)
		}
	})
	switch {
	case err != nil:
		return planError(err)
	case !plan.Can(as.Role, plan.SayFound):
		return &falochron.Error{Kind: falochron.Denied, Op: "look at the posts", Public: "this is not part of the link", Hint: refusalHints[falochron.Denied]}
	case c.cfg.PlanLook == nil:
		return &falochron.Error{Kind: falochron.Unavailable, Op: "look at the posts", Public: "nobody looks at shops here", Hint: "start falochron run for the shop"}
	}
	posts, err := c.cfg.PlanLook(id)
	if err != nil {
		return err
	}
	return answer(w, http.StatusAccepted, map[string]any{"posts": posts, "asked": now})
}

// postCommand does one command, and answers with the act that it came to.
func (c *Control) postCommand(w http.ResponseWriter, r *http.Request, who actor) error {
	parse, known := planCommands[r.PathValue("command")]
	if !known {
		return &falochron.Error{Kind: falochron.NotFound, Op: "find the command", Public: "there is no command of this name", Hint: "docs/api.md lists them"}
	}
	lang, err := language(r)
	if err != nil {
		return err
	}
	campaigns, err := c.campaigns()
	if err != nil {
		return err
	}
	command, err := parse(func(v any) error { return readBodyOf(w, r, maxCommand, v) })
	if err != nil {
		return err
	}
	now := time.Now()
	var by plan.Actor
	campaigns.Read(func(b *plan.Book) { by, err = c.planActor(b, now, r, who) })
	if err != nil {
		return planError(err)
	}
	// Who has sent a command meant it, also if the connection is gone by now.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), commandWithin)
	defer cancel()
	act, err := campaigns.Do(ctx, now, by, command)
	if err != nil {
		return planError(err)
	}
	return answer(w, http.StatusOK, map[string]any{"act": act, "warnings": planConflicts(act.Warnings, lang)})
}

func (c *Control) getPlan(w http.ResponseWriter, _ *http.Request, _ actor) error {
	campaigns, err := c.campaigns()
	if err != nil {
		return err
	}
	state := campaigns.state()
	state.Messages = c.cfg.Messenger.state()
	return answer(w, http.StatusOK, map[string]any{"plan": state})
}

func (c *Control) getPlanShops(w http.ResponseWriter, r *http.Request, who actor) error {
	return c.planRead(w, r, who, func(b *plan.Book, now time.Time, who plan.Actor) (any, error) {
		shops, err := b.Shops(now, who)
		return list("shops", shops, planShopOf), err
	})
}

func (c *Control) getPlanParties(w http.ResponseWriter, r *http.Request, who actor) error {
	return c.planRead(w, r, who, func(b *plan.Book, now time.Time, who plan.Actor) (any, error) {
		parties, err := b.Parties(now, who)
		return list("parties", parties, func(p plan.Party) plan.Party { return p }), err
	})
}

func (c *Control) getPlanLinks(w http.ResponseWriter, r *http.Request, who actor) error {
	return c.planRead(w, r, who, func(b *plan.Book, now time.Time, who plan.Actor) (any, error) {
		links, err := b.Links(now, who)
		return list("links", links, func(g plan.Grant) plan.Grant { return g }), err
	})
}

func (c *Control) getPlanCampaigns(w http.ResponseWriter, r *http.Request, who actor) error {
	return c.planRead(w, r, who, func(b *plan.Book, now time.Time, who plan.Actor) (any, error) {
		campaigns, err := b.Campaigns(now, who)
		return list("campaigns", campaigns, planLineOf), err
	})
}

func (c *Control) getPlanCalendar(w http.ResponseWriter, r *http.Request, who actor) error {
	now := time.Now()
	from, err := when(r, "from", now)
	if err != nil {
		return err
	}
	until, err := when(r, "until", from.Add(30*24*time.Hour))
	if err != nil {
		return err
	}
	if !until.After(from) || until.Sub(from) > 400*24*time.Hour {
		return invalid("until must lie after from, by 400 days at most", "leave both out for the next 30 days")
	}
	return c.planRead(w, r, who, func(b *plan.Book, now time.Time, who plan.Actor) (any, error) {
		events, err := b.Calendar(now, who, from, until)
		return list("events", events, planEventOf), err
	})
}

// when reads a parameter that is a moment.
func when(r *http.Request, name string, otherwise time.Time) (time.Time, error) {
	s := r.FormValue(name)
	if s == "" {
		return otherwise, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, invalid(name+" cannot be read", "write 2026-12-01T18:00:00Z")
	}
	return t, nil
}

func (c *Control) getPlanConflicts(w http.ResponseWriter, r *http.Request, who actor) error {
	return c.planClashes(w, r, who, func(plan.Conflict) bool { return true })
}

func (c *Control) getCampaignConflicts(w http.ResponseWriter, r *http.Request, who actor) error {
	id := plan.ID(r.PathValue("campaign"))
	return c.planClashes(w, r, who, func(k plan.Conflict) bool { return k.One.Campaign == id || k.Other.Campaign == id })
}

func (c *Control) planClashes(w http.ResponseWriter, r *http.Request, who actor, meant func(plan.Conflict) bool) error {
	lang, err := language(r)
	if err != nil {
		return err
	}
	return c.planRead(w, r, who, func(b *plan.Book, now time.Time, who plan.Actor) (any, error) {
		if id := r.PathValue("campaign"); id != "" {
			if _, err := b.Campaign(now, who, plan.ID(id)); err != nil {
				return nil, err
			}
		}
		all, err := b.Conflicts(now, who)
		if err != nil {
			return nil, err
		}
		var kept []plan.Conflict
		for _, k := range all {
			if meant(k) {
				kept = append(kept, k)
			}
		}
		return map[string]any{"conflicts": planConflicts(kept, lang)}, nil
	})
}

func (c *Control) getCampaign(w http.ResponseWriter, r *http.Request, who actor) error {
	return c.planRead(w, r, who, func(b *plan.Book, now time.Time, who plan.Actor) (any, error) {
		v, err := b.Campaign(now, who, plan.ID(r.PathValue("campaign")))
		return map[string]any{"campaign": planCampaignOf(v)}, err
	})
}

func (c *Control) getCampaignSteps(w http.ResponseWriter, r *http.Request, who actor) error {
	lang, err := language(r)
	if err != nil {
		return err
	}
	return c.planRead(w, r, who, func(b *plan.Book, now time.Time, who plan.Actor) (any, error) {
		v, err := b.Campaign(now, who, plan.ID(r.PathValue("campaign")))
		return list("steps", v.Tasks, func(t plan.Task) planStep { return planStepOf(t, lang) }), err
	})
}

func (c *Control) getCampaignReadiness(w http.ResponseWriter, r *http.Request, who actor) error {
	lang, err := language(r)
	if err != nil {
		return err
	}
	id := plan.ID(r.PathValue("campaign"))
	// The figures of a forecast take a while: nobody waits for them with the book.
	var v plan.CampaignView
	campaigns, err := c.campaigns()
	if err != nil {
		return err
	}
	campaigns.Read(func(b *plan.Book) {
		now := time.Now()
		var as plan.Actor
		if as, err = c.planActor(b, now, r, who); err != nil {
			return
		}
		if _, err = b.Campaign(now, as, id); err != nil {
			return // nor does the time it takes tell whether others have one of this id
		}
		// The forecast is made of all that the plan knows, not of what the caller may see.
		v, err = b.Campaign(now, plan.Actor{Role: plan.Operator}, id)
	})
	if err != nil {
		return planError(err)
	}
	var facts plan.Facts
	if c.cfg.PlanFacts != nil {
		facts = c.cfg.PlanFacts(v)
	}
	return c.planRead(w, r, who, func(b *plan.Book, now time.Time, who plan.Actor) (any, error) {
		ready, err := b.Readiness(now, who, id, facts)
		return map[string]any{"readiness": planReadinessOf(ready, lang)}, err
	})
}

func (c *Control) getCampaignAudit(w http.ResponseWriter, r *http.Request, who actor) error {
	return c.planAudit(w, r, who, func(b *plan.Book, now time.Time, who plan.Actor) (plan.Audit, error) {
		return b.CampaignAudit(now, who, plan.ID(r.PathValue("campaign")))
	})
}

func (c *Control) getShopAudit(w http.ResponseWriter, r *http.Request, who actor) error {
	return c.planAudit(w, r, who, func(b *plan.Book, now time.Time, who plan.Actor) (plan.Audit, error) {
		return b.ShopAudit(now, who, plan.ID(r.PathValue("id")))
	})
}

func (c *Control) getPartyAudit(w http.ResponseWriter, r *http.Request, who actor) error {
	return c.planAudit(w, r, who, func(b *plan.Book, now time.Time, who plan.Actor) (plan.Audit, error) {
		return b.PartyAudit(now, who, plan.ID(r.PathValue("party")))
	})
}

func (c *Control) planAudit(w http.ResponseWriter, r *http.Request, who actor, of func(*plan.Book, time.Time, plan.Actor) (plan.Audit, error)) error {
	lang, err := language(r)
	if err != nil {
		return err
	}
	return c.planRead(w, r, who, func(b *plan.Book, now time.Time, who plan.Actor) (any, error) {
		audit, err := of(b, now, who)
		return map[string]any{"audit": planAuditOf(audit, lang)}, err
	})
}
