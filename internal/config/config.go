package config

import (
	"net/netip"
	"net/url"
)

// Config is everything falochron run can be told. Paths of files are relative
// to the working directory.
type Config struct {
	// Listen is the address visitors connect to, "host:port"; an empty host
	// means all addresses. Default ":8000". It may not be empty. With
	// certificates under TLS it speaks TLS, without them plain HTTP (HTTP/1.1 and
	// h2c). Changing it needs a restart.
	Listen string `yaml:"listen"`
	// Admin is the operators' listener.
	Admin Admin `yaml:"admin"`
	// Data is the folder of keys, epoch and counters; it is created when it is
	// not there. Default "./falochron-data". It may not be empty: without it a
	// restart would lose every place in line. Changing it needs a restart.
	Data string `yaml:"data"`
	// Plan is the campaign room.
	Plan Plan `yaml:"plan"`
	// Notify is how people are told what the plan asks of them.
	Notify Notify `yaml:"notify"`
	// TLS lists the certificates; the server name chooses among them, the first
	// is the answer to unknown names. Default: none, which means plain HTTP.
	TLS []Certificate `yaml:"tls"`
	// ProxyProtocol says who may announce client addresses before the request.
	ProxyProtocol ProxyProtocol `yaml:"proxy_protocol"`
	// Trust says whose forwarding header fields are believed.
	Trust Trust `yaml:"trust"`
	// Limits bound what one client, and all of them, can make us hold.
	Limits Limits `yaml:"limits"`
	// Log says how the program writes what it does.
	Log Log `yaml:"log"`
	// Robots says how crawlers are known to be who they say.
	Robots Robots `yaml:"robots"`
	// Shops are the shops behind this edge, isolated from each other. At least
	// one is needed.
	Shops []Shop `yaml:"shops"`

	from source
}

// Admin is the operators' listener: live page, API, metrics, health.
type Admin struct {
	// Listen is its address, "host:port". Default "127.0.0.1:9090". Empty means
	// no such listener. Changing it needs a restart.
	Listen string `yaml:"listen"`
	// TokenFile holds the token that callers must show. Default empty, which
	// means admin-token inside the data folder, made at the first start.
	TokenFile string `yaml:"token_file"`
	// Hosts are the names under which it answers besides loopback. Default: none.
	// An address that is not loopback needs at least one: the listener speaks
	// plain HTTP, and this prevents the token from crossing a network by
	// accident. Name hosts only behind something that encrypts.
	Hosts []string `yaml:"hosts"`
}

// Plan is the campaign room: who does what until when, and will the shop hold.
type Plan struct {
	// Store is where the plan is kept: the path of a SQLite file, or
	// postgres://USER@HOST/DATABASE. Default empty, which means plan.db in the data
	// folder. Changing it needs a restart.
	Store StoreAddress `yaml:"store"`
	// Listen is the address, "host:port", of the pages for people who come by a signed
	// link. Default empty, which means that they are on the operators' listener only.
	// Changing it needs a restart.
	Listen string `yaml:"listen"`
	// URL is how people reach these pages, for the links that are sent to them:
	// http://host or https://host. Default empty, which means by Listen. Changing it
	// needs a restart.
	URL *url.URL `yaml:"url"`
	// Steps is the file that says what is asked of whom and when; steps.example.yaml
	// documents every key. Default empty, which means the steps of docs/plan.md.
	// Changing it, or what the file says, needs a restart.
	Steps string `yaml:"steps"`
}

// Certificate is one certificate and its key, PEM, re-read when they change.
type Certificate struct {
	// Cert is the file of the certificate chain, leaf first. It may not be empty.
	Cert string `yaml:"cert"`
	// Key is the file of the private key. It may not be empty.
	Key string `yaml:"key"`
}

// ProxyProtocol is the PROXY protocol (v1 and v2) of load balancers.
type ProxyProtocol struct {
	// From lists the networks (CIDR, or single addresses) of the load balancers
	// that send it. Default: none, which means it is never expected. A listed
	// peer must send it; from others it is refused, or anybody could claim any
	// address.
	From []netip.Prefix `yaml:"from"`
}

// Trust says which hops before us tell the truth about the client's address.
type Trust struct {
	// Proxies lists the networks (CIDR, or single addresses) of the proxies and
	// CDNs before us. Default: none, which means the address of the connection
	// is the client.
	Proxies []netip.Prefix `yaml:"proxies"`
	// Header is the field in which those proxies put the client's address, for
	// example "CF-Connecting-IP". Default empty, which means X-Forwarded-For
	// read from the right. It needs Proxies, or any visitor could forge it.
	Header string `yaml:"header"`
}

// Log says how the program writes what it does.
type Log struct {
	// Format is "text" for people or "json" for machines. Default "text".
	Format string `yaml:"format"`
	// Level is the least severe level written: "debug", "info", "warn" or
	// "error". Default "info".
	Level string `yaml:"level"`
}
