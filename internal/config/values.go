package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes.
type Size int64

// The units a size is written in.
const (
	KiB Size = 1 << 10
	MiB Size = 1 << 20
	GiB Size = 1 << 30
)

// String writes the size in the largest unit that divides it.
func (s Size) String() string {
	for _, u := range []struct {
		unit Size
		name string
	}{{GiB, "GiB"}, {MiB, "MiB"}, {KiB, "KiB"}} {
		if s != 0 && s%u.unit == 0 {
			return fmt.Sprintf("%d%s", s/u.unit, u.name)
		}
	}
	return fmt.Sprintf("%dB", int64(s))
}

// StoreAddress is where a plan is kept. As text it leaves out what may be secret.
type StoreAddress string

// String is the address for people: of a server what stands behind the user.
func (a StoreAddress) String() string {
	if a == "" {
		return "the data folder"
	}
	scheme, rest, server := strings.Cut(string(a), "://")
	if !server {
		return string(a)
	}
	_, rest, found := strings.Cut(rest, "@")
	if !found {
		return scheme + "://…"
	}
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + "://…@" + rest
}

// Colour is an sRGB colour, "#rrggbb" in lower case.
type Colour string

// parseSize reads a whole number with B, KiB, MiB or GiB. Decimal units are
// refused rather than guessed: kB and MB mean different things to different
// people.
func parseSize(s string) (Size, error) {
	bad := fmt.Errorf("must be a size like 256MiB")
	digits := strings.TrimRight(s, "BKMGikmgb")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, bad
	}
	unit, ok := map[string]Size{"B": 1, "KiB": KiB, "MiB": MiB, "GiB": GiB}[s[len(digits):]]
	if s == "0" {
		unit, ok = 1, true
	}
	if !ok {
		return 0, errors.New("must be a size in B, KiB, MiB or GiB")
	}
	if n < 0 || n > math.MaxInt64/int64(unit) {
		return 0, bad
	}
	return Size(n) * unit, nil
}

// parseDuration reads Go's notation; a bare number has no unit and is refused,
// except zero.
func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, errors.New("must be a duration like 30s, 15m or 24h")
	}
	return d, nil
}

// parsePrefix reads a network or a single address.
func parsePrefix(s string) (netip.Prefix, error) {
	bad := errors.New("must be an address or a network like 10.0.0.0/8")
	if !strings.Contains(s, "/") {
		a, err := netip.ParseAddr(s)
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, bad
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, bad
	}
	if p != p.Masked() {
		return netip.Prefix{}, fmt.Errorf("has bits set beyond its mask; the network is %s", p.Masked())
	}
	return p, nil
}

// parseURL reads an absolute http or https URL without credentials. Empty means
// none.
func parseURL(s string) (*url.URL, error) {
	if s == "" {
		return nil, nil
	}
	bad := errors.New("must be a URL like http://127.0.0.1:8081")
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.Fragment != "" {
		return nil, bad
	}
	if u.User != nil {
		return nil, errors.New("must not hold a user name or password")
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return nil, errors.New("must have a port from 1 to 65535")
		}
	}
	return u, nil
}

// parseShare reads a part of a whole: "5%", "5 %" or "0.05".
func parseShare(s string) (*Share, error) {
	text, percent := strings.CutSuffix(strings.TrimSpace(s), "%")
	x, err := parseNumber(strings.TrimSpace(text))
	if err != nil {
		return nil, errors.New("must be a share like 5% or 0.05")
	}
	if percent {
		x /= 100
	}
	return (*Share)(&x), nil
}

// parseAmount reads a number that may have a fraction.
func parseAmount(s string) (Amount, error) {
	x, err := parseNumber(s)
	if err != nil {
		return 0, errors.New("must be a number like 59 or 59.90")
	}
	return Amount(x), nil
}

func parseNumber(s string) (float64, error) {
	x, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	if err == nil && (math.IsNaN(x) || math.IsInf(x, 0)) {
		err = strconv.ErrRange
	}
	return x, err
}

// parseCount reads a whole number that may also be missing.
func parseCount(s string) (*int, error) {
	n, err := parseInt(s)
	return &n, err
}

// parseColour reads "#rrggbb". Empty means none.
func parseColour(s string) (Colour, error) {
	if s == "" {
		return "", nil
	}
	rest, ok := strings.CutPrefix(s, "#")
	if _, err := hex.DecodeString(rest); !ok || err != nil || len(rest) != 6 {
		return "", errors.New("must be a colour like #1f5f8b")
	}
	return Colour(strings.ToLower(s)), nil
}

// parseTime reads RFC 3339 with a zone. Empty means none.
func parseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, errors.New("must be a time like 2026-12-01T18:00:00+01:00")
	}
	return t, nil
}
