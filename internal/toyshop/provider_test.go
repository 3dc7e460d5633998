package toyshop

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The notice is sent 0.5 to 2 s after the charge and again after 1, 2, 4, 8, 15,
// 30 and 60 s, until the shop says 200; nothing else will do.
func TestNoticeIsResentUntil200(t *testing.T) {
	for _, test := range []struct {
		refusals []int
		apart    string
		paid     int
	}{
		{nil, "", 1},
		{[]int{503}, "1s", 1},
		{[]int{202, 302, 204, 500}, "1s 2s 4s 8s", 1},
		{[]int{502, 502, 502, 502, 502, 502, 502}, "1s 2s 4s 8s 15s 30s 1m0s", 1},
		{[]int{502, 502, 502, 502, 502, 502, 502, 502, 502}, "1s 2s 4s 8s 15s 30s 1m0s", 0},
	} {
		t.Run(fmt.Sprint(len(test.refusals), " refusals"), func(t *testing.T) {
			inShop(t, Config{}, func(t *testing.T, s *stage) {
				var sent []time.Time
				s.intercept = func(*http.Request) int {
					sent = append(sent, time.Now())
					if n := len(sent); n <= len(test.refusals) {
						return test.refusals[n-1]
					}
					return 0
				}
				f := &fan{s: s}
				f.add("swieca-molo")
				f.order("ola@example.com")
				charged := time.UnixMilli(s.stats().Charges[0].AtUnixMS)
				if st := s.stats(); st.CallbacksPending != 1 || st.Paid != 0 {
					t.Fatalf("right after the order: %+v", st)
				}
				s.provider.running.Wait()

				if first := sent[0].Sub(charged); first < minNotice || first > maxNotice+time.Millisecond {
					t.Errorf("first notice after %v", first)
				}
				var apart []string
				for i := range sent[1:] {
					apart = append(apart, sent[i+1].Sub(sent[i]).String())
				}
				if got := strings.Join(apart, " "); got != test.apart {
					t.Errorf("sent %s apart, want %s", got, test.apart)
				}
				st := s.stats()
				if st.Paid != test.paid || st.CallbacksConfirmed != test.paid || st.CallbacksLost != 1-test.paid || st.CallbacksPending != 0 {
					t.Errorf("in the end: %+v", st)
				}
			})
		})
	}
}

func TestNoticeMustBeSigned(t *testing.T) {
	inShop(t, Config{}, func(t *testing.T, s *stage) {
		s.intercept = func(*http.Request) int { return 503 }
		f := &fan{s: s}
		f.add("swieca-molo")
		f.order("ola@example.com")
		post := func(text, signature string) int {
			r := httptest.NewRequest("POST", "/platnosc/powiadomienie", strings.NewReader(text))
			r.Header.Set("X-Toypay-Signature", signature)
			rec := httptest.NewRecorder()
			s.handler.ServeHTTP(rec, r)
			return rec.Code
		}
		signed := func(text string) int { return post(text, sign(s.provider.key, []byte(text))) }
		const good = `{"charge":1,"order":1,"amount":7990,"status":"paid"}`
		for _, signature := range []string{"", "00", sign([]byte("guess"), []byte(good))} {
			if got := post(good, signature); got != 403 {
				t.Errorf("signature %q: %d", signature, got)
			}
		}
		if got := signed("{"); got != 400 {
			t.Errorf("not JSON: %d", got)
		}
		if got := signed(`{"order":99,"status":"paid"}`); got != 404 {
			t.Errorf("unknown order: %d", got)
		}
		if st := s.stats(); st.Paid != 0 {
			t.Fatal("a forged notice was believed")
		}
		for range 2 {
			if got := signed(good); got != 200 {
				t.Errorf("good notice: %d", got)
			}
		}
		if st := s.stats(); st.Paid != 1 {
			t.Error("a signed notice was not believed")
		}
	})
}
