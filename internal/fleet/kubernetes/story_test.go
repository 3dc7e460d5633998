package kubernetes

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// stories are what is told of a cluster beyond the suite. They run against the fake in
// every make test, and against a real API server in make test-kubernetes.
var stories = []struct {
	name string
	tell func(*testing.T, *cluster)
}{
	{"the minimum is raised and given back", minimumRaised},
	{"killed in the middle", killed},
	{"killed outright", killNine},
	{"a maximum is kept, or raised with leave", maximum},
	{"set back again and again", setBack},
	{"set back where nobody else scales", setBackAlone},
	{"an owner who wants more", ownerWantsMore},
	{"annotations are removed", notesRemoved},
	{"annotations that nobody can read", notesSpoilt},
	{"the autoscaler's controller follows", follows},
	{"written at the same time", sameTime},
	{"without the role", withoutRole},
	{"no such workload", noSuchWorkload},
	{"two autoscalers", twoAutoscalers},
	{"no ConfigMap", noConfigMap},
	{"KEDA's minimum that was not set", kedaUnset},
	{"marks are taken away", marksGone},
	{"what serves and what ends", servesAndEnds},
}

func TestStories(t *testing.T) {
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.tell(t, fake(t))
		})
	}
}

const later = time.Hour

func want(n int) fleet.Want {
	return fleet.Want{Replicas: n, Expires: time.Now().Add(later), Reason: "a wave of 4000 a minute is announced for 20:00"}
}

func scaled(t *testing.T, d *Driver, n int) fleet.Order {
	t.Helper()
	o, err := d.Scale(t.Context(), want(n))
	if err != nil {
		t.Fatalf("scale to %d: %v (%s)", n, err, falochron.HintOf(err))
	}
	return o
}

func restored(t *testing.T, d *Driver, now time.Time) []fleet.Note {
	t.Helper()
	notes, err := d.Restore(t.Context(), now)
	if err != nil {
		t.Fatalf("restore: %v (%s)", err, falochron.HintOf(err))
	}
	return notes
}

func hasNote(notes []fleet.Note, kind, text string) bool {
	return slices.ContainsFunc(notes, func(n fleet.Note) bool { return n.Kind == kind && strings.Contains(n.Text, text) })
}

func (s *site) hpaPath() string { return collection("HorizontalPodAutoscaler", s.ns) + "/shop" }

func (s *site) hpa(t *testing.T) object {
	t.Helper()
	return s.must(t, "GET", s.hpaPath(), nil)
}

// floor is the HPA's minimum.
func (s *site) floor(t *testing.T) int { return num(at(s.hpa(t), "spec", "minReplicas")) }

func (s *site) replicas(t *testing.T) int {
	t.Helper()
	return num(at(s.must(t, "GET", collection("Deployment", s.ns)+"/shop", nil), "spec", "replicas"))
}

// gitops sets something as a tool of others does, under its own name.
func (s *site) gitops(t *testing.T, path string, change object) {
	t.Helper()
	s.must(t, "PATCH", path+"?fieldManager=argocd-controller", change)
}

func ours(o object) (out []string) {
	notes, _ := at(o, "metadata", "annotations").(object)
	for k := range notes {
		if strings.HasPrefix(k, "falochron/") {
			out = append(out, k)
		}
	}
	return out
}

var withHPA = plan{hpa: true, most: base + 6, manifests: []string{"fleet-leave.yaml"}}

