package external

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

func order(t testing.TB, d *Driver, n int) {
	t.Helper()
	if _, err := d.Scale(t.Context(), fleet.Want{Replicas: n, Expires: time.Now().Add(time.Hour), Reason: "wave"}); err != nil {
		t.Fatal(err)
	}
}

// KEDA is told the number while an order is in force, nothing before the first one and
// after our end, and none after the last one is over.
func TestWhatKEDAIsTold(t *testing.T) {
	d := open(t, newCluster(t, 1))
	defer d.Close()
	k := newKEDA(t, d.Addr())
	tell := func(when string, metric string, active bool, code codes.Code) {
		t.Helper()
		got, err := k.metrics(metricName)
		is, errActive := k.isActive()
		if status.Code(err) != code || status.Code(errActive) != code || code == codes.OK && (got != metric || is != active) {
			t.Errorf("%s: %q, %v; active %v, %v; wants %q, active %v, %s", when, got, err, is, errActive, metric, active, code)
		}
	}
	tell("before the first order", "", false, codes.Unavailable)
	if spec, err := k.spec(); err != nil || spec != "falochron-replicas 1 1" {
		t.Errorf("spec %q, %v", spec, err)
	}
	order(t, d, 7)
	tell("seven are ordered", "falochron-replicas 7 7", true, codes.OK)
	order(t, d, 10_000)
	tell("as many as there may be", "falochron-replicas 10000 10000", true, codes.OK)
	if w := d.wish(time.Now().Add(2 * time.Hour)); !w.known || w.replicas != 0 { // also if nobody restores
		t.Errorf("when the order is over: %+v", w)
	}
	if _, err := d.Restore(t.Context(), time.Now().Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	tell("it is over", "falochron-replicas 0 0", false, codes.OK)
	_ = d.Close()
	tell("we are gone", "", false, codes.Unavailable)
}

// Who only listens hears at once what is, and then each change.
func TestStream(t *testing.T) {
	d := open(t, newCluster(t, 1))
	defer d.Close()
	heard := newKEDA(t, d.Addr()).watch(t.Context())
	hear := func(want, more bool) {
		t.Helper()
		select {
		case got, ok := <-heard:
			if ok != more || got != want {
				t.Errorf("heard %v, goes on %v; wants %v, %v", got, ok, want, more)
			}
		case <-time.After(patience):
			t.Fatalf("nothing is heard, wants %v", want)
		}
	}
	order(t, d, 3)
	hear(true, true)
	if _, err := d.Restore(t.Context(), time.Now().Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	hear(false, true)
	order(t, d, 2)
	hear(true, true)
	_ = d.Close()
	hear(false, false)
}

// A trigger that means another shop, or another metric, is told so.
func TestWrongTrigger(t *testing.T) {
	d := open(t, newCluster(t, 1))
	defer d.Close()
	order(t, d, 3)
	k := newKEDA(t, d.Addr())
	if got, err := k.metrics("s0-queue"); status.Code(err) != codes.NotFound {
		t.Errorf("another metric: %q, %v", got, err)
	}
	k.metadata["shop"] = "hats"
	_, active := k.isActive()
	_, spec := k.spec()
	_, metrics := k.metrics(metricName)
	for what, err := range map[string]error{"active": active, "spec": spec, "metrics": metrics} {
		if status.Code(err) != codes.NotFound || !strings.Contains(err.Error(), `"hats"`) {
			t.Errorf("%s of another shop: %v", what, err)
		}
	}
	select {
	case is, ok := <-k.watch(t.Context()):
		if ok {
			t.Errorf("another shop's trigger is told %v", is)
		}
	case <-time.After(patience):
		t.Error("another shop's trigger is listened to")
	}
	delete(k.metadata, "shop")
	if got, err := k.metrics(metricName); err != nil || got != "falochron-replicas 3 3" {
		t.Errorf("a trigger that names none: %q, %v", got, err)
	}
}

// raw sends bytes as they are.
type raw struct{}

func (raw) Name() string { return "proto" }
func (raw) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(v.([]byte))}, nil
}
func (raw) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

