package onnx

import (
	"slices"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/onnxeval"
)

// summing has reductions, products of matrices and the softmax family.
var summing = map[string]lowering{
	"ReduceSum": reduce((*graph.Node).Sum), "ReduceMean": reduce((*graph.Node).Mean),
	"ReduceMax": reduce((*graph.Node).Max), "ReduceMin": reduce((*graph.Node).Min),
	"ReduceSumSquare": reduce(func(x *graph.Node, axes ...int) *graph.Node { return x.Square().Sum(axes...) }),
	"ReduceL1":        reduce(func(x *graph.Node, axes ...int) *graph.Node { return x.Abs().Sum(axes...) }),
	"ReduceL2":        reduce(func(x *graph.Node, axes ...int) *graph.Node { return x.Square().Sum(axes...).Sqrt() }),
	"ReduceLogSum":    reduce(func(x *graph.Node, axes ...int) *graph.Node { return x.Sum(axes...).Log() }),
	"Softmax":         softmax((*graph.Node).Softmax), "LogSoftmax": softmax((*graph.Node).LogSoftmax),
	"MatMul": matMul, "Gemm": gemm, "Einsum": einsum, "CumSum": cumSum,
}

func reduce(f func(x *graph.Node, axes ...int) *graph.Node) lowering {
	return func(l *lower) []*graph.Node {
		x := l.x(0)
		list, _ := l.list("axes", 1)
		if l.b.g.Err() != nil {
			return nil
		}
		if len(list) == 0 {
			if l.Int("noop_with_empty_axes", 0) != 0 {
				return l.skip("no axes")
			}
			for i := range x.Rank() {
				list = append(list, i)
			}
		}
		var axes []int
		shape := x.Shape()
		for _, a := range list {
			a = l.axis(a, x.Rank())
			axes = append(axes, a)
			if a < len(shape) {
				shape[a] = 1
			}
		}
		if x.Rank() == 0 {
			return l.skip("a scalar")
		}
		y := f(x, axes...)
		if l.Int("keepdims", 1) != 0 {
			y = y.Reshape(shape...)
		}
		return one(y)
	}
}

func softmax(f func(x *graph.Node, axis int) *graph.Node) lowering {
	return func(l *lower) []*graph.Node {
		x := l.x(0)
		if l.b.opset >= 13 {
			return one(f(x, l.Int("axis", -1)))
		}
		a := l.Int("axis", 1)
		if a < 0 {
			a += x.Rank()
		}
		if a < 0 || a >= x.Rank() {
			return l.skip("an axis that x has not")
		}
		s := x.Shape()
		return one(f(x.Reshape(volume(s[:a]), volume(s[a:])), 1).Reshape(s...))
	}
}

func matMul(l *lower) []*graph.Node { return one(l.product(l.x(0), l.x(1))) }

// product is that of NumPy's matmul.
func (l *lower) product(a, b *graph.Node) *graph.Node {
	if l.b.g.Err() != nil {
		return a
	}
	sa, sb := a.Shape(), b.Shape()
	if len(sa) == 0 || len(sb) == 0 {
		l.skip("a scalar")
		return a
	}
	row, col := len(sa) == 1, len(sb) == 1
	if row {
		sa = []int{1, sa[0]}
	}
	if col {
		sb = []int{sb[0], 1}
	}
	m, k, n := sa[len(sa)-2], sa[len(sa)-1], sb[len(sb)-1]
	if k != sb[len(sb)-2] {
		l.skip("inner sizes that differ")
		return a
	}
	var y *graph.Node
	batchA, batchB := sa[:len(sa)-2], sb[:len(sb)-2]
	rank := max(len(batchA), len(batchB))
	batch := slices.Repeat([]int{1}, rank)
	for _, s := range [][]int{batchA, batchB} {
		for i, d := range s {
			batch[rank-len(s)+i] = max(batch[rank-len(s)+i], d)
		}
	}
	if volume(batchB) == 1 { // one matrix for all rows
		y = a.Reshape(volume(batchA)*m, k).MatMul(b.Reshape(k, n))
	} else {
		full := func(x *graph.Node, own []int, r, c int) *graph.Node {
			if volume(own) == volume(batch) {
				return x.Reshape(volume(batch), r, c)
			}
			rows := places(own, batch)
			return take(x.Reshape(volume(own), r*c), 0, rows, []int{len(rows)}).Reshape(volume(batch), r, c)
		}
		y = full(a, batchA, m, k).MatMul(full(b, batchB, k, n))
	}
	shape := batch
	if !row {
		shape = append(shape, m)
	}
	if !col {
		shape = append(shape, n)
	}
	return y.Reshape(shape...)
}