func minimumRaised(t *testing.T, c *cluster) {
	s := c.site(t, withHPA)
	d := s.driver(t)
	o := scaled(t, d, 6)
	if o.Accepted != 6 || !hasNote(o.Notes, "autoscaler-lowers", "CPU") {
		t.Errorf("order: %+v", o)
	}
	// The number is set at once, not at the autoscaler's next turn: ours is the write.
	h := s.hpa(t)
	notes := at(h, "metadata", "annotations").(object)
	if s.floor(t) != 6 || notes[noteBefore] != "2" || notes[noteOrdered] != "6" || notes[noteReason] == "" {
		t.Errorf("minimum %d, annotations %v", s.floor(t), notes)
	}
	if end, err := time.Parse(time.RFC3339, fmt.Sprint(notes[noteExpires])); err != nil || time.Until(end) > later || time.Until(end) < later-time.Minute {
		t.Errorf("expires %v", notes[noteExpires])
	}
	if s.wire.asked["PATCH "+collection("Deployment", s.ns)+"/shop/scale"] != 1 {
		t.Errorf("the scale was set %d times", s.wire.asked["PATCH "+collection("Deployment", s.ns)+"/shop/scale"])
	}
	// In steps, as ordered.
	scaled(t, d, 4)
	if got := s.floor(t); got != 4 {
		t.Errorf("minimum %d after an order of 4", got)
	}
	o = scaled(t, d, 1)
	if o.Accepted != base || o.Bound != "owner" || s.floor(t) != base {
		t.Errorf("order of 1: %+v, minimum %d", o, s.floor(t))
	}
	s.wait(t, "the order is forgotten when the replicas are gone", func() bool {
		scaled(t, d, 1)
		return s.replicas(t) == base && len(ours(s.hpa(t))) == 0
	})
}

// Our program dies at the worst moments; another one gives back what was there.
func killed(t *testing.T, c *cluster) {
	s := c.site(t, withHPA)
	first := s.driver(t)
	scaled(t, first, 5)
	scaled(t, first, 7)
	next := s.driver(t)
	if notes := restored(t, next, time.Now()); len(notes) > 0 || s.floor(t) != 7 {
		t.Fatalf("before its end: minimum %d, %v", s.floor(t), notes)
	}
	// It dies in the middle of giving back, after each single change.
	for n := 1; ; n++ {
		left := n
		ctx, cancel := context.WithCancel(t.Context())
		s.wire.mu.Lock()
		s.wire.before = func(r *http.Request) {
			if r.Method == http.MethodPatch {
				if left--; left < 0 {
					cancel()
				}
			}
		}
		s.wire.mu.Unlock()
		_, err := s.driver(t).Restore(ctx, time.Now().Add(2*later))
		cancel()
		if err == nil {
			break
		}
		if n > 5 {
			t.Fatal("it never comes to an end")
		}
	}
	s.giveBack(t, "what was there before", func() bool { return s.floor(t) == base && s.replicas(t) == base })
}

// giveBack restores as new programs do, once a minute, until all is as before and nothing
// of ours is left.
func (s *site) giveBack(t *testing.T, what string, so func() bool) {
	t.Helper()
	s.wait(t, what, func() bool {
		restored(t, s.driver(t), time.Now().Add(2*later))
		return so() && len(ours(s.hpa(t))) == 0
	})
}

func maximum(t *testing.T, c *cluster) {
	s := c.site(t, withHPA)
	o := scaled(t, s.driver(t), 20)
	if o.Accepted != 8 || o.Bound != "hpa-max" || !hasNote(o.Notes, "at-maximum", "20 pods are wanted") || s.floor(t) != 8 {
		t.Errorf("order: %+v", o)
	}
	s.config.RaiseMaximum = true
	d := s.driver(t)
	o = scaled(t, d, 20)
	if o.Accepted != 20 || o.Bound != "" || num(at(s.hpa(t), "spec", "maxReplicas")) != 20 {
		t.Errorf("with leave: %+v, %v", o, at(s.hpa(t), "spec"))
	}
	scaled(t, d, 6)
	if got := num(at(s.hpa(t), "spec", "maxReplicas")); got != 8 {
		t.Errorf("maximum %d when no more was wanted", got)
	}
	scaled(t, d, 12)
	s.giveBack(t, "minimum and maximum of before", func() bool {
		return num(at(s.hpa(t), "spec", "maxReplicas")) == 8 && s.floor(t) == base && s.replicas(t) == base
	})
}

