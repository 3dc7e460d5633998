package ticket

import "fmt"

// Fault says why a ticket was refused. The vocabulary is fixed: it is a metric
// label, and nothing a visitor sends can add to it.
type Fault uint8

// The faults, in the order in which they are looked for.
const (
	Malformed  Fault = iota // not base64url, or a body that we would not have written
	Truncated               // too short for any ticket
	Version                 // written by another version of the format
	UnknownKey              // signed with a key this ring does not have (any more)
	BadMAC                  // not signed by us for this shop and this purpose
	Epoch                   // from before the data folder was made anew
	Future                  // dated more than an hour ahead of our clock
	Expired                 // past its life
	NumFaults               // how many there are; not a fault
)

var faultNames = [NumFaults]string{
	"malformed", "truncated", "version", "unknown-key", "bad-mac", "epoch", "future", "expired",
}

// String returns the fault's name as it appears in metrics.
func (f Fault) String() string {
	if f < NumFaults {
		return faultNames[f]
	}
	return fmt.Sprintf("fault(%d)", uint8(f))
}

// Error makes a Fault an error.
func (f Fault) Error() string { return "ticket refused: " + f.String() }
