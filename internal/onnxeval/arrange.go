package onnxeval

import (
	"math"
	"slices"

	"github.com/hocsau/hocsau/internal/onnxfile"
)

// arranging has the operators that move elements or make them.
var arranging = map[string]operator{
	"Shape": shapeOf, "Size": func(c *call) []*Array { return one(scalarInt(c.in(0).Len())) },
	"Reshape": reshape, "Flatten": flatten, "Squeeze": squeeze, "Unsqueeze": unsqueeze,
	"Transpose": transpose, "Concat": concat, "Split": split, "Slice": slice, "Pad": pad, "Expand": expand, "Tile": tile,
	"Range": rangeOf, "ConstantOfShape": constantOfShape, "Constant": constant, "EyeLike": eyeLike, "Trilu": trilu,
	"DepthToSpace": depthToSpace, "SpaceToDepth": spaceToDepth, "ReverseSequence": reverseSequence,
	"CenterCropPad": centerCropPad,
}

func scalarInt(v int) *Array {
	return &Array{Type: onnxfile.Int64, Shape: []int{}, I: []int64{int64(v)}}
}

func shapeOf(c *call) []*Array {
	s := c.in(0).Shape
	clamp := func(v int) int {
		if v < 0 {
			v += len(s)
		}
		return min(max(v, 0), len(s))
	}
	lo, hi := clamp(c.int("start", 0)), clamp(c.int("end", len(s)))
	return one(Ints(s[lo:max(lo, hi)]...))
}

func reshape(c *call) []*Array {
	x := c.in(0)
	want, ok := c.list("shape", 1)
	if !ok {
		return c.fail("no shape")
	}
	want = slices.Clone(want)
	rest := -1
	for i, d := range want {
		switch {
		case d == 0 && c.int("allowzero", 0) == 0:
			if i >= len(x.Shape) {
				return c.fail("size 0 at axis %d takes that of x, which has %d axes", i, len(x.Shape))
			}
			want[i] = x.Shape[i]
		case d == -1 && rest < 0:
			rest = i
		case d < 0:
			return c.fail("shape %v, expected sizes from 0, and −1 once", want)
		}
	}
	if rest >= 0 {
		want[rest] = 1
		if p := prod(want); p > 0 && x.Len()%p == 0 {
			want[rest] = x.Len() / p
		}
	}
	if !c.room(want) || prod(want) != x.Len() {
		return c.fail("%d elements do not fit shape %v", x.Len(), want)
	}
	return one(x.as(want...))
}

func flatten(c *call) []*Array {
	x := c.in(0)
	a := c.int("axis", 1)
	if a < 0 {
		a += len(x.Shape)
	}
	if a < 0 || a > len(x.Shape) {
		return c.fail("axis %d of %d", a, len(x.Shape))
	}
	return one(x.as(prod(x.Shape[:a]), prod(x.Shape[a:])))
}

func squeeze(c *call) []*Array {
	x := c.in(0)
	list, given := c.list("axes", 1)
	axes := c.axes(list, len(x.Shape))
	shape := []int{}
	for i, d := range x.Shape {
		drop := d == 1 && !given || slices.Contains(axes, i)
		if drop && d != 1 {
			return c.fail("axis %d of size %d, expected 1", i, d)
		}
		if !drop {
			shape = append(shape, d)
		}
	}
	return one(x.as(shape...))
}

func unsqueeze(c *call) []*Array {
	x := c.in(0)
	list, _ := c.list("axes", 1)
	axes := c.axes(list, len(x.Shape)+len(list))
	if len(slices.Compact(slices.Clone(axes))) != len(list) {
		return c.fail("axes %v, expected each once", list)
	}
	shape := slices.Clone(x.Shape)
	for _, a := range axes {
		shape = slices.Insert(shape, a, 1)
	}
	return one(x.as(shape...))
}

func transpose(c *call) []*Array {
	x := c.in(0)
	perm := c.ints("perm")
	if perm == nil {
		for i := range x.Shape {
			perm = append(perm, len(x.Shape)-1-i)
		}
	}
	sorted := slices.Sorted(slices.Values(perm))
	for i, p := range sorted {
		if p != i || len(sorted) != len(x.Shape) {
			return c.fail("perm %v, expected each of %d axes once", perm, len(x.Shape))
		}
	}
	return one(x.transposed(perm...))
}

func concat(c *call) []*Array {
	if len(c.Inputs) == 0 {
		return c.fail("no inputs")
	}
	first := c.in(0)
	axis := c.axis(c.int("axis", 1), len(first.Shape))
	if c.err != nil {
		return nil
	}
	for i := range c.Inputs {
		s := c.in(i).Shape
		if len(s) != len(first.Shape) || c.in(i).Type != first.Type || !slices.Equal(s[:axis], first.Shape[:axis]) || !slices.Equal(s[axis+1:], first.Shape[axis+1:]) {
			return c.fail("expected one type, and equal sizes but along axis %d", axis)
		}
	}
	return one(joined(c.Inputs, axis))
}