// A tool of others knows better. It is told so three times, and then has won.
func setBack(t *testing.T, c *cluster) {
	s := c.site(t, withHPA)
	d := s.driver(t)
	scaled(t, d, 6)
	back := object{"spec": object{"minReplicas": base}}
	for n := 1; n <= 3; n++ {
		s.gitops(t, s.hpaPath(), back)
		if st, err := d.Observe(t.Context()); err != nil || !hasNote(st.Notes, "reverted", "argocd-controller") {
			t.Errorf("seen: %v, %v", st.Notes, err)
		}
		if o := scaled(t, d, 6); !hasNote(o.Notes, "reverted", fmt.Sprintf("%d of 3 times", n)) || s.floor(t) != 6 {
			t.Errorf("set back %d times: %+v, minimum %d", n, o, s.floor(t))
		}
	}
	s.gitops(t, s.hpaPath(), back)
	_, before := s.wire.calls()
	_, _ = d.Scale(t.Context(), want(6)) // it may have looked at the other half
	for range 5 {
		if o := scaled(t, d, 6); o.Bound != "reverted" || !hasNote(o.Notes, "reverted", "stays so now") {
			t.Errorf("the fourth time: %+v", o)
		}
	}
	if o := scaled(t, s.driver(t), 7); o.Bound != "reverted" { // the next program knows it too
		t.Errorf("the next program: %+v", o)
	}
	if _, after := s.wire.calls(); after != before || s.floor(t) != base {
		t.Errorf("%d changes when it had to stay so; minimum %d", after-before, s.floor(t))
	}
	// When the order is over, all is forgotten, and their number stays.
	if notes := restored(t, d, time.Now().Add(2*later)); !hasNote(notes, "reverted", "forgotten") {
		t.Errorf("restored: %v", notes)
	}
	s.giveBack(t, "their number", func() bool { return s.floor(t) == base })
	if o := scaled(t, d, 5); o.Accepted != 5 || s.floor(t) != 5 {
		t.Errorf("the next order: %+v", o)
	}
}

func setBackAlone(t *testing.T, c *cluster) {
	s := c.site(t, plan{})
	d := s.driver(t)
	scaled(t, d, 6)
	for range 3 {
		s.gitops(t, collection("Deployment", s.ns)+"/shop", object{"spec": object{"replicas": base}})
		scaledTwice(t, s, d, 6, "set again")
	}
	s.gitops(t, collection("Deployment", s.ns)+"/shop", object{"spec": object{"replicas": base}})
	_, before := s.wire.calls()
	_, _ = d.Scale(t.Context(), want(6)) // it may have looked at the other half
	for range 5 {
		if o := scaled(t, d, 6); o.Bound != "reverted" || o.Accepted != base {
			t.Errorf("the fourth time: %+v", o)
		}
	}
	if _, after := s.wire.calls(); after != before || s.replicas(t) != base {
		t.Errorf("%d changes, %d replicas", after-before, s.replicas(t))
	}
}

// scaledTwice orders twice: a look sees one half of what an order rests on.
func scaledTwice(t *testing.T, s *site, d *Driver, n int, note string) {
	t.Helper()
	first, second := scaled(t, d, n), scaled(t, d, n)
	if !hasNote(append(first.Notes, second.Notes...), "reverted", note) || s.replicas(t) != n {
		t.Errorf("%+v, %+v, %d replicas", first, second, s.replicas(t))
	}
}

// Who sets more than we do is the owner; his number is what is given back.
func ownerWantsMore(t *testing.T, c *cluster) {
	s := c.site(t, withHPA)
	d := s.driver(t)
	scaled(t, d, 4)
	s.gitops(t, s.hpaPath(), object{"spec": object{"minReplicas": 5}})
	scaled(t, d, 4)
	if o := scaled(t, d, 4); o.Accepted != 5 || o.Bound != "owner" || s.floor(t) != 5 {
		t.Errorf("%+v, minimum %d", o, s.floor(t))
	}
	scaled(t, d, 7)
	restored(t, s.driver(t), time.Now().Add(2*later))
	if s.floor(t) != 5 {
		t.Errorf("the owner's minimum of 5 is %d", s.floor(t))
	}
	// What he sets while we are gone is not ours to give back.
	scaled(t, s.driver(t), 7)
	s.gitops(t, s.hpaPath(), object{"spec": object{"minReplicas": 4}})
	if notes := restored(t, s.driver(t), time.Now().Add(2*later)); !hasNote(notes, "reverted", "argocd-controller has set since") || s.floor(t) != 4 {
		t.Errorf("the owner's minimum of 4 is %d; %v", s.floor(t), notes)
	}
}

