// Package trace reads counts of arrivals from files: what a server's log was counted
// to, a published data set, or the reactions to one post.
//
// Its one invariant: whatever the bytes are, it ends, within the memory that its
// limits say, with a [Trace] or with an error that names the line and what would be
// right. It refuses to guess what a number means: three forms are known, and which it
// is shows in the first lines.
//
// Read [Read] first; docs/radar.md has an example of each form.
package trace
