package kubernetes

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/fleet/fleettest"
)

// cluster is an API server with controllers, true or fake, as its administrator sees it.
type cluster struct {
	api http.Handler // passes requests on, whoever sends them
	ask func(method, path string, body object) (status int, answer object)
	// age dates a namespace's pods back, where that can be.
	age func(ns string)
}

// fake is a cluster in memory.
func fake(t testing.TB) *cluster {
	f := newFakeAPI(t)
	return &cluster{api: f, ask: f.ask, age: f.age}
}

// must asks as the administrator, and has it done.
func (c *cluster) must(t testing.TB, method, path string, body object) object {
	t.Helper()
	status, out := c.ask(method, path, body)
	if status >= 300 {
		t.Fatalf("%s %s: %d %v", method, path, status, out)
	}
	return out
}

// kinds are the collections of what the tests create.
var kinds = map[string]string{
	"ServiceAccount": "/api/v1/namespaces/%s/serviceaccounts", "ConfigMap": "/api/v1/namespaces/%s/configmaps", "Pod": "/api/v1/namespaces/%s/pods",
	"Service": "/api/v1/namespaces/%s/services", "ResourceQuota": "/api/v1/namespaces/%s/resourcequotas",
	"Node": "/api/v1/nodes", "Namespace": "/api/v1/namespaces",
	"Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/%s/roles", "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/%s/rolebindings",
	"ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles", "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
	"CronJob": "/apis/batch/v1/namespaces/%s/cronjobs", "Deployment": "/apis/apps/v1/namespaces/%s/deployments", "StatefulSet": "/apis/apps/v1/namespaces/%s/statefulsets",
	"HorizontalPodAutoscaler": "/apis/autoscaling/v2/namespaces/%s/horizontalpodautoscalers", "ScaledObject": "/apis/keda.sh/v1alpha1/namespaces/%s/scaledobjects",
}

func collection(kind, ns string) string {
	if strings.Contains(kinds[kind], "%s") {
		return fmt.Sprintf(kinds[kind], ns)
	}
	return kinds[kind]
}

// apply posts the documents of a manifest, each changed by change if there is one.
func (c *cluster) apply(t testing.TB, ns, manifest string, change func(object)) {
	t.Helper()
	for doc := range strings.SplitSeq(manifest, "\n---\n") {
		var o object
		if err := yaml.Unmarshal([]byte(doc), &o); err != nil {
			t.Fatal(err)
		}
		if o == nil {
			continue
		}
		if change != nil {
			change(o)
		}
		kind := o["kind"].(string)
		if kinds[kind] == "" {
			t.Fatalf("no path for a %s", kind)
		}
		if strings.HasPrefix(kind, "ClusterRole") { // one for each namespace
			name := "-" + ns
			o["metadata"].(object)["name"] = o["metadata"].(object)["name"].(string) + name
			if ref, ok := o["roleRef"].(object); ok {
				ref["name"] = ref["name"].(string) + name
			}
			t.Cleanup(func() { c.ask("DELETE", collection(kind, ns)+"/"+o["metadata"].(object)["name"].(string), nil) })
		}
		c.must(t, "POST", collection(kind, ns), o)
	}
}

// manifest is one of the files that operators apply, for another namespace.
func manifest(t testing.TB, name, ns string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../../deploy/kubernetes", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "namespace: shop", "namespace: "+ns)
}

// site is one shop in a cluster, in a namespace of its own, and the wire to it.
type site struct {
	*cluster
	ns     string
	wire   *wire
	config Config

	mu    sync.Mutex
	spoil bool
	hold  bool
	born  map[string]time.Time
	ips   int
}

// plan says what there is in a namespace before anybody orders anything.
type plan struct {
	kind      string // "Deployment", "StatefulSet"
	hpa, keda bool
	most      int
	service   bool
	manifests []string // beside fleet.yaml
	role      func(object)
	config    func(*Config)
}

const base = 2

// template is the shop's pod.
func template() object {
	return object{
		"metadata": object{"labels": object{"app": "shop"}},
		"spec": object{"containers": []any{object{
			"name": "shop", "image": "shop:1", "resources": object{"requests": object{"cpu": "500m", "memory": "256Mi"}},
		}}},
	}
}

