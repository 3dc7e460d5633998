package edge

import (
	"bytes"
	"compress/gzip"
	"hash/maphash"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
)

// pageFiles is how many files of the shop's own host its pages name, by path. It is read
// off the pages as they pass, each anew every ten minutes: who fetches no files from a page
// that has none is no program. Lock-free; the memory does not grow, and a path that takes
// another's slot makes that one unknown.
type pageFiles struct {
	slots   [filesSlots]atomic.Uint64 // see filesNote
	reading atomic.Int32              // pages that are being read now
	seed    maphash.Seed
	began   time.Time
}

const (
	filesSlots  = 1 << 12
	filesMost   = 4                // of a page are told apart, as the judge does
	filesFor    = 10 * time.Minute // a page may be built otherwise after it; chosen
	filesWithin = 512 << 10        // bytes of a page that are read; of a longer one the beginning counts
	filesSoon   = 32 << 10         // after which it is looked whether that is enough already
	filesAtOnce = 16               // pages that are read at a time: 8 MB at most
)

func newPageFiles(now time.Time) *pageFiles {
	return &pageFiles{seed: maphash.MakeSeed(), began: now}
}

// filesNote is what a slot holds: a part of the path's hash, the minute since the start
// in which the page was read, and the number of files and one. Zero: nothing.
func filesNote(hash uint64, minute int64, files int) uint64 {
	return hash&^(1<<24-1) | uint64(minute)&(1<<21-1)<<3 | uint64(files+1)
}

func (f *pageFiles) slot(path string) (*atomic.Uint64, uint64) {
	hash := maphash.String(f.seed, path)
	return &f.slots[hash%filesSlots], hash
}

// of is how many files the page at a path names, filesMost at most; false: not known.
func (f *pageFiles) of(path string) (files int, known bool) {
	s, hash := f.slot(path)
	v := s.Load()
	if v == 0 || (v^hash)>>24 != 0 {
		return 0, false
	}
	return int(v&7) - 1, true
}

// due reports whether the page at a path is to be read again.
func (f *pageFiles) due(now time.Time, path string) bool {
	s, hash := f.slot(path)
	v := s.Load()
	if v == 0 || (v^hash)>>24 != 0 {
		return true
	}
	minute := int64(now.Sub(f.began) / time.Minute)
	return uint64(minute)&(1<<21-1) >= v>>3&(1<<21-1)+uint64(filesFor/time.Minute)
}

func (f *pageFiles) note(now time.Time, path string, files int) {
	s, hash := f.slot(path)
	s.Store(filesNote(hash, int64(now.Sub(f.began)/time.Minute), min(files, filesMost)))
}

// watch has what a page names noted while it streams through. It changes nothing of it.
func (f *pageFiles) watch(now time.Time, at preset.Request, proto string, of *preset.Classifier, resp *http.Response) {
	packed := resp.Header.Get("Content-Encoding")
	if resp.StatusCode != http.StatusOK || resp.Body == nil || packed != "" && packed != "gzip" ||
		!strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") || !f.due(now, at.Path) {
		return
	}
	if f.reading.Add(1) > filesAtOnce {
		f.reading.Add(-1)
		return
	}
	resp.Body = &watchedPage{ReadCloser: resp.Body, of: f, now: now, packed: packed != "", page: namedBy{
		host: at.Host, at: &url.URL{Scheme: proto, Host: at.Host, Path: at.Path}, files: of,
	}, path: at.Path}
}

// watchedPage is a page on its way through. Read and Close are called by one goroutine.
type watchedPage struct {
	io.ReadCloser
	of     *pageFiles
	now    time.Time
	path   string
	page   namedBy
	packed bool
	kept   bytes.Buffer
	soon   bool // what came first was looked at
	over   bool
}

// Read notes what the page names, once it is known.
func (p *watchedPage) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	if p.over {
		return n, err
	}
	p.kept.Write(b[:min(n, filesWithin-p.kept.Len())])
	switch whole := err == io.EOF || p.kept.Len() >= filesWithin; {
	case whole:
		p.end(p.count())
	case err != nil:
		p.end(-1)
	case !p.soon && p.kept.Len() >= filesSoon:
		p.soon = true
		if files := p.count(); files >= filesMost {
			p.end(files)
		}
	}
	return n, err
}

// Close ends it: what broke off says nothing.
func (p *watchedPage) Close() error {
	if !p.over {
		p.end(-1)
	}
	return p.ReadCloser.Close()
}

func (p *watchedPage) end(files int) {
	if p.over = true; files >= 0 {
		p.of.note(p.now, p.path, files)
	}
	p.kept = bytes.Buffer{}
	p.of.reading.Add(-1)
}

func (p *watchedPage) count() int {
	var text io.Reader = bytes.NewReader(p.kept.Bytes())
	if p.packed {
		z, err := gzip.NewReader(text)
		if err != nil {
			return -1
		}
		text = io.LimitReader(z, filesWithin)
	}
	return p.page.count(text)
}

// namedBy counts what a page names that every browser fetches with it: scripts, style
// sheets and pictures of its own host. No icons, which most browsers leave out, and no
// pictures that are fetched once somebody scrolls to them.
type namedBy struct {
	host  string             // the page's own
	at    *url.URL           // to which its addresses are relative
	files *preset.Classifier // says what a file is
}

func (p namedBy) count(text io.Reader) int {
	z := html.NewTokenizer(text)
	z.SetMaxBuf(filesWithin)
	var have []string
	for len(have) < filesMost {
		switch z.Next() {
		case html.ErrorToken:
			return len(have)
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := atom.Lookup(name)
			switch tag {
			case atom.Script, atom.Img, atom.Link, atom.Base:
			default:
				continue
			}
			said := make(map[string]string)
			for more {
				var k, v []byte
				k, v, more = z.TagAttr()
				said[string(k)] = string(v)
			}
			if file := p.file(tag, said); file != "" && !slices.Contains(have, file) {
				have = append(have, file)
			} else if base, err := p.at.Parse(said["href"]); tag == atom.Base && err == nil {
				p.at = &url.URL{Scheme: base.Scheme, Host: base.Host, Path: base.Path}
			}
		}
	}
	return len(have)
}

// file is the file that an element has fetched from the page's own host; empty: none.
func (p namedBy) file(tag atom.Atom, said map[string]string) string {
	address := ""
	switch tag {
	case atom.Script:
		address = said["src"]
	case atom.Img:
		if !strings.EqualFold(said["loading"], "lazy") {
			address = said["src"]
		}
	case atom.Link:
		for _, rel := range strings.Fields(strings.ToLower(said["rel"])) {
			if rel == "stylesheet" || rel == "modulepreload" || rel == "preload" {
				address = said["href"]
			}
		}
	}
	if address == "" {
		return ""
	}
	u, err := p.at.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !strings.EqualFold(u.Host, p.host) || strings.HasPrefix(u.Path, ownPrefix) {
		return ""
	}
	if p.files.Class(preset.Request{Method: http.MethodGet, Host: u.Host, Path: u.EscapedPath(), Query: u.RawQuery, Header: http.Header{}}) != falochron.ClassStatic {
		return ""
	}
	return u.RequestURI()
}
