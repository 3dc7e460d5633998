package kubernetes

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falochron/falochron"
)

func TestConfigFaults(t *testing.T) {
	for _, tt := range []struct {
		c    Config
		want string // empty: none but that there is no cluster
	}{
		{Config{Workload: "deployment/shop", Port: "8080"}, "no kubeconfig is named"},
		{Config{Workload: "StatefulSet/shop", Service: "shop"}, "no kubeconfig is named"},
		{Config{Workload: "deployment/shop", Reach: "service"}, "no kubeconfig is named"},
		{Config{Port: "80"}, `workload: "" is no workload`},
		{Config{Workload: "daemonset/shop", Port: "80"}, `workload: "daemonset/shop" is no workload`},
		{Config{Workload: "deployment/Shop", Port: "80"}, `workload: "deployment/Shop" is no workload`},
		{Config{Workload: "deployment/", Port: "80"}, `workload: "deployment/" is no workload`},
		{Config{Workload: "deployment/shop"}, "port: without a Service its number has to be said"},
		{Config{Workload: "deployment/shop", Port: "http"}, "port: without a Service its number has to be said"},
		{Config{Workload: "deployment/shop", Port: "70000"}, "port: 70000 is no port"},
		{Config{Workload: "deployment/shop", Service: "shop", Port: "a b"}, `port: "a b" is no port`},
		{Config{Workload: "deployment/shop", Service: "shop.ns"}, `service: "shop.ns" is no Service`},
		{Config{Workload: "deployment/shop", Port: "80", Namespace: "../x"}, `namespace: "../x" is no namespace`},
		{Config{Workload: "deployment/shop", Port: "80", Scheme: "ftp"}, `scheme: "ftp" is neither`},
		{Config{Workload: "deployment/shop", Port: "80", Reach: "nodes"}, `reach: "nodes" is neither`},
		{Config{Workload: "deployment/shop", Port: "80", Timeout: 1}, "timeout: 1ns is out of bounds"},
		{Config{Workload: "deployment/shop", Port: "80", Context: "prod"}, "context: there is no kubeconfig"},
		{Config{Workload: "deployment/shop", Port: "80", Kubeconfig: filepath.Join("testdata", "there-is-none")}, "kubeconfig: the address and credentials"},
	} {
		_, err := New(tt.c)
		if err == nil || !strings.Contains(err.Error(), tt.want) || falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
			t.Errorf("%+v: %v (%s, hint %q), wants %q", tt.c, err, falochron.KindOf(err), falochron.HintOf(err), tt.want)
		}
	}
	// All faults at once.
	_, err := New(Config{Workload: "x", Scheme: "y", Reach: "z", Timeout: -1})
	if n := strings.Count(err.Error(), "configure kubernetes"); n != 4 {
		t.Errorf("%d faults: %v", n, err)
	}
}

// The namespace is that of the context, unless one is named; credentials stay out of errors.
func TestKubeconfig(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	text := `{apiVersion: v1, kind: Config, current-context: a,
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}], users: [{name: u, user: {token: very-secret}}],
contexts: [{name: a, context: {cluster: c, user: u, namespace: from-a}}, {name: b, context: {cluster: c, user: u}}]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ context, namespace, want string }{{"", "", "from-a"}, {"b", "", "default"}, {"a", "mine", "mine"}} {
		d, err := New(Config{Kubeconfig: file, Context: tt.context, Namespace: tt.namespace, Workload: "deployment/shop", Port: "80"})
		if err != nil || d.namespace != tt.want || d.Name() != "kubernetes" {
			t.Fatalf("%+v: %v, %v", tt, d, err)
		}
		_, err = d.Observe(t.Context())
		if falochron.KindOf(err) != falochron.Unavailable || strings.Contains(err.Error(), "very-secret") {
			t.Errorf("observe: %v", err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := New(Config{Kubeconfig: file, Context: "gone", Workload: "deployment/shop", Port: "80"}); falochron.KindOf(err) != falochron.Invalid || strings.Contains(err.Error(), "very-secret") {
		t.Errorf("%v", err)
	}
}
