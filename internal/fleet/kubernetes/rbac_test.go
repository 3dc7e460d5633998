package kubernetes

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// everything does all that the driver can do in a cluster, and returns what went wrong:
// errors, and notes that something was left out.
func everything(t *testing.T, s *site, keda bool) (wrong []string) {
	t.Helper()
	s.config.Startable, s.config.Service, s.config.Port = true, "shop", "http"
	d := s.driver(t)
	try := func(what string, err error, notes []fleet.Note) {
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: %v: %s", what, err, falochron.HintOf(err)))
		}
		for _, n := range notes {
			if strings.Contains(n.Text, "not known") || strings.Contains(n.Text, "may not") {
				wrong = append(wrong, what+": "+n.Text)
			}
		}
	}
	look := func() (st fleet.State) {
		st, err := d.Observe(t.Context())
		try("observe", err, st.Notes)
		return st
	}
	order := func(n int) {
		w := want(n)
		for _, p := range s.pods() {
			w.Leave = append(w.Leave, at(p, "metadata", "name").(string))
		}
		for range 3 { // the second and third time it only looks
			o, err := d.Scale(t.Context(), w)
			try(fmt.Sprintf("scale to %d", n), err, o.Notes)
		}
	}
	look()
	order(5)
	for end := time.Now().Add(patience); len(wrong) == 0 && look().Ready() < 5 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	order(4)
	notes, err := d.Restore(t.Context(), time.Now().Add(2*later))
	try("restore", err, notes)
	if !keda {
		s.ask("DELETE", s.hpaPath(), nil)
		order(5)
		notes, err = d.Restore(t.Context(), time.Now().Add(2*later))
		try("restore alone", err, notes)
	}
	return wrong
}

var allManifests = []string{"fleet-leave.yaml", "fleet-startable.yaml", "fleet-keda.yaml"}

// The Roles that operators apply are enough for all that the driver does.
func TestRolesAreEnough(t *testing.T) { rolesAreEnough(t, fake(t)) }

func rolesAreEnough(t *testing.T, c *cluster) {
	for _, keda := range []bool{false, true} {
		s := c.site(t, plan{hpa: !keda, keda: keda, most: base + 6, service: true, manifests: allManifests})
		if wrong := everything(t, s, keda); len(wrong) > 0 {
			t.Errorf("keda %v: %s", keda, strings.Join(wrong, "\n"))
		}
		if len(s.wire.forbidden) > 0 {
			t.Errorf("keda %v: forbidden: %q", keda, s.wire.forbidden)
		}
	}
}

// And none of them is too much: without any one verb of any one rule something fails, and
// says which rule that was.
func TestNoRoleIsTooMuch(t *testing.T) {
	noRoleIsTooMuch(t, func(t testing.TB) *cluster { return fake(t) })
}

func noRoleIsTooMuch(t *testing.T, build func(testing.TB) *cluster) {
	type grant struct{ role, resource, verb string }
	var grants []grant
	for _, m := range append([]string{"fleet.yaml"}, allManifests...) {
		for doc := range strings.SplitSeq(manifest(t, m, "x"), "\n---\n") {
			var o object
			if err := yaml.Unmarshal([]byte(doc), &o); err != nil {
				t.Fatal(err)
			}
			for _, r := range things(o["rules"]) {
				for _, resource := range texts(r["resources"]) {
					for _, verb := range texts(r["verbs"]) {
						grants = append(grants, grant{at(o, "metadata", "name").(string), resource, verb})
					}
				}
			}
		}
	}
	if len(grants) != 16 {
		t.Errorf("%d rights: %v", len(grants), grants)
	}
	for _, g := range grants {
		t.Run(fmt.Sprintf("%s %s %s", g.role, g.verb, g.resource), func(t *testing.T) {
			t.Parallel()
			keda := g.resource == "scaledobjects"
			taken := 0
			manifests := allManifests
			if g.resource == "pods" && g.role == "falochron-fleet" {
				manifests = []string{"fleet-leave.yaml"} // who may read all pods may read these
			}
			s := build(t).site(t, plan{hpa: !keda, keda: keda, most: base + 6, service: true, manifests: manifests, role: func(o object) {
				if at(o, "metadata", "name") != g.role || o["rules"] == nil {
					return
				}
				var rules []any
				for _, r := range things(o["rules"]) {
					for _, resource := range texts(r["resources"]) {
						for _, verb := range texts(r["verbs"]) {
							if resource == g.resource && verb == g.verb {
								taken++
								continue
							}
							one := object{"apiGroups": r["apiGroups"], "resources": []any{resource}, "verbs": []any{verb}}
							if r["resourceNames"] != nil {
								one["resourceNames"] = r["resourceNames"]
							}
							rules = append(rules, one)
						}
					}
				}
				o["rules"] = rules
			}})
			if taken != 1 {
				t.Fatalf("%d rights were taken away", taken)
			}
			wrong := everything(t, s, keda)
			named := fmt.Sprintf("resources: [%q]", g.resource)
			if !slices.ContainsFunc(wrong, func(w string) bool {
				return strings.Contains(w, named) && strings.Contains(w, fmt.Sprintf("verbs: [%q]", g.verb))
			}) {
				t.Errorf("nothing says that the right is missing: %s", strings.Join(wrong, "\n"))
			}
		})
	}
}
