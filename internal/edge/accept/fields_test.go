package accept

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// values are those of a request's four fields, by their first letter.
var values = map[byte]hpack.HeaderField{
	'm': {Name: ":method", Value: "GET"}, 'a': {Name: ":authority", Value: "a.example"},
	's': {Name: ":scheme", Value: "https"}, 'p': {Name: ":path", Value: "/produkt/pomadka"},
}

// block writes a request with its fields in an order.
func block(order string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := range len(order) {
		_ = e.WriteField(values[order[i]])
	}
	_ = e.WriteField(hpack.HeaderField{Name: "user-agent", Value: "Mozilla/5.0"})
	return b.Bytes()
}

// begins is how a client opens a connection: settings, a larger window, its first request.
func begins(t testing.TB, w io.Writer, p http2.HeadersFrameParam) *http2.Framer {
	t.Helper()
	if _, err := io.WriteString(w, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	f := http2.NewFramer(w, nil)
	for _, err := range []error{
		f.WriteSettings(http2.Setting{ID: http2.SettingEnablePush, Val: 0}, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 6 << 20}),
		f.WriteWindowUpdate(0, 15<<20), f.WriteHeaders(p),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func first(order string) http2.HeadersFrameParam {
	return http2.HeadersFrameParam{StreamID: 1, BlockFragment: block(order), EndStream: true, EndHeaders: true}
}

func TestTheOrderOfFields(t *testing.T) {
	ranked, padded, parted := first("masp"), first("mpas"), first("mspa")
	ranked.Priority = http2.PriorityParam{StreamDep: 0, Exclusive: true, Weight: 255}
	padded.PadLength = 17
	parted.EndHeaders = false
	for name, c := range map[string]struct {
		frame http2.HeadersFrameParam
		want  Fields
	}{
		"Chrome": {ranked, FieldsChrome}, "Chrome without priority": {first("masp"), FieldsChrome}, "Firefox, padded": {padded, FieldsFirefox},
		"Safari to iOS 17, in parts": {parted, FieldsApple}, "Safari from then on": {first("msap"), FieldsApple},
		"Go": {first("amps"), FieldsOther}, "one is missing": {first("mas"), FieldsOther}, "one comes twice": {first("maspp"), FieldsOther}, "none": {first(""), FieldsOther},
	} {
		var b bytes.Buffer
		begins(t, &b, c.frame)
		for n := range b.Len() {
			if _, whole := orderOf(b.Bytes()[:n]); whole {
				t.Fatalf("%s: known after %d of %d bytes", name, n, b.Len())
			}
		}
		if got, whole := orderOf(b.Bytes()); got != c.want || !whole {
			t.Errorf("%s: %d, %v; want %d", name, got, whole, c.want)
		}
	}
}

// Requests know how the first one on their connection was written, and are answered as
// ever; over HTTP/1 and without TLS nothing is known.
func TestRequestsKnowTheirFields(t *testing.T) {
	seen := make(chan Fields, 1)
	answers := func(w http.ResponseWriter, r *http.Request) {
		seen <- FieldsOf(r.Context())
		_, _ = io.WriteString(w, r.Host+r.URL.Path)
	}
	s := open(t, Config{Certificates: []Pair{newPair(t, t.TempDir(), "a.example")}}, answers)
	for order, want := range map[string]Fields{"masp": FieldsChrome, "mpas": FieldsFirefox, "msap": FieldsApple, "pmas": FieldsOther} {
		c, err := tls.Dial("tcp", s.Addr().String(), &tls.Config{InsecureSkipVerify: true, ServerName: "a.example", NextProtos: []string{"h2"}})
		if err != nil {
			t.Fatal(err)
		}
		begins(t, c, first(order))
		if got := <-seen; got != want {
			t.Errorf("%s: %d, want %d", order, got, want)
		}
		body := ""
		for f := http2.NewFramer(io.Discard, c); ; {
			frame, err := f.ReadFrame()
			if err != nil {
				t.Fatalf("%s: %v", order, err)
			}
			if d, is := frame.(*http2.DataFrame); is {
				body += string(d.Data())
				if d.StreamEnded() {
					break
				}
			}
		}
		if body != "a.example/produkt/pomadka" {
			t.Errorf("%s: %q", order, body)
		}
		_ = c.Close()
	}
	for _, h2 := range []bool{false, true} {
		way := &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: "a.example"}, ForceAttemptHTTP2: h2,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "tcp", s.Addr().String())
			},
		}
		for range 2 { // on one connection
			resp, err := way.RoundTrip(mustRequest("https://a.example/" + strings.Repeat("x", 3000)))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			want := FieldsUnknown
			if h2 {
				want = FieldsOther // Go's own
			}
			if got := <-seen; got != want {
				t.Errorf("HTTP/%d: %d, want %d", resp.ProtoMajor, got, want)
			}
		}
		way.CloseIdleConnections()
	}
}

// Whatever is sent, what is heard of it is bounded and harmless.
func FuzzTheOrderOfFields(f *testing.F) {
	for _, order := range []string{"masp", "mpas", "amps"} {
		var b bytes.Buffer
		begins(f, &b, first(order))
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		order, whole := orderOf(b)
		if !whole && order != FieldsUnknown || whole && order == FieldsUnknown || order > FieldsOther {
			t.Errorf("%d, %v", order, whole)
		}
		if len(b) > 0 {
			if again, was := orderOf(b[:len(b)-1]); was && again != order {
				t.Errorf("%d before the last byte, %d with it", again, order)
			}
		}
	})
}
