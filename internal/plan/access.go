package plan

// Role is the part somebody plays for a shop.
type Role string

// The roles. The first four are people of the chain, in its order.
const (
	Influencer    Role = "influencer"
	MediaHouse    Role = "media-house"
	SoftwareHouse Role = "software-house"
	Host          Role = "host"
	Operator      Role = "operator" // who runs Falochron; sees all, confirms nothing
	Machine       Role = "machine"  // a scheduler, a rehearsal, a live measurement
)

// Action is what a role may do or not.
type Action string

// The actions. Each command belongs to one.
const (
	KeepShops      Action = "keep shops"
	KeepParties    Action = "keep parties"
	KeepOwnParty   Action = "keep the own party"
	KeepCampaigns  Action = "keep campaigns"
	KeepPosts      Action = "keep posts and evenings"
	SlipOrCancel   Action = "slip or cancel"
	SayPosting     Action = "say a post goes out"
	ReportPosts    Action = "report an unplanned post"
	SpeakToFans    Action = "speak to the fans"
	KeepWindows    Action = "keep windows"
	ConfirmSteps   Action = "confirm own steps"
	Acknowledging  Action = "acknowledge"
	GiveLinks      Action = "give and revoke links"
	TakingBack     Action = "take back that a post is out"
	SayFound       Action = "say what was found in the shop"
	RecordMeasured Action = "record a measured capacity"
	RecordReserves Action = "record what the host can add"
	RecordCame     Action = "record what a post brought"
	AskingWhose    Action = "ask whose post a wave is"
	SayingWhose    Action = "say whose post a wave is"
)

// table is who may do what. What a role may do, it may do for the shops its party
// serves; an operator for all. Narrower rules (a post is its influencer's own) are
// with the commands.
var table = []struct {
	action Action
	roles  []Role
}{
	{KeepShops, []Role{Operator}},
	{KeepParties, []Role{Operator}},
	{KeepOwnParty, []Role{Influencer, MediaHouse, SoftwareHouse, Host, Operator}},
	{KeepCampaigns, []Role{Influencer, MediaHouse, Operator}},
	{KeepPosts, []Role{Influencer, MediaHouse, Operator}},
	{SlipOrCancel, []Role{Influencer, MediaHouse, Operator}},
	{SayPosting, []Role{Influencer, MediaHouse, Operator, Machine}},
	{ReportPosts, []Role{Influencer, MediaHouse, SoftwareHouse, Host, Operator, Machine}},
	{TakingBack, []Role{Influencer, MediaHouse, SoftwareHouse, Host, Operator, Machine}},
	{SayFound, []Role{Influencer, MediaHouse, SoftwareHouse, Operator, Machine}},
	{SpeakToFans, []Role{Influencer, MediaHouse, Operator}},
	{KeepWindows, []Role{SoftwareHouse, Host, Operator}},
	{ConfirmSteps, []Role{Influencer, MediaHouse, SoftwareHouse, Host}},
	{Acknowledging, []Role{Influencer, MediaHouse, SoftwareHouse, Host}},
	{GiveLinks, []Role{Influencer, MediaHouse, SoftwareHouse, Host, Operator}},
	{RecordMeasured, []Role{SoftwareHouse, Host, Operator, Machine}},
	{RecordReserves, []Role{Host, Operator}},
	{RecordCame, []Role{Operator, Machine}},
	{AskingWhose, []Role{Operator, Machine}},
	{SayingWhose, []Role{Influencer, MediaHouse, Operator}},
}

// Roles lists all roles, in the order of docs/access.md.
func Roles() []Role {
	return []Role{Influencer, MediaHouse, SoftwareHouse, Host, Operator, Machine}
}

// Actions lists all actions, in the order of docs/access.md.
func Actions() []Action {
	out := make([]Action, len(table))
	for i, row := range table {
		out[i] = row.action
	}
	return out
}

// Can reports whether the role may ever do it. It is the one table of its sort.
func Can(r Role, a Action) bool {
	for _, row := range table {
		if row.action == a {
			for _, may := range row.roles {
				if may == r {
					return true
				}
			}
		}
	}
	return false
}

// ofChain reports whether the role is one that a party plays for a shop.
func (r Role) ofChain() bool {
	return r == Influencer || r == MediaHouse || r == SoftwareHouse || r == Host
}
