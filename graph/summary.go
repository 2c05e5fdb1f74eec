package graph

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// Summary is a network layer by layer. A notebook shows it as a table.
type Summary struct {
	Inputs []*Node
	Layers []Layer
}

// Summary returns the layers that lead to the outputs and the inputs that they
// read.
func (g *Graph) Summary(outputs ...*Node) Summary {
	s := Summary{Layers: g.Layers(outputs...)}
	if len(s.Layers) == 0 {
		return s
	}
	reached := (&plan{g: g}).order(outputs)
	for _, l := range g.inputs {
		if slices.Contains(reached, l.node.n) && l.node != g.step {
			s.Inputs = append(s.Inputs, l.node)
		}
	}
	return s
}

// Parameters returns how many numbers the layers train.
func (s Summary) Parameters() int {
	n := 0
	for _, l := range s.Layers {
		n += l.Parameters
	}
	return n
}

// MACs returns the multiply-adds of the layers.
func (s Summary) MACs() int {
	n := 0
	for _, l := range s.Layers {
		n += l.MACs
	}
	return n
}

// rows are the lines of the table: layer, operation, output, receptive field,
// parameters, multiply-adds.
func (s Summary) rows() [][6]string {
	rows := [][6]string{{"layer", "operation", "output", "field", "parameters", "multiply-adds"}}
	for _, x := range s.Inputs {
		rows = append(rows, [6]string{"", "input", brackets(x.shape()), "", "", ""})
	}
	for _, l := range s.Layers {
		field := ""
		if l.Field[0] > 0 {
			field = fmt.Sprintf("%d×%d", l.Field[0], l.Field[1])
		}
		rows = append(rows, [6]string{l.Name, l.String(), brackets(l.Output), field, thousands(l.Parameters), thousands(l.MACs)})
	}
	return append(rows, [6]string{"total", "", "", "", thousands(s.Parameters()), thousands(s.MACs())})
}

// String is the table as text.
func (s Summary) String() string {
	var b strings.Builder
	for _, r := range s.rows() {
		line := fmt.Sprintf("%-24s %-16s %-20s %9s %12s %14s", r[0], r[1], r[2], r[3], r[4], r[5])
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// HTML is the table as a notebook shows it.
func (s Summary) HTML() string {
	rows := s.rows()
	var b strings.Builder
	b.WriteString("<table>\n")
	for i, r := range rows {
		cell := "td"
		if i == 0 || i == len(rows)-1 {
			cell = "th"
		}
		b.WriteString("<tr>")
		for k, text := range r {
			align := "left"
			if k >= 3 {
				align = "right"
			}
			fmt.Fprintf(&b, `<%s style="text-align:%s">%s</%s>`, cell, align, html.EscapeString(text), cell)
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
	return b.String()
}

// String is the operation with its window and its stride: "Conv2d 3×3/2".
func (l Layer) String() string {
	if l.Kernel[0] == 0 {
		return l.Operation
	}
	text := fmt.Sprintf("%s %d×%d", l.Operation, l.Kernel[0], l.Kernel[1])
	if l.Stride != [2]int{1, 1} {
		text += fmt.Sprintf("/%d", l.Stride[0])
	}
	return text
}

// brackets writes a shape as the comments do: [N, C, H, W].
func brackets(shape []int) string {
	text := shapeString(shape)
	return "[" + text[1:len(text)-1] + "]"
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
