package kubernetes

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// Config says which workload is the shop, and how to reach the cluster.
type Config struct {
	// Kubeconfig is the file with the API server's address and our credentials. Empty: we
	// run in the cluster, with the credentials of our pod's ServiceAccount.
	Kubeconfig string
	// Context is the context of that file. Empty: its current one.
	Context string
	// Namespace is where the shop is. Empty: the one we run in, or the context's.
	Namespace string
	// Workload is "deployment/NAME" or "statefulset/NAME". Required.
	Workload string
	// Service is the one whose EndpointSlices say which pods serve. Empty: a pod's own
	// Ready condition says it.
	Service string
	// Port is, with Service, the name or number of the port in its EndpointSlices, where
	// empty means the first; without it the number of the pods' port, required if Reach is
	// "pods".
	Port string
	// Scheme is that of the replicas' URLs: "http" or "https". Empty means "http".
	Scheme string
	// Reach is "pods" if the edge reaches each pod at its own address, "service" if it goes
	// through the Service, so that replicas have no URL. Empty means "pods".
	Reach string
	// RaiseMaximum allows to raise an autoscaler's maximum too, when an order is beyond it.
	RaiseMaximum bool
	// Startable makes [Driver.Observe] compute how many pods could start without a new
	// node. It needs a right to read all nodes and pods.
	Startable bool
	// Timeout bounds each call of the API server: 100 ms to 60 s. Zero means 5 s.
	Timeout time.Duration
}

// defaultTimeout is far above the second that an API server promises for 99 in 100 calls
// (its published objective), and short enough for a loop of ten.
const defaultTimeout = 5 * time.Second

var (
	dnsName  = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$`)
	dnsLabel = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	portName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$`)
)

// workload is the shop, as the API server knows it.
type workload struct {
	kind     string // "Deployment", "StatefulSet"
	resource string // "deployments", "statefulsets"
	name     string
}

func (w workload) String() string { return strings.ToLower(w.kind) + "/" + w.name }

func parseWorkload(s string) (workload, bool) {
	kind, name, _ := strings.Cut(s, "/")
	w := workload{name: name}
	switch strings.ToLower(kind) {
	case "deployment":
		w.kind, w.resource = "Deployment", "deployments"
	case "statefulset":
		w.kind, w.resource = "StatefulSet", "statefulsets"
	default:
		return w, false
	}
	return w, dnsName.MatchString(name)
}

// check returns all faults, each an error of kind Invalid with the key's name.
func (c Config) check() error {
	var faults []error
	fault := func(key, what, hint string) {
		faults = append(faults, &falochron.Error{Kind: falochron.Invalid, Op: "configure kubernetes", Public: key + ": " + what, Hint: hint})
	}
	if _, ok := parseWorkload(c.Workload); !ok {
		fault("workload", fmt.Sprintf("%q is no workload", c.Workload), `write deployment/NAME or statefulset/NAME, as in "deployment/shop"`)
	}
	if c.Context != "" && c.Kubeconfig == "" {
		fault("context", "there is no kubeconfig that it could be in", "name the file in kubeconfig, or leave context empty")
	}
	if c.Namespace != "" && !dnsLabel.MatchString(c.Namespace) {
		fault("namespace", fmt.Sprintf("%q is no namespace", c.Namespace), "write up to 63 of a-z, 0-9 and -")
	}
	if c.Service != "" && !dnsLabel.MatchString(c.Service) {
		fault("service", fmt.Sprintf("%q is no Service", c.Service), "write its name without namespace: up to 63 of a-z, 0-9 and -")
	}
	number, err := strconv.Atoi(c.Port)
	isNumber := err == nil
	switch {
	case isNumber && (number < 1 || number > 65535):
		fault("port", fmt.Sprintf("%d is no port", number), "write 1 to 65535")
	case c.Port != "" && !isNumber && !portName.MatchString(c.Port):
		fault("port", fmt.Sprintf("%q is no port", c.Port), "write a number, or the name that the Service gives the port")
	case c.Service == "" && !isNumber && cmp.Or(c.Reach, "pods") == "pods":
		fault("port", "without a Service its number has to be said", `write the number of the pods' port, name the service, or set reach to "service"`)
	}
	if c.Scheme != "" && c.Scheme != "http" && c.Scheme != "https" {
		fault("scheme", fmt.Sprintf("%q is neither http nor https", c.Scheme), "write http or https")
	}
	if c.Reach != "" && c.Reach != "pods" && c.Reach != "service" {
		fault("reach", fmt.Sprintf("%q is neither pods nor service", c.Reach), "write pods or service")
	}
	if c.Timeout != 0 && (c.Timeout < 100*time.Millisecond || c.Timeout > time.Minute) {
		fault("timeout", fmt.Sprintf("%s is out of bounds", c.Timeout), "write 100ms to 60s, or 0 for 5s")
	}
	return errors.Join(faults...)
}
