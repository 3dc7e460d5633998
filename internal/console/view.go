package console

import "time"

// View is what a page of the campaign room shows: one of [AccessView], [HearView],
// [InfluencerView], [CampaignView], [CalendarView], [HostView], [ShopsView], [OwnView],
// [HistoryView], [VesselsView] and [WarRoomView]. A view is a plain value; whoever fills it has decided
// already what its reader may see, since a page shows all of it.
type View interface {
	template() string // the file of the page
	frame() *Frame
}

// Unknown marks a number that is not known, in every field that says it may be.
const Unknown = -1

// Text is a sentence in both languages. If one is empty, the other is shown,
// marked as what it is; what people typed themselves is a string.
type Text struct{ EN, PL string }

// Path is an address on this listener, beginning with "/".
type Path string

// Role is a party's part in the chain. "operator" and "machine" have words, too;
// another one is shown as written.
type Role string

// The roles, in the order in which one pours into the next.
const (
	Influencer    Role = "influencer"
	MediaHouse    Role = "media-house"
	SoftwareHouse Role = "software-house"
	Host          Role = "host"
)

// Verdict answers "will it hold?".
type Verdict string

// The verdicts. The zero value says that nothing is known yet.
const (
	NotKnown Verdict = ""
	Go       Verdict = "go"
	GoInLine Verdict = "go-with-a-line" // the shop holds, and people wait
	NotYet   Verdict = "not-yet"
	NoGo     Verdict = "no"
)

// Act is the value of the form field "act" that a button sends. All forms are
// POSTed to [Frame.Home] as application/x-www-form-urlencoded.
type Act string

// The acts and the fields they bring beside "act".
const (
	ActOpen       Act = "open"        // the signed link was opened by a person, not by a scanner
	ActNow        Act = "post-now"    // post: I'm posting now
	ActSoon       Act = "post-soon"   // post: in ten minutes
	ActSlip       Act = "slip"        // post; by = minutes (15, 30, 60) after was, the moment shown; or to = local time, as 2026-11-27T20:15
	ActCancel     Act = "cancel"      // post: it will not be posted; cannot be taken back
	ActUnplanned  Act = "unplanned"   // something is out already that nobody has announced; shop, on the page of all shops
	ActUndo       Act = "undo"        // takes back the last post-now, post-soon, slip or unplanned
	ActConfirm    Act = "confirm"     // step: done, or agreed
	ActWithdraw   Act = "withdraw"    // step: no, or not so after all
	ActSeen       Act = "seen"        // I have read it and am here (acknowledges what waits for it)
	ActLook       Act = "look"        // look at all posts of the campaign in the shop, now
	ActRight      Act = "right"       // check: I have looked in the shop, and it is right
	ActWrong      Act = "wrong"       // check: I have looked in the shop, and it is not so
	ActTellFans   Act = "tell-fans"   // en, pl: a sentence for the fans who wait; none = what was said is taken back
	ActAnswer     Act = "answer"      // inquiry; is = a post, "unplanned" or "no": whose post a wave is
	ActMode       Act = "mode"        // mode = auto, watch, shop, hold or off
	ActProof      Act = "proof"       // post, kind, link, note: how it was shown how many see it; none = it was not
	ActPutPost    Act = "put-post"    // the fields of [PostForm]: a post is planned, or changed
	ActPutEvening Act = "put-evening" // the fields of [EveningForm]: a sales evening, likewise
	ActParty      Act = "party"       // name, address and was of each contact; language (en, pl), quiet-from, quiet-until (22:00)
	ActOnCall     Act = "on-call"     // name, address, from, until: who of the party can be rung
	ActCapacity   Act = "capacity"    // shop, orders (a minute), workers: what the shop is said to take
	ActReserve    Act = "reserve"     // shop, workers (in all), lead (minutes): what the host can add
	ActWindow     Act = "window"      // shop, kind, what, from, until, daily: something is done to the shop then, or must not be
	ActUnwindow   Act = "window-off"  // shop, window: it is taken out
)