func split(c *call) []*Array {
	x := c.in(0)
	axis := c.axis(c.int("axis", 0), len(x.Shape))
	sizes, given := c.list("split", 1)
	if c.err != nil {
		return nil
	}
	if !given {
		n := c.int("num_outputs", len(c.Node.Outputs))
		if n < 1 {
			return c.fail("%d parts", n)
		}
		each := (x.Shape[axis] + n - 1) / n
		for left := x.Shape[axis]; len(sizes) < n; left -= each {
			sizes = append(sizes, max(0, min(each, left)))
		}
	}
	total := 0
	for _, s := range sizes {
		if s < 0 {
			return c.fail("a part of size %d", s)
		}
		total += s
	}
	if total != x.Shape[axis] {
		return c.fail("parts %v of an axis of %d", sizes, x.Shape[axis])
	}
	var out []*Array
	lo := 0
	for _, s := range sizes {
		out = append(out, x.part(axis, lo, lo+s))
		lo += s
	}
	return out
}

// Span is a slice along an axis: start, step, and how many elements.
type Span struct{ Axis, Start, Step, Size int }

// Spans resolves the settings of Slice for a shape.
func Spans(shape, starts, ends, axes, steps []int) ([]Span, bool) {
	var out []Span
	for i := range starts {
		s := Span{Axis: i, Step: 1}
		if axes != nil {
			s.Axis = axes[i]
		}
		if steps != nil {
			s.Step = steps[i]
		}
		if s.Axis < 0 {
			s.Axis += len(shape)
		}
		if s.Axis < 0 || s.Axis >= len(shape) || s.Step == 0 {
			return nil, false
		}
		n := shape[s.Axis]
		place := func(v, lo, hi int) int {
			if v < 0 {
				v = max(v+n, -1)
				if v < 0 && lo == 0 {
					v = 0
				}
			}
			return min(max(v, lo), hi)
		}
		var end int
		if s.Step > 0 {
			s.Start, end = place(starts[i], 0, n), place(ends[i], 0, n)
			s.Size = max(0, (end-s.Start+s.Step-1)/s.Step)
		} else {
			s.Start, end = place(starts[i], -1, n-1), place(ends[i], -1, n-1)
			if starts[i] < -n {
				s.Start = 0
				if n == 0 {
					s.Start = -1
				}
			}
			s.Size = max(0, (s.Start-end-s.Step-1)/-s.Step)
		}
		out = append(out, s)
	}
	return out, true
}

func slice(c *call) []*Array {
	x := c.in(0)
	starts, ok1 := c.list("starts", 1)
	ends, ok2 := c.list("ends", 2)
	axes, _ := c.list("axes", 3)
	steps, _ := c.list("steps", 4)
	if !ok1 || !ok2 || len(starts) != len(ends) || axes != nil && len(axes) != len(starts) || steps != nil && len(steps) != len(starts) {
		return c.fail("expected as many ends, axes and steps as starts")
	}
	spans, ok := Spans(x.Shape, starts, ends, axes, steps)
	if !ok {
		return c.fail("axes %v with steps %v, expected axes of x and no step 0", axes, steps)
	}
	shape, step := slices.Clone(x.Shape), strides(x.Shape)
	from, begin := slices.Clone(step), 0
	for _, s := range spans {
		shape[s.Axis], from[s.Axis] = s.Size, step[s.Axis]*s.Step
		begin += s.Start * step[s.Axis]
	}
	return one(x.pick(walk(shape, from, begin), shape))
}

