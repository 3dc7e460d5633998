package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// builtProgram builds Falochron for a test, without C, as releases are.
func builtProgram(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "falochron")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../cmd/falochron")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// missing ends a test because what is not there: a failure under CI, else a skip.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// installed are the peers of this machine, Falochron first. Without any other the
// test cannot run: scripts/install-peers brings them.
func installed(t *testing.T) []rawPeer {
	t.Helper()
	peers := rawPeers(builtProgram(t))
	there := 0
	for i := range peers {
		for j, name := range peers[i].programs {
			if filepath.Dir(name) == "bin/peers" {
				peers[i].programs[j] = filepath.Join("..", name)
			}
		}
		peers[i].look(t.Context())
		if peers[i].missing == "" {
			there++
		}
	}
	if there < 2 {
		missing(t, "no peer is installed; scripts/install-peers does it")
	}
	return peers
}

// Everybody answers what each case says, over the protocol it says, from where it
// says. Each has a field of its own, with Falochron, whose status it answers, so that
// they are tried beside one another: most of it is starting and ending servers.
func TestEverybodyDoesWhatIsMeasured(t *testing.T) {
	peers := installed(t)
	for _, mode := range []string{"auto", "hold"} {
		for i, p := range peers {
			if p.missing != "" {
				t.Logf("%s: %s", p.name, p.missing)
				continue
			}
			field, at := peers[:1], 0
			if i > 0 {
				field, at = []rawPeer{peers[0], p}, 1
			}
			t.Run(mode+"/"+p.name, func(t *testing.T) {
				t.Parallel()
				doesWhatIsMeasured(t, mode, field, at)
			})
		}
	}
}

// doesWhatIsMeasured tries all cases of a mode at one of the peers of a field.
func doesWhatIsMeasured(t *testing.T, mode string, peers []rawPeer, at int) {
	p := peers[at]
	f, err := openField(t.Context(), mode, peers, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.close)
	for _, c := range rawCases() {
		if c.mode() != mode {
			continue
		}
		if without := p.without(c); without != "" {
			t.Logf("%s, %s: %s", c.name, p.name, without)
			continue
		}
		if err := f.check(t.Context(), at, c); err != nil {
			t.Error(err)
		}
		c.requests = 20
		if m, err := f.measure(t.Context(), at, c); err != nil {
			t.Error(err)
		} else if m.perSecond <= 0 && !c.wire.idle() {
			t.Errorf("%s, %s, %s: %+v", p.name, c.name, c.wire, m)
		}
	}
}

// Each real server, configured on purpose without its cache, is caught.
func TestPeersWithoutCacheAreCaught(t *testing.T) {
	peers := installed(t)
	for i := range peers {
		commands := peers[i].commands
		if i > 0 {
			peers[i].commands = func(p rawPeer, v rawValues) ([]rawCommand, error) {
				v.NoCache = true
				return commands(p, v)
			}
		}
	}
	f, err := openField(t.Context(), "auto", peers, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.close)
	for i, p := range peers {
		if i == 0 || p.without(aHit(wireKept)) != "" {
			continue
		}
		if err := f.check(t.Context(), i, aHit(wireKept)); err == nil || !strings.Contains(err.Error(), "it does not keep the answer") {
			t.Errorf("%s: %v", p.name, err)
		}
		if err := f.check(t.Context(), i, aPass(wireKept)); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
	}
}
