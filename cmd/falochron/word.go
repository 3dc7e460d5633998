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
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/twins"
)

// open reads the token and finds the shop at a running Falochron.
func (o *operators) open(ctx context.Context) error {
	if o.tokenFile == "" {
		o.tokenFile = filepath.Join(o.data, control.TokenFile)
	}
	token, err := os.ReadFile(o.tokenFile)
	if err != nil {
		return &falochron.Error{
			Kind: falochron.Invalid, Op: "read the admin token", Err: err,
			Hint: "give the running Falochron's data folder with --data, or its token with --token-file",
		}
	}
	o.token = strings.TrimSpace(string(token))
	var all struct{ Shops []string }
	if err := o.call(ctx, http.MethodGet, "/api/v1/shops", &all); err != nil {
		return err
	}
	if o.name == "" && len(all.Shops) == 1 {
		o.name = all.Shops[0]
	}
	for _, name := range all.Shops {
		if name == o.name {
			return nil
		}
	}
	return usage(fmt.Sprintf("which shop of %s it is cannot be told", o.admin), "say it with --name: "+strings.Join(all.Shops, ", "))
}

// confirm gives the owner's word for the kinds that were found alike.
func (o *operators) confirm(ctx context.Context, out io.Writer, r twins.Report) error {
	fmt.Fprintln(out)
	for _, k := range r.Kinds {
		if !k.Passed || !k.Forbidden {
			continue
		}
		var said struct{ Sharing control.SharingView }
		path := "/api/v1/shops/" + url.PathEscape(o.name) + "/sharing/" + url.PathEscape(k.Name) + "/confirm"
		if err := o.call(ctx, http.MethodPost, path, &said); err != nil {
			return err
		}
		became := "it is shared from now on"
		for _, now := range said.Sharing.Kinds {
			if now.Name == k.Name && !now.Shared {
				became = "it is shared as soon as " + o.admin + " has compared the pages itself"
			}
		}
		fmt.Fprintf(out, "%s: allowed for %s; %s\n", k.Name, o.name, became)
	}
	return nil
}

// call asks the operators' interface and decodes its answer.
func (o *operators) call(ctx context.Context, method, path string, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	base := o.admin
	if !strings.Contains(base, "://") {
		base = "http://" + base
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(base, "/")+path, nil)
	if err != nil || r.URL.Host == "" {
		return usage("--admin "+o.admin+" is no address", "for example --admin 127.0.0.1:9090")
	}
	r.Header.Set("Authorization", "Bearer "+o.token)
	r.Header.Set(control.ActorHeader, os.Getenv("USER"))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return &falochron.Error{
			Kind: falochron.Unavailable, Op: "ask " + o.admin, Err: err,
			Hint: "is falochron run up, and is this its --admin address?",
		}
	}
	defer resp.Body.Close()
	var said struct {
		Error struct{ Message, Hint string }
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err == nil && resp.StatusCode == http.StatusOK {
		err = json.Unmarshal(body, answer)
	} else if err == nil {
		err = json.Unmarshal(body, &said)
	}
	switch {
	case err != nil || resp.StatusCode != http.StatusOK && said.Error.Message == "":
		return &falochron.Error{
			Kind: falochron.Unavailable, Op: "ask " + o.admin, Public: "the answer is not Falochron's (" + resp.Status + ")", Err: err,
			Hint: "does another program listen there? --admin names the address",
		}
	case resp.StatusCode != http.StatusOK:
		hint := said.Error.Hint
		if hint == "" {
			hint = "the live page at " + o.admin + " shows what is known of the shop"
		}
		return &falochron.Error{Kind: falochron.Conflict, Op: "ask " + o.admin, Public: said.Error.Message, Hint: hint}
	}
	return nil
}
