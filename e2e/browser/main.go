// Command browser moves a Chromium for `falochron demo --act 2`: it reads one order a
// line from standard input and answers each with one line, as JSON. So the program
// needs no browser's driver of its own. The path of Chromium is its only argument.
//
// Orders and answers are described at [order] and [answer]; cmd/falochron has the other
// end (demo_browser.go).
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/falochron/falochron/e2e/chrome"
)

const (
	look   = 25 * time.Millisecond // between two looks at a page
	within = 20 * time.Second      // for an order that says nothing of it
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "browser: give the path of Chromium; falochron demo --act 2 starts it")
		os.Exit(2)
	}
	if err := serve(os.Args[1], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
		os.Exit(1)
	}
}

// order is one thing to do.
type order struct {
	Do  string `json:"do"`  // tab, open, click, await, eval, picture
	Tab string `json:"tab"` // name of the tab, each a visitor with cookies of its own

	// Of tab: how large it is, whether it is a phone, and its language.
	Width  int64  `json:"width,omitempty"`
	Height int64  `json:"height,omitempty"`
	Phone  bool   `json:"phone,omitempty"`
	Lang   string `json:"lang,omitempty"`

	// What is the address of open, the selector of click, the expression of await and
	// eval, the file of picture.
	What string `json:"what,omitempty"`
	// Within is how long it may take, in milliseconds; 0 = 20 s.
	Within int `json:"within_ms,omitempty"`
}

// answer is what came of it.
type answer struct {
	Error string          `json:"error,omitempty"`
	Value json.RawMessage `json:"value,omitempty"` // of eval
	// At is when it was done, in Unix milliseconds: of click, when the page heard it; of
	// await, when the expression was seen to be true.
	At int64 `json:"at"`
}

// hand has the browser and its tabs.
type hand struct {
	browser context.Context
	tabs    map[string]context.Context
}

func serve(bin string, in io.Reader, out io.Writer) error {
	profile, err := os.MkdirTemp("", "falochron-browser-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(profile) }() // what Chromium still writes is nobody's loss
	ctx, stop, err := chrome.Start(bin, profile)
	if err != nil {
		return fmt.Errorf("start %s: %w", bin, err)
	}
	defer stop()
	h := &hand{browser: ctx, tabs: map[string]context.Context{}}
	orders := bufio.NewScanner(in)
	orders.Buffer(nil, 1<<20)
	answers := json.NewEncoder(out)
	for orders.Scan() {
		var o order
		var a answer
		if err := json.Unmarshal(orders.Bytes(), &o); err != nil {
			a.Error = err.Error()
		} else if a, err = h.obey(o); err != nil {
			a.Error = err.Error()
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
	return orders.Err()
}

// obey does what an order says.
func (h *hand) obey(o order) (a answer, err error) {
	if o.Do == "tab" {
		a.At = time.Now().UnixMilli()
		return a, h.tab(o)
	}
	tab := h.tabs[o.Tab]
	if tab == nil {
		return a, fmt.Errorf("there is no tab %q", o.Tab)
	}
	limit := within
	if o.Within > 0 {
		limit = time.Duration(o.Within) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(tab, limit)
	defer cancel()
	at := time.Now()
	switch o.Do {
	case "open":
		err = chromedp.Do(ctx, chromedp.Navigate(o.What))
	case "click":
		if err = await(ctx, resting(o.What)); err == nil {
			at, err = click(ctx, o.What)
		}
	case "await":
		err = await(ctx, func(ctx context.Context) (bool, error) {
			return chromedp.Run(ctx, chromedp.Evaluate[bool](o.What))
		})
		at = time.Now()
	case "eval":
		var v any
		if v, err = chromedp.Run(ctx, chromedp.Evaluate[any](o.What, chromedp.EvalAwaitPromise)); err == nil {
			a.Value, err = json.Marshal(v)
		}
	case "picture":
		var png []byte
		if png, err = chromedp.Run(ctx, chromedp.FullScreenshot(100)); err == nil {
			err = os.WriteFile(o.What, png, 0o644)
		}
	default:
		err = fmt.Errorf("what is %q?", o.Do)
	}
	a.At = at.UnixMilli()
	if err != nil {
		err = fmt.Errorf("%s %s: %w", o.Do, o.What, err)
	}
	return a, err
}

// tab opens a tab of a visitor of its own.
func (h *hand) tab(o order) error {
	if h.tabs[o.Tab] != nil {
		return fmt.Errorf("there is a tab %q already", o.Tab)
	}
	ctx, _ := chromedp.NewContext(h.browser, chromedp.WithNewBrowserContext()) // ends with the browser
	size := []chromedp.EmulateViewportOption{}
	if o.Phone {
		size = append(size, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulateScale(2))
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(o.Width, o.Height, size...)); err != nil {
		return err
	}
	agent, err := chromedp.Run(ctx, chromedp.Evaluate[string](`navigator.userAgent`))
	if err != nil {
		return err
	}
	if _, err := chromedp.Call(ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: o.Lang}); err != nil {
		return err
	}
	h.tabs[o.Tab] = ctx
	return nil
}

// click presses an element, and says when its page heard it: what the driver does
// before is nobody's wait. The page notes it where a navigation leaves it.
func click(ctx context.Context, selector string) (time.Time, error) {
	at := time.Now()
	_, _ = chromedp.Run(ctx, chromedp.Evaluate[bool](`document.addEventListener('click', function () {
		sessionStorage.setItem('heard', Date.now()); }, {capture: true, once: true}), true`)) // else at is when it was pressed, at the latest
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		return at, err
	}
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(look) {
		heard, err := chromedp.Run(ctx, chromedp.Evaluate[float64](`Number(sessionStorage.getItem('heard') || 0)`))
		if t := time.UnixMilli(int64(heard)); err == nil && !t.Before(at.Truncate(time.Millisecond)) {
			return t, nil
		}
	}
	return at, nil
}

// await looks until something is so. It looks from outside, so that it goes on over a
// navigation; what cannot be said yet is not so yet.
func await(ctx context.Context, is func(context.Context) (bool, error)) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		so, err := is(ctx)
		if err == nil && so {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-tick.C:
		}
	}
}

// resting says whether an element is there and where it was a look before: a click at
// what moves meets something else.
func resting(selector string) func(context.Context) (bool, error) {
	where := `(function () {
		var e = document.querySelector(` + strconv.Quote(selector) + `), r = e && e.getBoundingClientRect();
		return r ? [r.x, r.y, r.width, r.height].join() : ''; })()`
	before := ""
	return func(ctx context.Context) (bool, error) {
		at, err := chromedp.Run(ctx, chromedp.Evaluate[string](where))
		same := err == nil && at != "" && at == before
		before = at
		return same, err
	}
}
