package onnx

import (
	"math"
	"slices"

	"github.com/hocsau/hocsau/graph"
)

// elementwise has the operators that compute each element by itself.
var elementwise = map[string]lowering{
	"Add": binary((*graph.Node).Add), "Sub": binary((*graph.Node).Sub), "Mul": binary((*graph.Node).Mul), "Div": binary((*graph.Node).Div),
	"Max": folded((*graph.Node).Maximum), "Min": folded((*graph.Node).Minimum), "Sum": folded((*graph.Node).Add), "Mean": mean,
	"Pow": pow, "Relu": unary((*graph.Node).ReLU), "Sigmoid": unary((*graph.Node).Sigmoid), "Tanh": unary((*graph.Node).Tanh),
	"Exp": unary((*graph.Node).Exp), "Log": unary((*graph.Node).Log), "Sqrt": unary((*graph.Node).Sqrt), "Neg": unary((*graph.Node).Neg),
	"Abs": unary((*graph.Node).Abs), "Sign": unary((*graph.Node).Sign), "Reciprocal": unary((*graph.Node).Reciprocal),
	"Erf": unary((*graph.Node).Erf), "Sin": unary((*graph.Node).Sin), "Cos": unary((*graph.Node).Cos),
	"Floor": unary((*graph.Node).Floor), "Ceil": unary((*graph.Node).Ceil), "Round": unary((*graph.Node).Round),
	"Softplus": unary((*graph.Node).Softplus), "Gelu": gelu, "HardSigmoid": hardSigmoid, "HardSwish": hardSwish,
	"Mish":  unary(func(x *graph.Node) *graph.Node { return x.Softplus().Tanh().Mul(x) }),
	"Swish": swish, "Softsign": unary(func(x *graph.Node) *graph.Node { return x.Div(x.Abs().Shift(1)) }),
	"LeakyRelu": func(l *lower) []*graph.Node { return one(l.x(0).LeakyReLU(l.Float("alpha", 0.01))) },
	"Elu":       func(l *lower) []*graph.Node { return one(l.x(0).ELU(l.Float("alpha", 1))) },
	"Celu": func(l *lower) []*graph.Node {
		a := l.Float("alpha", 1)
		return one(l.x(0).Scale(1 / a).ELU(1).Scale(a))
	},
	"Selu": func(l *lower) []*graph.Node {
		return one(l.x(0).ELU(l.Float("alpha", 1.67326319217681884765625)).Scale(l.Float("gamma", 1.05070102214813232421875)))
	},
	"PRelu": prelu, "Clip": clip, "Dropout": dropout, "Where": where, "Cast": cast,
}

func unary(f func(*graph.Node) *graph.Node) lowering {
	return func(l *lower) []*graph.Node { return one(f(l.x(0))) }
}

// aligned gives two operands one rank, as broadcasting does.
func aligned(a, b *graph.Node) (*graph.Node, *graph.Node) {
	if a.Rank() == 0 || b.Rank() == 0 {
		return a, b
	}
	return toRank(a, b.Rank()), toRank(b, a.Rank())
}

// toRank puts axes of size 1 in front.
func toRank(x *graph.Node, rank int) *graph.Node {
	if x.Rank() >= rank {
		return x
	}
	return x.Reshape(slices.Concat(slices.Repeat([]int{1}, rank-x.Rank()), x.Shape())...)
}

func binary(f func(a, b *graph.Node) *graph.Node) lowering {
	return func(l *lower) []*graph.Node {
		if l.Int("broadcast", 0) != 0 && l.Attribute("axis") != nil { // before version 7
			a, b := l.x(0), l.x(1)
			axis := l.axis(l.Int("axis", 0), a.Rank())
			return one(f(a, b.Reshape(slices.Concat(slices.Repeat([]int{1}, axis), b.Shape(), slices.Repeat([]int{1}, max(0, a.Rank()-axis-b.Rank())))...)))
		}
		return one(f(aligned(l.x(0), l.x(1))))
	}
}

func folded(f func(a, b *graph.Node) *graph.Node) lowering {
	return func(l *lower) []*graph.Node {
		y := l.x(0)
		for i := 1; i < len(l.in); i++ {
			y = f(aligned(y, l.x(i)))
		}
		return one(y)
	}
}

func mean(l *lower) []*graph.Node {
	return one(folded((*graph.Node).Add)(l)[0].Scale(1 / float64(len(l.in))))
}

func pow(l *lower) []*graph.Node {
	if v := l.maybe(1); v != nil && (v.host != nil || v.stored != nil) && volume(v.shape) == 1 && len(v.shape) <= len(l.in[0].shape) {
		e := l.known(1)
		if e == nil {
			return nil
		}
		switch p := e.Float(0); p {
		case 1:
			return one(l.x(0).Scale(1))
		case 2:
			return one(l.x(0).Square())
		case 0.5:
			return one(l.x(0).Sqrt())
		case 3:
			return one(l.x(0).Square().Mul(l.x(0)))
		default:
			return one(l.x(0).PowScalar(p))
		}
	}
	return one((*graph.Node).Pow(aligned(l.x(0), l.x(1))))
}

