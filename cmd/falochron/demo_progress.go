package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// printer tells how the demo goes on: one moving line on a terminal, a line
// every ten seconds elsewhere.
type printer struct {
	w     io.Writer
	tty   bool
	width int

	mu    sync.Mutex // guards what follows
	open  bool       // a moving line stands unfinished
	shown time.Time
}

func newPrinter(w io.Writer) *printer {
	p := &printer{w: w, width: 80}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.tty = true
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 20 {
			p.width = width
		}
	}
	return p
}

// say prints a line of its own.
func (p *printer) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
	fmt.Fprintf(p.w, format+"\n", args...)
}

// end finishes a moving line. mu is held.
func (p *printer) end() {
	if p.open {
		fmt.Fprintln(p.w)
		p.open = false
	}
}

// progress shows how far something is.
func (p *printer) progress(what string, at, whole time.Duration, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at = min(at, whole)
	if !p.tty {
		if time.Since(p.shown) < 10*time.Second {
			return
		}
		p.shown = time.Now()
		fmt.Fprintf(p.w, "  %s: %3.0f of %.0f s%s\n", what, at.Seconds(), whole.Seconds(), sep(text))
		return
	}
	const cells = 24
	full := int(float64(cells) * float64(at) / float64(whole))
	line := fmt.Sprintf("  %s %s%s %3.0f/%.0f s%s", what, strings.Repeat("█", full), strings.Repeat("░", cells-full),
		at.Seconds(), whole.Seconds(), sep(text))
	if r := []rune(line); len(r) >= p.width {
		line = string(r[:p.width-1])
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", line)
	p.open = true
}

func sep(text string) string {
	if text == "" {
		return ""
	}
	return " · " + text
}
