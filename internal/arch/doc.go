// Package arch holds the rules about the code itself: who may import whom, what
// a pure room may not do, and what no file may contain.
//
// Its one invariant: every rule is proven able to fail, by a planted tree in
// testdata. It holds nothing but tests and this comment, and refuses to be
// imported. Read the table in rooms_test.go first; each ban in it carries its
// reason, which is what a failing test prints.
package arch
