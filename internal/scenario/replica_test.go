package scenario

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/origin"
)

// A replica that is new is asked for what people come for, one thing after the other: where
// announced posts lead, where newcomers land, what its sitemap names; and for nothing of
// anybody else's.
func TestANewReplicaIsWarmed(t *testing.T) {
	story(t, func(w *world) {
		s := boutique(w)
		plain := s.handler
		s.handler = func(rw http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/sitemap.xml":
				io.WriteString(rw, `<sitemapindex><sitemap><loc>http://a.example/part-1.xml</loc></sitemap></sitemapindex>`)
			case "/part-1.xml":
				io.WriteString(rw, `<urlset><url><loc>http://a.example/p/cream?v=1</loc></url><url><loc>http://evil.example/p/steal</loc></url><url><loc>ftp:x</loc></url></urlset>`)
			default:
				plain(rw, r)
			}
		}
		w.start(falochron.ModeAuto, origin.Config{})
		p := w.planner()
		p.post(5*time.Minute, "http://a.example/p/lipstick")
		for range 3 {
			w.visitor("a.example").do("GET", "/p/red", opens(inInstagram, ""))
		}
		advance(10 * time.Second)
		w.expect("no such shop", w.edge.WarmReplica("b", "http://"+s.address), false)
		w.expect("no such replica", w.edge.WarmReplica("a", "http://192.0.2.9"), false)
		asked := map[string]int{}
		for _, path := range []string{"/p/lipstick", "/p/red", "/p/cream", "/p/steal", "/"} {
			asked[path] = s.requests(path)
		}
		w.expect("taken", w.edge.WarmReplica("a", "http://"+s.address), true)
		advance(20 * time.Second)
		for path, most := range map[string]int{"/p/red": 1, "/p/cream": 1, "/": 1, "/p/steal": 0} {
			w.expect(path, s.requests(path)-asked[path], most)
		}
		if s.requests("/p/lipstick") == asked["/p/lipstick"] {
			t.Error("not asked for where the post leads")
		}
		var said string
		for _, r := range w.journal.Since(time.Time{}, journal.Filter{}) {
			if strings.Contains(r.Note, "new replica") {
				said = r.Note
			}
		}
		w.expect("said", said, "warmed the new replica http://"+s.address+": 2 of 4 pages") // lipstick and the front page; the others are not there
	})
}