// Frame is what every page has.
type Frame struct {
	Now  time.Time // with the time zone in which all times of the page are told
	Home Path      // this page; forms are posted here
	Who  string    // the name of who reads, as given with the link; may be empty
	Role Role      // as what; empty for operators
	May  []Act     // the buttons this reader gets; none = may look only
	Plan Path      // where the reader plans a post; empty = that is not the reader's part
	Told bool      // the others are sent messages; false = they see it when they look
	Nav  []Link    // the other pages this reader may see
	News Path      // where the page hears that it is old (server-sent events); empty = it looks now and then

	Done Text // what the reader's last act did; zero = nothing to tell
	// Trouble says that what others do may be missing here, and nothing can be done: the
	// plan's database is out of reach.
	Trouble bool
	Failed  Text // why it was refused; zero = it was not
	Status  int  // of the answer; 0 = 200, or 403 of a link that opens nothing
	Leave   Path // posted to by who wants this device to open the pages no more; empty = nothing is open
}

// Link leads to another page of the campaign room.
type Link struct {
	Page string // "influencer", "campaign", "calendar", "host", "my-shops", "own", "post", "history", "vessels" or "war-room"
	Name string // what it is of, if there are several; may be empty
	Href Path
}

func (f *Frame) frame() *Frame { return f }

// may reports whether the reader gets a button.
func (f *Frame) may(a Act) bool {
	for _, m := range f.May {
		if m == a {
			return true
		}
	}
	return false
}

// Party is one of those who make a campaign together.
type Party struct {
	Role  Role
	Name  string // of the firm or the person
	Tasks []Task // what waits on it, the most urgent first
	Done  int    // how many of its steps are done
}

// Task is a step that waits on somebody.
type Task struct {
	ID    string // sent as "step" when confirmed or refused; whatever the filler reads back
	What  Text
	Due   time.Time // zero = no time is set
	Waits []Role    // who cannot go on without it
}

// overdue counts the tasks whose time is over.
func (p Party) overdue(now time.Time) (n int) {
	for _, t := range p.Tasks {
		if !t.Due.IsZero() && t.Due.Before(now) {
			n++
		}
	}
	return n
}

// Post is an announced post or the start of a sales evening.
type Post struct {
	ID      string // sent as "post"
	Kind    string // "post" or "evening"
	Channel string // "instagram-story", "tiktok", …: shown as written if it has no words
	Account string
	At      time.Time
	May     time.Duration // it may slip by as much, either way; 0 = fixed
	Reach   int           // people who will see it; Unknown
	Link    string        // where it leads
	Coupon  string
	Price   string // as shown to fans
	Short   string // its short link; empty = none
	QR      Path   // the picture of the short link; empty = none
	By      int    // who came by the short link; none is not told
	Proof   *Proof // how it was shown how many see it; nil = it was not
	Prove   bool   // the reader may say how; with the act
	Change  Path   // where the reader may change it; empty = may not
	State   State
}

// Proof is how it was shown how many see a post.
type Proof struct {
	Kind string // "statistics", "media-kit", "past-posts" or "other"; empty: nobody says how
	Date string // of the numbers, 2026-11-20; empty = nobody says
	Link string // where it can be looked at: a whole address, elsewhere; empty = nowhere
	Note string
}

// State is how far a post has come.
type State string

// The states of a post.
const (
	Planned   State = "planned"
	Soon      State = "soon"      // announced to be out within ten minutes
	Posting   State = "posting"   // said to be out; nobody has come yet
	Wave      State = "wave"      // people come
	After     State = "after"     // it is over
	Cancelled State = "cancelled" // will not be posted
	Unplanned State = "unplanned" // was out before anybody knew
)

// Line is one thing that was done or decided.
type Line struct {
	At   time.Time
	Who  string // empty = Falochron itself
	Role Role   // empty for operators and for Falochron
	What Text
	Why  Text // zero = no reason was given
}

// Conflict is something that does not go together. Of others' campaigns only
// shop, time and size are told.
type Conflict struct {
	What Text // in words, whole
	Shop string
	At   time.Time
	Size int // people in the first minute; Unknown
}

