package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// request is one request as bytes; the same ones are sent again and again.
type request struct {
	path   string
	header [][2]string
}

// bytes writes it as a phone's browser would, for host.
func (r request) bytes(host string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\n", r.path, host)
	for _, h := range r.header {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// ask sends a request once with net/http's own reading, for looking closely.
func ask(addr string, r request) (canned, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return canned{}, err
	}
	defer c.Close()
	if _, err := c.Write(r.bytes(addr)); err != nil {
		return canned{}, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return canned{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return canned{resp.StatusCode, resp.Header, body}, err
}

// drive sends n requests, each the next of requests in turn, over conns
// connections at a time, kept or a new one for each, and checks the status of
// every answer. It is lean, because it shares the machine with what it
// measures.
func drive(ctx context.Context, addr string, requests []request, n, conns int, kept bool, status int) error {
	raw := make([][]byte, len(requests))
	for i, r := range requests {
		raw[i] = r.bytes(addr)
	}
	var (
		left  atomic.Int64
		wg    sync.WaitGroup
		mu    sync.Mutex
		first error
	)
	left.Store(int64(n))
	for range conns {
		wg.Go(func() {
			d := driver{addr: addr, kept: kept, status: status}
			defer d.close()
			for ctx.Err() == nil {
				turn := left.Add(-1)
				if turn < 0 {
					return
				}
				if err := d.once(ctx, raw[int(turn)%len(raw)]); err != nil {
					mu.Lock()
					first = err
					mu.Unlock()
					left.Store(0)
					return
				}
			}
		})
	}
	wg.Wait()
	if first == nil {
		first = ctx.Err()
	}
	return first
}

// driver is one connection at a time.
type driver struct {
	addr   string
	kept   bool
	status int
	dialer net.Dialer
	conn   net.Conn
	in     *bufio.Reader
}

func (d *driver) close() {
	if d.conn != nil {
		_ = d.conn.Close()
		d.conn = nil
	}
}

func (d *driver) once(ctx context.Context, raw []byte) (err error) {
	if d.conn == nil {
		if d.conn, err = d.dialer.DialContext(ctx, "tcp", d.addr); err != nil {
			return err
		}
		if d.in == nil {
			d.in = bufio.NewReaderSize(nil, 16<<10)
		}
		d.in.Reset(d.conn)
	}
	if _, err := d.conn.Write(raw); err != nil {
		return err
	}
	status, closing, err := readAnswer(d.in)
	if err != nil {
		return err
	}
	if status != d.status {
		return fmt.Errorf("answered %d instead of %d", status, d.status)
	}
	if closing || !d.kept {
		d.close()
	}
	return nil
}

// readAnswer reads one answer and forgets its body.
func readAnswer(in *bufio.Reader) (status int, closing bool, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return 0, false, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, false, fmt.Errorf("not an answer: %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, false, err
	}
	length, chunked := 0, false
	for {
		if line, err = in.ReadSlice('\n'); err != nil {
			return 0, false, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch value = bytes.TrimSpace(value); {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, false, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		case bytes.EqualFold(name, []byte("Connection")):
			closing = bytes.EqualFold(value, []byte("close"))
		}
	}
	if chunked {
		return status, closing, skipChunks(in)
	}
	_, err = in.Discard(length)
	return status, closing, err
}

func skipChunks(in *bufio.Reader) error {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(strings.TrimSpace(string(line)), 16, 31)
		if err != nil {
			return err
		}
		if _, err := in.Discard(int(n) + 2); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}