// Rubbish is refused, whatever asks too much gets nothing, and the next one is served.
func TestRubbish(t *testing.T) {
	d := open(t, newCluster(t, 1))
	defer d.Close()
	order(t, d, 3)
	conn, err := grpc.NewClient(d.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.ForceCodecV2(raw{})))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	send := func(method string, b []byte) error {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		var out []byte
		return conn.Invoke(ctx, method, b, &out)
	}
	const scaler = "/externalscaler.ExternalScaler/"
	for what, c := range map[string]struct {
		method string
		body   []byte
		code   codes.Code
	}{
		"no message":              {scaler + "IsActive", []byte("\xff\xff\xff\xff"), codes.Internal},
		"a length that lies":      {scaler + "GetMetrics", []byte("\x0a\x7f\x00"), codes.Internal},
		"too large":               {scaler + "GetMetrics", make([]byte, mostQuestion+1), codes.ResourceExhausted},
		"too much metadata":       {scaler + "IsActive", []byte(strings.Repeat("\x1a\x05\x0a\x03abc", 3) + many(mostMetadata+1)), codes.Internal},
		"what newer ones ask for": {scaler + "StreamMetricSpec", nil, codes.Unimplemented},
		"what there is":           {"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", nil, codes.Unimplemented},
	} {
		if err := send(c.method, c.body); status.Code(err) != c.code {
			t.Errorf("%s: %v, wants %s", what, err, c.code)
		}
	}
	// What is no HTTP/2 at all.
	c, err := net.Dial("tcp", d.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
	_ = c.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(io.Discard, io.LimitReader(c, 1<<20)); err != nil && !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the connection stays open: %v", err)
	}
	if got, err := newKEDA(t, d.Addr()).metrics(metricName); err != nil || got != "falochron-replicas 3 3" {
		t.Errorf("after all that: %q, %v", got, err)
	}
}

// many are n entries of metadata.
func many(n int) (s string) {
	for i := range n {
		s += "\x1a\x04\x0a\x02" + string([]byte{byte('a' + i/26), byte('a' + i%26)})
	}
	return s
}

// Whatever comes is read or refused; what the library writes is read as it was meant.
func FuzzQuestion(f *testing.F) {
	k := &keda{TB: f, contract: contract(f), metadata: map[string]string{"shop": "boots", "zażółć": ""}}
	for _, m := range []proto.Message{k.ref(), k.message("ScaledObjectRef"), k.message("GetMetricsRequest")} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("\x0a\x7f"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r ref
		err := r.read(b)
		_ = new(request).read(b)
		m := k.message("ScaledObjectRef")
		if proto.Unmarshal(b, m) != nil || len(r.metadata) > mostMetadata {
			return // the library refuses more: what is no UTF-8
		}
		if err != nil {
			t.Fatalf("the library reads it, and we say %v", err)
		}
		entries := of(m, "scalerMetadata").Map()
		if entries.Len() != len(r.metadata) {
			t.Fatalf("%d entries, the library has %d", len(r.metadata), entries.Len())
		}
	})
}