// Stand is how a campaign stands for the reader: what happens, what is asked of him, who
// waits on whom, and whom to thank.
type Stand struct {
	Campaign, Shop string // where a page has several; else empty
	Href           Path   // of the campaign; empty = this page is its own, or leads to it
	Happening, Ask Text
	WaitOnYou      []Text // who cannot go on without the reader
	WaitsOn        []Text // what the reader waits for, the first first
	MoreWaits      int    // that are not shown
	Owe            []Party
	Thanks         []Thank
}

// FurtherPost is a post beside the one that a page is of, with buttons of its own.
type FurtherPost struct {
	Post
	Shop string // empty where the reader has one only
	Href Path   // its own page; its forms are posted there
	May  []Act
	Near bool // so soon that its first button is not hidden
}

// Live is what goes on at the shop this second.
type Live struct {
	People int // who have come since the post
	// Shop is "fine", "busy", "down", "held" while nobody is let in, "opening" while a
	// waiting room is open before a start, or "" = not known.
	Shop   string
	InLine int
	Wait   time.Duration // told to who comes now; 0 = not known
	Radar  Text          // what the radar says, on the page of all shops; zero = nothing goes on
}

// AccessView is the door of a signed link: scanners open links too, so a person
// presses a button first. It also says why a link opens nothing.
type AccessView struct {
	Frame
	State Door
	Shop  string    // shown only if it may be opened
	Until time.Time // the link is good until then; zero = not told
}

// Door is what a signed link does.
type Door string

// The states of a link's door.
const (
	DoorClosed    Door = "closed"    // a person may open it
	DoorExpired   Door = "expired"   // the link is too old
	DoorRevoked   Door = "revoked"   // it was withdrawn
	DoorForbidden Door = "forbidden" // it opens other pages, not this one
	DoorUnknown   Door = "unknown"   // there is no link, or it is none of ours
	DoorLeft      Door = "left"      // its reader has taken this device out again
)

// InfluencerView is the page for a phone: my next post, and will it hold?
type InfluencerView struct {
	Frame
	Shop    string
	Post    *Post // nil = nothing is planned
	Verdict Verdict
	Why     Text    // the sentence of the verdict
	Missing []Ready // what is not yet so, or is not so; the most urgent
	More    int     // how many of those are only on the campaign's page
	Whole   Path    // the campaign's page; empty = there is none
	Ask     []Task  // what this reader is asked to confirm
	Live    *Live   // nil until the post is out
	Flow    *Flow   // nil until the post is out
	Tell    Text    // a sentence to say to the fans; zero = none
	Owe     []Party // the others, with what waits on them
	Thanks  []Thank
	Report  *Report // nil until it is over
	Radar   *Radar  // nil = nothing goes on

	Stand   *Stand        // nil = nothing is planned
	Further []FurtherPost // the reader's other posts, the next first
	Later   int           // posts that are not shown
	Asked   []Inquiry     // whose post the wave is that is on now
}

// Inquiry asks whose post a wave is that nobody announced.
type Inquiry struct {
	ID    string // sent as "inquiry"
	What  Text   // the question
	Posts []InquiryPost
}

// InquiryPost is a post that may be the answer.
type InquiryPost struct {
	ID   string // sent as "is"
	Name string
	At   time.Time // its announced moment
}

// The other answers to an [Inquiry], sent as "is".
const (
	IsUnplanned = "unplanned" // a post of mine that is not in the plan
	IsNo        = "no"        // none of mine
)

// Thank is somebody who has done something.
type Thank struct {
	Role Role
	Name string
	For  Text
}

// Report is how a post went, in five numbers.
type Report struct {
	People  int
	Orders  int // Unknown
	Longest time.Duration
	Gone    int // left the line before their turn; Unknown
	Down    time.Duration
}

// Ready is one item of readiness: computed, never typed.
type Ready struct {
	What    Text
	Verdict Verdict
	Why     Text
}

