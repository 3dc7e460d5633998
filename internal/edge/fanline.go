package edge

import (
	"net/http"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge/page"
)

// The status line for fans: how it is before the shop, and what its party says. It is
// the same for everybody, knows nothing of who asks, and is made once a second however
// many ask.

// toldLine is the line as it was a moment ago.
type toldLine struct {
	at   time.Time
	plan *falochron.Announced
	view page.LineView
}

// lineEvery is for how long it is told as it was.
const lineEvery = time.Second

// said is what is said to the fans who wait, in a language; empty: nothing.
func (x *exchange) said(lang string) string {
	if x.snap.Plan == nil {
		return ""
	}
	return x.snap.Plan.Line.In(lang, x.now)
}

// line answers /.falochron/line and line.json.
func (x *exchange) line(asJSON bool) {
	if x.r.Method != http.MethodGet && x.r.Method != http.MethodHead {
		x.w.Header().Set("Allow", "GET, HEAD")
		x.fail(page.ErrorView{Status: http.StatusMethodNotAllowed})
		return
	}
	v := x.shop.line(x.now, x.snap)
	if asJSON {
		_ = x.set.Pages.ServeLineJSON(x.w, x.r, v) // the visitor has gone: nobody to tell
		return
	}
	lang := x.r.URL.Query().Get("lang")
	if lang != "pl" && lang != "en" {
		lang = ""
	}
	_ = x.set.Pages.ServeLine(x.w, x.r, v, lang)
}

// line is how it is before the shop, as of the last second.
func (sh *shop) line(now time.Time, snap *falochron.Snapshot) page.LineView {
	if t := sh.told.Load(); t != nil && t.plan == snap.Plan && now.Sub(t.at) < lineEvery {
		return t.view
	}
	seen := falochron.Vitals{Time: now, Mode: snap.Mode, Replicas: sh.set.Load().Pool.Vitals()}
	sh.gate.describe(now, &seen)
	seen.Opening.Start, seen.Opening.Open = sh.gate.announced()
	l := seen.Line()
	v := page.LineView{State: page.State(l.State), Down: l.Down, InLine: l.InLine, Wait: l.Wait, Start: l.Start}
	if snap.Plan != nil {
		v.Said = map[string]string{}
		for _, lang := range []string{"pl", "en"} {
			if s := snap.Plan.Line.In(lang, now); s != "" {
				v.Said[lang] = s
			}
		}
	}
	sh.told.Store(&toldLine{now, snap.Plan, v})
	return v
}
