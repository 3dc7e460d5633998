package kubernetes

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// nodeYAML is a node of 4 cores and 8 GiB, ready, with room for 110 pods.
func nodeYAML(name, more string) object {
	var o object
	text := fmt.Sprintf(`{apiVersion: v1, kind: Node, metadata: {name: %s, labels: {disk: ssd}}, spec: {%s},
 status: {allocatable: {cpu: "4", memory: 8Gi, pods: "110"}, conditions: [{type: Ready, status: "True"}]}}`, name, more)
	if err := yaml.Unmarshal([]byte(text), &o); err != nil {
		panic(err)
	}
	return o
}

// How many pods of 500m and 256Mi could start without a new node.
func TestStartable(t *testing.T) {
	type setting struct {
		name  string
		set   func(t *testing.T, s *site)
		want  int
		note  string
		templ object // merged into the shop's pod template
	}
	node := func(name, more string) func(*testing.T, *site) {
		return func(t *testing.T, s *site) { s.must(t, "POST", "/api/v1/nodes", nodeYAML(name, more)) }
	}
	settings := []setting{
		{name: "no node", set: func(*testing.T, *site) {}, want: 0},
		// 4 cores are 8 pods; the two that wait for a node will take two places.
		{name: "one node", set: node("a", ""), want: 6},
		{name: "two nodes", set: func(t *testing.T, s *site) { node("a", "")(t, s); node("b", "")(t, s) }, want: 14},
		{name: "cordoned", set: node("a", "unschedulable: true"), want: 0},
		{name: "tainted", set: node("a", `taints: [{key: gpu, value: "1", effect: NoSchedule}]`), want: 0},
		{name: "tainted a little", set: node("a", `taints: [{key: gpu, value: "1", effect: PreferNoSchedule}]`), want: 6},
		{name: "tolerated", set: node("a", `taints: [{key: gpu, value: "1", effect: NoSchedule}]`), want: 6,
			templ: object{"tolerations": []any{object{"key": "gpu", "operator": "Equal", "value": "1", "effect": "NoSchedule"}}}},
		{name: "tolerated for another value", set: node("a", `taints: [{key: gpu, value: "1", effect: NoSchedule}]`), want: 0,
			templ: object{"tolerations": []any{object{"key": "gpu", "value": "2"}}}},
		{name: "tolerates all", set: node("a", `taints: [{key: gpu, value: "1", effect: NoExecute}]`), want: 6, templ: object{"tolerations": []any{object{"operator": "Exists"}}}},
		{name: "another node is chosen", set: node("a", ""), want: 0, templ: object{"nodeSelector": object{"disk": "nvme"}}},
		{name: "this node is chosen", set: node("a", ""), want: 6, templ: object{"nodeSelector": object{"disk": "ssd"}}},
		{name: "not ready", want: 0, set: func(t *testing.T, s *site) {
			o := nodeYAML("a", "")
			o["status"].(object)["conditions"].([]any)[0].(object)["status"] = "Unknown"
			s.must(t, "POST", "/api/v1/nodes", o)
		}},
		{name: "few places", want: 1, set: func(t *testing.T, s *site) {
			o := nodeYAML("a", "")
			o["status"].(object)["allocatable"].(object)["pods"] = "3"
			s.must(t, "POST", "/api/v1/nodes", o)
		}},
		{name: "taken by others", want: 2, set: func(t *testing.T, s *site) {
			node("a", "")(t, s)
			other := object{"kind": "Pod", "apiVersion": "v1", "metadata": object{"name": "db"}, "spec": object{"nodeName": "a", "containers": []any{object{"name": "db", "image": "db", "resources": object{"requests": object{"memory": "7Gi"}}}}}}
			s.must(t, "POST", "/api/v1/namespaces", object{"metadata": object{"name": "db"}})
			s.must(t, "POST", "/api/v1/namespaces/db/pods", other)
		}},
		{name: "ended pods take nothing", want: 6, set: func(t *testing.T, s *site) {
			node("a", "")(t, s)
			s.must(t, "POST", "/api/v1/namespaces/db/pods", object{"kind": "Pod", "metadata": object{"name": "job"}, "status": object{"phase": "Succeeded"},
				"spec": object{"nodeName": "a", "containers": []any{object{"name": "db", "resources": object{"requests": object{"memory": "7Gi"}}}}}})
		}},
		{name: "a quota", want: 3, set: func(t *testing.T, s *site) {
			node("a", "")(t, s)
			s.must(t, "POST", collection("ResourceQuota", s.ns), object{"kind": "ResourceQuota", "metadata": object{"name": "q"},
				"status": object{"hard": object{"requests.cpu": "2500m", "pods": "50"}, "used": object{"requests.cpu": "1", "pods": "2"}}})
		}},
		{name: "affinity", set: node("a", ""), want: -1, note: "affinity", templ: object{"affinity": object{"nodeAffinity": object{"requiredDuringSchedulingIgnoredDuringExecution": object{"nodeSelectorTerms": []any{}}}}}},
		{name: "apart", set: node("a", ""), want: -1, note: "podAntiAffinity", templ: object{"affinity": object{"podAntiAffinity": object{"requiredDuringSchedulingIgnoredDuringExecution": []any{object{"topologyKey": "kubernetes.io/hostname"}}}}}},
		{name: "spread", set: node("a", ""), want: -1, note: "evenly", templ: object{"topologySpreadConstraints": []any{object{"whenUnsatisfiable": "DoNotSchedule"}}}},
		{name: "spread if it can be", set: node("a", ""), want: 6, templ: object{"topologySpreadConstraints": []any{object{"whenUnsatisfiable": "ScheduleAnyway"}}}},
		{name: "volume", set: node("a", ""), want: -1, note: "volumes", templ: object{"volumes": []any{object{"name": "v", "persistentVolumeClaim": object{"claimName": "v"}}}}},
		{name: "devices", set: node("a", ""), want: -1, note: "devices", templ: object{"resourceClaims": []any{object{"name": "gpu"}}}},
		{name: "own scheduler", set: node("a", ""), want: -1, note: "scheduler", templ: object{"schedulerName": "volcano"}},
	}
	for _, tt := range settings {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := fake(t).site(t, plan{manifests: []string{"fleet-startable.yaml"}, config: func(c *Config) { c.Startable = true }})
			tt.set(t, s)
			if tt.templ != nil {
				s.must(t, "PATCH", collection("Deployment", s.ns)+"/shop", object{"spec": object{"template": object{"spec": tt.templ}}})
			}
			d := s.driver(t)
			st, err := d.Observe(t.Context())
			if err != nil || st.Startable != tt.want {
				t.Fatalf("%d, wants %d; %v %v", st.Startable, tt.want, err, st.Notes)
			}
			if tt.note != "" && !hasNote(st.Notes, "no-room", tt.note) {
				t.Errorf("notes %v, wants one with %q", st.Notes, tt.note)
			}
			// It is not counted again at each look.
			before := s.wire.asked["GET /api/v1/nodes"]
			if again, err := d.Observe(t.Context()); err != nil || again.Startable != tt.want || s.wire.asked["GET /api/v1/nodes"] != before {
				t.Errorf("again: %d, %v, %d times", again.Startable, err, s.wire.asked["GET /api/v1/nodes"])
			}
		})
	}
}

