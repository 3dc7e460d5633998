package edge

import (
	"net/http"
	"time"

	"github.com/falochron/falochron"
)

// limited says, once an hour, that the shop itself refuses because too much is asked
// for. It is no overload: shops that do so count by address, and behind a front that
// they do not know the whole crowd has one.
func (sh *shop) limited(status int, now time.Time) {
	last := sh.refused.Load()
	if status != http.StatusTooManyRequests || now.Unix()-last < 3600 || !sh.refused.CompareAndSwap(last, now.Unix()) {
		return
	}
	sh.set.Load().Warn(&falochron.Error{
		Kind: falochron.Unavailable, Op: "ask the shop", Public: "the shop answers 429: too many requests",
		Hint: "it limits what one address may ask for; tell it to trust X-Forwarded-For of this machine (EverShop: TRUST_PROXY_HOPS, Vendure: trustProxy)",
	})
}
