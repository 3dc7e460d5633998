package cache

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/falochron/falochron/internal/fresh"
)

const (
	// checkMost is how much of a body Policy.Check gets.
	checkMost = 256 << 10
	// unpackMost bounds how much of a compressed body is looked through. A guess: no
	// page comes near it, and a bomb stops there.
	unpackMost = 64 << 20
	// secretLeast is the shortest cookie value that is looked for. Session ids have 16
	// characters and more (PHP's 26 to 256); languages and currencies up to 5, and they
	// are in every page.
	secretLeast = 8
)

var errUnpack = errors.New("the body cannot be unpacked within bounds")

// secretsOf lists the values of the cookies an answer sets. Each may be dropped, or
// the answer would not be shared; but a page that has the value in a link or a form
// was made for the one who holds it: shops do so for visitors without cookies, and
// a fill is one.
func secretsOf(h http.Header) (secrets []string) {
	for _, line := range h["Set-Cookie"] {
		_, value, _ := fresh.SetCookie(line)
		value = strings.Trim(value, `"`)
		if len(value) < secretLeast {
			continue
		}
		secrets = append(secrets, value)
		if plain, err := url.QueryUnescape(value); err == nil && plain != value && len(plain) >= secretLeast {
			secrets = append(secrets, plain)
		}
	}
	return secrets
}

// carries reports whether a header that would be stored has one of the secrets.
func carries(h http.Header, secrets []string) bool {
	for _, secret := range secrets {
		for _, values := range h {
			for _, v := range values {
				if strings.Contains(v, secret) {
					return true
				}
			}
		}
	}
	return false
}

// inspect says why the complete body may not be stored after all, or "".
func (f *flight) inspect() string {
	check := f.policy.Check
	if !f.sealed() && check == nil {
		return ""
	}
	start, found, err := look(f.made.header, f.buf, f.secrets)
	switch {
	case err != nil:
		return "coding"
	case found:
		return "session-in-body"
	case check == nil:
		return ""
	}
	h := f.made.header.Clone()
	delete(h, "Content-Encoding") // what it gets has none any more
	return check(h, start)
}

// look reads a body without its content coding and returns its first bytes, and
// whether one of the secrets is anywhere in it.
func look(h http.Header, body []byte, secrets []string) (start []byte, found bool, err error) {
	if len(h["Content-Encoding"]) == 0 || strings.EqualFold(h.Get("Content-Encoding"), "identity") {
		for _, secret := range secrets {
			found = found || bytes.Contains(body, []byte(secret))
		}
		return body[:min(len(body), checkMost)], found, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, false, errUnpack
	}
	start, err = io.ReadAll(io.LimitReader(z, checkMost))
	if err != nil {
		return nil, false, errUnpack
	}
	if len(secrets) == 0 {
		return start, false, nil
	}
	found, err = search(io.MultiReader(bytes.NewReader(start), io.LimitReader(z, unpackMost)), secrets)
	return start, found, err
}

// search reads r to its end in pieces and reports whether one of the secrets is in
// it.
func search(r io.Reader, secrets []string) (bool, error) {
	longest := 0
	for _, s := range secrets {
		longest = max(longest, len(s))
	}
	piece := make([]byte, longest+64<<10)
	kept, total := 0, 0 // of the piece before, where a secret may begin
	for {
		n, err := io.ReadFull(r, piece[kept:])
		for _, s := range secrets {
			if bytes.Contains(piece[:kept+n], []byte(s)) {
				return true, nil
			}
		}
		if total += n; total >= unpackMost {
			return false, errUnpack
		}
		switch err {
		case io.EOF, io.ErrUnexpectedEOF:
			return false, nil
		case nil:
		default:
			return false, errUnpack
		}
		kept = copy(piece, piece[max(0, kept+n-longest):kept+n])
	}
}
