package control

import (
	"errors"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// The plan as the API shows it. Durations are in seconds there.

// hidden stands before a field of the plan that the API writes otherwise.
type hidden struct{}

// secs is a duration in seconds.
type secs float64

// maxSecs is the longest duration that can be meant: far more than any rule allows,
// and far less than a duration can hold.
const maxSecs = 1e9

func secsOf(d time.Duration) secs { return secs(d.Seconds()) }
func (s secs) span() time.Duration {
	return time.Duration(max(-maxSecs, min(float64(s), maxSecs)) * float64(time.Second))
}

// list is a list of views under its name; never null.
func list[T, V any](name string, of []T, view func(T) V) map[string][]V {
	out := make([]V, len(of))
	for i, v := range of {
		out[i] = view(v)
	}
	return map[string][]V{name: out}
}

// planState is how it is with the plan itself.
type planState struct {
	Store   string `json:"store"`   // where it is, without secrets
	Acts    uint64 `json:"acts"`    // that are known here
	Unknown int    `json:"unknown"` // of these: which this release cannot read
	Trouble string `json:"trouble"` // why acts of others may be missing; empty = they are not
	// Messages is "on", "off" while nobody is told anything, or why they wait.
	Messages string `json:"messages"`
}

func (c *Campaigns) state() planState {
	c.mu.RLock()
	defer c.mu.RUnlock()
	s := planState{Store: c.place, Acts: c.seq, Unknown: c.book.Unknown()}
	if c.trouble != nil {
		s.Trouble = c.trouble.Error()
		if e, ok := errors.AsType[*falochron.Error](c.trouble); ok && e.Public != "" {
			s.Trouble = e.Public // the cause is in the log
		}
	}
	return s
}

type planReserve struct {
	plan.Reserve
	Lead     hidden `json:"lead,omitzero"`
	LeadSecs secs   `json:"lead_secs"`
}

type planPost struct {
	plan.Post
	Slip     hidden `json:"slip,omitzero"`
	SlipSecs secs   `json:"slip_secs,omitempty"`
}

type planEvening struct {
	plan.Evening
	PreQueue     hidden `json:"pre_queue,omitzero"`
	PreQueueSecs secs   `json:"pre_queue_secs,omitempty"`
	Lasts        hidden `json:"lasts,omitzero"`
	LastsSecs    secs   `json:"lasts_secs"`
}

// planPerson is a party in a role at a shop.
type planPerson struct {
	plan.Service
	Name   string        `json:"name"`
	OnCall *plan.OnCall  `json:"on_call,omitempty"` // now, or who is next; missing: nobody
	Shifts []plan.OnCall `json:"shifts,omitempty"`  // those that are not over, the first first
}

func planPeopleOf(people []plan.Person) []planPerson {
	out := make([]planPerson, len(people))
	for i, p := range people {
		out[i] = planPerson{Service: p.Service, Name: p.Name, Shifts: p.Shifts}
		if p.OnCall != (plan.OnCall{}) {
			out[i].OnCall = &p.OnCall
		}
	}
	return out
}

type planShop struct {
	plan.Shop
	People   []planPerson   `json:"people"`
	Windows  []plan.Window  `json:"windows"`
	Capacity *plan.Capacity `json:"capacity,omitempty"` // missing: nothing is recorded
	Reserve  *planReserve   `json:"reserve,omitempty"`  // missing: nothing is recorded
}

func planShopOf(v plan.ShopView) planShop {
	out := planShop{Shop: v.Shop, People: planPeopleOf(v.People), Windows: append([]plan.Window{}, v.Windows...)}
	if v.Capacity != (plan.Capacity{}) {
		out.Capacity = &v.Capacity
	}
	if v.Reserve != (plan.Reserve{}) {
		out.Reserve = &planReserve{Reserve: v.Reserve, LeadSecs: secsOf(v.Reserve.Lead)}
	}
	return out
}

// planLine is a campaign in a list.
type planLine struct {
	ID        plan.ID   `json:"id"`
	Shop      plan.ID   `json:"shop"`
	Name      string    `json:"name,omitempty"`
	Begins    time.Time `json:"begins,omitzero"` // missing: nothing is planned
	Over      bool      `json:"over,omitempty"`
	Cancelled bool      `json:"cancelled,omitempty"`
	Unplanned bool      `json:"unplanned,omitempty"`
}

func planLineOf(l plan.CampaignLine) planLine {
	return planLine{ID: l.ID, Shop: l.Shop, Name: l.Name, Begins: l.Begins, Over: l.Over, Cancelled: l.Cancelled, Unplanned: l.Unplanned}
}

// planCheck is what was found of a post in the shop.
type planCheck struct {
	Post   plan.ID          `json:"post"`
	What   plan.CheckKind   `json:"what"`
	Result plan.CheckResult `json:"result,omitempty"` // missing: nobody has looked
	At     time.Time        `json:"at,omitzero"`
	Why    string           `json:"why,omitempty"`
	With   string           `json:"with,omitempty"`
	Hand   bool             `json:"hand,omitempty"` // a person looked
}

// planOutcome is what a post or an evening brought.
type planOutcome struct {
	plan.Outcome
	Longest     hidden `json:"longest,omitzero"`
	LongestSecs secs   `json:"longest_secs,omitempty"`
	Down        hidden `json:"down,omitzero"`
	DownSecs    secs   `json:"down_secs,omitempty"`
}

// planCampaign is a campaign with all its posts and evenings.
type planCampaign struct {
	plan.Campaign
	Posts    []planPost    `json:"posts"`
	Evenings []planEvening `json:"evenings"`
	ShopName string        `json:"shop_name"`
	People   []planPerson  `json:"people"` // who take part
	Over     bool          `json:"over"`
	Checks   []planCheck   `json:"checks"`
	// Outcomes are by post or evening.
	Outcomes map[plan.ID]planOutcome `json:"outcomes,omitempty"`
	// Waves are those of posts as the radar saw them.
	Waves map[plan.ID]plan.Sight `json:"waves,omitempty"`
}

func planCampaignOf(v plan.CampaignView) planCampaign {
	out := planCampaign{Campaign: v.Campaign, Posts: []planPost{}, Evenings: []planEvening{}, ShopName: v.ShopName, People: planPeopleOf(v.People), Over: v.Over, Checks: []planCheck{}}
	out.Waves = v.Waves
	for _, x := range v.Checks {
		out.Checks = append(out.Checks, planCheck{Post: x.Post, What: x.What, Result: x.Result, At: x.At, Why: x.Why, With: x.With, Hand: x.Hand})
	}
	for id, o := range v.Outcomes {
		if out.Outcomes == nil {
			out.Outcomes = map[plan.ID]planOutcome{}
		}
		out.Outcomes[id] = planOutcome{Outcome: o, LongestSecs: secsOf(o.Longest), DownSecs: secsOf(o.Down)}
	}
	for _, p := range v.Campaign.Posts {
		out.Posts = append(out.Posts, planPost{Post: p, SlipSecs: secsOf(p.Slip)})
	}
	for _, e := range v.Campaign.Evenings {
		out.Evenings = append(out.Evenings, planEvening{Evening: e, PreQueueSecs: secsOf(e.PreQueue), LastsSecs: secsOf(e.Lasts)})
	}
	return out
}

// planStep is a step as it is asked of one party.
type planStep struct {
	Step string `json:"step"`
	plan.Service
	Name     string          `json:"name"`
	Moment   plan.ID         `json:"moment,omitempty"` // the post or evening it is asked for; missing: once for all
	Ask      string          `json:"ask"`
	Asked    time.Time       `json:"asked"`
	Due      time.Time       `json:"due"`
	Status   plan.TaskStatus `json:"status"`
	Done     time.Time       `json:"done,omitzero"`
	Refused  bool            `json:"refused,omitempty"`
	Covered  bool            `json:"covered,omitempty"` // confirming a later step of the party confirms it as well
	Sentence string          `json:"sentence"`
}

func planStepOf(t plan.Task, l plan.Language) planStep {
	return planStep{
		Step: t.Step.ID, Service: t.Who, Name: t.Name, Moment: t.Moment, Ask: t.Step.Ask.In(l), Asked: t.Asked, Due: t.Due,
		Status: t.Status, Done: t.Done, Refused: t.Refused, Covered: t.Covered, Sentence: t.Reason.Sentence(l),
	}
}

// planSide is one of two things that clash.
type planSide struct {
	Shop     plan.ID   `json:"shop"`
	Campaign plan.ID   `json:"campaign,omitempty"` // missing of a window
	Ref      plan.ID   `json:"ref"`
	At       time.Time `json:"at"`
	Size     int       `json:"size,omitempty"` // people who see it; missing: not known
}

type planConflict struct {
	Kind     plan.ConflictKind `json:"kind"`
	Grave    bool              `json:"grave"` // somebody must move
	One      planSide          `json:"one"`
	Other    planSide          `json:"other"`
	Sentence string            `json:"sentence"`
}

func planConflicts(all []plan.Conflict, l plan.Language) []planConflict {
	out := make([]planConflict, len(all))
	for i, k := range all {
		out[i] = planConflict{Kind: k.Kind, Grave: k.Grave, One: planSide(k.One), Other: planSide(k.Other), Sentence: k.Reason.Sentence(l)}
	}
	return out
}

type planEvent struct {
	Shop         plan.ID        `json:"shop"`
	ShopName     string         `json:"shop_name"`
	Campaign     plan.ID        `json:"campaign,omitempty"`
	Name         string         `json:"name,omitempty"`
	Ref          plan.ID        `json:"ref"`
	What         string         `json:"what,omitempty"`
	Kind         plan.EventKind `json:"kind"`
	From         time.Time      `json:"from"`
	Until        time.Time      `json:"until"`
	SlipSecs     secs           `json:"slip_secs,omitempty"`
	PreQueueSecs secs           `json:"pre_queue_secs,omitempty"`
	Size         int            `json:"size,omitempty"`
	State        plan.State     `json:"state,omitempty"`
}

func planEventOf(e plan.Event) planEvent {
	return planEvent{
		Shop: e.Shop, ShopName: e.ShopName, Campaign: e.Campaign, Name: e.Name, Ref: e.Ref, What: e.What, Kind: e.Kind,
		From: e.From, Until: e.Until, SlipSecs: secsOf(e.Slip), PreQueueSecs: secsOf(e.PreQueue), Size: e.Size, State: e.State,
	}
}

// planReadiness is whether a campaign may go out, and why.
type planReadiness struct {
	Verdict   plan.Verdict `json:"verdict"`
	Missing   int          `json:"missing"`
	Begins    time.Time    `json:"begins,omitzero"`
	Load      planLoad     `json:"load"`
	Items     []planItem   `json:"items"`
	Sentences []string     `json:"sentences"`
}

type planLoad struct {
	People          float64 `json:"people"`
	Busiest         bool    `json:"busiest"`
	Buy             float64 `json:"buy"`
	Orders          float64 `json:"orders"`
	Served          float64 `json:"served"`
	OrdersPerMinute float64 `json:"orders_per_minute"`
	QueueSecs       secs    `json:"queue_secs"`
	QueueHighSecs   secs    `json:"queue_high_secs"`
	Have            int     `json:"have"`
	Need            int     `json:"need"`
	Replicas        bool    `json:"replicas"`
	WithinSecs      secs    `json:"within_secs"`
}

type planItem struct {
	Kind     plan.ItemKind `json:"kind"`
	Status   plan.Status   `json:"status"`
	Must     bool          `json:"must"` // it stands against a go unless it is ok
	Reason   string        `json:"reason"`
	Sentence string        `json:"sentence"`
}

func planReadinessOf(r plan.Readiness, l plan.Language) planReadiness {
	out := planReadiness{
		Verdict: r.Verdict, Missing: r.Missing, Begins: r.Begins, Items: make([]planItem, len(r.Items)), Sentences: r.Sentences(l),
		Load: planLoad{
			People: r.Load.People, Busiest: r.Load.Busiest, Buy: r.Load.Buy, Orders: r.Load.Orders, Served: r.Load.Served,
			OrdersPerMinute: r.Load.OrdersPerMinute, QueueSecs: secsOf(r.Load.Queue), QueueHighSecs: secsOf(r.Load.QueueHigh),
			Have: r.Load.Have, Need: r.Load.Need, Replicas: r.Load.Replicas, WithinSecs: secsOf(r.Load.Within),
		},
	}
	for i, item := range r.Items {
		out.Items[i] = planItem{Kind: item.Kind, Status: item.Status, Must: item.Must, Reason: item.Reason.Kind, Sentence: item.Reason.Sentence(l)}
	}
	return out
}

// planAudit is what was done, oldest first.
type planAudit struct {
	Entries []planEntry `json:"entries"`
	Older   int         `json:"older"`
}

type planEntry struct {
	At       time.Time  `json:"at"`
	By       plan.Actor `json:"by"`
	Name     string     `json:"name,omitempty"`
	What     string     `json:"what"`
	Sentence string     `json:"sentence"`
}

func planAuditOf(a plan.Audit, l plan.Language) planAudit {
	out := planAudit{Entries: make([]planEntry, len(a.Entries)), Older: a.Older}
	for i, e := range a.Entries {
		out.Entries[i] = planEntry{At: e.At, By: e.By, Name: e.Name, What: e.What.Kind, Sentence: e.Sentence(l)}
	}
	return out
}
