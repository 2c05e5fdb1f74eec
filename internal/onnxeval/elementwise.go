package onnxeval

import (
	"math"
	"math/bits"
	"slices"

	"github.com/hocsau/hocsau/internal/onnxfile"
)

// elementwise has the operators that compute each element by itself.
var elementwise = map[string]operator{
	"Abs":  number(math.Abs, func(v int64) int64 { return max(v, -v) }),
	"Neg":  number(func(v float64) float64 { return -v }, func(v int64) int64 { return -v }),
	"Sign": number(sign, func(v int64) int64 { return int64(sign(float64(v))) }),
	"Sqrt": real1(math.Sqrt), "Exp": real1(math.Exp), "Log": real1(math.Log),
	"Reciprocal": real1(func(v float64) float64 { return 1 / v }),
	"Floor":      real1(math.Floor), "Ceil": real1(math.Ceil), "Round": real1(math.RoundToEven),
	"Sin": real1(math.Sin), "Cos": real1(math.Cos), "Tan": real1(math.Tan),
	"Asin": real1(math.Asin), "Acos": real1(math.Acos), "Atan": real1(math.Atan),
	"Sinh": real1(math.Sinh), "Cosh": real1(math.Cosh), "Tanh": real1(math.Tanh),
	"Asinh": real1(math.Asinh), "Acosh": real1(math.Acosh), "Atanh": real1(math.Atanh),
	"Erf": real1(math.Erf), "Sigmoid": real1(sigmoid), "Softplus": real1(softplus),
	"Relu":      number(func(v float64) float64 { return math.Max(v, 0) }, func(v int64) int64 { return max(v, 0) }),
	"Softsign":  real1(func(v float64) float64 { return v / (1 + math.Abs(v)) }),
	"HardSwish": real1(func(v float64) float64 { return v * min(max(v/6+0.5, 0), 1) }),
	"Mish":      real1(func(v float64) float64 { return v * math.Tanh(softplus(v)) }),
	"Elu": real2(1, func(v, alpha float64) float64 {
		if v > 0 {
			return v
		}
		return alpha * math.Expm1(v)
	}),
	"Celu": real2(1, func(v, alpha float64) float64 {
		return max(v, 0) + min(0, alpha*math.Expm1(v/alpha))
	}),
	"LeakyRelu": real2(0.01, func(v, alpha float64) float64 {
		if v >= 0 {
			return v
		}
		return alpha * v
	}),
	"ThresholdedRelu": real2(1, func(v, alpha float64) float64 {
		if v > alpha {
			return v
		}
		return 0
	}),
	"Swish":       real2(1, func(v, alpha float64) float64 { return v * sigmoid(alpha*v) }),
	"HardSigmoid": hardSigmoid, "Selu": selu, "Gelu": gelu, "Shrink": shrink, "Clip": clip, "PRelu": prelu, "SwiGLU": swiglu,
	"Add": arithmetic(func(a, b float64) float64 { return a + b }, func(a, b int64) int64 { return a + b }),
	"Sub": arithmetic(func(a, b float64) float64 { return a - b }, func(a, b int64) int64 { return a - b }),
	"Mul": arithmetic(func(a, b float64) float64 { return a * b }, func(a, b int64) int64 { return a * b }),
	"Div": divide, "Mod": modulo, "Pow": power,
	"Max":            several(math.Max, func(a, b int64) int64 { return max(a, b) }, func(a, b uint64) uint64 { return max(a, b) }),
	"Min":            several(math.Min, func(a, b int64) int64 { return min(a, b) }, func(a, b uint64) uint64 { return min(a, b) }),
	"Sum":            several(func(a, b float64) float64 { return a + b }, func(a, b int64) int64 { return a + b }, nil),
	"Mean":           mean,
	"Equal":          compare(func(o int) bool { return o == 0 }),
	"Less":           compare(func(o int) bool { return o == -1 }),
	"Greater":        compare(func(o int) bool { return o == 1 }),
	"LessOrEqual":    compare(func(o int) bool { return o == -1 || o == 0 }),
	"GreaterOrEqual": compare(func(o int) bool { return o == 1 || o == 0 }),
	"And":            whole(func(a, b int64) int64 { return a & b }), "Or": whole(func(a, b int64) int64 { return a | b }),
	"Xor":        whole(func(a, b int64) int64 { return a ^ b }),
	"Not":        number(nil, func(v int64) int64 { return 1 - v }),
	"BitwiseAnd": whole(func(a, b int64) int64 { return a & b }), "BitwiseOr": whole(func(a, b int64) int64 { return a | b }),
	"BitwiseXor": whole(func(a, b int64) int64 { return a ^ b }),
	"BitwiseNot": number(nil, func(v int64) int64 { return ^v }),
	"BitShift":   bitShift,
	"IsNaN":      test(math.IsNaN), "IsInf": isInf,
	"Where": where, "Identity": func(c *call) []*Array { return one(c.in(0)) },
	"Dropout": dropout,
}

