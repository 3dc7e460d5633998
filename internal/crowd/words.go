package crowd

import (
	"fmt"
	"strings"
	"time"
)

// Think times: half of the mean is fixed (nobody reads a page in no time), the
// rest is exponential, cut at three means in all. The mean stays what the step
// says to within 2 %.
const (
	thinkFixed = 0.5
	thinkCut   = 3.0
)

// think is how long fan f thinks before step i of its journey, compressed.
func (p *Plan) think(f *Fan, i int) time.Duration {
	if i == 0 {
		return 0
	}
	mean := float64(p.Journeys[f.Journey].Steps[i].Think)
	x := thinkFixed + (1-thinkFixed)*exponential(chance(f.Seed, chanceThink, uint64(i)))
	return time.Duration(mean * min(x, thinkCut) / p.Compression)
}

// emailHost ends every fan's address: reserved by RFC 2606, so no mail can
// reach anybody, and easy to find on a page.
const emailHost = "@fans.example"

func email(f *Fan) string { return fmt.Sprintf("fan-%016x%s", f.Seed, emailHost) }

// fill replaces the {words} of a template. An unknown word stays as it is: the
// shop's answer then shows the mistake. told holds the words that the shop's
// answers told this fan.
func (p *Plan) fill(t string, f *Fan, told map[string]string) string {
	if !strings.Contains(t, "{") {
		return t
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(t, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		word, after, ok := strings.Cut(rest, "}")
		if !ok || !plainWord(word) { // a brace of JSON
			b.WriteByte('{')
			t = rest
			continue
		}
		if w, ok := told[word]; ok {
			b.WriteString(w)
		} else {
			b.WriteString(p.word(word, f))
		}
		t = after
	}
}

func plainWord(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return s != ""
}

func (p *Plan) word(word string, f *Fan) string {
	switch word {
	case "email":
		return email(f)
	case "name":
		return fmt.Sprintf("Fan %08x", uint32(f.Seed))
	case "click":
		return channels(f.Channel).click(f)
	}
	list := p.Words[word]
	if len(list) == 0 {
		return "{" + word + "}"
	}
	thing, _, _ := strings.Cut(word, ".")
	return list[roll(f.Seed, chanceWord, hashWord(thing))%uint64(len(list))]
}
