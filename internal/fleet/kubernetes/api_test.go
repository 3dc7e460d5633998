package kubernetes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// object is any object of the API, as JSON.
type object = map[string]any

// fakeAPI speaks what the driver uses of the API server: objects by path with resource
// versions, pages of lists, merge patches, the scale and status subresources, tokens of
// ServiceAccounts, RBAC by the Roles that were posted. What it does was checked against the
// real one by running the same table on both (make test-kubernetes).
type fakeAPI struct {
	mu      sync.Mutex
	objects map[string]object // by the path of the object
	version int
	names   int
	quit    chan struct{}
	done    chan struct{}
}

func newFakeAPI(t testing.TB) *fakeAPI {
	f := &fakeAPI{objects: map[string]object{}, quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(f.done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-f.quit:
				return
			case <-tick.C:
				f.mu.Lock()
				f.control()
				f.mu.Unlock()
			}
		}
	}()
	t.Cleanup(func() { close(f.quit); <-f.done })
	return f
}

// request is a path taken apart: /apis/GROUP/VERSION/namespaces/NS/RESOURCE/NAME/SUB.
type request struct {
	verb, group, namespace, resource, name, sub string
	base                                        string // of the collection
}

func parse(r *http.Request) (q request, ok bool) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
		q.base = "/api/v1"
	case len(parts) > 3 && parts[0] == "apis":
		q.group = parts[1]
		q.base = "/apis/" + parts[1] + "/" + parts[2]
		parts = parts[3:]
	default:
		return q, false
	}
	if parts[0] == "namespaces" && len(parts) > 2 {
		q.namespace = parts[1]
		q.base += "/namespaces/" + parts[1]
		parts = parts[2:]
	}
	q.resource = parts[0]
	q.base += "/" + parts[0]
	if len(parts) > 1 {
		q.name = parts[1]
	}
	if len(parts) > 2 {
		q.sub = parts[2]
	}
	q.verb = map[string]string{"GET": "get", "POST": "create", "PATCH": "patch", "PUT": "update", "DELETE": "delete"}[r.Method]
	if q.verb == "get" && q.name == "" {
		q.verb = "list"
	}
	return q, len(parts) <= 3
}

func (q request) path() string { return q.base + "/" + q.name }

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	q, ok := parse(r)
	if !ok {
		fail(w, 404, "NotFound", "the server could not find the requested resource")
		return
	}
	user := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if user == "" {
		fail(w, 401, "Unauthorized", "Unauthorized")
		return
	}
	if !f.allowed(user, q) {
		resource := q.resource
		if q.sub != "" {
			resource += "/" + q.sub
		}
		fail(w, 403, "Forbidden", fmt.Sprintf("%s.%s %q is forbidden: User %q cannot %s resource %q in API group %q in the namespace %q", q.resource, q.group, q.name, user, q.verb, resource, q.group, q.namespace))
		return
	}
	var body object
	if r.Body != nil && q.verb != "get" && q.verb != "list" {
		_ = json.NewDecoder(r.Body).Decode(&body)
	}
	switch q.verb {
	case "list":
		f.list(w, r, q)
	case "create":
		f.create(w, q, body)
	case "get":
		if o := f.read(w, q); o != nil {
			answer(w, 200, o)
		}
	case "patch":
		f.patch(w, r, q, body)
	case "delete":
		o := f.read(w, q)
		if o == nil {
			return
		}
		// A pod that a node has ends when its kubelet has ended it.
		if at(o, "spec", "nodeName") != nil && r.URL.Query().Get("gracePeriodSeconds") != "0" {
			o = clone(o)
			m := o["metadata"].(object)
			m["deletionTimestamp"], m["deletionGracePeriodSeconds"] = time.Now().Add(30*time.Second).UTC().Format(time.RFC3339), 30
			f.store(q.path(), o)
		} else {
			f.version++
			delete(f.objects, q.path())
		}
		answer(w, 200, o)
	}
}

// allowed is RBAC: an administrator may everything, a ServiceAccount what is bound to it.
func (f *fakeAPI) allowed(user string, q request) bool {
	if user == "admin" {
		return true
	}
	_, rest, _ := strings.Cut(user, "sa:")
	ns, name, _ := strings.Cut(rest, ":")
	for path, b := range f.objects {
		cluster := strings.Contains(path, "/clusterrolebindings/")
		if !cluster && !strings.Contains(path, "/rolebindings/") || !cluster && at(b, "metadata", "namespace") != q.namespace {
			continue
		}
		bound := slices.ContainsFunc(things(b["subjects"]), func(s object) bool { return s["namespace"] == ns && s["name"] == name })
		kind := "/roles/"
		if at(b, "roleRef", "kind") == "ClusterRole" {
			kind = "/clusterroles/"
		}
		for rolePath, role := range f.objects {
			if !bound || !strings.Contains(rolePath, kind) || at(role, "metadata", "name") != at(b, "roleRef", "name") || !cluster && kind == "/roles/" && at(role, "metadata", "namespace") != q.namespace {
				continue
			}
			if slices.ContainsFunc(things(role["rules"]), q.by) {
				return true
			}
		}
	}
	return false
}

