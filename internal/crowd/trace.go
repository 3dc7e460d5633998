package crowd

import "time"

// Ending says how a visit ended.
type Ending uint8

// The endings.
const (
	Unfinished Ending = iota // still there when the run ended
	Finished                 // did all it came for
	SoldOut                  // was told that there is none left
	Errored                  // gave up after error pages
	TooSlow                  // left because a page took too long
	LineLeft                 // left the line
	numEndings
)

// String names an ending.
func (e Ending) String() string {
	return [numEndings]string{"unfinished", "finished", "sold out", "gave up on errors", "left for slowness", "left the line"}[e]
}

// Trace is what happened to one fan. Moments count from the run's start; zero
// means never.
type Trace struct {
	Journey uint8
	Buys    bool
	Script  bool
	Ending  Ending

	Arrived  time.Duration // when the fan meant to arrive
	Asked    time.Duration // when the fan pressed the first thing that was not the same for all; 0 = never
	Admitted time.Duration // first page from the shop, or what came instead though it was the fan's turn
	Ended    time.Duration
	Ordered  time.Duration // the order was accepted
	LeftAt   time.Duration // closed the page without having got what was asked for

	AdmitRank int32 // 1 for the first admitted

	// The line.
	Joined      time.Duration // first told to wait
	Called      time.Duration // told that it is one's turn, or let in
	PromiseLow  time.Duration // as told first
	PromiseHigh time.Duration
	Slack       time.Duration // longest interval the fan was told to ask at: it cannot know its turn sooner
	ToldAhead   int32         // last told
	ToldRank    int32         // people admitted when that was told
	WentBack    bool          // was told a larger number than before
	PlaceLost   bool          // had a place and was told "none"

	// Suspected is how an answer said first that this fan was taken for no fan, in the
	// words of the Falochron-Treatment field: slow, challenge or refuse. Empty: never.
	Suspected string

	// Faults.
	Broken    Fault // the first one after being admitted
	Erred     bool  // met an error page, or none, at least once, admitted or not
	Mixed     bool  // saw something that is somebody else's
	Checkouts bool  // began to check out
	CheckFail bool  // and that failed
}

// Fault is what an admitted person must not meet.
type Fault uint8

// The faults.
const (
	NoFault     Fault = iota
	Refused           // a status 4xx that is no answer to what was asked
	WaitingPage       // the line, though inside
	ServerError       // 5xx
	Reset             // the connection ended without an answer
	Over10s           // an answer, or none yet, after more than ten seconds
	numFaults
)

// String names a fault.
func (f Fault) String() string {
	return [numFaults]string{"none", "refused", "waiting page", "server error", "reset", "over 10 s"}[f]
}
