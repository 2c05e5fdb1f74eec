package graph_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
)

// A script is what a random graph is built from: the same script gives the
// same graph, over another store or with other settings.
type script struct {
	dtype graph.DType
	shape []int // of the input
	steps []step
	fetch []int // which of the nodes, modulo their number
}

type step struct{ op, a, b, k int }

func drawScript(t *rapid.T) script {
	small := rapid.IntRange(0, 1<<10)
	s := script{dtype: graph.DType(rapid.IntRange(0, 1).Draw(t, "dtype"))}
	s.shape = []int{rapid.IntRange(1, 3).Draw(t, "N"), rapid.IntRange(1, 4).Draw(t, "C"), rapid.IntRange(1, 6).Draw(t, "H"), rapid.IntRange(1, 6).Draw(t, "W")}
	s.steps = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{small.Draw(t, "op"), small.Draw(t, "a"), small.Draw(t, "b"), small.Draw(t, "k")}
	}), 1, 25).Draw(t, "steps")
	s.fetch = rapid.SliceOfN(small, 0, 3).Draw(t, "fetch")
	return s
}

// A term is a node and what computes the same plainly.
type term struct {
	node  *graph.Node
	plain func(e *evaluation) array
}

func (t *term) shape() []int { return t.node.Shape() }

// on makes the term of a function of one term.
func (t *term) on(node *graph.Node, plain func(a array) array) *term {
	return &term{node, func(e *evaluation) array { return plain(e.of(t)) }}
}

// and makes the term of a function of two terms.
func (t *term) and(b *term, node *graph.Node, plain func(a, b array) array) *term {
	return &term{node, func(e *evaluation) array { return plain(e.of(t), e.of(b)) }}
}

// randomGraph builds a graph from a script.
type randomGraph struct {
	g     *graph.Graph
	terms []*term
	made  int
	drops map[string][]int // the shapes of dropout's masks by name
}

// leaf makes the term of the input or of a parameter.
func leaf(name string, n *graph.Node) *term {
	return &term{n, func(e *evaluation) array { return e.leaf(name, n.Shape()...) }}
}

// param makes a parameter of the shape.
func (r *randomGraph) param(shape ...int) *term {
	r.made++
	name := fmt.Sprintf("p%d", r.made)
	return leaf(name, r.g.Scope().Param(name, nn.Normal(0, 0.5), shape...))
}

// like returns an earlier term of t's shape, or a parameter that broadcasts.
func (r *randomGraph) like(t *term, k int) *term {
	for i := range r.terms {
		if m := r.terms[(i+k)%len(r.terms)]; k%3 != 0 && slices.Equal(m.shape(), t.shape()) {
			return m
		}
	}
	shape := slices.Clone(t.shape())
	for a := range shape {
		if k>>a&1 == 1 {
			shape[a] = 1
		}
	}
	if len(shape) == 0 {
		p := r.param(1)
		return p.on(p.node.Reshape(), func(a array) array { return a.reshape() })
	}
	return r.param(shape...)
}

