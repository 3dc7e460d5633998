package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/falochron/falochron/internal/config"
)

// reloads hands out a new configuration for each SIGHUP after which the file
// could be used. When it cannot, the faults go to out and nothing is handed
// out: what runs keeps running. The channel closes after ctx ends.
func reloads(ctx context.Context, current *config.Config, out io.Writer) <-chan *config.Config {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	next := make(chan *config.Config)
	go func() {
		defer close(next)
		defer signal.Stop(hup)
		for {
			select {
			case <-ctx.Done():
				return
			case <-hup:
			}
			fresh, err := current.Reload()
			if err != nil {
				fmt.Fprintln(out, "reload refused; the configuration of before keeps running")
				report(out, err)
				continue
			}
			select {
			case <-ctx.Done():
				return
			case next <- fresh:
				current = fresh
			}
		}
	}()
	return next
}
