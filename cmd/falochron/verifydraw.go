package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/room"
	"github.com/spf13/cobra"
)

// drawAlgorithm is the only one this program knows, see [room.DrawPosition].
const drawAlgorithm = "falochron draw v1"

// aDraw is a draw as it was published, and the place to look up.
type aDraw struct {
	Start      time.Time `json:"start"`
	Commitment string    `json:"commitment"`
	Seed       string    `json:"seed"`
	First      uint64    `json:"first"`
	Count      uint64    `json:"count"`
}

func newVerifyDrawCommand() *cobra.Command {
	var at, noted string
	var d aDraw
	var place uint64
	cmd := &cobra.Command{
		Use:   "verify-draw",
		Short: "Recompute the place that a draw gave to a ticket",
		Long: `Before an announced start the hash of a seed is published, after it the seed.
With the seed, and the number of tickets drawn, anybody can recompute every
place; with the hash, that the seed was fixed before anybody came.

A shop behind Falochron publishes all of it at /.falochron/draw. The number of a
place stands at the foot of its waiting page. Give --commitment as well if you
noted the hash before the start: then nobody can have changed it since.

Exit code 0: the seed is the one that was announced. 1: it is another one, or it
is not published yet.`,
		Example: `  falochron verify-draw --url https://shop.example/.falochron/draw --place 17
  falochron verify-draw --seed 66e9… --commitment 4f1c… --count 1200 --ticket 17`,
		Args: wants(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			needs := []string{"commitment", "count", "seed", "ticket"}
			if at != "" {
				needs = []string{"ticket"}
				for _, name := range []string{"seed", "count", "first"} {
					if cmd.Flags().Changed(name) {
						return usage("--"+name+" is published at --url", "give the one or the other")
					}
				}
			}
			if err := missing(cmd, needs); err != nil {
				return err
			}
			d.Commitment = noted
			if at != "" {
				var err error
				if d, err = fetchDraw(cmd.Context(), at, place); err != nil {
					return err
				}
			}
			return d.verify(cmd.OutOrStdout(), place, noted)
		},
	}
	f := cmd.Flags()
	f.StringVar(&at, "url", "", "where the shop publishes its draws: https://SHOP/.falochron/draw")
	f.StringVar(&d.Seed, "seed", "", "the seed published after the start, 64 hex digits")
	f.StringVar(&noted, "commitment", "", "the hash published before the start, 64 hex digits")
	f.Uint64Var(&d.Count, "count", 0, "how many tickets were drawn")
	f.Uint64Var(&d.First, "first", 1, "the number of the first ticket drawn")
	f.Uint64Var(&place, "ticket", 0, "the number of the ticket to look up")
	f.Uint64Var(&place, "place", 0, "the same, as the waiting page calls it: the number of the place")
	return cmd
}

// missing says which of the flags that are needed were not given, in the words
// in which cobra says it.
func missing(cmd *cobra.Command, needs []string) error {
	var lack []string
	for _, name := range needs {
		if !cmd.Flags().Changed(name) && !(name == "ticket" && cmd.Flags().Changed("place")) {
			lack = append(lack, `"`+name+`"`)
		}
	}
	if len(lack) == 0 {
		return nil
	}
	return usage("required flag(s) "+strings.Join(lack, ", ")+" not set", cmd.CommandPath()+" --help shows an example")
}

// verify recomputes a place and says it, and whether the seed is the one that
// was announced. noted is the hash as somebody noted it before the start, if
// anybody did.
func (d *aDraw) verify(out io.Writer, place uint64, noted string) error {
	raw, err := hex.DecodeString(d.Seed)
	if err != nil || len(raw) != 32 {
		return usage("--seed is not 64 hex digits", "copy the seed as it was published after the start")
	}
	if noted == "" {
		noted = d.Commitment
	}
	noted = strings.ToLower(noted)
	if raw, err := hex.DecodeString(noted); err != nil || len(raw) != 32 {
		return usage("--commitment is not 64 hex digits", "copy the hash as it was published before the start")
	}
	if d.First < 1 || d.Count < 1 || place < d.First || place-d.First >= d.Count {
		return usage(fmt.Sprintf("ticket %d is not among the %d drawn from %d on", place, d.Count, d.First),
			"who came after the start was not drawn, but stands behind all who were")
	}
	seed := [32]byte(raw)
	fmt.Fprintf(out, "ticket %d was drawn to place %d of %d\n", place, room.DrawPosition(seed, d.Count, place-d.First)+1, d.Count)
	if got := room.Commitment(seed); got != noted {
		return &falochron.Error{
			Kind: falochron.Conflict, Op: "verify draw",
			Public: "the seed does not match the commitment: its hash is " + got,
			Hint:   "compare both with what was published; if they are right, the draw was not the announced one",
		}
	}
	fmt.Fprintln(out, "the seed matches the commitment published before the start")
	return nil
}

// fetchDraw reads what a shop publishes and returns the draw that the place was
// in.
func fetchDraw(ctx context.Context, at string, place uint64) (aDraw, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if u, err := url.Parse(at); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return aDraw{}, usage("--url "+at+" is no address", "for example --url https://shop.example/.falochron/draw")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return aDraw{}, usage("--url "+at+" is no address", "for example --url https://shop.example/.falochron/draw")
	}
	transport, err := shopTransport()
	if err != nil {
		return aDraw{}, err
	}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return aDraw{}, &falochron.Error{
			Kind: falochron.Unavailable, Op: "read the draw", Err: err, Hint: "does the address open in a browser?",
		}
	}
	defer resp.Body.Close()
	var said struct {
		Algorithm string  `json:"algorithm"`
		Draws     []aDraw `json:"draws"`
	}
	switch err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&said); {
	case err != nil || resp.StatusCode != http.StatusOK || said.Algorithm == "":
		return aDraw{}, &falochron.Error{
			Kind: falochron.Unavailable, Op: "read the draw", Public: "no draw is published there (" + resp.Status + ")", Err: err,
			Hint: "the address ends in /.falochron/draw, on the shop's own host",
		}
	case said.Algorithm != drawAlgorithm:
		return aDraw{}, &falochron.Error{
			Kind: falochron.Conflict, Op: "read the draw", Public: fmt.Sprintf("it was drawn by %q, which is not known here", said.Algorithm),
			Hint: "a newer falochron may know it",
		}
	}
	for _, d := range said.Draws {
		if d.Seed != "" && place >= d.First && place-d.First < d.Count {
			return d, nil
		}
	}
	for _, d := range said.Draws {
		if d.Seed == "" {
			return aDraw{}, &falochron.Error{
				Kind: falochron.NotFound, Op: "verify draw",
				Public: "the draw of " + d.Start.Format(time.RFC3339) + " is not over; its commitment is " + d.Commitment,
				Hint:   "note it, and ask again after the start",
			}
		}
	}
	return aDraw{}, &falochron.Error{
		Kind: falochron.NotFound, Op: "verify draw",
		Public: fmt.Sprintf("place %d is in none of the %d draws published there", place, len(said.Draws)),
		Hint:   "who came after the start was not drawn, but stands behind all who were; a draw is forgotten when its line is worked off",
	}
}
