package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/notify"
	"github.com/spf13/cobra"
)

func newNotifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "notify",
		Short: "Send messages to people: e-mail, Slack, Discord, Telegram, webhook",
		Args:  unknownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SuggestionsMinimumDistance = 2 // as of the root
	cmd.AddCommand(newNotifyTestCommand())
	return cmd
}

// notifyOptions are the flags of notify test.
type notifyOptions struct {
	subject, text, link, lang string
	urgent                    bool
	allow                     []string
	timeout                   time.Duration
}

func newNotifyTestCommand() *cobra.Command {
	var o notifyOptions
	cmd := &cobra.Command{
		Use:   "test URL",
		Short: "Send one message, and say what became of it",
		Long: `Sends one message to an address and says in words what happened: that the service has
taken it, or why not, and whether another try may help.

The address is one URL, as users of shoutrrr know them; the https address that Slack or
Discord shows for a webhook will do. It holds a secret, which other users of this machine
can read while the command runs: with - it is read from standard input.

docs/notify.md lists the forms.`,
		Example: `  falochron notify test 'smtp://USER:PASSWORD@mail.example:587/?from=a@shop.example&to=b@shop.example' --text 'Hello'
  falochron notify test - --text 'Hello' <address
  falochron notify test 'generic+http://127.0.0.1:9000/hook#whsec_…' --text 'Hello' --allow 127.0.0.0/8`,
		Args: wants("URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			raw := args[0]
			if raw == "-" {
				b, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), 1<<16))
				if err != nil {
					return &falochron.Error{Kind: falochron.Unavailable, Op: "read the address", Err: err, Hint: "write it to standard input, as in: falochron notify test - <FILE"}
				}
				raw = string(b)
			}
			return o.run(cmd.Context(), cmd.OutOrStdout(), raw)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.subject, "subject", "", "the message's headline (default says that it is a test)")
	f.StringVar(&o.text, "text", "", "what to say")
	f.StringVar(&o.link, "link", "", "`address` behind the button to acknowledge")
	f.BoolVar(&o.urgent, "urgent", false, "mark it as urgent")
	f.StringVar(&o.lang, "lang", "en", "`language` of the words that are added: pl or en")
	f.StringSliceVar(&o.allow, "allow", nil, "`network` that may be connected to besides the public internet: 127.0.0.0/8; may be repeated")
	f.DurationVar(&o.timeout, "timeout", 0, "for the whole try (default 20s)")
	return cmd
}

func (o *notifyOptions) run(ctx context.Context, out io.Writer, raw string) error {
	options := notify.Options{Timeout: o.timeout}
	for _, s := range o.allow {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return usage("--allow "+s+" is no network", "for example --allow 127.0.0.0/8 or --allow 10.1.2.3/32")
		}
		options.Allow = append(options.Allow, p)
	}
	m := notify.Message{ID: "test-" + rand.Text(), Subject: o.subject, Text: o.text, Language: o.lang}
	if m.Subject == "" {
		m.Subject = "A test of Falochron"
		if o.lang == "pl" {
			m.Subject = "Próba Falochronu"
		}
	}
	if o.urgent {
		m.Urgency = notify.Urgent
	}
	if o.link != "" {
		m.Links = []notify.Link{{URL: o.link}}
	}
	if err := m.Check(); err != nil {
		return &falochron.Error{Kind: falochron.Invalid, Op: "read command line", Err: err, Hint: "--lang is pl or en; --link is an https address"}
	}
	to, err := notify.ParseAddress(raw)
	if err != nil {
		return err
	}
	s, err := notify.New(to, options)
	if err != nil {
		return err
	}
	receipt, err := s.Send(ctx, m)
	if err != nil {
		return whatNext(err)
	}
	fmt.Fprintf(out, "Sent: %s took the message after %d ms%s.\n", receipt.Where, receipt.Took.Milliseconds(), called(receipt.ID))
	return nil
}

func called(id string) string {
	if id == "" {
		return ""
	}
	return " and calls it " + id
}

// whatNext adds whether another try may help.
func whatNext(err error) error {
	f, ok := errors.AsType[*notify.Failure](err)
	switch {
	case !ok:
		return err
	case f.Final:
		return fmt.Errorf("%w; another try will not help", err)
	case f.After > 0:
		return fmt.Errorf("%w; another try may help in %s", err, f.After.Round(time.Second))
	}
	return fmt.Errorf("%w; another try may help", err)
}
