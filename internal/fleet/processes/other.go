//go:build !linux

package processes

import (
	"context"
	"errors"
	"time"

	"github.com/falochron/falochron"
)

// Elsewhere nothing ends a copy when this program is killed, and nothing tells a process
// from another with its number: there the driver is refused rather than unsafe.
type (
	forker  struct{}
	ledger  struct{}
	process struct{ ended chan struct{} }
)

func openLedger(string) (*ledger, error) {
	return nil, &falochron.Error{Kind: falochron.Invalid, Op: "replicas as processes", Public: "only Linux can do it",
		Hint: "use fleet.driver: docker, or webhook"}
}

func newForker(int) (*forker, error) { return nil, errors.ErrUnsupported }

func (*forker) start(*replica) (*process, error) { return nil, errors.ErrUnsupported }
func (*forker) close()                           {}
func (*ledger) close()                           {}
func (*ledger) endLeftovers(context.Context, time.Duration) (int, error) {
	return 0, errors.ErrUnsupported
}
func (*process) end(time.Duration) {}
func (*process) how() string       { return "" }
