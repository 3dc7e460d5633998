package main

import (
	"context"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/crowd"
)

// target is where a crowd goes. Fans come from many addresses, as they do in life:
// some shops let one address ask for so much and no more, and the whole of
// 127.0.0.0/8 is this machine.
func (d *demo) target(base string) crowd.Target {
	t := crowd.Target{Base: base}
	if d.as == "" {
		return t // the toy shop in its own clothes does not look at addresses
	}
	host := strings.TrimPrefix(base, "http://")
	t.Dial = func(ctx context.Context) (net.Conn, error) {
		from := net.IPv4(127, byte(1+rand.IntN(250)), byte(rand.IntN(256)), byte(1+rand.IntN(254)))
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}, Timeout: 30 * time.Second}
		return dialer.DialContext(ctx, "tcp", host)
	}
	return t
}
