package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/pflag"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/twins"
)

// twinsOptions are the flags of falochron check --shop.
type twinsOptions struct {
	shop     string
	kind     string
	pages    []string
	platform string
	key      string
	pause    time.Duration
	confirm  bool
	wait     time.Duration
	edge     operators
}

func (o *twinsOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.shop, "shop", "", "address of a running shop whose pages are compared: https://shop.example")
	f.StringVar(&o.kind, "kind", "", "compare this kind of pages only: home, product...")
	f.StringArrayVar(&o.pages, "page", nil, "path of a page to look at besides those that are found; may be repeated")
	f.StringVar(&o.platform, "platform", "auto", "whose software the shop runs; auto finds it out")
	f.StringVar(&o.key, "key", "", "what the storefront of an interface for programs sends to be let in: Medusa's publishable key")
	f.DurationVar(&o.pause, "pause", time.Second, "between two requests; less than 1s only for a shop on this machine")
	f.BoolVar(&o.confirm, "confirm", false, "tell the running Falochron that kinds that are alike may be shared, and those that differ may not")
	f.DurationVar(&o.wait, "wait", 3*time.Minute, "with --confirm: how long to wait until the running Falochron has compared the pages itself, which makes the word count; 0 = not at all")
	o.edge.flags(f)
}

func (o *twinsOptions) run(ctx context.Context, out, errs io.Writer) error {
	shop, err := o.address()
	if err != nil {
		return err
	}
	if o.confirm { // before the shop is asked: a wrong token is found at once
		if err := o.edge.open(ctx); err != nil {
			return err
		}
	}
	tr, err := shopTransport()
	if err != nil {
		return err
	}
	cfg := twins.Config{
		Shop: shop, Fetch: fetchFrom(tr, shop), Pages: o.pages, Kind: o.kind, Pause: o.pause, Key: o.key, Probe: true,
		Say: func(line string) { fmt.Fprintln(errs, line) },
	}
	p, signs, err := o.recognise(ctx, cfg)
	if o.confirm && o.wait > 0 && twins.Fronted(err) {
		return o.edge.itself(ctx, out, errs, o.wait)
	}
	if err != nil {
		return err
	}
	if cfg.Preset, err = preset.New(p, preset.Rules{}); err != nil {
		return err
	}
	if err := o.check(p); err != nil {
		return err
	}
	if p.Name == preset.GenericName {
		fmt.Fprintf(errs, "%s runs software that is not known here; if you know it, say --platform NAME\n", shop.Host)
	} else {
		fmt.Fprintf(errs, "%s runs %s (%s)%s\n", shop.Host, p.Title, p.Evidence, by(signs))
	}
	if p.Says != "" {
		fmt.Fprintln(out, p.Says)
	}
	if len(p.Kinds) == 0 { // nothing is shared by kind, so there is nothing to prove
		fmt.Fprintln(out, "Nothing has to be compared or allowed.")
		return nil
	}
	report, err := twins.Check(ctx, cfg)
	if err != nil {
		return err
	}
	printReport(out, report)
	if o.confirm {
		if err := o.edge.tell(ctx, out, errs, report, o.wait); err != nil {
			return err
		}
	} else if slices.ContainsFunc(report.Kinds, contradicted) {
		fmt.Fprintln(out, "\nA running Falochron hears of it when it compares the pages itself, about once a day; with --confirm it is told now.")
	}
	return verdict(report)
}

