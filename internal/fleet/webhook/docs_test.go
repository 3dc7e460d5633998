package webhook

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

// What docs/fleet.md shows is what is sent and read, name by name.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../../docs/fleet.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := func(name string, into any) {
		t.Helper()
		_, rest, _ := strings.Cut(string(text), "<!-- "+name+" -->\n```json\n")
		block, _, ok := strings.Cut(rest, "```")
		d := json.NewDecoder(strings.NewReader(block))
		d.DisallowUnknownFields()
		if err := d.Decode(into); !ok || err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var s hostState
	shown("state", &s)
	var o orderBody
	shown("order", &o)
	// Every field is shown with a value.
	for _, v := range []any{s, *s.Order, o, o.Data} {
		for i := range reflect.TypeOf(v).NumField() {
			if f := reflect.TypeOf(v).Field(i); f.IsExported() && reflect.ValueOf(v).Field(i).IsZero() {
				t.Errorf("%T.%s is not shown", v, f.Name)
			}
		}
	}
}
