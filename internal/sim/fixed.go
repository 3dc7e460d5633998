package sim

// fixed is a number of replicas that stays.
type fixed int

// NewFixed is a shop of n replicas that nobody scales.
func NewFixed(n int) Scaler { return fixed(n) }

func (fixed) Name() string { return "fixed" }

func (f fixed) Decide(*Sight) (int, string) { return int(f), "fixed" }
