package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// patience bounds one test's dealings with its tab.
const patience = 2 * time.Minute

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

// shared is the one Chromium of a test run. Starting one costs a second of two
// cores; tabs of their own visitors keep tests as apart as browsers would.
var shared struct {
	once sync.Once
	b    *Browser
	err  error
	stop func()
}

// StartBrowser returns the Chromium of this run, started at the first call.
// Whoever calls it ends the run by [CloseBrowser], in TestMain.
func StartBrowser(t testing.TB) *Browser {
	t.Helper()
	bin := chromium(t)
	shared.once.Do(func() {
		profile, err := os.MkdirTemp("", "falochron-browser-")
		if err != nil {
			shared.err, shared.stop = err, func() {}
			return
		}
		var stop func()
		shared.b, stop, shared.err = start(bin, profile)
		shared.stop = func() { stop(); _ = os.RemoveAll(profile) }
	})
	if shared.err != nil {
		t.Fatalf("start %s: %v", bin, shared.err)
	}
	return shared.b
}

// CloseBrowser ends the Chromium of this run, if there is one.
func CloseBrowser() {
	if shared.stop != nil {
		shared.stop()
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

// chromium is the path of the browser, as scripts/find-browser finds it;
// FALOCHRON_CHROMIUM names another binary.
func chromium(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("../scripts/find-browser").Output()
	if err != nil {
		Missing(t, "Chromium (scripts/install-test-tools installs it)", err)
	}
	return strings.TrimSpace(string(out))
}

func start(bin, profile string) (b *Browser, stop func(), err error) {
	ctx, cancel := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(bin),
		chromedp.UserDataDir(profile),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
	)
	ctx, cancelTab := chromedp.NewContext(ctx)
	stop = func() { cancelTab(); cancel() }
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		stop()
		return nil, func() {}, err
	}
	return &Browser{ctx: ctx}, stop, nil
}

// Tab is one tab of a visitor of his own: no cookies of other tabs.
type Tab struct {
	t   testing.TB
	ctx context.Context
}

// Tab opens a tab; it closes with the test.
func (b *Browser) Tab(t testing.TB) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, cancelTime := context.WithTimeout(ctx, patience)
	t.Cleanup(cancelTime)
	return &Tab{t: t, ctx: ctx}
}

// Do runs actions that return nothing; any fault ends the test.
func (tab *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	if err := chromedp.Do(tab.ctx, steps...); err != nil {
		tab.t.Fatal(err)
	}
}

// Click clicks the first element of a selector. On a busy machine the browser may
// tell of a new document between finding the element and clicking it; then it is
// found again.
func (tab *Tab) Click(selector string) {
	tab.t.Helper()
	for {
		err := chromedp.Do(tab.ctx, chromedp.Click(selector))
		switch {
		case err == nil:
			return
		case !strings.Contains(err.Error(), "Could not find node") || tab.ctx.Err() != nil:
			tab.t.Fatalf("click %s: %v", selector, err)
		}
	}
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
	for limit := time.Now().Add(20 * time.Second); time.Now().Before(limit) && tab.ctx.Err() == nil; {
		var is bool
		if is, last = chromedp.Run(tab.ctx, chromedp.Evaluate[bool](expression)); last == nil && is {
			return
		}
		time.Sleep(50 * time.Millisecond) // between two looks
	}
	tab.t.Fatalf("waiting for %s: %v", expression, errors.Join(last, tab.ctx.Err(), errTooLong))
}

var errTooLong = errors.New("not true within 20 s")

// navigated reports whether an error says that the page went away meanwhile.
func navigated(err error) bool {
	s := err.Error()
	return strings.Contains(s, "navigated") || strings.Contains(s, "context was destroyed") ||
		strings.Contains(s, "Cannot find context")
}

// WithoutJavaScript switches scripts off in this tab.
func (tab *Tab) WithoutJavaScript() {
	tab.t.Helper()
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
