package graph

import (
	"slices"
	"strings"

	"gorgonia.org/gorgonia"
)

// Layer is an operation of a model as a reader sees it.
type Layer struct {
	Node       *Node  // the result, to fetch it from a program
	Name       string // of the scope of its parameters; "" where it has none
	Operation  string
	Output     []int // shape
	Parameters int   // trained numbers it uses first; those shared count once
	MACs       int   // multiply-adds of convolutions and matrix products, without bias

	// Inputs are the layers that it reads, by their place in the list; -1 is an
	// input of the graph.
	Inputs []int
	// Kernel, Stride and PadStart, PadEnd are those of a convolution or pooling,
	// height first; zero for other operations.
	Kernel, Stride, PadStart, PadEnd [2]int
	// Field is R, the number of rows and columns of the picture that one element
	// depends on, padding included; zero where the input is no picture.
	Field [2]int
}

// Layers returns the operations that lead to the outputs, in the order in which
// they were made. Views, such as a reshape, are left out.
func (g *Graph) Layers(outputs ...*Node) []Layer {
	if g.err != nil || slices.ContainsFunc(outputs, func(n *Node) bool { return n == nil || n.n == nil }) {
		return nil
	}
	p := &plan{g: g}
	counted := map[*gorgonia.Node]bool{}
	fed := map[*gorgonia.Node]bool{} // depends on an input, not on parameters alone
	var layers []Layer
	at := map[*gorgonia.Node]int{} // the layer that a node is or views; -1 for an input
	fields := map[*gorgonia.Node]field{}
	for _, node := range p.order(outputs) {
		l := g.leaves[node]
		fed[node] = l != nil && l.param == nil || slices.ContainsFunc(children(node), func(c *gorgonia.Node) bool { return fed[c] })
		if l != nil {
			at[node], fields[node] = -1, fieldOfInput(node.Shape())
		}
		o, ok := node.Op().(*op)
		if !ok || !fed[node] {
			continue
		}
		layer := Layer{Node: &Node{g, node}, Operation: o.String(), Output: node.Shape().Clone()}
		var seen field
		for _, c := range children(node) {
			if !fed[c] {
				continue
			}
			seen = seen.join(fields[c])
			if i := at[c]; !slices.Contains(layer.Inputs, i) {
				layer.Inputs = append(layer.Inputs, i)
			}
		}
		fields[node] = seen.behind(o.kernel, node)
		if _, view := o.kernel.(viewer); view {
			at[node] = -1
			if len(layer.Inputs) > 0 {
				at[node] = layer.Inputs[0]
			}
			continue
		}
		at[node] = len(layers)
		layer.Field = fields[node].whole()
		if w, ok := o.kernel.(windowed); ok {
			layer.Kernel, layer.Stride, layer.PadStart, layer.PadEnd = w.window()
		}
		for _, c := range children(node) {
			leaf := g.leaves[c]
			if leaf == nil || leaf.param == nil {
				continue
			}
			if layer.Name == "" {
				layer.Name = leaf.name[:max(0, strings.LastIndexByte(leaf.name, '.'))]
			}
			if !leaf.param.buffer && !counted[c] {
				counted[c] = true
				layer.Parameters += leaf.param.Len()
			}
		}
		if m, ok := o.kernel.(interface{ macs() int }); ok {
			layer.MACs = m.macs()
		}
		layers = append(layers, layer)
	}
	return layers
}

func (k linear) macs() int { return k.rows * k.in * k.out }

func (k matmul) macs() int { return k.batch * k.m * k.n * k.k }

func (k *convolution) macs() int {
	s := k.shape
	return s.N * s.K * prod(s.Out[:]) * s.C / s.Groups * prod(s.Kernel[:])
}

func (t *convTranspose) macs() int {
	s := t.k.shape
	return s.N * s.K * prod(s.Out[:]) * s.C / s.Groups * prod(s.Kernel[:])
}
