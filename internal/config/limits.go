package config

import "time"

// Limits bound what clients can make us hold. All but Drain need a restart.
type Limits struct {
	// HeaderBytes bounds the header of one request. Default 32KiB (a guess:
	// large cookies of real shops stay under 16). From 4KiB to 1MiB; zero is
	// refused. Prevents memory from being filled with headers.
	HeaderBytes Size `yaml:"header_bytes"`
	// Connections bounds the client connections open at once; beyond it the
	// longest idle one makes room. Default 0, which means three quarters of the
	// file descriptors the process may have, at most 16384 (some 2 GB at the
	// worst). Prevents running out of memory and file descriptors.
	Connections int `yaml:"connections"`
	// ReadHeader is how long a client may take to send a request's header.
	// Default 10s. From 1s; zero is refused. Prevents slowly sent headers from
	// holding connections.
	ReadHeader time.Duration `yaml:"read_header"`
	// BodyIdle is how long a client may send or read nothing in mid-body.
	// Default 60s. Zero means for ever. Prevents a client that reads nothing
	// from holding a worker of the shop.
	BodyIdle time.Duration `yaml:"body_idle"`
	// Idle is how long a kept connection may wait for its next request. Default
	// 75s (what nginx does). From 1s; zero is refused. Prevents connections of
	// people who left from piling up.
	Idle time.Duration `yaml:"idle"`
	// Drain is how long SIGTERM lets running requests finish. Default 30s (what
	// Kubernetes waits by default). Zero means none: they are cut at once.
	Drain time.Duration `yaml:"drain"`
}

// Timeouts bound how long we wait for one shop. None of them ends a response
// that is flowing.
type Timeouts struct {
	// Dial is how long connecting to a replica may take. Default 2s. From 1ms;
	// zero is refused. Prevents a dead machine from holding visitors.
	Dial time.Duration `yaml:"dial"`
	// TLS is how long the TLS handshake with a replica may take. Default 5s.
	// From 1ms; zero is refused.
	TLS time.Duration `yaml:"tls"`
	// ResponseHeader is how long the shop may take to begin its answer. Default
	// 60s (what PHP-FPM pools are commonly allowed). From 100ms; zero is
	// refused. Prevents a hung worker from being counted as busy for ever.
	ResponseHeader time.Duration `yaml:"response_header"`
	// BodyIdle is how long the shop may send nothing in mid-answer. Default 5m,
	// so that event streams with a heartbeat live. From 1s; zero is refused. An
	// upgraded connection is not bound by it.
	BodyIdle time.Duration `yaml:"body_idle"`
	// Idle is how long an unused connection to a replica is kept. Default 4s:
	// less than Node's and Apache's 5s and nginx's 75s. From 1s; zero is refused.
	// It must be less than the shop's own keep-alive: a POST that meets a
	// connection just being closed cannot be sent again, and a buyer at the till
	// gets an error page.
	Idle time.Duration `yaml:"idle"`
}

// Health says how a replica that failed is tried again. The answers to visitors
// tell that it failed.
type Health struct {
	// Path is asked with GET; below 500 means it is back. Default empty, which
	// means that a connection can be opened, which costs the shop no worker.
	Path string `yaml:"path"`
	// Retry is how long a replica stays aside at first, doubled each time it
	// fails again. Default 1s. From 10ms; zero is refused.
	Retry time.Duration `yaml:"retry"`
	// RetryMax is the longest it stays aside. Default 30s. From retry; zero is
	// refused. Prevents a replica that is back from being forgotten.
	RetryMax time.Duration `yaml:"retry_max"`
}
