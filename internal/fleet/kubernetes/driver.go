package kubernetes

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// Driver is the [fleet.Driver] of one workload.
type Driver struct {
	config    Config
	workload  workload
	namespace string
	timeout   time.Duration
	client    dynamic.Interface
	http      *http.Client
	keda      time.Duration // [kedaPatience]; tests, whose machine may do much else, wait longer

	// turn holds one token: who has it may change things, and owns what follows.
	turn    chan struct{}
	last    *given  // the order in force, if nothing speaks against it; nil: ask the cluster
	memory  *record // what we wrote last to an autoscaler, in case that somebody removes it
	glances int
	told    bool // this call has counted already that the order was set back

	// doubt is set by a look that saw an order of ours set back: the next order reads all.
	doubt atomic.Bool

	// room is the last count of what could start, for those who look more often than it
	// changes; looking holds one token of who counts.
	looking chan struct{}
	counted time.Time
	room    int
}

// The client's own limit on calls: twice what a loop that looks once a second at a shop and
// orders as often needs (four reads and five changes), and bursts of a few loops at once.
const (
	callsPerSecond = 20
	callsAtOnce    = 40
)

// New makes the driver and calls nobody. Its errors are of kind Invalid: one for each key
// that is wrong, or what keeps the credentials from being read.
func New(c Config) (*Driver, error) { return newDriver(c, callsPerSecond, callsAtOnce) }

func newDriver(c Config, perSecond float32, atOnce int) (*Driver, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	cluster, namespace, err := connect(c)
	if err != nil {
		return nil, err
	}
	w, _ := parseWorkload(c.Workload)
	d := &Driver{
		config: c, workload: w, namespace: namespace, timeout: cmp.Or(c.Timeout, defaultTimeout), keda: kedaPatience,
		turn: make(chan struct{}, 1), looking: make(chan struct{}, 1),
	}
	cluster.UserAgent = "falochron"
	cluster.QPS, cluster.Burst = perSecond, atOnce
	cluster.Dial = (&net.Dialer{Timeout: d.timeout, KeepAlive: 30 * time.Second}).DialContext // connections of our own, which Close can end
	cluster.Wrap(func(next http.RoundTripper) http.RoundTripper { return &guard{next: next} })
	if d.http, err = rest.HTTPClientFor(cluster); err == nil {
		d.client, err = dynamic.NewForConfigAndClient(cluster, d.http)
	}
	if err != nil {
		return nil, noCredentials(err)
	}
	return d, nil
}

// connect reads address and credentials, and the namespace that goes with them.
func connect(c Config) (*rest.Config, string, error) {
	if c.Kubeconfig == "" {
		cluster, err := rest.InClusterConfig()
		if err != nil {
			return nil, "", &falochron.Error{
				Kind: falochron.Invalid, Op: "configure kubernetes", Public: "we do not run in a cluster, and no kubeconfig is named", Err: err,
				Hint: "name a file in kubeconfig, or run in a pod with a ServiceAccount (automountServiceAccountToken)",
			}
		}
		namespace := c.Namespace
		if namespace == "" {
			own, err := os.ReadFile("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
			if err != nil {
				return nil, "", noCredentials(err)
			}
			namespace = strings.TrimSpace(string(own))
		}
		return cluster, namespace, nil
	}
	file := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		&clientcmd.ClientConfigLoadingRules{ExplicitPath: c.Kubeconfig}, &clientcmd.ConfigOverrides{CurrentContext: c.Context})
	cluster, err := file.ClientConfig()
	if err != nil {
		return nil, "", noCredentials(err)
	}
	namespace, _, err := file.Namespace()
	if err != nil {
		return nil, "", noCredentials(err)
	}
	return cluster, cmp.Or(c.Namespace, namespace), nil
}

func noCredentials(err error) error {
	return &falochron.Error{
		Kind: falochron.Invalid, Op: "configure kubernetes", Public: "kubeconfig: the address and credentials of the API server cannot be read", Err: err,
		Hint: "try the same file with kubectl --kubeconfig FILE config view",
	}
}

// Name is "kubernetes".
func (d *Driver) Name() string { return "kubernetes" }

// Close ends idle connections. Replicas and floors stay until they expire.
func (d *Driver) Close() error {
	utilnet.CloseIdleConnectionsFor(d.http.Transport)
	return nil
}

// take waits for the turn to change things, as long as the caller does.
func (d *Driver) take(ctx context.Context) (give func(), err error) {
	if err := gaveUp(ctx); err != nil {
		return nil, err
	}
	select {
	case d.turn <- struct{}{}:
		return func() { <-d.turn }, nil
	case <-ctx.Done():
		return nil, gaveUp(ctx)
	}
}

// gaveUp is the error of a caller who has given up or has no time left, or nil.
func gaveUp(ctx context.Context) error {
	err := ctx.Err()
	if err == nil {
		return nil
	}
	if !errors.Is(err, context.Canceled) {
		return &falochron.Error{Kind: falochron.Unavailable, Op: "wait for the API server", Err: err, Hint: "another call takes long; order again"}
	}
	return &falochron.Error{Kind: falochron.Unavailable, Op: "ask the API server", Err: err, Hint: "the caller gave up; order again"}
}

var _ fleet.Driver = (*Driver)(nil)
