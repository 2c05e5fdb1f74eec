package main

import (
	"github.com/mmcloughlin/avo/x86"
)

// andNot returns b where the mask is not set, else 0.
func andNot(mask, b vector) vector {
	y := register()
	with(x86.VANDNPS, x86.VANDNPS_BCST, b, mask, y)
	return y
}

// either returns m, or NaN where a or b is.
func either(m, a, b vector) vector { return or(m, compare(a, nan, b)) }

func binaries() {
	type function = func(a, b vector) vector
	for _, op := range []struct {
		name     string
		f        function
		unroll   int
		commutes bool
	}{
		{"Add", func(a, b vector) vector { return add(a, b) }, 4, true},
		{"Sub", func(a, b vector) vector { return sub(a, b) }, 4, false},
		{"Mul", func(a, b vector) vector { return mul(a, b) }, 4, true},
		{"Div", func(a, b vector) vector { return div(a, b) }, 2, false},
		{"Max", func(a, b vector) vector { return either(maximum(a, b), a, b) }, 4, true},
		{"Min", func(a, b vector) vector { return either(minimum(a, b), a, b) }, 4, true},
	} {
		elementwise{
			name: "zip" + op.name, doc: "zip" + op.name + " is " + op.name + " of two vectors.",
			in: []string{"a", "b"}, out: []string{"out"}, unroll: op.unroll,
			body: func(x, _ []vector) []vector { return []vector{op.f(x[0], x[1])} },
		}.emit()
		elementwise{
			name: "zip" + op.name + "Scalar", doc: "zip" + op.name + "Scalar is " + op.name + " of a vector and a number.",
			in: []string{"a"}, out: []string{"out"}, scalars: []string{"b"}, unroll: op.unroll,
			body: func(x, s []vector) []vector { return []vector{op.f(x[0], s[0])} },
		}.emit()
		if op.commutes {
			continue
		}
		elementwise{
			name: "zipScalar" + op.name, doc: "zipScalar" + op.name + " is " + op.name + " of a number and a vector.",
			in: []string{"b"}, out: []string{"out"}, scalars: []string{"a"}, unroll: op.unroll,
			body: func(x, s []vector) []vector { return []vector{op.f(s[0], x[0])} },
		}.emit()
	}
	for _, op := range []struct {
		name      string
		predicate int
	}{{"Eq", eq}, {"Ne", ne}, {"Lt", lt}, {"Le", le}, {"Gt", gt}, {"Ge", ge}} {
		mask := func(a, b vector) vector { return and(compare(a, op.predicate, b), c(1)) }
		elementwise{
			name: "zip" + op.name, doc: "zip" + op.name + " is " + op.name + " of two vectors.",
			in: []string{"a", "b"}, out: []string{"out"}, unroll: 4,
			body: func(x, _ []vector) []vector { return []vector{mask(x[0], x[1])} },
		}.emit()
		elementwise{
			name: "zip" + op.name + "Scalar", doc: "zip" + op.name + "Scalar is " + op.name + " of a vector and a number.",
			in: []string{"a"}, out: []string{"out"}, scalars: []string{"b"}, unroll: 4,
			body: func(x, s []vector) []vector { return []vector{mask(x[0], s[0])} },
		}.emit()
	}
	for _, op := range []struct {
		name      string
		predicate int
	}{{"Keep", ne}, {"Drop", eq}} {
		elementwise{
			name: "zip" + op.name, doc: "zip" + op.name + " is " + op.name + " of two vectors.",
			in: []string{"a", "b"}, out: []string{"out"}, unroll: 4,
			body: func(x, _ []vector) []vector { return []vector{and(x[1], compare(x[0], op.predicate, c(0)))} },
		}.emit()
	}
	elementwise{
		name: "zipSelect", doc: "zipSelect is Select of three vectors.",
		in: []string{"a", "b", "c"}, out: []string{"out"}, unroll: 2,
		body: func(x, _ []vector) []vector { return []vector{choose(compare(x[0], ne, c(0)), x[1], x[2])} },
	}.emit()
	elementwise{
		name: "zipShare", doc: "zipShare is Share of three vectors.",
		in: []string{"a", "b", "c"}, out: []string{"out"}, unroll: 2,
		body: func(x, _ []vector) []vector {
			share := choose(compare(x[0], eq, x[1]), mul(x[2], c(0.5)), x[2])
			return []vector{andNot(compare(x[0], lt, x[1]), share)}
		},
	}.emit()
	elementwise{
		name: "mapClamp", doc: "mapClamp is Clamp.",
		in: []string{"x"}, out: []string{"y"}, scalars: []string{"lo", "hi"}, unroll: 4,
		body: func(x, s []vector) []vector { return []vector{minimum(s[1], maximum(s[0], x[0]))} },
	}.emit()
	elementwise{
		name: "gradClamp", doc: "gradClamp is ClampGrad.",
		in: []string{"x", "dy"}, out: []string{"dx"}, scalars: []string{"lo", "hi"}, unroll: 2,
		body: func(x, s []vector) []vector {
			inside := and(compare(x[0], ge, s[0]), compare(x[0], le, s[1]))
			return []vector{and(x[1], inside)}
		},
	}.emit()
	elementwise{
		name: "axpyKernel", doc: "axpyKernel adds alpha·x to y.",
		in: []string{"x", "y"}, out: []string{"y"}, scalars: []string{"alpha"}, unroll: 4,
		body: func(x, s []vector) []vector { return []vector{fma(x[0], s[0], x[1])} },
	}.emit()
	elementwise{
		name: "lerpKernel", doc: "lerpKernel moves y by alpha of the way to x.",
		in: []string{"x", "y"}, out: []string{"y"}, scalars: []string{"alpha"}, unroll: 4,
		body: func(x, s []vector) []vector { return []vector{fma(sub(x[0], x[1]), s[0], x[1])} },
	}.emit()
}
