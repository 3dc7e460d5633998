package falochron

import (
	"fmt"
	"strings"
)

// Mode says how far Falochron may go for one shop.
type Mode uint8

// The modes, from the default on.
const (
	// ModeAuto keeps open to all what the edge can answer itself; the line
	// stands before whatever must reach the shop, once the shop is full.
	ModeAuto Mode = iota
	// ModeWatch proxies everything and decides nothing; verdicts are computed
	// and reported as what would have been done.
	ModeWatch
	// ModeShop puts the line before everything but callbacks.
	ModeShop
	// ModeHold lets nobody new in; those inside go on, the line keeps its order.
	ModeHold
	// ModeOff is a plain proxy: no admission, no line, no cache. The bypass.
	ModeOff
	numModes
)

var modeNames = [numModes]string{"auto", "watch", "shop", "hold", "off"}

// String returns the mode's name as written in configuration.
func (m Mode) String() string {
	if m < numModes {
		return modeNames[m]
	}
	return fmt.Sprintf("mode(%d)", uint8(m))
}

// ParseMode reads a mode's name. An unknown name is an [Error] of kind
// [Invalid] that lists the names.
func ParseMode(s string) (Mode, error) {
	for i, n := range modeNames {
		if s == n {
			return Mode(i), nil
		}
	}
	return 0, &Error{
		Kind: Invalid, Op: "parse mode",
		Public: fmt.Sprintf("unknown mode %q", s),
		Hint:   "write one of: " + strings.Join(modeNames[:], ", "),
	}
}

// MarshalText writes the mode's name.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads a mode's name.
func (m *Mode) UnmarshalText(b []byte) error {
	v, err := ParseMode(string(b))
	if err == nil {
		*m = v
	}
	return err
}
