package graph_test

import (
	"hash"
	"hash/fnv"
	"slices"
	"strings"
	"testing"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/hocsau/hocsau/graph"
)

// userOp is what a user may bring: an operation on a float64 vector.
type userOp struct {
	name string
	do   func(x gorgonia.Value) (gorgonia.Value, error)
}

func (o *userOp) Arity() int { return 1 }
func (o *userOp) Type() hm.Type {
	v := gorgonia.TensorType{Dims: 1, Of: tensor.Float64}
	return hm.NewFnType(v, v)
}
func (o *userOp) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	return in[0].(tensor.Shape).Clone(), nil
}
func (o *userOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) { return o.do(in[0]) }
func (o *userOp) ReturnsPtr() bool                                { return false }
func (o *userOp) CallsExtern() bool                               { return false }
func (o *userOp) OverwritesInput() int                            { return -1 }
func (o *userOp) WriteHash(h hash.Hash)                           { _, _ = h.Write([]byte(o.name)) }
func (o *userOp) Hashcode() uint32                                { h := fnv.New32a(); o.WriteHash(h); return h.Sum32() }
func (o *userOp) String() string                                  { return o.name }

func vector(v ...float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(v)), tensor.WithBacking(v))
}

func TestApply_userOperation(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	w := g.Scope().Param("w", graph.Constant(2), 3)
	x := g.Input("x", 3)
	triple := &userOp{"Triple", func(x gorgonia.Value) (gorgonia.Value, error) { return tensor.Mul(x, 3.) }}
	y := g.Apply(triple, x).Mul(w)
	prog := compiled(t, g, y.Sum(), y)
	for _, v := range []float64{1, 2} { // each run gives a result of its own
		ran(t, prog, x.FeedFloat64s([]float64{v, v, v}))
		if got, want := prog.Values(y), []float64{6 * v, 6 * v, 6 * v}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if got, want := prog.Gradient(w), []float64{3 * v, 3 * v, 3 * v}; !slices.Equal(got, want) {
			t.Errorf("gradient %v, want %v", got, want)
		}
	}
	if got := prog.Memory().Allocating; !slices.Equal(got, []string{"Triple"}) {
		t.Errorf("allocating: %v", got)
	}
}

// TestApply_failures: what goes wrong in a user's operation is an error that
// names it, and the program stays usable.
func TestApply_failures(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(x gorgonia.Value) (gorgonia.Value, error)
		want string
	}{
		"panic":          {func(gorgonia.Value) (gorgonia.Value, error) { panic("overheated") }, "Boil: x(2): overheated"},
		"runtime panic":  {func(gorgonia.Value) (gorgonia.Value, error) { return nil, write(nil) }, "Boil: x(2): assignment to entry in nil map"},
		"error":          {func(gorgonia.Value) (gorgonia.Value, error) { return nil, errors.New("too hot") }, "Boil: x(2): too hot"},
		"another length": {func(gorgonia.Value) (gorgonia.Value, error) { return vector(1, 2, 3), nil }, "Boil: x(2): a result of 3 float64, expected 2 float64"},
		"another type": {func(gorgonia.Value) (gorgonia.Value, error) {
			return tensor.New(tensor.WithBacking([]float32{1, 2})), nil
		}, "Boil: x(2): a result of 2 float32, expected 2 float64"},
		"bool": {func(gorgonia.Value) (gorgonia.Value, error) {
			return tensor.New(tensor.WithBacking([]bool{true, false})), nil
		}, "a tensor of bool"},
		"nothing": {func(gorgonia.Value) (gorgonia.Value, error) { return nil, nil }, "a value of type <nil>"},
	} {
		fail := true
		o := &userOp{"Boil", func(x gorgonia.Value) (gorgonia.Value, error) {
			if fail {
				return c.do(x)
			}
			return x, nil
		}}
		g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
		x := g.Input("x", 2)
		y := g.Apply(o, x)
		prog := compiled(t, g, nil, y)
		if err := prog.Run(x.FeedFloat64s([]float64{4, 5})); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		fail = false
		ran(t, prog)
		if got := prog.Values(y); !slices.Equal(got, []float64{4, 5}) {
			t.Errorf("%s: afterwards %v", name, got)
		}
	}
}

// TestApply_inference: an operation that panics while it is built.
func TestApply_inference(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	x := g.Input("matrix", 2, 2)
	g.Apply(&userOp{name: "Boil"}, x)
	if err := g.Err(); err == nil || !strings.Contains(err.Error(), "Boil: matrix(2, 2)") {
		t.Errorf("got %v", err)
	}
}