func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return v
}

func sigmoid(v float64) float64 {
	if v >= 0 {
		return 1 / (1 + math.Exp(-v))
	}
	e := math.Exp(v)
	return e / (1 + e)
}

func softplus(v float64) float64 { return max(v, 0) + math.Log1p(math.Exp(-math.Abs(v))) }

// number maps floats by f and integers by g.
func number(f func(float64) float64, g func(int64) int64) operator {
	return func(c *call) []*Array {
		x := c.in(0)
		y := New(x.Type, x.Shape)
		switch {
		case x.IsFloat() && f != nil:
			for i, v := range x.F {
				y.F[i] = f(v)
			}
		case !x.IsFloat() && g != nil:
			for i, v := range x.I {
				y.I[i] = g(v)
			}
		default:
			return c.fail("elements of type %s", x.Type)
		}
		return one(y.rounded())
	}
}

func real1(f func(float64) float64) operator { return number(f, nil) }

// real2 is a function with the constant alpha.
func real2(none float64, f func(v, alpha float64) float64) operator {
	return func(c *call) []*Array {
		alpha := c.float("alpha", none)
		return number(func(v float64) float64 { return f(v, alpha) }, nil)(c)
	}
}

func test(f func(float64) bool) operator {
	return func(c *call) []*Array {
		x := c.in(0)
		y := New(onnxfile.Bool, x.Shape)
		for i, v := range x.F {
			y.I[i] = truth(f(v))
		}
		return one(y)
	}
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func isInf(c *call) []*Array {
	plus, minus := c.int("detect_positive", 1) != 0, c.int("detect_negative", 1) != 0
	return test(func(v float64) bool { return plus && math.IsInf(v, 1) || minus && math.IsInf(v, -1) })(c)
}

func hardSigmoid(c *call) []*Array {
	a, b := c.float("alpha", 0.2), c.float("beta", 0.5)
	return real1(func(v float64) float64 { return min(max(a*v+b, 0), 1) })(c)
}

func selu(c *call) []*Array {
	a, g := c.float("alpha", 1.67326319217681884765625), c.float("gamma", 1.05070102214813232421875)
	return real1(func(v float64) float64 {
		if v > 0 {
			return g * v
		}
		return g * a * math.Expm1(v)
	})(c)
}

func gelu(c *call) []*Array {
	if c.text("approximate", "none") == "tanh" {
		return real1(func(v float64) float64 {
			return 0.5 * v * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v)))
		})(c)
	}
	return real1(func(v float64) float64 { return 0.5 * v * (1 + math.Erf(v/math.Sqrt2)) })(c)
}

func shrink(c *call) []*Array {
	bias, lambda := c.float("bias", 0), c.float("lambd", 0.5)
	f := func(v float64) float64 {
		switch {
		case v < -lambda:
			return v + bias
		case v > lambda:
			return v - bias
		}
		return 0
	}
	return number(f, func(v int64) int64 { return int64(f(float64(v))) })(c)
}

// swiglu is swish(a)·b.
func swiglu(c *call) []*Array {
	alpha := c.float("alpha", 1)
	return arithmetic(func(a, b float64) float64 { return a * sigmoid(alpha*a) * b }, nil)(c)
}

func clip(c *call) []*Array {
	x := c.in(0)
	lo, hi := c.maybe(1), c.maybe(2)
	y := New(x.Type, x.Shape)
	if x.IsFloat() {
		low, high := c.float("min", math.Inf(-1)), c.float("max", math.Inf(1))
		if lo != nil {
			low = lo.F[0]
		}
		if hi != nil {
			high = hi.F[0]
		}
		for i, v := range x.F {
			y.F[i] = math.Min(math.Max(v, low), high)
		}
		return one(y.rounded())
	}
	for i, v := range x.I {
		if lo != nil && less(x.Type, v, lo.I[0]) {
			v = lo.I[0]
		}
		if hi != nil && less(x.Type, hi.I[0], v) {
			v = hi.I[0]
		}
		y.I[i] = v
	}
	return one(y)
}

