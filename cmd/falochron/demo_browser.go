package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/falochron/falochron"
)

// browserDemo is a real browser, moved by a program of its own (e2e/browser), so that
// this one needs no driver. Orders go in as lines of JSON, and each is answered by one.
type browserDemo struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	said  *lastWords // what the program wrote besides
	dir   string     // of pictures
	mu    sync.Mutex // held from an order to its answer
	ended error      // guarded by mu: why there is no browser any more
}

// browserOrder is one line to the browser's program; e2e/browser describes it.
type browserOrder struct {
	Do       string `json:"do"`
	Tab      string `json:"tab"`
	Width    int    `json:"width,omitempty"`
	Height   int    `json:"height,omitempty"`
	Phone    bool   `json:"phone,omitempty"`
	Lang     string `json:"lang,omitempty"`
	What     string `json:"what,omitempty"`
	WithinMS int    `json:"within_ms,omitempty"`
}

// openBrowser starts the program with the path of Chromium. Pictures go to dir.
func openBrowser(program, chromium, dir string) (*browserDemo, error) {
	b := &browserDemo{cmd: exec.Command(program, chromium), dir: dir, said: &lastWords{}}
	b.cmd.Stderr = b.said
	var err error
	if b.in, err = b.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	b.out = bufio.NewReader(out)
	if err := b.cmd.Start(); err != nil {
		return nil, &falochron.Error{Kind: falochron.Unavailable, Op: "start the browser", Err: err, Hint: "make demo ACT=2 builds it"}
	}
	return b, nil
}

// close ends the browser: its program goes when there are no more orders.
func (b *browserDemo) close() {
	_ = b.in.Close()
	gone := make(chan struct{})
	go func() { _ = b.cmd.Wait(); close(gone) }()
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		_ = b.cmd.Process.Kill()
		<-gone
	}
}

// do gives an order, and returns its value and when it was done.
func (b *browserDemo) do(ctx context.Context, o browserOrder) (value json.RawMessage, at time.Time, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := errors.Join(ctx.Err(), b.ended); err != nil {
		return nil, time.Time{}, err
	}
	line, err := json.Marshal(o)
	if err != nil {
		return nil, time.Time{}, err
	}
	var got []byte
	if _, err = b.in.Write(append(line, '\n')); err == nil {
		got, err = b.out.ReadBytes('\n')
	}
	if err != nil {
		b.ended = &falochron.Error{Kind: falochron.Unavailable, Op: "move the browser", Public: b.said.String(), Err: err,
			Hint: "does Chromium start? scripts/install-test-tools browser installs one"}
		return nil, time.Time{}, b.ended
	}
	var a struct {
		Error string          `json:"error"`
		Value json.RawMessage `json:"value"`
		At    int64           `json:"at"`
	}
	if err := json.Unmarshal(got, &a); err != nil {
		return nil, time.Time{}, err
	}
	if a.Error != "" {
		return nil, time.Time{}, fmt.Errorf("the browser of %s: %s", o.Tab, a.Error)
	}
	return a.Value, time.UnixMilli(a.At), nil
}

// lastWords keeps what somebody writes; of more than a screen the beginning.
type lastWords struct {
	mu   sync.Mutex
	text []byte
}

// Write takes all of it.
func (w *lastWords) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, p[:min(len(p), 4096-min(len(w.text), 4096))]...)
	return len(p), nil
}

// String is what was written.
func (w *lastWords) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.TrimSpace(string(w.text))
}

// tabDemo is somebody's browser: a visitor with cookies of his own. What fails is kept,
// and everything after it does nothing, so that a story reads as one.
type tabDemo struct {
	browser *browserDemo
	name    string
	err     *error // the story's first
}

// tab opens the browser of somebody.
func (b *browserDemo) tab(ctx context.Context, name string, width, height int, phone bool, lang string, err *error) *tabDemo {
	t := &tabDemo{b, name, err}
	t.do(ctx, browserOrder{Do: "tab", Width: width, Height: height, Phone: phone, Lang: lang})
	return t
}

func (t *tabDemo) do(ctx context.Context, o browserOrder) (value json.RawMessage, at time.Time) {
	if *t.err != nil {
		return nil, time.Time{}
	}
	o.Tab = t.name
	value, at, *t.err = t.browser.do(ctx, o)
	return value, at
}

// open goes to an address.
func (t *tabDemo) open(ctx context.Context, address string) {
	t.do(ctx, browserOrder{Do: "open", What: address})
}

// click presses what a selector finds first, and says when.
func (t *tabDemo) click(ctx context.Context, selector string) time.Time {
	_, at := t.do(ctx, browserOrder{Do: "click", What: selector})
	return at
}

// await waits until an expression is true, and says when it was.
func (t *tabDemo) await(ctx context.Context, expression string, most time.Duration) time.Time {
	_, at := t.do(ctx, browserOrder{Do: "await", What: expression, WithinMS: int(most.Milliseconds())})
	return at
}

// says waits until the page says something, with whatever spaces.
func (t *tabDemo) says(ctx context.Context, text string, most time.Duration) time.Time {
	quoted, _ := json.Marshal(text) // a text always can be
	return t.await(ctx, `!!document.body && document.body.textContent.replace(/\s+/g, ' ').includes(`+string(quoted)+`)`, most)
}

// text is the value of an expression that gives a text.
func (t *tabDemo) text(ctx context.Context, expression string) (out string) {
	value, _ := t.do(ctx, browserOrder{Do: "eval", What: expression})
	if *t.err == nil {
		*t.err = json.Unmarshal(value, &out)
	}
	return out
}

// reads is what people read in what a selector finds first; of nothing a dash.
func (t *tabDemo) reads(ctx context.Context, selector string) string {
	return t.text(ctx, `(document.querySelector('`+selector+`') || {innerText: '–'}).innerText.replace(/\s+/g, ' ')`)
}

// picture keeps how the whole page looks, and returns the name of its file.
func (t *tabDemo) picture(ctx context.Context, name string) string {
	file := name + ".png"
	t.do(ctx, browserOrder{Do: "picture", What: filepath.Join(t.browser.dir, file)})
	return file
}