func gelu(l *lower) []*graph.Node {
	x := l.x(0)
	if l.Text("approximate", "none") != "tanh" {
		return one(x.GELU())
	}
	inner := x.Square().Mul(x).Scale(0.044715).Add(x).Scale(math.Sqrt(2 / math.Pi))
	return one(inner.Tanh().Shift(1).Mul(x).Scale(0.5))
}

func hardSigmoid(l *lower) []*graph.Node {
	return one(l.x(0).Scale(l.Float("alpha", 0.2)).Shift(l.Float("beta", 0.5)).Clamp(0, 1))
}

func hardSwish(l *lower) []*graph.Node {
	x := l.x(0)
	return one(x.Scale(1.0/6).Shift(0.5).Clamp(0, 1).Mul(x))
}

func swish(l *lower) []*graph.Node {
	x := l.x(0)
	return one(x.Scale(l.Float("alpha", 1)).Sigmoid().Mul(x))
}

func prelu(l *lower) []*graph.Node {
	x, slope := l.x(0), l.x(1)
	if l.b.opset < 7 && slope.Rank() == 1 && x.Rank() > 1 {
		slope = slope.Reshape(slices.Concat([]int{slope.Len()}, slices.Repeat([]int{1}, x.Rank()-2))...)
	}
	if slope.Rank() > x.Rank() {
		return l.skip("a slope of more axes than x")
	}
	x, slope = aligned(x, slope)
	return one(x.ReLU().Sub(x.Neg().ReLU().Mul(slope)))
}

func clip(l *lower) []*graph.Node {
	lo, hi := l.Float("min", math.Inf(-1)), l.Float("max", math.Inf(1))
	for i, bound := range []*float64{&lo, &hi} {
		if l.maybe(1+i) == nil {
			continue
		}
		a := l.known(1 + i)
		if a == nil || a.Len() != 1 {
			return l.skip("bounds that are computed")
		}
		*bound = a.Float(0)
	}
	if math.IsInf(lo, -1) && math.IsInf(hi, 1) {
		return one(l.x(0).Scale(1))
	}
	if lo > hi {
		return l.skip("bounds that exclude each other")
	}
	return one(l.x(0).Clamp(lo, hi))
}

// dropout leaves x as it is: a graph for training would drop other elements
// than the exporting framework did, and exported models rarely have it.
func dropout(l *lower) []*graph.Node {
	x := l.x(0)
	if t := l.maybe(2); t != nil {
		if a := l.known(2); a == nil || a.I[0] != 0 {
			return l.skip("dropout in training")
		}
	}
	if l.b.opset < 7 && l.Attribute("is_test") != nil && l.Int("is_test", 0) == 0 {
		return l.skip("dropout in training")
	}
	if l.b.whole && l.b.g.Mode() == graph.Train {
		ratio := l.Float("ratio", 0.5)
		if r := l.maybe(1); r != nil {
			a := l.known(1)
			if a == nil {
				return nil
			}
			ratio = a.Float(0)
		}
		return one(x.Dropout(l.b.s, "dropout."+l.Outputs[0], ratio))
	}
	return one(x.Scale(1))
}

// where takes a mask that is known.
func where(l *lower) []*graph.Node {
	m := l.known(0)
	if m == nil {
		return nil
	}
	a, b := l.x(1), l.x(2)
	rank := max(len(m.Shape), a.Rank(), b.Rank())
	shape := slices.Repeat([]int{1}, rank)
	for _, s := range [][]int{m.Shape, a.Shape(), b.Shape()} {
		for i, d := range s {
			o := &shape[rank-len(s)+i]
			*o = max(*o, d)
		}
	}
	if slices.Contains(m.Shape, 0) {
		return l.skip("no elements")
	}
	// Elements of both, one behind the other, of which one is taken.
	pa, pb, pm := places(a.Shape(), shape), places(b.Shape(), shape), places(m.Shape, shape)
	at := make([]int, volume(shape))
	for i := range at {
		if m.I[pm[i]] != 0 {
			at[i] = pa[i]
		} else {
			at[i] = a.Len() + pb[i]
		}
	}
	return one(graph.Concat(0, a.Reshape(a.Len()), b.Reshape(b.Len())).Pick(at, 0, shape...))
}

func cast(l *lower) []*graph.Node {
	if l.Int("to", 0) != 1 {
		return l.skip("another element type")
	}
	return one(l.x(0).Scale(1))
}

// places returns for each element of a box of the shape to the element of one
// of the shape from that broadcasting puts there.
func places(from, to []int) []int {
	step := make([]int, len(to))
	s := 1
	for i := len(from) - 1; i >= 0; i-- {
		if from[i] != 1 {
			step[len(to)-len(from)+i] = s
		}
		s *= from[i]
	}
	return walk(to, step, 0)
}

// walk returns the offsets of the elements of a box in an array of the given
// steps.
func walk(shape, step []int, start int) []int {
	n := volume(shape)
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
