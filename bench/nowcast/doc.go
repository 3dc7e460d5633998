// Package nowcast judges nowcasts of past posts: it lets a part of each be seen,
// asks internal/forecast and simpler ways what follows, and compares with what did.
//
// Its one invariant: nobody has learnt from the post he is asked about, and all
// see the same counts. It refuses to judge what nobody can know: a post that has
// not reached the quantity's end is left out of it.
//
// Read [Judge] first.
package nowcast
