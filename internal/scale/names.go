package scale

var causeNames = [numCauses]string{"minimum", "line", "nowcast", "announced", "inside", "unknown", "hold", "lower", "ceiling", "try", "failing", "doubt", "budget", "foreign"}

// String returns the cause's name as in metrics and journals.
func (c Cause) String() string {
	if c < numCauses {
		return causeNames[c]
	}
	return "unknown-cause"
}

var boundNames = [numBounds]string{"", "minimum", "maximum", "budget-hour", "budget-campaign", "engine", "ceiling", "failing"}

// String returns the bound's name as in metrics and journals; empty for none.
func (b Bound) String() string {
	if b < numBounds {
		return boundNames[b]
	}
	return "unknown-bound"
}
