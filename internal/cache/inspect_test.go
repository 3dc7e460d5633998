package cache

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A page that has its session in a link or a form was made for the one who holds
// it. Nobody gets it, not even those who wait.
func TestSessionInPage(t *testing.T) {
	const id = "0123456789abcdef"
	for name, x := range map[string]struct {
		cookie, body string
		lines        []string
		reason       string
	}{
		"link":                    {id, "<a href=/?zenid=" + id + ">", nil, "session-in-body"},
		"quoted":                  {`"` + id + `"`, "value='" + id + "'", nil, "session-in-body"},
		"encoded":                 {"s%3A0123456789ab", "token s:0123456789ab", nil, "session-in-body"},
		"compressed":              {id, zipped(strings.Repeat("a line of a page\n", 40<<10) + id), []string{"Content-Encoding: gzip"}, "session-in-body"},
		"at a seam":               {id, zipped(strings.Repeat("x", checkMost-7) + id), []string{"Content-Encoding: gzip"}, "session-in-body"},
		"not gzip":                {id, "plain", []string{"Content-Encoding: gzip"}, "coding"},
		"cut short":               {id, zipped("a page")[:20], []string{"Content-Encoding: gzip"}, "coding"},
		"in a field":              {id, "", []string{"Link: </?sid=" + id + ">"}, "session-in-header"},
		"not there":               {id, "a page", nil, ""},
		"not there, compressed":   {id, zipped(strings.Repeat("a line of a page\n", 40<<10)), []string{"Content-Encoding: gzip"}, ""},
		"short value, everywhere": {"pl", "pl pl pl", nil, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{})
			defer c.Close()
			empty := c.Stats().Bytes
			s := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
				time.Sleep(time.Second)
				resp := response(x.body, append(x.lines, "Set-Cookie: OCSESSID="+x.cookie)...)
				resp.ContentLength = -1
				return resp, nil
			}}
			var cr crowd
			for range 5 {
				r, k := get("/p/1", "Accept-Encoding: gzip")
				cr.sendBy(c, s, forbidden(), r, k)
			}
			cr.wg.Wait()
			synctest.Wait()
			if x.reason == "" {
				if cr.gauges[0].all() != x.body || c.Stats().Objects != 1 {
					t.Errorf("%s: %+v", name, cr.outs)
				}
				return
			}
			if n := cr.count(Passed, x.reason); n != 5 || c.Stats().Objects != 0 {
				t.Errorf("%s: %+v, %+v", name, cr.outs, c.Stats())
			}
			for _, g := range cr.gauges {
				if g.all() != "" || len(g.h) > 0 {
					t.Errorf("%s: somebody got %q", name, g.all())
				}
			}
			if b := c.Stats().Bytes; b != empty {
				t.Errorf("%s: %d bytes left behind", name, b-empty)
			}
			out, _ := visitBy(c, s, forbidden(), "/p/1", "Accept-Encoding: gzip")
			wantOutcome(t, out, Passed, "hit-for-miss")
		})
	}
}

func zipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return b.String()
}

// Wherever the pieces end in which a long body is looked through.
func TestSearchAcrossPieces(t *testing.T) {
	secrets := []string{"0123456789abcdef", "short-one"}
	for at := 64<<10 - 20; at < 64<<10+40; at++ {
		for _, secret := range secrets {
			found, err := search(strings.NewReader(strings.Repeat("x", at)+secret+strings.Repeat("x", 100<<10)), secrets)
			if !found || err != nil {
				t.Fatalf("%s at %d: %v %v", secret, at, found, err)
			}
		}
		found, err := search(strings.NewReader(strings.Repeat("x", at)+"0123456789abcde"), secrets)
		if found || err != nil {
			t.Fatalf("nothing at %d: %v %v", at, found, err)
		}
	}
	if _, err := search(endless{}, secrets); err != errUnpack {
		t.Errorf("an endless body: %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// A sealed body that breaks off, is too large, or is not waited for, ends like any.
func TestSealedEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{MaxObject: 20 << 10})
		defer c.Close()
		empty := c.Stats().Bytes
		cookie := "Set-Cookie: OCSESSID=0123456789abcdef"
		for reason, write := range map[string]func(w *io.PipeWriter){
			"fill-failed": func(w *io.PipeWriter) { w.Write([]byte("half")); w.CloseWithError(io.ErrUnexpectedEOF) },
			"too-large":   func(w *io.PipeWriter) { w.Write(make([]byte, 30<<10)); w.Close() },
		} {
			resp, body := piped(-1, cookie)
			go write(body)
			var cr crowd
			for range 5 {
				r, k := get("/" + reason)
				cr.sendBy(c, &shop{answer: answerWith(resp)}, kind(), r, k)
			}
			if n := cr.count(Failed, reason) + cr.count(Passed, reason) + cr.count(Passed, "hit-for-miss"); n != 5 {
				t.Errorf("%s: %+v", reason, cr.outs)
			}
		}
		// One that never ends is given up like a header that never comes.
		start := time.Now()
		out, _ := visitBy(c, &shop{answer: func(ctx context.Context, _ *http.Request) (*http.Response, error) {
			resp, body := piped(-1, cookie)
			context.AfterFunc(ctx, func() { body.CloseWithError(ctx.Err()) })
			go body.Write([]byte("half"))
			return resp, nil
		}}, kind(), "/stuck")
		if wantOutcome(t, out, Failed, "fill-failed"); time.Since(start) != 30*time.Second {
			t.Errorf("after %v", time.Since(start))
		}
		resp, _ := piped(-1, cookie)
		ctx, leave := context.WithCancel(t.Context())
		r, k := get("/left")
		var cr crowd
		cr.sendBy(c, &shop{answer: answerWith(resp)}, kind(), r.WithContext(ctx), k)
		synctest.Wait()
		leave()
		time.Sleep(returnsWithin)
		synctest.Wait()
		if cr.count(Gone, "client-gone") != 1 || c.Stats().InFlight != 0 {
			t.Errorf("%+v, %+v", cr.outs, c.Stats())
		}
		resp.Body.Close()
		synctest.Wait()
		if st := c.Stats(); st.Bytes != empty || st.Objects != 0 {
			t.Errorf("left behind: %+v", st)
		}
	})
}

