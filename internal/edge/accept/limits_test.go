package accept

import (
	"io"
	"net/http"
	"testing"

	"golang.org/x/net/http2"
)

// What is announced is what a visitor may make us hold.
func TestHTTP2BoundsAreAnnounced(t *testing.T) {
	s := open(t, Config{H2C: true}, func(http.ResponseWriter, *http.Request) {})
	c := s.dial(t)
	io.WriteString(c, http2.ClientPreface)
	f := http2.NewFramer(c, c)
	f.WriteSettings()
	var settings *http2.SettingsFrame
	window := uint32(65535) // RFC 9113, section 6.9.2: "the initial value"; only WINDOW_UPDATE moves a connection's
	for settings == nil || window == 65535 {
		frame, err := f.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				// The frame is the framer's again at the next read.
				for id, want := range map[http2.SettingID]uint32{
					http2.SettingMaxConcurrentStreams: 100, http2.SettingInitialWindowSize: 64 << 10, http2.SettingMaxFrameSize: 16 << 10,
				} {
					if got, _ := frame.Value(id); got != want {
						t.Errorf("%v is %d, want %d", id, got, want)
					}
				}
				settings = frame
			}
		case *http2.WindowUpdateFrame:
			if frame.StreamID == 0 {
				window += frame.Increment
			}
		}
	}
	if window != 128<<10 {
		t.Errorf("a connection's window is %d", window)
	}
}

func TestDefaultMaxRequests(t *testing.T) {
	for conns, want := range map[int]int{1: 1, 64: 64, 16384: 16384} {
		if got := (Config{MaxConns: conns}).withDefaults().MaxRequests; got != want {
			t.Errorf("%d connections: %d, want %d", conns, got, want)
		}
	}
	if got := (Config{MaxConns: 64, MaxRequests: 7}).withDefaults().MaxRequests; got != 7 {
		t.Errorf("a bound of 7 became %d", got)
	}
}
