package plan

import "strings"

// shown is who can be rung, as others may read it. An address that programs write to,
// as of a webhook, holds a secret of whoever is on call: it is for messages alone.
func (o OnCall) shown() OnCall {
	if strings.Contains(o.Contact.Address, "://") {
		o.Contact.Address = ""
	}
	return o
}