// The complete body is looked at before it is stored. Those who read along are not
// harmed; those who come later go by themselves.
func TestCheck(t *testing.T) {
	for name, x := range map[string]struct {
		body, coding string
		ok           bool
	}{
		"marked":     {"<html> data-kind=product", "", true},
		"not marked": {"<html> an error in the shape of a page", "", false},
		"compressed": {zipped("data-kind=product"), "gzip", true},
		"too far":    {strings.Repeat(" ", checkMost) + "data-kind=product", "", false},
		"not gzip":   {"data-kind=product", "gzip", false},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{})
			defer c.Close()
			p := kind()
			p.Check = func(h http.Header, body []byte) string {
				if len(body) > checkMost || h.Get("Content-Type") != "text/html" || h.Get("Content-Encoding") != "" {
					t.Errorf("%s: checks %d bytes, %v", name, len(body), h)
				}
				if bytes.Contains(body, []byte("data-kind=product")) {
					return ""
				}
				return "kind-mark-missing"
			}
			lines := []string{"Content-Type: text/html"}
			if x.coding != "" {
				lines = append(lines, "Content-Encoding: "+x.coding)
			}
			resp, body := piped(-1, lines...)
			var cr crowd
			for range 5 {
				r, k := get("/p/1", "Accept-Encoding: gzip")
				cr.sendBy(c, &shop{answer: answerWith(resp)}, p, r, k)
			}
			synctest.Wait()
			body.Write([]byte(x.body[:4]))
			synctest.Wait()
			if cr.gauges[0].seen() != x.body[:4] {
				t.Errorf("%s: nothing streams", name)
			}
			body.Write([]byte(x.body[4:]))
			body.Close()
			cr.wg.Wait()
			for _, g := range cr.gauges {
				if g.all() != x.body {
					t.Errorf("%s: %d bytes of %d", name, len(g.all()), len(x.body))
				}
			}
			out, _ := visitBy(c, says("x"), p, "/p/1", "Accept-Encoding: gzip")
			if x.ok {
				wantOutcome(t, out, Hit, "micro")
			} else {
				wantOutcome(t, out, Passed, "hit-for-miss")
			}
			if st := c.Stats(); (st.Objects == 1) != x.ok {
				t.Errorf("%s: %+v", name, st)
			}
		})
	}
}

// A fault of ours in the middle of a check keeps nobody waiting and stores nothing.
func TestCheckPanics(t *testing.T) {
	for name, lines := range map[string][]string{"streamed": nil, "sealed": {"Set-Cookie: OCSESSID=0123456789abcdef"}} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{})
			defer c.Close()
			empty := c.Stats().Bytes
			p := kind()
			p.Check = func(http.Header, []byte) string { panic("ours") }
			s := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
				time.Sleep(time.Second)
				return response("page", lines...), nil
			}}
			var cr crowd
			for range 5 {
				r, k := get("/p/1")
				cr.sendBy(c, s, p, r, k)
			}
			if n := cr.count(Failed, "fill-failed") + cr.broken; n != 5 {
				t.Errorf("%s: %d came away: %+v", name, n, cr.outs)
			}
			synctest.Wait()
			if st := c.Stats(); st.Objects != 0 || st.InFlight != 0 || st.Bytes != empty {
				t.Errorf("%s: left behind: %+v", name, st)
			}
		})
	}
}

// A page that has lost its mark takes the one that is stored with it.
func TestCheckRefusesWhatReplaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		p := kind()
		p.Check = func(_ http.Header, body []byte) string {
			if string(body) == "good" {
				return ""
			}
			return "kind-mark-missing"
		}
		visitBy(c, says("good"), p, "/p/1")
		time.Sleep(40 * time.Second)
		out, w := visitBy(c, says("bad"), p, "/p/1")
		if wantOutcome(t, out, Hit, "stale-while-revalidate"); w.Body.String() != "good" {
			t.Errorf("%q", w.Body)
		}
		synctest.Wait()
		out, _ = visitBy(c, says("bad"), p, "/p/1")
		wantOutcome(t, out, Passed, "hit-for-miss")
		if st := c.Stats(); st.Objects != 0 {
			t.Errorf("%+v", st)
		}
	})
}