// Without leave to count, what else there is to see is seen.
func TestStartableWithoutRole(t *testing.T) {
	s := fake(t).site(t, plan{config: func(c *Config) { c.Startable = true }})
	st, err := s.driver(t).Observe(t.Context())
	if err != nil || st.Startable != -1 || st.Ready() != base || !hasNote(st.Notes, "no-room", "fleet-startable.yaml") {
		t.Errorf("%+v, %v", st, err)
	}
}

// What a pod needs is what the scheduler reserves: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
func TestNeeds(t *testing.T) {
	for in, want := range map[string]string{
		`{"containers":[{"resources":{"requests":{"cpu":"500m"}}},{"resources":{"requests":{"cpu":"0.25","memory":"1Ki"}}}]}`:                                                                  `{"cpu":750,"memory":1024000}`,
		`{"initContainers":[{"resources":{"requests":{"cpu":"2"}}}],"containers":[{"resources":{"requests":{"cpu":"500m"}}}]}`:                                                                 `{"cpu":2000}`,
		`{"initContainers":[{"restartPolicy":"Always","resources":{"requests":{"cpu":"2"}}}],"containers":[{"resources":{"requests":{"cpu":"500m"}}}]}`:                                        `{"cpu":2500}`,
		`{"initContainers":[{"restartPolicy":"Always","resources":{"requests":{"cpu":"1"}}},{"resources":{"requests":{"cpu":"1"}}}],"containers":[{"resources":{"requests":{"cpu":"500m"}}}]}`: `{"cpu":2000}`,
		`{"containers":[{"resources":{"requests":{"cpu":"500m"}}}],"overhead":{"cpu":"100m"}}`:                                                                                                 `{"cpu":600}`,
		`{"resources":{"requests":{"cpu":"3"}},"containers":[{"resources":{"requests":{"cpu":"500m","memory":"1"}}}]}`:                                                                         `{"cpu":3000,"memory":1000}`,
	} {
		var s podSpec
		if err := json.Unmarshal([]byte(in), &s); err != nil {
			t.Fatal(err)
		}
		if got, _ := json.Marshal(s.needs()); string(got) != want {
			t.Errorf("%s:\n got %s\nwants %s", in, got, want)
		}
	}
}

func TestTrouble(t *testing.T) {
	for in, want := range map[string]string{
		`{"status":{"containerStatuses":[{"name":"shop","state":{"waiting":{"reason":"CrashLoopBackOff","message":"back-off 5m0s"}}}]}}`: "container shop: CrashLoopBackOff back-off 5m0s true",
		`{"status":{"containerStatuses":[{"name":"shop","state":{"waiting":{"reason":"ContainerCreating"}}}]}}`:                          " false",
		`{"status":{"conditions":[{"type":"PodScheduled","status":"False","message":"0/3 nodes are available"}]}}`:                       "no node takes it: 0/3 nodes are available false",
		`{"status":{"containerStatuses":[{"name":"shop","state":{"running":{}}}]}}`:                                                      " false",
	} {
		var p pod
		if err := json.Unmarshal([]byte(in), &p); err != nil {
			t.Fatal(err)
		}
		why, hopeless := trouble(p)
		if got := fmt.Sprint(why, " ", hopeless); got != want && strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%s: %q, wants %q", in, got, want)
		}
	}
}
