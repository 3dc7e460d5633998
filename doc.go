// Package falochron holds the nouns of the house: what a request is for
// ([Class]), who decides what about it ([Verdict]), what the control side
// orders the edge to do ([Snapshot]), what the edge reports back ([Vitals]),
// and the one kind of error that crosses rooms ([Error]).
//
// It decides nothing and holds no state. It imports the standard library only
// and knows no other package of the house; every other package may know it.
// Read [Verdict] first: a request's whole fate is one of these.
package falochron
