package kubernetes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// control is one turn of the fake's controller manager: Deployments and StatefulSets get
// their pods, autoscalers set numbers, Services list addresses.
func (f *fakeAPI) control() {
	for _, path := range keys(f.objects) {
		o := f.objects[path]
		switch {
		case strings.Contains(path, "/horizontalpodautoscalers/"):
			f.autoscale(path, o)
		case strings.Contains(path, "/deployments/"), strings.Contains(path, "/statefulsets/"):
			f.replicate(path, o)
		case strings.Contains(path, "/services/"):
			f.enlist(o)
		}
	}
}

// autoscale does what the real controller does first: minimum and maximum hold without any
// metric. Then it computes, if it has a metric; here that is the number in the annotation
// test/load, and without one it is as blind as the real one without metrics-server.
func (f *fakeAPI) autoscale(path string, h object) {
	ns := at(h, "metadata", "namespace").(string)
	targetPath := "/apis/apps/v1/namespaces/" + ns + "/" + strings.ToLower(at(h, "spec", "scaleTargetRef", "kind").(string)) + "s/" + at(h, "spec", "scaleTargetRef", "name").(string)
	d := f.objects[targetPath]
	if d == nil {
		return
	}
	least, most, is := num(at(h, "spec", "minReplicas")), num(at(h, "spec", "maxReplicas")), num(at(d, "spec", "replicas"))
	want, active, limited := is, "False", "False"
	if load, ok := at(h, "metadata", "annotations", "test/load").(string); ok {
		n := 0
		fmt.Sscan(load, &n)
		want, active = n, "True"
		if n < least {
			limited = "True"
		}
	}
	want = min(max(want, least), most)
	if is == 0 {
		want = 0
	}
	conditions := []any{
		object{"type": "ScalingActive", "status": active, "reason": map[string]string{"True": "ValidMetricFound", "False": "FailedGetResourceMetric"}[active]},
		object{"type": "ScalingLimited", "status": limited, "reason": map[string]string{"True": "TooFewReplicas", "False": "DesiredWithinRange"}[limited]},
	}
	if fmt.Sprint(at(h, "status", "conditions")) != fmt.Sprint(conditions) || num(at(h, "status", "desiredReplicas")) != want {
		h = clone(h)
		h["status"] = object{"desiredReplicas": want, "currentReplicas": is, "conditions": conditions}
		f.store(path, h)
	}
	if want != is {
		d = clone(d)
		d["spec"].(object)["replicas"] = want
		f.store(targetPath, d)
	}
}

func podsPath(ns string) string { return "/api/v1/namespaces/" + ns + "/pods/" }

// replicate makes and deletes pods until there are as many as ordered.
func (f *fakeAPI) replicate(path string, d object) {
	ns, name := at(d, "metadata", "namespace").(string), at(d, "metadata", "name").(string)
	stateful := strings.Contains(path, "/statefulsets/")
	const hash = "5f7d9c"
	owner := object{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": name + "-" + hash, "controller": true, "uid": name}
	if stateful {
		owner = object{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": name, "controller": true, "uid": name}
	}
	var mine []object
	for _, p := range keys(f.objects) {
		if strings.HasPrefix(p, podsPath(ns)) && at(f.objects[p], "metadata", "deletionTimestamp") == nil && slices.ContainsFunc(things(at(f.objects[p], "metadata", "ownerReferences")), func(o object) bool { return o["name"] == owner["name"] }) {
			mine = append(mine, f.objects[p])
		}
	}
	want := num(at(d, "spec", "replicas"))
	for n := len(mine); n < want; n++ {
		f.names++
		pod := clone(at(d, "spec", "template").(object))
		pod["kind"], pod["apiVersion"] = "Pod", "v1"
		m := pod["metadata"].(object)
		m["name"] = fmt.Sprintf("%s-%s-%05d", name, hash, f.names*7919%100000) // in no order
		if stateful {
			m["name"] = fmt.Sprintf("%s-%d", name, n)
		} else {
			m["labels"].(object)["pod-template-hash"] = hash
		}
		m["namespace"], m["ownerReferences"] = ns, []any{owner}
		m["creationTimestamp"] = time.Now().UTC().Format(time.RFC3339)
		pod["status"] = object{"phase": "Pending"}
		f.store(podsPath(ns)+m["name"].(string), pod)
	}
	if len(mine) <= want {
		return
	}
	// As the ReplicaSet controller ranks (getPodsToDelete): not ready first, then the
	// cheapest, then the youngest. A StatefulSet goes from the last.
	slices.SortFunc(mine, func(a, b object) int {
		if stateful {
			return -cmp.Compare(at(a, "metadata", "name").(string), at(b, "metadata", "name").(string))
		}
		return cmp.Or(cmp.Compare(readiness(a), readiness(b)), cmp.Compare(costOf(a), costOf(b)),
			-cmp.Compare(at(a, "metadata", "creationTimestamp").(string), at(b, "metadata", "creationTimestamp").(string)))
	})
	for _, p := range mine[:len(mine)-want] {
		f.version++
		delete(f.objects, podsPath(ns)+at(p, "metadata", "name").(string)) // no node has it: it ends at once
	}
}

func readiness(p object) int {
	for _, c := range things(at(p, "status", "conditions")) {
		if c["type"] == "Ready" && c["status"] == "True" {
			return 1
		}
	}
	return 0
}

func costOf(p object) (n int) {
	if s, ok := at(p, "metadata", "annotations", deletionCost).(string); ok {
		fmt.Sscan(s, &n)
	}
	return n
}

// enlist writes a Service's EndpointSlice.
func (f *fakeAPI) enlist(s object) {
	ns, name := at(s, "metadata", "namespace").(string), at(s, "metadata", "name").(string)
	selector, _ := at(s, "spec", "selector").(object)
	ends := []any{}
	for _, p := range keys(f.objects) {
		pod := f.objects[p]
		ip, _ := at(pod, "status", "podIP").(string)
		if !strings.HasPrefix(p, podsPath(ns)) || ip == "" {
			continue
		}
		matches := true
		for k, v := range selector {
			matches = matches && at(pod, "metadata", "labels", k) == v
		}
		if matches {
			serves, going := readiness(pod) == 1, at(pod, "metadata", "deletionTimestamp") != nil
			ends = append(ends, object{"addresses": []any{ip}, "conditions": object{"ready": serves && !going, "serving": serves, "terminating": going},
				"targetRef": object{"kind": "Pod", "name": at(pod, "metadata", "name"), "namespace": ns}})
		}
	}
	port := things(at(s, "spec", "ports"))[0]
	path := "/apis/discovery.k8s.io/v1/namespaces/" + ns + "/endpointslices/" + name + "-x"
	was := f.objects[path]
	if was != nil && fmt.Sprint(was["endpoints"]) == fmt.Sprint(ends) {
		return
	}
	f.store(path, object{
		"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", "addressType": "IPv4",
		"metadata":  object{"name": name + "-x", "namespace": ns, "labels": object{"kubernetes.io/service-name": name}},
		"endpoints": ends, "ports": []any{object{"name": port["name"], "port": port["targetPort"], "protocol": "TCP"}},
	})
}

// age makes the pods that there are an hour older.
func (f *fakeAPI) age(ns string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, path := range keys(f.objects) {
		if strings.HasPrefix(path, podsPath(ns)) {
			f.objects[path]["metadata"].(object)["creationTimestamp"] = time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
		}
	}
}
