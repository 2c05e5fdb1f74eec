package onnx

import (
	"slices"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/onnxeval"
	"github.com/hocsau/hocsau/internal/onnxfile"
)

// moving has the operators that move elements.
var moving = map[string]lowering{
	"Reshape": reshape, "Flatten": flatten, "Squeeze": reshaped("Squeeze"), "Unsqueeze": reshaped("Unsqueeze"),
	"Transpose": transpose, "Concat": concat, "Split": split, "Slice": slice,
	"Gather": gather, "Expand": expand,
	"Pad": picked, "Tile": picked, "DepthToSpace": picked, "SpaceToDepth": picked, "GatherElements": picked, "GatherND": picked,
	"Trilu": picked, "ReverseSequence": picked, "CenterCropPad": picked,
}

// reshaped asks the reference for the shape, and reshapes.
func reshaped(op string) lowering {
	return func(l *lower) []*graph.Node {
		x := l.x(0)
		in := []*Array{{Type: onnxfile.Float32, Shape: shapeOf(x)}}
		for i := 1; i < len(l.in); i++ {
			if l.maybe(i) == nil {
				in = append(in, nil)
				continue
			}
			a := l.known(i)
			if a == nil {
				return nil
			}
			if op == "Reshape" {
				a = l.b.resized(a, x)
			}
			in = append(in, a)
		}
		out, err := onnxeval.Eval(onnxeval.Call{Node: l.Node, Opset: l.b.opset, Inputs: in})
		if err != nil {
			l.b.s.Fail(err)
			return nil
		}
		return one(x.Reshape(out[0].Shape...))
	}
}

// resized brings a shape that a file fixes for its own batch size to the one that it is
// built for.
func (b *builder) resized(shape *Array, x *graph.Node) *Array {
	was, is := b.batch[0], b.batch[1]
	if was == 0 || shape.Len() == 0 || shape.IsFloat() {
		return shape
	}
	first := int(shape.I[0])
	switch {
	case slices.Contains(shape.I, -1) || slices.Contains(shape.I, 0):
		if first != was || x.Rank() == 0 || x.Dim(0) != is {
			return shape
		}
		first = is
	case volume(shape.Ints())*is == x.Len()*was && first*is%was == 0:
		first = first * is / was
	default:
		return shape
	}
	c := &Array{Type: shape.Type, Shape: shape.Shape, I: slices.Clone(shape.I)}
	c.I[0] = int64(first)
	return c
}

func reshape(l *lower) []*graph.Node { return reshaped("Reshape")(l) }

func flatten(l *lower) []*graph.Node { return reshaped("Flatten")(l) }

func transpose(l *lower) []*graph.Node {
	return one(l.x(0).Transpose(l.Ints("perm")...))
}

func concat(l *lower) []*graph.Node {
	var nodes []*graph.Node
	for i, v := range l.in {
		if v != nil && slices.Contains(v.shape, 0) { // adds nothing
			continue
		}
		nodes = append(nodes, l.x(i))
	}
	if len(nodes) == 0 {
		return l.skip("nothing")
	}
	return one(graph.Concat(l.Int("axis", 1), nodes...))
}

func split(l *lower) []*graph.Node {
	x := l.x(0)
	axis := l.axis(l.Int("axis", 0), x.Rank())
	sizes, given := l.list("split", 1)
	if l.b.g.Err() != nil {
		return nil
	}
	if !given {
		n := l.Int("num_outputs", len(l.Outputs))
		each := (x.Dim(axis) + n - 1) / n
		for left := x.Dim(axis); len(sizes) < n; left -= each {
			sizes = append(sizes, min(each, left))
		}
	}
	if slices.Min(append([]int{1}, sizes...)) < 1 {
		return l.skip("a part without elements")
	}
	var out []*graph.Node
	lo := 0
	for _, s := range sizes {
		out = append(out, x.Slice(axis, lo, lo+s))
		lo += s
	}
	if lo != x.Dim(axis) {
		return l.skip("parts that do not fill the axis")
	}
	return out
}

