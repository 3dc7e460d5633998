package main

import (
	"regexp"
	"strings"
	"testing"
)

// The id in the help of explain looks like those that answers carry, or people
// would search for another.
func TestTheExampleIDLooksLikeOne(t *testing.T) {
	t.Parallel()
	shop := shopFor(t, "shop")
	p := start(t, "--origin", shop.URL)
	_, header, _, err := browse(t.Context(), client(t), p.url+"/")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(newExplainCommand().Example)
	form := regexp.MustCompile(`^[0-9a-f]{16}$`)
	for from, id := range map[string]string{"an answer": header.Get("X-Request-Id"), "the help": words[len(words)-1]} {
		if !form.MatchString(id) {
			t.Errorf("%s: id %q", from, id)
		}
	}
}