// less compares integers of a type.
func less(t onnxfile.DType, a, b int64) bool {
	if t == onnxfile.Uint64 {
		return uint64(a) < uint64(b)
	}
	return a < b
}

// operands returns both inputs with where each element of the result finds
// them. In old versions the second is aligned at an axis.
func (c *call) operands() (a, b *Array, ia, ib, shape []int) {
	a, b = c.in(0), c.in(1)
	if c.int("broadcast", 0) != 0 && c.has("axis") {
		axis := c.axis(c.int("axis", 0), len(a.Shape))
		b = b.as(append(slices.Clone(b.Shape), slices.Repeat([]int{1}, max(0, len(a.Shape)-axis-len(b.Shape)))...)...)
	}
	if a.Type != b.Type && c.Node.OpType != "Pow" && c.Node.OpType != "BitShift" {
		c.fail("operands of types %s and %s, expected one", a.Type, b.Type)
	}
	shape, err := broadcast(a.Shape, b.Shape)
	if err != nil {
		c.fail("%v", err)
		return a, a, nil, nil, a.Shape
	}
	if !c.room(shape) {
		return a, a, nil, nil, a.Shape
	}
	return a, b, spread(a.Shape, shape), spread(b.Shape, shape), shape
}

func arithmetic(f func(a, b float64) float64, g func(a, b int64) int64) operator {
	return func(c *call) []*Array {
		a, b, ia, ib, shape := c.operands()
		if c.err != nil {
			return nil
		}
		y := New(a.Type, shape)
		if a.IsFloat() {
			for i := range y.F {
				y.F[i] = f(a.F[at(ia, i)], b.F[at(ib, i)])
			}
		} else {
			for i := range y.I {
				y.I[i] = g(a.I[at(ia, i)], b.I[at(ib, i)])
			}
		}
		return one(y.rounded())
	}
}

func whole(g func(a, b int64) int64) operator {
	return func(c *call) []*Array {
		if c.in(0).IsFloat() {
			return c.fail("expected integers or truth values")
		}
		return arithmetic(nil, g)(c)
	}
}

func divide(c *call) []*Array {
	unsigned := c.in(0).Type == onnxfile.Uint64
	zero := false
	out := arithmetic(func(a, b float64) float64 { return a / b }, func(a, b int64) int64 {
		switch {
		case b == 0:
			zero = true
			return 0
		case unsigned:
			return int64(uint64(a) / uint64(b))
		}
		return a / b
	})(c)
	if zero {
		return c.fail("division of integers by zero")
	}
	return out
}

func modulo(c *call) []*Array {
	unsigned, fmod := c.in(0).Type == onnxfile.Uint64, c.int("fmod", 0) != 0
	zero := false
	out := arithmetic(func(a, b float64) float64 {
		r := math.Mod(a, b)
		if !fmod && r != 0 && (r < 0) != (b < 0) {
			r += b
		}
		return r
	}, func(a, b int64) int64 {
		switch {
		case b == 0:
			zero = true
			return 0
		case unsigned:
			return int64(uint64(a) % uint64(b))
		}
		r := a % b
		if !fmod && r != 0 && (r < 0) != (b < 0) {
			r += b
		}
		return r
	})(c)
	if zero {
		return c.fail("remainder of a division of integers by zero")
	}
	return out
}

// power has the type of its base; the exponent may have another.
func power(c *call) []*Array {
	a, b, ia, ib, shape := c.operands()
	if c.err != nil {
		return nil
	}
	y := New(a.Type, shape)
	for i := range prod(shape) {
		base, exponent := a.Float(at(ia, i)), b.Float(at(ib, i))
		if a.IsFloat() {
			y.F[i] = math.Pow(base, exponent)
			continue
		}
		if e := int64(exponent); !b.IsFloat() && e >= 0 {
			r, p := int64(1), a.I[at(ia, i)]
			for ; e > 0; e >>= 1 {
				if e&1 == 1 {
					r *= p
				}
				p *= p
			}
			y.I[i] = r
			continue
		}
		y.I[i] = int64(math.Pow(base, exponent))
	}
	return one(y.rounded())
}

