package console

// Replicas are the copies of the shop, where somebody multiplies them.
type Replicas struct {
	Ready, Wanted    int
	Starting, Failed int
	Why              Text // the last step with its reason and what it costs
	Most             int  // beyond it more were measured not to help; 0 = not known
	Advice           bool // nothing is ordered
	Fault            bool // what runs them did not do as asked
}
