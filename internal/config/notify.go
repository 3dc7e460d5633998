package config

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
)

// Notify is how people are told what the plan asks of them.
type Notify struct {
	// Send says whether messages are sent at all. Default false. With true, plan.url is
	// needed: each message has links to the plan's pages. Changing it, or what follows,
	// needs a restart.
	Send bool `yaml:"send"`
	// Mail is a file that holds the address of the mail server, smtp:// or smtps://
	// with from and without to. Contacts like mailto:jan@hosting.example are written to by
	// it. Default empty, which means that such contacts cannot be reached.
	Mail string `yaml:"mail"`
	// Channels are addresses whose secrets parties need not know. Default: none. A contact
	// names one as channel:NAME.
	Channels []Channel `yaml:"channels"`
	// Gather is how long what is not urgent is gathered, to go as one message. Default
	// 10m (a guess). From 1m to 24h; zero is refused. Prevents people from being flooded.
	Gather time.Duration `yaml:"gather"`
	// Timeout is how long one try to send may take. Default 20s. From 1s to 5m; zero is
	// refused. Prevents a service that does not answer from holding the others up.
	Timeout time.Duration `yaml:"timeout"`
	// Allow lists the networks (CIDR, or single addresses) that messages may go to
	// besides the public internet. Default: none. Prevents a contact's address from
	// reaching what is not meant for it.
	Allow []netip.Prefix `yaml:"allow"`
}

// Channel is an address that contacts name without knowing it.
type Channel struct {
	// Name is how contacts name it: 1 to 64 of a-z, 0-9 and "-". It may not be empty.
	Name string `yaml:"name"`
	// File holds the address, as falochron notify test takes it. It may not be empty.
	File string `yaml:"file"`
	// Party is the id of the only party whose contacts may name it. Default empty, which
	// means every party.
	Party string `yaml:"party"`
}

// notify checks what can be checked without opening a connection. What the files hold is
// read where messages are sent.
func (d *decoder) notify(c *Config) {
	n := &c.Notify
	if n.Send && c.Plan.URL == nil {
		d.fault("notify.send", "true", "needs plan.url", "messages have links to the plan's pages: say how people reach them")
	}
	d.secretFile("notify.mail", n.Mail)
	names := map[string]bool{}
	for i, ch := range n.Channels {
		key := fmt.Sprintf("notify.channels[%d]", i)
		switch {
		case ch.Name == "" || len(ch.Name) > 64 || strings.Trim(ch.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
			d.fault(key+".name", strconv.Quote(ch.Name), "must be 1 to 64 of a-z, 0-9 and -", "")
		case names[ch.Name]:
			d.fault(key+".name", strconv.Quote(ch.Name), "is another channel's name", "give each its own")
		}
		names[ch.Name] = true
		if ch.File == "" {
			d.fault(key+".file", `""`, "may not be empty", "the file that holds the address")
			continue
		}
		d.secretFile(key+".file", ch.File)
	}
	within(d, "notify.gather", n.Gather, time.Minute, 24*time.Hour)
	within(d, "notify.timeout", n.Timeout, time.Second, 5*time.Minute)
}

// secretFile refuses a file that cannot be read; empty is none.
func (d *decoder) secretFile(key, name string) {
	if name == "" {
		return
	}
	f, err := os.Open(name)
	if err != nil {
		d.fault(key, strconv.Quote(name), "cannot be read", "the user that runs falochron must be able to read it, and nobody else")
		return
	}
	_ = f.Close() // of reading
}