func notesRemoved(t *testing.T, c *cluster) {
	s := c.site(t, withHPA)
	d := s.driver(t)
	scaled(t, d, 6)
	gone := object{}
	for _, k := range noteKeys {
		gone[k] = nil
	}
	s.gitops(t, s.hpaPath(), object{"metadata": object{"annotations": gone}})
	s.wait(t, "the annotations are back", func() bool {
		scaled(t, d, 6)
		return at(s.hpa(t), "metadata", "annotations", noteBefore) == "2"
	})
	restored(t, s.driver(t), time.Now().Add(2*later))
	if s.floor(t) != base {
		t.Errorf("minimum %d", s.floor(t))
	}
}

func notesSpoilt(t *testing.T, c *cluster) {
	s := c.site(t, withHPA)
	scaled(t, s.driver(t), 6)
	s.gitops(t, s.hpaPath(), object{"metadata": object{"annotations": object{noteBefore: "two"}}})
	d := s.driver(t)
	_, before := s.wire.calls()
	for what, err := range map[string]error{
		"scale":   second(d.Scale(t.Context(), want(7))),
		"restore": second(d.Restore(t.Context(), time.Now().Add(2*later))),
		"observe": second(d.Observe(t.Context())),
	} {
		if falochron.KindOf(err) != falochron.Conflict || !strings.Contains(err.Error(), noteBefore) || !strings.Contains(falochron.HintOf(err), "HPA shop") {
			t.Errorf("%s: %v, %s", what, err, falochron.HintOf(err))
		}
	}
	if _, after := s.wire.calls(); after != before || s.floor(t) != 6 {
		t.Errorf("%d changes by who cannot read what to give back", after-before)
	}
}

func second[T any](_ T, err error) error { return err }

// The controller of the cluster, blind without metrics, keeps to the minimum all the same.
func follows(t *testing.T, c *cluster) {
	s := c.site(t, withHPA)
	d := s.driver(t)
	scaled(t, d, 6)
	// Somebody lowers the number itself: the minimum brings it back without us.
	s.gitops(t, collection("Deployment", s.ns)+"/shop", object{"spec": object{"replicas": 3}})
	s.wait(t, "the autoscaler has put it right", func() bool { return s.replicas(t) == 6 })
	s.wait(t, "six pods are ready", func() bool {
		st, err := d.Observe(t.Context())
		return err == nil && st.Ready() == 6
	})
}

// Somebody writes the HPA between our look and our change, twice.
func sameTime(t *testing.T, c *cluster) {
	s := c.site(t, withHPA)
	times := 2
	s.wire.mu.Lock()
	s.wire.before = func(r *http.Request) {
		if times > 0 && r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "/horizontalpodautoscalers/shop") {
			times--
			s.ask("PATCH", s.hpaPath(), object{"metadata": object{"annotations": object{"somebody/else": fmt.Sprint(times)}}})
		}
	}
	s.wire.mu.Unlock()
	if o := scaled(t, s.driver(t), 6); o.Accepted != 6 || s.floor(t) != 6 || at(s.hpa(t), "metadata", "annotations", "somebody/else") != "0" {
		t.Errorf("%+v, %v", o, at(s.hpa(t), "metadata", "annotations"))
	}
	if n := s.wire.asked["PATCH "+s.hpaPath()]; n != 3 {
		t.Errorf("%d tries, wants 3", n)
	}
	// Somebody who always is quicker.
	times = 1 << 30
	_, err := s.driver(t).Scale(t.Context(), want(7))
	if falochron.KindOf(err) != falochron.Conflict || falochron.HintOf(err) == "" {
		t.Errorf("scale: %v", err)
	}
	if n := s.wire.asked["PATCH "+s.hpaPath()]; n != 3+mostTries {
		t.Errorf("%d tries, wants %d", n-3, mostTries)
	}
}

