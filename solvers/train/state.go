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

// averagePrefix begins those of the averaged weights.
const averagePrefix = "/average/"

// stateTensors returns the solver's state, what the task carries, and the
// averaged weights, as tensors.
func (l *Loop) stateTensors() []safetensors.Tensor {
	entries := l.Solver.State()
	add := func(prefix string, more []solvers.StateEntry) {
		for _, e := range more {
			e.Name = prefix + e.Name
			entries = append(entries, e)
		}
	}
	if c, ok := l.Task.(Carrier); ok {
		add(carriedPrefix, c.Carried())
	}
	if l.average != nil {
		add(averagePrefix, l.average.State())
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

// loadState gives the solver the state of a file, in its number types, the task
// what it carried, and the average what it was.
func (l *Loop) loadState(path string) error {
	f, err := safetensors.Open(path)
	if err != nil {
		return errors.Wrap(err, "load solver state")
	}
	defer f.Close()
	var entries, carried, average []solvers.StateEntry
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
		if rest, ok := strings.CutPrefix(name, averagePrefix); ok {
			e.Name = rest
			average = append(average, e)
			continue
		}
		entries = append(entries, e)
	}
	if l.average != nil {
		if err := l.average.SetState(average); err != nil {
			return errors.Wrapf(err, "load state %s", path)
		}
	}
	if c, ok := l.Task.(Carrier); ok {
		if err := c.SetCarried(carried); err != nil {
			return errors.Wrapf(err, "load state %s", path)
		}
	}
	return errors.Wrapf(l.Solver.SetState(entries), "load solver state %s", path)
}
