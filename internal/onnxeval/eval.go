package onnxeval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/machine"
	"github.com/hocsau/hocsau/internal/onnxfile"
)

// ErrUnsupported is the cause of an error about an operator that is not known.
var ErrUnsupported = errors.New("operator not supported")

// Call is one use of an operator. An input that is left out is nil.
type Call struct {
	Node   *onnxfile.Node
	Opset  int64
	Inputs []*Array
	// Run computes a graph within the node, given values for its inputs.
	Run func(g *onnxfile.Graph, inputs []*Array) ([]*Array, error)
}

// call is a Call with the first error met.
type call struct {
	Call
	err     error
	collect func(axis int, taps [][]tap) // takes the weights of a resize instead
}

// operator computes its outputs, or notes an error.
type operator func(c *call) []*Array

// Supported reports whether the operator is known.
func Supported(opType string) bool {
	_, ok := find(opType)
	return ok
}

func find(opType string) (operator, bool) {
	for _, t := range []map[string]operator{elementwise, arranging, folding, choosing, casting, sliding, multiplying, normalising, sequences, controlling} {
		if f, ok := t[opType]; ok {
			return f, true
		}
	}
	return nil, false
}

// Eval computes the outputs of a node.
func Eval(in Call) (out []*Array, err error) {
	c := &call{Call: in}
	f, ok := find(in.Node.OpType)
	if !ok {
		return nil, errors.Wrapf(ErrUnsupported, "operator %s", in.Node.OpType)
	}
	defer func() {
		if v := recover(); v != nil { // an index that no check foresaw
			err = errors.Errorf("%s: inputs %s do not fit together: %v", in.Node.OpType, c.signature(), v)
		}
	}()
	out = f(c)
	if c.err != nil {
		return nil, errors.Wrapf(c.err, "%s: inputs %s", in.Node.OpType, c.signature())
	}
	return out, nil
}

func (c *call) signature() string {
	var parts []string
	for _, a := range c.Inputs {
		if a == nil {
			parts = append(parts, "none")
		} else {
			parts = append(parts, fmt.Sprintf("%s%v", a.Type, a.Shape))
		}
	}
	return strings.Join(parts, ", ")
}

// fail notes an error and returns no outputs.
func (c *call) fail(format string, args ...any) []*Array {
	if c.err == nil {
		c.err = errors.Errorf(format, args...)
	}
	return nil
}

// unsupported notes that a form of an operator is not known.
func (c *call) unsupported(what string) []*Array {
	if c.err == nil {
		c.err = errors.Wrap(ErrUnsupported, what)
	}
	return nil
}

// in returns input i, which must be there.
func (c *call) in(i int) *Array {
	if a := c.maybe(i); a != nil {
		return a
	}
	c.fail("input %d is missing", i)
	return New(onnxfile.Float32, []int{0})
}

// maybe returns input i, nil where it is left out.
func (c *call) maybe(i int) *Array {
	if i < len(c.Inputs) {
		return c.Inputs[i]
	}
	return nil
}

func (c *call) attr(name string) *onnxfile.Attribute { return c.Node.Attribute(name) }

func (c *call) has(name string) bool { return c.attr(name) != nil }

func (c *call) int(name string, none int) int {
	if a := c.attr(name); a != nil {
		return int(a.I)
	}
	return none
}

func (c *call) float(name string, none float64) float64 {
	if a := c.attr(name); a != nil {
		return float64(a.F)
	}
	return none
}

func (c *call) text(name, none string) string {
	if a := c.attr(name); a != nil {
		return a.S
	}
	return none
}

// ints returns the attribute's list; nil where there is none.
func (c *call) ints(name string) []int {
	a := c.attr(name)
	if a == nil {
		return nil
	}
	v := make([]int, len(a.Ints))
	for i, x := range a.Ints {
		v[i] = int(x)
	}
	return v
}

// list returns integers that an attribute holds in old versions and input i in
// new ones.
func (c *call) list(name string, i int) (v []int, given bool) {
	if a := c.maybe(i); a != nil {
		return a.Ints(), true
	}
	if c.has(name) {
		return c.ints(name), true
	}
	return nil, false
}

// axis resolves an axis that may count from the end.
func (c *call) axis(axis, rank int) int {
	a := axis
	if a < 0 {
		a += rank
	}
	if a < 0 || a >= max(1, rank) {
		c.fail("axis %d of %d", axis, rank)
		return 0
	}
	return a
}

// axes resolves a list of axes.
func (c *call) axes(list []int, rank int) []int {
	out := make([]int, len(list))
	for i, a := range list {
		out[i] = c.axis(a, rank)
	}
	slices.Sort(out)
	return out
}

// room refuses results that no memory holds.
func (c *call) room(shape []int) bool {
	err := Room(shape)
	if err != nil && c.err == nil {
		c.err = err
	}
	return err == nil
}

// Room returns an error where no array of the shape can be made.
func Room(shape []int) error {
	const most, asked = 1 << 31, 64 << 20
	n := 1
	for _, d := range shape {
		if d < 0 || d > 0 && n > most/d {
			return errors.Errorf("a result of shape %v, expected sizes from 0 whose product is at most 2^31", shape)
		}
		n *= d
	}
	if bytes := 8 * n; bytes > asked {
		if room, known := machine.Room(); known && bytes > room {
			return errors.Errorf("a result of shape %v takes %d bytes, this process can have %d", shape, bytes, room)
		}
	}
	return nil
}

func one(a *Array) []*Array { return []*Array{a} }
