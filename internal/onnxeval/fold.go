package onnxeval

import (
	"math"
	"slices"

	"github.com/hocsau/hocsau/internal/onnxfile"
)

// folding has the operators that reduce or accumulate along axes.
var folding = map[string]operator{
	"ReduceSum":       reduce(0, func(s, v float64) float64 { return s + v }, nil),
	"ReduceMean":      reduce(0, func(s, v float64) float64 { return s + v }, func(s float64, n int) float64 { return s / float64(n) }),
	"ReduceProd":      reduce(1, func(s, v float64) float64 { return s * v }, nil),
	"ReduceMax":       reduce(math.Inf(-1), math.Max, nil),
	"ReduceMin":       reduce(math.Inf(1), math.Min, nil),
	"ReduceL1":        reduce(0, func(s, v float64) float64 { return s + math.Abs(v) }, nil),
	"ReduceL2":        reduce(0, func(s, v float64) float64 { return s + v*v }, func(s float64, _ int) float64 { return math.Sqrt(s) }),
	"ReduceSumSquare": reduce(0, func(s, v float64) float64 { return s + v*v }, nil),
	"ReduceLogSum":    reduce(0, func(s, v float64) float64 { return s + v }, func(s float64, _ int) float64 { return math.Log(s) }),
	"ReduceLogSumExp": reduceLogSumExp,
	"CumSum":          cumulate(0, func(s, v float64) float64 { return s + v }, func(s, v int64) int64 { return s + v }),
	"CumProd":         cumulate(1, func(s, v float64) float64 { return s * v }, func(s, v int64) int64 { return s * v }),
	"Softmax":         softmax(func(_, e, sum float64) float64 { return e / sum }),
	"LogSoftmax":      softmax(func(d, _, sum float64) float64 { return d - math.Log(sum) }),
	"Hardmax":         hardmax,
}

// folded describes a reduction: for each result the elements that it reads.
type folded struct {
	shape   []int // of the result
	begins  []int
	offsets []int
	nothing bool // x is the result
}

func (c *call) folded(x *Array) (f folded) {
	list, _ := c.list("axes", 1)
	if len(list) == 0 {
		if c.int("noop_with_empty_axes", 0) != 0 {
			f.nothing = true
		}
		list = sequence(len(x.Shape))
	}
	axes := c.axes(list, len(x.Shape))
	step := strides(x.Shape)
	var inShape, inStep, outShape, outStep []int
	keep := c.int("keepdims", 1) != 0
	f.shape = []int{}
	for i, d := range x.Shape {
		if slices.Contains(axes, i) {
			inShape, inStep = append(inShape, d), append(inStep, step[i])
			if keep {
				f.shape = append(f.shape, 1)
			}
			continue
		}
		outShape, outStep = append(outShape, d), append(outStep, step[i])
		f.shape = append(f.shape, d)
	}
	f.begins, f.offsets = walk(outShape, outStep, 0), walk(inShape, inStep, 0)
	return f
}

// reduce folds in float64, integers too where they are exact: sums and
// products of large integers wrap in their own arithmetic.
func reduce(start float64, f func(s, v float64) float64, end func(s float64, n int) float64) operator {
	return func(c *call) []*Array {
		x := c.in(0)
		r := c.folded(x)
		if c.err != nil {
			return nil
		}
		if r.nothing {
			r.shape, r.begins, r.offsets = x.Shape, sequence(x.Len()), []int{0}
			switch c.Node.OpType {
			case "ReduceSum", "ReduceMean", "ReduceProd", "ReduceMax", "ReduceMin":
				return one(x)
			}
		}
		y := New(x.Type, r.shape)
		if !x.IsFloat() {
			return c.reduceInts(x, y, r, start, f, end)
		}
		for i, b := range r.begins {
			s := start
			for _, o := range r.offsets {
				s = f(s, x.F[b+o])
			}
			if end != nil {
				s = end(s, len(r.offsets))
			}
			y.F[i] = s
		}
		return one(y.rounded())
	}
}

func (c *call) reduceInts(x, y *Array, r folded, start float64, f func(s, v float64) float64, end func(s float64, n int) float64) []*Array {
	for i, b := range r.begins {
		switch c.Node.OpType {
		case "ReduceSum", "ReduceSumSquare", "ReduceL1", "ReduceProd", "ReduceMean":
			s := int64(start)
			for _, o := range r.offsets {
				switch v := x.I[b+o]; c.Node.OpType {
				case "ReduceSumSquare":
					s += v * v
				case "ReduceL1":
					s += max(v, -v)
				case "ReduceProd":
					s *= v
				default:
					s += v
				}
			}
			if c.Node.OpType == "ReduceMean" {
				s /= int64(max(1, len(r.offsets)))
			}
			y.I[i] = s
		case "ReduceMax", "ReduceMin":
			y.I[i] = c.extremeInt(x, b, r.offsets)
		default:
			s := start
			for _, o := range r.offsets {
				s = f(s, x.Float(b+o))
			}
			if end != nil {
				s = end(s, len(r.offsets))
			}
			y.I[i] = int64(s)
		}
	}
	return one(y.rounded())
}

