package edge

import (
	"fmt"
	"sync"
	"testing"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/radar"
)

// What is remembered is what was read, of more user agents than there is room for and of many at
// once; and every kind fits into a slot.
func TestAgentsAreRememberedAsTheyWereRead(t *testing.T) {
	if falochron.NumClients > 1<<7 {
		t.Fatal("they do not fit")
	}
	var sent []string
	for i := range 2 * agentSlots {
		switch app := fmt.Sprint("Mozilla/5.0 (Linux; Android 14; SM-", i, ") Chrome/130.0.0.0 Mobile Safari/537.36"); i % 4 {
		case 0:
			sent = append(sent, app+" Instagram 355.1.0")
		case 1:
			sent = append(sent, app+" musical_ly_36 BytedanceWebview/d8a21c6")
		case 2:
			sent = append(sent, app)
		default:
			sent = append(sent, fmt.Sprint("curl/8.", i), "")
		}
	}
	a := newAgents()
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for range 3 {
				for i := range sent {
					agent := sent[(i+g*997)%len(sent)]
					if got, want := a.of(agent), radar.AgentOf(agent); got != want {
						t.Errorf("%q is %+v, want %+v", agent, got, want)
						return
					}
				}
			}
		})
	}
	all.Wait()
}
