package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which Falochron this is",
		Args:  wants(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), thisBuild())
			return err
		},
	}
}

// build is what tells one Falochron from another.
type build struct {
	version  string // the tag, between tags v0.0.0-time-revision; "devel" where the go command knew none
	revision string // of the source, up to 12 digits, and whether it was changed; empty = not known
}

// thisBuild reads what the go command wrote into this program. Whatever names a
// version (the command, the log, the metrics, the live page) asks here, so that
// all name the same.
func thisBuild() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return build{version: "devel"}
	}
	return buildOf(info)
}

func buildOf(info *debug.BuildInfo) build {
	b := build{version: info.Main.Version}
	if b.version == "" || b.version == "(devel)" {
		b.version = "devel"
	}
	changed := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			b.revision = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " (changed since)"
		}
	}
	b.revision += changed
	return b
}

// String is the one line by which a build is known.
func (b build) String() string {
	s := "falochron " + b.version
	if b.revision != "" {
		s += " " + b.revision
	}
	return fmt.Sprintf("%s %s %s/%s", s, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