func slice(l *lower) []*graph.Node {
	x := l.x(0)
	starts, _ := l.list("starts", 1)
	ends, _ := l.list("ends", 2)
	axes, _ := l.list("axes", 3)
	by, _ := l.list("steps", 4)
	if l.b.g.Err() != nil || len(starts) != len(ends) {
		return l.skip("unequal lists")
	}
	spans, ok := onnxeval.Spans(x.Shape(), starts, ends, axes, by)
	if !ok {
		return l.skip("axes that x has not")
	}
	for _, s := range spans {
		switch {
		case s.Size == 0:
			return l.skip("no elements")
		case s.Step == 1:
			x = x.Slice(s.Axis, s.Start, s.Start+s.Size)
		default:
			rows := make([]int, s.Size)
			for i := range rows {
				rows[i] = s.Start + i*s.Step
			}
			x = take(x, s.Axis, rows, []int{s.Size})
		}
	}
	return one(x)
}

// take returns the elements of an axis at the given places, which get the given shape.
func take(x *graph.Node, axis int, rows, shape []int) *graph.Node {
	s := x.Shape()
	outer, n, inner := volume(s[:axis]), s[axis], volume(s[axis+1:])
	at := make([]int, 0, outer*len(rows)*inner)
	for o := range outer {
		for _, r := range rows {
			for i := range inner {
				at = append(at, (o*n+r)*inner+i)
			}
		}
	}
	return x.Pick(at, 0, slices.Concat(s[:axis], shape, s[axis+1:])...)
}

func gather(l *lower) []*graph.Node {
	x := l.x(0)
	ids := l.known(1)
	if ids == nil || x.Rank() == 0 {
		return l.skip("indices that are computed")
	}
	axis := l.axis(l.Int("axis", 0), x.Rank())
	rows := ids.Ints()
	n := x.Dim(axis)
	inARow := len(rows) > 0
	for i, r := range rows {
		if r < 0 {
			rows[i] += n
		}
		if rows[i] < 0 || rows[i] >= n {
			return l.skip("an index out of range")
		}
		inARow = inARow && rows[i] == rows[0]+i
	}
	switch {
	case len(rows) == 0:
		return l.skip("no elements")
	case inARow:
		s := x.Shape()
		return one(x.Slice(axis, rows[0], rows[0]+len(rows)).Reshape(slices.Concat(s[:axis], ids.Shape, s[axis+1:])...))
	}
	return one(take(x, axis, rows, ids.Shape))
}

func expand(l *lower) []*graph.Node {
	x := l.x(0)
	want := l.known(1)
	if want == nil {
		return nil
	}
	shape := want.Ints()
	if rank := x.Rank(); rank > len(shape) {
		shape = slices.Concat(slices.Repeat([]int{1}, rank-len(shape)), shape)
	}
	for i, d := range x.Shape() {
		o := &shape[len(shape)-x.Rank()+i]
		if *o == 1 {
			*o = d
		}
		if d != *o && d != 1 {
			return l.skip("shapes that do not broadcast")
		}
	}
	if slices.Contains(shape, 0) {
		return l.skip("no elements")
	}
	if err := onnxeval.Room(shape); err != nil {
		l.b.s.Fail(err)
		return nil
	}
	if volume(shape) == x.Len() {
		return one(x.Reshape(shape...))
	}
	return one(x.Pick(places(x.Shape(), shape), 0, shape...))
}

// picked asks the reference where the operator takes each element from: it
// moves the numbers of places, and what is then 0 was filled.
func picked(l *lower) []*graph.Node {
	x := l.x(0)
	if l.b.g.Err() != nil {
		return nil
	}
	numbers := &Array{Type: onnxfile.Int64, Shape: shapeOf(x), I: make([]int64, x.Len())}
	for i := range numbers.I {
		numbers.I[i] = int64(i + 1)
	}
	in := []*Array{numbers}
	fill := 0.0
	for i := 1; i < len(l.in); i++ {
		if l.maybe(i) == nil {
			in = append(in, nil)
			continue
		}
		a := l.known(i)
		if a == nil {
			return nil
		}
		if l.OpType == "Pad" && i == 2 {
			fill = a.Float(0)
			a = nil
		}
		in = append(in, a)
	}
	if l.OpType == "Pad" && l.Attribute("value") != nil {
		fill = l.Float("value", 0)
	}
	out, err := onnxeval.Eval(onnxeval.Call{Node: l.Node, Opset: l.b.opset, Inputs: in})
	if err != nil {
		l.b.s.Fail(err)
		return nil
	}
	if out[0].Len() == 0 {
		return l.skip("no elements")
	}
	at := out[0].Ints()
	for i := range at {
		at[i]--
	}
	return one(x.Pick(at, fill, out[0].Shape...))
}