// extremeInt is the largest or smallest of some integers; of none, the type's
// own limit.
func (c *call) extremeInt(x *Array, b int, offsets []int) int64 {
	largest := c.Node.OpType == "ReduceMax"
	if len(offsets) == 0 {
		lo, hi := limits(x.Type)
		if largest {
			return lo
		}
		return hi
	}
	best := b + offsets[0]
	for _, o := range offsets[1:] {
		if r := x.order(b+o, best); largest && r > 0 || !largest && r < 0 {
			best = b + o
		}
	}
	return x.I[best]
}

// limits are the smallest and largest integer of a type.
func limits(t onnxfile.DType) (lo, hi int64) {
	bits := t.Bits()
	switch {
	case t == onnxfile.Bool:
		return 0, 1
	case t == onnxfile.Uint64:
		return 0, -1
	case t.Unsigned():
		return 0, 1<<bits - 1
	}
	return -1 << (bits - 1), 1<<(bits-1) - 1
}

func reduceLogSumExp(c *call) []*Array {
	x := c.in(0)
	r := c.folded(x)
	if c.err != nil || !x.IsFloat() {
		return c.fail("expected floating-point numbers")
	}
	if r.nothing {
		return one(x)
	}
	y := New(x.Type, r.shape)
	for i, b := range r.begins {
		top := math.Inf(-1)
		for _, o := range r.offsets {
			top = math.Max(top, x.F[b+o])
		}
		if math.IsInf(top, 0) {
			y.F[i] = top
			continue
		}
		s := 0.0
		for _, o := range r.offsets {
			s += math.Exp(x.F[b+o] - top)
		}
		y.F[i] = top + math.Log(s)
	}
	return one(y.rounded())
}

func cumulate(start float64, f func(s, v float64) float64, g func(s, v int64) int64) operator {
	return func(c *call) []*Array {
		x := c.in(0)
		axis := c.axis(c.in(1).Ints()[0], len(x.Shape))
		if c.err != nil {
			return nil
		}
		outer, n, inner := axes3(x.Shape, axis)
		exclusive, reverse := c.int("exclusive", 0) != 0, c.int("reverse", 0) != 0
		y := New(x.Type, x.Shape)
		for o := range outer {
			for i := range inner {
				s, t := start, int64(start)
				for k := range n {
					if reverse {
						k = n - 1 - k
					}
					p := (o*n+k)*inner + i
					if x.IsFloat() {
						after := f(s, x.F[p])
						y.F[p] = after
						if exclusive {
							y.F[p] = s
						}
						s = after
					} else {
						after := g(t, x.I[p])
						y.I[p] = after
						if exclusive {
							y.I[p] = t
						}
						t = after
					}
				}
			}
		}
		return one(y.rounded())
	}
}

// rows returns the axes over which a softmax runs: before version 13 all from
// the axis on.
func (c *call) rows(x *Array) (outer, n, inner int) {
	if c.Opset < 13 {
		a := c.axis(c.int("axis", 1), len(x.Shape)+1)
		return prod(x.Shape[:a]), prod(x.Shape[a:]), 1
	}
	return axes3(x.Shape, c.axis(c.int("axis", -1), len(x.Shape)))
}

// softmax gives f the distance from the largest element, its exponential and the
// sum of those. Half precision is rounded at each step, as NumPy does.
func softmax(f func(d, e, sum float64) float64) operator {
	return func(c *call) []*Array {
		x := c.in(0)
		outer, n, inner := c.rows(x)
		if c.err != nil {
			return nil
		}
		y := New(x.Type, x.Shape)
		round := func(v float64) float64 { return onnxfile.Round(x.Type, v, false) }
		for o := range outer {
			for i := range inner {
				top, sum := math.Inf(-1), 0.0
				for k := range n {
					top = math.Max(top, x.F[(o*n+k)*inner+i])
				}
				for k := range n {
					sum += round(math.Exp(round(x.F[(o*n+k)*inner+i] - top)))
				}
				for k := range n {
					p := (o*n+k)*inner + i
					d := round(x.F[p] - top)
					y.F[p] = f(d, round(math.Exp(d)), round(sum))
				}
			}
		}
		return one(y.rounded())
	}
}

func hardmax(c *call) []*Array {
	x := c.in(0)
	outer, n, inner := c.rows(x)
	if c.err != nil {
		return nil
	}
	y := New(x.Type, x.Shape)
	for o := range outer {
		for i := range inner {
			best := 0
			for k := range n {
				if x.F[(o*n+k)*inner+i] > x.F[(o*n+best)*inner+i] {
					best = k
				}
			}
			y.F[(o*n+best)*inner+i] = 1
		}
	}
	return one(y)
}
