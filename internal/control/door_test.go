package control

import (
	"encoding/json"
	"strings"
	"testing"
)

// Each of the door's counts is a metric, a different one, and in the API.
func TestTheDoorsCountsCanBeRead(t *testing.T) {
	c, _, _ := newControl(t, nil)
	if body := ask(c, "GET", "/metrics", "").Body.String(); strings.Contains(body, "falochron_connections_open") {
		t.Error("the door's counts are guessed before it is open")
	}
	if w := ask(c, "GET", "/api/v1/door", ""); w.Code != 503 {
		t.Errorf("before it is open: %d", w.Code)
	}
	now := Door{Open: 1, Refused: 2, Evicted: 3, Broken: 4, HandshakesFailed: 5, ProxyMissing: 6, BadRequests: 7, Panics: 8}
	c.SetDoor(func() Door { return now })
	body := ask(c, "GET", "/metrics", "").Body.String()
	for _, line := range []string{
		"# TYPE falochron_connections_open gauge", "falochron_connections_open 1", "falochron_connections_refused_total 2",
		"# TYPE falochron_connections_refused_total counter", "falochron_connections_evicted_total 3", "falochron_connections_broken_total 4",
		"falochron_tls_handshakes_failed_total 5", "falochron_proxy_headers_missing_total 6", "falochron_bad_requests_total 7",
		"falochron_panics_total 8", "falochron_event_streams_open 0", "falochron_event_streams_dropped_total 0",
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("%s is missing", line)
		}
	}
	var got struct{ Door Door }
	if w := ask(c, "GET", "/api/v1/door", ""); w.Code != 200 || json.Unmarshal(w.Body.Bytes(), &got) != nil || got.Door != now {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask(c, "GET", "/api/v1/door", "", header("Authorization", "Bearer "+stockToken)); w.Code != 403 {
		t.Errorf("for a stock token: %d", w.Code)
	}
}
