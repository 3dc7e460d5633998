package accept

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"

	"github.com/falochron/falochron"
)

// listenError says in words why we cannot listen on address.
func listenError(address string, err error) error {
	e := &falochron.Error{Kind: falochron.Invalid, Op: "listen on " + address, Err: err,
		Hint: `write host:port, for example ":8080" or "127.0.0.1:8080"`}
	_, port, _ := net.SplitHostPort(address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		e.Kind, e.Public = falochron.Conflict, "port "+port+" is in use by another program"
		e.Hint = fmt.Sprintf("stop that program (\"ss -ltnp 'sport = :%s'\" names it), or listen on another port", port)
	case errors.Is(err, fs.ErrPermission):
		e.Kind, e.Public = falochron.Denied, "this user may not use port "+port
		e.Hint = "ports below 1024 need \"setcap cap_net_bind_service=+ep\" on the program, or listen on one above"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		e.Public, e.Hint = "this machine does not have that address", "leave the host out to listen on all addresses"
	}
	return e
}

// certificateError says in words why a pair cannot be used.
func certificateError(p Pair, err error) error {
	e := &falochron.Error{Kind: falochron.Invalid, Op: "certificate " + p.Certificate, Err: err,
		Hint: "give PEM files: the certificate with its chain, and the key that belongs to it"}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Public, e.Hint = "there is no such file", "look at the path in the error; it is relative to where the program was started"
	case errors.Is(err, fs.ErrPermission):
		e.Kind, e.Public, e.Hint = falochron.Denied, "this user may not read it", "make both files readable for the user the program runs as"
	}
	return e
}
