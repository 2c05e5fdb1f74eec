package onnxeval

import (
	"math"
	"slices"
	"strings"
)

// multiplying has the products of matrices.
var multiplying = map[string]operator{
	"MatMul": matMul, "Gemm": gemm, "Einsum": einsum, "Det": det,
	"MatMulInteger": matMulInteger, "QLinearMatMul": qLinearMatMul,
}

func matMul(c *call) []*Array {
	y := c.product(c.in(0), c.in(1))
	if c.err != nil {
		return nil
	}
	return one(y.rounded())
}

// product is that of NumPy's matmul, not rounded yet.
func (c *call) product(a, b *Array) *Array {
	sa, sb := slices.Clone(a.Shape), slices.Clone(b.Shape)
	if len(sa) == 0 || len(sb) == 0 || a.Type != b.Type {
		c.fail("expected matrices or vectors of one type")
		return nil
	}
	rowVector, colVector := len(sa) == 1, len(sb) == 1
	if rowVector {
		sa = []int{1, sa[0]}
	}
	if colVector {
		sb = []int{sb[0], 1}
	}
	m, k, n := sa[len(sa)-2], sa[len(sa)-1], sb[len(sb)-1]
	batch, err := broadcast(sa[:len(sa)-2], sb[:len(sb)-2])
	if err != nil || sb[len(sb)-2] != k {
		c.fail("inner sizes %d and %d", k, sb[len(sb)-2])
		return nil
	}
	shape := slices.Clone(batch)
	if !rowVector {
		shape = append(shape, m)
	}
	if !colVector {
		shape = append(shape, n)
	}
	if !c.room(shape) {
		return nil
	}
	y := New(a.Type, shape)
	ia, ib := spread(sa[:len(sa)-2], batch), spread(sb[:len(sb)-2], batch)
	for p := range prod(batch) {
		pa, pb := at(ia, p)*m*k, at(ib, p)*k*n
		for i := range m {
			for q := range k {
				if a.IsFloat() {
					v, row := a.F[pa+i*k+q], b.F[pb+q*n:][:n]
					to := y.F[(p*m+i)*n:][:n]
					for j, w := range row {
						to[j] += v * w
					}
					continue
				}
				v, row := a.I[pa+i*k+q], b.I[pb+q*n:][:n]
				to := y.I[(p*m+i)*n:][:n]
				for j, w := range row {
					to[j] += v * w
				}
			}
		}
	}
	return y
}

func gemm(c *call) []*Array {
	a, b := c.in(0), c.in(1)
	if len(a.Shape) != 2 || len(b.Shape) != 2 {
		return c.fail("expected matrices")
	}
	if c.int("transA", 0) != 0 {
		a = a.transposed(1, 0)
	}
	if c.int("transB", 0) != 0 {
		b = b.transposed(1, 0)
	}
	y := c.product(a, b)
	if c.err != nil {
		return nil
	}
	alpha, beta := c.float("alpha", 1), c.float("beta", 1)
	d := c.maybe(2)
	var at []int
	if d != nil {
		if shape, err := broadcast(d.Shape, y.Shape); err != nil || !slices.Equal(shape, y.Shape) {
			return c.fail("C does not broadcast to %v", y.Shape)
		}
		if at = spread(d.Shape, y.Shape); at == nil {
			at = sequence(y.Len())
		}
	}
	for i := range y.Len() {
		if y.IsFloat() {
			y.F[i] *= alpha
			if d != nil {
				y.F[i] += beta * d.F[at[i]]
			}
			continue
		}
		y.I[i] = int64(float64(y.I[i]) * alpha)
		if d != nil {
			y.I[i] += int64(beta * float64(d.I[at[i]]))
		}
	}
	return one(y.rounded())
}

func matMulInteger(c *call) []*Array {
	a, b := c.in(0), c.in(1)
	y := c.product(shifted(a, c.maybe(2), max(0, len(a.Shape)-2)), shifted(b, c.maybe(3), len(b.Shape)-1))
	if c.err != nil {
		return nil
	}
	return one(sums32(y))
}

func qLinearMatMul(c *call) []*Array {
	a, b := c.in(0), c.in(3)
	if c.in(1).Len() != 1 || c.in(4).Len() != 1 || c.in(6).Len() != 1 {
		return c.unsupported("QLinearMatMul with several scales")
	}
	y := c.product(shifted(a, c.in(2), 0), shifted(b, c.in(5), 0))
	if c.err != nil {
		return nil
	}
	return one(requantized(y, []float64{c.in(1).F[0] * c.in(4).F[0] / c.in(6).F[0]}, 0, c.in(7)))
}