// CampaignView is everything about one campaign.
type CampaignView struct {
	Frame
	Name, Shop string
	Verdict    Verdict
	Why        Text  // the go or no-go sentence with its numbers
	Live       *Live // nil until a post is out
	Tell       Text  // a sentence to say to the fans; zero = none
	Posts      []Post
	Ready      []Ready
	Checks     []Check // what was found in the shop
	Steps      []Step
	Forecast   *Curve  // nil = no forecast yet
	People     []Party // in the order in which one pours into the next
	Thanks     []Thank
	Conflicts  []Conflict
	Audit      []Line // newest first
	Stand      *Stand // nil = nothing can be said
}

// Check is what was found in the shop of something that was announced.
type Check struct {
	ID      string // sent as "check"
	Verdict Verdict
	Why     Text
	At      time.Time // when it was looked at; zero = never
	Hand    bool      // a person did
}

// Step is a row of the matrix of who does what, when.
type Step struct {
	ID    string // sent as "step"
	When  Text   // "T−24 h"
	What  Text
	Owner Role
	Name  string // of the owner; may be empty
	Due   time.Time
	Done  bool
	No    bool   // its owner has said no; not with Done
	By    string // who confirmed, or said no
	At    time.Time
	Mine  bool // the reader may confirm it, or say no
}

// CalendarView is a list of days.
type CalendarView struct {
	Frame
	Days    []Day // in the order of time; days without entries are left out
	Earlier Path  // the calendar from today on; empty: this is it
	Later   Path  // what comes after what is shown; empty: nothing does
	// Feed is the whole address, with http or https, at which the reader's own calendar
	// finds the same; empty = there is none.
	Feed string
	// Import is the form by which the reader takes a file of posts into the plan; nil =
	// the reader may not.
	Import *ImportForm
}

// ImportForm takes a file of posts. Its fields are file, shop, campaign, and try for
// who only wants to know what would come of it; it is sent as multipart/form-data.
type ImportForm struct {
	Action   Path
	Shops    []ImportShop // of which one is chosen
	Campaign string       // as typed
	Taken    *Taken       // what came of the file sent; nil = nothing was sent
}

// ImportShop is a shop that a file may be for.
type ImportShop struct {
	ID, Name string
	Chosen   bool
}

// Taken is what came of a file.
type Taken struct {
	Tried                           bool // nothing was written
	Added, Changed, Cancelled, Same int
	Faults                          []FileFault // if there are any, nothing was taken
	Left                            int         // faults that are not told
}

// FileFault is one thing that is wrong with a file.
type FileFault struct {
	Line   int
	Column string // empty: the whole line
	What   Text
	Hint   Text // zero = none
}

// Day is a day of the calendar, in the time zone of its time.
type Day struct {
	Date    time.Time
	Entries []Entry
}

// Entry is something in the calendar.
type Entry struct {
	Kind    string // "post", "evening", "freeze", "purge", "sync", "release"
	At      time.Time
	Till    time.Time // zero = a moment
	Name    string    // empty for others' campaigns
	What    string    // the post or evening within it; empty: it has no name, or others' campaigns
	Shop    string
	Href    Path // empty for others' campaigns
	State   State
	Size    int // people in the first minute; Unknown
	Verdict Verdict
	Clash   Text // what it does not go together with; zero = nothing
	Others  bool // of another agency: only shop, time and size are known
}

// HostView is all shops of a host on one page.
type HostView struct {
	Frame
	Name          string
	Shops         []HostShop
	Conflicts     []Conflict   // the nearest
	MoreConflicts int          // that are not shown
	Tasks         []Task       // what waits on the host, the most urgent first
	MoreTasks     int          // that are not shown
	Untold        []Line       // who could not be told, and why; newest first
	Unsure        bool         // that is not known at the moment
	Stands        []Stand      // of the nearest campaigns
	Report        []ImportShop // for which the reader may say that a post is out
}

// HostShop is one shop of a host.
type HostShop struct {
	Name     string
	Href     Path      // its campaign; empty if that is another agency's
	Next     time.Time // the next announced wave; zero = none
	Size     int       // people in its first minute; Unknown
	Needs    int       // orders a minute it will ask for; Unknown
	Takes    int       // orders a minute the shop is measured to take; Unknown
	Measured time.Time // when; zero = never
	Verdict  Verdict
	Live     Live
	On       time.Time // since when a wave goes on; zero = none does
}