// several folds any number of inputs.
func several(f func(a, b float64) float64, g func(a, b int64) int64, u func(a, b uint64) uint64) operator {
	return func(c *call) []*Array {
		y := c.in(0)
		for k := 1; k < len(c.Inputs); k++ {
			b := c.in(k)
			h := g
			if y.Type == onnxfile.Uint64 && u != nil {
				h = func(a, b int64) int64 { return int64(u(uint64(a), uint64(b))) }
			}
			sub := &call{Call: Call{Node: &onnxfile.Node{OpType: c.Node.OpType}, Inputs: []*Array{y, b}}}
			out := arithmetic(f, h)(sub)
			if sub.err != nil {
				c.err = sub.err
				return nil
			}
			y = out[0]
		}
		return one(y)
	}
}

func mean(c *call) []*Array {
	out := several(func(a, b float64) float64 { return a + b }, nil, nil)(c)
	if c.err != nil {
		return nil
	}
	y := New(out[0].Type, out[0].Shape)
	for i, v := range out[0].F {
		y.F[i] = v / float64(len(c.Inputs))
	}
	return one(y.rounded())
}

// compare tests the order of two numbers, 2 where there is none.
func compare(f func(order int) bool) operator {
	return func(c *call) []*Array {
		a, b, ia, ib, shape := c.operands()
		if c.err != nil {
			return nil
		}
		y := New(onnxfile.Bool, shape)
		for i := range y.I {
			p, q := at(ia, i), at(ib, i)
			order := 2
			if a.IsFloat() {
				switch x, z := a.F[p], b.F[q]; {
				case x < z:
					order = -1
				case x > z:
					order = 1
				case x == z:
					order = 0
				}
			} else {
				switch x, z := a.I[p], b.I[q]; {
				case x == z:
					order = 0
				case less(a.Type, x, z):
					order = -1
				default:
					order = 1
				}
			}
			y.I[i] = truth(f(order))
		}
		return one(y)
	}
}

func bitShift(c *call) []*Array {
	left := c.text("direction", "") == "LEFT"
	t := c.in(0).Type
	return arithmetic(nil, func(a, b int64) int64 {
		n := uint64(b)
		switch {
		case left && n >= 64:
			return 0
		case left:
			return a << n
		case n >= uint64(max(t.Bits(), 1)):
			if !t.Unsigned() && a < 0 {
				return -1
			}
			return 0
		case t.Unsigned():
			return int64(uint64(a) >> n)
		}
		return a >> min(n, bits.UintSize-1)
	})(c)
}

func prelu(c *call) []*Array {
	slope := c.in(1)
	if x := c.in(0); c.Opset < 7 && len(slope.Shape) == 1 && len(x.Shape) > 1 {
		c.Inputs[1] = slope.as(append([]int{slope.Len()}, slices.Repeat([]int{1}, len(x.Shape)-2)...)...)
	}
	return arithmetic(func(v, s float64) float64 {
		if v >= 0 {
			return v
		}
		return s * v
	}, func(v, s int64) int64 {
		if v >= 0 {
			return v
		}
		return s * v
	})(c)
}

func where(c *call) []*Array {
	cond, a, b := c.in(0), c.in(1), c.in(2)
	shape, err := broadcast(cond.Shape, a.Shape, b.Shape)
	if err != nil || !c.room(shape) || a.Type != b.Type {
		return c.fail("expected shapes that broadcast, and one type")
	}
	ic, ia, ib := spread(cond.Shape, shape), spread(a.Shape, shape), spread(b.Shape, shape)
	y := New(a.Type, shape)
	for i := range prod(shape) {
		if cond.I[at(ic, i)] != 0 {
			a.copyTo(y, i, at(ia, i))
		} else {
			b.copyTo(y, i, at(ib, i))
		}
	}
	return one(y)
}

// dropout is that of inference; one that drops is random, and refused.
func dropout(c *call) []*Array {
	x := c.in(0)
	ratio := c.float("ratio", 0.5)
	if r := c.maybe(1); r != nil {
		ratio = r.F[0]
	}
	training := c.Opset < 7 && c.has("is_test") && c.int("is_test", 0) == 0
	if t := c.maybe(2); t != nil {
		training = t.I[0] != 0
	}
	if training && ratio != 0 {
		return c.unsupported("Dropout in training, which is random,")
	}
	t := onnxfile.Bool
	if c.Opset < 10 {
		t = x.Type
	}
	mask := New(t, x.Shape)
	for i := range mask.I {
		mask.I[i] = 1
	}
	for i := range mask.F {
		mask.F[i] = 1
	}
	return []*Array{x, mask}
}
