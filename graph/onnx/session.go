package onnx

import (
	"fmt"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/internal/onnxfile"
)

// Session runs a model. It keeps the weights, and where one graph computes all
// its program, for inputs of the same shapes.
type Session struct {
	m     *Model
	store *graph.Store
	last  *compiled
}

// compiled is a model that one graph computes.
type compiled struct {
	prog    *graph.Program
	inputs  map[string]*graph.Node
	given   map[string]*Array // inputs that were built in
	shapes  map[string][]int
	outputs map[string]*value
}

// Session returns a session of the model.
func (m *Model) Session() *Session {
	return &Session{m: m, store: graph.NewStore(graph.Float32, 1)}
}

// SetThreads sets the number of threads; n ≤ 0 means all.
func (s *Session) SetThreads(n int) {
	s.store.SetThreads(n)
	s.last = nil
}

// Run computes the outputs for the inputs, by name.
func (s *Session) Run(inputs map[string]*Array) (map[string]*Array, error) {
	if err := s.m.match(inputs); err != nil {
		return nil, err
	}
	if s.last != nil && s.last.fits(inputs) {
		return s.last.run(inputs)
	}
	s.last = nil
	g := graph.New(s.store, graph.Eval)
	b := newBuilder(s.m, g.Scope())
	f := b.enter(s.m.file.Graph, nil)
	c := &compiled{inputs: map[string]*graph.Node{}, given: map[string]*Array{}, shapes: map[string][]int{}, outputs: map[string]*value{}}
	for name, a := range inputs {
		v := known(name, a, true)
		c.shapes[name] = a.Shape
		if a.Type == onnxfile.Float32 && a.Len() > 0 && len(a.Shape) > 0 {
			x := g.Input(name, a.Shape...)
			b.fed = append(b.fed, feed{node: x, values: a.Float32s(), name: name})
			c.inputs[name] = x
			v.node, v.in = x, g
		} else {
			c.given[name] = a
		}
		f.values[name] = v
	}
	if err := g.Err(); err != nil {
		return nil, err
	}
	if err := b.run(s.m.file.Graph.Nodes, f, "graph"); err != nil {
		return nil, err
	}
	for _, o := range s.m.file.Graph.Outputs {
		v := f.find(o.Name)
		if v == nil {
			return nil, errors.Errorf("output %q has no value", o.Name)
		}
		c.outputs[o.Name] = v
	}
	if b.parts > 0 {
		return b.arrays(c.outputs, f)
	}
	var nodes []*graph.Node
	for _, v := range c.outputs {
		if v.node != nil {
			nodes = append(nodes, v.node)
		}
	}
	if len(nodes) == 0 {
		return b.arrays(c.outputs, f)
	}
	var err error
	if c.prog, err = g.Compile(nil, nodes...); err != nil {
		return nil, err
	}
	if err := c.prog.Run(b.feeds()...); err != nil {
		return nil, err
	}
	s.last = c
	return c.results()
}

// arrays reads the outputs.
func (b *builder) arrays(outputs map[string]*value, f *frame) (map[string]*Array, error) {
	b.top = f
	out := map[string]*Array{}
	for name, v := range outputs {
		a, err := b.array(v)
		if err != nil {
			return nil, errors.Wrapf(err, "output %q", name)
		}
		out[name] = a
	}
	return out, nil
}

// fits reports whether the program computes the outputs for these inputs.
func (c *compiled) fits(inputs map[string]*Array) bool {
	for name, a := range inputs {
		if !slices.Equal(a.Shape, c.shapes[name]) {
			return false
		}
		if g := c.given[name]; g != nil && (g.Type != a.Type || !slices.Equal(g.I, a.I) || !slices.Equal(g.F, a.F)) {
			return false
		}
	}
	return true
}

func (c *compiled) run(inputs map[string]*Array) (map[string]*Array, error) {
	var feeds []graph.Feed
	for name, n := range c.inputs {
		feeds = append(feeds, n.Feed(inputs[name].Float32s()))
	}
	if err := c.prog.Run(feeds...); err != nil {
		return nil, err
	}
	return c.results()
}

func (c *compiled) results() (map[string]*Array, error) {
	out := map[string]*Array{}
	for name, v := range c.outputs {
		switch {
		case v.node != nil:
			out[name] = &Array{Type: v.dtype, Shape: v.shape, F: c.prog.Values(v.node)}
		case v.host != nil:
			out[name] = v.host
		default:
			a, err := (&builder{}).array(v)
			if err != nil {
				return nil, err
			}
			out[name] = a
		}
	}
	return out, nil
}

// match compares the inputs with what the file says of them.
func (m *Model) match(inputs map[string]*Array) error {
	declared := map[string]*onnxfile.ValueInfo{}
	free := map[string]int{}
	for _, v := range m.file.Graph.Inputs {
		declared[v.Name] = v
		a := inputs[v.Name]
		if a == nil {
			if m.stored[v.Name] == nil {
				return errors.Errorf("no value for input %s", port(v))
			}
			continue
		}
		if v.Type != onnxfile.Undefined && a.Type != v.Type {
			return errors.Errorf("input %s: elements of type %s, expected %s", v.Name, a.Type, v.Type)
		}
		if !v.Known {
			continue
		}
		if len(a.Shape) != len(v.Shape) {
			return errors.Errorf("input %s: shape %v, expected %s", v.Name, a.Shape, port(v))
		}
		for i, d := range v.Shape {
			if d.Size >= 0 && int(d.Size) != a.Shape[i] {
				return errors.Errorf("input %s: shape %v, expected %s", v.Name, a.Shape, port(v))
			}
			if d.Name == "" || d.Size >= 0 {
				continue
			}
			if before, seen := free[d.Name]; seen && before != a.Shape[i] {
				return errors.Errorf("input %s: shape %v, expected %s to be %d as before", v.Name, a.Shape, d.Name, before)
			}
			free[d.Name] = a.Shape[i]
		}
	}
	for name := range inputs {
		if declared[name] == nil {
			return errors.Errorf("no input %q, expected %s", name, portNames(m.Inputs()))
		}
	}
	return nil
}

func portNames(list []Port) string { return fmt.Sprint(list) }
