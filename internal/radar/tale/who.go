package tale

import (
	"net/netip"

	"github.com/falochron/falochron"
)

// clients are the kinds of program as people call them, in English and in Polish.
var clients = [falochron.NumClients][2]string{
	falochron.ClientNone: {"programs without a name", "programy bez nazwy"}, falochron.ClientTool: {"tools", "narzędzia"},
	falochron.ClientRobot: {"robots", "roboty"}, falochron.ClientApp: {"browsers inside apps", "przeglądarki w aplikacjach"},
	falochron.ClientChrome: {"Chrome on computers", "Chrome na komputerach"}, falochron.ClientChromeMobile: {"Chrome on phones", "Chrome na telefonach"},
	falochron.ClientSafari: {"Safari on computers", "Safari na komputerach"}, falochron.ClientSafariMobile: {"iPhones and iPads", "iPhone’y i iPady"},
	falochron.ClientFirefox: {"Firefox", "Firefox"}, falochron.ClientOther: {"other programs", "inne programy"},
}

// Who names a crowd in a few words, in "pl" or else in English. Of an address no more than
// its network is told.
func Who(k falochron.CohortKey, lang string) string {
	w := wordsOf(lang)
	client := k.Client
	if client >= falochron.NumClients {
		client = falochron.ClientOther
	}
	out := capital(clients[client][w.index()])
	switch {
	case k.Net.IsValid():
		bits, one := 24, 32
		if k.Net.Addr().Is6() {
			bits, one = 48, 64
		}
		net := netip.PrefixFrom(k.Net.Addr(), min(bits, k.Net.Bits())).Masked().String()
		if k.Net.Bits() >= one {
			return out + ", " + w.fill(w.oneAddress, "net", net)
		}
		return out + ", " + net
	case k.Marked:
		return out + ", " + w.marked
	}
	return out
}