func pad(c *call) []*Array {
	x := c.in(0)
	pads, ok := c.list("pads", 1)
	if !ok {
		pads, ok = c.ints("paddings"), c.has("paddings")
	}
	rank := len(x.Shape)
	axes, given := c.list("axes", 3)
	if !given || c.maybe(3) == nil {
		axes = sequence(rank)
	}
	if !ok || len(pads) != 2*len(axes) {
		return c.fail("%d pads, expected two for each of %d axes", len(pads), len(axes))
	}
	mode := c.text("mode", "constant")
	value := New(x.Type, []int{1})
	if v := c.maybe(2); v != nil {
		v.copyTo(value, 0, 0)
	} else if x.IsFloat() {
		value.F[0] = c.float("value", 0)
	}
	places := make([][]int, rank) // along each axis, −1 for the value
	shape := slices.Clone(x.Shape)
	for i := range places {
		places[i] = sequence(x.Shape[i])
	}
	for k, axis := range axes {
		a := c.axis(axis, rank)
		n, before, after := x.Shape[a], pads[k], pads[k+len(axes)]
		if c.err != nil || n+before+after < 0 || !c.room([]int{n + before + after}) {
			return c.fail("pads %v", pads)
		}
		shape[a] = n + before + after
		places[a] = make([]int, shape[a])
		for i := range places[a] {
			p := i - before
			switch {
			case p >= 0 && p < n:
			case mode == "constant":
				p = -1
			case n == 0:
				return c.fail("mode %s of an axis without elements", mode)
			case mode == "edge":
				p = min(max(p, 0), n-1)
			case mode == "reflect":
				if n == 1 {
					p = 0
				} else {
					p = ((p % (2*n - 2)) + 2*n - 2) % (2*n - 2)
					p = min(p, 2*n-2-p)
				}
			case mode == "wrap":
				p = (p%n + n) % n
			default:
				return c.fail("mode %q", mode)
			}
			places[a][i] = p
		}
	}
	if !c.room(shape) {
		return nil
	}
	y := New(x.Type, shape)
	step := strides(x.Shape)
	index := make([]int, rank)
	for i := range y.Len() {
		from, inside := 0, true
		for a, p := range index {
			q := places[a][p]
			inside = inside && q >= 0
			from += q * step[a]
		}
		if inside {
			x.copyTo(y, i, from)
		} else {
			value.copyTo(y, i, 0)
		}
		next(index, shape)
	}
	return one(y)
}

// next counts an index up in row-major order.
func next(index, shape []int) {
	for a := len(index) - 1; a >= 0; a-- {
		if index[a]++; index[a] < shape[a] {
			return
		}
		index[a] = 0
	}
}

func sequence(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

func expand(c *call) []*Array {
	x := c.in(0)
	shape, err := broadcast(x.Shape, c.in(1).Ints())
	if err != nil || !c.room(shape) {
		return c.fail("to shape %v", c.in(1).Ints())
	}
	return one(x.expanded(shape))
}

func tile(c *call) []*Array {
	x := c.in(0)
	times := c.in(1).Ints()
	if c.Opset < 6 {
		times = slices.Repeat([]int{1}, len(x.Shape))
		times[c.axis(c.in(2).Ints()[0], len(x.Shape))] = c.in(1).Ints()[0]
	}
	if len(times) != len(x.Shape) {
		return c.fail("%d repeats, expected %d", len(times), len(x.Shape))
	}
	shape := make([]int, len(times))
	for i, t := range times {
		shape[i] = x.Shape[i] * t
	}
	if !c.room(shape) {
		return nil
	}
	y, step, index := New(x.Type, shape), strides(x.Shape), make([]int, len(shape))
	for i := range y.Len() {
		from := 0
		for a, p := range index {
			from += p % x.Shape[a] * step[a]
		}
		x.copyTo(y, i, from)
		next(index, shape)
	}
	return one(y)
}

func rangeOf(c *call) []*Array {
	start, limit, delta := c.in(0), c.in(1), c.in(2)
	n := int(max(0, math.Ceil((limit.Float(0)-start.Float(0))/delta.Float(0))))
	if !c.room([]int{n}) {
		return nil
	}
	y := New(start.Type, []int{n})
	for i := range n {
		if y.IsFloat() {
			y.F[i] = start.F[0] + float64(i)*delta.F[0]
		} else {
			y.I[i] = start.I[0] + int64(i)*delta.I[0]
		}
	}
	return one(y.rounded())
}

func constantOfShape(c *call) []*Array {
	shape := c.in(0).Ints()
	if !c.room(shape) {
		return nil
	}
	value := New(onnxfile.Float32, []int{1})
	if a := c.attr("value"); a != nil && a.T != nil {
		v, err := FromTensor(a.T)
		if err != nil || v.Len() != 1 {
			return c.fail("value %v, expected one element", a.T.Dims)
		}
		value = v
	}
	y := New(value.Type, shape)
	for i := range y.F {
		y.F[i] = value.F[0]
	}
	for i := range y.I {
		y.I[i] = value.I[0]
	}
	return one(y)
}

func constant(c *call) []*Array {
	for _, a := range c.Node.Attributes {
		switch a.Name {
		case "value":
			v, err := FromTensor(a.T)
			if err != nil {
				c.err = err
				return nil
			}
			return one(v)
		case "value_float":
			return one(&Array{Type: onnxfile.Float32, Shape: []int{}, F: []float64{float64(a.F)}})
		case "value_int":
			return one(scalarInt(int(a.I)))
		case "value_ints":
			return one(Ints(c.ints("value_ints")...))
		case "value_floats":
			y := New(onnxfile.Float32, []int{len(a.Floats)})
			for i, v := range a.Floats {
				y.F[i] = float64(v)
			}
			return one(y)
		case "value_string", "value_strings", "sparse_value":
			return c.unsupported("Constant with " + a.Name)
		}
	}
	return c.fail("no value")
}

func eyeLike(c *call) []*Array {
	x := c.in(0)
	if len(x.Shape) != 2 {
		return c.fail("expected a matrix")
	}
	y := New(onnxfile.DType(c.int("dtype", int(x.Type))), x.Shape)
	for i := range x.Shape[0] {
		j := i + c.int("k", 0)
		if j < 0 || j >= x.Shape[1] {
			continue
		}
		if y.IsFloat() {
			y.F[i*x.Shape[1]+j] = 1
		} else {
			y.I[i*x.Shape[1]+j] = 1
		}
	}
	return one(y)
}

func trilu(c *call) []*Array {
	x := c.in(0)
	k := 0
	if v := c.maybe(1); v != nil {
		k = v.Ints()[0]
	}
	rank := len(x.Shape)
	if rank < 2 {
		return c.fail("expected matrices")
	}
	upper := c.int("upper", 1) != 0
	rows, cols := x.Shape[rank-2], x.Shape[rank-1]
	y := New(x.Type, x.Shape)
	for i := range x.Len() {
		r, col := i/max(cols, 1)%max(rows, 1), i%max(cols, 1)
		if upper && col-r >= k || !upper && col-r <= k {
			x.copyTo(y, i, i)
		}
	}
	return one(y)
}

func depthToSpace(c *call) []*Array {
	x, b := c.in(0), c.int("blocksize", 0)
	if len(x.Shape) != 4 || b < 1 || x.Shape[1]%(b*b) != 0 {
		return c.fail("blocks of %d, expected [N, C, H, W] with C a multiple of its square", b)
	}
	n, ch, h, w := x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]
	if c.text("mode", "DCR") == "CRD" {
		return one(x.as(n, ch/(b*b), b, b, h, w).transposed(0, 1, 4, 2, 5, 3).as(n, ch/(b*b), h*b, w*b))
	}
	return one(x.as(n, b, b, ch/(b*b), h, w).transposed(0, 3, 4, 1, 5, 2).as(n, ch/(b*b), h*b, w*b))
}

