package fresh

import (
	"testing"
	"time"
)

// RFC 9111 section 1.2.2: "If a cache receives a delta-seconds value greater
// than the greatest integer it can represent, or if any of its subsequent
// calculations overflows, the cache MUST consider the value to be 2147483648
// (2^31) or the greatest positive integer it can conveniently represent."
func TestDeltaSeconds(t *testing.T) {
	for s, want := range map[string]int64{
		"0": 0, "007": 7, "2147483647": 1<<31 - 1, "2147483648": 1 << 31, "2147483649": 1 << 31,
		"9223372036854775808": 1 << 31, "99999999999999999999999999999": 1 << 31,
	} {
		if n, ok := ParseDelta(s); !ok || n != want {
			t.Errorf("%q: %d %v", s, n, ok)
		}
	}
	for _, s := range []string{"", "-1", "+1", "1.5", "1e3", "0x10", " 1", "1 ", "sixty", "٣"} {
		if n, ok := ParseDelta(s); ok || n != 0 {
			t.Errorf("%q was read as %d", s, n)
		}
	}
	wantStored(t, answer("Cache-Control: public, max-age=99999999999999999999"), (1<<31)*time.Second)
}

// RFC 9111 section 4.2.1: "If the cache is shared and the s-maxage response
// directive is present, use its value, or If the max-age response directive is
// present, use its value, or If the Expires response header field is present,
// use its value minus the value of the Date response header field (using the
// time the message was received if it is not present".
//
// RFC 9111 section 5.2.2.10: "The s-maxage response directive indicates that,
// for a shared cache, the maximum age specified by this directive overrides the
// maximum age specified by either the max-age directive or the Expires header
// field."
//
// RFC 9111 section 5.3: "If a response includes a Cache-Control header field
// with the max-age directive, a recipient MUST ignore the Expires header field.
// Likewise, if a response includes the s-maxage directive, a shared cache
// recipient MUST ignore the Expires header field."
func TestLifetimeOrder(t *testing.T) {
	const expires = "Expires: Sun, 01 Mar 2026 12:00:10 GMT"
	wantStored(t, answer("Cache-Control: public, max-age=30, s-maxage=20", expires), 20*time.Second)
	wantStored(t, answer("Cache-Control: public, s-maxage=40, max-age=30", expires), 40*time.Second)
	wantStored(t, answer("Cache-Control: public, max-age=30", expires), 30*time.Second)
	wantStored(t, answer("Cache-Control: public", expires), 10*time.Second)
	wantRefused(t, answer("Cache-Control: public, max-age=60, s-maxage=0", expires), "stale")
	wantRefused(t, answer("Cache-Control: public, max-age=0", expires), "stale")
	x := answer("Cache-Control: public", expires, "Date: Sun, 01 Mar 2026 11:59:55 GMT")
	wantStored(t, x, 15*time.Second)
	if d := Storable(x, Policy{}); d.Age != 5*time.Second {
		t.Errorf("age %v", d.Age)
	}
}

// RFC 9111 section 4.2.1: "When there is more than one value present for a given
// directive (e.g., two Expires header field lines or multiple Cache-Control:
// max-age directives), either the first occurrence should be used or the
// response should be considered stale." We take the second way, unless they
// agree.
func TestContradictions(t *testing.T) {
	wantRefused(t, answer("Cache-Control: public, max-age=60, max-age=30"), "stale")
	wantRefused(t, answer("Cache-Control: public, max-age=60", "Cache-Control: max-age=0"), "stale")
	wantRefused(t, answer("Cache-Control: public, s-maxage=60, s-maxage=61"), "stale")
	wantStored(t, answer("Cache-Control: public, max-age=60, max-age=60"), time.Minute)
	wantRefused(t, answer("Cache-Control: public", "Expires: Sun, 01 Mar 2026 13:00:00 GMT", "Expires: 0"), "stale")
}

// RFC 9111 section 4.2.1: "Caches are encouraged to consider responses that have
// invalid freshness information (e.g., a max-age directive with non-integer
// content) to be stale."
func TestInvalidFreshness(t *testing.T) {
	for _, cc := range []string{
		"max-age", "max-age=", "max-age=abc", "max-age=1.5", "max-age=-60", "max-age=60s", "max-age = 60", "max-age= 60",
		"max-age =60", `max-age="60"x`, `max-age="60`, "max-age='60'", "s-maxage=x, max-age=60", `max-age=""`,
	} {
		wantRefused(t, answer("Cache-Control: public, "+cc, "Expires: Sun, 01 Mar 2026 13:00:00 GMT"), "stale")
	}
}

