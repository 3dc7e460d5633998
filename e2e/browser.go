package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/falochron/falochron/e2e/chrome"
)

// The first two are so long that no machine reaches them that is busy with other tests:
// whether a test passes is not a matter of speed.
const (
	patience = 30 * time.Minute      // bounds one test's dealings with its tab
	wait     = 10 * time.Minute      // for one thing on a page, or of a program
	look     = 50 * time.Millisecond // between two looks at it
)

// pause is how long is waited after so many looks in vain. A look costs the browser and
// its driver milliseconds of a machine on which many wait, and what is not there at once
// mostly takes seconds.
func pause(looks int) time.Duration { return min(look/2<<min(looks, 4), 5*look) }

// Browser is one Chromium for a whole test binary.
type Browser struct{ ctx context.Context }

// Missing ends the test because what is not there: a failure under CI, else a skip.
func Missing(t testing.TB, what string, err error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing, and this is CI: %v", what, err)
	}
	t.Skipf("%s is missing: %v", what, err)
}

// shared are the browsers of a test run: the quick one, and the whole Chromium for those who
// need it. Starting one costs a second of two cores; tabs of their own visitors keep tests
// as apart as browsers would.
var shared struct{ quick, whole running }

type running struct {
	once sync.Once
	b    *Browser
	err  error
	stop func()
}

// StartBrowser returns the browser of this run, started at the first call.
// Whoever calls it ends the run by [CloseBrowser], in TestMain.
func StartBrowser(t testing.TB) *Browser {
	t.Helper()
	return shared.quick.start(t, "quick")
}

// StartWhole is [StartBrowser] with all of Chromium: for visitors at whose ways the edge
// looks. The quick one fetches no icon of a site, and who fetches nothing with the pages of a
// shop that have nothing else to fetch is like a program.
func StartWhole(t testing.TB) *Browser {
	t.Helper()
	return shared.whole.start(t)
}

func (r *running) start(t testing.TB, words ...string) *Browser {
	t.Helper()
	bin := chromium(t, words...)
	r.once.Do(func() {
		profile, err := os.MkdirTemp("", "falochron-browser-")
		if err != nil {
			r.err, r.stop = err, func() {}
			return
		}
		var stop func()
		r.b, stop, r.err = start(bin, profile)
		r.stop = func() { stop(); _ = os.RemoveAll(profile) }
	})
	if r.err != nil {
		t.Fatalf("start %s: %v", bin, r.err)
	}
	return r.b
}

// CloseBrowser ends the browsers of this run, if there are any.
func CloseBrowser() {
	for _, r := range []*running{&shared.quick, &shared.whole} {
		if r.stop != nil {
			r.stop()
		}
	}
}

