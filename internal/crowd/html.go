package crowd

import (
	"bytes"
	"html"
	"strconv"
	"strings"
	"time"
)

// What a fan sees of a page is found by searching for attributes, not by
// parsing the page: at thousands of pages a second a parser would be the
// crowd's largest cost. Shops' own scripts and texts that look like attributes
// would be misread; the pages of the toy shop and the waiting page have none.

// attr returns the value of the first attribute name="value" at or after from,
// and where it ends (-1 when there is none).
func attr(page []byte, name string, from int) (string, int) {
	for from >= 0 && from < len(page) {
		i := bytes.Index(page[from:], []byte(name+`="`))
		if i < 0 {
			return "", -1
		}
		at := from + i
		start := at + len(name) + 2
		end := bytes.IndexByte(page[start:], '"')
		if end < 0 {
			return "", -1
		}
		// Within a longer name (data-src for src) it is another attribute.
		if at == 0 || page[at-1] == ' ' || page[at-1] == '\n' || page[at-1] == '\t' {
			return html.UnescapeString(string(page[start : start+end])), start + end + 1
		}
		from = start
	}
	return "", -1
}

// assetsOf lists what a page makes a browser fetch: images, scripts, style
// sheets and icons, resolved to targets of this site, each once.
func assetsOf(page []byte, base, host string) []string {
	var out []string
	add := func(ref string) {
		if t := resolve(base, ref, host); t != "" {
			for _, o := range out {
				if o == t {
					return
				}
			}
			out = append(out, t)
		}
	}
	for at := 0; ; {
		v, next := attr(page, "src", at)
		if next < 0 {
			break
		}
		add(v)
		at = next
	}
	for rest := page; ; {
		i := bytes.Index(rest, []byte("<link "))
		if i < 0 {
			return out
		}
		rest = rest[i:]
		end := bytes.IndexByte(rest, '>')
		if end < 0 {
			return out
		}
		rel, _ := attr(rest[:end], "rel", 0)
		if rel == "stylesheet" || strings.Contains(rel, "icon") {
			if v, ok := attr(rest[:end], "href", 0); ok >= 0 {
				add(v)
			}
		}
		rest = rest[end:]
	}
}

// told is what a waiting page or a status says.
type told struct {
	state    string // waiting, called, inside, prequeue, soldout, held, none
	ahead    int
	low      time.Duration
	high     time.Duration
	poll     time.Duration // when a script shall ask again
	refresh  time.Duration // when a browser without scripts reloads
	to       string        // what it reloads, empty for the same page
	statusAt string        // where a script asks
}

// Bounds against a waiting page that would make a fan spin or sleep for ever.
const (
	minAsk = 20 * time.Millisecond
	maxAsk = 15 * time.Minute
)

// readWaiting reads a waiting page. ok is false when it is none.
func readWaiting(page []byte) (t told, ok bool) {
	i := bytes.Index(page, []byte(`<main id="falochron"`))
	if i < 0 {
		return t, false
	}
	end := bytes.IndexByte(page[i:], '>')
	if end < 0 {
		return t, false
	}
	tag := page[i : i+end]
	get := func(name string) string { v, _ := attr(tag, name, 0); return v }
	t.state = get("data-state")
	t.ahead, _ = strconv.Atoi(get("data-ahead"))
	t.low, t.high = seconds(get("data-wait-low")), seconds(get("data-wait-high"))
	t.poll = ask(seconds(get("data-poll")))
	t.statusAt = get("data-status")
	t.refresh = t.poll
	if j := bytes.Index(page, []byte(`http-equiv="refresh"`)); j >= 0 {
		content, _ := attr(page, "content", j)
		after, url, _ := strings.Cut(content, ";")
		t.refresh = ask(seconds(strings.TrimSpace(after)))
		if k := strings.IndexByte(url, '='); k >= 0 {
			t.to = strings.Trim(strings.TrimSpace(url[k+1:]), `'"`)
		}
	}
	return t, true
}

// seconds reads a number of seconds; nonsense is zero.
func seconds(s string) time.Duration {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || !(x > 0) {
		return 0
	}
	return time.Duration(min(x, 1e6) * float64(time.Second))
}

// ask bounds a poll interval.
func ask(d time.Duration) time.Duration { return min(max(d, minAsk), maxAsk) }