func (q request) by(rule object) bool {
	resource := q.resource
	if q.sub != "" {
		resource += "/" + q.sub
	}
	has := func(key, what string) bool { return slices.Contains(texts(rule[key]), what) }
	return has("apiGroups", q.group) && has("resources", resource) && has("verbs", q.verb) && (rule["resourceNames"] == nil || has("resourceNames", q.name))
}

func (f *fakeAPI) list(w http.ResponseWriter, r *http.Request, q request) {
	// All namespaces, where none is named.
	head, tail := q.base+"/", "/"+q.resource+"/"
	var out []object
	for path, o := range f.objects {
		if (strings.HasPrefix(path, head) || q.namespace == "" && strings.Contains(path, tail) && strings.HasPrefix(path, strings.TrimSuffix(q.base, q.resource))) && selects(r, o) {
			out = append(out, o)
		}
	}
	sort.Slice(out, func(i, j int) bool { return fmt.Sprint(out[i]["metadata"]) < fmt.Sprint(out[j]["metadata"]) })
	from, _ := strconv.Atoi(r.URL.Query().Get("continue"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	m := object{"resourceVersion": strconv.Itoa(f.version)}
	out = out[min(from, len(out)):]
	if limit > 0 && len(out) > limit {
		m["continue"] = strconv.Itoa(from + limit)
		out = out[:limit]
	}
	if out == nil {
		out = []object{}
	}
	if q.resource == "scaledobjects" && len(out) == 0 && !slices.ContainsFunc(keys(f.objects), func(p string) bool { return strings.Contains(p, "/scaledobjects/") }) {
		fail(w, 404, "NotFound", "the server could not find the requested resource")
		return
	}
	answer(w, 200, object{"kind": "List", "apiVersion": "v1", "metadata": m, "items": out})
}

// selects knows the selectors that the driver sends: equal labels, and phases that are not.
func selects(r *http.Request, o object) bool {
	for term := range strings.SplitSeq(r.URL.Query().Get("labelSelector"), ",") {
		key, value, ok := strings.Cut(term, "=")
		if ok && at(o, "metadata", "labels", key) != value {
			return false
		}
	}
	for term := range strings.SplitSeq(r.URL.Query().Get("fieldSelector"), ",") {
		_, phase, ok := strings.Cut(term, "status.phase!=")
		if ok && at(o, "status", "phase") == phase {
			return false
		}
	}
	return true
}

func (f *fakeAPI) create(w http.ResponseWriter, q request, o object) {
	if q.sub == "token" {
		answer(w, 201, object{"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "status": object{"token": "sa:" + q.namespace + ":" + q.name}})
		return
	}
	if q.sub == "binding" {
		if f.read(w, q) == nil {
			return
		}
		p := clone(f.objects[q.path()])
		p["spec"].(object)["nodeName"] = at(o, "target", "name")
		f.store(q.path(), p)
		answer(w, 201, object{"kind": "Status", "apiVersion": "v1", "status": "Success"})
		return
	}
	q.name, _ = at(o, "metadata", "name").(string)
	if f.objects[q.path()] != nil {
		fail(w, 409, "AlreadyExists", q.name+" already exists")
		return
	}
	m := o["metadata"].(object)
	if q.namespace != "" {
		m["namespace"] = q.namespace
	}
	m["creationTimestamp"] = time.Now().UTC().Format(time.RFC3339)
	m["generation"] = 1
	o, problem := admit(q, o)
	if problem != "" {
		fail(w, 422, "Invalid", problem)
		return
	}
	f.store(q.path(), o)
	answer(w, 201, o)
}

// admit sets defaults and refuses what the API server refuses.
func admit(q request, o object) (object, string) {
	if q.resource == "horizontalpodautoscalers" {
		spec := o["spec"].(object)
		if spec["minReplicas"] == nil {
			spec["minReplicas"] = 1
		}
		if num(spec["minReplicas"]) > num(spec["maxReplicas"]) {
			return nil, fmt.Sprintf("HorizontalPodAutoscaler.autoscaling %q is invalid: spec.maxReplicas: must be greater than or equal to minReplicas", q.name)
		}
	}
	return o, ""
}

func (f *fakeAPI) store(path string, o object) {
	f.version++
	o["metadata"].(object)["resourceVersion"] = strconv.Itoa(f.version)
	// Through JSON, so that nobody shares memory and numbers are what they are on the wire.
	data, _ := json.Marshal(o)
	var kept object
	_ = json.Unmarshal(data, &kept)
	f.objects[path] = kept
}

func (f *fakeAPI) read(w http.ResponseWriter, q request) object {
	o := f.objects[q.path()]
	if o == nil {
		fail(w, 404, "NotFound", fmt.Sprintf("%s.%s %q not found", q.resource, q.group, q.name))
		return nil
	}
	if q.sub == "scale" {
		selector := []string{}
		if labels, ok := at(o, "spec", "selector", "matchLabels").(object); ok {
			for k, v := range labels {
				selector = append(selector, k+"="+v.(string))
			}
		}
		sort.Strings(selector)
		return object{
			"kind": "Scale", "apiVersion": "autoscaling/v1",
			"metadata": object{"name": q.name, "namespace": q.namespace, "resourceVersion": at(o, "metadata", "resourceVersion")},
			"spec":     object{"replicas": at(o, "spec", "replicas")}, "status": object{"replicas": at(o, "spec", "replicas"), "selector": strings.Join(selector, ",")},
		}
	}
	return o
}

func (f *fakeAPI) patch(w http.ResponseWriter, r *http.Request, q request, change object) {
	o := f.read(w, q)
	if o == nil {
		return
	}
	if was := at(change, "metadata", "resourceVersion"); was != nil && was != "" && was != at(o, "metadata", "resourceVersion") {
		fail(w, 409, "Conflict", fmt.Sprintf("Operation cannot be fulfilled on %s.%s %q: the object has been modified; please apply your changes to the latest version and try again", q.resource, q.group, q.name))
		return
	}
	changed := merge(clone(o), change)
	if q.sub == "scale" {
		d := clone(f.objects[q.path()])
		d["spec"].(object)["replicas"] = at(changed, "spec", "replicas")
		f.store(q.path(), d)
		answer(w, 200, f.read(w, q))
		return
	}
	changed, problem := admit(q, changed)
	if problem != "" {
		fail(w, 422, "Invalid", problem)
		return
	}
	wrote(changed, change, r.URL.Query().Get("fieldManager"))
	f.store(q.path(), changed)
	answer(w, 200, f.objects[q.path()])
}

// wrote keeps who wrote which field of the spec.
func wrote(o, change object, who string) {
	spec, _ := change["spec"].(object)
	if who == "" || spec == nil {
		return
	}
	fields := object{}
	for key := range spec {
		fields["f:"+key] = object{}
	}
	m := o["metadata"].(object)
	m["managedFields"] = append([]any{object{"manager": who, "time": time.Now().UTC().Format(time.RFC3339), "fieldsV1": object{"f:spec": fields}}}, anys(m["managedFields"])...)
}

// merge is RFC 7396.
func merge(o, change object) object {
	for key, v := range change {
		switch inner, isObject := v.(object); {
		case v == nil:
			delete(o, key)
		case isObject:
			was, _ := o[key].(object)
			if was == nil {
				was = object{}
			}
			o[key] = merge(was, inner)
		default:
			o[key] = v
		}
	}
	return o
}

func answer(w http.ResponseWriter, status int, o object) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(o)
}

func fail(w http.ResponseWriter, status int, reason, message string) {
	answer(w, status, object{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": status})
}

// at reads a value deep in an object, nil where there is none.
func at(o object, path ...string) any {
	var v any = o
	for _, key := range path {
		inner, _ := v.(object)
		v = inner[key]
	}
	return v
}

func num(v any) int {
	switch n := v.(type) {
	case int:
		return n
	case float64:
		return int(n)
	}
	return 0
}

func anys(v any) []any { a, _ := v.([]any); return a }

func things(v any) (out []object) {
	for _, x := range anys(v) {
		if o, ok := x.(object); ok {
			out = append(out, o)
		}
	}
	return out
}

func texts(v any) (out []string) {
	for _, x := range anys(v) {
		s, _ := x.(string)
		out = append(out, s)
	}
	return out
}

func keys(m map[string]object) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func clone(o object) object {
	data, _ := json.Marshal(o)
	var out object
	_ = json.Unmarshal(data, &out)
	return out
}

// ask calls the API as the administrator, without a network.
func (f *fakeAPI) ask(method, path string, body object) (int, object) {
	data, _ := json.Marshal(body)
	r := httptest.NewRequest(method, path, bytes.NewReader(data))
	r.Header.Set("Authorization", "Bearer admin")
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	var out object
	_ = json.Unmarshal(w.Body.Bytes(), &out)
	return w.Code, out
}
