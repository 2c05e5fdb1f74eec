package checkpoint

import (
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/onnxfile"
	"github.com/hocsau/hocsau/internal/safetensors"
)

// isONNX goes by the ending: the first bytes of an ONNX file say nothing.
func isONNX(path string) bool { return strings.EqualFold(filepath.Ext(path), ".onnx") }

// onnxTypes are the element types of weights.
var onnxTypes = map[onnxfile.DType]safetensors.DType{
	onnxfile.Float32: safetensors.F32, onnxfile.Float64: safetensors.F64, onnxfile.Float16: safetensors.F16, onnxfile.BFloat16: safetensors.BF16,
}

// onnxWeights are the stored floating-point tensors of an ONNX file that have
// axes; the others are settings of the network.
type onnxWeights struct {
	names   []string
	tensors map[string]*onnxfile.Tensor
	model   *onnxfile.Model
}

func openONNX(path string) (*onnxWeights, error) {
	m, err := onnxfile.Open(path)
	if err != nil {
		return nil, err
	}
	w := &onnxWeights{tensors: map[string]*onnxfile.Tensor{}, model: m}
	for _, t := range m.Graph.Initializers {
		if _, known := onnxTypes[t.Type]; known && len(t.Dims) > 0 && w.tensors[t.Name] == nil {
			w.names = append(w.names, t.Name)
			w.tensors[t.Name] = t
		}
	}
	return w, nil
}

func (w *onnxWeights) Names() []string { return w.names }

func (w *onnxWeights) Info(name string) (dtype safetensors.DType, shape []int, ok bool) {
	t := w.tensors[name]
	if t == nil {
		return "", nil, false
	}
	shape, _, err := t.Shape()
	return onnxTypes[t.Type], shape, err == nil
}

func (w *onnxWeights) Tensor(name string) (*safetensors.Tensor, error) {
	dtype, shape, ok := w.Info(name)
	if !ok {
		return nil, errors.Errorf("no tensor %q", name)
	}
	data, err := w.tensors[name].Bytes()
	if err != nil {
		return nil, err
	}
	return &safetensors.Tensor{Name: name, DType: dtype, Shape: shape, Data: data}, nil
}

func (w *onnxWeights) Close() error { return nil }
