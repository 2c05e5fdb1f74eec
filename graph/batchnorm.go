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
	batch bool // the statistics are those of x
	relu  bool
}

func (k batchNorm) String() string        { return "BatchNorm" }
func (k batchNorm) constant(i int) bool   { return i == 1 }
func (k batchNorm) overwrites(i int) bool { return i == 0 }

func (k batchNorm) fuse(next kernel) (kernel, bool) {
	u, ok := next.(unary)
	if !ok || u.fn != vec.ReLU || k.relu {
		return nil, false
	}
	k.relu = true
	return k, true
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
	vec.BatchNormApply(c.pool, k.n, k.c, k.area, input[T](c, 0), s[:k.c], s[k.c:], T(k.eps), input[T](c, 2), input[T](c, 3), output[T](c), k.relu)
}

func (k batchNorm) gradient(in []*Node, _, grad *Node) []*Node {
	x, stats, gamma := in[0], in[1], in[2]
	kind, _ := x.kind()
	packed := x.g.apply(batchNormGrad{normShape: k.normShape, batch: k.batch}, kind, []int{x.Len() + 2*k.c}, x, stats, gamma, grad)
	return []*Node{
		packed.view("BatchNorm input gradient", 0, x.shape()),
		nil,
		packed.view("BatchNorm gamma gradient", x.Len(), []int{k.c}),
		packed.view("BatchNorm beta gradient", x.Len()+k.c, []int{k.c}),
	}
}

// batchNormGrad is dx, dγ, dβ, packed, from x, the statistics, γ and dy.
type batchNormGrad struct {
	noGradient
	normShape
	batch bool // the statistics are those of x, else they are constants
}

func (k batchNormGrad) String() string { return "BatchNorm gradient" }

func (k batchNormGrad) compute(c *call) error {
	if c.double() {
		normGrad[float64](k, c)
	} else {
		normGrad[float32](k, c)
	}
	return nil
}

func normGrad[T vec.Float](k batchNormGrad, c *call) {
	s, d := input[T](c, 1), output[T](c)
	size := k.n * k.c * k.area
	x, gamma, dy := input[T](c, 0), input[T](c, 2), input[T](c, 3)
	dx, dgamma, dbeta := d[:size], d[size:size+k.c], d[size+k.c:]
	if k.batch {
		vec.BatchNormGrad(c.pool, k.n, k.c, k.area, x, s[:k.c], s[k.c:], T(k.eps), gamma, dy, dx, dgamma, dbeta)
	} else {
		vec.BatchNormFixedGrad(c.pool, k.n, k.c, k.area, x, s[:k.c], s[k.c:], T(k.eps), gamma, dy, dx, dgamma, dbeta)
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
