package preset

import "testing"

// What stands between two texts, and what is not there.
func TestTake(t *testing.T) {
	for _, q := range []struct {
		before, after, body, want string
		ok                        bool
	}{
		{`"sku":"`, `"`, `{"sku":"A-1","x":{"sku":"B"}}`, "A-1", true},
		{`"url":"`, `"`, `{"url":"\/a\/b"}`, "/a/b", true},
		{`value="`, `"`, `<input value="a&amp;b">`, "a&b", true},
		{`"n":`, `,`, `{"n":0,"m":1}`, "", false},
		{`"n":`, `,`, `{"n":null,"m":1}`, "", false},
		{`"n":"`, `"`, `{"n":""}`, "", false},
		{`"n":`, `,`, `{"n":3`, "", false},
		{`"n":`, `,`, `{}`, "", false},
		{``, ``, `x`, "", false},
	} {
		if got, ok := (Take{"w", q.before, q.after}).Find([]byte(q.body)); got != q.want || ok != q.ok {
			t.Errorf("%s: %q %v", q.body, got, ok)
		}
	}
	if _, ok := (Take{"w", "<", ">"}).Find(append([]byte("<"), make([]byte, 4096)...)); ok {
		t.Error("a word of 4 KB")
	}
}

// Words are escaped for where they stand, and a call that lacks one is not made.
func TestCallRequest(t *testing.T) {
	words := map[string]string{"id": `a/b "c"&d`, "all": "/x?y=1"}
	for _, q := range []struct {
		call             Call
		path, kind, body string
		ok               bool
	}{
		{Call{Path: "/p/{id}?q={id}"}, "/p/a%2Fb+%22c%22%26d?q=a%2Fb+%22c%22%26d", "", "", true},
		{Call{Path: "{all}"}, "/x?y=1", "", "", true},
		{Call{Path: "/{nothing}"}, "", "", "", false},
		{Call{Path: "{nothing}"}, "", "", "", false},
		{Call{Path: "/", JSON: `{"a":{"id":"{id}"},"b":{}}`}, "/", "application/json", `{"a":{"id":"a/b \"c\"\u0026d"},"b":{}}`, true},
		{Call{Path: "/", JSON: `{"a":"{nothing}"}`}, "/", "application/json", "", false},
		{Call{Path: "/", Form: []Pair{{"a[b]", "{id}"}}}, "/", "application/x-www-form-urlencoded", "a%5Bb%5D=a%2Fb+%22c%22%26d", true},
		{Call{Path: "/", Form: []Pair{{"a", "{nothing}"}}}, "", "", "", false},
		{Call{Path: "/{"}, "/{", "", "", true},
	} {
		path, kind, body, ok := q.call.Request(words)
		if path != q.path || kind != q.kind || body != q.body || ok != q.ok {
			t.Errorf("%+v: %q %q %q %v", q.call, path, kind, body, ok)
		}
	}
}
