package preset

import (
	"net/http"
	"strings"
)

// Fills reports whether a form surely fills a cart and does nothing else. field gives
// the value of one field of the form, empty if there is none.
func (c *Classifier) Fills(q Request, field func(name string) string) bool {
	if q.Method != http.MethodPost || Overridden(q.Header) {
		return false
	}
	for _, f := range c.platform.Fills {
		value := field(f.Name)
		if f.Value != "" && strings.HasPrefix(value, f.Value) || f.Value == "" && number(value) {
			return true
		}
	}
	return false
}

// number reports whether a value is a whole number without a sign.
func number(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
