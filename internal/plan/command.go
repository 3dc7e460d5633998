package plan

import "time"

// Command is what somebody wants to do: one of the types of this file, and no other.
// The body of an [Act] is the command itself, completed: fields marked "set by
// Decide" are ignored in a command and hold in the act what was decided.
type Command interface {
	// kind names the command in acts, for ever.
	kind() string
	action() Action
	// decide completes the command, or refuses it. It changes nothing.
	decide(b *Book, now time.Time, who Actor) (Command, error)
	// scope says whose audit it belongs to. Asked of completed commands.
	scope() scope
	// tell says what it does, for the audit; the book has not taken it in yet.
	tell(b *Book) Reason
	// apply takes a completed command into the book.
	apply(b *Book, a *Act)
}

// scope is the shop, campaign or party that a command is about.
type scope struct{ shop, campaign, party ID }

// PutShop adds a shop, or changes it.
type PutShop struct {
	Shop
	New bool `json:"new,omitempty"` // set by Decide
}

// RemoveShop takes a shop out, with its campaigns. It is refused while one is not over.
type RemoveShop struct {
	Shop ID `json:"shop"`
}

// PutParty adds a party, or changes it. Who plays a part for some shop may change
// their own.
type PutParty struct {
	Party
	New bool `json:"new,omitempty"` // set by Decide
}

// PutOwnParty changes the actor's own party; its id is not asked for.
type PutOwnParty struct{ Party }

// RemoveParty takes a party out. It is refused while it serves a shop.
type RemoveParty struct {
	Party ID `json:"party"`
}

// SetOnCall says who of the actor's party can be rung in a time; without a contact nobody
// can. What was said of other times stays.
type SetOnCall struct {
	OnCall
	Party ID `json:"party"` // of an operator; else set by Decide
}

// PutCampaign begins a campaign, or changes its frame.
type PutCampaign struct {
	Campaign    ID     `json:"campaign,omitempty"` // empty: a new one; then set by Decide
	Shop        ID     `json:"shop"`               // of a new one; else set by Decide
	Name        string `json:"name"`
	Note        string `json:"note,omitempty"`
	Influencers []ID   `json:"influencers,omitempty"`
	Stock       int    `json:"stock,omitempty"`
	New         bool   `json:"new,omitempty"` // set by Decide
}

// PutPost adds a post to a campaign, or changes it. Its State is ignored. A post that
// is out keeps its moment.
type PutPost struct {
	Campaign ID        `json:"campaign"`
	Post     Post      `json:"post"` // an empty id: a new one; then set by Decide
	New      bool      `json:"new,omitempty"`
	Was      time.Time `json:"was,omitzero"` // the moment before; set by Decide
}

// PutEvening adds a sales evening to a campaign, or changes it. Its State is ignored.
type PutEvening struct {
	Campaign ID        `json:"campaign"`
	Evening  Evening   `json:"evening"` // an empty id: a new one; then set by Decide
	New      bool      `json:"new,omitempty"`
	Was      time.Time `json:"was,omitzero"` // the moment before; set by Decide
}

// PutWindow adds a window to a shop, or changes it.
type PutWindow struct {
	Window Window `json:"window"` // an empty id: a new one; then set by Decide
	New    bool   `json:"new,omitempty"`
}

// RemoveWindow takes a window out.
type RemoveWindow struct {
	Shop   ID     `json:"shop"`
	Window ID     `json:"window"`
	Gone   Window `json:"gone,omitzero"` // set by Decide
}

// Confirm says that a step of the actor's own part is done, or agreed to.
type Confirm struct {
	Campaign ID        `json:"campaign"`
	Step     string    `json:"step"`
	Moment   ID        `json:"moment,omitempty"` // of a step that is asked of each post
	By       Service   `json:"by"`               // set by Decide
	For      time.Time `json:"for,omitzero"`     // the moment it is for; set by Decide
	Ask      Words     `json:"ask,omitzero"`     // what was asked then; set by Decide
}

// Withdraw says no to a step of the actor's own part, whether it was confirmed or not.
// It holds until the step is confirmed.
type Withdraw struct {
	Campaign ID        `json:"campaign"`
	Step     string    `json:"step"`
	Moment   ID        `json:"moment,omitempty"`
	Why      string    `json:"why,omitempty"`
	By       Service   `json:"by"`           // set by Decide
	For      time.Time `json:"for,omitzero"` // the moment it is for; set by Decide
	Ask      Words     `json:"ask,omitzero"` // what was asked then; set by Decide
}

// Slip moves a post or an evening: by a while, which may be negative, or to a moment.
type Slip struct {
	Campaign ID            `json:"campaign"`
	Moment   ID            `json:"moment"`
	By       time.Duration `json:"by,omitempty"` // 0: To is given
	To       time.Time     `json:"to,omitzero"`  // of By set by Decide
	Was      time.Time     `json:"was,omitzero"` // set by Decide
	Why      string        `json:"why,omitempty"`
}

// Cancel calls off a post or an evening, or the whole campaign.
type Cancel struct {
	Campaign ID     `json:"campaign"`
	Moment   ID     `json:"moment,omitempty"` // empty: the whole campaign
	Why      string `json:"why,omitempty"`
}

