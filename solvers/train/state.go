package train

import (
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/safetensors"
	"github.com/hocsau/hocsau/solvers"
)

// carriedPrefix begins the names of what the task carries; no parameter's name
// begins with a slash.
const carriedPrefix = "/carried/"

// stateTensors returns the solver's state, and what the task carries, as
// tensors.
func stateTensors(s solvers.Stateful, t Task) []safetensors.Tensor {
	entries := s.State()
	if c, ok := t.(Carrier); ok {
		for _, e := range c.Carried() {
			e.Name = carriedPrefix + e.Name
			entries = append(entries, e)
		}
	}
	list := []safetensors.Tensor{}
	for _, e := range entries {
		if e.F32 != nil {
			list = append(list, safetensors.FromFloat32s(e.Name, e.Shape, e.F32))
		} else {
			list = append(list, safetensors.FromFloat64s(e.Name, e.Shape, e.F64))
		}
	}
	return list
}

// loadState gives the solver the state of a file, in its number types, and the
// task what it carried.
func loadState(s solvers.Stateful, t Task, path string) error {
	f, err := safetensors.Open(path)
	if err != nil {
		return errors.Wrap(err, "load solver state")
	}
	defer f.Close()
	var entries, carried []solvers.StateEntry
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
		if rest, ok := strings.CutPrefix(name, carriedPrefix); ok {
			e.Name = rest
			carried = append(carried, e)
			continue
		}
		entries = append(entries, e)
	}
	if c, ok := t.(Carrier); ok {
		if err := c.SetCarried(carried); err != nil {
			return errors.Wrapf(err, "load state %s", path)
		}
	}
	return errors.Wrapf(s.SetState(entries), "load solver state %s", path)
}
