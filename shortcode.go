package falochron

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// A short link of a post is /go/ and its code on the shop's own host. A code has six
// symbols that name the post, and two that prove the six: so what was never a code of
// ours is told from one that is not known any more, and a slip of the finger leads to
// nobody else's post. The symbols are those of Crockford's Base 32, which has no I, L, O
// and U: a code is read out, typed and printed.

// ShortLinkPath is where short links begin.
const ShortLinkPath = "/go/"

const (
	shortSymbols = "0123456789abcdefghjkmnpqrstvwxyz"
	shortName    = 6 // 30 bits
	shortProof   = 2 // 10 bits: one word in 1,024 of this form is a code
)

// ShortCode is the code of a post of a shop: always the same for the same ids. Two
// posts of a shop can come to the same one, once in some 30,000 posts; who gives them
// out asks the later for another try, from 0.
func ShortCode(shop, post string, try int) string {
	msg := []byte("falochron short link\x00" + shop + "\x00" + post + "\x00")
	sum := sha256.Sum256(binary.BigEndian.AppendUint32(msg, uint32(try)))
	name := symbols(sum, shortName)
	return name + proof(name)
}

// ReadShortCode reads what stands behind /go/: it forgives large letters and those that
// look like digits. It reports false for what was never a code.
func ReadShortCode(s string) (code string, ok bool) {
	if len(s) != shortName+shortProof {
		return "", false
	}
	code = strings.NewReplacer("i", "1", "l", "1", "o", "0").Replace(strings.ToLower(s))
	for i := range len(code) {
		if strings.IndexByte(shortSymbols, code[i]) < 0 {
			return "", false
		}
	}
	return code, code[shortName:] == proof(code[:shortName])
}

func proof(name string) string {
	return symbols(sha256.Sum256([]byte("falochron short link proof\x00"+name)), shortProof)
}

// symbols writes the first bits of a hash.
func symbols(sum [32]byte, n int) string {
	bits := binary.BigEndian.Uint64(sum[:])
	out := make([]byte, n)
	for i := range out {
		out[i] = shortSymbols[bits>>59]
		bits <<= 5
	}
	return string(out)
}
