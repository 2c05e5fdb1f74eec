package onnxeval

import (
	"slices"

	"github.com/hocsau/hocsau/internal/onnxfile"
)

// controlling has the operators that run graphs.
var controlling = map[string]operator{"If": branch, "Loop": loop, "Scan": scan}

// mostSteps bounds the steps of a loop whose condition never ends it.
const mostSteps = 1 << 24

func (c *call) graph(name string) *onnxfile.Graph {
	if a := c.attr(name); a != nil && a.G != nil && c.Run != nil {
		return a.G
	}
	c.fail("no graph %s", name)
	return &onnxfile.Graph{}
}

func (c *call) run(g *onnxfile.Graph, inputs []*Array) []*Array {
	if c.err != nil {
		return nil
	}
	out, err := c.Run(g, inputs)
	if err != nil {
		c.err = err
	}
	return out
}

func branch(c *call) []*Array {
	name := "else_branch"
	if cond := c.in(0); cond.Len() == 1 && cond.I[0] != 0 {
		name = "then_branch"
	}
	return c.run(c.graph(name), nil)
}

// stacked joins arrays of one shape along a new axis.
func stacked(list []*Array, axis int) *Array {
	rows := make([]*Array, len(list))
	for i, a := range list {
		rows[i] = a.as(slices.Insert(slices.Clone(a.Shape), axis, 1)...)
	}
	return joined(rows, axis)
}

func loop(c *call) []*Array {
	body := c.graph("body")
	steps := mostSteps
	if m := c.maybe(0); m != nil {
		steps = min(steps, m.Ints()[0])
	}
	going := true
	if cond := c.maybe(1); cond != nil {
		going = cond.I[0] != 0
	}
	state := slices.Clone(c.Inputs[min(2, len(c.Inputs)):])
	kept := len(state)
	collected := make([][]*Array, max(0, len(body.Outputs)-1-kept))
	for i := 0; i < steps && going; i++ {
		in := append([]*Array{scalarInt(i), {Type: onnxfile.Bool, Shape: []int{}, I: []int64{1}}}, state...)
		out := c.run(body, in)
		if c.err != nil || len(out) != 1+kept+len(collected) {
			return c.fail("the body has %d outputs, expected %d", len(out), 1+kept+len(collected))
		}
		going = out[0].I[0] != 0
		state = out[1 : 1+kept]
		for k := range collected {
			collected[k] = append(collected[k], out[1+kept+k])
		}
	}
	result := slices.Clone(state)
	for k, list := range collected {
		if len(list) == 0 {
			o := body.Outputs[1+kept+k]
			shape := []int{0}
			for _, d := range o.Shape {
				shape = append(shape, int(max(d.Size, 0)))
			}
			result = append(result, New(o.Type, shape))
			continue
		}
		result = append(result, stacked(list, 0))
	}
	return result
}

func scan(c *call) []*Array {
	body := c.graph("body")
	scanned := c.int("num_scan_inputs", 0)
	inputs, old := c.Inputs, c.Opset < 9
	if old { // the first input is the lengths, the first axis the batch
		if c.maybe(0) != nil {
			return c.unsupported("Scan of version 8 with lengths")
		}
		inputs = inputs[1:]
	}
	kept := len(inputs) - scanned
	if scanned < 1 || kept < 0 {
		return c.fail("%d scanned inputs of %d", scanned, len(inputs))
	}
	if old {
		return c.scanBatches(body, inputs, kept)
	}
	return c.scanOnce(body, inputs, kept, c.ints("scan_input_axes"), c.ints("scan_output_axes"), c.ints("scan_input_directions"), c.ints("scan_output_directions"))
}

func (c *call) scanBatches(body *onnxfile.Graph, inputs []*Array, kept int) []*Array {
	var results [][]*Array
	for b := range inputs[0].Shape[0] {
		var in []*Array
		for _, a := range inputs {
			in = append(in, a.part(0, b, b+1).as(a.Shape[1:]...))
		}
		out := c.scanOnce(body, in, kept, nil, nil, c.ints("directions"), nil)
		if c.err != nil {
			return nil
		}
		results = append(results, out)
	}
	var joinedUp []*Array
	for k := range results[0] {
		var list []*Array
		for _, r := range results {
			list = append(list, r[k])
		}
		joinedUp = append(joinedUp, stacked(list, 0))
	}
	return joinedUp
}

func (c *call) scanOnce(body *onnxfile.Graph, inputs []*Array, kept int, axes, outAxes, directions, outDirections []int) []*Array {
	state, sources := slices.Clone(inputs[:kept]), inputs[kept:]
	each := func(list []int, i int) int {
		if i < len(list) {
			return list[i]
		}
		return 0
	}
	steps := -1
	for i, a := range sources {
		axis := c.axis(each(axes, i), len(a.Shape))
		if c.err != nil || steps >= 0 && a.Shape[axis] != steps {
			return c.fail("sequences of unequal lengths")
		}
		steps = a.Shape[axis]
	}
	collected := make([][]*Array, max(0, len(body.Outputs)-kept))
	for t := range steps {
		in := slices.Clone(state)
		for i, a := range sources {
			axis, p := c.axis(each(axes, i), len(a.Shape)), t
			if each(directions, i) != 0 {
				p = steps - 1 - t
			}
			in = append(in, a.part(axis, p, p+1).as(slices.Delete(slices.Clone(a.Shape), axis, axis+1)...))
		}
		out := c.run(body, in)
		if c.err != nil || len(out) != kept+len(collected) {
			return c.fail("the body has %d outputs, expected %d", len(out), kept+len(collected))
		}
		state = out[:kept]
		for k := range collected {
			collected[k] = append(collected[k], out[kept+k])
		}
	}
	result := slices.Clone(state)
	for k, list := range collected {
		if len(list) == 0 {
			return c.unsupported("Scan over nothing")
		}
		if each(outDirections, k) != 0 {
			slices.Reverse(list)
		}
		result = append(result, stacked(list, c.axis(each(outAxes, k), len(list[0].Shape)+1)))
	}
	return result
}