func TestWrap_values(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	c := gorgonia.NewVector(g.Gorgonia(), tensor.Float64, gorgonia.WithShape(4), gorgonia.WithName("c"))
	w := g.Scope().Param("w", graph.Constant(1), 2, 2)
	wrapped := g.Wrap(c)
	y := wrapped.Reshape(2, 2).Mul(w) // a view of a leaf of Gorgonia
	prog := compiled(t, g, y.Sum(), y)
	if err := prog.Run(); err == nil || !strings.Contains(err.Error(), "the leaf c has no value; gorgonia.Let") {
		t.Errorf("without a value: %v", err)
	}
	for _, v := range [][]float64{{1, 2, 3, 4}, {5, 6, 7, 8}} {
		if err := gorgonia.Let(c, vector(v...)); err != nil {
			t.Fatal(err)
		}
		ran(t, prog)
		if got := prog.Values(y); !slices.Equal(got, v) {
			t.Errorf("got %v, want %v", got, v)
		}
		if got := prog.Gradient(w); !slices.Equal(got, v) {
			t.Errorf("gradient %v, want %v", got, v)
		}
	}
	if err := prog.Run(wrapped.FeedFloat64s(make([]float64, 4))); err == nil || !strings.Contains(err.Error(), "c(4) is no input") {
		t.Errorf("feeding a wrapped leaf: %v", err)
	}
}

// TestWrap_withoutGradient: a loss cannot go through an operation that
// differentiation does not know, unless Apply brought it in.
func TestWrap_withoutGradient(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	w := g.Scope().Param("w", graph.Constant(2), 3)
	y := g.Wrap(must(gorgonia.ApplyOp(&userOp{name: "Boil"}, w.Gorgonia())))
	if _, err := g.Compile(y.Sum()); err == nil || !strings.Contains(err.Error(), "Boil(3) has no symbolic gradient; Apply") {
		t.Errorf("got %v", err)
	}
}

func TestWrap_constantsAndScalars(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x := g.Input("x", 2)
	three := gorgonia.NewConstant(float32(3))
	sum := must(gorgonia.Add(x.Gorgonia(), three))
	y := g.Wrap(must(gorgonia.Sum(must(gorgonia.Square(sum)))))
	s := g.Wrap(gorgonia.NewScalar(g.Gorgonia(), tensor.Float32, gorgonia.WithName("s"), gorgonia.WithValue(float32(10))))
	prog := ran(t, compiled(t, g, nil, y.Add(s), y), x.Feed([]float32{1, 2}))
	if got := prog.Scalar(y); got != 4*4+5*5 {
		t.Errorf("got %v, want 41", got)
	}
}

func TestWrap_refuses(t *testing.T) {
	other := gorgonia.NewGraph()
	for name, n := range map[string]*gorgonia.Node{
		"another graph": gorgonia.NewScalar(other, tensor.Float64),
		"nil":           nil,
	} {
		g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
		g.Wrap(n)
		if err := g.Err(); err == nil || !strings.Contains(err.Error(), "Wrap: the node belongs to another expression graph") {
			t.Errorf("%s: %v", name, err)
		}
	}
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	b := g.Wrap(gorgonia.NewVector(g.Gorgonia(), tensor.Bool, gorgonia.WithShape(2), gorgonia.WithName("flags")))
	if _, err := g.Compile(nil, b); err == nil || !strings.Contains(err.Error(), "flags: numbers of type bool, expected") {
		t.Errorf("bool: %v", err)
	}
	if b.Tanh(); g.Err() == nil || !strings.Contains(g.Err().Error(), "Tanh: flags(2): expected floating-point numbers") {
		t.Errorf("tanh of bool: %v", g.Err())
	}
}

// TestWrap_random: an operation of Gorgonia without operands or value is run.
func TestWrap_random(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	r := g.Wrap(gorgonia.UniformRandomNode(g.Gorgonia(), tensor.Float64, 2, 3, 5))
	prog := ran(t, compiled(t, g, nil, r))
	for _, v := range prog.Values(r) {
		if v < 2 || v > 3 {
			t.Errorf("got %v, want between 2 and 3", v)
		}
	}
}

// TestWrap_views: results of stock operations that are transposed or not
// contiguous are read in the order of their shape.
func TestWrap_views(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
	x := g.Input("x", 2, 3)
	transposed := g.Wrap(must(gorgonia.Transpose(x.Gorgonia(), 1, 0)))
	column := g.Wrap(must(gorgonia.Slice(x.Gorgonia(), nil, gorgonia.S(1))))
	both := g.Wrap(must(gorgonia.Slice(must(gorgonia.Transpose(x.Gorgonia(), 1, 0)), gorgonia.S(1, 3))))
	twice := transposed.Scale(2)
	prog := ran(t, compiled(t, g, nil, transposed, column, both, twice), x.FeedFloat64s([]float64{1, 2, 3, 4, 5, 6}))
	for n, want := range map[*graph.Node][]float64{
		transposed: {1, 4, 2, 5, 3, 6}, column: {2, 5}, both: {2, 5, 3, 6}, twice: {2, 8, 4, 10, 6, 12},
	} {
		if got := prog.Values(n); !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", n, got, want)
		}
	}
}

// write changes a map, which panics where it is nil.
func write(m map[string]int) error {
	m["a"] = 1
	return nil
}