// StartCookieless starts a Chromium whose owner has forbidden all cookies; it
// ends with the test.
func StartCookieless(t testing.TB) *Browser {
	t.Helper()
	bin, profile := chromium(t), t.TempDir()
	if err := os.MkdirAll(filepath.Join(profile, "Default"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(profile, "Default", "Preferences"),
		[]byte(`{"profile":{"default_content_setting_values":{"cookies":2}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	b, stop, err := start(bin, profile)
	t.Cleanup(stop)
	if err != nil {
		t.Fatalf("start %s: %v", bin, err)
	}
	return b
}

// chromium is the path of the browser, as scripts/find-browser finds it, to which the
// words are for; FALOCHRON_CHROMIUM names another binary.
func chromium(t testing.TB, words ...string) string {
	t.Helper()
	out, err := exec.Command("../scripts/find-browser", words...).Output()
	if err != nil {
		Missing(t, "Chromium (scripts/install-test-tools installs it)", err)
	}
	return strings.TrimSpace(string(out))
}

// start starts a browser whose owner has asked for no motion; a tab may prefer it (see
// [Tab.Prefers]). Without a graphics card the processor draws each picture of a wave that
// moves, sixty a second in every tab that shows one.
func start(bin, profile string) (b *Browser, stop func(), err error) {
	ctx, stop, err := chrome.Start(bin, profile, chromedp.Flag("force-prefers-reduced-motion", true))
	if err != nil {
		return nil, stop, err
	}
	return &Browser{ctx: ctx}, stop, nil
}

// Tab is one tab of a visitor of his own: no cookies of other tabs.
type Tab struct {
	t          testing.TB
	ctx        context.Context
	scriptless bool
	close      context.CancelFunc
}

// Close closes the tab before its test ends: open ones take time from others.
func (tab *Tab) Close() { tab.close() }

// Tab opens a tab; it closes with the test.
func (b *Browser) Tab(t testing.TB) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, cancelTime := context.WithTimeout(ctx, patience)
	t.Cleanup(cancelTime)
	return &Tab{t: t, ctx: ctx, close: cancel}
}

// Do runs actions that return nothing; any fault ends the test.
func (tab *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	if err := chromedp.Do(tab.ctx, steps...); err != nil {
		tab.t.Fatal(err)
	}
}

// Click clicks the first element of a selector, and sees to it that the click meets
// it: a page whose scripts are still filling in a cart's block moves its buttons, and
// a click where one was a moment ago meets nothing. It is awaited that the element
// rests, and a click that the page did not hear of is made again, as people do.
func (tab *Tab) Click(selector string) {
	tab.t.Helper()
	for limit := time.Now().Add(wait); ; {
		tab.rests(selector)
		tab.listens(selector)
		err := chromedp.Do(tab.ctx, chromedp.Click(chromedp.CSS(selector)))
		switch {
		case err == nil && tab.heard():
			return
		case err != nil && !strings.Contains(err.Error(), "Could not find node") || tab.ctx.Err() != nil:
			tab.t.Fatalf("click %s: %v", selector, err)
		case time.Now().After(limit): // a new document, or a moving one, each time
			tab.t.Fatalf("click %s: %v", selector, errors.Join(err, errTooLong))
		}
	}
}

// rests waits until an element is where it was a moment before.
func (tab *Tab) rests(selector string) {
	tab.t.Helper()
	where := `(function () {
		var e = document.querySelector(` + strconv.Quote(selector) + `), r = e && e.getBoundingClientRect();
		return r ? [r.x, r.y, r.width, r.height].join() : ''; })()`
	before := ""
	for limit := time.Now().Add(wait); time.Now().Before(limit) && tab.ctx.Err() == nil; {
		at, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string](where))
		if err == nil && at != "" && at == before {
			return
		}
		before = at
		time.Sleep(look)
	}
	tab.t.Fatalf("%s is not there, or does not come to rest: %v", selector, errors.Join(tab.ctx.Err(), errTooLong))
}

// listens has the page note the next click on an element.
func (tab *Tab) listens(selector string) {
	tab.t.Helper()
	_, _ = chromedp.Run(tab.ctx, chromedp.Evaluate[bool](`(function () {
		var e = document.querySelector(`+strconv.Quote(selector)+`);
		document.clickHeard = false;
		document.addEventListener('click', function (c) { if (e && e.contains(c.target)) document.clickHeard = true; }, {capture: true});
		return true; })()`)) // fails where a new document comes; that one has heard nothing, and knows nothing of it
}

// heard reports whether the click was noted. A page that runs no scripts notes
// nothing, and one that has gone was left by the click.
func (tab *Tab) heard() bool {
	unheard, err := chromedp.Run(tab.ctx, chromedp.Evaluate[bool](`document.clickHeard === false`))
	return err != nil || !unheard || tab.scriptless
}

// Type writes into a field.
func (tab *Tab) Type(selector, text string) {
	tab.t.Helper()
	tab.Do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Get runs one action for its value.
func Get[T any](tab *Tab, a chromedp.Action[T]) T {
	tab.t.Helper()
	v, err := chromedp.Run(tab.ctx, a)
	if err != nil {
		tab.t.Fatal(err)
	}
	return v
}

// Eval evaluates an expression; a promise is awaited.
func Eval[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	return Get(tab, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Open goes to an address. Answers of any status count as arrived.
func (tab *Tab) Open(url string) { tab.t.Helper(); tab.Do(chromedp.Navigate(url)) }

// Await waits until the expression is true, also across navigations. It looks from
// outside: where scripts are switched off, a page cannot look by itself a second time.
// An expression that cannot be evaluated yet (there is no body) is not true yet.
func (tab *Tab) Await(expression string) {
	tab.t.Helper()
	var last error
	for limit, n := time.Now().Add(wait), 0; time.Now().Before(limit) && tab.ctx.Err() == nil; n++ {
		var is bool
		if is, last = chromedp.Run(tab.ctx, chromedp.Evaluate[bool](expression)); last == nil && is {
			return
		}
		time.Sleep(pause(n))
	}
	tab.t.Fatalf("waiting for %s: %v", expression, errors.Join(last, tab.ctx.Err(), errTooLong))
}

// Visible waits until an element is seen, also where scripts are switched off.
func (tab *Tab) Visible(selector string) {
	tab.t.Helper()
	tab.Do(chromedp.WaitVisible(chromedp.CSS(selector), chromedp.RetryInterval(look)))
}

var errTooLong = fmt.Errorf("not within %s", wait)

// navigated reports whether an error says that the page went away meanwhile.
func navigated(err error) bool {
	s := err.Error()
	return strings.Contains(s, "navigated") || strings.Contains(s, "context was destroyed") ||
		strings.Contains(s, "Cannot find context")
}

// WithoutJavaScript switches scripts off in this tab.
func (tab *Tab) WithoutJavaScript() {
	tab.t.Helper()
	tab.scriptless = true
	if _, err := chromedp.Call(tab.ctx, emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		tab.t.Fatal(err)
	}
}

// Prefers sets a media feature, as "prefers-color-scheme" to "dark".
func (tab *Tab) Prefers(feature, value string) {
	tab.t.Helper()
	if _, err := chromedp.Call(tab.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: feature, Value: value}}}); err != nil {
		tab.t.Fatal(err)
	}
}

// Phone makes the tab width pixels wide.
func (tab *Tab) Phone(width int64) {
	tab.t.Helper()
	tab.Do(chromedp.EmulateViewport(width, 700, chromedp.EmulateMobile))
}

// Picture saves the whole page as PNG into FALOCHRON_PICTURES, if that is set.
func (tab *Tab) Picture(name string) {
	tab.t.Helper()
	folder := os.Getenv("FALOCHRON_PICTURES")
	if folder == "" {
		return
	}
	if err := os.WriteFile(folder+"/"+name+".png", Get(tab, chromedp.FullScreenshot(100)), 0o644); err != nil {
		tab.t.Fatal(err)
	}
}
