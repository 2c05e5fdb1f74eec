package solvers

import (
	"reflect"
	"strings"
	"unsafe"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// vector is the elements of a value: one of the two is not nil.
type vector struct {
	f32 []float32
	f64 []float64
}

func (x vector) len() int { return len(x.f32) + len(x.f64) }

// double reports whether the elements are float64s.
func (x vector) double() bool { return x.f64 != nil }

// like returns n zeros of x's type.
func (x vector) like(n int) vector {
	if x.double() {
		return vector{f64: make([]float64, n)}
	}
	return vector{f32: make([]float32, n)}
}

func (x vector) fill(v float64) {
	for i := range x.f32 {
		x.f32[i] = float32(v)
	}
	for i := range x.f64 {
		x.f64[i] = v
	}
}

func (x vector) clone() vector {
	y := x.like(x.len())
	copy(y.f32, x.f32)
	copy(y.f64, x.f64)
	return y
}

func typeName(double bool) string {
	if double {
		return "float64"
	}
	return "float32"
}

// elements returns the live memory of a value. plain is false where it does
// not hold exactly the elements in row-major order.
func elements(v gorgonia.Value) (x vector, plain bool, err error) {
	switch v := v.(type) {
	case *tensor.Dense:
		switch v.Dtype() {
		case tensor.Float32:
			x.f32 = v.Float32s()
		case tensor.Float64:
			x.f64 = v.Float64s()
		default:
			return x, false, errors.Errorf("elements of type %v, expected float32 or float64", v.Dtype())
		}
		plain = v.DataOrder().IsRowMajor() && !v.RequiresIterator() && x.len() == v.Shape().TotalSize()
		return x, plain, nil
	case *gorgonia.F32:
		return vector{f32: unsafe.Slice((*float32)(v), 1)}, true, nil
	case *gorgonia.F64:
		return vector{f64: unsafe.Slice((*float64)(v), 1)}, true, nil
	case nil:
		return x, false, errors.New("no value")
	}
	return x, false, errors.Errorf("a %T, expected a dense tensor or a scalar of float32 or float64", v)
}

// shapeOf returns the shape of a value; empty for a scalar.
func shapeOf(v gorgonia.Value) tensor.Shape {
	if d, ok := v.(*tensor.Dense); ok {
		return d.Shape()
	}
	return nil
}

// positions calls visit with the place in memory of each element of a tensor
// in row-major order of its shape.
func positions(d *tensor.Dense, visit func(i, at int)) {
	shape, strides := d.Shape(), d.Strides()
	index := make([]int, len(shape))
	at := 0
	for i := range shape.TotalSize() {
		visit(i, at)
		for axis := len(index) - 1; axis >= 0; axis-- {
			index[axis]++
			at += strides[axis]
			if index[axis] < shape[axis] {
				break
			}
			at -= index[axis] * strides[axis]
			index[axis] = 0
		}
	}
}

// nameOf returns the name under which state is kept; "" for a value without.
func nameOf(v gorgonia.ValueGrad) string {
	if n, ok := v.(*gorgonia.Node); ok && !n.IsVar() {
		return "" // Gorgonia makes up a name from the numbers of its operands
	}
	n, ok := v.(gorgonia.Namer)
	if !ok {
		return ""
	}
	name := n.Name()
	if strings.HasPrefix(name, "%!s(<nil>)") {
		return "" // Gorgonia's name of a leaf without one
	}
	return name
}

// identifiable reports whether v can be the key of a map.
func identifiable(v gorgonia.ValueGrad) bool { return reflect.TypeOf(v).Comparable() }
