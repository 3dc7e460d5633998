package forecast

import "time"

// Campaign is what was announced: posts, what they sell, and what the shop can
// take.
type Campaign struct {
	Name  string
	Posts []Post // at least one
	// Past are the shop's own past posts; they narrow the intervals.
	Past []Past
	// Uninvited is the share of all visitors who were not called by a post: bots,
	// preview fetchers, people who come by themselves; from 0 to under 1. They are
	// load and buy nothing here. nil is not known: 10 %, or 30 % of a limited offer.
	Uninvited *float64
	// Stock is how many articles the posts without a stock of their own sell from
	// together; 0 is enough for all.
	Stock    int
	Capacity Capacity
	// Patience is how long a line may be that people bear; it only sets how many
	// workers are asked for. 0 means [DefaultPatience].
	Patience time.Duration
}

// DefaultPatience is how long a line may get before more workers are asked for: a
// guess.
const DefaultPatience = 6 * time.Minute

// Post is one announced post.
type Post struct {
	Name    string // for people; empty means the channel's
	Channel Channel
	Account string        // whose; empty is nobody known
	Link    Link          // empty is the channel's usual one
	At      time.Time     // when it is to go out
	Slip    time.Duration // it may go out so much earlier or later; 0 is on time
	// Reach is how many people will see it: viewers, plays, people in the live or
	// in the chat, people who signed up. If it is 0, Followers count.
	Reach int
	// Followers is the account's size. It is used with Reach 0, on channels that
	// have a figure for it ([Channel.Seen]).
	Followers int
	// Proof says that the reach was shown, not told: people talk numbers up.
	Proof bool
	// Click is the share of those who see it and come, from 0 to 1; nil takes the
	// channel's.
	Click *float64
	// Buy is the share of those who come and want to buy, from 0 to 1; nil takes
	// 1.5 %, or 10 % of a limited offer.
	Buy *float64
	// Limited says that there is not enough for all and people know it.
	Limited bool
	Coupon  string  // for people: no source says what a coupon adds, so it adds nothing
	Price   float64 // of one order, in the shop's currency; 0 is not said
	Stock   int     // articles of its own; 0 is the campaign's
	Boost   Boost
}

// Boost is a second wave of the same post: paid, shared by somebody large, or
// found again by the channel's own choice.
type Boost struct {
	After time.Duration // after the post
	Share float64       // of the post's own people; 0 is none, 1 as many again
}

// Past is a post that is over.
type Past struct {
	Channel          Channel
	Account          string
	Link             Link
	Reach, Followers int
	Proof            bool
	Limited          bool
	Visitors         int // who came because of it
	Orders           int // of these, placed; -1 is not known
}

// Capacity is what the shop can take.
type Capacity struct {
	// OrdersPerMinute it finishes, measured by a live line or a rehearsal. 0 is not
	// known: nothing is said about lines and workers.
	OrdersPerMinute float64
	// Replicas it has while it finishes them; more are asked for in replicas then.
	// 0: in workers.
	Replicas int
	// WorkerSeconds one worker is busy with one order, cart and till together. 0
	// means [DefaultWorkerSeconds].
	WorkerSeconds float64
}

// DefaultWorkerSeconds is how long one order keeps a worker of the shop busy, at
// the lower end of the 4 to 12 s that hosts report.
const DefaultWorkerSeconds = 4

// audience is how many people see the post, and whether that is only an estimate
// from the account's size.
func audience(c Channel, reach, followers int) (people float64, estimated bool) {
	if reach > 0 || followers <= 0 {
		return float64(reach), false
	}
	seen, _ := c.Seen()
	return float64(followers) * seen, true
}

// What is believed of the share who buy: the middle case, and the standard
// deviation of its logarithm. All and social visitors 0.8 to 2.2 % (Oribi 2020),
// limited offers 5 to 20 % (an assumption).
const (
	buyUsual, buyUsualSD     = 0.015, 0.7
	buyLimited, buyLimitedSD = 0.10, 0.55
	// buyPostSD is the part of it that differs from post to post of one shop, a
	// guess; the rest is the shop's own and can be learnt.
	buyPostSD = 0.4
)

func buyPrior(limited bool) (middle, sd float64) {
	if limited {
		return buyLimited, buyLimitedSD
	}
	return buyUsual, buyUsualSD
}

// What is believed of the share of uninvited visitors. Limited offers draw bots:
// 34 % of raffle entries were (EQL). The other figure and the scatter are guesses.
const (
	uninvitedUsual   = 0.10
	uninvitedLimited = 0.30
	uninvitedSD      = 0.5 // of the logarithm of the odds
)