// RFC 9111 section 5.3: "A cache recipient MUST interpret invalid date formats,
// especially the value "0", as representing a time in the past (i.e., "already
// expired")."
//
// RFC 9111 section 4.2: "Although all date formats are specified to be
// case-sensitive, a cache recipient SHOULD match the field value
// case-insensitively."; "A cache recipient SHOULD consider a date with a zone
// abbreviation other than "GMT" to be invalid for calculating expiration."
func TestDates(t *testing.T) {
	for _, e := range []string{
		"0", "-1", "", "now", "Sun, 01 Mar 2026 13:00:00 CET", "Sunday, 01-Mar-26 13:00:00 EST",
		"Sun, 01 Mar 2026 13:00:00 +0100", "Sun, 01 Mar 2026 13:00:00", "2026-03-01T13:00:00Z",
	} {
		wantRefused(t, answer("Cache-Control: public", "Expires: "+e), "stale")
	}
	for _, e := range []string{
		"Sun, 01 Mar 2026 13:00:00 GMT", "sun, 01 mar 2026 13:00:00 gmt", "SUN, 01 MAR 2026 13:00:00 GMT",
		"Sunday, 01-Mar-26 13:00:00 GMT", "Sun Mar  1 13:00:00 2026",
	} {
		wantStored(t, answer("Cache-Control: public", "Expires: "+e), time.Hour)
	}
	wantStored(t, answer("Cache-Control: public", "Expires: Fri, 31 Dec 9999 23:59:59 GMT"), maxDelta*time.Second)
}

// RFC 9111 section 4.2.3: "apparent_age = max(0, response_time - date_value);
// response_delay = response_time - request_time; corrected_age_value = age_value
// + response_delay; corrected_initial_age = max(apparent_age,
// corrected_age_value);"
func TestInitialAge(t *testing.T) {
	for _, c := range []struct {
		name      string
		lines     []string
		requested time.Time
		want      time.Duration
	}{
		{"nothing said", nil, noon, 0},
		{"old date", []string{"Date: Sun, 01 Mar 2026 11:59:00 GMT"}, noon, time.Minute},
		{"shop's clock ahead", []string{"Date: Sun, 01 Mar 2026 12:05:00 GMT"}, noon, 0},
		{"slow answer", nil, noon.Add(-3 * time.Second), 3 * time.Second},
		{"age plus delay", []string{"Age: 10"}, noon.Add(-3 * time.Second), 13 * time.Second},
		{"the greater counts", []string{"Age: 10", "Date: Sun, 01 Mar 2026 11:59:00 GMT"}, noon, time.Minute},
		{"age too large", []string{"Age: 99999999999999"}, noon, maxDelta * time.Second},
		// RFC 9111 section 5.1: "a cache encountering a message with a list-based
		// Age field value SHOULD use the first member of the field value, discarding
		// subsequent ones."
		{"list", []string{"Age: 10, 20"}, noon, 10 * time.Second},
		{"two lines", []string{"Age: 10", "Age: 20"}, noon, 10 * time.Second},
		// RFC 9111 section 5.1: "If the field value (after discarding additional
		// members, as per above) is invalid (e.g., it contains something other than a
		// non-negative integer), a cache SHOULD ignore the field."
		{"invalid", []string{"Age: -5"}, noon, 0},
		{"invalid first", []string{"Age: old, 20"}, noon, 0},
	} {
		if got := InitialAge(header(c.lines...), c.requested, noon); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// RFC 9111 section 4.2: "response_is_fresh = (freshness_lifetime > current_age)"
func TestFreshOnArrival(t *testing.T) {
	wantRefused(t, answer("Cache-Control: public, max-age=10", "Age: 10"), Late)
	wantStored(t, answer("Cache-Control: public, max-age=10", "Age: 9"), 10*time.Second)
	wantRefused(t, answer("Cache-Control: public, max-age=0", "Age: 10"), "stale")
	// RFC 5861 section 3: "When present in an HTTP response, the stale-while-
	// revalidate Cache-Control extension indicates that caches MAY serve the
	// response in which it appears after it becomes stale, up to the indicated
	// number of seconds."
	slow := "Cache-Control: public, max-age=1, stale-while-revalidate=9"
	wantStored(t, answer(slow, "Age: 9"), time.Second)
	wantRefused(t, answer(slow, "Age: 10"), Late)
	wantRefused(t, answer(slow+", must-revalidate", "Age: 1"), Late)
}
