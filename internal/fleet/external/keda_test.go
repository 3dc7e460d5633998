package external

import (
	"context"
	"fmt"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// contract is KEDA's published contract as the library of Protocol Buffers knows it, which
// writes and reads here what we write and read by hand.
func contract(t testing.TB) protoreflect.FileDescriptor {
	t.Helper()
	const (
		text, whole, yes, real = descriptorpb.FieldDescriptorProto_TYPE_STRING, descriptorpb.FieldDescriptorProto_TYPE_INT64, descriptorpb.FieldDescriptorProto_TYPE_BOOL, descriptorpb.FieldDescriptorProto_TYPE_DOUBLE
		one, many              = descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL, descriptorpb.FieldDescriptorProto_LABEL_REPEATED
	)
	field := func(n int32, name string, kind descriptorpb.FieldDescriptorProto_Type, label descriptorpb.FieldDescriptorProto_Label) *descriptorpb.FieldDescriptorProto {
		return &descriptorpb.FieldDescriptorProto{Name: &name, Number: &n, Type: &kind, Label: &label}
	}
	inside := func(n int32, name, kind string, label descriptorpb.FieldDescriptorProto_Label) *descriptorpb.FieldDescriptorProto {
		f := field(n, name, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, label)
		f.TypeName = proto.String(".externalscaler." + kind)
		return f
	}
	message := func(name string, f ...*descriptorpb.FieldDescriptorProto) *descriptorpb.DescriptorProto {
		return &descriptorpb.DescriptorProto{Name: &name, Field: f}
	}
	ref := message("ScaledObjectRef", field(1, "name", text, one), field(2, "namespace", text, one), inside(3, "scalerMetadata", "ScaledObjectRef.ScalerMetadataEntry", many))
	entry := message("ScalerMetadataEntry", field(1, "key", text, one), field(2, "value", text, one))
	entry.Options = &descriptorpb.MessageOptions{MapEntry: proto.Bool(true)}
	ref.NestedType = append(ref.NestedType, entry)
	f, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("externalscaler.proto"), Package: proto.String("externalscaler"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{
			ref,
			message("IsActiveResponse", field(1, "result", yes, one)),
			message("GetMetricSpecResponse", inside(1, "metricSpecs", "MetricSpec", many)),
			message("MetricSpec", field(1, "metricName", text, one), field(2, "targetSize", whole, one), field(3, "targetSizeFloat", real, one)),
			message("GetMetricsRequest", inside(1, "scaledObjectRef", "ScaledObjectRef", one), field(2, "metricName", text, one)),
			message("GetMetricsResponse", inside(1, "metricValues", "MetricValue", many)),
			message("MetricValue", field(1, "metricName", text, one), field(2, "metricValue", whole, one), field(3, "metricValueFloat", real, one)),
		},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// keda asks as KEDA's operator does, through the library that it uses.
type keda struct {
	testing.TB
	conn     *grpc.ClientConn
	contract protoreflect.FileDescriptor
	metadata map[string]string
}

func newKEDA(t testing.TB, addr string) *keda {
	t.Helper()
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &keda{TB: t, conn: conn, contract: contract(t), metadata: map[string]string{"scalerAddress": addr, "shop": "boots"}}
}

func (k *keda) message(name protoreflect.Name) *dynamicpb.Message {
	return dynamicpb.NewMessage(k.contract.Messages().ByName(name))
}

func of(m protoreflect.Message, name protoreflect.Name) protoreflect.Value {
	return m.Get(m.Descriptor().Fields().ByName(name))
}

func set(m *dynamicpb.Message, name protoreflect.Name, v protoreflect.Value) {
	m.Set(m.Descriptor().Fields().ByName(name), v)
}

func (k *keda) ref() *dynamicpb.Message {
	m := k.message("ScaledObjectRef")
	set(m, "name", protoreflect.ValueOfString("boots"))
	set(m, "namespace", protoreflect.ValueOfString("shop"))
	entries := m.Mutable(m.Descriptor().Fields().ByName("scalerMetadata")).Map()
	for key, value := range k.metadata {
		entries.Set(protoreflect.ValueOfString(key).MapKey(), protoreflect.ValueOfString(value))
	}
	return m
}

// patience is how long a call may take on a machine that does much else.
const patience = 10 * time.Minute

func (k *keda) call(method string, in, out proto.Message) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return k.conn.Invoke(ctx, "/externalscaler.ExternalScaler/"+method, in, out)
}

func (k *keda) isActive() (bool, error) {
	out := k.message("IsActiveResponse")
	err := k.call("IsActive", k.ref(), out)
	return of(out, "result").Bool(), err
}

// spec is the metric's name and its target.
func (k *keda) spec() (string, error) {
	out := k.message("GetMetricSpecResponse")
	err := k.call("GetMetricSpec", k.ref(), out)
	return lines(out, "metricSpecs", "targetSize"), err
}

// metrics asks for a metric by the name that spec gave.
func (k *keda) metrics(name string) (string, error) {
	in, out := k.message("GetMetricsRequest"), k.message("GetMetricsResponse")
	set(in, "scaledObjectRef", protoreflect.ValueOfMessage(k.ref()))
	set(in, "metricName", protoreflect.ValueOfString(name))
	err := k.call("GetMetrics", in, out)
	return lines(out, "metricValues", "metricValue"), err
}

// lines are an answer's metrics: name, the whole number, and the other.
func lines(m protoreflect.Message, list, value protoreflect.Name) (s string) {
	all := of(m, list).List()
	for i := range all.Len() {
		one := all.Get(i).Message()
		s += fmt.Sprintf("%s %d %g", of(one, "metricName").String(), of(one, value).Int(), of(one, value+"Float").Float())
	}
	return s
}

// watch opens StreamIsActive; what comes is sent on, and the channel closed with its end.
func (k *keda) watch(ctx context.Context) <-chan bool {
	k.Helper()
	stream, err := k.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/externalscaler.ExternalScaler/StreamIsActive")
	if err == nil {
		err = stream.SendMsg(k.ref())
	}
	if err == nil {
		err = stream.CloseSend()
	}
	if err != nil {
		k.Fatal(err)
	}
	out := make(chan bool)
	go func() {
		defer close(out)
		for {
			m := k.message("IsActiveResponse")
			if stream.RecvMsg(m) != nil {
				return
			}
			select {
			case out <- of(m, "result").Bool():
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
