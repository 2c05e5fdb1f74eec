package graph

import (
	"slices"

	"github.com/hocsau/hocsau/internal/kernels/rnn"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// maskedSoftmax is e^x/Σ e^x over those of the last axis of [batch, rows, n]
// whose mask [batch, n] is not 0, and 0 elsewhere; a row without any is 0.
type maskedSoftmax struct{ batch, rows, n int }

func (k maskedSoftmax) String() string { return "MaskedSoftmax" }

func (k maskedSoftmax) describe() Description {
	return describe("MaskedSoftmax", "axis", -1)
}
func (k maskedSoftmax) constant(i int) bool   { return i == 1 }
func (k maskedSoftmax) overwrites(i int) bool { return i == 0 }

func (k maskedSoftmax) compute(c *call) error {
	if c.double() {
		softmaxBelow[float64](k, c)
	} else {
		softmaxBelow[float32](k, c)
	}
	return nil
}

// softmaxBelow moves the unmasked numbers of a row to its front, and back.
func softmaxBelow[T vec.Float](k maskedSoftmax, c *call) {
	x, mask, y := input[T](c, 0), input[T](c, 1), output[T](c)
	for row := range k.batch * k.rows {
		from, to, m := x[row*k.n:][:k.n], y[row*k.n:][:k.n], mask[row/k.rows*k.n:][:k.n]
		count := 0
		for i, v := range m {
			if v != 0 {
				to[count] = from[i]
				count++
			}
		}
		if count > 0 {
			vec.Softmax(nil, 1, count, 1, to[:count], to[:count])
		}
		for i, v := range slices.Backward(m) {
			if v != 0 {
				count--
				to[i] = to[count]
			} else {
				to[i] = 0
			}
		}
	}
}

func (k maskedSoftmax) gradient(_ []*Node, out, grad *Node) []*Node {
	s := softmax{axis: out.Rank() - 1, outer: k.batch * k.rows, n: k.n, inner: 1}
	kind, _ := out.kind()
	return []*Node{out.g.apply(softmaxGrad{s: s}, kind, out.shape(), out, grad), nil}
}

// MaskedSoftmax returns e^x_i / Σ_j e^x_j along the last axis of n [N, T] or
// [N, U, T] over those whose mask [N, T] is not 0; the others are 0, and a row
// without any is all 0. The mask is a constant.
//
// Source: cheatsheet §2.7, attention weight.
func (n *Node) MaskedSoftmax(mask *Node) *Node {
	in := []*Node{n, mask}
	if !alive("MaskedSoftmax", in...) {
		return n.g.dead()
	}
	s := n.shape()
	if !floats(in) || len(s) != 2 && len(s) != 3 {
		return reject("MaskedSoftmax", in, "expected scores [N, T] or [N, U, T] and a mask of one number type")
	}
	k := maskedSoftmax{batch: s[0], rows: prod(s[1 : len(s)-1]), n: s[len(s)-1]}
	if !slices.Equal(mask.shape(), []int{k.batch, k.n}) {
		return reject("MaskedSoftmax", in, "expected a mask of shape %s", shapeString([]int{k.batch, k.n}))
	}
	return n.g.apply(k, n.numberKind(), s, n, mask)
}

// additiveScore is e = v·tanh(p + q) for each pair of rows.
type additiveScore struct{ batch, queries, keys, width int }

func (k additiveScore) String() string { return "AdditiveScore" }

func (k additiveScore) describe() Description {
	return describe("AdditiveScore")
}
func (k additiveScore) macs() int { return k.batch * k.queries * k.keys * k.width }

func (k additiveScore) compute(c *call) error {
	if c.double() {
		addScores[float64](k, c)
	} else {
		addScores[float32](k, c)
	}
	return nil
}

func addScores[T vec.Float](k additiveScore, c *call) {
	rnn.Additive(c.pool, k.batch, k.queries, k.keys, k.width, input[T](c, 0), input[T](c, 1), input[T](c, 2), output[T](c))
}

func (k additiveScore) gradient(in []*Node, out, grad *Node) []*Node {
	p, q, v := in[0], in[1], in[2]
	packed := out.g.apply(additiveScoreGrad{k: k}, out.numberKind(), []int{p.Len() + q.Len() + v.Len()}, p, q, v, grad)
	return []*Node{
		packed.view("AdditiveScore query gradient", 0, p.shape()),
		packed.view("AdditiveScore key gradient", p.Len(), q.shape()),
		packed.view("AdditiveScore vector gradient", p.Len()+q.Len(), v.shape()),
	}
}

// additiveScoreGrad is dp, dq, dv, packed, from p, q, v and de. The hyperbolic
// tangents are computed again: to keep them would take width times the scores'
// memory.
type additiveScoreGrad struct {
	noGradient
	k additiveScore
}

func (g additiveScoreGrad) String() string { return "AdditiveScore gradient" }

func (g additiveScoreGrad) describe() Description {
	return g.k.describe().gradient()
}

func (g additiveScoreGrad) compute(c *call) error {
	if c.double() {
		addScoresGrad[float64](g.k, c)
	} else {
		addScoresGrad[float32](g.k, c)
	}
	return nil
}

func addScoresGrad[T vec.Float](k additiveScore, c *call) {
	p, q, v, d := input[T](c, 0), input[T](c, 1), input[T](c, 2), output[T](c)
	dp, dq, dv := d[:len(p)], d[len(p):len(p)+len(q)], d[len(p)+len(q):]
	rnn.AdditiveGrad(c.pool, k.batch, k.queries, k.keys, k.width, p, q, v, input[T](c, 3), dp, dq, dv)
}

// AdditiveScore returns the scores e [N, U, T] of additive attention,
//
//	e[n, u, t] = v · tanh(p[n, u] + q[n, t])
//
// for projected queries p = n [N, U, K], projected keys q [N, T, K] and a
// vector v [K]. The tangents are never stored.
//
// Source: arXiv:1409.0473, appendix A.1.2.
func (n *Node) AdditiveScore(q, v *Node) *Node {
	in := []*Node{n, q, v}
	if !alive("AdditiveScore", in...) {
		return n.g.dead()
	}
	if !floats(in) || n.Rank() != 3 || q.Rank() != 3 || v.Rank() != 1 {
		return reject("AdditiveScore", in, "expected queries [N, U, K], keys [N, T, K] and a vector [K] of one number type")
	}
	sp, sq := n.shape(), q.shape()
	if sp[0] != sq[0] || sp[2] != sq[2] || v.shape()[0] != sp[2] {
		return reject("AdditiveScore", in, "expected keys [%d, T, %d] and a vector [%d]", sp[0], sp[2], sp[2])
	}
	k := additiveScore{batch: sp[0], queries: sp[1], keys: sq[1], width: sp[2]}
	return n.g.apply(k, n.numberKind(), []int{k.batch, k.queries, k.keys}, in...)
}
