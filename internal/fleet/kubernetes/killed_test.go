package kubernetes

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// killNine: a program of ours is killed outright while its order is in force; the next
// start, or the CronJob, gives back what was there.
func killNine(t *testing.T, c *cluster) {
	s := c.site(t, withHPA)
	config, err := json.Marshal(s.config)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestOrderAndWait$")
	cmd.Env = append(os.Environ(), "FALOCHRON_TEST_ORDER="+string(config))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	killed := cmd.Process.Kill()
	_ = cmd.Wait()
	if err != nil || line != "accepted 6\n" || killed != nil {
		t.Fatalf("the program said %q, %v; killed: %v", line, err, killed)
	}
	if s.floor(t) != 6 {
		t.Fatalf("minimum %d", s.floor(t))
	}
	if restored(t, s.driver(t), time.Now()); s.floor(t) != 6 {
		t.Errorf("given back before its end: %d", s.floor(t))
	}
	if notes := restored(t, s.driver(t), time.Now().Add(2*later)); !hasNote(notes, "restored", "HPA shop") {
		t.Errorf("notes %v", notes)
	}
	s.giveBack(t, "what was there before", func() bool { return s.floor(t) == base && s.replicas(t) == base })
}

// TestOrderAndWait is the program that is killed; by itself it does nothing.
func TestOrderAndWait(t *testing.T) {
	text := os.Getenv("FALOCHRON_TEST_ORDER")
	if text == "" {
		t.Skip("it is started by others")
	}
	var c Config
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	d, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	o := scaled(t, d, 6)
	fmt.Printf("accepted %d\n", o.Accepted)
	time.Sleep(patience) // it is killed long before
}
