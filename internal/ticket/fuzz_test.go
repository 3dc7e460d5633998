package ticket

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"
)

// FuzzOpenWaiting tries the text as it is, and the bytes of it as a body that we
// signed: the parser behind the MAC must bear whatever an older or newer program
// with our keys may have written.
func FuzzOpenWaiting(f *testing.F) {
	s := ring(f).Shop("lips.example", 7, Lives{})
	good := s.SealWaiting(someWaiting())
	raw, _ := base64.RawURLEncoding.DecodeString(good)
	f.Add(good)
	f.Add(string(raw[headerBytes : len(raw)-macBytes]))
	f.Add("AQAB")
	f.Fuzz(func(t *testing.T, v string) {
		if w, err := s.OpenWaiting(v, evening); err == nil && v != good {
			t.Fatalf("forged: %+v", w)
		}
		w, err := s.OpenWaiting(seal(s.waiting, []byte(v)), evening)
		if err != nil {
			if f, ok := err.(Fault); !ok || f >= NumFaults {
				t.Fatal("fault outside the vocabulary:", err)
			}
			return
		}
		if again, err := s.OpenWaiting(s.SealWaiting(w), evening); err != nil || again.Seq != w.Seq {
			t.Fatal("does not survive sealing:", err)
		}
	})
}

func FuzzOpenInside(f *testing.F) {
	s := ring(f).Shop("lips.example", 7, Lives{})
	good := s.SealInside(someInside())
	f.Add(good)
	f.Add(strings.Repeat("a", insideBytes))
	f.Fuzz(func(t *testing.T, v string) {
		if in, err := s.OpenInside(v, evening); err == nil && v != good {
			t.Fatalf("forged: %+v", in)
		}
		if in, err := s.OpenInside(seal(s.inside, []byte(v)), evening); err == nil && in.Seen.Add(15*time.Minute).Before(evening) {
			t.Fatal("expired and taken")
		}
	})
}

func FuzzParseKeyring(f *testing.F) {
	f.Add(ring(f).Marshal())
	f.Add([]byte(`{"version":1,"root":"","keys":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ParseKeyring(b)
		if err != nil {
			return
		}
		s := k.Shop("x", 1, Lives{})
		if _, err := s.OpenWaiting(s.SealWaiting(Waiting{Arrived: evening}), evening); err != nil {
			t.Fatal("an accepted ring does not work:", err)
		}
	})
}

func FuzzSafePage(f *testing.F) {
	for _, v := range []string{"/p/x", "//evil.example", "/\\evil", "/\t/evil"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		page := SafePage(v)
		if page[0] != '/' || strings.HasPrefix(page, "//") || strings.ContainsAny(page, "\\\r\n\t\x00 ") || len(page) > MaxPage {
			t.Fatalf("%q became %q", v, page)
		}
		if SafePage(page) != page {
			t.Fatalf("%q is not safe the second time", page)
		}
	})
}

func BenchmarkOpenWaiting(b *testing.B) {
	s := ring(b).Shop("lips.example", 7, Lives{})
	v := s.SealWaiting(someWaiting())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.OpenWaiting(v, evening); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenInside(b *testing.B) {
	s := ring(b).Shop("lips.example", 7, Lives{})
	v := s.SealInside(someInside())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.OpenInside(v, evening); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealWaiting(b *testing.B) {
	s := ring(b).Shop("lips.example", 7, Lives{})
	w := someWaiting()
	b.ReportAllocs()
	for b.Loop() {
		s.SealWaiting(w)
	}
}
