package edge

import (
	"bytes"
	"encoding/xml"
	"net/url"
	"slices"
	"strings"
)

// sitemapMost is how many addresses of a sitemap are read: its first ones, which are the
// shop's own choice of what matters.
const sitemapMost = 50

// sitemap are the addresses that a sitemap or an index of sitemaps names
// (sitemaps.org, protocol 0.9): paths with their query, of that host alone. What is not
// XML to its end is read as far as it is.
func sitemap(body []byte, host string) (paths []string, index bool) {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.Strict = false
	var inLoc bool
	for len(paths) < sitemapMost {
		t, err := d.RawToken()
		if err != nil {
			return paths, index
		}
		switch t := t.(type) {
		case xml.StartElement:
			index = index || t.Name.Local == "sitemapindex"
			inLoc = t.Name.Local == "loc" && (t.Name.Space == "" || !strings.Contains(t.Name.Space, "image"))
		case xml.EndElement:
			inLoc = false
		case xml.CharData:
			if !inLoc {
				continue
			}
			u, err := url.Parse(strings.TrimSpace(string(t)))
			if err != nil || !strings.EqualFold(u.Host, host) || !strings.HasPrefix(u.Path, "/") {
				continue
			}
			if path := u.RequestURI(); !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	return paths, index
}
