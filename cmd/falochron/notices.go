package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/notify"
	"github.com/falochron/falochron/internal/plan"
)

// ways finds how a contact of the plan is written to. It holds secrets and shows none.
type ways struct {
	mail     func(to string) string // the address of somebody's mailbox; nil = no mail server is known
	channels map[string]channel
	options  notify.Options
}

// channel is an address that contacts name without knowing it.
type channel struct {
	address notify.Address
	party   plan.ID // the only one that may; empty = all
}

// maxSecret is the longest file that may hold an address, in bytes.
const maxSecret = 4 << 10

// readWays reads the files of a configuration.
func readWays(n *config.Notify) (*ways, error) {
	w := &ways{channels: map[string]channel{}, options: notify.Options{Allow: n.Allow, Timeout: n.Timeout}}
	if n.Mail != "" {
		raw, err := readSecret("notify.mail", n.Mail)
		if err != nil {
			return nil, err
		}
		if w.mail, err = mailServer(raw); err != nil {
			return nil, badSecret("notify.mail", n.Mail, err)
		}
	}
	for i, ch := range n.Channels {
		key := fmt.Sprintf("notify.channels[%d].file", i)
		raw, err := readSecret(key, ch.File)
		if err != nil {
			return nil, err
		}
		a, err := notify.ParseAddress(raw)
		if err != nil {
			return nil, badSecret(key, ch.File, err)
		}
		w.channels[ch.Name] = channel{a, plan.ID(ch.Party)}
	}
	return w, nil
}

func readSecret(key, name string) (string, error) {
	b, err := os.ReadFile(name)
	if err == nil && len(b) > maxSecret {
		err = errors.New("it is too long for an address")
	}
	if err != nil {
		return "", badSecret(key, name, err)
	}
	return strings.TrimSpace(string(b)), nil
}

func badSecret(key, name string, err error) error {
	return &falochron.Error{
		Kind: falochron.Invalid, Op: "read " + key, Public: name + " holds no address that can be used", Err: err,
		Hint: "docs/notify.md lists the forms; falochron notify test - <" + name + " tries one",
	}
}

// mailServer makes the address of a mail server that of a mailbox which it writes to.
func mailServer(raw string) (func(to string) string, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("it begins with neither smtp:// nor smtps://") // the parser's text holds the address
	}
	q := u.Query()
	if q.Has("to") {
		return nil, errors.New("to is given by the contact that is written to: leave it out")
	}
	of := func(to string) string {
		q, u := u.Query(), *u
		q.Set("to", to)
		u.RawQuery = q.Encode()
		return u.String()
	}
	_, err = notify.ParseAddress(of("somebody@shop.example"))
	return of, err
}

// to is the way to a contact's address.
func (w *ways) to(party plan.ID, address string) (control.Way, error) {
	mailbox, isMail := strings.CutPrefix(address, "mailto:")
	name, isChannel := strings.CutPrefix(address, "channel:")
	var a notify.Address
	switch {
	case isMail && w.mail == nil:
		return nil, errors.New("no mail server is set up (notify.mail)")
	case isMail:
		address = w.mail(mailbox)
	case isChannel:
		ch, found := w.channels[name]
		if !found || ch.party != "" && ch.party != party {
			return nil, errors.New("there is no such channel (notify.channels) for this party")
		}
		a = ch.address
	}
	if !isChannel {
		var err error
		if a, err = notify.ParseAddress(address); err != nil {
			return nil, err
		}
	}
	s, err := notify.New(a, w.options)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// openMessenger makes what tells people, if they are to be told.
func (h *service) openMessenger() error {
	n := &h.cfg.Notify
	if h.plan == nil || !n.Send {
		return nil
	}
	w, err := readWays(n)
	if err != nil {
		return err
	}
	h.messenger = control.NewMessenger(control.MessengerConfig{
		Plan: h.plan, Way: w.to, Pages: strings.TrimSuffix(h.cfg.Plan.URL.String(), "/"), Seal: h.parts.ring.Links().SealNotice,
		Window: n.Gather, Timeout: n.Timeout, Log: h.log,
	})
	return nil
}
