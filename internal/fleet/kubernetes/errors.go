package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/falochron/falochron"
)

// call is one request to the API server, as rules of a Role name it.
type call struct {
	verb     string
	group    string
	resource string // with its subresource: "deployments/scale"
	name     string // empty for lists
	cluster  bool   // beyond our namespace
}

func (c call) String() string {
	s := c.verb + " " + c.resource
	if c.name != "" {
		s += " " + c.name
	}
	return s
}

// rule is what a Role lacks that does not allow c.
func (c call) rule() string {
	names := ""
	if c.name != "" && c.resource != "pods" { // pods have no names that could be known
		names = fmt.Sprintf(", resourceNames: [%q]", c.name)
	}
	return fmt.Sprintf("{apiGroups: [%q], resources: [%q]%s, verbs: [%q]}", c.group, c.resource, names, c.verb)
}

// file is the manifest that has the rule of c.
func (c call) file() string {
	switch {
	case c.cluster || c.resource == "resourcequotas" || c.resource == "deployments" || c.resource == "statefulsets":
		return "deploy/kubernetes/fleet-startable.yaml"
	case c.resource == "scaledobjects":
		return "deploy/kubernetes/fleet-keda.yaml"
	case c.resource == "pods" && c.verb == "patch":
		return "deploy/kubernetes/fleet-leave.yaml"
	}
	return "deploy/kubernetes/fleet.yaml"
}

// explain turns what a call ended with into an error of ours.
func (d *Driver) explain(ctx context.Context, c call, err error) error {
	if err == nil {
		return nil
	}
	e := &falochron.Error{Op: c.String(), Err: err}
	own, isOwn := errors.AsType[*falochron.Error](err)
	var status apierrors.APIStatus
	answered := errors.As(err, &status)
	switch {
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled):
		e.Kind, e.Err = falochron.Unavailable, context.Canceled
		e.Hint = "the caller gave up; order again"
	case isOwn:
		return own
	case apierrors.IsForbidden(err) && !strings.Contains(err.Error(), "cannot "+c.verb+" resource"):
		e.Kind, e.Public = falochron.Denied, "the cluster refuses to "+c.String()+d.place(c)
		e.Hint = "its message says who: not a Role, but an admission policy or a quota"
	case apierrors.IsForbidden(err):
		e.Kind, e.Public = falochron.Denied, "our account may not "+c.String()+d.place(c)
		kind := "Role"
		if c.cluster {
			kind = "ClusterRole"
		}
		e.Hint = fmt.Sprintf("add to its %s: %s (%s has it)", kind, c.rule(), c.file())
	case apierrors.IsUnauthorized(err):
		e.Kind, e.Public = falochron.Denied, "the API server does not know our account"
		e.Hint = "renew the credentials in kubeconfig, or the ServiceAccount of our pod"
	case apierrors.IsNotFound(err):
		e.Kind, e.Public = falochron.NotFound, strings.TrimSpace(c.resource+" "+c.name)+" is not there"+d.place(c)
		e.Hint = "put right the name or the namespace in the shop's fleet section (kubectl get " + strings.SplitN(c.resource, "/", 2)[0] + d.in(c) + " lists what there is)"
	case apierrors.IsConflict(err):
		e.Kind, e.Public = falochron.Conflict, "somebody else changes "+c.resource+" "+c.name+" all the time"
		e.Hint = "order again; if it stays so, look in its managedFields for who writes it"
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err):
		e.Kind, e.Public = falochron.Invalid, "the API server refuses the change"
		e.Hint = "its message says why; an admission policy of the cluster may forbid it"
	case answered:
		e.Kind = falochron.Unavailable
		e.Hint = "the API server is in trouble, its message says how; the order is given again by itself"
	default:
		// Bytes that are JSON and yet not what was asked for, a deadline, credentials that
		// cannot be fetched.
		e.Kind = falochron.Unavailable
		e.Hint = "see whether what answers at the API server's address is one (kubectl get --raw /version)"
	}
	return e
}

func (d *Driver) place(c call) string {
	if c.cluster {
		return ""
	}
	return " in namespace " + d.namespace
}

func (d *Driver) in(c call) string {
	if c.cluster {
		return ""
	}
	return " -n " + d.namespace
}

// lie is the error for an answer that cannot be true.
func lie(c call, what string) error {
	return &falochron.Error{
		Kind: falochron.Unavailable, Op: c.String(), Public: "the API server answered what cannot be true: " + what,
		Hint: "see what kubectl get says of it; nothing was changed because of this answer",
	}
}
