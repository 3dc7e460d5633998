package main

import (
	"bytes"
	"strings"
	"testing"
)

// The seed and its hash are those of internal/room/testdata/draw.json.
func TestVerifyDraw(t *testing.T) {
	const zeros = "0000000000000000000000000000000000000000000000000000000000000000"
	const hash = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
	for _, tc := range []struct {
		args string
		code int
		want string
	}{
		{"--seed " + zeros + " --commitment " + hash + " --count 1 --ticket 1", 0, "ticket 1 was drawn to place 1 of 1\nthe seed matches"},
		{"--seed " + zeros + " --commitment " + strings.ToUpper(hash) + " --count 9 --first 40 --ticket 48", 0, "of 9\nthe seed matches"},
		{"--seed " + zeros + " --commitment " + zeros + " --count 1 --ticket 1", 1, "of 1\n"},
		{"--seed 00 --commitment " + hash + " --count 1 --ticket 1", 2, ""},
		{"--seed " + zeros + " --commitment x --count 1 --ticket 1", 2, ""},
		{"--seed " + zeros + " --commitment " + hash + " --count 5 --ticket 6", 2, ""},
		{"--seed " + zeros + " --commitment " + hash + " --count 5 --ticket 0", 2, ""},
	} {
		cmd := newVerifyDrawCommand()
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		var out bytes.Buffer
		cmd.SetOut(&out)
		cmd.SetArgs(strings.Fields(tc.args))
		if code := exitCode(cmd.Execute()); code != tc.code || !strings.Contains(out.String(), tc.want) {
			t.Errorf("%s: exit code %d, want %d; printed %q", tc.args, code, tc.code, out.String())
		}
	}
}
