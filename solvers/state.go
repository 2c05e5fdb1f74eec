package solvers

import (
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// StateEntry is one array of what an optimiser remembers, with its exact bits:
// F32 or F64 is not nil.
type StateEntry struct {
	// Name is "<parameter>/<array>"; of the array "steps", a scalar of
	// float64, the number of steps done.
	Name  string
	Shape []int
	F32   []float32
	F64   []float64
}

// Stateful is what a checkpoint saves and loads.
type Stateful interface {
	// State returns a copy of all that is remembered, in the order in which
	// the parameters first appeared; nothing before the first step. Values
	// without a name are called #0, #1, … in that order.
	State() []StateEntry
	// SetState forgets everything and remembers the entries instead. On an
	// error nothing is changed. That the entries fit the parameters is checked
	// by the next step.
	SetState(entries []StateEntry) error
}

const stepsArray = "steps"

// State implements [Stateful].
func (s *Settings) State() []StateEntry {
	var entries []StateEntry
	for _, slot := range s.order {
		if slot.steps == 0 {
			continue
		}
		entries = append(entries, StateEntry{Name: slot.name + "/" + stepsArray, Shape: []int{}, F64: []float64{float64(slot.steps)}})
		for i, array := range s.arrays {
			if x := slot.state[i].clone(); x.len() > 0 {
				entries = append(entries, StateEntry{Name: slot.name + "/" + array, Shape: slices.Clone([]int(slot.shape)), F32: x.f32, F64: x.f64})
			}
		}
	}
	return entries
}

// SetState implements [Stateful].
func (s *Settings) SetState(entries []StateEntry) error {
	loaded := newMemory(s.always, s.arrays)
	for _, e := range entries {
		if err := loaded.load(e); err != nil {
			return errors.Wrapf(err, "%s state: %s", s.kind, e.Name)
		}
	}
	for _, slot := range loaded.order {
		if err := loaded.complete(slot); err != nil {
			return errors.Wrapf(err, "%s state: %s", s.kind, slot.name)
		}
	}
	s.memory = loaded
	return nil
}

// load puts one entry in its slot.
func (m *memory) load(e StateEntry) error {
	cut := strings.LastIndexByte(e.Name, '/')
	if cut <= 0 {
		return errors.New("expected a name of the form parameter/array")
	}
	name, array := e.Name[:cut], e.Name[cut+1:]
	known := m.slots[name]
	if known == nil {
		known = &slot{name: name}
		m.slots[name] = known
		m.order = append(m.order, known)
	}
	if array == stepsArray {
		return known.loadSteps(e)
	}
	i := slices.Index(m.arrays, array)
	if i < 0 {
		return errors.Errorf("no such array, expected %s", strings.Join(append([]string{stepsArray}, m.arrays...), ", "))
	}
	x := vector{e.F32, e.F64}
	n := 1
	for _, d := range e.Shape {
		if d < 1 || n > math.MaxInt/d {
			return errors.Errorf("shape %v, expected positive sizes", e.Shape)
		}
		n *= d
	}
	switch {
	case (e.F32 == nil) == (e.F64 == nil):
		return errors.New("expected either float32 or float64 elements")
	case x.len() != n:
		return errors.Errorf("%d elements for shape %v", x.len(), e.Shape)
	case known.state[i].len() > 0:
		return errors.New("the entry comes twice")
	case !known.typed:
		known.typed, known.shape, known.zero = true, slices.Clone(tensor.Shape(e.Shape)), x.like(0)
	case !known.fits(e.Shape) || known.zero.double() != x.double():
		return errors.Errorf("%s %v, but another array is %s %v", typeName(x.double()), e.Shape, typeName(known.zero.double()), known.shape)
	}
	known.state[i] = x.clone()
	return nil
}

func (s *slot) loadSteps(e StateEntry) error {
	if len(e.F64) != 1 || e.F32 != nil || len(e.Shape) > 0 {
		return errors.Errorf("shape %v, expected a scalar of float64", e.Shape)
	}
	n := e.F64[0]
	if !(n >= 1 && n <= 1<<53) || n != math.Trunc(n) {
		return errors.Errorf("%g, expected a whole number of at least 1", n)
	}
	if s.steps > 0 {
		return errors.New("the entry comes twice")
	}
	s.steps = int(n)
	return nil
}

// complete checks that nothing is missing from a slot.
func (m *memory) complete(s *slot) error {
	if s.steps == 0 {
		return errors.Errorf("no entry %q", stepsArray)
	}
	for i, array := range m.arrays[:m.always] {
		if s.state[i].len() == 0 {
			return errors.Errorf("no entry %q", array)
		}
	}
	return nil
}
