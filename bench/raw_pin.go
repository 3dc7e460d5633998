package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/falochron/falochron"
)

// pinSelf keeps the bench, and what it starts without saying another core, on the
// core of the load until release is called.
func pinSelf(ctx context.Context) (release func(), err error) {
	allowed, err := allowedCores()
	if err != nil {
		return nil, err
	}
	if runtime.NumCPU() < 2 {
		return nil, &falochron.Error{Kind: falochron.Unavailable, Op: "measure raw speed", Public: "there is only one core",
			Hint: "server and load need one each; leave raw out with ONLY="}
	}
	if err := pin(ctx, rawLoadCore); err != nil {
		return nil, err
	}
	before := runtime.GOMAXPROCS(1)
	return func() {
		runtime.GOMAXPROCS(before)
		// Also when ctx is over: what follows may use all cores again.
		_ = pin(context.WithoutCancel(ctx), allowed)
	}, nil
}

// pin keeps every thread of this process to cores.
func pin(ctx context.Context, cores string) error {
	out, err := exec.CommandContext(ctx, "taskset", "-a", "-c", "-p", cores, fmt.Sprint(os.Getpid())).CombinedOutput()
	if err != nil {
		return &falochron.Error{Kind: falochron.Unavailable, Op: "keep to core " + cores, Public: strings.TrimSpace(string(out)),
			Hint: "taskset (util-linux) and cores " + rawLoadCore + " and " + rawServerCore + " are needed", Err: err}
	}
	return nil
}

// allowedCores are those that this process may use, as taskset writes them.
func allowedCores() (string, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "", &falochron.Error{Kind: falochron.Unavailable, Op: "measure raw speed", Public: "the kernel does not say which cores there are",
			Hint: "raw speed is measured on Linux only; leave raw out with ONLY=", Err: err}
	}
	return field(string(text), "Cpus_allowed_list", ":"), nil
}
