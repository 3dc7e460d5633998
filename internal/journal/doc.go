// Package journal keeps the last decisions so that each can be explained: a
// ring of records, always on, filled by the edge and read by people.
//
// Every verdict is kept, and that somebody was let in; of plain answers (passed, a
// cache hit, an answer of the edge's own) one in a fixed number is. What people
// did (records with an actor) lives in a ring of its own that traffic cannot
// evict, and in a file when there is a data folder.
//
// Its one invariant: memory is set when it is made and does not grow, whatever
// arrives. Texts a visitor can choose are cut to a slot's fixed room and copied,
// so a record never keeps a request's buffers alive, and a path loses its query
// here if the caller forgot: secrets never enter.
//
// It refuses to count (metrics do), to log, to drop anything silently (the ring
// states its reach), and to make a request wait for a disk.
//
// Read [Journal.Append] first.
package journal
