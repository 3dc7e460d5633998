package crowd

import (
	"slices"
	"strings"
)

// jar is one fan's cookies for the one site it visits. Paths, domains and
// lifetimes are ignored: shops set session cookies for the whole site.
type jar struct{ pairs []cookie }

type cookie struct{ name, value string }

// set obeys one Set-Cookie field.
func (j *jar) set(field string) {
	pair, attrs, _ := strings.Cut(field, ";")
	name, value, ok := strings.Cut(pair, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || name == "" {
		return
	}
	gone := value == "" || deletes(attrs)
	for i := range j.pairs {
		if j.pairs[i].name == name {
			if gone {
				j.pairs = append(j.pairs[:i], j.pairs[i+1:]...)
			} else {
				j.pairs[i].value = value
			}
			return
		}
	}
	if !gone {
		j.pairs = append(j.pairs, cookie{strings.Clone(name), strings.Clone(value)})
	}
}

// has says whether there is a cookie whose name begins with prefix.
func (j *jar) has(prefix string) bool {
	return slices.ContainsFunc(j.pairs, func(c cookie) bool { return strings.HasPrefix(c.name, prefix) })
}

// deletes says whether attributes make a cookie end at once.
func deletes(attrs string) bool {
	for a := range strings.SplitSeq(attrs, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(a), "=")
		if strings.EqualFold(name, "Max-Age") && (value == "0" || strings.HasPrefix(value, "-")) {
			return true
		}
	}
	return false
}

// append writes the Cookie field's value.
func (j *jar) append(b []byte) []byte {
	for i, c := range j.pairs {
		if i > 0 {
			b = append(b, "; "...)
		}
		b = append(b, c.name...)
		b = append(b, '=')
		b = append(b, c.value...)
	}
	return b
}
