// Package config turns a file, or a few flags, into a checked value.
//
// Its one invariant: a [Config] that leaves this package is complete and
// within bounds; whatever is wrong is reported at once, each [Fault] with its
// place, the value found, the bound it broke and a hint. Unknown keys are
// faults, so a mistyped key never silently means the default.
//
// It also reads what falochron forecast is told: a [Campaign] and a [History].
//
// It starts nothing, opens no socket, and knows of other rooms only which
// platforms and channels there are; cmd hands each room the plain values it
// needs. Read [Load] first, then [Default].
package config
