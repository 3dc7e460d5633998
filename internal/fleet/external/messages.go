package external

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
)

// The messages of KEDA's external scaler, as its documentation publishes them:
//
//	message ScaledObjectRef       { string name = 1; string namespace = 2; map<string, string> scalerMetadata = 3; }
//	message IsActiveResponse      { bool result = 1; }
//	message GetMetricSpecResponse { repeated MetricSpec metricSpecs = 1; }
//	message MetricSpec            { string metricName = 1; int64 targetSize = 2; double targetSizeFloat = 3; }
//	message GetMetricsRequest     { ScaledObjectRef scaledObjectRef = 1; string metricName = 2; }
//	message GetMetricsResponse    { repeated MetricValue metricValues = 1; }
//	message MetricValue           { string metricName = 1; int64 metricValue = 2; double metricValueFloat = 3; }
//
// They are read and written by hand: generated code keeps tables in package variables that
// it fills in an init, which this house has nowhere, and is twenty times as long.

// ref is a ScaledObjectRef: of which trigger the question is. Only its metadata is read.
type ref struct{ metadata map[string]string }

// request is a GetMetricsRequest.
type request struct {
	ref    ref
	metric string
}

// isActive is an IsActiveResponse.
type isActive bool

// metrics are a GetMetricSpecResponse, or a GetMetricsResponse: on the wire a target and a
// value are alike.
type metrics []metric

type metric struct {
	name  string
	value int
}

// mostMetadata bounds the entries of a trigger's metadata.
const mostMetadata = 100

func (r *ref) read(b []byte) error {
	return fields(b, func(number protowire.Number, value []byte) error {
		if number != 3 {
			return nil
		}
		var key, entry string
		err := fields(value, func(number protowire.Number, value []byte) error {
			switch number {
			case 1:
				key = string(value)
			case 2:
				entry = string(value)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if r.metadata == nil {
			r.metadata = map[string]string{}
		}
		if r.metadata[key] = entry; len(r.metadata) > mostMetadata {
			return fmt.Errorf("the trigger has more than %d entries of metadata", mostMetadata)
		}
		return nil
	})
}

func (r *request) read(b []byte) error {
	return fields(b, func(number protowire.Number, value []byte) error {
		switch number {
		case 1:
			return r.ref.read(value)
		case 2:
			r.metric = string(value)
		}
		return nil
	})
}

// fields calls back for each field that is a text or a message, and skips all others:
// newer versions may have more.
func fields(b []byte, each func(number protowire.Number, value []byte) error) error {
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		if n = protowire.ConsumeFieldValue(number, kind, b); n < 0 {
			return protowire.ParseError(n)
		}
		if kind == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(b)
			if err := each(number, value); err != nil {
				return err
			}
		}
		b = b[n:]
	}
	return nil
}

func (a isActive) write() []byte {
	if !a {
		return nil // what is not there is false
	}
	return protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 1)
}

func (a metrics) write() (b []byte) {
	for _, m := range a {
		one := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), m.name)
		if m.value != 0 {
			// For versions that know whole numbers only, and for those that prefer others.
			one = protowire.AppendVarint(protowire.AppendTag(one, 2, protowire.VarintType), uint64(m.value))
			one = protowire.AppendFixed64(protowire.AppendTag(one, 3, protowire.Fixed64Type), math.Float64bits(float64(m.value)))
		}
		b = protowire.AppendBytes(protowire.AppendTag(b, 1, protowire.BytesType), one)
	}
	return b
}

// codec puts these messages on the wire and takes them off it.
type codec struct{}

// Name is that of the format, for the content type.
func (codec) Name() string { return "proto" }

// Marshal writes an answer.
func (codec) Marshal(v any) (mem.BufferSlice, error) {
	a, ok := v.(interface{ write() []byte })
	if !ok {
		return nil, fmt.Errorf("a %T is no answer", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(a.write())}, nil
}

// Unmarshal reads a question. Nothing of the data is kept.
func (codec) Unmarshal(data mem.BufferSlice, v any) error {
	q, ok := v.(interface{ read([]byte) error })
	if !ok {
		return errors.New("nobody reads a question into this")
	}
	return q.read(data.Materialize())
}