// address checks --shop and what depends on it.
func (o *twinsOptions) address() (*url.URL, error) {
	u, err := url.Parse(o.shop)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, usage("--shop "+o.shop+" is no address", "for example --shop https://shop.example")
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, usage("--shop "+o.shop+" names a page", "give the shop's address only; --page names pages")
	}
	if o.pause < time.Second && !loopback(u.Hostname()) {
		return nil, usage("--pause "+o.pause.String()+" is too short for a shop on another machine", "at least 1s; people buy there")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// fetchFrom sends requests as they are to the shop at an address, also those for the name
// by which it knows itself: there its visitors come, maybe through this very program.
func fetchFrom(tr *http.Transport, at *url.URL) func(context.Context, *http.Request) (*http.Response, error) {
	tr.DisableCompression = true
	return func(ctx context.Context, r *http.Request) (*http.Response, error) {
		r = r.WithContext(ctx)
		if to := *r.URL; to.Host != at.Host {
			r.Host = to.Host
			if to.Scheme == "https" && at.Scheme == "http" {
				r.Header.Set("X-Forwarded-Proto", "https")
			}
			to.Scheme, to.Host = at.Scheme, at.Host
			r.URL = &to
		}
		return tr.RoundTrip(r)
	}
}

// recognise finds out whose software the shop runs, unless that is given.
func (o *twinsOptions) recognise(ctx context.Context, cfg twins.Config) (*preset.Platform, []string, error) {
	if o.platform != "auto" {
		if p, ok := preset.Named(o.platform); ok {
			return p, nil, nil
		}
		var names []string
		for _, p := range preset.Platforms() {
			names = append(names, p.Name)
		}
		return nil, nil, usage("--platform "+o.platform+" is not known", "known are auto, "+strings.Join(names, ", "))
	}
	return twins.Recognise(ctx, cfg)
}

// check refuses what cannot be compared.
func (o *twinsOptions) check(p *preset.Platform) error {
	if len(p.Kinds) == 0 && o.kind == "" {
		return nil
	}
	var names []string
	for _, k := range p.Kinds {
		if o.kind == "" || o.kind == k.Name {
			return nil
		}
		names = append(names, k.Name)
	}
	if len(names) == 0 {
		names = []string{"none"}
	}
	return usage("--kind "+o.kind+" is none of "+p.Title+"'s", "it has "+strings.Join(names, ", "))
}

func by(signs []string) string {
	if len(signs) == 0 {
		return ""
	}
	return ", by " + strings.Join(signs, ", ")
}

// printReport shows a table of kinds, then the evidence of each.
func printReport(out io.Writer, r twins.Report) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KIND\tTHE SHOP FORBIDS\tVERDICT")
	for _, k := range r.Kinds {
		fmt.Fprintf(table, "%s\t%s\t%s\n", k.Name, yesNo(k.Forbidden), verdictOf(k))
	}
	_ = table.Flush() // out is a terminal or a buffer; a write that fails there fails below, too
	for _, k := range r.Kinds {
		fmt.Fprintf(out, "\n%s: %s\n", k.Name, k.Why)
		for _, s := range k.Spans {
			may, other := "may not differ", "another stranger"
			if s.Harmless {
				may = "may differ"
			}
			if s.WithCart {
				other = "somebody with a cart"
			}
			fmt.Fprintf(out, "  %s: %s, on %s\n      a stranger: %s\n      %s: %s\n", may, s.Where, s.Page, quoted(s.A), other, quoted(s.B))
		}
	}
	for _, fields := range r.Believes {
		fmt.Fprintf(out, "\nnote: the shop believes whoever sends %s. Falochron passes no visitor's on, but another cache before the shop can be made to keep a page for all that way: "+
			"let nobody reach the shop past Falochron, or set it up to trust these fields from there only.\n", fields)
	}
	if r.Requests > 0 { // of a comparison made elsewhere nobody has said
		fmt.Fprintf(out, "\n%d requests; %s\n", r.Requests, cartSaid(r.Cart))
	}
}

func cartSaid(s string) string {
	if s == "" {
		return "no cart was made"
	}
	return s
}

func quoted(s string) string {
	if s == "" {
		return "nothing"
	}
	return fmt.Sprintf("%q", s)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func verdictOf(k falochron.SharedKind) string {
	differs := slices.ContainsFunc(k.Spans, func(s falochron.Span) bool { return !s.Harmless })
	which := ""
	if k.Seen { // of the other pages no word is needed
		which = "what the shop forbids "
	}
	switch {
	case k.Checked.IsZero():
		return "not seen"
	case k.Unproven && k.Passed:
		return "alike: is shared where the shop does not forbid it"
	case k.Unproven && differs:
		return "not alike: is not shared"
	case k.Unproven:
		return "nothing differs, but it is not proven: is not shared"
	case k.Passed && k.NeedsWord():
		return "alike: " + which + "may be shared once you allow it"
	case k.Passed && k.Forbidden:
		return "alike: is shared, since it is the cart of whoever has none"
	case k.Passed:
		return "alike: is shared"
	case !differs:
		return "nothing differs, but it is not proven: " + which + "is not shared"
	case k.Harm:
		return "not alike: is not shared"
	case k.NeedsWord():
		return "not alike: " + which + "is not shared"
	case k.Exempt:
		return "not alike, though nothing is surely one visitor's: is shared, since it is the cart of whoever has none"
	}
	return "not alike, though nothing is surely one visitor's: is shared, since the shop does not forbid it"
}

// verdict is an error if a kind may not be shared.
func verdict(r twins.Report) error {
	var bad []string
	for _, k := range r.Kinds {
		if !k.Checked.IsZero() && !k.Passed {
			bad = append(bad, k.Name)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return &falochron.Error{
		Kind: falochron.Conflict, Op: "compare the pages", Public: "not alike for every visitor, or not proven to be: " + strings.Join(bad, ", "),
		Hint: "the evidence is above; docs/sharing.md says what it means",
	}
}

// operators is the interface of a running Falochron for operators.
type operators struct {
	admin, data, tokenFile, name string
	token                        string
}

func (o *operators) flags(f *pflag.FlagSet) {
	d := config.Default()
	f.StringVar(&o.admin, "admin", d.Admin.Listen, "with --confirm: address of the operators' listener")
	f.StringVar(&o.data, "data", d.Data, "with --confirm: data folder of the running Falochron, where its token lies")
	f.StringVar(&o.tokenFile, "token-file", "", "with --confirm: file of the token (default admin-token in the data folder)")
	f.StringVar(&o.name, "name", "", "with --confirm: name of the shop in the configuration, if there are several")
}