func gemm(l *lower) []*graph.Node {
	a, b := l.x(0), l.x(1)
	alpha, beta := l.Float("alpha", 1), l.Float("beta", 1)
	transA, transB := l.Int("transA", 0) != 0, l.Int("transB", 0) != 0
	if l.b.g.Err() != nil {
		return nil
	}
	if a.Rank() != 2 || b.Rank() != 2 {
		return l.skip("not matrices")
	}
	var c *graph.Node
	if l.maybe(2) != nil {
		c = l.x(2)
	}
	out := b.Dim(1)
	if transB {
		out = b.Dim(0)
	}
	if !transA && transB && alpha == 1 && (c == nil || beta == 1 && c.Rank() == 1 && c.Len() == out) {
		return one(a.Linear(b, c))
	}
	if transA {
		a = a.Transpose()
	}
	var y *graph.Node
	if transB {
		y = a.MatMulT(b)
	} else {
		y = a.MatMul(b)
	}
	if alpha != 1 {
		y = y.Scale(alpha)
	}
	if c != nil {
		if beta != 1 {
			c = c.Scale(beta)
		}
		y = y.Add(toRank(c, 2))
	}
	return one(y)
}

// einsum of one or two operands is a product of matrices between transposes.
func einsum(l *lower) []*graph.Node {
	if len(l.in) > 2 {
		return l.skip("more than two operands")
	}
	var shapes [][]int
	var nodes []*graph.Node
	for i := range l.in {
		nodes = append(nodes, l.x(i))
		shapes = append(shapes, nodes[i].Shape())
	}
	if l.b.g.Err() != nil {
		return nil
	}
	e, ok := onnxeval.ParseEquation(l.Text("equation", ""), shapes)
	if !ok {
		return l.skip("an equation that does not fit")
	}
	for i, in := range e.In {
		for k, letter := range in {
			if slices.Index(in, letter) != k || shapes[i][k] != e.Dim[letter] {
				return l.skip("a diagonal or a broadcast axis")
			}
		}
	}
	if len(nodes) == 1 {
		return one(sumTo(nodes[0], e.In[0], e.Out))
	}
	a, b := nodes[0], nodes[1]
	la, lb := e.In[0], e.In[1]
	// What one operand alone has and the result has not is summed first.
	a, la = reduceTo(a, la, func(r rune) bool { return slices.Contains(lb, r) || slices.Contains(e.Out, r) })
	b, lb = reduceTo(b, lb, func(r rune) bool { return slices.Contains(la, r) || slices.Contains(e.Out, r) })
	var batch, left, right, inner []rune
	for _, r := range la {
		switch {
		case slices.Contains(lb, r) && slices.Contains(e.Out, r):
			batch = append(batch, r)
		case slices.Contains(lb, r):
			inner = append(inner, r)
		default:
			left = append(left, r)
		}
	}
	for _, r := range lb {
		if !slices.Contains(la, r) {
			right = append(right, r)
		}
	}
	size := func(rs []rune) int {
		n := 1
		for _, r := range rs {
			n *= e.Dim[r]
		}
		return n
	}
	a = permuted(a, la, slices.Concat(batch, left, inner)).Reshape(size(batch), size(left), size(inner))
	b = permuted(b, lb, slices.Concat(batch, inner, right)).Reshape(size(batch), size(inner), size(right))
	letters := slices.Concat(batch, left, right)
	shape := make([]int, len(letters))
	for i, r := range letters {
		shape[i] = e.Dim[r]
	}
	return one(permuted(a.MatMul(b).Reshape(shape...), letters, e.Out))
}

// permuted brings the axes from one order of letters into another.
func permuted(x *graph.Node, from, to []rune) *graph.Node {
	if len(to) < 2 {
		return x
	}
	perm := make([]int, len(to))
	for i, r := range to {
		perm[i] = slices.Index(from, r)
	}
	return x.Transpose(perm...)
}

func reduceTo(x *graph.Node, letters []rune, keep func(rune) bool) (*graph.Node, []rune) {
	var axes []int
	var kept []rune
	for i, r := range letters {
		if keep(r) {
			kept = append(kept, r)
		} else {
			axes = append(axes, i)
		}
	}
	if len(axes) > 0 {
		x = x.Sum(axes...)
	}
	return x, kept
}

func sumTo(x *graph.Node, from, to []rune) *graph.Node {
	x, kept := reduceTo(x, from, func(r rune) bool { return slices.Contains(to, r) })
	return permuted(x, kept, to).Scale(1)
}

func cumSum(l *lower) []*graph.Node {
	x := l.x(0)
	at := l.known(1)
	if at == nil || x.Rank() == 0 {
		return l.skip("an axis that is computed")
	}
	axis := l.axis(at.Ints()[0], x.Rank())
	n := x.Dim(axis)
	if n > 2048 {
		return l.skip("a long axis")
	}
	exclusive, reverse := l.Int("exclusive", 0) != 0, l.Int("reverse", 0) != 0
	taps := make([][]graph.Tap, n)
	for i := range taps {
		for j := range n {
			before := j < i && !reverse || j > i && reverse || j == i && !exclusive
			if before {
				taps[i] = append(taps[i], graph.Tap{At: j, Weight: 1})
			}
		}
	}
	return one(x.Combine(axis, taps))
}
