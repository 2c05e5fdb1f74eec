package graph

import (
	"slices"

	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// nll is −Σ_c q_c·logp_c for each row, where q is the label's one-hot row,
// smoothed by s, each class weighted by w_c:
//
//	ℓ_r = −(1 − s)·w_y·logp[r, y] − s/C · Σ_c w_c·logp[r, c]
//
// Inputs are logp [rows, classes], labels [rows] and, where weighted, w [classes].
type nll struct {
	rows, classes int
	smoothing     float64
	weighted      bool
}

func (k nll) String() string { return "NLL" }

func (k nll) describe() Description {
	return describe("NLL", "smoothing", k.smoothing, "weighted", k.weighted)
}
func (k nll) constant(i int) bool { return i > 0 }

func (k nll) compute(c *call) error {
	if err := inRange("label", c.ints(1), k.classes); err != nil {
		return err
	}
	if c.double() {
		nllRows[float64](k, c)
	} else {
		nllRows[float32](k, c)
	}
	return nil
}

func nllRows[T vec.Float](k nll, c *call) {
	logp, labels, loss := input[T](c, 0), c.ints(1), output[T](c)
	var w []T
	if k.weighted {
		w = input[T](c, 2)
	}
	keep, share := T(1-k.smoothing), T(k.smoothing/float64(k.classes))
	for r, y := range labels {
		row := logp[r*k.classes : (r+1)*k.classes]
		l := keep * weighed(row, w, y)
		if share != 0 {
			var sum T
			for i := range row {
				sum += weighed(row, w, i)
			}
			l += share * sum
		}
		loss[r] = -l
	}
}

// weighed is w_c·logp_c, 0 for a class of weight 0 however improbable it is.
func weighed[T vec.Float](logp, w []T, c int) T {
	switch {
	case w == nil:
		return logp[c]
	case w[c] == 0:
		return 0
	}
	return w[c] * logp[c]
}

func (k nll) gradient(in []*Node, _, grad *Node) []*Node {
	kind, _ := grad.kind()
	operands := slices.Concat([]*Node{grad}, in[1:])
	return append([]*Node{grad.g.apply(nllGrad{k: k}, kind, in[0].shape(), operands...)}, make([]*Node, len(in)-1)...)
}

// nllGrad is −q·dℓ, from dℓ [rows], labels and class weights.
type nllGrad struct {
	noGradient
	k nll
}

func (g nllGrad) String() string { return "NLL gradient" }

func (g nllGrad) describe() Description {
	return g.k.describe().gradient()
}

func (g nllGrad) compute(c *call) error {
	if c.double() {
		nllGradRows[float64](g.k, c)
	} else {
		nllGradRows[float32](g.k, c)
	}
	return nil
}

func nllGradRows[T vec.Float](k nll, c *call) {
	dl, labels, dlogp := input[T](c, 0), c.ints(1), output[T](c)
	clear(dlogp)
	var w []T
	if k.weighted {
		w = input[T](c, 2)
	}
	for r, y := range labels {
		subtract(k, dlogp[r*k.classes:(r+1)*k.classes], y, dl[r], w)
	}
}

// subtract takes q·dl from row.
func subtract[T vec.Float](k nll, row []T, y int, dl T, w []T) {
	keep, share := T(1-k.smoothing), T(k.smoothing/float64(k.classes))*dl
	if share != 0 {
		for i := range row {
			if w != nil {
				row[i] -= share * w[i]
			} else {
				row[i] -= share
			}
		}
	}
	if w != nil {
		keep *= w[y]
	}
	row[y] -= keep * dl
}

// mass returns Σ_c q_c.
func mass[T vec.Float](k nll, y int, w []T, total T) T {
	if w == nil {
		return 1
	}
	return T(1-k.smoothing)*w[y] + T(k.smoothing/float64(k.classes))*total
}

// crossEntropyGrad is the gradient of nll(LogSoftmax(z)) by z in one pass:
//
//	dz = dℓ·(e^logp·Σ_c q_c − q)
//
// from logp, dℓ, labels and class weights.
type crossEntropyGrad struct {
	noGradient
	k nll
}

func (g crossEntropyGrad) String() string { return "CrossEntropy gradient" }

func (g crossEntropyGrad) describe() Description {
	return describe("CrossEntropyGradient", "smoothing", g.k.smoothing, "weighted", g.k.weighted)
}
func (g crossEntropyGrad) overwrites(i int) bool { return i == 0 }

func (g crossEntropyGrad) compute(c *call) error {
	if c.double() {
		crossEntropyRows[float64](g.k, c)
	} else {
		crossEntropyRows[float32](g.k, c)
	}
	return nil
}

func crossEntropyRows[T vec.Float](k nll, c *call) {
	logp, dl, labels, dz := input[T](c, 0), input[T](c, 1), c.ints(2), output[T](c)
	var w []T
	var total T
	if k.weighted {
		w = input[T](c, 3)
		total = vec.Sum(nil, w)
	}
	vec.Map(c.pool, vec.Exp, logp, dz, 0)
	for r, y := range labels {
		row := dz[r*k.classes : (r+1)*k.classes]
		vec.Map(nil, vec.Scale, row, row, dl[r]*mass(k, y, w, total))
		subtract(k, row, y, dl[r], w)
	}
}

// crossEntropyGradient joins the gradients of nll and LogSoftmax where grad,
// the gradient by out, is the former's and nothing else.
func crossEntropyGradient(s softmax, out, grad *Node) (*Node, bool) {
	o, ok := grad.n.Op().(*op)
	if !ok || !s.log || s.inner != 1 {
		return nil, false
	}
	g, ok := o.kernel.(nllGrad)
	if !ok {
		return nil, false
	}
	kind, _ := out.kind()
	operands := []*Node{out}
	for _, child := range children(grad.n) {
		operands = append(operands, &Node{out.g, child})
	}
	return out.g.apply(crossEntropyGrad{k: g.k}, kind, out.shape(), operands...), true
}

// NLLOpts are the settings of [Node.NLL]; the zero value is the plain form.
type NLLOpts struct {
	// Smoothing s in [0, 1) gives the share s of the target evenly to all
	// classes.
	Smoothing float64
	// ClassWeights [classes], nil for ones.
	ClassWeights *Node
}

// NLL returns, for each row of log-probabilities n [N, C] and its label, the
// negative log-likelihood [N]. A label out of range fails the run. After
// LogSoftmax it is the cross-entropy, whose gradient is computed in one pass.
func (n *Node) NLL(labels *Node, o NLLOpts) *Node {
	in := []*Node{n, labels}
	if o.ClassWeights != nil {
		in = append(in, o.ClassWeights)
	}
	if !alive("NLL", in...) {
		return n.g.dead()
	}
	if n.Rank() != 2 || !floats(in[:1]) {
		return reject("NLL", in, "expected log-probabilities [N, C]")
	}
	k := nll{rows: n.shape()[0], classes: n.shape()[1], smoothing: o.Smoothing, weighted: o.ClassWeights != nil}
	switch kind, ok := labels.kind(); {
	case !ok || kind != kindInt:
		return reject("NLL", in, "expected integer labels; Labels makes them")
	case labels.Rank() != 1 || labels.shape()[0] != k.rows:
		return reject("NLL", in, "expected labels [%d]", k.rows)
	case o.ClassWeights != nil && (o.ClassWeights.Rank() != 1 || o.ClassWeights.shape()[0] != k.classes):
		return reject("NLL", in, "expected class weights [%d]", k.classes)
	case !(o.Smoothing >= 0 && o.Smoothing < 1):
		return reject("NLL", in, "smoothing %g, expected in [0, 1)", o.Smoothing)
	}
	kind, _ := n.kind()
	return n.g.apply(k, kind, []int{k.rows}, in...)
}
