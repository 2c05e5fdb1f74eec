package solvers

import (
	"fmt"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/hocsau/hocsau/internal/kernels/par"
)

// maxArrays is the most arrays that an optimiser keeps for a parameter.
const maxArrays = 3

// memory is what an optimiser remembers between steps, and its list of what to
// do in the present one.
type memory struct {
	always  int      // how many of the arrays are kept whatever the settings
	arrays  []string // their names, in the order of slot.state
	slots   map[string]*slot
	order   []*slot
	unnamed map[gorgonia.ValueGrad]string
	live    []target
	stamp   int // counts the calls of begin
	scratch vector
}

// slot is what is remembered of one parameter.
type slot struct {
	name  string
	typed bool // shape and zero are known: not yet for loaded steps alone
	shape tensor.Shape
	zero  vector // of no elements, of the parameter's type
	steps int
	state [maxArrays]vector
	stamp int
}

// target is one parameter in one step.
type target struct {
	*slot
	w, g vector
	// loose is the gradient where its memory is in another order than w's.
	loose *tensor.Dense
	// node: the gradient is to be zeroed, because Gorgonia adds to it.
	node      bool
	rate      float64
	decay     float64 // λ in g + λ·w, left to the kernel; AdamW's for AdamW
	l1, slope float64 // of the penalty, added here
}

func newMemory(always int, arrays []string) memory {
	return memory{always: always, arrays: arrays, slots: map[string]*slot{}, unnamed: map[gorgonia.ValueGrad]string{}}
}

// begin checks everything, so that a step is done for all parameters or none.
// errs are what the optimiser itself found wrong, uses the arrays it needs
// beyond those it always keeps.
func (s *Settings) begin(model []gorgonia.ValueGrad, uses [maxArrays]bool, errs ...error) error {
	if err := s.check(); err != nil {
		return errors.Wrapf(err, "%s step", s.kind)
	}
	for _, err := range errs {
		if err != nil {
			return errors.Wrapf(err, "%s step", s.kind)
		}
	}
	if s.pool == nil {
		s.pool = par.New(0)
	}
	s.stamp++
	s.live = s.live[:0]
	for i, v := range model {
		if err := s.add(v, uses); err != nil {
			return errors.Wrapf(err, "%s step: value %d", s.kind, i)
		}
	}
	return nil
}

// add puts one parameter on the list.
func (s *Settings) add(v gorgonia.ValueGrad, uses [maxArrays]bool) error {
	if v == nil {
		return errors.New("nil, expected a value with a gradient")
	}
	name, err := s.key(v)
	if err != nil {
		return err
	}
	t := target{}
	if t.w, err = weights(v); err != nil {
		return errors.Wrapf(err, "%s: weights", name)
	}
	if err := t.setGradient(v); err != nil {
		return errors.Wrapf(err, "%s: gradient", name)
	}
	if t.slot, err = s.slot(name, t.w, shapeOf(v.Value())); err != nil {
		return errors.Wrap(err, name)
	}
	if t.stamp == s.stamp {
		return errors.Errorf("%s: another value has the same name", name)
	}
	t.stamp = s.stamp
	for i, array := range s.arrays {
		if i >= s.always && !uses[i] || t.state[i].len() > 0 {
			continue
		}
		if t.steps > 0 {
			return errors.Errorf("%s: the state of %d steps has no %q, which the present settings need", name, t.steps, array)
		}
		t.state[i] = t.w.like(t.w.len())
	}
	s.setRates(&t)
	s.live = append(s.live, t)
	return nil
}

// key returns the name of a value, or one made up for it by order of
// appearance.
func (s *Settings) key(v gorgonia.ValueGrad) (string, error) {
	if name := nameOf(v); name != "" {
		return name, nil
	}
	if !identifiable(v) {
		return "", errors.Errorf("a %T has neither a name nor an identity", v)
	}
	name, ok := s.unnamed[v]
	if !ok {
		name = fmt.Sprintf("#%d", len(s.unnamed))
		s.unnamed[v] = name
	}
	return name, nil
}

func weights(v gorgonia.ValueGrad) (vector, error) {
	x, plain, err := elements(v.Value())
	if err != nil {
		return x, err
	}
	if !plain {
		return x, errors.Errorf("a view of shape %v, expected contiguous elements in row-major order", shapeOf(v.Value()))
	}
	return x, nil
}

