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
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// Caddy is built into bin/peers, beside bin/falochron-bench.
	if own, err := filepath.Abs(filepath.Join("..", "bin", "peers")); err == nil {
		_ = os.Symlink(own, filepath.Join(filepath.Dir(program), "peers"))
	}
	return program
}

// installedFronts are the peers of this machine that can meet a wave: those of Debian,
// which must be there, and Caddy where it was built, which takes minutes. The bench looks
// at it before it measures.
func installedFronts(t *testing.T, program string) (peers []wavePeer) {
	t.Helper()
	for _, p := range wavePeers() {
		if own := slices.ContainsFunc(p.programs, func(name string) bool { return filepath.Dir(name) == "bin/peers" }); own {
			if _, err := os.Stat(filepath.Join(filepath.Dir(program), "peers", filepath.Base(p.programs[0]))); err != nil {
				t.Logf("%s was not built: %v", p.name, err)
				continue
			}
		} else if p.look(); p.missing() != "" {
			missing(t, p.missing()+" is not installed; scripts/install-peers does it")
		}
		peers = append(peers, p)
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
