package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/falochron/falochron"
)

// benchProgram builds this program: it becomes the peers.
func benchProgram(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "falochron-bench")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// Caddy is built into bin/peers, beside bin/falochron-bench.
	if own, err := filepath.Abs(filepath.Join("..", "bin", "peers")); err == nil {
		_ = os.Symlink(own, filepath.Join(filepath.Dir(program), "peers"))
	}
	return program
}

// installedFronts are the peers of this machine that can meet a wave.
func installedFronts(t *testing.T, program string) (peers []wavePeer) {
	t.Helper()
	for _, p := range wavePeers() {
		look := p
		look.programs = slices.Clone(p.programs)
		for i, name := range look.programs {
			if filepath.Dir(name) == "bin/peers" {
				look.programs[i] = filepath.Join(filepath.Dir(program), "peers", filepath.Base(name))
			}
		}
		look.look()
		if what := look.missing(); what != "" {
			t.Logf("%s is not installed: no %s", p.name, what)
			continue
		}
		peers = append(peers, p)
	}
	if len(peers) == 0 {
		missing(t, "no peer is installed; scripts/install-peers does it")
	}
	return peers
}

// Every peer does what its row will say, at both shops; and one configured badly on
// purpose is caught by what is wrong with it.
func TestPeersDoWhatTheySay(t *testing.T) {
	program := benchProgram(t)
	for _, p := range installedFronts(t, program) {
		for _, shop := range peersShops() {
			for also, caught := range map[string]string{"": "", "nocache": "it does not keep the page", "nodoor": "got in"} {
				if also == "nocache" && !p.cache || also != "" && shop.as != "" {
					continue
				}
				t.Run(p.name+shop.as+also, func(t *testing.T) {
					t.Parallel()
					var words []string
					if also != "" {
						words = append(words, also)
					}
					err := lookAt(t.Context(), program, p, shop.as, words...)
					if caught == "" {
						if err != nil {
							t.Error(err)
						}
						return
					}
					if err == nil || !strings.Contains(err.Error(), caught) || falochron.HintOf(err) == "" {
						t.Errorf("%v; wanted %q", err, caught)
					}
				})
			}
		}
	}
}
