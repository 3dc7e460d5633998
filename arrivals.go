package falochron

import "time"

// By what it is known how somebody came. The words stand in metrics and journals.
const (
	ByLink     = "link"     // a short link of the plan, which one post has
	ByCampaign = "campaign" // parameters of a campaign in the address
	ByClick    = "click-id" // the number that a network adds to a link that is clicked
	ByInApp    = "in-app"   // the browser inside a network's app, which says so
	ByReferrer = "referrer" // the page before
	ByNone     = "none"     // nothing says it
)

// Entry is how newcomers came who are counted together. It can be the key of a map.
type Entry struct {
	Post string `json:"post,omitempty"` // of the plan, by its id: by its link, or by parameters that no other post has
	// Campaign are the campaign parameters, "source/medium/campaign/content", as far as
	// they are plain words; of a Post that is known by its short link there are none.
	Campaign string  `json:"campaign,omitempty"`
	Channel  Channel `json:"channel"`
	By       string  `json:"by"` // what tells it, the strongest: [ByLink] and so on
	// Path is the page on which they landed, without its query; empty: it is one of those
	// that few came to, or there are too many.
	Path string `json:"path,omitempty"`
}

// ArrivalTally are the newcomers of one shop in the last seconds, as the edge counted
// them: people who are shown a page, carry no ticket of ours and do not come from
// another page of the shop. It is a copy; nobody writes to it any more.
type ArrivalTally struct {
	Tick  time.Duration // how long one tick is
	Until time.Time     // the end of the last tick; the one under way is not told yet
	Shop  []uint32      // newcomers of the last ticks, the oldest first
	Total uint64        // newcomers since the start, those of the tick under way among them
	// Entries say how they came. Of people whose entry has no counter of its own, only
	// channel and evidence are told; so all of Shop are in Entries.
	Entries []EntryTally
	// Previews are pages that were fetched to be shown beside a link, or ahead of a click:
	// those fetched last, the last first.
	Previews []PreviewTally
	// Prefetches are requests by which apps and browsers fetch pages ahead of a click, in
	// the ticks of Shop.
	Prefetches []uint32
	Leads      Leads
}

// EntryTally is what one entry brought.
type EntryTally struct {
	Entry Entry
	Ticks []uint32 // of the ticks of [ArrivalTally.Shop]
	// Total is since the entry got its counter: it begins anew when an entry that few used
	// had to make room and came back.
	Total uint64
}

// PreviewTally is what was fetched of one page by programs that show what is behind a
// link, and by apps before anybody clicked.
type PreviewTally struct {
	Path       string
	Families   []string // of programs, by name, sorted; each once
	Fetches    uint64   // by such programs
	Prefetches uint64   // by apps and browsers ahead of a click
	First      time.Time
	Last       time.Time
	// Human is when the first newcomer landed there after First; zero: nobody yet.
	Human time.Time
}

// Leads are the times from the first preview of a page to the first newcomer on it, of
// all pages that had both, since the start.
type Leads struct {
	Bounds []time.Duration // upper ends of the classes but the last
	Counts []uint64        // of each class; the last has no upper end
	Sum    time.Duration
	N      uint64
}
