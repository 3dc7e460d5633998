package falochron

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A code is the same for ever: links are printed.
func TestShortCodesStay(t *testing.T) {
	for post, want := range map[string]string{"lipstick-1.1": "0tf141kv", "lipstick-1.2": "tbh6vz8r"} {
		if got := ShortCode("lipstick", post, 0); got != want {
			t.Errorf("%s: %s, want %s", post, got, want)
		}
	}
	if ShortCode("a", "b", 0) == ShortCode("a", "b", 1) || ShortCode("a", "bc", 0) == ShortCode("ab", "c", 0) {
		t.Error("different things have the same code")
	}
}

func TestReadShortCode(t *testing.T) {
	ours := 0
	for i := range 4000 {
		code := ShortCode("lipstick", fmt.Sprint(i), 0)
		if got, ok := ReadShortCode(code); !ok || got != code {
			t.Fatalf("%s is read as %q", code, got)
		}
		typed := strings.NewReplacer("1", "I", "0", "O").Replace(strings.ToUpper(code))
		if got, ok := ReadShortCode(typed); !ok || got != code {
			t.Fatalf("%s is read as %q", typed, got)
		}
		swapped := code[1:2] + code[:1] + code[2:]
		if got, ok := ReadShortCode(swapped); ok && swapped != code {
			ours++
			_ = got
		}
	}
	if ours > 4*4000/1024+10 { // one in 1,024
		t.Errorf("%d of 4000 slips of the finger are codes", ours)
	}
	for _, s := range []string{"", "shoes", "lipstick", "summer-1", "00000000", "k3x9pq7", "k3x9pq7dd", "zażółć", "\x00\x00\x00\x00\x00\x00\x00\x00"} {
		if got, ok := ReadShortCode(s); ok {
			t.Errorf("%q is read as %q", s, got)
		}
	}
}

func TestFanLine(t *testing.T) {
	now := time.Date(2026, 12, 1, 19, 0, 0, 0, time.UTC)
	l := FanLine{EN: "soon", PL: "zaraz", Until: now}
	before := now.Add(-time.Second)
	for _, tc := range []struct {
		line FanLine
		lang string
		at   time.Time
		want string
	}{
		{l, "en", before, "soon"}, {l, "pl", before, "zaraz"}, {l, "de", before, "soon"}, {l, "pl", now, ""},
		{FanLine{EN: "soon"}, "pl", now, "soon"}, {FanLine{PL: "zaraz"}, "en", now, "zaraz"}, {FanLine{}, "en", now, ""},
	} {
		if got := tc.line.In(tc.lang, tc.at); got != tc.want {
			t.Errorf("%+v in %s: %q, want %q", tc.line, tc.lang, got, tc.want)
		}
	}
}
