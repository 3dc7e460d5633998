package crowd

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// The HTTP/1.1 client is our own because net/http's costs three to five times
// the CPU, and a crowd that shares two cores with what it measures must cost
// little. It does what fans' requests need and nothing else.

const (
	maxLine    = 4096    // the reader's buffer: a longer header line is a fault
	maxFields  = 100     //
	maxBody    = 1 << 20 //
	maxCookies = 16      // set by one answer
)

var (
	errAnswer = errors.New("not a well-formed HTTP/1.1 answer")
	errBig    = errors.New("answer is larger than 1 MiB")
)

// answer is what a fan sees of a response.
type answer struct {
	status   int
	html     bool
	location string
	state    string // Falochron-State, as the waiting room names it
	treated  string // Falochron-Treatment: what became of somebody who is taken for no fan
	hit      bool   // answered from a cache (RFC 9211)
	shared   bool   // the same: or made by the shop for a cache, and for whoever waits for the same page
	cookies  []string
	body     []byte
	keep     bool // the connection may be used again
}

// readAnswer reads one response. body says whether its body is wanted; it is
// consumed either way.
func readAnswer(br *bufio.Reader, body bool) (*answer, error) {
	for {
		a, length, chunked, err := readHead(br)
		if err != nil {
			return nil, err
		}
		if a.status >= 100 && a.status < 200 && a.status != 101 {
			continue
		}
		if a.status == 204 || a.status == 304 {
			length, chunked = 0, false
		}
		switch {
		case chunked:
			a.body, err = readChunks(br, body)
		case length >= 0:
			a.body, err = readN(br, nil, length, body)
		default:
			a.keep = false
			a.body, err = io.ReadAll(io.LimitReader(br, maxBody+1))
			if len(a.body) > maxBody {
				err = errBig
			}
		}
		if err != nil {
			return nil, err
		}
		return a, nil
	}
}

// readHead reads status line and fields. length is -1 when none is given.
func readHead(br *bufio.Reader) (a *answer, length int, chunked bool, err error) {
	line, err := readLine(br)
	if err != nil {
		return nil, 0, false, err
	}
	if len(line) < 12 || string(line[:7]) != "HTTP/1." || line[8] != ' ' {
		return nil, 0, false, errAnswer
	}
	a = &answer{keep: line[7] == '1'}
	if a.status, err = strconv.Atoi(string(line[9:12])); err != nil || a.status < 100 {
		return nil, 0, false, errAnswer
	}
	length = -1
	for range maxFields {
		line, err := readLine(br)
		if err != nil {
			return nil, 0, false, noEOF(err)
		}
		if len(line) == 0 {
			return a, length, chunked, nil
		}
		name, value, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			return nil, 0, false, errAnswer
		}
		value = bytes.TrimSpace(value)
		switch {
		case is(name, "content-length"):
			if length, err = strconv.Atoi(string(value)); err != nil || length < 0 {
				return nil, 0, false, errAnswer
			}
			if length > maxBody {
				return nil, 0, false, errBig
			}
		case is(name, "transfer-encoding"):
			chunked = is(value, "chunked")
		case is(name, "connection"):
			a.keep = a.keep && !is(value, "close")
		case is(name, "content-type"):
			a.html = len(value) >= 9 && is(value[:9], "text/html")
		case is(name, "location"):
			a.location = string(value)
		case is(name, "set-cookie"):
			if len(a.cookies) < maxCookies {
				a.cookies = append(a.cookies, string(value))
			}
		case is(name, "falochron-state"):
			a.state = string(value)
		case is(name, "falochron-treatment"):
			a.treated = string(value)
		case is(name, "cache-status"):
			a.hit = bytes.Contains(value, []byte("; hit"))
			a.shared = a.hit || bytes.Contains(value, []byte("; stored")) || bytes.Contains(value, []byte("; collapsed"))
		}
	}
	return nil, 0, false, errAnswer
}

func is(b []byte, lower string) bool {
	return len(b) == len(lower) && bytes.EqualFold(b, []byte(lower))
}

// readLine returns a line without its end; it is valid until the next read.
func readLine(br *bufio.Reader) ([]byte, error) {
	line, err := br.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		return nil, errAnswer
	}
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte{'\r'}), nil
}

// readN appends n bytes to to, or discards them.
func readN(br *bufio.Reader, to []byte, n int, want bool) ([]byte, error) {
	if !want {
		_, err := br.Discard(n)
		return nil, noEOF(err)
	}
	at := len(to)
	if at+n > maxBody {
		return nil, errBig
	}
	if n == 0 {
		return to, nil
	}
	if at == 0 {
		to = make([]byte, n)
	} else {
		to = append(to, make([]byte, n)...)
	}
	_, err := io.ReadFull(br, to[at:])
	return to, noEOF(err)
}

func readChunks(br *bufio.Reader, want bool) (body []byte, err error) {
	for total := 0; ; {
		line, err := readLine(br)
		if err != nil {
			return nil, noEOF(err)
		}
		size, _, _ := bytes.Cut(line, []byte{';'})
		n, err := strconv.ParseUint(string(bytes.TrimSpace(size)), 16, 31)
		if err != nil {
			return nil, errAnswer
		}
		if n == 0 {
			break
		}
		if total += int(n); total > maxBody {
			return nil, errBig
		}
		if body, err = readN(br, body, int(n), want); err != nil {
			return nil, err
		}
		if line, err = readLine(br); err != nil || len(line) != 0 {
			return nil, errAnswer
		}
	}
	for range maxFields { // trailers
		line, err := readLine(br)
		if err != nil {
			return nil, noEOF(err)
		}
		if len(line) == 0 {
			return body, nil
		}
	}
	return nil, errAnswer
}

// noEOF makes an early end an error that does not look like a clean one.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
