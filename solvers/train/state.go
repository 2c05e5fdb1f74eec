package train

import (
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/safetensors"
	"github.com/hocsau/hocsau/solvers"
)

// stateTensors returns the solver's state as tensors.
func stateTensors(s solvers.Stateful) []safetensors.Tensor {
	list := []safetensors.Tensor{}
	for _, e := range s.State() {
		if e.F32 != nil {
			list = append(list, safetensors.FromFloat32s(e.Name, e.Shape, e.F32))
		} else {
			list = append(list, safetensors.FromFloat64s(e.Name, e.Shape, e.F64))
		}
	}
	return list
}

// loadState gives the solver the state of a file, in its number types.
func loadState(s solvers.Stateful, path string) error {
	f, err := safetensors.Open(path)
	if err != nil {
		return errors.Wrap(err, "load solver state")
	}
	defer f.Close()
	var entries []solvers.StateEntry
	for _, name := range f.Names() {
		t, err := f.Tensor(name)
		if err != nil {
			return errors.Wrapf(err, "load solver state %s", path)
		}
		e := solvers.StateEntry{Name: name, Shape: t.Shape}
		if t.DType == safetensors.F32 {
			e.F32, err = t.Float32s()
		} else {
			e.F64, err = t.Float64s()
		}
		if err != nil {
			return errors.Wrapf(err, "load solver state %s", path)
		}
		entries = append(entries, e)
	}
	return errors.Wrapf(s.SetState(entries), "load solver state %s", path)
}
