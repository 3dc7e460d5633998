package edge

import (
	"fmt"
	"strings"
	"testing"
)

func TestSitemap(t *testing.T) {
	for _, q := range []struct {
		name, body, want string
		index            bool
	}{
		{"a shop's", `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
			<url><loc> https://a.example/p/1 </loc><image:image><image:loc>https://a.example/1.png</image:loc></image:image></url>
			<url><loc>https://a.example/p/2?x=1&amp;y=2</loc></url><url><loc>https://a.example/p/1</loc></url></urlset>`, "[/p/1 /p/2?x=1&y=2]", false},
		{"an index", `<sitemapindex><sitemap><loc>https://A.example/s1.xml</loc></sitemap></sitemapindex>`, "[/s1.xml]", true},
		{"of others", `<urlset><url><loc>https://b.example/</loc></url><url><loc>javascript:alert(1)</loc></url><url><loc>//a.example/x</loc></url></urlset>`, "[/x]", false},
		{"cut off", `<urlset><url><loc>https://a.example/p/1</loc></url><url><loc>https://a.exa`, "[/p/1]", false},
		{"none", `<html><body>not found`, "[]", false},
	} {
		got, index := sitemap([]byte(q.body), "a.example")
		if fmt.Sprint(got) != q.want || index != q.index {
			t.Errorf("%s: %v %v, want %s %v", q.name, got, index, q.want, q.index)
		}
	}
	long := strings.Builder{}
	for i := range 10 * sitemapMost {
		fmt.Fprintf(&long, "<loc>http://a.example/%d</loc>", i)
	}
	if got, _ := sitemap([]byte(long.String()), "a.example"); len(got) != sitemapMost {
		t.Errorf("%d addresses of a long one", len(got))
	}
}

func FuzzSitemap(f *testing.F) {
	f.Add([]byte(`<urlset><url><loc>https://a.example/p/1</loc></url></urlset>`))
	f.Add([]byte(`<loc>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		paths, _ := sitemap(body, "a.example")
		for _, p := range paths {
			if len(paths) > sitemapMost || !strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "?") {
				t.Errorf("%q of %d", p, len(paths))
			}
		}
	})
}
