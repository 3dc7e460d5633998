package console

import "time"

// OwnView is what the reader's party enters itself: where it is written to, who of it is
// on call, and what it knows of a shop.
type OwnView struct {
	Frame
	Shifts []OwnTurn // of the party that are not over, the first first
	Party  *OwnParty // nil = the reader's link is for some shops only, and does not change the party
	OnCall *OwnShift // nil = likewise
	Shops  []Link    // of which one is to be chosen; empty = there is only one, or none to enter anything for
	Shop   *OwnShop  // nil = none is chosen
}

// OwnParty is how a party is written to. A time of day is in minutes after midnight.
type OwnParty struct {
	Polish                bool // it is written to in Polish, else in English
	QuietFrom, QuietUntil int  // both the same = there are no quiet hours
	Contacts              []OwnContact
}

// OwnContact is a line of the form: somebody who is written to, or room for one.
type OwnContact struct {
	Name, Address string
	// Hidden is what is shown in place of an address that holds a secret: sent back
	// empty with Was, it stays as it is.
	Hidden, Was string
}

// OwnShift is the form for who of a party is on call, and when, in the zone of the page.
// Its times are a proposal, or what was typed.
type OwnShift struct {
	Name, Address string
	From, Until   time.Time
}

// OwnTurn is a shift that is entered.
type OwnTurn struct {
	Name        string
	From, Until time.Time
}

// OwnShop is what a party says of a shop.
type OwnShop struct {
	ID, Name string // ID is sent as "shop"
	// Orders is what the shop takes a minute, and Workers what it has; 0 = nobody has said.
	Orders          float64
	Workers         int
	Measured        bool // Falochron has measured it: what is entered here counts after that
	At              time.Time
	Reserve         int // workers in all that the host can have; 0 = nobody has said
	Lead            time.Duration
	Windows         []OwnWindow // that are not over
	Kind            string      // of the window that is entered
	What            string
	From, Until     time.Time // proposed
	Daily           bool
	PreviousRefused bool // the last form was refused: its part of the page is open
}

// OwnWindow is a time in which something is done to a shop, or must not be.
type OwnWindow struct {
	ID          string // sent as "window"
	Kind        string // "freeze", "purge", "sync", "release"
	What        string
	From, Until time.Time
	Daily       bool
}

// windowKinds are the kinds in the order in which they are offered.
func windowKinds() []string { return []string{"freeze", "purge", "sync", "release"} }

func (*OwnView) template() string { return "own.html" }

// ownStories are the states of that page.
func ownStories() []roomStory {
	story := func(who string, role Role, may []Act, change func(*OwnView)) func() View {
		return func() View {
			v := &OwnView{
				Frame: frameOf(who, role, at(17, 20), append([]Act{ActParty, ActOnCall}, may...)...),
				Party: &OwnParty{Polish: true, QuietFrom: 22 * 60, QuietUntil: 7 * 60, Contacts: []OwnContact{
					{Name: "Łukasz", Address: "lukasz@serwerownia.example"}, {Name: "Dyżurka", Hidden: "Discord webhook 8423", Was: "9f2c1ab07d33"}, {}, {},
				}},
				OnCall: &OwnShift{"", "", at(18, 0).AddDate(0, 0, 2), at(23, 30).AddDate(0, 0, 2)},
				Shifts: []OwnTurn{{"Łukasz", at(18, 0), at(23, 30)}, {"Ewa", at(18, 0).AddDate(0, 0, 1), at(23, 30).AddDate(0, 0, 1)}},
			}
			change(v)
			return v
		}
	}
	shop := func() *OwnShop {
		return &OwnShop{
			ID: "fala", Name: "Perfumy Fala", Orders: 120, Workers: 8, Measured: true, At: at(12, 10), Reserve: 34, Lead: 45 * time.Minute, Kind: "freeze",
			From: at(18, 0), Until: at(23, 0),
			Windows: []OwnWindow{
				{"fala-w1", "freeze", "Nic nie zmieniamy przed pomadką", at(18, 0).AddDate(0, 0, -2), at(23, 0), false},
				{"fala-w2", "sync", "Stany z hurtowni", at(4, 0), at(4, 20), true},
			},
		}
	}
	all := []Act{ActCapacity, ActReserve, ActWindow, ActUnwindow}
	return []roomStory{
		{"own", "what a host enters, for its only shop", story("Serwerownia Wrocław", Host, all, func(v *OwnView) { v.Shop = shop() })},
		{"own-new", "nobody has entered anything yet", story("Serwerownia Wrocław", Host, all, func(v *OwnView) {
			v.Party = &OwnParty{Contacts: make([]OwnContact, 2)}
			v.OnCall, v.Shifts = &OwnShift{From: at(17, 20), Until: at(23, 0)}, nil
			v.Shop = &OwnShop{ID: "fala", Name: "Perfumy Fala", Kind: "freeze", From: at(18, 0), Until: at(23, 0)}
		})},
		{"own-many", "of several shops one is to be chosen", story("Serwerownia Wrocław", Host, all, func(v *OwnView) {
			v.Shops = []Link{{"own", "Perfumy Fala", "/storybook/own"}, {"own", "Herbata Mgła", "/storybook/own-new"}}
		})},
		{"own-influencer", "what an influencer enters", story("Ola", Influencer, nil, func(*OwnView) {})},
		{"own-refused", "what was entered was refused", story("Kod i Spółka", SoftwareHouse, []Act{ActCapacity, ActWindow, ActUnwindow}, func(v *OwnView) {
			v.Failed = Text{"It ends before it begins, or has ended already.", "Kończy się przed początkiem albo już się skończyło."}
			v.Shop = shop()
			v.Shop.Kind, v.Shop.What, v.Shop.From, v.Shop.Until, v.Shop.PreviousRefused = "release", "Nowa kasa", at(19, 0), at(18, 0), true
			v.Shop.Daily = true
		})},
		{"own-limited", "by a link for one shop only", story("Serwerownia Wrocław", Host, all, func(v *OwnView) { v.Party, v.OnCall, v.Shifts, v.Shop = nil, nil, nil, shop() })},
	}
}
