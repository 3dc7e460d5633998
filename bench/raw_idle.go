package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
)

// idleBefore are connections that are open before the memory is read for the first
// time: threads, pools and pages that a server makes once are not what a further
// connection costs.
const idleBefore = 200

// measureIdle starts a server anew, opens connections that ask once and stay, and
// reads how much memory the later ones took.
func (f *rawField) measureIdle(ctx context.Context, i int, c rawCase) (m measured, err error) {
	if err := f.restart(ctx, i); err != nil {
		return m, err
	}
	overTLS := c.wire == wireIdleTLS
	addr := f.servers[i].at(overTLS)
	raw := request{c.path, f.headers(i, c.path, overTLS, 0)}.bytes(addr)
	var open []net.Conn
	defer func() {
		for _, conn := range open {
			_ = conn.Close()
		}
	}()
	// more opens n and reads the memory then.
	more := func(n int) (int, error) {
		for range n {
			conn, err := idle(ctx, addr, raw, overTLS)
			if err != nil {
				return 0, err
			}
			open = append(open, conn)
		}
		return treeMemory(f.servers[i].processes)
	}
	before, err := more(idleBefore)
	if err != nil {
		return m, err
	}
	after, err := more(c.requests)
	if err != nil {
		return m, err
	}
	m.cost = float64(after-before) / float64(c.requests)
	return m, f.checkOpen(i, c, open)
}

// idle opens a connection, asks once over it, and leaves it open.
func idle(ctx context.Context, addr string, raw []byte, overTLS bool) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if overTLS {
		conn = tls.Client(conn, rawTLS())
	}
	if err := once(conn, raw); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// once asks over an open connection.
func once(conn net.Conn, raw []byte) error {
	if _, err := conn.Write(raw); err != nil {
		return err
	}
	status, closing, err := readAnswer(bufio.NewReader(conn))
	if err == nil && (status != 200 || closing) {
		err = fmt.Errorf("answered %d, closing %v", status, closing)
	}
	return err
}

// checkOpen asks again over every connection: a server that had closed some has
// not shown what it needs to keep them.
func (f *rawField) checkOpen(i int, c rawCase, open []net.Conn) error {
	raw := request{c.path, f.headers(i, c.path, c.wire.tls(), 0)}.bytes(f.servers[i].at(c.wire.tls()))
	for n, conn := range open {
		if err := once(conn, raw); err != nil {
			return wrong(f.peers[i].name, c, "of %d connections, number %d is not open any more: %v", len(open), n+1, err)
		}
	}
	return nil
}
