package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/twins"
)

// open reads the token and finds the shop at a running Falochron.
func (o *operators) open(ctx context.Context) error {
	if err := o.unlock(); err != nil {
		return err
	}
	return o.choose(ctx)
}

// unlock reads the token.
func (o *operators) unlock() error {
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
	return nil
}

// choose finds out which shop is meant.
func (o *operators) choose(ctx context.Context) error {
	var all struct{ Shops []string }
	if err := o.call(ctx, http.MethodGet, "/api/v1/shops", nil, &all); err != nil {
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

// tell gives the owner's word for the kinds that were found alike, and takes it back
// for those that differ: they are not shared any more before the running Falochron
// has compared them itself.
func (o *operators) tell(ctx context.Context, out io.Writer, r twins.Report) error {
	fmt.Fprintln(out)
	for _, k := range r.Kinds {
		if !contradicted(k) {
			continue
		}
		body := map[string]any{"differs": cutTo(k.Why, 1000), "harm": k.Harm}
		if _, err := o.word(ctx, k.Name, "withdraw", body); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: withdrawn at %s; it is not shared until %s has compared the pages itself and found them alike\n", k.Name, o.name, o.admin)
	}
	for _, k := range r.Kinds {
		if !k.Passed || !k.NeedsWord() {
			continue
		}
		var body any
		if k.Seen { // which the other side may not know yet
			body = map[string]bool{"forbidden": true}
		}
		now, err := o.word(ctx, k.Name, "confirm", body)
		if err != nil {
			return err
		}
		became := "it is shared from now on"
		if !now.Shared {
			became = "it is shared as soon as " + o.admin + " has compared the pages itself"
		}
		fmt.Fprintf(out, "%s: allowed for %s; %s\n", k.Name, o.name, became)
	}
	return nil
}

// contradicted reports whether a comparison found what ends the sharing of a kind: of
// what the shop does not forbid, only what was surely made for one visitor.
func contradicted(k falochron.SharedKind) bool {
	return (k.NeedsWord() || k.Harm) && slices.ContainsFunc(k.Spans, func(s falochron.Span) bool { return !s.Harmless })
}

// cutTo shortens a text to so many bytes, at a character's end.
func cutTo(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

// word says something about one kind of pages, and returns what is known of it then.
func (o *operators) word(ctx context.Context, kind, word string, body any) (control.KindView, error) {
	var said struct{ Sharing control.SharingView }
	path := "/api/v1/shops/" + url.PathEscape(o.name) + "/sharing/" + url.PathEscape(kind) + "/" + word
	if err := o.call(ctx, http.MethodPost, path, body, &said); err != nil {
		return control.KindView{}, err
	}
	for _, k := range said.Sharing.Kinds {
		if k.Name == kind {
			return k, nil
		}
	}
	return control.KindView{}, nil
}

// call asks the operators' interface, with a body in JSON unless it is nil, and
// decodes its answer.
func (o *operators) call(ctx context.Context, method, path string, body, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	base := o.admin
	if !strings.Contains(base, "://") {
		base = "http://" + base
	}
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(base, "/")+path, bytes.NewReader(text))
	if err != nil || r.URL.Host == "" {
		return usage("--admin "+o.admin+" is no address", "for example --admin 127.0.0.1:9090")
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
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
	done := resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusAccepted
	got, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err == nil && done {
		err = json.Unmarshal(got, answer)
	} else if err == nil {
		err = json.Unmarshal(got, &said)
	}
	switch {
	case err != nil || !done && said.Error.Message == "":
		return &falochron.Error{
			Kind: falochron.Unavailable, Op: "ask " + o.admin, Public: "the answer is not Falochron's (" + resp.Status + ")", Err: err,
			Hint: "does another program listen there? --admin names the address",
		}
	case !done:
		hint := said.Error.Hint
		if hint == "" {
			hint = "the live page at " + o.admin + " shows what is known of the shop"
		}
		return &falochron.Error{Kind: falochron.Conflict, Op: "ask " + o.admin, Public: said.Error.Message, Hint: hint}
	}
	return nil
}
