package processes

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// Config says what is run, and where.
type Config struct {
	// Command is the program and its arguments; no shell reads them. "{port}" in an
	// argument stands for the copy's port. At least the program.
	Command []string
	// Folder is where it runs. Empty: ours.
	Folder string
	// Environment are variables, "NAME=value". "{port}" stands for the port. The copy has
	// besides PORT and what [Config.Keep] names, and nothing else of ours.
	Environment []string
	// Keep are names of our own variables that copies get as well. Nil means PATH, HOME,
	// LANG, TZ, TMPDIR and USER.
	Keep []string
	// Host is the address the copies listen on. Empty means 127.0.0.1.
	Host string
	// FirstPort and LastPort are the ports, one for each copy; 1 to 65535.
	FirstPort, LastPort int
	// Base is how many copies run without any order, 0 to the number of ports: an order
	// that expires leads back to it.
	Base int
	// Health is asked with GET until an answer is below 500. Empty means "/".
	Health string
	// StartTimeout is how long a copy may take to be ready. Zero means 1 min.
	StartTimeout time.Duration
	// StopTimeout is from SIGTERM to SIGKILL. Zero means 30 s, negative none.
	StopTimeout time.Duration
	// Nice is added to the copies' niceness, 0 to 19.
	Nice int
	// OpenFiles bounds the files of one copy. 0: as many as we may.
	OpenFiles int
	// State is a folder of this driver's own, made when it is not there: what is known of
	// copies that run is kept in it for the next start. Two drivers cannot share it.
	State string
	// Log gets what the copies write, bounded, and what becomes of them. Nil discards.
	Log *slog.Logger

	// firstPause is the wait after a first failure. Zero means 1 s; tests are quicker.
	firstPause time.Duration
}

// mostPause bounds the wait between two starts of a command that fails.
const mostPause = 30 * time.Second

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

func (c Config) withDefaults() (Config, error) {
	if c.Keep == nil {
		c.Keep = []string{"PATH", "HOME", "LANG", "TZ", "TMPDIR", "USER"}
	}
	if c.Host == "" {
		c.Host = "127.0.0.1"
	}
	if c.Health == "" {
		c.Health = "/"
	}
	if c.StartTimeout == 0 {
		c.StartTimeout = time.Minute
	}
	if c.StopTimeout == 0 {
		c.StopTimeout = 30 * time.Second
	}
	c.StopTimeout = max(c.StopTimeout, 0)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.firstPause == 0 {
		c.firstPause = time.Second
	}
	return c, c.check()
}

// ports is how many copies there can be.
func (c Config) ports() int { return c.LastPort - c.FirstPort + 1 }

func (c Config) check() error {
	var faults []error
	bad := func(wrong bool, what, hint string) {
		if wrong {
			faults = append(faults, &falochron.Error{Kind: falochron.Invalid, Op: "replicas as processes", Public: what, Hint: hint})
		}
	}
	bad(len(c.Command) == 0 || c.Command[0] == "", "command names no program", `for example command: [node, server.js, --port, "{port}"]`)
	bad(c.FirstPort < 1 || c.LastPort < c.FirstPort || c.LastPort > 65535 || c.ports() > fleet.MaxReplicas,
		fmt.Sprintf("ports %d to %d are no range", c.FirstPort, c.LastPort), "for example first_port: 9001, last_port: 9032; one port for each replica")
	bad(c.Base < 0 || c.Base > max(c.ports(), 0), fmt.Sprintf("%d replicas in calm need as many ports", c.Base), "widen the range of ports")
	bad(net.ParseIP(c.Host) == nil, fmt.Sprintf("%q is no address", c.Host), "for example 127.0.0.1")
	bad(!strings.HasPrefix(c.Health, "/"), fmt.Sprintf("health %q is no path", c.Health), "begin it with /")
	bad(c.StartTimeout < 0, "start_timeout is negative", "for example 1m")
	bad(c.Nice < 0 || c.Nice > 19, fmt.Sprintf("nice %d", c.Nice), "from 0 to 19")
	bad(c.OpenFiles < 0, "open_files is negative", "0 means no bound")
	bad(c.State == "", "no folder for what has to be known after a restart", "")
	for i, e := range c.Environment {
		bad(!variable.MatchString(e), fmt.Sprintf("environment[%d] is not NAME=value", i), "") // the value may be secret
	}
	return errors.Join(faults...)
}