// ShopsView are the reader's shops, with the pages of each.
type ShopsView struct {
	Frame
	Shops []ShopPages
}

// ShopPages is one shop with the ways to its pages.
type ShopPages struct {
	Name  string
	Next  time.Time // the next announced wave; zero = none
	Pages []Link
}

// HistoryView is what is over, the newest first.
type HistoryView struct {
	Frame
	Shop      string // empty: all of the reader's
	Campaigns []PastCampaign
	More      int // campaigns that are older and not shown
}

// PastCampaign is a campaign that is over, or has begun.
type PastCampaign struct {
	Name, Shop string
	Href       Path
	Begins     time.Time // zero = nothing was left of it
	Cancelled  bool
	Posts      []PastPost
	Decisions  []Line // newest first
}

// PastPost is a post with what it brought.
type PastPost struct {
	Post
	Came *Came // nil = nobody has counted
}

// Came is what a post brought. Of Low, Mid and High, the forecast of the first minute as
// it was then, Before and Orders may be [Unknown].
type Came struct {
	Minute, Hour   int // people who came in the first
	Before         int // people of the hour before
	Low, Mid, High int
	Orders         int
	Longest, Down  time.Duration
	Wave           *CameWave // nil = the radar did not see it, or not its end
}

// CameWave is a post's wave as the radar saw it.
type CameWave struct {
	Began     time.Time
	Ten       int // people who came in its first ten minutes
	Low, High int // as was said when it began; [Unknown]
	Peak      int // people in its busiest minute, which ended at PeakAt
	PeakAt    time.Time
}

// VesselsView is both chains as connected vessels.
type VesselsView struct {
	Frame
	Shop   string
	Flow   Flow
	People []Party // in the order in which one pours into the next
}

// Flow is a shop's last minute, from the fans to the database. A number may be
// [Unknown].
type Flow struct {
	Arrivals, ArrivalsBefore float64 // people a minute: now, and a minute ago
	ArrivalsTop              float64 // what fills the vessel: the highest of the last ten minutes or of the forecast
	EdgeShare                float64 // of all answers, 0 to 1, those that did not need the shop
	ToLine                   float64 // people a minute who need a place
	InLine, InLineBefore     float64
	InLineTop                float64 // what fills the vessel
	Wait                     time.Duration
	LetIn                    float64 // people a minute
	Held                     bool    // an operator lets nobody in
	Inside                   float64 // people with a place
	ShopBusy, ShopBusyBefore float64 // share of what the shop takes, 0 to 1
	ShopDown                 bool
	Orders                   float64 // a minute
	DatabaseBusy             float64 // share of the database's connections or time, 0 to 1
	DatabaseBusyBefore       float64
	DatabaseUnasked          bool    // nobody asks the shop how busy its database is
	Left                     float64 // people who left the line early, of the last ten minutes
}

// WarRoomView is the wall screen of the evening.
type WarRoomView struct {
	Frame
	Shop      string
	Campaign  string
	Mode      string    // auto, watch, shop, hold or off
	Live      *Live     // nil = not known
	Orders    float64   // a minute; Unknown
	Arrivals  *Curve    // nil = nothing measured yet
	Radar     *Radar    // nil = nothing goes on
	Replicas  *Replicas // nil = nobody multiplies them, or the reader need not know
	Flow      Flow
	People    []Party
	OnCall    []OnCall
	Decisions []Line // newest first
}

// OnCall is somebody who is there tonight.
type OnCall struct {
	Role  Role
	Name  string
	Reach string // how to reach them, as they wrote it
	Seen  time.Time
	Here  bool // has said "I am here" for this campaign
}

func (*AccessView) template() string     { return "access.html" }
func (*InfluencerView) template() string { return "influencer.html" }
func (*CampaignView) template() string   { return "campaign.html" }
func (*CalendarView) template() string   { return "calendar.html" }
func (*HostView) template() string       { return "host.html" }
func (*HistoryView) template() string    { return "history.html" }
func (*ShopsView) template() string      { return "my-shops.html" }
func (*VesselsView) template() string    { return "vessels.html" }
func (*WarRoomView) template() string    { return "war-room.html" }
