package memnet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func pair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	var n Net
	l, err := n.Listen("10.0.0.1:80")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err = n.DialFrom(t.Context(), netip.MustParseAddr("192.0.2.7"), "10.0.0.1:80")
	if err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return client, server
}

func TestBytesComeOutInOrderPastTheBuffer(t *testing.T) {
	client, server := pair(t)
	sent := make([]byte, 3*bufferSize+17)
	for i := range sent {
		sent[i] = byte(i * 7)
	}
	go func() {
		client.Write(sent)
		client.Close()
	}()
	got, err := io.ReadAll(server)
	if err != nil || !bytes.Equal(got, sent) {
		t.Fatalf("read %d bytes, %v; want %d and no error", len(got), err, len(sent))
	}
	if host, _, _ := net.SplitHostPort(server.RemoteAddr().String()); host != "192.0.2.7" {
		t.Errorf("peer is %s, want 192.0.2.7", host)
	}
}

func TestWriteWaitsForAFullBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t)
		client.SetWriteDeadline(time.Now().Add(time.Minute))
		start := time.Now()
		n, err := client.Write(make([]byte, bufferSize+1))
		if n != bufferSize || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Minute {
			t.Fatalf("wrote %d, %v after %v; want %d and a deadline after 1m", n, err, time.Since(start), bufferSize)
		}
		server.Close()
		client.Close()
	})
}

func TestDeadlineMovesUnderAWaitingReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t)
		defer server.Close()
		defer client.Close()
		client.SetReadDeadline(time.Now().Add(time.Hour))
		done := make(chan time.Duration)
		start := time.Now()
		go func() {
			_, err := client.Read(make([]byte, 1))
			var timeout net.Error
			if !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Errorf("read: %v, want a time-out", err)
			}
			done <- time.Since(start)
		}()
		synctest.Wait()
		client.SetReadDeadline(time.Now().Add(time.Second))
		if took := <-done; took != time.Second {
			t.Errorf("woke after %v, want 1s", took)
		}
		client.SetReadDeadline(time.Time{})
		server.Write([]byte("x"))
		if _, err := client.Read(make([]byte, 1)); err != nil {
			t.Errorf("read after the deadline was lifted: %v", err)
		}
	})
}

func TestHalfCloseAndAbort(t *testing.T) {
	client, server := pair(t)
	client.(*Conn).CloseWrite()
	if _, err := server.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("read after the peer's half-close: %v, want EOF", err)
	}
	server.Write([]byte("still here"))
	if got := make([]byte, 10); true {
		if _, err := io.ReadFull(client, got); err != nil || string(got) != "still here" {
			t.Errorf("other direction: %q, %v", got, err)
		}
	}
	server.Write([]byte("lost"))
	server.(*Conn).Abort()
	if _, err := client.Read(make([]byte, 4)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read after a reset: %v, want ECONNRESET", err)
	}
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("read at the aborted end: %v, want net.ErrClosed", err)
	}
}

func TestNobodyListens(t *testing.T) {
	var n Net
	if _, err := n.DialContext(t.Context(), "tcp", "10.0.0.1:80"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial: %v, want ECONNREFUSED", err)
	}
	l, _ := n.Listen("10.0.0.1:80")
	if _, err := n.Listen("10.0.0.1:80"); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("second listen: %v, want EADDRINUSE", err)
	}
	waiting, _ := n.DialContext(t.Context(), "tcp", "10.0.0.1:80")
	l.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("accept after close: %v, want net.ErrClosed", err)
	}
	if _, err := waiting.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("connection nobody accepted: %v, want ECONNRESET", err)
	}
}

// The reason this package exists: a whole HTTP conversation with waiting in
// it, inside a bubble, in no time.
func TestHTTPInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n Net
		l, _ := n.Listen("10.0.0.1:80")
		srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(30 * time.Second)
			io.WriteString(w, "done")
		})}
		go srv.Serve(l)
		tr := &http.Transport{DialContext: n.DialContext}
		client := &http.Client{Transport: tr}
		start := time.Now()
		resp, err := client.Get("http://10.0.0.1:80/")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if string(body) != "done" || time.Since(start) != 30*time.Second {
			t.Errorf("%q after %v, want done after 30s", body, time.Since(start))
		}
		tr.CloseIdleConnections()
		srv.Shutdown(context.Background())
	})
}
