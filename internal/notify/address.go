package notify

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Channel is a kind of way to somebody.
type Channel uint8

// The channels.
const (
	Mail Channel = iota + 1
	Slack
	Discord
	Telegram
	Webhook
)

var channelNames = [...]string{"", "e-mail", "Slack", "Discord", "Telegram", "webhook"}

// String is the channel's name as people write it.
func (c Channel) String() string {
	if int(c) < len(channelNames) {
		return channelNames[c]
	}
	return ""
}

// Address is where messages for one person go: one channel, one place. It holds
// secrets and shows none.
type Address struct {
	channel Channel
	where   string
	to      target
}

// target is the part of an address that a channel knows.
type target interface {
	// endpoint is where the sender will connect, "scheme://host".
	endpoint(Services) string
	// send brings one message there. The id is what the service calls the message.
	send(context.Context, *Sender, *Message) (id string, failed *Failure)
}

// Channel is the way by which messages go.
func (a Address) Channel() Channel { return a.channel }

// String says which way and where to, for people and logs: "e-mail to ola@shop.example",
// "Discord webhook 8423". It has no secret in it.
func (a Address) String() string {
	if a.to == nil {
		return "no address"
	}
	return a.where
}

// GoString is String, so that %#v shows no more.
func (a Address) GoString() string { return a.String() }

// maxAddressLen bounds what is parsed, in bytes.
const maxAddressLen = 2048

// forms are how each channel is written, for hints.
const forms = formMail + ", slack://hook:T…-B…-…@webhook, discord://TOKEN@WEBHOOK-ID, " +
	"telegram://BOT:TOKEN@telegram?chats=CHAT or generic+https://HOST/PATH#whsec_…"

// ParseAddress reads an address as users of shoutrrr write them, or the https address
// that Slack and Discord show for a webhook of theirs. The forms are in docs/notify.md.
// An error is of kind Invalid, names every fault at once as [Faults], and repeats nothing
// of what was given.
func ParseAddress(raw string) (Address, error) {
	const op = "read the address"
	var faults Faults
	raw = strings.TrimSpace(raw)
	switch {
	case raw == "":
		faults.add("address", "is empty", forms)
	case len(raw) > maxAddressLen:
		faults.add("address", fmt.Sprintf("is longer than %d bytes", maxAddressLen), forms)
	case visible(raw) != raw || strings.ContainsAny(raw, " \n"):
		faults.add("address", "holds spaces or characters that cannot be seen", "write them percent-encoded, a space as %20")
	}
	u, err := url.Parse(raw)
	if err != nil && len(faults) == 0 { // its text holds the whole address
		faults.add("address", "cannot be read as a URL", "percent-encode what is special in names and passwords: / as %2F, @ as %40, : as %3A, % as %25")
	}
	if len(faults) > 0 {
		return Address{}, faults.refused(op)
	}
	r := &reading{url: u, scheme: u.Scheme}
	if r.query, err = url.ParseQuery(u.RawQuery); err != nil {
		r.faults.add("query", "cannot be read", "key=value&key=value, percent-encoded")
	}
	for _, key := range slices.Sorted(maps.Keys(r.query)) {
		if len(r.query[key]) > 1 {
			r.faults.add(shownKey(key), "is there more than once", "one person, one address: give each another one")
		}
	}
	a := r.address()
	if len(r.faults) > 0 {
		return Address{}, r.faults.refused(op)
	}
	return a, nil
}

// reading is an address that is being read; what it has taken it knows.
type reading struct {
	url    *url.URL
	scheme string
	query  url.Values
	taken  []string
	faults Faults
}

