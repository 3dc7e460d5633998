package twins

import (
	"hash/maphash"
	"strings"
)

// maxWords is how many words and signs of a script are compared.
const maxWords = 400_000

// lexeme is a word or a sign of a script: text[from:to].
type lexeme struct{ from, to int }

// inWord reports whether a byte is part of a word of a script. A dash is: names
// inside a page have them.
func inWord(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '-' || c == '$' || c >= 0x80
}

// lex cuts a script, or JSON, into words and signs. It knows no strings: what is in
// one is compared word by word, too.
func lex(s string) (out []lexeme, ok bool) {
	for i := 0; i < len(s); {
		c := s[i]
		if c == ' ' || c == '\n' || c == '\t' || c == '\r' {
			i++
			continue
		}
		from := i
		i++
		if inWord(c) {
			for i < len(s) && inWord(s[i]) {
				i++
			}
		}
		if len(out) == maxWords {
			return nil, false
		}
		out = append(out, lexeme{from, i})
	}
	return out, true
}

// maxHunks is how many differences of one script are judged.
const maxHunks = 200

// script judges two texts that a program reads. where is what they are called; at
// is where they stand, nil for an answer that is nothing else.
func (j *judge) script(where, a, b string, at *element) {
	if a == b {
		return
	}
	if j.owned(a, b) {
		// Where exactly is found below; if it cannot be, this stands.
		defer func(before int) {
			if j.bad == before {
				j.note(verdict{where: "session in " + where, harm: true}, "", "")
			}
		}(j.bad)
	}
	wholeA, wholeB := a, b
	a, b = j.blank(a), j.blank(b)
	if a == b {
		j.note(verdict{where: "time in " + where, harmless: true}, wholeA, wholeB)
		return
	}
	la, ok := lex(a)
	lb, ok2 := lex(b)
	if !ok || !ok2 {
		j.note(verdict{where: where + " is too long to compare"}, "", "")
		return
	}
	hunks, ok := align(lexKeys(j.seed, a, la), lexKeys(j.seed, b, lb))
	if !ok || len(hunks) > maxHunks {
		j.note(verdict{where: where + " is too different to compare"}, "", "")
		return
	}
	sa, sb := scriptSide{text: a, words: la}, scriptSide{text: b, words: lb}
	if j.cart {
		hunks = whole(hunks, &sa, &sb)
	}
	for _, h := range hunks {
		ta, tb := sa.at(h.a0, h.a1), sb.at(h.b0, h.b1)
		j.note(j.scriptHunk(where, &sa, &sb, h, ta, tb, at), ta, tb)
	}
}

// whole joins hunks that are parts of one value: where a stranger has null and
// somebody with a cart an object, the nulls inside the object are no null of the
// stranger's. What never closes stays as it is.
func whole(hunks []hunk, sa, sb *scriptSide) (out []hunk) {
	for i := 0; i < len(hunks); i++ {
		h := hunks[i]
		a, b, open := h.a0, h.b0, 0
		for k := i; k < len(hunks); k++ {
			open += sb.depth(b, hunks[k].b1) - sa.depth(a, hunks[k].a1)
			a, b = hunks[k].a1, hunks[k].b1
			if open == 0 {
				h.a1, h.b1, i = a, b, k
				break
			}
		}
		out = append(out, h)
	}
	return out
}

func (j *judge) scriptHunk(where string, sa, sb *scriptSide, h hunk, ta, tb string, at *element) verdict {
	key, path := sa.keyOf(h.a0)
	if h.a0 == h.a1 { // only the second has it
		key, path = sb.keyOf(h.b0)
	}
	named := where
	if key != "" {
		named += " at " + cut(key)
	}
	switch {
	case j.owned(ta, tb):
		return verdict{where: "session in " + named, harm: true}
	case j.knows(key):
		return verdict{where: "known " + key + " in " + where, harmless: true}
	case key == "nonce" && j.followed(ta, tb):
		return verdict{where: named, harmless: true}
	case aboutToken(key):
		return verdict{where: "token in " + named, harm: true}
	case j.cart && (ta == "" || tb == "") && !aboutCart(path+" "+key+" "+ta+tb):
		return own(verdict{where: named})
	case aboutPerson(key):
		return verdict{where: named, harm: true}
	case j.followed(ta, tb):
		return verdict{where: named, harmless: true}
	}
	if !j.cart && (aboutCart(path) || aboutCart(key) || aboutCart(ta+" "+tb)) && (j.lent(tb, sa.text) || j.lent(ta, sb.text)) {
		return verdict{where: "cart in " + named, harm: true}
	}
	if j.cart {
		if aboutCart(path) || aboutCart(key) || aboutCart(ta) || aboutCart(tb) {
			return verdict{where: "cart in " + named, harmless: true, cart: true}
		}
		if hasWord(path+" "+key, historyWords) {
			return verdict{where: "history in " + named, harmless: true}
		}
		if at != nil {
			if v, ok := j.cartPlace(at, ""); ok {
				return v
			}
		}
	}
	return verdict{where: named}
}

func lexKeys(seed maphash.Seed, s string, words []lexeme) []uint64 {
	out := make([]uint64, len(words))
	for i, w := range words {
		out[i] = maphash.String(seed, s[w.from:w.to])
	}
	return out
}

// scriptSide is one of two scripts; hunks are asked for in their order.
type scriptSide struct {
	text  string
	words []lexeme
	done  int      // words read so far
	path  []string // the names of the objects and lists that are open
}

func (s *scriptSide) word(i int) string { return s.text[s.words[i].from:s.words[i].to] }

// depth is how many objects and lists are open after words i to k that were not
// before.
func (s *scriptSide) depth(i, k int) (n int) {
	for ; i < k; i++ {
		switch s.word(i) {
		case "{", "[":
			n++
		case "}", "]":
			n--
		}
	}
	return n
}

func (s *scriptSide) at(i, k int) string {
	if i >= k {
		return ""
	}
	return s.text[s.words[i].from:s.words[k-1].to]
}

// maxNesting is how deep names of objects are remembered.
const maxNesting = 64

// keyOf names the value that word i is part of: by the word before the nearest
// colon, equals sign or bracket, and the objects it is in.
func (s *scriptSide) keyOf(i int) (key, path string) {
	i = min(i, len(s.words))
	for ; s.done < i; s.done++ {
		switch s.word(s.done) {
		case "{", "[":
			if len(s.path) < maxNesting {
				s.path = append(s.path, s.before(s.done))
			}
		case "}", "]":
			if len(s.path) > 0 {
				s.path = s.path[:len(s.path)-1]
			}
		}
	}
	return s.before(i), strings.Join(s.path, " ")
}

// before finds the name before word i.
func (s *scriptSide) before(i int) string {
	const reach = 40 // words; an address in a string is shorter
	for k := i - 1; k >= 0 && k > i-reach; k-- {
		switch s.word(k) {
		case ";", "}":
			return ""
		case ":", "=", "(":
			for n := k - 1; n >= 0 && n > k-4; n-- {
				if w := s.word(n); inWord(w[0]) {
					return w
				}
			}
			return ""
		}
	}
	return ""
}
