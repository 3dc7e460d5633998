package page

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

const mark = "‹here›"

// chunks hands out its parts one per Read.
type chunks [][]byte

func (c *chunks) Read(p []byte) (int, error) {
	if len(*c) == 0 {
		return 0, io.EOF
	}
	n := copy(p, (*c)[0])
	if n == len((*c)[0]) {
		*c = (*c)[1:]
	} else {
		(*c)[0] = (*c)[0][n:]
	}
	return n, nil
}

func inject(t testing.TB, parts ...string) string {
	t.Helper()
	var c chunks
	for _, p := range parts {
		if p != "" {
			c = append(c, []byte(p))
		}
	}
	j := NewInjector(io.NopCloser(&c), mark)
	out, err := io.ReadAll(j)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Contains(string(out), mark); got != j.Injected() {
		t.Fatalf("Injected() is %v for %q", j.Injected(), out)
	}
	return string(out)
}

// The mark in each line is where the tag belongs; lines without it stay as they are.
var pages = []string{
	`<!doctype html><html><head>‹here›<title>x</title></head><body></body></html>`,
	`<HTML><HEAD lang=pl>‹here›</HEAD>`,
	"<head\n\tprefix=\"og: a>b\" data-x='>' y=z>‹here›x",
	`<head data-x="<head>">‹here›`,
	`<head/>‹here›`,
	`<header>no head</header>`,
	`<!-- <head> --><head>‹here›`,
	`<!--><head>‹here›`,
	`<!---><head>‹here›`,
	`<!-- a -- b --!><head>‹here›`,
	`<!-- - -> <head> --><html><head>‹here›`,
	`<!--[if IE]><head class="ie"><![endif]--><head>‹here›`,
	`<!doctype html "<head"><head>‹here›`,
	`<?xml version="1.0"?><head>‹here›`,
	`<html a=1 b='<head>' c="</head>"><head>‹here›`,
	`<title><head></title>‹here›</head>`,
	`<script>var a = "<head>";</script><style><head></style>‹here›</head>`,
	`<script>"</scr<head>ipt>"</script>‹here›</head>`,
	`<script>'</script'</script>‹here›<body>`,
	`<script>"</scr</script>‹here›<body>`,
	`<textarea><body></textarea>‹here›<body>`,
	`<title>no head</title>‹here›<body class=x>`,
	`<meta charset=utf-8>‹here›</HEAD ><body>`,
	`<tbody><td>x</td></tbody>`,
	`<div class="mini-cart"><a href="/head">x</a></div>`,
	`plain text < head > and </ head> and <`,
	`<br><b>Warning</b>: something <html><head>‹here›`,
	`<head><!`[:6] + `‹here›<!`,
	`<a href=x"y><head>‹here›`,
	`<a b==""><head>‹here›`,
	`</<head>x</head>‹here›`,
	`<<head>‹here›`,
	`</head`, `<bod`, `<`, ``, `</`, `<!`, `<!-`, `<script><head>`, `<head x="`, `<body`,
}

func TestInjectAtItsPlace(t *testing.T) {
	for _, want := range pages {
		in := strings.Replace(want, mark, "", 1)
		if in == "</<head>x</head>" { // a comment to browsers, then an end tag
			want = "</<head>x" + mark + "</head>"
		}
		if got := inject(t, in); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// "Split at every byte gives the same result."
func TestInjectHoweverItIsCut(t *testing.T) {
	for _, p := range pages {
		in := strings.Replace(p, mark, "", 1)
		want := inject(t, in)
		for i := range len(in) {
			for j := i; j < len(in); j += 1 + len(in)/8 {
				if got := inject(t, in[:i], in[i:j], in[j:]); got != want {
					t.Fatalf("cut at %d and %d: %q, want %q", i, j, got, want)
				}
			}
		}
		for name, r := range map[string]io.Reader{
			"one byte":       iotest.OneByteReader(strings.NewReader(in)),
			"half":           iotest.HalfReader(strings.NewReader(in)),
			"data and error": iotest.DataErrReader(strings.NewReader(in)),
		} {
			got, err := io.ReadAll(iotest.OneByteReader(NewInjector(io.NopCloser(r), mark)))
			if err != nil || string(got) != want {
				t.Fatalf("%s: %q, %v", name, got, err)
			}
		}
	}
}

// A page that trickles is not held up: all but the beginning of a possible tag
// comes out at once.
func TestInjectWithholdsNextToNothing(t *testing.T) {
	in := strings.Repeat(`<p>text</p></hea<bod</head-ache><body-builder>`, 20)
	pr, pw := io.Pipe()
	j := NewInjector(pr, mark)
	got, buf := 0, make([]byte, 4096)
	go func() {
		for i := range len(in) {
			_, _ = pw.Write([]byte{in[i]})
		}
		_ = pw.Close()
	}()
	for sent := 0; ; {
		n, err := j.Read(buf)
		got += n
		if err == io.EOF {
			break
		}
		sent = got
		if j.held > len("</head") || sent > len(in) {
			t.Fatalf("%d bytes withheld after %d", j.held, sent)
		}
	}
	if got != len(in) {
		t.Errorf("%d bytes of %d", got, len(in))
	}
}

func TestInjectOnlyNearTheBeginning(t *testing.T) {
	near := strings.Repeat(" ", injectWithin-len("<head>")) + "<head>"
	if got := inject(t, near); got != near+mark {
		t.Error("not at the last possible place")
	}
	if far := " " + near; inject(t, far) != far {
		t.Error("beyond the last possible place")
	}
	twice := "<head><head></head><body>"
	if got := inject(t, twice); strings.Count(got, mark) != 1 {
		t.Errorf("not once: %s", got)
	}
}

func TestInjectPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken")
	j := NewInjector(io.NopCloser(io.MultiReader(strings.NewReader("<p></he"), iotest.ErrReader(broken))), mark)
	got, err := io.ReadAll(j)
	if string(got) != "<p></he" || !errors.Is(err, broken) {
		t.Errorf("%q, %v", got, err)
	}
}

func FuzzInject(f *testing.F) {
	for _, p := range pages {
		f.Add([]byte(strings.Replace(p, mark, "", 1)), 3, 7)
	}
	f.Fuzz(func(t *testing.T, in []byte, i, j int) {
		if bytes.Contains(in, []byte(mark)) {
			return
		}
		i, j = clamp(i, len(in)), clamp(j, len(in))
		i, j = min(i, j), max(i, j)
		s := string(in)
		want := inject(t, s)
		if strings.Replace(want, mark, "", 1) != s {
			t.Fatalf("%q became %q", s, want)
		}
		if got := inject(t, s[:i], s[i:j], s[j:]); got != want {
			t.Fatalf("cut at %d, %d: %q, want %q", i, j, got, want)
		}
		one, err := io.ReadAll(NewInjector(io.NopCloser(iotest.OneByteReader(bytes.NewReader(in))), mark))
		if err != nil || string(one) != want {
			t.Fatalf("byte by byte: %q, %v, want %q", one, err, want)
		}
	})
}

func clamp(n, most int) int {
	if n < 0 {
		n = -(n + 1)
	}
	return n % (most + 1)
}

func BenchmarkInject(b *testing.B) {
	in := []byte(`<!doctype html><html lang="pl"><head><meta charset="utf-8">` + strings.Repeat("<p>text</p>\n", 5000))
	buf := make([]byte, 32<<10)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		j := NewInjector(io.NopCloser(bytes.NewReader(in)), GateTag)
		for {
			if _, err := j.Read(buf); err != nil {
				break
			}
		}
	}
}
