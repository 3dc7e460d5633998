package main

import (
	"context"
	"io"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
)

// serve runs the edge until ctx ends.
func serve(_ context.Context, _ *config.Config, _ io.Writer) error {
	return &falochron.Error{
		Kind: falochron.Unavailable, Op: "run", Public: "this build has no edge",
		Hint: "take a newer build",
	}
}