func (c *cluster) site(t testing.TB, p plan) *site {
	t.Helper()
	if p.kind == "" {
		p.kind = "Deployment"
	}
	s := &site{cluster: c, ns: namespace(t), born: map[string]time.Time{}}
	c.must(t, "POST", "/api/v1/namespaces", object{"kind": "Namespace", "apiVersion": "v1", "metadata": object{"name": s.ns}})
	s.wire = newWire(t, c.api)
	for _, m := range append([]string{"fleet.yaml"}, p.manifests...) {
		text := manifest(t, m, s.ns)
		if p.kind == "StatefulSet" {
			text = strings.ReplaceAll(text, `"deployments`, `"statefulsets`)
		}
		c.apply(t, s.ns, text, p.role)
	}
	spec := object{"replicas": base, "selector": object{"matchLabels": object{"app": "shop"}}, "template": template()}
	if p.kind == "StatefulSet" {
		spec["serviceName"], spec["podManagementPolicy"] = "shop", "Parallel"
	}
	c.must(t, "POST", collection(p.kind, s.ns), object{"kind": p.kind, "apiVersion": "apps/v1", "metadata": object{"name": "shop"}, "spec": spec})
	if p.service {
		c.must(t, "POST", collection("Service", s.ns), object{"kind": "Service", "apiVersion": "v1", "metadata": object{"name": "shop"},
			"spec": object{"selector": object{"app": "shop"}, "ports": []any{object{"name": "http", "port": 80, "targetPort": 8080}}}})
	}
	if p.hpa || p.keda {
		c.must(t, "POST", collection("HorizontalPodAutoscaler", s.ns), hpaOf(p, "shop"))
	}
	if p.keda {
		c.must(t, "POST", collection("ScaledObject", s.ns), object{"kind": "ScaledObject", "apiVersion": "keda.sh/v1alpha1", "metadata": object{"name": "shop"},
			"spec": object{"scaleTargetRef": object{"name": "shop"}, "minReplicaCount": base, "maxReplicaCount": p.most, "triggers": []any{object{"type": "cpu", "metadata": object{}}}}})
	}
	s.live(t, p)
	s.config = Config{Kubeconfig: s.kubeconfig(t), Namespace: s.ns, Workload: strings.ToLower(p.kind) + "/shop", Port: "8080", Timeout: time.Minute}
	if p.service {
		s.config.Service, s.config.Port = "shop", "http"
	}
	if p.config != nil {
		p.config(&s.config)
	}
	s.settle(t)
	return s
}

func hpaOf(p plan, name string) object {
	m := object{"name": name}
	if p.keda {
		m["name"] = "keda-hpa-" + name
		m["ownerReferences"] = []any{object{"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "name": name, "uid": "4a1b5f1e-0000-4000-8000-000000000001", "controller": true}}
	}
	return object{"kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v2", "metadata": m, "spec": object{
		"scaleTargetRef": object{"apiVersion": "apps/v1", "kind": cmpOr(p.kind, "Deployment"), "name": "shop"}, "minReplicas": base, "maxReplicas": p.most,
		"metrics": []any{object{"type": "Resource", "resource": object{"name": "cpu", "target": object{"type": "Utilization", "averageUtilization": 60}}}},
	}}
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// namespace is one that no other test has.
func namespace(t testing.TB) string {
	var b strings.Builder
	for _, r := range strings.ToLower(t.Name()) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else {
			b.WriteByte('-')
		}
	}
	name := b.String()
	if len(name) > 40 {
		name = name[len(name)-40:]
	}
	return strings.Trim(name, "-") + fmt.Sprintf("-%x", time.Now().UnixNano()&0xffffff)
}

// kubeconfig is a file with the ServiceAccount's own token, for the wire.
func (s *site) kubeconfig(t testing.TB) string {
	t.Helper()
	out := s.must(t, "POST", collection("ServiceAccount", s.ns)+"/falochron/token", object{"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "spec": object{}})
	token := at(out, "status", "token").(string)
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf("apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: %q, certificate-authority-data: %s}}]\nusers: [{name: u, user: {token: %q}}]\n"+
		"contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n", s.wire.server.URL,
		base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.wire.server.Certificate().Raw})), token)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// live plays the kubelets, and KEDA where it is: a pod is ready a moment after it was made.
func (s *site) live(t testing.TB, p plan) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			case <-time.After(20 * time.Millisecond):
				s.kubelet(p.service)
				if p.keda {
					s.keda()
				}
			}
		}
	}()
	t.Cleanup(func() { close(quit); <-done })
}

func (s *site) pods() []object {
	_, all := s.ask("GET", collection("Pod", s.ns)+"?labelSelector=app%3Dshop", nil)
	return things(all["items"])
}

// kubelet does for all pods what the scheduler and their kubelets would. Pods have a node
// where there is a Service, which lists no others; they end when the kubelet has ended them.
func (s *site) kubelet(nodes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pods() {
		name := at(p, "metadata", "name").(string)
		if at(p, "metadata", "deletionTimestamp") != nil {
			if at(p, "metadata", "labels", "test/raw") == nil {
				s.ask("DELETE", collection("Pod", s.ns)+"/"+name+"?gracePeriodSeconds=0", nil)
			}
			continue
		}
		if _, seen := s.born[name]; !seen {
			s.born[name] = time.Now()
		}
		if readiness(p) == 1 || s.hold || time.Since(s.born[name]) < 150*time.Millisecond || at(p, "metadata", "labels", "test/raw") != nil {
			continue
		}
		if nodes && at(p, "spec", "nodeName") == nil {
			s.ask("POST", collection("Pod", s.ns)+"/"+name+"/binding", object{"kind": "Binding", "apiVersion": "v1", "metadata": object{"name": name}, "target": object{"kind": "Node", "name": "node-1"}})
		}
		now := time.Now().UTC().Format(time.RFC3339)
		status := object{"phase": "Pending", "conditions": []any{object{"type": "Ready", "status": "False", "lastTransitionTime": now}},
			"containerStatuses": []any{object{"name": "shop", "image": "shop:1", "imageID": "", "ready": false, "restartCount": 0,
				"state": object{"waiting": object{"reason": "ImagePullBackOff", "message": "Back-off pulling image \"shop:1\""}}}}}
		if !s.spoil {
			s.ips++
			ip := fmt.Sprintf("10.1.%d.%d", s.ips/250, s.ips%250+1)
			status = object{"phase": "Running", "podIP": ip, "podIPs": []any{object{"ip": ip}},
				"conditions":        []any{object{"type": "Ready", "status": "True", "lastTransitionTime": now}},
				"containerStatuses": []any{object{"name": "shop", "image": "shop:1", "imageID": "x", "ready": true, "restartCount": 0, "state": object{"running": object{"startedAt": now}}}}}
		} else if at(p, "status", "containerStatuses") != nil {
			continue
		}
		s.ask("PATCH", collection("Pod", s.ns)+"/"+name+"/status", object{"status": status})
	}
}