func (r *reading) address() Address {
	if pasted := r.pasted(); pasted != "" {
		r.scheme = pasted
	}
	switch r.scheme {
	case "slack":
		return r.slack()
	case "discord":
		return r.discord()
	case "telegram":
		return r.telegram()
	case "smtp", "smtps":
		return r.mail()
	case "generic", "generic+https", "generic+http":
		return r.webhook()
	case "https", "http":
		r.faults.add("address", "does not say what kind of service is there", "a signed webhook is written generic+https://HOST/PATH#whsec_…")
	case "mailto":
		r.faults.add("address", "does not say which server takes the mail", formMail)
	default:
		r.faults.add("address", "begins with no service that is known", forms)
	}
	return Address{}
}

// pasted turns the address of a webhook as Slack and Discord show it into ours, and
// returns its scheme.
func (r *reading) pasted() string {
	if r.scheme != "https" || r.url.User != nil {
		return ""
	}
	parts := strings.Split(strings.Trim(r.url.Path, "/"), "/")
	switch host := strings.ToLower(r.url.Host); {
	case host == "hooks.slack.com" && len(parts) == 4 && parts[0] == "services":
		r.url = &url.URL{Scheme: "slack", User: url.UserPassword("hook", strings.Join(parts[1:], "-")), Host: "webhook", Fragment: r.url.Fragment}
		return "slack"
	case (host == "discord.com" || host == "discordapp.com") && len(parts) == 4 && parts[0] == "api" && parts[1] == "webhooks":
		r.url = &url.URL{Scheme: "discord", User: url.User(parts[3]), Host: parts[2], Fragment: r.url.Fragment}
		return "discord"
	}
	return ""
}

// take is the value of a query key, known by several names; "" if it is not there.
func (r *reading) take(names ...string) string {
	value, as := "", ""
	for _, name := range names {
		r.taken = append(r.taken, name)
		v, ok := r.query[name]
		switch {
		case !ok:
			continue
		case as != "":
			r.faults.add(name, "says the same as "+as, "keep one of them")
		case v[0] == "":
			r.faults.add(name, "is empty", "give it a value or leave it out")
		}
		value, as = v[0], name
	}
	return value
}

// end refuses what nobody has taken. why says of keys that shoutrrr knows why they mean
// nothing here.
func (r *reading) end(why map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(r.query)) {
		if slices.Contains(r.taken, key) {
			continue
		}
		hint := why[key]
		if hint == "" {
			hint = "known are " + strings.Join(r.taken, ", ")
			if len(r.taken) == 0 {
				hint = "take it out"
			}
		}
		r.faults.add(shownKey(key), "is not known here", hint)
	}
}

// bare refuses parts of a URL that mean nothing to a channel.
func (r *reading) bare() {
	if strings.Trim(r.url.Path, "/") != "" {
		r.faults.add("path", "means nothing here", "leave out what follows the first /")
	}
	r.noFragment()
}

func (r *reading) noFragment() {
	if r.url.Fragment != "" {
		r.faults.add("fragment", "means nothing here", "leave out what follows #; a # in a password is written %23")
	}
}

// user is what stands before the @; password is "" if there is none.
func (r *reading) user() (name, password string) {
	password, _ = r.url.User.Password()
	return r.url.User.Username(), password
}

// host is the host in small letters, checked.
func (r *reading) host(part string) string {
	host := strings.ToLower(r.url.Hostname())
	if host == "" {
		r.faults.add(part, "is missing", "name the server, as in mail.example")
	} else if !isHost.MatchString(host) {
		r.faults.add(part, "is no name of a server", "letters, digits, - and dots, or an IP address; other letters as xn--…")
	}
	return host
}

var (
	isHost   = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,62}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,62}[a-z0-9_])?)*\.?|[0-9a-f:.]+)$`)
	isKey    = regexp.MustCompile(`^[a-zA-Z_]{1,20}$`)
	isDigits = regexp.MustCompile(`^[0-9]{1,20}$`)
)

// shownKey is a key as it may be shown: somebody may have left out a "=" and put a
// secret there.
func shownKey(key string) string {
	if isKey.MatchString(key) {
		return key
	}
	return "a key"
}
