package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/spf13/cobra"
)

func newExplainCommand() *cobra.Command {
	d := config.Default()
	var admin, data, tokenFile string
	cmd := &cobra.Command{
		Use:   "explain REQUEST-ID",
		Short: "Tell what was decided about one request, and why",
		Long: `Asks the running Falochron on this machine about one request. The id stands in
the X-Request-Id field of its answer, and on every error page.`,
		Example: "  falochron explain 3f9a1c07be52d468",
		Args:    wants("REQUEST-ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if tokenFile == "" {
				tokenFile = filepath.Join(data, "admin-token")
			}
			token, err := os.ReadFile(tokenFile)
			if err != nil {
				return &falochron.Error{
					Kind: falochron.Invalid, Op: "read the admin token", Err: err,
					Hint: "give the running Falochron's data folder with --data, or its token with --token-file",
				}
			}
			story, err := ask(cmd.Context(), admin, strings.TrimSpace(string(token)), args[0])
			if err != nil {
				return err
			}
			for _, sentence := range story {
				fmt.Fprintln(cmd.OutOrStdout(), sentence)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&admin, "admin", d.Admin.Listen, "address of the operators' listener")
	cmd.Flags().StringVar(&data, "data", d.Data, "data folder of the running Falochron, where its token lies")
	cmd.Flags().StringVar(&tokenFile, "token-file", "", "file of the token (default admin-token in the data folder)")
	return cmd
}

// ask returns the story of request id as the admin API at address admin tells
// it.
func ask(ctx context.Context, admin, token, id string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	at := url.URL{Scheme: "http", Host: admin, Path: "/api/v1/explain/" + id}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, usage("--admin "+admin+" is no address", "for example --admin 127.0.0.1:9090")
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, &falochron.Error{
			Kind: falochron.Unavailable, Op: "ask " + admin, Err: err,
			Hint: "is falochron run up, and is this its --admin address?",
		}
	}
	defer resp.Body.Close()
	var said struct {
		Story []string `json:"story"`
		Error struct {
			Message string `json:"message"`
			Hint    string `json:"hint"`
		} `json:"error"`
	}
	err = json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&said)
	switch {
	case err != nil:
		return nil, &falochron.Error{
			Kind: falochron.Unavailable, Op: "ask " + admin, Public: "the answer is not Falochron's (" + resp.Status + ")", Err: err,
			Hint: "does another program listen there? --admin names the address",
		}
	case resp.StatusCode != http.StatusOK:
		return nil, &falochron.Error{Kind: falochron.NotFound, Op: "explain " + id, Public: said.Error.Message, Hint: said.Error.Hint}
	}
	return said.Story, nil
}