// PostNow says that a post goes out now, or in a while.
type PostNow struct {
	Campaign ID            `json:"campaign"`
	Post     ID            `json:"post"`
	In       time.Duration `json:"in,omitempty"`     // 0: it is out; at most a day
	At       time.Time     `json:"at,omitzero"`      // set by Decide
	Was      time.Time     `json:"was,omitzero"`     // set by Decide
	Before   State         `json:"before,omitempty"` // the state before; set by Decide
}

// TakeBack takes back that a post is out, goes out in a while, or was reported: a slip
// of the finger. It is for who said so, the media house and operators, and for
// [TakeBackWithin]; then the post is as it was before.
type TakeBack struct {
	Campaign ID        `json:"campaign"`
	Post     ID        `json:"post"`
	Why      string    `json:"why,omitempty"`
	Was      time.Time `json:"was,omitzero"`    // the moment that was said; set by Decide
	To       time.Time `json:"to,omitzero"`     // the moment before; zero: it was reported, and is no post at all; set by Decide
	State    State     `json:"state,omitempty"` // the state before; set by Decide
}

// RecordChecks says what was found in the shop of a post: by a program that looked, or
// by a person who did.
type RecordChecks struct {
	Campaign ID      `json:"campaign"`
	Post     ID      `json:"post"`
	Checks   []Check `json:"checks"` // one of a kind
}

// ShowReach says how it was shown how many see a post. An empty proof takes it back: the
// number is told then.
type ShowReach struct {
	Campaign ID    `json:"campaign"`
	Post     ID    `json:"post"`
	Shown    Proof `json:"shown,omitzero"`
}

// RecordOutcome keeps what a post or an evening brought, once its window is over.
type RecordOutcome struct {
	Campaign ID      `json:"campaign"`
	Moment   ID      `json:"moment"`
	Outcome  Outcome `json:"outcome"`
}

// RecordSight keeps what the radar saw at a shop, and has its parties told.
type RecordSight struct {
	Shop ID `json:"shop"`
	Sight
}

// ReportPost says that a post is out which nobody had announced. Nothing but the shop
// has to be known. It makes a campaign of its own, or belongs to the given one.
type ReportPost struct {
	Shop     ID        `json:"shop"`
	Campaign ID        `json:"campaign,omitempty"` // empty: a new one; then set by Decide
	Channel  string    `json:"channel,omitempty"`
	Account  string    `json:"account,omitempty"`
	Reach    int       `json:"reach,omitempty"`
	Link     string    `json:"link,omitempty"`
	At       time.Time `json:"at,omitzero"` // when it went out, at most a day ago; zero is now
	Source   Source    `json:"source,omitzero"`
	Post     ID        `json:"post,omitempty"` // set by Decide
	New      bool      `json:"new,omitempty"`  // the campaign is; set by Decide
}

// TellFans sets the sentence that fans read while they wait, in place of the one that
// the plan makes itself. Without words it is taken back.
type TellFans struct {
	Shop  ID            `json:"shop"`
	Words Words         `json:"words,omitzero"`
	For   time.Duration `json:"for,omitempty"`  // 0: three hours
	Until time.Time     `json:"until,omitzero"` // set by Decide
}

// AskPost asks the influencers of a shop whose post a wave is. It is refused if they
// were asked of this wave, or if somebody has said meanwhile what it is.
type AskPost struct {
	Shop    ID        `json:"shop"`
	Onset   time.Time `json:"onset"`             // at most an hour ago
	Channel string    `json:"channel,omitempty"` // as in [Inquiry]
	Inquiry ID        `json:"inquiry,omitempty"` // set by Decide
}

// AnswerPost answers an inquiry. A yes with a post says that it is out since the onset;
// without one it reports a post that nobody had announced. Both can be taken back as if
// they had been said otherwise.
type AnswerPost struct {
	Shop     ID        `json:"shop"`
	Inquiry  ID        `json:"inquiry"`
	Yes      bool      `json:"yes,omitempty"`
	Post     ID        `json:"post,omitempty"`     // which, of a yes; empty: none of the plan; then set by Decide
	Channel  string    `json:"channel,omitempty"`  // of one that was not announced; empty: as it was asked
	Account  string    `json:"account,omitempty"`  // the same
	Campaign ID        `json:"campaign,omitempty"` // of the post; set by Decide
	New      bool      `json:"new,omitempty"`      // the post was not announced; set by Decide
	At       time.Time `json:"at,omitzero"`        // when it went out; zero: it was said before; set by Decide
	Was      time.Time `json:"was,omitzero"`       // set by Decide
	Before   State     `json:"before,omitempty"`   // set by Decide
}

// Acknowledge says that the actor's party has heard of something: [Notice.About].
type Acknowledge struct {
	Campaign ID      `json:"campaign"`
	About    string  `json:"about"`
	By       Service `json:"by"` // set by Decide
}

// GiveLink makes the record of a signed link.
type GiveLink struct {
	Grant Grant `json:"grant"` // its id and Revoked are set by Decide
}

// RevokeLink ends a link at once.
type RevokeLink struct {
	Grant ID `json:"grant"`
	Party ID `json:"party"` // set by Decide
}

// RecordCapacity keeps what a shop was found to finish.
type RecordCapacity struct {
	Shop     ID       `json:"shop"`
	Capacity Capacity `json:"capacity"`
}

// RecordReserve keeps what the host can add, and how fast.
type RecordReserve struct {
	Shop    ID      `json:"shop"`
	Reserve Reserve `json:"reserve"` // its At is set by Decide
}
