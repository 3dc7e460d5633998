package kubernetes

import (
	"encoding/json"
	"slices"
	"time"
)

// What we read of the API's objects, and no more: a field that is not here cannot break us
// when it changes. The names are those of the API (https://kubernetes.io/docs/reference/kubernetes-api/).

type meta struct {
	Name              string            `json:"name"`
	ResourceVersion   string            `json:"resourceVersion"`
	CreationTimestamp time.Time         `json:"creationTimestamp"`
	DeletionTimestamp *time.Time        `json:"deletionTimestamp"`
	DeletionGrace     int64             `json:"deletionGracePeriodSeconds"`
	Labels            map[string]string `json:"labels"`
	Annotations       map[string]string `json:"annotations"`
	OwnerReferences   []owner           `json:"ownerReferences"`
	ManagedFields     []managed         `json:"managedFields"`
}

type owner struct {
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	Controller bool   `json:"controller"`
}

// managed tells who wrote which fields.
type managed struct {
	Manager     string          `json:"manager"`
	Time        time.Time       `json:"time"`
	Subresource string          `json:"subresource"`
	FieldsV1    json.RawMessage `json:"fieldsV1"`
}

type condition struct {
	Type               string    `json:"type"`
	Status             string    `json:"status"`
	Reason             string    `json:"reason"`
	Message            string    `json:"message"`
	LastTransitionTime time.Time `json:"lastTransitionTime"`
}

func findCondition(all []condition, kind string) (condition, bool) {
	i := slices.IndexFunc(all, func(c condition) bool { return c.Type == kind })
	if i < 0 {
		return condition{}, false
	}
	return all[i], true
}

// scaleObject is autoscaling/v1 Scale, the scale subresource.
type scaleObject struct {
	Metadata meta `json:"metadata"`
	Spec     struct {
		Replicas int `json:"replicas"`
	} `json:"spec"`
	Status struct {
		Replicas int    `json:"replicas"`
		Selector string `json:"selector"`
	} `json:"status"`
}

type target struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
}

// hpa is autoscaling/v2 HorizontalPodAutoscaler.
type hpa struct {
	Metadata meta `json:"metadata"`
	Spec     struct {
		ScaleTargetRef target `json:"scaleTargetRef"`
		MinReplicas    *int   `json:"minReplicas"`
		MaxReplicas    int    `json:"maxReplicas"`
		Metrics        []struct {
			Type     string `json:"type"`
			Resource struct {
				Name string `json:"name"`
			} `json:"resource"`
			ContainerResource struct {
				Name string `json:"name"`
			} `json:"containerResource"`
		} `json:"metrics"`
	} `json:"spec"`
	Status struct {
		DesiredReplicas int         `json:"desiredReplicas"`
		Conditions      []condition `json:"conditions"`
	} `json:"status"`
}

// scaledObject is keda.sh/v1alpha1 ScaledObject.
type scaledObject struct {
	Metadata meta `json:"metadata"`
	Spec     struct {
		ScaleTargetRef  target `json:"scaleTargetRef"`
		MinReplicaCount *int   `json:"minReplicaCount"`
		MaxReplicaCount *int   `json:"maxReplicaCount"`
	} `json:"spec"`
}

type configMap struct {
	Metadata meta `json:"metadata"`
}

type pod struct {
	Metadata meta    `json:"metadata"`
	Spec     podSpec `json:"spec"`
	Status   struct {
		Phase                 string            `json:"phase"`
		PodIP                 string            `json:"podIP"`
		Conditions            []condition       `json:"conditions"`
		ContainerStatuses     []containerStatus `json:"containerStatuses"`
		InitContainerStatuses []containerStatus `json:"initContainerStatuses"`
	} `json:"status"`
}

type containerStatus struct {
	Name  string `json:"name"`
	State struct {
		Waiting *struct {
			Reason  string `json:"reason"`
			Message string `json:"message"`
		} `json:"waiting"`
	} `json:"state"`
}

// endpointSlice is discovery.k8s.io/v1 EndpointSlice.
type endpointSlice struct {
	Metadata    meta   `json:"metadata"`
	AddressType string `json:"addressType"`
	Endpoints   []struct {
		Addresses  []string `json:"addresses"`
		Conditions struct {
			Ready       *bool `json:"ready"`
			Serving     *bool `json:"serving"`
			Terminating *bool `json:"terminating"`
		} `json:"conditions"`
		TargetRef *struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"targetRef"`
	} `json:"endpoints"`
	Ports []struct {
		Name string `json:"name"`
		Port int    `json:"port"`
	} `json:"ports"`
}
