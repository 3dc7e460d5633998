package preset

// position is how far the reader of a path has come, as shops route by it.
type position struct {
	host   bool // the next segment may be taken for a host's name
	lead   bool // nothing yet but languages, folders a shop lies in, versions, index.php
	folder bool // one of these was a folder
	script bool // index.php was among them

	names     int   // segments that counted, of those a shop routes by
	strangers int   // of them, those that said nothing, before one about paying
	before    trait // what all of them said
	outlet    bool  // below a folder where every extension has its own entry

	admins, adminScript bool
}

// routed is how many segments name a page: Magento's front name, controller and
// action. What follows are parameters with values.
const routed = 3

// counts reports whether a word here is one that shops route by.
func (at *position) counts() bool {
	return (at.names < routed || at.outlet) && at.before&catalogue == 0
}

// step goes past one segment and notes in r what it may free of the line.
func (at *position) step(r *reading, segment []byte, says trait) {
	if at.host {
		at.host, at.folder = false, true
		at.before |= says
		return
	}
	isScript := hasSuffix(segment, ".php")
	if at.lead && at.leads(segment, says) {
		return
	}
	if at.lead {
		at.lead = false
		at.admins = says&admin != 0
		r.machines = r.machines || says&machine != 0
	}
	at.adminScript = at.adminScript || at.admins && isScript && !at.script
	if at.counts() {
		at.note(r, segment, says)
	}
	at.before |= says
	switch {
	case says&outlet != 0 && at.names < routed-1:
		at.outlet = true
	case says == 0 && identifier(segment):
		return // order/55/success: the number is no name
	case says == 0 && at.before&payment == 0 && !at.outlet:
		at.strangers++
	}
	at.names++
}

// leads reports whether this segment comes before those a shop routes by.
func (at *position) leads(segment []byte, says trait) bool {
	switch {
	case string(segment) == "index.php":
		at.script = true
	case languagePrefix(segment):
	case says&(neutral|api) != 0 && says&(admin|machine) == 0, version(segment):
		at.folder = true
	default:
		return false
	}
	return true
}

// note takes a word that shops route by. Beside a word of the buyer's own pages
// a stranger may be what is really asked for (koszyk/dodaj/notify).
func (at *position) note(r *reading, segment []byte, says trait) {
	if at.outlet && says&machine != 0 {
		r.machines = true
	}
	own := at.before & (cart | checkout | account | login)
	if own != 0 && at.strangers > 0 {
		return
	}
	if says&endpoint != 0 {
		// WooCommerce knows it below every page and then shows that page, unless
		// it is the till, whose name the owner may have chosen.
		if own&^checkout != 0 {
			return
		}
		r.endpoint = at.strangers > 0
	}
	r.near |= says
}

// identifier reports whether a segment is a number or has one in it: an order,
// a session, a version.
func identifier(s []byte) bool {
	for _, c := range s {
		if c >= '0' && c <= '9' {
			return true
		}
	}
	return false
}

func hasSuffix(b []byte, suffix string) bool {
	return len(b) >= len(suffix) && string(b[len(b)-len(suffix):]) == suffix
}
