package docker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/falochron/falochron"
)

// fault says of an engine's error who has to do what.
func (h *host) fault(op string, err error) error {
	if err == nil {
		return nil
	}
	if _, done := errors.AsType[*falochron.Error](err); done {
		return err
	}
	f := &falochron.Error{Op: op + " on docker host " + h.Name, Err: err}
	_, badCert := errors.AsType[*tls.CertificateVerificationError](err)
	_, unknownCA := errors.AsType[x509.UnknownAuthorityError](err)
	switch {
	case errors.Is(err, context.Canceled):
		f.Kind, f.Hint = falochron.Unavailable, "who asked has given up; ask again"
	case errors.Is(err, context.DeadlineExceeded):
		f.Kind, f.Hint = falochron.Unavailable, "the engine takes too long: look at its machine's load and disk, or raise docker.timeout"
	case client.IsErrConnectionFailed(err) && strings.Contains(err.Error(), "permission denied"):
		f.Kind, f.Hint = falochron.Denied, "let this program's user use the socket "+h.Address+": add it to the group docker"
	case badCert || unknownCA || strings.Contains(err.Error(), "tls: ") || strings.Contains(err.Error(), "x509: "):
		f.Kind, f.Hint = falochron.Unavailable, "the engine and this program do not accept each other's certificates: compare ca, cert and key with those of dockerd --tlsverify"
	case client.IsErrConnectionFailed(err):
		f.Kind, f.Hint = falochron.Unavailable, "see whether dockerd runs there and listens on "+h.Address
	case errdefs.IsNotFound(err):
		f.Kind, f.Hint = falochron.NotFound, "look with docker ps -a, docker images and docker network ls what is there"
	case errdefs.IsConflict(err), errdefs.IsAlreadyExists(err):
		f.Kind, f.Hint = falochron.Conflict, "somebody else changes the same containers; what there is then is looked at again"
	case errdefs.IsPermissionDenied(err), errdefs.IsUnauthorized(err):
		f.Kind, f.Hint = falochron.Denied, "an authorization plugin or a proxy before the engine forbids it: allow containers to be listed, inspected, created, renamed, started, stopped and removed, and volumes to be listed, created and removed"
	case errdefs.IsInvalidArgument(err):
		f.Kind, f.Hint = falochron.Invalid, "the engine does not take this container's settings: compare them with docker inspect of the template"
	case errdefs.IsInternal(err), errdefs.IsUnavailable(err):
		f.Kind, f.Hint = falochron.Unavailable, "dockerd says what is wrong in its log: journalctl -u docker"
	default:
		f.Kind, f.Hint = falochron.Unavailable, "what answers at "+h.Address+" does not speak as a Docker Engine does: see what listens there"
	}
	return f
}
