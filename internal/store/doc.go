// Package store keeps the plan on disk: a log of acts that only ever grows, and
// an outbox of messages with the journal of their delivery. It keeps them in
// one SQLite file, or in PostgreSQL.
//
// Its one invariant: what was acknowledged is there. [Store.Append] returns when
// the acts are committed and flushed to disk; after a kill at any moment every
// acknowledged act is read again, in order and without a gap.
//
// It refuses to understand what it keeps: an act is a body with a few words
// around it, a message is a body with a key. It knows no plan, no channel, no
// role. Passwords in an address never reach an error.
//
// Both engines share every statement but the few in engine.go: what holds on
// the one holds on the other, and one suite of tests runs on both. Read [Open],
// [Store.Append] and [Store.Follow] first; then [Store.Claim], and
// [Store.Backup].
package store
