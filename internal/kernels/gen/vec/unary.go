package main

import "math"

// unary writes y = f(x); the constant of those that have one is alpha.
func unary(name string, unroll int, f func(x, alpha vector) vector) {
	elementwise{
		name: "map" + name, doc: "map" + name + " is " + name + " of [Map].",
		in: []string{"x"}, out: []string{"y"}, scalars: []string{"alpha"}, unroll: unroll,
		body: func(x, s []vector) []vector { return []vector{f(x[0], s[0])} },
	}.emit()
}

// without ignores the constant.
func without(f func(vector) vector) func(x, alpha vector) vector {
	return func(x, _ vector) vector { return f(x) }
}

func unaries() {
	unary("Neg", 4, without(negate))
	unary("Abs", 4, without(absolute))
	unary("Sign", 4, without(sign))
	unary("Square", 4, func(x, _ vector) vector { return mul(x, x) })
	unary("Sqrt", 2, without(root))
	unary("Exp", 3, without(exp))
	unary("Log", 2, without(log))
	unary("Log1p", 2, without(log1p))
	unary("Recip", 2, func(x, _ vector) vector { return div(copyOf(c(1)), x) })
	unary("Sigmoid", 3, without(sigmoid))
	unary("Tanh", 3, without(tanh))
	unary("ReLU", 4, func(x, _ vector) vector { return maximum(copyOf(c(0)), x) })
	unary("LeakyReLU", 4, func(x, alpha vector) vector {
		return choose(compare(x, gt, c(0)), x, mul(x, alpha))
	})
	unary("LeakyReLUMax", 4, func(x, alpha vector) vector { return maximum(mul(x, alpha), x) })
	unary("ELU", 2, func(x, alpha vector) vector {
		return choose(compare(x, gt, c(0)), x, expm1(x, alpha))
	})
	unary("ELUMax", 2, func(x, alpha vector) vector {
		e := choose(compare(x, gt, c(89)), bits(0x7f800000), expm1(x, alpha))
		return maximum(e, x)
	})
	unary("Softplus", 2, without(softplus))
	unary("LogSigmoid", 2, func(x, _ vector) vector { return negate(softplus(negate(x))) })
	unary("GELU", 2, func(x, _ vector) vector {
		phi, _ := normal(x)
		return mul(maximum(copyOf(c(-15)), x), phi) // −∞·0 is 0 here
	})
}

// sign returns −1, 1, or x itself where it is 0 or NaN.
func sign(x vector) vector {
	one := or(and(x, bits(0x80000000)), c(1))
	zero := compare(x, 8, c(0)) // equal or NaN
	return choose(zero, x, one)
}

// gradient writes dx = dy·f, where z is x or y as the operation reads.
func gradient(name string, unroll int, f func(z, dy, alpha vector) vector) {
	elementwise{
		name: "grad" + name, doc: "grad" + name + " is " + name + " of [MapGrad].",
		in: []string{"z", "dy"}, out: []string{"dx"}, scalars: []string{"alpha"}, unroll: unroll,
		body: func(x, s []vector) []vector { return []vector{f(x[0], x[1], s[0])} },
	}.emit()
}

func gradients() {
	gradient("Abs", 2, func(x, dy, _ vector) vector { return mul(dy, sign(x)) })
	gradient("Square", 4, func(x, dy, _ vector) vector { return mul(dy, add(x, x)) })
	gradient("Sqrt", 2, func(y, dy, _ vector) vector { return div(dy, add(y, y)) })
	gradient("Log", 2, func(x, dy, _ vector) vector { return div(dy, x) })
	gradient("Log1p", 2, func(x, dy, _ vector) vector { return div(dy, add(x, c(1))) })
	gradient("Recip", 4, func(y, dy, _ vector) vector { return negate(mul(dy, mul(y, y))) })
	gradient("Sigmoid", 4, func(y, dy, _ vector) vector {
		return mul(dy, mul(y, sub(copyOf(c(1)), y)))
	})
	gradient("Tanh", 4, func(y, dy, _ vector) vector {
		one := copyOf(c(1))
		return mul(dy, mul(sub(one, y), add(one, y)))
	})
	gradient("ReLU", 4, func(y, dy, _ vector) vector { return and(dy, compare(y, gt, c(0))) })
	gradient("LeakyReLU", 4, func(z, dy, alpha vector) vector {
		return choose(compare(z, gt, c(0)), dy, mul(dy, alpha))
	})
	gradient("LeakyReLUMax", 4, func(x, dy, alpha vector) vector {
		return choose(compare(x, gt, mul(x, alpha)), dy, mul(dy, alpha))
	})
	gradient("ELU", 4, func(y, dy, alpha vector) vector {
		return choose(compare(y, gt, c(0)), dy, mul(dy, add(y, alpha)))
	})
	gradient("ELUMax", 2, func(x, dy, alpha vector) vector {
		e := expm1(x, alpha)
		return choose(compare(e, gt, x), mul(dy, add(e, alpha)), dy)
	})
	gradient("Softplus", 2, func(x, dy, _ vector) vector { return mul(dy, sigmoid(x)) })
	gradient("LogSigmoid", 2, func(x, dy, _ vector) vector { return mul(dy, sigmoid(negate(x))) })
	gradient("GELU", 1, func(x, dy, _ vector) vector {
		phi, density := normal(x)
		x = maximum(copyOf(c(-15)), minimum(copyOf(c(15)), x)) // ∞·0 is 0 here
		return mul(dy, fma(mul(x, c(1/math.Sqrt(2*math.Pi))), density, phi))
	})
}
