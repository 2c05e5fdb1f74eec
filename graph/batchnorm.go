package graph

import "github.com/hocsau/hocsau/internal/kernels/vec"

// normShape is [N, C, area], the channels between the averaged axes.
type normShape struct {
	n, c, area int
	eps        float64
}

// batchStats is the mean and the biased variance of each channel, packed.
type batchStats struct {
	noGradient
	normShape
}

func (k batchStats) String() string { return "BatchNorm statistics" }

func (k batchStats) describe() Description {
	return describe("BatchNormStatistics")
}

func (k batchStats) compute(c *call) error {
	if c.double() {
		stats[float64](k, c)
	} else {
		stats[float32](k, c)
	}
	return nil
}

func stats[T vec.Float](k batchStats, c *call) {
	s := output[T](c)
	vec.BatchNormStats(c.pool, k.n, k.c, k.area, input[T](c, 0), s[:k.c], s[k.c:])
}

// batchNorm is γ(x − μ)/√(σ² + ε) + β from x, the packed statistics, γ and β.
// With batch statistics its gradient is that through them as well.
type batchNorm struct {
	normShape
	batch   bool // the statistics are those of x
	rectify vec.Rectify[float64]
}

func (k batchNorm) String() string { return "BatchNorm" }

func (k batchNorm) describe() Description {
	return describe("BatchNorm", "epsilon", k.eps, "batch_statistics", k.batch)
}
func (k batchNorm) constant(i int) bool   { return i == 1 }
func (k batchNorm) overwrites(i int) bool { return i == 0 }

func (k batchNorm) fuse(next kernel) (kernel, bool) {
	u, ok := next.(unary)
	if !ok || k.rectify.On {
		return nil, false
	}
	k.rectify, ok = u.rectify()
	return k, ok
}

// rectify returns the activation in the form of the normalisation's kernels.
func (u unary) rectify() (r vec.Rectify[float64], ok bool) {
	switch {
	case u.fn == vec.ReLU:
		return vec.Rectify[float64]{On: true}, true
	case u.fn == vec.LeakyReLU && u.alpha > 0:
		return vec.Rectify[float64]{On: true, Slope: u.alpha}, true
	}
	return r, false
}

func rectifier[T vec.Float](r vec.Rectify[float64]) vec.Rectify[T] {
	return vec.Rectify[T]{On: r.On, Slope: T(r.Slope)}
}

func (k batchNorm) compute(c *call) error {
	if c.double() {
		normApply[float64](k, c)
	} else {
		normApply[float32](k, c)
	}
	return nil
}

func normApply[T vec.Float](k batchNorm, c *call) {
	s := input[T](c, 1)
	vec.BatchNormApply(c.pool, k.n, k.c, k.area, input[T](c, 0), s[:k.c], s[k.c:], T(k.eps), input[T](c, 2), input[T](c, 3), output[T](c), rectifier[T](k.rectify))
}

func (k batchNorm) gradient(in []*Node, _, grad *Node) []*Node {
	x, stats, gamma, beta := in[0], in[1], in[2], in[3]
	kind, _ := x.kind()
	g := batchNormGrad{normShape: k.normShape, batch: k.batch}
	sums := x.g.apply(batchNormSums{g}, kind, []int{2 * k.c}, x, stats, gamma, beta, grad)
	operands := []*Node{x, stats, gamma, beta, grad}
	if k.batch {
		operands = append(operands, sums)
	}
	return []*Node{
		x.g.apply(g, kind, x.shape(), operands...),
		nil,
		sums.view("BatchNorm gamma gradient", 0, []int{k.c}),
		sums.view("BatchNorm beta gradient", k.c, []int{k.c}),
	}
}

// batchNormSums is dγ and dβ, packed, from x, the statistics, γ, β and dy.
type batchNormSums struct{ batchNormGrad }

func (k batchNormSums) String() string { return "BatchNorm parameter gradients" }

func (k batchNormSums) describe() Description {
	return describe("BatchNormParameterGradient", "epsilon", k.eps)
}
func (k batchNormSums) overwrites(int) bool { return false }

func (k batchNormSums) behind(r vec.Rectify[float64]) kernel {
	k.rectify = r
	return k
}

func (k batchNormSums) compute(c *call) error {
	if c.double() {
		normSums[float64](k, c)
	} else {
		normSums[float32](k, c)
	}
	return nil
}

