package forecast

import "time"

// Answer is what is to be expected of a campaign.
type Answer struct {
	Campaign Campaign
	// Begins is the announced moment of the first post. What is counted from the
	// beginning is counted from when the first post really goes out.
	Begins time.Time
	Total  Window
	// First are the first minute, ten minutes and hour.
	First [3]Window
	// Peak is the highest rate of visitors a second, uninvited ones included, as a
	// mean: single seconds scatter around it. PeakAfter is when, in seconds from the
	// beginning.
	Peak, PeakAfter Range
	// BusiestMinute are the people of it, OrdersPerMinute the most people of a minute
	// who want to buy.
	BusiestMinute, OrdersPerMinute Range
	Uninvited                      Range // share of all visitors
	Buy                            Range // share of the first minute's people who want to buy
	Posts                          []PostAnswer
	Minute                         Minute
	Line                           *Line // nil: the capacity is not known
	Stocks                         []StockAnswer
	// Sales are the worth of the orders that can be served, in the shop's currency;
	// 0 where no price is said.
	Sales Range
	Curve Curve
}

// Window is a stretch of time from the beginning.
type Window struct {
	Length   time.Duration // 0: all of it
	People   Range         // who come because of the posts
	Visitors Range         // these and the uninvited
	Orders   Range         // people who want to buy
}

// Minute is the middle case of the minute that matters most: the first one of a
// single post, the busiest one of several. It multiplies, so that a reader can
// follow: People of whom the share Buy wants to buy are Orders. People and Buy are
// rounded to two digits.
type Minute struct {
	Busiest             bool
	People, Buy, Orders float64
}

// PostAnswer is what one post brings, its boost included.
type PostAnswer struct {
	Name        string
	At          time.Time
	Slip        time.Duration
	People      Range
	FirstMinute Range   // people, from when it really goes out
	Buy         Range   // share of its people who want to buy
	Audience    float64 // who see it, as announced or estimated
	Estimated   bool    // from followers
	Proof       bool
	Click       float64 // share of them who come, before the past corrects it
	Stated      bool    // Click was stated, not taken from the channel
	Used        Used
}

// Line is what happens before the shop, if everybody who wants to buy stands in
// one honest line.
type Line struct {
	// Served are the orders of Answer.Minute for which there is stock. WorkedOff is
	// how long they take, Enough how many workers (or replicas) do it within
	// Patience.
	Served    float64
	WorkedOff time.Duration
	Enough    int
	Wait      Range   // s, the longest of the whole campaign
	People    Range   // in line, the most
	Ends      Range   // s from the beginning until it is empty for good; 0: there is none
	Chance    float64 // that there is a line of at least one person, 0 to 1
	// Workers (or replicas) so that nobody waits longer than the patience, and until
	// when they are needed, in s from the beginning.
	Workers, Until Range
	Have           int // workers (or replicas) now
	Replicas       bool
	Patience       time.Duration
}

// StockAnswer says when a stock is sold out.
type StockAnswer struct {
	Posts  []int // which posts sell from it, as indexes of Answer.Posts
	Stock  int
	Chance float64 // that it is sold out, 0 to 1
	// After is when, in s from the beginning of the first of its posts, over the
	// worlds in which it is; Without are the people who want to buy and cannot, over
	// all.
	After, Without Range
}

// Curve is the rate of visitors over time, as a band.
type Curve struct {
	From time.Time
	Step time.Duration
	Rate []Range // visitors a second in each step
	// Orders are the people a minute who want to buy in each step.
	Orders []Range
}
