package main

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/room"
	"github.com/spf13/cobra"
)

func newVerifyDrawCommand() *cobra.Command {
	var seedHex, commitment string
	var count, first, ticket uint64
	cmd := &cobra.Command{
		Use:   "verify-draw",
		Short: "Recompute the place that a draw gave to a ticket",
		Long: `Before an announced start the hash of a seed is published, after it the seed.
With the seed, and the number of tickets drawn, anybody can recompute every
place; with the hash, that the seed was fixed before anybody came.

Exit code 0: the seed is the one that was announced. 1: it is another one.`,
		Example: "  falochron verify-draw --seed 66e9… --commitment 4f1c… --count 1200 --ticket 17",
		Args:    wants(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			raw, err := hex.DecodeString(seedHex)
			if err != nil || len(raw) != 32 {
				return usage("--seed is not 64 hex digits", "copy the seed as it was published after the start")
			}
			commitment = strings.ToLower(commitment)
			if raw, err := hex.DecodeString(commitment); err != nil || len(raw) != 32 {
				return usage("--commitment is not 64 hex digits", "copy the hash as it was published before the start")
			}
			if first < 1 || count < 1 || ticket < first || ticket-first >= count {
				return usage(fmt.Sprintf("ticket %d is not among the %d drawn from %d on", ticket, count, first),
					"who came after the start was not drawn, but stands behind all who were")
			}
			seed := [32]byte(raw)
			place := room.DrawPosition(seed, count, ticket-first) + 1
			fmt.Fprintf(cmd.OutOrStdout(), "ticket %d was drawn to place %d of %d\n", ticket, place, count)
			if got := room.Commitment(seed); got != commitment {
				return &falochron.Error{
					Kind: falochron.Conflict, Op: "verify draw",
					Public: "the seed does not match the commitment: its hash is " + got,
					Hint:   "compare both with what was published; if they are right, the draw was not the announced one",
				}
			}
			fmt.Fprintln(cmd.OutOrStdout(), "the seed matches the commitment published before the start")
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&seedHex, "seed", "", "the seed published after the start, 64 hex digits")
	f.StringVar(&commitment, "commitment", "", "the hash published before the start, 64 hex digits")
	f.Uint64Var(&count, "count", 0, "how many tickets were drawn")
	f.Uint64Var(&first, "first", 1, "the number of the first ticket drawn")
	f.Uint64Var(&ticket, "ticket", 0, "the number of the ticket to look up")
	for _, name := range []string{"seed", "commitment", "count", "ticket"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // only for a flag that is not there
		}
	}
	return cmd
}
