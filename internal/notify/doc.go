// Package notify brings messages to people: by e-mail, Slack, Discord, Telegram or
// a signed webhook. Where to is said by one URL for each person and channel, as users
// of shoutrrr know them.
//
// Its one invariant: no secret of an [Address] leaves it, but to the service that it is
// for: not in an error, a log, a String or a formatted value.
//
// It refuses to connect to addresses that are not public, unless their network is
// allowed by name: the URLs come from strangers. It refuses to follow redirects, to send
// mail or a link without encryption beyond this machine, and to try again by itself: a
// [Failure] says whether that is worth it and when, and who keeps the messages
// decides. It knows no plan and no store.
//
// Read [Message] first, then [ParseAddress], [Sender.Send] and [Failure]. What is to be
// sent now, and what waits for the morning or for company, is decided by [Rhythm.Due], a
// function without a clock.
package notify
