package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/falochron/falochron"
)

// manager is our name in managedFields, where others see who wrote a field.
const manager = "falochron"

// A list is read in pages. More pages than these are no shop of ten thousand pods.
const (
	pageSize  = 500
	mostPages = 40
)

// The resources that are read or written.
var (
	hpas           = schema.GroupVersionResource{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"}
	scaledObjects  = schema.GroupVersionResource{Group: "keda.sh", Version: "v1alpha1", Resource: "scaledobjects"}
	configMaps     = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	pods           = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	nodes          = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	quotas         = schema.GroupVersionResource{Version: "v1", Resource: "resourcequotas"}
	endpointSlices = schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}
)

func (w workload) gvr() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: w.resource}
}

// where is the dynamic client for what c asks of.
func (d *Driver) where(r schema.GroupVersionResource, c call) dynamic.ResourceInterface {
	if c.cluster {
		return d.client.Resource(r)
	}
	return d.client.Resource(r).Namespace(d.namespace)
}

func callOf(verb string, r schema.GroupVersionResource, name string, sub ...string) call {
	c := call{verb: verb, group: r.Group, resource: r.Resource, name: name}
	if len(sub) > 0 {
		c.resource += "/" + sub[0]
	}
	return c
}

// get reads one object into out, whose name it checks.
func (d *Driver) get(ctx context.Context, out any, r schema.GroupVersionResource, name string, sub ...string) error {
	c := callOf("get", r, name, sub...)
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	u, err := d.where(r, c).Get(ctx, name, metav1.GetOptions{}, sub...)
	if err != nil {
		return d.explain(ctx, c, err)
	}
	return decode(c, u, out)
}

// patch changes one object as a merge patch says and reads what became of it into out.
func (d *Driver) patch(ctx context.Context, out any, r schema.GroupVersionResource, name string, change map[string]any, sub ...string) error {
	c := callOf("patch", r, name, sub...)
	body, err := json.Marshal(change)
	if err != nil {
		return &falochron.Error{Kind: falochron.Internal, Op: c.String(), Err: err, Hint: "report it: this is a fault of ours"}
	}
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	u, err := d.where(r, c).Patch(ctx, name, types.MergePatchType, body, metav1.PatchOptions{FieldManager: manager}, sub...)
	if err != nil {
		return d.explain(ctx, c, err)
	}
	return decode(c, u, out)
}

// list reads all objects of a kind, page by page.
func list[T any](ctx context.Context, d *Driver, r schema.GroupVersionResource, cluster bool, o metav1.ListOptions) ([]T, error) {
	c := callOf("list", r, "")
	c.cluster = cluster
	var out []T
	o.Limit = pageSize
	for range mostPages {
		page, err := d.page(ctx, r, c, o)
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			var item T
			if err := decode(call{verb: c.verb, resource: c.resource}, &page.Items[i], &item); err != nil {
				return nil, err
			}
			out = append(out, item)
		}
		if o.Continue = page.GetContinue(); o.Continue == "" {
			return out, nil
		}
	}
	return nil, lie(c, fmt.Sprintf("there are more than %d", pageSize*mostPages))
}

func (d *Driver) page(ctx context.Context, r schema.GroupVersionResource, c call, o metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	page, err := d.where(r, c).List(ctx, o)
	if err != nil {
		return nil, d.explain(ctx, c, err)
	}
	// Without this check the answer of something else would be an empty list, and a shop
	// that has an autoscaler one without.
	if !strings.HasSuffix(page.GetKind(), "List") {
		return nil, lie(c, "it is a "+page.GetKind()+" and no list")
	}
	return page, nil
}

// decode reads what the API server sent into a type of ours. It is of the right kind and
// name, or no answer.
func decode(c call, u *unstructured.Unstructured, out any) error {
	if u == nil || c.name != "" && u.GetName() != c.name {
		return lie(c, "it is another object")
	}
	data, err := u.MarshalJSON()
	if err == nil {
		err = json.Unmarshal(data, out)
	}
	if err != nil {
		return lie(c, err.Error())
	}
	return nil
}
