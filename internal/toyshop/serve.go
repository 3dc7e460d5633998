package toyshop

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/falochron/falochron"
)

// drainTime is how long a stopping shop goes on with the work at hand.
const drainTime = 10 * time.Second

// Run serves the shop and its backstage until ctx ends or a listener fails,
// then takes no new visitors, finishes the work at hand (for ten seconds at
// most, those who have left included) and closes the shop. Backstage must
// listen on loopback. The listeners are closed in any case.
func (s *Shop) Run(ctx context.Context, shop, backstage net.Listener) error {
	defer shop.Close()
	defer backstage.Close()
	if err := CheckBackstage(backstage); err != nil {
		return errors.Join(err, s.Close())
	}
	if s.provider.shop == "" {
		s.provider.shop = "http://" + shop.Addr().String()
	}
	if err := s.provider.resume(); err != nil {
		return errors.Join(noData(err), s.Close())
	}

	s.warm.Store(time.Now().Add(s.config.Cold).UnixNano())
	seen, came := newSightings(s), newCallers()
	// Header and idle times are nginx's; the answer's time is limited by the pool.
	front := &http.Server{
		Handler: came.watch(seen.watch(s.Handler())), ReadHeaderTimeout: 60 * time.Second, ReadTimeout: 60 * time.Second,
		WriteTimeout: maxTotal + 15*time.Second, IdleTimeout: 75 * time.Second, MaxHeaderBytes: 32 << 10,
	}
	back := &http.Server{Handler: s.backstage(seen, came), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 75 * time.Second}
	failed := make(chan error, 2)
	go func() { failed <- front.Serve(shop) }()
	go func() { failed <- back.Serve(backstage) }()
	s.config.Log.Info("toy shop open", "shop", shop.Addr().String(), "backstage", backstage.Addr().String(),
		"workers", s.config.Workers, "backlog", s.config.Backlog)

	var err error
	serving := 2
	select {
	case <-ctx.Done():
	case err = <-failed:
		serving--
	}

	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if front.Shutdown(drain) != nil {
		_ = front.Close()
	}
	s.pool.drain(drain)
	_ = back.Close()
	for range serving {
		<-failed
	}
	s.config.Log.Info("toy shop closed")
	return errors.Join(err, s.Close())
}

// CheckBackstage refuses a listener that others than this machine can reach:
// backstage tells buyers' addresses and sets the stock.
func CheckBackstage(l net.Listener) error {
	if a, ok := l.Addr().(*net.TCPAddr); !ok || a.IP.IsLoopback() {
		return nil
	}
	return &falochron.Error{
		Kind: falochron.Denied, Op: "toy shop", Public: "backstage would be open to the network",
		Hint: "let it listen on loopback, for example 127.0.0.1:0",
	}
}
