package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// scalars says how each type of leaf is read from its text.
var scalars = map[reflect.Type]func(string) (any, error){
	reflect.TypeFor[string]():              func(s string) (any, error) { return s, nil },
	reflect.TypeFor[bool]():                func(s string) (any, error) { return parseBool(s) },
	reflect.TypeFor[int]():                 func(s string) (any, error) { return parseInt(s) },
	reflect.TypeFor[Size]():                func(s string) (any, error) { return parseSize(s) },
	reflect.TypeFor[StoreAddress]():        func(s string) (any, error) { return StoreAddress(s), nil },
	reflect.TypeFor[Colour]():              func(s string) (any, error) { return parseColour(s) },
	reflect.TypeFor[time.Duration]():       func(s string) (any, error) { return parseDuration(s) },
	reflect.TypeFor[time.Time]():           func(s string) (any, error) { return parseTime(s) },
	reflect.TypeFor[netip.Prefix]():        func(s string) (any, error) { return parsePrefix(s) },
	reflect.TypeFor[*url.URL]():            func(s string) (any, error) { return parseURL(s) },
	reflect.TypeFor[*Share]():              func(s string) (any, error) { return parseShare(s) },
	reflect.TypeFor[Amount]():              func(s string) (any, error) { return parseAmount(s) },
	reflect.TypeFor[*int]():                func(s string) (any, error) { return parseCount(s) },
	reflect.TypeFor[falochron.Mode]():      func(s string) (any, error) { return parseMode(s) },
	reflect.TypeFor[falochron.RadarMode](): func(s string) (any, error) { return parseRadarMode(s) },
}

func parseBool(s string) (bool, error) {
	switch s {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, errors.New("must be true or false")
}

func parseInt(s string) (int, error) {
	n, err := strconv.Atoi(strings.ReplaceAll(s, "_", ""))
	if err != nil {
		return 0, errors.New("must be a whole number")
	}
	return n, nil
}

func parseMode(s string) (falochron.Mode, error) {
	m, err := falochron.ParseMode(s)
	if err != nil {
		return m, fmt.Errorf("is no mode; %s", falochron.HintOf(err))
	}
	return m, nil
}

func parseRadarMode(s string) (falochron.RadarMode, error) {
	m, err := falochron.ParseRadarMode(s)
	if err != nil {
		return m, errors.New("must be act, shadow or off")
	}
	return m, nil
}

// field is one key of a mapping and where its value lives.
type field struct {
	name  string
	index int
}

func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" {
			out = append(out, field{name: name, index: i})
		}
	}
	return out
}

// nearest names the key that was probably meant, or all there are. More than two
// letters off is no typing mistake, and neither is more than half of a short word:
// foo is not log.
func nearest(name string, fields []field) string {
	best, bestAt := min(2, len(name)/2)+1, -1
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
		if n := distance(name, f.name); n < best {
			best, bestAt = n, i
		}
	}
	if bestAt >= 0 {
		return "did you mean " + names[bestAt] + "?"
	}
	return "known here: " + strings.Join(names, ", ")
}

// distance is the Levenshtein distance, with long inputs cut: past the cut the
// answer is large anyway.
func distance(a, b string) int {
	if len(a) > 40 {
		a = a[:40]
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
