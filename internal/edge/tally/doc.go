// Package tally counts, in the way of requests, what the radar has to know: how many
// newcomers came in each tenth of a second, and how; what was fetched to be shown beside
// a link; and how the people, or programs, of each cohort behave.
//
// Its one invariant: to count costs a request neither a lock nor, but for the first of
// an entry, an allocation; and whatever comes, what is kept has a fixed size. It refuses
// to decide anything, and to keep what names a person: no address, no user agent and no
// query is in it, but what campaigns write into links, as far as it is plain words.
//
// Any number of goroutines count; who wants to know takes a copy. Read [Arrivals] first.
package tally