// keda copies what matters here from the ScaledObject to its HPA, as KEDA's operator does.
func (s *site) keda() {
	_, so := s.ask("GET", collection("ScaledObject", s.ns)+"/shop", nil)
	path := collection("HorizontalPodAutoscaler", s.ns) + "/keda-hpa-shop"
	_, h := s.ask("GET", path, nil)
	least, most := max(1, num(at(so, "spec", "minReplicaCount"))), num(at(so, "spec", "maxReplicaCount"))
	if so["spec"] != nil && (num(at(h, "spec", "minReplicas")) != least || num(at(h, "spec", "maxReplicas")) != most) {
		s.ask("PATCH", path, object{"spec": object{"minReplicas": least, "maxReplicas": most}})
	}
}

// settle waits until the base is ready, and the second of it is over: pods are dated in
// seconds.
func (s *site) settle(t testing.TB) {
	t.Helper()
	s.wait(t, "the base is ready", func() bool {
		ready := 0
		for _, p := range s.pods() {
			ready += readiness(p)
		}
		return ready == base
	})
	if s.age != nil {
		s.age(s.ns)
		return
	}
	for _, p := range s.pods() {
		made, err := time.Parse(time.RFC3339, at(p, "metadata", "creationTimestamp").(string))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(made.Add(time.Second)))
	}
}

func (s *site) wait(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %s still not: %s", patience, what)
		}
	}
}

// patience is long, for machines that do other things as well; it makes no test slower
// that passes.
const patience = 10 * time.Minute

func (s *site) driver(t testing.TB) *Driver {
	t.Helper()
	d, err := newDriver(s.config, 1000, 1000)
	if err != nil {
		t.Fatal(err)
	}
	d.keda = patience
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// stage is a site as the suite wants it.
func (s *site) stage(p plan) *fleettest.Stage {
	st := &fleettest.Stage{
		New:   func(t testing.TB) fleet.Driver { return s.driver(t) },
		Base:  base,
		Calls: s.wire.calls,
		Most:  p.most,
		Spoil: func(_ testing.TB, spoilt bool) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.spoil = spoilt
		},
		Hold: func(_ testing.TB, held bool) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.hold = held
		},
		Fault:    func(_ testing.TB, f fleettest.Fault) { s.wire.broken(f) },
		Foreign:  s.foreign,
		Patience: patience,
		Cannot:   map[string]string{},
	}
	if p.kind == "StatefulSet" {
		st.Cannot["those-named-leave-first"] = "a StatefulSet takes away its youngest pods"
	}
	return st
}

// foreign is what carries the shop's labels and is not the shop's: a pod that somebody
// made by hand, and another Deployment with an autoscaler of its own.
func (s *site) foreign(t testing.TB) func() error {
	s.must(t, "POST", collection("Pod", s.ns), object{"kind": "Pod", "apiVersion": "v1", "metadata": object{"name": "shop-debug", "labels": object{"app": "shop", "test/raw": "1"}}, "spec": template()["spec"]})
	other := template()
	other["metadata"] = object{"labels": object{"app": "shop", "part": "admin"}}
	s.must(t, "POST", collection("Deployment", s.ns), object{"kind": "Deployment", "apiVersion": "apps/v1", "metadata": object{"name": "shop-admin"},
		"spec": object{"replicas": 1, "selector": object{"matchLabels": object{"part": "admin"}}, "template": other}})
	look := func() []string {
		var out []string
		for _, path := range []string{collection("Pod", s.ns) + "/shop-debug", collection("Deployment", s.ns) + "/shop-admin"} {
			status, o := s.ask("GET", path, nil)
			out = append(out, fmt.Sprint(status, o["spec"], at(o, "metadata", "labels"), at(o, "metadata", "deletionTimestamp"), at(o, "metadata", "annotations", deletionCost), at(o, "metadata", "annotations", noteOrdered)))
		}
		return out
	}
	was := look()
	return func() error {
		if is := look(); !slices.Equal(is, was) {
			return fmt.Errorf("it was %q and is %q", was, is)
		}
		return nil
	}
}