func det(c *call) []*Array {
	x := c.in(0)
	rank := len(x.Shape)
	if rank < 2 || x.Shape[rank-1] != x.Shape[rank-2] {
		return c.fail("expected square matrices")
	}
	n := x.Shape[rank-1]
	y := New(x.Type, x.Shape[:rank-2])
	for p := range y.F {
		m := slices.Clone(x.F[p*n*n : (p+1)*n*n])
		d := 1.0
		for i := range n {
			best := i
			for r := i + 1; r < n; r++ {
				if math.Abs(m[r*n+i]) > math.Abs(m[best*n+i]) {
					best = r
				}
			}
			if m[best*n+i] == 0 {
				d = 0
				break
			}
			if best != i {
				d = -d
				for j := range n {
					m[i*n+j], m[best*n+j] = m[best*n+j], m[i*n+j]
				}
			}
			d *= m[i*n+i]
			for r := i + 1; r < n; r++ {
				f := m[r*n+i] / m[i*n+i]
				for j := i; j < n; j++ {
					m[r*n+j] -= f * m[i*n+j]
				}
			}
		}
		y.F[p] = d
	}
	return one(y.rounded())
}

// Equation is a sum of products in Einstein's notation: a letter for each axis of
// each operand and of the result. Axes of an ellipsis have capital Greek letters.
type Equation struct {
	In  [][]rune
	Out []rune
	Dim map[rune]int
}

// ellipsis is the letter of the first axis that an ellipsis stands for, counted
// from the last.
const ellipsis = 'Α'

// ParseEquation reads the equation for operands of the given shapes.
func ParseEquation(text string, shapes [][]int) (e Equation, ok bool) {
	text = strings.ReplaceAll(text, " ", "")
	left, right, explicit := strings.Cut(text, "->")
	terms := strings.Split(left, ",")
	if len(terms) != len(shapes) {
		return e, false
	}
	e.Dim = map[rune]int{}
	widest := 0
	count := map[rune]int{}
	for i, t := range terms {
		letters, free := []rune(t), 0
		if at := strings.Index(t, "..."); at >= 0 {
			free = len(shapes[i]) - (len(letters) - 3)
			if free < 0 {
				return e, false
			}
			letters = slices.Concat([]rune(t[:at]), dots(free), []rune(t[at+3:]))
		}
		widest = max(widest, free)
		if len(letters) != len(shapes[i]) {
			return e, false
		}
		for k, l := range letters {
			count[l]++
			switch d := shapes[i][k]; {
			case e.Dim[l] == 0 || e.Dim[l] == 1:
				e.Dim[l] = d
			case d != 1 && d != e.Dim[l]:
				return e, false
			}
		}
		e.In = append(e.In, letters)
	}
	if explicit {
		at := strings.Index(right, "...")
		if at < 0 {
			e.Out = []rune(right)
		} else {
			e.Out = slices.Concat([]rune(right[:at]), dots(widest), []rune(right[at+3:]))
		}
	} else {
		e.Out = dots(widest)
		var once []rune
		for l, n := range count {
			if n == 1 && l < ellipsis {
				once = append(once, l)
			}
		}
		slices.Sort(once)
		e.Out = append(e.Out, once...)
	}
	for _, l := range e.Out {
		if _, known := e.Dim[l]; !known {
			return e, false
		}
	}
	return e, true
}

func dots(n int) []rune {
	var l []rune
	for i := n - 1; i >= 0; i-- {
		l = append(l, ellipsis+rune(i))
	}
	return l
}

func einsum(c *call) []*Array {
	var shapes [][]int
	for i := range c.Inputs {
		shapes = append(shapes, c.in(i).Shape)
	}
	e, ok := ParseEquation(c.text("equation", ""), shapes)
	if !ok {
		return c.fail("equation %q", c.text("equation", ""))
	}
	letters := slices.Clone(e.Out)
	shape := []int{}
	for _, l := range e.Out {
		shape = append(shape, e.Dim[l])
	}
	for _, in := range e.In {
		for _, l := range in {
			if !slices.Contains(letters, l) {
				letters = append(letters, l)
			}
		}
	}
	var all []int
	for _, l := range letters {
		all = append(all, e.Dim[l])
	}
	if !c.room(all) {
		return nil
	}
	places := make([][]int, len(e.In))
	for i, in := range e.In {
		step := make([]int, len(letters))
		for k, s := range strides(shapes[i]) {
			if shapes[i][k] != 1 {
				step[slices.Index(letters, in[k])] += s
			}
		}
		places[i] = walk(all, step, 0)
	}
	y := New(c.in(0).Type, shape)
	summed := prod(all[len(shape):])
	for p := range prod(all) {
		if y.IsFloat() {
			v := 1.0
			for i, at := range places {
				v *= c.Inputs[i].F[at[p]]
			}
			y.F[p/summed] += v
			continue
		}
		v := int64(1)
		for i, at := range places {
			v *= c.Inputs[i].I[at[p]]
		}
		y.I[p/summed] += v
	}
	return one(y.rounded())
}