// unary are functions of one number: the operation, f and f'.
var unary = []struct {
	node     func(n *graph.Node) *graph.Node
	f, slope func(x float64) float64
}{
	{(*graph.Node).Tanh, math.Tanh, func(x float64) float64 { return 1 - math.Tanh(x)*math.Tanh(x) }},
	{(*graph.Node).Sigmoid, logistic, func(x float64) float64 { return logistic(x) * logistic(-x) }},
	{(*graph.Node).ReLU, func(x float64) float64 { return max(x, 0) }, positive},
	{(*graph.Node).Neg, func(x float64) float64 { return -x }, func(float64) float64 { return -1 }},
	{(*graph.Node).Softplus, softplus, logistic},
	{(*graph.Node).Abs, math.Abs, func(x float64) float64 { return positive(x) - positive(-x) }},
	{(*graph.Node).LogSigmoid, func(x float64) float64 { return min(x, 0) - math.Log1p(math.Exp(-math.Abs(x))) }, func(x float64) float64 { return logistic(-x) }},
	{(*graph.Node).GELU, func(x float64) float64 { return x * normal(x) }, func(x float64) float64 {
		return normal(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
	}},
	{func(n *graph.Node) *graph.Node { return n.LeakyReLU(0.1) }, func(x float64) float64 { return max(x, 0.1*x) }, func(x float64) float64 { return 0.1 + 0.9*positive(x) }},
	{func(n *graph.Node) *graph.Node { return n.ELU(1) }, func(x float64) float64 { return max(x, 0) + math.Expm1(min(x, 0)) }, func(x float64) float64 { return math.Exp(min(x, 0)) }},
	{func(n *graph.Node) *graph.Node { return n.Scale(0.7) }, func(x float64) float64 { return 0.7 * x }, func(float64) float64 { return 0.7 }},
	{func(n *graph.Node) *graph.Node { return n.Shift(-0.2) }, func(x float64) float64 { return x - 0.2 }, func(float64) float64 { return 1 }},
	{func(n *graph.Node) *graph.Node { return n.Clip(0.8) }, func(x float64) float64 { return min(max(x, -0.8), 0.8) }, func(x float64) float64 { return positive(0.8 - math.Abs(x)) }},
	{func(n *graph.Node) *graph.Node { return n.Clip(3).Square() }, func(x float64) float64 { return min(x*x, 9) }, func(x float64) float64 { return 2 * x * positive(3-math.Abs(x)) }},
	{func(n *graph.Node) *graph.Node { return n.Tanh().Exp() }, func(x float64) float64 { return math.Exp(math.Tanh(x)) }, func(x float64) float64 {
		return math.Exp(math.Tanh(x)) * (1 - math.Tanh(x)*math.Tanh(x))
	}},
	{func(n *graph.Node) *graph.Node { return n.Sigmoid().Shift(0.1).Log() }, func(x float64) float64 { return math.Log(logistic(x) + 0.1) }, func(x float64) float64 {
		return logistic(x) * logistic(-x) / (logistic(x) + 0.1)
	}},
	{func(n *graph.Node) *graph.Node { return n.Sigmoid().Shift(0.1).Sqrt() }, func(x float64) float64 { return math.Sqrt(logistic(x) + 0.1) }, func(x float64) float64 {
		return logistic(x) * logistic(-x) / (2 * math.Sqrt(logistic(x)+0.1))
	}},
	{func(n *graph.Node) *graph.Node { return n.Sigmoid().Shift(0.5).Reciprocal() }, func(x float64) float64 { return 1 / (logistic(x) + 0.5) }, func(x float64) float64 {
		return -logistic(x) * logistic(-x) / ((logistic(x) + 0.5) * (logistic(x) + 0.5))
	}},
	{func(n *graph.Node) *graph.Node { return n.Clamp(math.Inf(-1), 0.6) }, func(x float64) float64 { return min(x, 0.6) }, func(x float64) float64 { return positive(0.6 - x) }},
	{func(n *graph.Node) *graph.Node { return n.PowScalar(2) }, func(x float64) float64 { return x * x }, func(x float64) float64 { return 2 * x }},
	{func(n *graph.Node) *graph.Node { return n.Softplus().Shift(0.1).PowScalar(0.7) }, func(x float64) float64 { return math.Pow(softplus(x)+0.1, 0.7) }, func(x float64) float64 {
		return 0.7 * math.Pow(softplus(x)+0.1, -0.3) * logistic(x)
	}},
	{(*graph.Node).Detach, func(x float64) float64 { return x }, func(float64) float64 { return 0 }},
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func normal(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

func positive(x float64) float64 {
	if x > 0 {
		return 1
	}
	return 0
}

func (r *randomGraph) apply(s step) *term {
	t := r.terms[s.a%len(r.terms)]
	rank := t.node.Rank()
	if s.op%4 == 0 || rank == 0 {
		u := unary[s.b%len(unary)]
		return t.on(u.node(t.node), func(a array) array {
			return a.each(func(x dual) dual { return x.by(u.f(x.v), u.slope(x.v)) })
		})
	}
	shapes := [][]func(t *term, s step) *term{r.ofAnyShape()}
	switch rank {
	case 2:
		shapes = append(shapes, r.ofMatrices())
	case 3:
		shapes = append(shapes, r.ofBatches())
	case 4:
		shapes = append(shapes, r.ofImages())
	}
	every := slices.Concat(shapes...)
	return every[s.k%len(every)](t, s)
}

func (r *randomGraph) ofAnyShape() []func(t *term, s step) *term {
	pair := func(node func(n, m *graph.Node) *graph.Node, plain func(a, b dual) dual) func(t *term, s step) *term {
		return func(t *term, s step) *term {
			u := r.like(t, s.b)
			return t.and(u, node(t.node, u.node), func(a, b array) array { return a.with(b, plain) })
		}
	}
	one := func(node func(n *graph.Node, axis int, s step) *graph.Node, plain func(a array, axis int, s step) array) func(t *term, s step) *term {
		return func(t *term, s step) *term {
			axis := s.b % t.node.Rank()
			return t.on(node(t.node, axis, s), func(a array) array { return plain(a, axis, s) })
		}
	}
	perm := func(rank int, s step) []int { return rand.New(rand.NewPCG(uint64(s.b), 0)).Perm(rank) }
	bounds := func(size int, s step) (lo, hi int) {
		lo = s.k % size
		return lo, lo + 1 + s.op%(size-lo)
	}
	return []func(t *term, s step) *term{
		pair((*graph.Node).Add, dual.add),
		pair((*graph.Node).Sub, func(a, b dual) dual { return a.add(b.scale(-1)) }),
		pair((*graph.Node).Mul, dual.mul),
		pair(func(n, m *graph.Node) *graph.Node { return n.Div(m.Tanh().Shift(2)) }, func(a, b dual) dual {
			th := math.Tanh(b.v)
			return a.mul(b.by(th+2, 1-th*th).inverse())
		}),
		pair(func(n, m *graph.Node) *graph.Node { return n.Sigmoid().Shift(0.2).Pow(m) }, func(a, b dual) dual {
			base := a.by(logistic(a.v)+0.2, logistic(a.v)*logistic(-a.v))
			return base.log().mul(b).exp()
		}),
		pair(func(n, m *graph.Node) *graph.Node { return graph.Where(n.Gt(m), n.Tanh(), m.Neg()) }, func(a, b dual) dual {
			if a.v > b.v {
				return a.by(math.Tanh(a.v), 1-math.Tanh(a.v)*math.Tanh(a.v))
			}
			return b.scale(-1)
		}),
		pair((*graph.Node).Maximum, func(a, b dual) dual {
			switch {
			case a.v > b.v:
				return a
			case a.v == b.v:
				return a.add(b).scale(0.5)
			}
			return b
		}),
		pair((*graph.Node).Minimum, func(a, b dual) dual {
			switch {
			case b.v < a.v:
				return b
			case a.v == b.v:
				return a.add(b).scale(0.5)
			}
			return a
		}),
		one(func(n *graph.Node, axis int, _ step) *graph.Node { return n.Softmax(axis) },
			func(a array, axis int, _ step) array { return a.logSoftmax(axis).each(dual.exp) }),
		one(func(n *graph.Node, axis int, _ step) *graph.Node { return n.LogSoftmax(axis) },
			func(a array, axis int, _ step) array { return a.logSoftmax(axis) }),
		one(func(n *graph.Node, _ int, _ step) *graph.Node { return n.Reshape(-1, n.Dim(-1)) },
			func(a array, _ int, _ step) array {
				last := a.shape[len(a.shape)-1]
				return a.reshape(len(a.v)/last, last)
			}),
		one(func(n *graph.Node, _ int, s step) *graph.Node { return n.Transpose(perm(n.Rank(), s)...) },
			func(a array, _ int, s step) array { return a.transpose(perm(len(a.shape), s)...) }),
		one(func(n *graph.Node, axis int, s step) *graph.Node {
			lo, hi := bounds(n.Dim(axis), s)
			return n.Slice(axis, lo, hi)
		}, func(a array, axis int, s step) array {
			lo, hi := bounds(a.shape[axis], s)
			return a.window(axis, lo, hi)
		}),
		one(func(n *graph.Node, axis int, s step) *graph.Node { return n.PadAxis(axis, s.k%2, s.op%3) },
			func(a array, axis int, s step) array { return a.window(axis, -(s.k % 2), a.shape[axis]+s.op%3) }),
		one(func(n *graph.Node, axis int, _ step) *graph.Node { return graph.Concat(axis, n, n.Tanh()) },
			func(a array, axis int, _ step) array {
				return a.concat(axis, a.each(func(x dual) dual {
					th := math.Tanh(x.v)
					return x.by(th, 1-th*th)
				}))
			}),
		one(func(n *graph.Node, axis int, s step) *graph.Node { return n.Index(axis, s.k%n.Dim(axis)) },
			func(a array, axis int, s step) array {
				i := s.k % a.shape[axis]
				return a.window(axis, i, i+1).reshape(slices.Delete(slices.Clone(a.shape), axis, axis+1)...)
			}),
		one(func(n *graph.Node, axis int, _ step) *graph.Node { return n.Sum(axis) },
			func(a array, axis int, _ step) array { return a.sum(but(axis)) }),
		one(func(n *graph.Node, axis int, _ step) *graph.Node { return n.Mean(axis) },
			func(a array, axis int, _ step) array { return a.mean(but(axis)) }),
		one(func(n *graph.Node, axis int, _ step) *graph.Node { return n.Max(axis) },
			func(a array, axis int, _ step) array { return a.max(but(axis)) }),
		one(func(n *graph.Node, _ int, _ step) *graph.Node { return n.Mean() },
			func(a array, _ int, _ step) array { return a.mean(none) }),
		r.dropout,
	}
}

// dropProbability is that with which an element is dropped.
const dropProbability = 0.3

func (r *randomGraph) dropout(t *term, _ step) *term {
	name := fmt.Sprintf("drop%d", len(r.terms))
	r.drops[name] = t.shape()
	return &term{t.node.Dropout(r.g.Scope(), name, dropProbability), func(e *evaluation) array {
		y := e.of(t).each(func(x dual) dual { return x })
		for i, factor := range e.masks[name] {
			y.v[i] = y.v[i].scale(factor)
		}
		return y
	}}
}

func (r *randomGraph) ofMatrices() []func(t *term, s step) *term {
	return []func(t *term, s step) *term{
		func(t *term, s step) *term {
			w, b := r.param(1+s.b%5, t.node.Dim(1)), r.param(1+s.b%5)
			return &term{t.node.Linear(w.node, b.node), func(e *evaluation) array {
				return e.of(t).matMul(e.of(w).transpose(1, 0)).with(e.of(b).apart(0), dual.add)
			}}
		},
		func(t *term, s step) *term {
			w := r.param(t.node.Dim(1), 1+s.b%5)
			return t.and(w, t.node.MatMul(w.node), array.matMul)
		},
		func(t *term, _ step) *term {
			return t.on(t.node.MatMulT(t.node), func(a array) array { return a.matMul(a.transpose(1, 0)) })
		},
		func(t *term, _ step) *term {
			return t.on(t.node.TMatMul(t.node), func(a array) array { return a.transpose(1, 0).matMul(a) })
		},
	}
}

func (r *randomGraph) ofBatches() []func(t *term, s step) *term {
	return []func(t *term, s step) *term{
		func(t *term, s step) *term {
			w := r.param(t.node.Dim(0), t.node.Dim(2), 1+s.b%5)
			return t.and(w, t.node.MatMul(w.node), array.matMul)
		},
		func(t *term, _ step) *term {
			return t.on(t.node.MatMulT(t.node), func(a array) array { return a.matMul(a.transpose(0, 2, 1)) })
		},
	}
}

func (r *randomGraph) ofImages() []func(t *term, s step) *term {
	bias := func(a, b array) array { return a.with(b.reshape(1, len(b.v), 1, 1), dual.add) }
	return []func(t *term, s step) *term{
		func(t *term, s step) *term {
			k, stride := 1+s.b%4, 1+s.k%2
			w, b := r.param(k, t.node.Dim(1), 3, 3), r.param(k)
			n := t.node.Conv(w.node, b.node, graph.ConvOpts{Stride: []int{stride}, Pad: [][2]int{{1, 1}}})
			if s.op%3 == 0 { // what follows a convolution is computed with it
				n = n.ReLU()
			}
			return &term{n, func(e *evaluation) array {
				y := bias(e.of(t).conv(e.of(w), stride, 1, 1, 1), e.of(b))
				if s.op%3 == 0 {
					y = y.each(func(x dual) dual { return x.scale(positive(x.v)) })
				}
				return y
			}}
		},
		func(t *term, _ step) *term { // a filter for each channel
			c := t.node.Dim(1)
			w, b := r.param(c, 1, 3, 3), r.param(c)
			n := t.node.Conv(w.node, b.node, graph.ConvOpts{Dilation: []int{2}, Pad: [][2]int{{2, 2}}, Groups: c})
			return &term{n, func(e *evaluation) array {
				return bias(e.of(t).conv(e.of(w), 1, 2, 2, c), e.of(b))
			}}
		},
		func(t *term, s step) *term {
			k, stride := 1+s.b%4, 1+s.k%2
			w, b := r.param(t.node.Dim(1), k, 2, 2), r.param(k)
			return &term{t.node.ConvTranspose(w.node, b.node, graph.ConvOpts{Stride: []int{stride}}), func(e *evaluation) array {
				return bias(e.of(t).convTranspose(e.of(w), stride), e.of(b))
			}}
		},
		func(t *term, _ step) *term {
			n := t.node.MaxPool(graph.PoolOpts{Kernel: []int{2}, Stride: []int{1}, Pad: [][2]int{{1, 0}}})
			return t.on(n, func(a array) array {
				return a.pool(1, 1, 0, func(best, v dual, first bool) dual {
					if first || v.v > best.v {
						return v
					}
					return best
				})
			})
		},
		func(t *term, _ step) *term {
			n := t.node.AvgPool(graph.PoolOpts{Kernel: []int{2}, Stride: []int{2}, Pad: [][2]int{{0, 1}}})
			return t.on(n, func(a array) array {
				return a.pool(2, 0, 1, func(sum, v dual, _ bool) dual { return sum.add(v.scale(0.25)) })
			})
		},
		func(t *term, _ step) *term {
			c := t.node.Dim(1)
			if t.node.Len()/c < 2 {
				return t
			}
			name := fmt.Sprintf("bn%d", len(r.terms))
			n := nn.NewBatchNorm2d(r.g.Scope().At(name), c, nn.BatchNormOpts{}).Forward(t.node)
			return &term{n, func(e *evaluation) array {
				return e.of(t).batchNorm(e.leaf(name+".weight", c), e.leaf(name+".bias", c), 1e-5)
			}}
		},
		func(t *term, s step) *term {
			h, w := 1+s.b%6, 1+s.k%6
			return t.on(t.node.UpsampleNearest(h, w), func(a array) array {
				return a.resize(h, w, func(i, in, out int) float64 { return float64(i * in / out) })
			})
		},
		func(t *term, s step) *term {
			h, w, align := 1+s.b%6, 1+s.k%6, s.op%2 == 0
			return t.on(t.node.UpsampleBilinear(h, w, align), func(a array) array {
				return a.resize(h, w, func(i, in, out int) float64 {
					if align {
						return float64(i*(in-1)) / float64(max(out-1, 1))
					}
					return max((float64(i)+0.5)*float64(in)/float64(out)-0.5, 0)
				})
			})
		},
		func(t *term, s step) *term {
			stride := 1 + s.b%3
			return t.on(t.node.Subsample(stride), func(a array) array {
				size := func(axis int) int { return (a.shape[axis] + stride - 1) / stride }
				return newArray(a.shape[0], a.shape[1], size(2), size(3)).fill(func(at []int) dual {
					return *a.at(at[0], at[1], at[2]*stride, at[3]*stride)
				})
			})
		},
		func(t *term, _ step) *term {
			return t.on(t.node.GlobalAvgPool(), func(a array) array {
				return a.mean(func(axis int) bool { return axis < 2 })
			})
		},
		func(t *term, _ step) *term {
			return t.on(t.node.GlobalMaxPool(), func(a array) array {
				return a.max(func(axis int) bool { return axis < 2 })
			})
		},
	}
}
