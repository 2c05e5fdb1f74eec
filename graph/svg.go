package graph

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/internal/layered"
)

// A drawing of more boxes than this has no parameters; one of more operations
// ends after so many.
const mostBoxes = 80

// SVG draws the inputs, parameters and operations that lead to n. Of a large graph
// it leaves out the parameters, then what comes after the first operations, and
// says so. After an error in the graph it draws the error.
func (n *Node) SVG() string { return n.g.draw(n) }

// SVG draws the graph as [Node.SVG] does: what leads to the loss where Compile was
// given one, else all that was built.
func (g *Graph) SVG() string {
	if g.loss != nil {
		return g.draw(g.loss)
	}
	var last []*Node
	read := map[*gorgonia.Node]bool{}
	all := g.expr.AllNodes()
	for _, n := range all {
		for _, c := range children(n) {
			read[c] = true
		}
	}
	for _, n := range all {
		if !read[n] {
			last = append(last, &Node{g, n})
		}
	}
	return g.draw(last...)
}

// String says how large the graph is.
func (g *Graph) String() string {
	if g.err != nil {
		return "graph with an error: " + g.err.Error()
	}
	operations := 0
	for _, n := range g.expr.AllNodes() {
		if n.Op() != nil {
			operations++
		}
	}
	return fmt.Sprintf("graph, mode %s: operations %d, inputs %d, parameters %d", g.mode, operations, len(g.inputs), len(g.params))
}

// draw draws what leads to the nodes.
func (g *Graph) draw(last ...*Node) string {
	if g.err != nil {
		return layered.SVG(g.err.Error(), nil)
	}
	nodes := (&plan{g: g}).order(last)
	isParam := func(n *gorgonia.Node) bool {
		l := g.leaves[n]
		return l != nil && l.param != nil
	}
	note := ""
	if len(nodes) > mostBoxes {
		left := len(nodes)
		nodes = slices.DeleteFunc(nodes, isParam)
		note = fmt.Sprintf("%d parameters are not drawn", left-len(nodes))
	}
	if len(nodes) > mostBoxes {
		note = fmt.Sprintf("the first %d of %d operations and inputs; ", mostBoxes, len(nodes)) + note
		nodes = nodes[:mostBoxes]
	}
	at := map[*gorgonia.Node]int{}
	var boxes []layered.Box
	for _, n := range nodes {
		node := &Node{g, n}
		read := children(n)
		if len(read) == 1 && node.unpacks(read[0]) {
			if i, drawn := at[read[0]]; drawn {
				at[n] = i
				boxes[i].Lines[1] = size(n)
				continue
			}
		}
		box := layered.Box{Lines: []string{node.title(), size(n)}}
		switch {
		case isParam(n):
			box.Kind = layered.Weights
		case n.Op() == nil:
			box.Kind = layered.Input
		}
		for _, c := range read {
			if from, drawn := at[c]; drawn {
				box.Reads = append(box.Reads, from)
			}
		}
		at[n] = len(boxes)
		boxes = append(boxes, box)
	}
	return layered.SVG(note, boxes)
}

// size is the shape for a box.
func size(n *gorgonia.Node) string {
	if len(n.Shape()) == 0 {
		return "scalar"
	}
	return brackets(n.Shape())
}

// unpacks reports whether n is the result of an operation that keeps more beside
// it, such as the positions of the maxima: one operation to the reader.
func (n *Node) unpacks(from *gorgonia.Node) bool {
	o, ok := n.n.Op().(*op)
	if !ok {
		return false
	}
	_, view := o.kernel.(viewer)
	return view && from.Op() != nil && n.label() == (&Node{n.g, from}).label()
}

// title is the label, short enough for a box, with the window that it moves.
func (n *Node) title() string {
	title := n.label()
	if o, ok := n.n.Op().(*op); ok {
		if w, ok := o.kernel.(windowed); ok {
			l := Layer{Operation: title}
			l.Kernel, l.Stride, l.PadStart, l.PadEnd = w.window()
			title = l.String()
		}
	}
	const most = 40
	if letters := []rune(strings.TrimSpace(title)); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return title
}
