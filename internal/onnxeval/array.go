package onnxeval

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/onnxfile"
)

// Array is a dense array in row-major order of any of the format's number
// types: floating-point numbers as float64, which hold each of them exactly,
// integers and truth values as int64 (uint64 by its bits).
type Array struct {
	Type  onnxfile.DType
	Shape []int
	F     []float64
	I     []int64
}

// New returns an array of zeros.
func New(t onnxfile.DType, shape []int) *Array {
	a := &Array{Type: t, Shape: slices.Clone(shape)}
	if a.Shape == nil {
		a.Shape = []int{}
	}
	if n := prod(shape); t.IsFloat() {
		a.F = make([]float64, n)
	} else {
		a.I = make([]int64, n)
	}
	return a
}

// Ints returns a one-dimensional array of int64.
func Ints(v ...int) *Array {
	a := New(onnxfile.Int64, []int{len(v)})
	for i, x := range v {
		a.I[i] = int64(x)
	}
	return a
}

// FromTensor returns the array of a stored tensor.
func FromTensor(t *onnxfile.Tensor) (*Array, error) {
	shape, _, err := t.Shape()
	if err != nil {
		return nil, err
	}
	f, i, err := t.Numbers()
	if err != nil {
		return nil, err
	}
	return &Array{Type: t.Type, Shape: shape, F: f, I: i}, nil
}

// Len returns the number of elements.
func (a *Array) Len() int { return prod(a.Shape) }

// IsFloat reports whether the elements are floating-point numbers.
func (a *Array) IsFloat() bool { return a.Type.IsFloat() }

// Float returns element i as a float64.
func (a *Array) Float(i int) float64 {
	if a.IsFloat() {
		return a.F[i]
	}
	if a.Type == onnxfile.Uint64 {
		return float64(uint64(a.I[i]))
	}
	return float64(a.I[i])
}

// Ints returns the elements of an integer array as ints.
func (a *Array) Ints() []int {
	v := make([]int, a.Len())
	for i := range v {
		if a.IsFloat() {
			v[i] = int(a.F[i])
		} else {
			v[i] = int(a.I[i])
		}
	}
	return v
}

// Float32s returns the elements as float32.
func (a *Array) Float32s() []float32 {
	v := make([]float32, a.Len())
	for i := range v {
		v[i] = float32(a.Float(i))
	}
	return v
}

// as returns the array under another shape.
func (a *Array) as(shape ...int) *Array {
	return &Array{Type: a.Type, Shape: slices.Clone(shape), F: a.F, I: a.I}
}

// copyTo sets element i of to to element j of a, which has its type.
func (a *Array) copyTo(to *Array, i, j int) {
	if a.IsFloat() {
		to.F[i] = a.F[j]
	} else {
		to.I[i] = a.I[j]
	}
}

// rounded rounds the elements to the array's type: integers wrap around.
func (a *Array) rounded() *Array {
	if a.IsFloat() {
		if a.Type != onnxfile.Float64 {
			for i, v := range a.F {
				a.F[i] = onnxfile.Round(a.Type, v, false)
			}
		}
		return a
	}
	if b := a.Type.Bits(); b < 64 || a.Type == onnxfile.Bool {
		for i, v := range a.I {
			a.I[i] = onnxfile.Whole(a.Type, uint64(v))
		}
	}
	return a
}

func prod(s []int) int {
	p := 1
	for _, d := range s {
		p *= d
	}
	return p
}

// strides of a contiguous array.
func strides(shape []int) []int {
	s := make([]int, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		s[i] = step
		step *= shape[i]
	}
	return s
}

// broadcast returns the common shape, axes aligned at the end.
func broadcast(shapes ...[]int) ([]int, error) {
	rank := 0
	for _, s := range shapes {
		rank = max(rank, len(s))
	}
	out := slices.Repeat([]int{1}, rank)
	for _, s := range shapes {
		for i, d := range s {
			o := &out[rank-len(s)+i]
			switch {
			case d == 1 || d == *o:
			case *o == 1:
				*o = d
			default:
				return nil, errors.Errorf("shapes %v do not broadcast", shapes)
			}
		}
	}
	return out, nil
}

// spread returns for each element of a result of shape out the element of an
// operand of the given shape; nil where they are the same.
func spread(shape, out []int) []int {
	if slices.Equal(shape, out) {
		return nil
	}
	from := strides(shape)
	step := make([]int, len(out))
	for i, d := range shape {
		if d != 1 {
			step[len(out)-len(shape)+i] = from[i]
		}
	}
	return walk(out, step, 0)
}

// walk returns the offsets of the elements of a box of the given shape in an
// array with the given steps.
func walk(shape, step []int, start int) []int {
	n := prod(shape)
	at := make([]int, n)
	if n == 0 {
		return at
	}
	at[0] = start
	filled := 1
	for axis := len(shape) - 1; axis >= 0; axis-- {
		block := filled
		for k := 1; k < shape[axis]; k++ {
			for j := range block {
				at[filled] = at[j] + k*step[axis]
				filled++
			}
		}
	}
	return at
}

func at(index []int, i int) int {
	if index == nil {
		return i
	}
	return index[i]
}

// pick returns the elements at the given places under the given shape.
func (a *Array) pick(places, shape []int) *Array {
	out := New(a.Type, shape)
	for i, p := range places {
		a.copyTo(out, i, p)
	}
	return out
}

// expanded returns the array broadcast to a shape.
func (a *Array) expanded(shape []int) *Array {
	if p := spread(a.Shape, shape); p != nil {
		return a.pick(p, shape)
	}
	return a
}

// transposed returns the array with its axes in the order perm.
func (a *Array) transposed(perm ...int) *Array {
	from := strides(a.Shape)
	shape, step := make([]int, len(perm)), make([]int, len(perm))
	for i, p := range perm {
		shape[i], step[i] = a.Shape[p], from[p]
	}
	return a.pick(walk(shape, step, 0), shape)
}

// axes3 splits a shape into what lies before, along and behind an axis.
func axes3(shape []int, axis int) (outer, n, inner int) {
	return prod(shape[:axis]), shape[axis], prod(shape[axis+1:])
}

// joined returns the arrays one behind another along an axis.
func joined(list []*Array, axis int) *Array {
	shape := slices.Clone(list[0].Shape)
	shape[axis] = 0
	for _, a := range list {
		shape[axis] += a.Shape[axis]
	}
	out := New(list[0].Type, shape)
	outer, total, inner := axes3(shape, axis)
	begin := 0
	for _, a := range list {
		rows := a.Shape[axis] * inner
		for o := range outer {
			to := o*total*inner + begin
			if a.IsFloat() {
				copy(out.F[to:to+rows], a.F[o*rows:])
			} else {
				copy(out.I[to:to+rows], a.I[o*rows:])
			}
		}
		begin += rows
	}
	return out
}

// part returns the elements lo ≤ i < hi along an axis.
func (a *Array) part(axis, lo, hi int) *Array {
	shape := slices.Clone(a.Shape)
	shape[axis] = hi - lo
	step := strides(a.Shape)
	return a.pick(walk(shape, step, lo*step[axis]), shape)
}
