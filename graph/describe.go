package graph

import (
	"slices"
	"strings"

	"gorgonia.org/gorgonia"

	"github.com/hocsau/hocsau/internal/kernels/conv"
	"github.com/hocsau/hocsau/internal/kernels/pool"
	"github.com/hocsau/hocsau/internal/kernels/vec"
)

// Description says what an operation is: its name in the field's terms and its
// settings as the user gave them.
type Description struct {
	Name       string
	Attributes []Attribute
}

// Attribute is a setting of an operation: a bool, int, uint64, float64, string,
// []int or, for pairs before and after each axis, [][2]int.
type Attribute struct {
	Name  string
	Value any
}

// Attribute returns the value of that name, nil where there is none.
func (d Description) Attribute(name string) any {
	for _, a := range d.Attributes {
		if a.Name == name {
			return a.Value
		}
	}
	return nil
}

// Int returns the attribute of that name where it is an int, else 0.
func (d Description) Int(name string) int { v, _ := d.Attribute(name).(int); return v }

// Ints returns the attribute of that name where it is a list of ints, else nil.
func (d Description) Ints(name string) []int { v, _ := d.Attribute(name).([]int); return v }

// Float returns the attribute of that name where it is a float64, else 0.
func (d Description) Float(name string) float64 { v, _ := d.Attribute(name).(float64); return v }

// Bool returns the attribute of that name where it is a bool, else false.
func (d Description) Bool(name string) bool { v, _ := d.Attribute(name).(bool); return v }

// Text returns the attribute of that name where it is a string, else "".
func (d Description) Text(name string) string { v, _ := d.Attribute(name).(string); return v }

// Pairs returns the attribute of that name where it is a list of pairs, else nil.
func (d Description) Pairs(name string) [][2]int { v, _ := d.Attribute(name).([][2]int); return v }

// describe makes a description of a name followed by names and values of
// attributes.
func describe(name string, settings ...any) Description {
	d := Description{Name: name}
	for i := 0; i+1 < len(settings); i += 2 {
		key, _ := settings[i].(string)
		d.Attributes = append(d.Attributes, Attribute{key, settings[i+1]})
	}
	return d
}

// gradient is the description of the operation's gradient.
func (d Description) gradient() Description {
	d.Name += "Gradient"
	return d
}

func convSettings(rank int, s *conv.Shape) []any {
	return []any{
		"kernel", slices.Clone(s.Kernel[3-rank:]), "stride", slices.Clone(s.Stride[3-rank:]), "dilation", slices.Clone(s.Dilation[3-rank:]),
		"pad", pairs(s.PadStart[3-rank:], s.PadEnd[3-rank:]), "groups", s.Groups,
	}
}

func poolSettings(rank int, s *pool.Shape, ceil bool) []any {
	return []any{
		"kernel", slices.Clone(s.Kernel[3-rank:]), "stride", slices.Clone(s.Stride[3-rank:]),
		"pad", pairs(s.PadStart[3-rank:], s.PadEnd[3-rank:]), "ceil", ceil,
	}
}

func pairs(before, after []int) [][2]int {
	p := make([][2]int, len(before))
	for i := range p {
		p[i] = [2]int{before[i], after[i]}
	}
	return p
}

// perAxis gives each axis its value of a list that has one for all or for each.
func perAxis[T any](list []T, rank int, none T) []T {
	all := make([]T, rank)
	for i := range all {
		all[i] = each(list, i, none)
	}
	return all
}

func sequence(lo, hi int) []int {
	var s []int
	for i := lo; i < hi; i++ {
		s = append(s, i)
	}
	return s
}

// settings names the constant of an element-wise function.
func (u unary) settings() []any {
	switch u.fn {
	case vec.Scale:
		return []any{"factor", u.alpha}
	case vec.Shift:
		return []any{"term", u.alpha}
	case vec.LeakyReLU, vec.LeakyReLUMax, vec.ELU, vec.ELUMax:
		return []any{"alpha", u.alpha}
	}
	if u.alpha != 0 {
		return []any{"alpha", u.alpha}
	}
	return nil
}

// Operation is an operation of a computation with its operands and results,
// as a writer of another format needs it.
type Operation struct {
	Description
	Inputs  []Value
	Outputs []Value // those that something reads; several where the operation has several results
}

// Role is what a value of a computation is.
type Role int

// The roles of values.
const (
	Result    Role = iota // of an operation
	Fed                   // an input, given to each run
	Parameter             // of the store, trained
	Buffer                // of the store, not trained
	Fixed                 // a constant
)

// Value is a value of a computation. Two values are one where their IDs are
// equal.
type Value struct {
	ID    int64
	Role  Role
	Name  string // of an input, parameter or buffer; of one of several results what it is
	Shape []int  // empty for a scalar
	Type  string // "float32", "float64" or "int"
	Node  *Node
}

// Computation is what leads to some nodes, operation by operation.
type Computation struct {
	Leaves     []Value // inputs, parameters, buffers, constants, in order of making
	Operations []Operation
	Outputs    []Value
}

