package kubernetes

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/falochron/falochron/internal/fleet/fleettest"
)

// TestReal runs all that is told of the fake against a real API server and controller
// manager beside an etcd: make test-kubernetes. There is no kubelet and no scheduler, so
// pods stay pending, and the test writes their status as kubelets would.
func TestReal(t *testing.T) {
	programs := os.Getenv("FALOCHRON_KUBERNETES")
	if programs == "" {
		t.Skip("make test-kubernetes runs it")
	}
	c := startReal(t, programs)
	for name, p := range plans {
		t.Run("suite/"+name, func(t *testing.T) {
			t.Parallel()
			for _, r := range fleettest.Rules() {
				t.Run(r.Name, func(t *testing.T) { r.On(t, c.site(t, p).stage(p)) })
			}
		})
	}
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.tell(t, c)
		})
	}
	t.Run("roles are enough", func(t *testing.T) { t.Parallel(); rolesAreEnough(t, c) })
	t.Run("no role is too much", func(t *testing.T) {
		t.Parallel()
		noRoleIsTooMuch(t, func(testing.TB) *cluster { return c })
	})
}

const adminToken = "of-the-tests-administrator"

// startReal starts etcd, API server and controller manager on loopback, all in a folder of
// the test's own.
func startReal(t *testing.T, programs string) *cluster {
	t.Helper()
	dir := t.TempDir()
	etcd, peer, port := fleettest.FreePort(t), fleettest.FreePort(t), fleettest.FreePort(t)
	client := fmt.Sprintf("http://127.0.0.1:%d", etcd)
	run(t, dir, "etcd", "--data-dir", filepath.Join(dir, "etcd"), "--listen-client-urls", client, "--advertise-client-urls", client,
		"--listen-peer-urls", fmt.Sprintf("http://127.0.0.1:%d", peer), "--initial-advertise-peer-urls", fmt.Sprintf("http://127.0.0.1:%d", peer),
		"--initial-cluster", fmt.Sprintf("default=http://127.0.0.1:%d", peer))
	write(t, filepath.Join(dir, "tokens.csv"), adminToken+",admin,1,system:masters\n")
	signingKey(t, filepath.Join(dir, "sa.key"))
	run(t, dir, filepath.Join(programs, "kube-apiserver"), "--etcd-servers", client, "--secure-port", fmt.Sprint(port), "--bind-address", "127.0.0.1",
		"--cert-dir", filepath.Join(dir, "certs"), "--service-account-key-file", filepath.Join(dir, "sa.key"), "--service-account-signing-key-file", filepath.Join(dir, "sa.key"),
		"--service-account-issuer", "https://kubernetes.default.svc", "--authorization-mode", "RBAC", "--token-auth-file", filepath.Join(dir, "tokens.csv"),
		"--service-cluster-ip-range", "10.0.0.0/16", "--disable-admission-plugins", "ServiceAccount", "--endpoint-reconciler-type", "none",
		"--max-mutating-requests-inflight", "1000", "--max-requests-inflight", "2000")

	server := fmt.Sprintf("https://127.0.0.1:%d", port)
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true} // it signs its own certificate, on loopback
	t.Cleanup(transport.CloseIdleConnections)
	send := func(r *http.Request) (int, http.Header, []byte) {
		out, err := http.NewRequestWithContext(r.Context(), r.Method, server+r.URL.RequestURI(), r.Body)
		if err != nil {
			return 500, nil, []byte(err.Error())
		}
		out.Header = r.Header.Clone()
		resp, err := transport.RoundTrip(out)
		if err != nil {
			return 500, nil, []byte(err.Error())
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return 500, nil, []byte(err.Error())
		}
		return resp.StatusCode, resp.Header, body
	}
	c := &cluster{
		api: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			status, header, body := send(r)
			for k, v := range header {
				w.Header()[k] = v
			}
			w.Header().Del("Content-Length")
			w.WriteHeader(status)
			_, _ = w.Write(body)
		}),
		ask: func(method, path string, o object) (int, object) {
			data, _ := json.Marshal(o)
			if o == nil {
				data = nil
			}
			r := httptest.NewRequest(method, path, bytes.NewReader(data)).WithContext(context.Background())
			r.Header.Set("Authorization", "Bearer "+adminToken)
			r.Header.Set("Content-Type", "application/json")
			if method == http.MethodPatch {
				r.Header.Set("Content-Type", "application/merge-patch+json")
			}
			status, _, body := send(r)
			var out object
			_ = json.Unmarshal(body, &out)
			if out == nil {
				out = object{"message": string(body)}
			}
			return status, out
		},
	}
	ready := &site{cluster: c}
	ready.wait(t, "the API server is ready", func() bool { status, _ := c.ask("GET", "/readyz", nil); return status == 200 })

	kubeconfig := filepath.Join(dir, "admin")
	write(t, kubeconfig, fmt.Sprintf("apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: %q, insecure-skip-tls-verify: true}}]\n"+
		"users: [{name: u, user: {token: %q}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n", server, adminToken))
	run(t, dir, filepath.Join(programs, "kube-controller-manager"), "--kubeconfig", kubeconfig, "--leader-elect=false", "--secure-port", "0",
		"--controllers", "deployment-controller,replicaset-controller,statefulset-controller,endpointslice-controller,horizontal-pod-autoscaler-controller",
		"--horizontal-pod-autoscaler-sync-period", "1s", "--kube-api-qps", "500", "--kube-api-burst", "500")
	// A node on paper: Services list no pod whose node is unknown.
	c.must(t, "POST", "/api/v1/nodes", object{"kind": "Node", "apiVersion": "v1", "metadata": object{"name": "node-1"}})
	c.must(t, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", scaledObjectKind())
	ready.wait(t, "ScaledObjects are known", func() bool {
		status, _ := c.ask("GET", "/apis/keda.sh/v1alpha1/scaledobjects", nil)
		return status == 200
	})
	return c
}

// scaledObjectKind is what KEDA installs, without its schema.
func scaledObjectKind() object {
	return object{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": object{"name": "scaledobjects.keda.sh"}, "spec": object{
		"group": "keda.sh", "scope": "Namespaced", "names": object{"kind": "ScaledObject", "listKind": "ScaledObjectList", "plural": "scaledobjects", "singular": "scaledobject"},
		"versions": []any{object{"name": "v1alpha1", "served": true, "storage": true,
			"schema": object{"openAPIV3Schema": object{"type": "object", "properties": object{"spec": object{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}}}},
	}}
}

// run starts a program and ends it with the test, however that ends; its log is shown if
// the test fails.
func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	file, err := os.Create(filepath.Join(dir, filepath.Base(name)+".log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, file, file
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error), make(chan struct{})
	go func() {
		// The system ties the child's end to that of the thread that started it.
		runtime.LockOSThread()
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it is killed
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		file.Close()
		if log, err := os.ReadFile(file.Name()); err == nil && t.Failed() {
			lines := strings.Split(string(log), "\n")
			t.Logf("the end of %s's log:\n%s", filepath.Base(name), strings.Join(lines[max(0, len(lines)-30):], "\n"))
		}
	})
}

func write(t *testing.T, file, text string) {
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func signingKey(t *testing.T, file string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})))
}
