package external

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/netutil"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
)

// metricName is what KEDA calls the number, with the trigger's index before it.
const metricName = "falochron-replicas"

// The bounds of what may come in. KEDA's operator has one connection for each address, and
// asks every few seconds; a question is as large as the trigger's metadata.
const (
	mostQuestion    = 64 << 10 // bytes
	mostHeader      = 16 << 10
	mostConnections = 64
	mostStreams     = 64 // of one connection
	greeting        = 10 * time.Second
	idle            = 15 * time.Minute
)

// server answers KEDA's questions. What it serves is written down in
// https://keda.sh/docs/latest/concepts/external-scalers/; StreamMetricSpec, which newer
// versions ask for if it is there, is not: our target never changes.
type server struct {
	d    *Driver
	grpc *grpc.Server
	addr string
	done chan struct{}
}

// answers are the calls of the contract; grpc checks that a server has them.
type answers interface {
	active(*ref) (isActive, error)
	spec(*ref) (metrics, error)
	metrics(*request) (metrics, error)
	watch(grpc.ServerStream) error
}

func serve(d *Driver, l net.Listener) *server {
	s := &server{d: d, addr: l.Addr().String(), done: make(chan struct{})}
	s.grpc = grpc.NewServer(
		grpc.ForceServerCodecV2(codec{}),
		grpc.MaxRecvMsgSize(mostQuestion), grpc.MaxHeaderListSize(mostHeader), grpc.MaxConcurrentStreams(mostStreams),
		grpc.ConnectionTimeout(greeting), grpc.WaitForHandlers(true),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: idle, Time: time.Minute, Timeout: 20 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
	)
	s.grpc.RegisterService(&grpc.ServiceDesc{
		ServiceName: "externalscaler.ExternalScaler", HandlerType: (*answers)(nil),
		Methods: []grpc.MethodDesc{
			{MethodName: "IsActive", Handler: handle(s.active)},
			{MethodName: "GetMetricSpec", Handler: handle(s.spec)},
			{MethodName: "GetMetrics", Handler: handle(s.metrics)},
		},
		Streams: []grpc.StreamDesc{{
			StreamName: "StreamIsActive", ServerStreams: true,
			Handler: func(_ any, stream grpc.ServerStream) error { return s.watch(stream) },
		}},
	}, s)
	go func() {
		defer close(s.done)
		_ = s.grpc.Serve(netutil.LimitListener(&door{Listener: l, d: d}, mostConnections)) // it ends with stop
	}()
	return s
}

// handle is a call of one question and one answer, as grpc has it.
func handle[Q, A any](do func(*Q) (A, error)) grpc.MethodHandler {
	return func(_ any, _ context.Context, read func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		q := new(Q)
		if err := read(q); err != nil {
			return nil, err
		}
		return do(q)
	}
}

// stop ends all connections.
func (s *server) stop() {
	s.grpc.Stop()
	<-s.done
}

// door closes connections of those who may not ask.
type door struct {
	net.Listener
	d *Driver
}

// Accept waits for somebody who may ask.
func (l *door) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from, err := netip.ParseAddrPort(c.RemoteAddr().String())
		if err == nil && l.d.cfg.may(from.Addr()) {
			return c, nil
		}
		_ = c.Close()
		l.d.log.Debug("somebody asked how many replicas are wanted who may not", "from", c.RemoteAddr().String(), "hint", "fleet.external.allow names who may")
	}
}

// ours refuses a trigger that means another shop.
func (s *server) ours(r *ref) error {
	if named := r.metadata["shop"]; named != "" && named != s.d.cfg.Shop {
		return status.Errorf(codes.NotFound, "this is the address of shop %q; the trigger's metadata names %.100q", s.d.cfg.Shop, named)
	}
	return nil
}

// wish is what is told now; an error where nothing is known, so that KEDA leaves the
// replicas as they are, or does what its fallback says.
func (s *server) wish(r *ref) (wish, error) {
	if err := s.ours(r); err != nil {
		return wish{}, err
	}
	w := s.d.wish(time.Now())
	if !w.known {
		return w, status.Error(codes.Unavailable, w.why)
	}
	return w, nil
}

func (s *server) active(r *ref) (isActive, error) {
	w, err := s.wish(r)
	return w.replicas > 0, err
}

// spec asks for one replica for each that is wanted.
func (s *server) spec(r *ref) (metrics, error) {
	return metrics{{metricName, 1}}, s.ours(r)
}

func (s *server) metrics(r *request) (metrics, error) {
	if r.metric != "" && r.metric != metricName {
		return nil, status.Errorf(codes.NotFound, "there is no metric %.100q, only %s", r.metric, metricName)
	}
	w, err := s.wish(&r.ref)
	return metrics{{metricName, w.replicas}}, err
}

// watch tells at once whether anything is wanted, and then whenever that changes.
func (s *server) watch(stream grpc.ServerStream) error {
	var r ref
	if err := stream.RecvMsg(&r); err != nil {
		return err
	}
	if err := s.ours(&r); err != nil {
		return err
	}
	told, was := false, false
	for {
		w := s.d.wish(time.Now())
		if is := w.replicas > 0; w.known && (!told || is != was) {
			if err := stream.SendMsg(isActive(is)); err != nil {
				return err
			}
			told, was = true, is
		}
		if !s.pause(stream.Context(), w) {
			return fmt.Errorf("nobody listens any more: %w", stream.Context().Err())
		}
	}
}

// pause waits until the wish may have changed; false: nobody listens any more.
func (s *server) pause(ctx context.Context, w wish) bool {
	var over <-chan time.Time
	if !w.until.IsZero() {
		t := time.NewTimer(time.Until(w.until))
		defer t.Stop()
		over = t.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-w.changed:
	case <-over:
	}
	return true
}