// Describe returns what leads to the outputs in topological order, as the user
// built it: nothing is fused. Results that an operation of this package keeps in
// one memory, such as an LSTM's outputs and last states, are several outputs of
// one operation.
func (g *Graph) Describe(outputs ...*Node) (Computation, error) {
	var c Computation
	if g.err != nil {
		return c, g.err
	}
	if err := g.check("Describe", outputs...); err != nil {
		return c, err
	}
	at := map[*gorgonia.Node]int{} // the operation whose result a node is
	order := (&plan{g: g}).order(outputs)
	wanted, inParts := g.wanted(order, outputs), packed(order)
	for _, n := range order {
		if !wanted[n] {
			continue
		}
		if n.Op() == nil {
			c.Leaves = append(c.Leaves, g.value(n))
			continue
		}
		read := children(n)
		if name, ok := partOf(n); ok {
			i := at[read[0]]
			v := g.value(n)
			v.Name = name
			c.Operations[i].Outputs = append(c.Operations[i].Outputs, v)
			continue
		}
		o := Operation{Description: g.description(n)}
		for _, in := range unpacked(n, read) {
			o.Inputs = append(o.Inputs, g.value(in))
		}
		if !inParts[n] {
			o.Outputs = []Value{g.value(n)}
		}
		at[n] = len(c.Operations)
		c.Operations = append(c.Operations, o)
	}
	for _, n := range outputs {
		c.Outputs = append(c.Outputs, g.value(n.n))
	}
	return c, nil
}

// wanted finds the nodes that lead to the outputs when operands that are joined
// for a kernel's sake alone are taken one by one.
func (g *Graph) wanted(order []*gorgonia.Node, outputs []*Node) map[*gorgonia.Node]bool {
	wanted := map[*gorgonia.Node]bool{}
	for _, n := range outputs {
		wanted[n.n] = true
	}
	for _, n := range slices.Backward(order) {
		if !wanted[n] {
			continue
		}
		if _, ok := partOf(n); ok {
			wanted[children(n)[0]] = true
			continue
		}
		for _, in := range unpacked(n, children(n)) {
			wanted[in] = true
		}
	}
	return wanted
}

// unpacked returns the operands of n, of which the statistics of a
// normalisation are two.
func unpacked(n *gorgonia.Node, read []*gorgonia.Node) []*gorgonia.Node {
	o, ok := n.Op().(*op)
	if !ok {
		return read
	}
	if _, ok := o.kernel.(batchNorm); !ok {
		return read
	}
	from, ok := read[1].Op().(*op)
	if !ok {
		return read
	}
	if k, ok := from.kernel.(concat); ok && len(k.blocks) == 2 {
		return slices.Concat(read[:1], children(read[1]), read[2:])
	}
	return read
}

// partOf reports whether n is one of the results that its operand holds
// together, and which.
func partOf(n *gorgonia.Node) (name string, ok bool) {
	o, ok := n.Op().(*op)
	if !ok {
		return "", false
	}
	v, ok := o.kernel.(view)
	if !ok || v.name == "Reshape" || v.name == "Slice" {
		return "", false
	}
	from := children(n)[0]
	if _, ours := from.Op().(*op); !ours || len(from.Shape()) != 1 || from.Shape().TotalSize() <= max(1, n.Shape().TotalSize()) {
		return "", false
	}
	return v.name, true
}

// packed finds the nodes of which all readers take parts.
func packed(order []*gorgonia.Node) map[*gorgonia.Node]bool {
	parts, whole := map[*gorgonia.Node]bool{}, map[*gorgonia.Node]bool{}
	for _, n := range order {
		_, part := partOf(n)
		for _, c := range children(n) {
			if part {
				parts[c] = true
			} else {
				whole[c] = true
			}
		}
	}
	for n := range whole {
		delete(parts, n)
	}
	return parts
}

// description is that of an operation of this package, or of Gorgonia.
func (g *Graph) description(n *gorgonia.Node) Description {
	o, ok := n.Op().(*op)
	if !ok {
		if isSum(n) {
			return describe("Add")
		}
		return describe("Gorgonia", "operation", n.Op().String())
	}
	if v, ok := o.kernel.(view); ok {
		return v.within(children(n)[0].Shape(), n.Shape())
	}
	return o.kernel.describe()
}

// within is the description of a view of known shapes: a reshape, or a slice
// along the first axis that has more than one element.
func (v view) within(from, to []int) Description {
	if prod(from) == prod(to) {
		return describe("Reshape", "shape", slices.Clone(to))
	}
	for a := range min(len(from), len(to)) {
		if from[a] == to[a] && from[a] == 1 {
			continue
		}
		step := prod(from[a+1:])
		if len(from) != len(to) || !slices.Equal(from[a+1:], to[a+1:]) || v.offset%step != 0 {
			break
		}
		return describe("Slice", "axis", a, "start", v.offset/step, "end", v.offset/step+to[a])
	}
	return describe("Part", "offset", v.offset, "shape", slices.Clone(to))
}

// value describes a node.
func (g *Graph) value(n *gorgonia.Node) Value {
	v := Value{ID: n.ID(), Shape: n.Shape().Clone(), Node: &Node{g, n}, Type: "float32"}
	if k, ok := v.Node.kind(); ok && k != kindF32 {
		v.Type = strings.TrimSuffix(k.tensor().String(), "64") + map[bool]string{true: "64"}[k == kindF64]
	}
	if n.Op() != nil {
		if len(children(n)) == 0 {
			v.Role = Fixed
		}
		return v
	}
	switch l := g.leaves[n]; {
	case l == nil:
		v.Role = Fixed
	case l.param == nil:
		v.Role, v.Name = Fed, l.name
	case l.param.buffer:
		v.Role, v.Name = Buffer, l.name
	default:
		v.Role, v.Name = Parameter, l.name
	}
	return v
}

// Values returns the elements of a constant of the graph, or of a parameter or
// buffer of its store; nil for other nodes.
func (n *Node) Values() []float64 {
	if n.n == nil || n.n.Op() != nil {
		return nil
	}
	if l := n.g.leaves[n.n]; l != nil {
		if l.param == nil {
			return nil
		}
		return l.param.Values()
	}
	v := n.n.Value()
	if v == nil {
		return nil
	}
	b, err := valueBuf(v)
	if err != nil {
		return nil
	}
	return b.float64s()
}