func withoutRole(t *testing.T, c *cluster) {
	p := withHPA
	p.role = func(o object) {
		if o["kind"] == "Role" {
			o["rules"] = o["rules"].([]any)[1:] // without the scale subresource
		}
	}
	s := c.site(t, p)
	_, err := s.driver(t).Scale(t.Context(), want(6))
	rule := `{apiGroups: ["apps"], resources: ["deployments/scale"], resourceNames: ["shop"], verbs: ["get"]}`
	if falochron.KindOf(err) != falochron.Denied || !strings.Contains(falochron.HintOf(err), rule) {
		t.Errorf("%v, hint %q; wants the rule %s", err, falochron.HintOf(err), rule)
	}
	if s.floor(t) != base {
		t.Errorf("half done: minimum %d", s.floor(t))
	}
}

func noSuchWorkload(t *testing.T, c *cluster) {
	s := c.site(t, plan{role: func(o object) {
		if o["kind"] == "Role" { // else it would be forbidden first
			for _, r := range things(o["rules"]) {
				delete(r, "resourceNames")
			}
		}
	}})
	s.config.Workload = "deployment/shoop"
	_, err := s.driver(t).Observe(t.Context())
	if falochron.KindOf(err) != falochron.NotFound || !strings.Contains(err.Error(), "shoop") || !strings.Contains(falochron.HintOf(err), "kubectl get deployments -n "+s.ns) {
		t.Errorf("%v, %s", err, falochron.HintOf(err))
	}
}

func twoAutoscalers(t *testing.T, c *cluster) {
	s := c.site(t, withHPA)
	more := hpaOf(withHPA, "shop-too")
	s.must(t, "POST", collection("HorizontalPodAutoscaler", s.ns), more)
	_, err := s.driver(t).Scale(t.Context(), want(6))
	if falochron.KindOf(err) != falochron.Conflict || !strings.Contains(err.Error(), "shop-too") {
		t.Errorf("%v", err)
	}
}

func noConfigMap(t *testing.T, c *cluster) {
	s := c.site(t, plan{})
	s.must(t, "DELETE", collection("ConfigMap", s.ns)+"/falochron-fleet-shop", nil)
	_, err := s.driver(t).Scale(t.Context(), want(6))
	if falochron.KindOf(err) != falochron.NotFound || !strings.Contains(falochron.HintOf(err), "kubectl create configmap falochron-fleet-shop") || s.replicas(t) != base {
		t.Errorf("%v, %s", err, falochron.HintOf(err))
	}
}

// A ScaledObject without a minimum has none again, not one that is written out.
func kedaUnset(t *testing.T, c *cluster) {
	s := c.site(t, plans["keda"])
	path := collection("ScaledObject", s.ns) + "/shop"
	s.gitops(t, path, object{"spec": object{"minReplicaCount": nil}})
	d := s.driver(t)
	scaled(t, d, 5)
	so := s.must(t, "GET", path, nil)
	if num(at(so, "spec", "minReplicaCount")) != 5 || at(so, "metadata", "annotations", noteBefore) != "none" {
		t.Errorf("%v %v", at(so, "spec"), at(so, "metadata", "annotations"))
	}
	s.wait(t, "KEDA has raised its HPA", func() bool {
		return num(at(s.must(t, "GET", collection("HorizontalPodAutoscaler", s.ns)+"/keda-hpa-shop", nil), "spec", "minReplicas")) == 5
	})
	restored(t, s.driver(t), time.Now().Add(2*later))
	if v := at(s.must(t, "GET", path, nil), "spec", "minReplicaCount"); v != nil {
		t.Errorf("minReplicaCount %v", v)
	}
	s.wait(t, "nothing of ours is left", func() bool {
		restored(t, s.driver(t), time.Now().Add(2*later))
		return len(ours(s.must(t, "GET", path, nil))) == 0
	})
}