func normSums[T vec.Float](k batchNormSums, c *call) {
	s, d := input[T](c, 1), output[T](c)
	vec.BatchNormSums(c.pool, k.n, k.c, k.area, input[T](c, 0), s[:k.c], s[k.c:], T(k.eps), input[T](c, 2), input[T](c, 3),
		input[T](c, 4), rectifier[T](k.rectify), d[:k.c], d[k.c:])
}

// batchNormGrad is dx from x, the statistics, γ, β, dy and, where the
// statistics are those of x, the packed dγ, dβ.
type batchNormGrad struct {
	noGradient
	normShape
	batch   bool                 // the statistics are those of x, else they are constants
	rectify vec.Rectify[float64] // dy is the gradient behind it
}

func (k batchNormGrad) String() string { return "BatchNorm input gradient" }

func (k batchNormGrad) describe() Description {
	return describe("BatchNormInputGradient", "epsilon", k.eps, "batch_statistics", k.batch)
}
func (k batchNormGrad) overwrites(i int) bool { return i == 0 || i == 4 }

// behind returns the kernel for dy behind a rectifier of the normalised x.
func (k batchNormGrad) behind(r vec.Rectify[float64]) kernel {
	k.rectify = r
	return k
}

func (k batchNormGrad) compute(c *call) error {
	if c.double() {
		normGrad[float64](k, c)
	} else {
		normGrad[float32](k, c)
	}
	return nil
}

func normGrad[T vec.Float](k batchNormGrad, c *call) {
	s, dx := input[T](c, 1), output[T](c)
	x, gamma, beta, dy := input[T](c, 0), input[T](c, 2), input[T](c, 3), input[T](c, 4)
	if k.batch {
		sums := input[T](c, 5)
		vec.BatchNormGrad(c.pool, k.n, k.c, k.area, x, s[:k.c], s[k.c:], T(k.eps), gamma, beta, dy, rectifier[T](k.rectify), sums[:k.c], sums[k.c:], dx)
	} else {
		vec.BatchNormFixedGrad(c.pool, k.n, k.c, k.area, x, s[:k.c], s[k.c:], T(k.eps), gamma, beta, dy, rectifier[T](k.rectify), dx)
	}
}

// BatchNorm normalises n [N, C, …] by the statistics of the batch and returns
// y = γ(x − μ_B)/√(σ_B² + ε) + β with the mean [C] and the biased variance [C].
// Channels need more than one value each.
//
// Source: cheatsheet §3.1; arXiv:1502.03167.
func (n *Node) BatchNorm(gamma, beta *Node, eps float64) (y, mean, variance *Node) {
	k, ok := n.normShape("BatchNorm", eps, n, gamma, beta)
	if !ok {
		return n.g.dead(), n.g.dead(), n.g.dead()
	}
	if k.n*k.area < 2 {
		d := reject("BatchNorm", []*Node{n, gamma, beta}, "one value a channel has no variance: expected a larger batch (drop the last, smaller one)")
		return d, d, d
	}
	kind, _ := n.kind()
	stats := n.g.apply(batchStats{normShape: k}, kind, []int{2 * k.c}, n)
	y = n.g.apply(batchNorm{normShape: k, batch: true}, kind, n.shape(), n, stats, gamma, beta)
	return y, stats.view("BatchNorm mean", 0, []int{k.c}), stats.view("BatchNorm variance", k.c, []int{k.c})
}

// BatchNormWith is BatchNorm with a given mean [C] and variance [C]: the
// running values, in evaluation.
func (n *Node) BatchNormWith(mean, variance, gamma, beta *Node, eps float64) *Node {
	k, ok := n.normShape("BatchNorm", eps, n, gamma, beta, mean, variance)
	if !ok {
		return n.g.dead()
	}
	kind, _ := n.kind()
	return n.g.apply(batchNorm{normShape: k}, kind, n.shape(), n, Concat(0, mean, variance), gamma, beta)
}

func (n *Node) normShape(name string, eps float64, in ...*Node) (k normShape, ok bool) {
	if !alive(name, in...) {
		return k, false
	}
	if n.Rank() < 2 || !floats(in) {
		reject(name, in, "expected [N, C, …] of floating-point numbers")
		return k, false
	}
	s := n.shape()
	k = normShape{n: s[0], c: s[1], area: prod(s[2:]), eps: eps}
	for _, p := range in[1:] {
		if p.Rank() != 1 || p.shape()[0] != k.c {
			reject(name, in, "expected parameters [%d]", k.c)
			return k, false
		}
	}
	return k, true
}
