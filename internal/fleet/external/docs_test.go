package external

import (
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// scaledObject is what KEDA takes of a ScaledObject, as far as the example uses it.
type scaledObject struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name, Namespace string
	} `json:"metadata"`
	Spec struct {
		ScaleTargetRef  struct{ Name string } `json:"scaleTargetRef"`
		MinReplicaCount int32                 `json:"minReplicaCount"`
		MaxReplicaCount int32                 `json:"maxReplicaCount"`
		Advanced        struct {
			HPA struct {
				Behavior map[string]struct {
					StabilizationWindowSeconds int32 `json:"stabilizationWindowSeconds"`
					Policies                   []struct {
						Type          string `json:"type"`
						Value         int32  `json:"value"`
						PeriodSeconds int32  `json:"periodSeconds"`
					} `json:"policies"`
				} `json:"behavior"`
			} `json:"horizontalPodAutoscalerConfig"`
		} `json:"advanced"`
		Triggers []struct {
			Type       string            `json:"type"`
			MetricType string            `json:"metricType"`
			Metadata   map[string]string `json:"metadata"`
		} `json:"triggers"`
	} `json:"spec"`
}

// The ScaledObject of docs/fleet-external.md is one, and what KEDA asks by it is answered.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../../docs/fleet-external.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\napiVersion: keda.sh/v1alpha1\n")
	block, _, ok := strings.Cut(rest, "```")
	var so scaledObject
	if err := yaml.UnmarshalStrict([]byte("apiVersion: keda.sh/v1alpha1\n"+block), &so); !ok || err != nil {
		t.Fatal(err)
	}
	if so.Kind != "ScaledObject" || len(so.Spec.Triggers) != 1 || so.Spec.ScaleTargetRef.Name == "" || so.Spec.Advanced.HPA.Behavior["scaleUp"].Policies[0].Value < 100 {
		t.Fatalf("%+v", so)
	}
	trigger := so.Spec.Triggers[0]
	if trigger.Type != "external" || trigger.MetricType != "AverageValue" || trigger.Metadata["scalerAddress"] == "" {
		t.Errorf("%+v", trigger)
	}
	d := open(t, newCluster(t, 1))
	defer d.Close()
	order(t, d, 5)
	k := newKEDA(t, d.Addr())
	k.metadata = trigger.Metadata
	if got, err := k.metrics(metricName); err != nil || got != "falochron-replicas 5 5" {
		t.Errorf("%q, %v", got, err)
	}
}