// A pod that was to go and stayed is not the first to go for ever; an owner's own cost is
// nobody's business.
func marksGone(t *testing.T, c *cluster) {
	s := c.site(t, plan{manifests: []string{"fleet-leave.yaml"}})
	d := s.driver(t)
	scaled(t, d, 5)
	var names []string
	s.wait(t, "five pods", func() bool {
		names = nil
		for _, p := range s.pods() {
			if readiness(p) == 1 {
				names = append(names, at(p, "metadata", "name").(string))
			}
		}
		return len(names) == 5
	})
	cost := func(name string, v any) {
		s.must(t, "PATCH", collection("Pod", s.ns)+"/"+name, object{"metadata": object{"annotations": object{deletionCost: v}}})
	}
	cost(names[0], "700")
	s.must(t, "PATCH", collection("Pod", s.ns)+"/"+names[1], object{"metadata": object{"annotations": object{deletionCost: "-9", leaving: "true"}}})
	w := want(4)
	w.Leave = []string{names[0], names[2]}
	if _, err := d.Scale(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	s.wait(t, "four pods", func() bool { return len(s.pods()) == 4 })
	scaled(t, d, 3) // names nobody
	s.wait(t, "three pods", func() bool { return len(s.pods()) == 3 })
	for _, p := range s.pods() {
		switch name := at(p, "metadata", "name").(string); name {
		case names[0]:
			if at(p, "metadata", "annotations", deletionCost) != "700" {
				t.Errorf("the owner's cost is %v", at(p, "metadata", "annotations"))
			}
		default:
			if at(p, "metadata", "annotations", leaving) != nil || at(p, "metadata", "annotations", deletionCost) != nil {
				t.Errorf("%s is still marked: %v", name, at(p, "metadata", "annotations"))
			}
		}
	}
}

// A pod that ends goes on serving those whom it has, and is told apart from one that does
// not serve yet.
func servesAndEnds(t *testing.T, c *cluster) {
	s := c.site(t, plan{service: true})
	d := s.driver(t)
	var st fleet.State
	s.wait(t, "two pods with addresses", func() bool {
		var err error
		st, err = d.Observe(t.Context())
		return err == nil && st.Ready() == 2 && strings.HasPrefix(st.Replicas[0].URL, "http://10.1.") && strings.HasSuffix(st.Replicas[1].URL, ":8080")
	})
	// One has a node, so it ends when its kubelet says so: never, here.
	ends, sick := st.Replicas[0], st.Replicas[1]
	path := collection("Pod", s.ns) + "/"
	for _, name := range []string{ends.ID, sick.ID} {
		s.must(t, "PATCH", path+name, object{"metadata": object{"labels": object{"test/raw": "1"}}})
	}
	s.must(t, "DELETE", path+ends.ID, nil)
	s.must(t, "PATCH", path+sick.ID+"/status", object{"status": object{"conditions": []any{object{"type": "Ready", "status": "False", "lastTransitionTime": time.Now().UTC().Format(time.RFC3339)}}}})
	s.wait(t, "one drains, one starts anew, one has come for the first", func() bool {
		st, err := d.Observe(t.Context())
		if err != nil || len(st.Replicas) != 3 {
			return false
		}
		phases := map[string]fleet.Phase{}
		url := ""
		for _, r := range st.Replicas {
			phases[r.ID] = r.Phase
			if r.ID == ends.ID && r.Why == "" {
				url = r.URL
			}
		}
		return phases[ends.ID] == fleet.Draining && url == ends.URL && phases[sick.ID] == fleet.Starting && st.Ready() == 1
	})
	// The same by the pod alone, where no Service is named.
	s.config.Service, s.config.Port = "", "8080"
	st, err := s.driver(t).Observe(t.Context())
	if err != nil || !slices.ContainsFunc(st.Replicas, func(r fleet.Replica) bool {
		return r.ID == ends.ID && r.Phase == fleet.Draining && r.URL == ends.URL && !r.Since.IsZero()
	}) {
		t.Errorf("%+v, %v", st, err)
	}
	s.must(t, "DELETE", path+ends.ID+"?gracePeriodSeconds=0", nil)
}
