package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// plainArgument makes this program the plain server.
const plainArgument = "plain-server"

// canned is an answer known beforehand.
type canned struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// plainOrder says what a plain server answers where.
type plainOrder struct {
	Listen  string            `json:"listen"`
	Answers map[string]canned `json:"answers"` // by path
}

// servePlain is the yardstick: net/http of the standard library, answering
// bytes known beforehand, deciding nothing. What Falochron costs more than this
// is what its decisions cost. It is also the shop behind the edge where a cost
// is measured.
func servePlain(in io.Reader, out io.Writer) int {
	var order plainOrder
	if err := json.NewDecoder(in).Decode(&order); err != nil {
		fmt.Fprintln(out, err)
		return exitUsage
	}
	l, err := net.Listen("tcp", order.Listen)
	if err != nil {
		fmt.Fprintln(out, err)
		return exitBroken
	}
	srv := &http.Server{Handler: order.handler(), ReadHeaderTimeout: 10 * time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	go func() { <-ctx.Done(); _ = srv.Close() }()
	if err := srv.Serve(l); err != nil && ctx.Err() == nil {
		fmt.Fprintln(out, err)
		return exitBroken
	}
	return exitOK
}

func (o *plainOrder) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := o.Answers[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		for k, v := range a.Header {
			h[k] = v
		}
		h.Set("Content-Length", strconv.Itoa(len(a.Body)))
		w.WriteHeader(a.Status)
		_, _ = w.Write(a.Body) // whoever asked may have gone
	})
}
