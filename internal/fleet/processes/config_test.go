package processes

import (
	"strings"
	"testing"

	"github.com/falochron/falochron"
)

// All that is wrong is said at once, and no value that may be secret.
func TestConfigFaults(t *testing.T) {
	_, err := New(Config{Host: "here", Health: "up", FirstPort: 9000, LastPort: 8000, Base: 3, Nice: 20, OpenFiles: -1, StartTimeout: -1, Environment: []string{"1=s3cr3t"}})
	if falochron.KindOf(err) != falochron.Invalid {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{"command", "ports 9000 to 8000", "3 replicas", `"here"`, `"up"`, "nice 20", "open_files", "start_timeout", "no folder", "environment[0]"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not said: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("a value is told: %v", err)
	}
}
