package main

import (
	"bytes"
	"cmp"
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
//
// A word counts only with that Falochron's own proof. So it is told to compare the pages
// now, and waited for that long; errs is told so, and why it takes time.
func (o *operators) tell(ctx context.Context, out, errs io.Writer, r twins.Report, wait time.Duration) error {
	fmt.Fprintln(out)
	for _, k := range r.Kinds {
		if !contradicted(k) {
			continue
		}
		body := map[string]any{"differs": cutTo(k.Why, 1000), "harm": k.Harm}
		if err := o.word(ctx, k.Name, "withdraw", body); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: withdrawn at %s; it is not shared until %s has compared the pages itself and found them alike\n", k.Name, o.name, o.admin)
	}
	// What that one found before is in the way of a word: nobody may have come yet when it
	// looked, so that it did not know the shop's name.
	failed := func(k control.KindView) bool { return !k.Checked.IsZero() && !k.Passed }
	if err := o.compared(ctx, errs, r, wait, failed); err != nil {
		return err
	}
	var allowed []string
	for _, k := range r.Kinds {
		if !k.Passed || !k.NeedsWord() {
			continue
		}
		var body any
		if k.Seen { // which the other side may not know yet
			body = map[string]bool{"forbidden": true}
		}
		if err := o.word(ctx, k.Name, "confirm", body); err != nil {
			return err
		}
		allowed = append(allowed, k.Name)
	}
	missing := func(k control.KindView) bool { return k.Checked.IsZero() || k.Reason == "twins-too-old" }
	if err := o.compared(ctx, errs, r, wait, missing); err != nil {
		return err
	}
	now, err := o.known(ctx)
	if err != nil {
		return err
	}
	for _, kind := range allowed {
		became := "it is shared from now on"
		if k, _ := kindOf(now, kind); !k.Shared {
			became = "it is shared as soon as " + o.admin + " has compared the pages itself and found them alike"
		}
		fmt.Fprintf(out, "%s: allowed for %s; %s\n", kind, o.name, became)
	}
	return nil
}

// compared has the running Falochron compare the pages, if it lacks that for a kind that
// was found alike and needs a word, and waits until it has, but no longer than that.
func (o *operators) compared(ctx context.Context, errs io.Writer, r twins.Report, wait time.Duration, lacks func(control.KindView) bool) error {
	now, err := o.known(ctx)
	if err != nil || wait <= 0 {
		return err
	}
	lacking := slices.ContainsFunc(r.Kinds, func(k falochron.SharedKind) bool {
		there, found := kindOf(now, k.Name)
		return found && k.Passed && k.NeedsWord() && lacks(there)
	})
	if lacking {
		_, err = o.compare(ctx, errs, wait)
	}
	return err
}

// compare has the running Falochron compare the pages now, and waits until it has. False
// if it had not by then.
func (o *operators) compare(ctx context.Context, errs io.Writer, wait time.Duration) (bool, error) {
	before, err := o.known(ctx)
	if err != nil {
		return false, err
	}
	if err := o.call(ctx, http.MethodPost, o.sharing()+"/check", nil, &struct{}{}); err != nil {
		return false, err
	}
	fmt.Fprintf(errs, "%s compares the pages itself, once nobody has waited there for a minute\n", o.admin)
	over := time.NewTimer(wait)
	defer over.Stop()
	for {
		now, err := o.known(ctx)
		if err != nil {
			return false, err
		}
		if now.Asked.IsZero() && !now.Compared.Equal(before.Compared) {
			return true, nil
		}
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-over.C:
			return false, nil
		case <-time.After(time.Second):
		}
	}
}

// itself gives the word on what the running Falochron finds, where that is what answers at
// the shop's address: nobody else can compare the pages there. What it found is shown.
func (o *operators) itself(ctx context.Context, out, errs io.Writer, wait time.Duration) error {
	fmt.Fprintln(errs, "Falochron itself answers at that address")
	done, err := o.compare(ctx, errs, wait)
	if err != nil {
		return err
	}
	now, err := o.known(ctx)
	if err != nil {
		return err
	}
	if !done || now.Refused != "" {
		return &falochron.Error{
			Kind: falochron.Unavailable, Op: "compare the pages", Public: cmp.Or(now.Refused, "they were not compared within "+wait.String()),
			Hint: "while people wait at the shop they are not; --wait waits longer, and the live page at " + o.admin + " has the evidence then",
		}
	}
	var r twins.Report
	for _, k := range now.Kinds {
		r.Kinds = append(r.Kinds, k.SharedKind)
	}
	printReport(out, r)
	if err := o.tell(ctx, out, errs, r, 0); err != nil {
		return err
	}
	return verdict(r)
}

// known is what the running Falochron knows of the shop's pages.
func (o *operators) known(ctx context.Context) (control.SharingView, error) {
	var now struct{ Sharing control.SharingView }
	err := o.call(ctx, http.MethodGet, o.sharing(), nil, &now)
	return now.Sharing, err
}

func kindOf(s control.SharingView, name string) (control.KindView, bool) {
	for _, k := range s.Kinds {
		if k.Name == name {
			return k, true
		}
	}
	return control.KindView{}, false
}

// sharing is the address of what is known of the shop's pages.
func (o *operators) sharing() string { return "/api/v1/shops/" + url.PathEscape(o.name) + "/sharing" }

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

// word says something about one kind of pages.
func (o *operators) word(ctx context.Context, kind, word string, body any) error {
	return o.call(ctx, http.MethodPost, o.sharing()+"/"+url.PathEscape(kind)+"/"+word, body, &struct{}{})
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