func (t *target) setGradient(v gorgonia.ValueGrad) error {
	g, err := v.Grad()
	if err != nil {
		return err
	}
	var plain bool
	if t.g, plain, err = elements(g); err != nil {
		return err
	}
	n := t.g.len()
	if !plain {
		t.loose = g.(*tensor.Dense)
		n = t.loose.Shape().TotalSize()
	}
	if t.g.double() != t.w.double() {
		return errors.Errorf("%s, expected %s as the weights", typeName(t.g.double()), typeName(t.w.double()))
	}
	if n != t.w.len() {
		return errors.Errorf("%d elements %v, expected %d %v", n, shapeOf(g), t.w.len(), shapeOf(v.Value()))
	}
	_, t.node = v.(*gorgonia.Node)
	return nil
}

// slot returns the memory of the parameter of that name, new where there is
// none.
func (s *Settings) slot(name string, w vector, shape tensor.Shape) (*slot, error) {
	known := s.slots[name]
	if known == nil {
		known = &slot{name: name}
		s.slots[name] = known
		s.order = append(s.order, known)
	}
	if !known.typed {
		known.typed, known.shape, known.zero = true, shape.Clone(), w.like(0)
	}
	if known.zero.double() != w.double() || !known.fits(shape) {
		return nil, errors.Errorf("%s %v, but the state is of %s %v",
			typeName(w.double()), shape, typeName(known.zero.double()), known.shape)
	}
	return known, nil
}

// fits compares axis by axis: for Gorgonia a scalar, [1] and [1, 1] are equal.
func (s *slot) fits(shape tensor.Shape) bool {
	if len(s.shape) != len(shape) {
		return false
	}
	for i, d := range shape {
		if s.shape[i] != d {
			return false
		}
	}
	return true
}

// setRates notes the learning rate and the decay of one parameter.
func (s *Settings) setRates(t *target) {
	t.rate = s.rate * factor(s.RateFactors, t.name)
	if s.Decays != nil && !s.Decays(t.name) {
		return
	}
	by := factor(s.DecayFactors, t.name)
	t.decay, t.l1, t.slope = s.WeightDecay*by, s.Penalty.L1*by, 2*s.Penalty.L2*by
	if !s.decoupled {
		t.decay, t.slope = t.decay+t.slope, 0
	}
}

// ready prepares parameter i of the step: its gradient lies in the order of
// its weights and has the penalty in it; the caller's is left as it was.
func (s *Settings) ready(i int) *target {
	t := &s.live[i]
	t.steps++
	if t.loose != nil {
		t.gather(s.room(t))
	}
	if t.l1 == 0 && t.slope == 0 {
		return t
	}
	out := s.room(t)
	if t.w.double() {
		penalised(out.f64, t.w.f64, t.g.f64, t.l1, t.slope)
	} else {
		penalised(out.f32, t.w.f32, t.g.f32, float32(t.l1), float32(t.slope))
	}
	t.clear()
	t.g = out
	return t
}

// room returns scratch memory as large as t's weights.
func (s *Settings) room(t *target) vector {
	n := t.w.len()
	if t.w.double() {
		if cap(s.scratch.f64) < n {
			s.scratch.f64 = make([]float64, n)
		}
		return vector{f64: s.scratch.f64[:n]}
	}
	if cap(s.scratch.f32) < n {
		s.scratch.f32 = make([]float32, n)
	}
	return vector{f32: s.scratch.f32[:n]}
}

// gather copies a gradient that lies in another order.
func (t *target) gather(out vector) {
	from := t.g
	positions(t.loose, func(i, at int) {
		if out.double() {
			out.f64[i] = from.f64[at]
		} else {
			out.f32[i] = from.f32[at]
		}
		if t.node {
			vector{from.f32, from.f64}.zeroAt(at)
		}
	})
	t.g, t.loose, t.node = out, nil, false
}

func (x vector) zeroAt(i int) {
	if x.double() {
		x.f64[i] = 0
	} else {
		x.f32[i] = 0
	}
}

// clear zeroes the gradient of a bare node.
func (t *target) clear() {
	if t.node {
		clear(t.g.f32)
		clear(t.g.f64)
		t.node = false
	}
}

// end ends the step and lets go of the caller's memory.
func (s *Settings) end() {
	for i := range s.live {
		s.live[i].clear()
	}
	clear(s.live)
	s.live = s.live[:0]
}
