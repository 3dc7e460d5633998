// Package scenario is our small test language for the edge as a whole: shops,
// the edge before them and the people who come are actors in one process, on a
// network in memory, inside one testing/synctest bubble, so that ten minutes of
// waiting take a moment and every run is the same story.
//
// Its one invariant: nothing here looks into the edge. What a scenario expects,
// it learns as a shop, a visitor or an operator would: from requests that came,
// answers that went out, the vitals and the journal. After every scenario, told
// or not, no shop may have seen anything of ours (a cookie or a ticket).
//
// It holds tests only and refuses to become a load generator: hundreds of
// people, not thousands (see package crowd for those).
//
// Read testdata/one-story.txt first, then script_test.go for all commands. The
// imitations_*_test.go put every shop software that the toy shop can imitate behind
// the edge, and look for anything that is shown to the wrong person: begin with
// imitations_test.go; docs/never-mixed.md tells what they try.
package scenario