// Which replicas there are is what the name says, oldest first.
func TestObserve(t *testing.T) {
	c := newCluster(t, 2)
	d := open(t, c)
	defer d.Close()
	st, err := d.Observe(t.Context())
	if err != nil || len(st.Replicas) != 2 || st.Replicas[0].URL != "http://10.1.0.1:8080" || st.Wanted != 2 || !st.Replicas[0].Since.IsZero() {
		t.Fatalf("%+v, %v", st, err)
	}
	c.mu.Lock()
	c.pods = []netip.Addr{netip.MustParseAddr("10.0.0.9"), c.pods[1], netip.MustParseAddr("::ffff:10.1.0.2"), netip.MustParseAddr("fd00::1")}
	c.mu.Unlock()
	st, err = d.Observe(t.Context())
	if err != nil || len(st.Replicas) != 2 || st.Replicas[0].ID != "10.1.0.2" || st.Replicas[1].ID != "10.0.0.9" || st.Replicas[1].Since.IsZero() {
		t.Errorf("%+v, %v", st, err)
	}
	c.mu.Lock()
	c.pods = []netip.Addr{netip.MustParseAddr("fd00::1")}
	c.mu.Unlock()
	if st, err = d.Observe(t.Context()); err != nil || len(st.Replicas) != 1 || st.Replicas[0].URL != "http://[fd00::1]:8080" {
		t.Errorf("%+v, %v", st, err)
	}
}

// A name without an address is a mistake, or a shop that is down, by what was seen before.
func TestNoAddress(t *testing.T) {
	none := func(context.Context, string) ([]netip.Addr, error) {
		return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
	}
	d := open(t, newCluster(t, 1))
	defer d.Close()
	good := d.lookup
	d.lookup = none
	if _, err := d.Observe(t.Context()); falochron.KindOf(err) != falochron.NotFound || falochron.HintOf(err) == "" {
		t.Errorf("at first: %v", err)
	}
	d.lookup = good
	if st, err := d.Observe(t.Context()); err != nil || st.Ready() != 1 {
		t.Errorf("%+v, %v", st, err)
	}
	d.lookup = none
	if st, err := d.Observe(t.Context()); err != nil || len(st.Replicas) != 0 {
		t.Errorf("later: %+v, %v", st, err)
	}
	asked := 0
	d.lookup = func(context.Context, string) ([]netip.Addr, error) {
		asked++
		return nil, &net.DNSError{Err: "server misbehaving", IsTemporary: true}
	}
	begun := time.Now()
	for range 200 {
		if _, err := d.Observe(t.Context()); falochron.KindOf(err) != falochron.Unavailable || falochron.HintOf(err) == "" {
			t.Fatalf("a name server in trouble: %v", err)
		}
	}
	if most := 1 + int(time.Since(begun)/time.Second); asked > most {
		t.Errorf("it was asked %d times, at most %d", asked, most)
	}
	order(t, d, 4) // what is wanted is told all the same
	if got, err := newKEDA(t, d.Addr()).metrics(metricName); err != nil || got != "falochron-replicas 4 4" {
		t.Errorf("%q, %v", got, err)
	}
}

// Without a name the owner's origins that answer are the replicas.
func TestOrigins(t *testing.T) {
	d, err := New(Config{Shop: "boots", Origins: func() []falochron.ReplicaVitals {
		return []falochron.ReplicaVitals{{URL: "http://10.0.0.1:80", Healthy: true}, {URL: "http://10.0.0.2:80"}, {URL: "http://10.0.0.3:80", Healthy: true}}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	st, err := d.Observe(t.Context())
	if err != nil || st.Ready() != 2 || st.Wanted != 2 || st.Replicas[0].URL != "" || d.Addr() != "" {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestConfigFaults(t *testing.T) {
	pods := podsURL()
	for what, cfg := range map[string]Config{
		"nobody knows the replicas": {}, "a path": {Replicas: pods.JoinPath("x")}, "no address": {Replicas: pods, Listen: "127.0.0.1:x"},
		"time goes back": {Replicas: pods, Timeout: -1},
	} {
		if d, err := New(cfg); falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" && what == "no address" {
			t.Errorf("%s: %v, %v", what, d, err)
		}
	}
	c := Config{Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	for ip, want := range map[string]bool{"127.0.0.1": true, "::1": true, "::ffff:10.1.2.3": true, "10.1.2.3": true, "192.168.1.1": false, "fd00::1": false} {
		if got := c.may(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s may ask: %v", ip, got)
		}
	}
}