func spaceToDepth(c *call) []*Array {
	x, b := c.in(0), c.int("blocksize", 0)
	if len(x.Shape) != 4 || b < 1 || x.Shape[2]%b != 0 || x.Shape[3]%b != 0 {
		return c.fail("blocks of %d, expected [N, C, H, W] with H and W multiples of it", b)
	}
	n, ch, h, w := x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]
	x = x.as(n, ch, h/b, b, w/b, b)
	if c.text("mode", "DCR") == "CRD" {
		return one(x.transposed(0, 1, 3, 5, 2, 4).as(n, ch*b*b, h/b, w/b))
	}
	return one(x.transposed(0, 3, 5, 1, 2, 4).as(n, ch*b*b, h/b, w/b))
}

func reverseSequence(c *call) []*Array {
	x, lengths := c.in(0), c.in(1).Ints()
	batch, time := c.int("batch_axis", 1), c.int("time_axis", 0)
	y, step, index := New(x.Type, x.Shape), strides(x.Shape), make([]int, len(x.Shape))
	for i := range x.Len() {
		from := i
		if n, t := lengths[index[batch]], index[time]; t < n {
			from += (n - 1 - 2*t) * step[time]
		}
		x.copyTo(y, i, from)
		next(index, x.Shape)
	}
	return one(y)
}

func centerCropPad(c *call) []*Array {
	x, want := c.in(0), c.in(1).Ints()
	axes := sequence(len(x.Shape))
	if c.has("axes") {
		axes = c.ints("axes")
	}
	if len(want) != len(axes) {
		return c.fail("%d sizes for %d axes", len(want), len(axes))
	}
	shape, begin := slices.Clone(x.Shape), make([]int, len(x.Shape)) // of x in y
	for k, a := range axes {
		a = c.axis(a, len(x.Shape))
		shape[a] = want[k]
		if d := want[k] - x.Shape[a]; d >= 0 {
			begin[a] = d / 2
		} else {
			begin[a] = -(-d / 2)
		}
	}
	if c.err != nil || !c.room(shape) {
		return nil
	}
	y, step, index := New(x.Type, shape), strides(x.Shape), make([]int, len(shape))
	for i := range y.Len() {
		from, inside := 0, true
		for a, p := range index {
			q := p - begin[a]
			inside = inside && q >= 0 && q < x.Shape[a]
			from += q * step[a]
		}
		if inside {
			x.copyTo(y, i, from)
		}
		next(index, shape)
	}
	return one(y)
}
