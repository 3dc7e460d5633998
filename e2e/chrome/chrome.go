// Package chrome starts Chromium, for the tests and for the demo's browser. It knows
// neither. Whoever starts one stops it.
package chrome

import (
	"context"

	"github.com/chromedp/chromedp"
)

// Start starts the Chromium bin with an empty profile folder, and with further flags. The
// context that it returns is that of the browser; stop ends it.
func Start(bin, profile string, more ...chromedp.ExecAllocatorOption) (ctx context.Context, stop func(), err error) {
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append([]chromedp.ExecAllocatorOption{
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
	}, more...)...)
	ctx, cancelTab := chromedp.NewContext(ctx)
	stop = func() { cancelTab(); cancel() }
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		stop()
		return nil, func() {}, err
	}
	return ctx, stop, nil
}
