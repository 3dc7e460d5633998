// Package forecast says how many people an announced post will bring, when, and
// what that asks of the shop: people in the first minute, ten minutes and hour,
// visitors a second, orders a minute, how long an honest line gets, how many
// workers would be needed for how long, and when the stock is sold out.
//
// It imagines a few thousand worlds ([Imagine]): in each, every post has one
// size, one moment and one speed, drawn from what is known of its channel and
// from the shop's own past posts. Whatever is asked is computed in each world and
// answered as a [Range] that holds four of five of them.
//
// Of a wave that has begun, announced or not, a [Nowcaster] says from the counts of
// its first seconds how large it gets and when, by what past posts have taught
// ([Figures], [Fit]).
//
// Its one invariant: nothing is certain. Every figure carries its interval, and
// the interval holds as often as it says, which a test proves by drawing posts
// from the same beliefs. It is pure: time comes in as values, chance as a seed.
// It refuses to guess where no figure is known ([Channel.Click]), and it does not
// know what a coupon or a price does to demand, since no source says so.
//
// Read [Campaign] first, then [Imagine] and [Worlds.Answer]; for nowcasts [Observed] and
// [Nowcaster.Nowcast].
package forecast
