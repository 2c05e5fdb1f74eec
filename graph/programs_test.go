package graph_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/graph"
)

// sized is a program of a set with the nodes that a test feeds and reads.
type sized struct {
	x, y, logits *graph.Node
	prog         *graph.Program
}

// sizedPrograms returns a set of LeNets and a function that gives the one of a
// batch size.
func sizedPrograms(t rapid.TB, store *graph.Store) func(n int) sized {
	nodes := map[*graph.Program]sized{}
	set := graph.NewPrograms(store, graph.Train, func(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
		x, y, logits, loss := lenet(g, size.Batch)
		prog, err := compile(loss, logits)
		if err == nil {
			nodes[prog] = sized{x, y, logits, prog}
		}
		return prog, err
	})
	return func(n int) sized {
		t.Helper()
		prog, err := set.For(graph.Size{Batch: n})
		if err != nil {
			t.Fatal(err)
		}
		return nodes[prog]
	}
}

func (s sized) run(t rapid.TB, n int) (loss float64, logits []float64) {
	t.Helper()
	images, labels := digits(n)
	if err := s.prog.Run(s.x.Feed(images), s.y.FeedInts(labels)); err != nil {
		t.Fatal(err)
	}
	return s.prog.Loss(), s.prog.Values(s.logits)
}

// TestPrograms_shareTheArena: programs made before a larger one go on giving
// what they would alone.
func TestPrograms_shareTheArena(t *testing.T) {
	alone := map[int]sized{}
	for _, n := range []int{2, 3, 8} {
		alone[n] = sizedPrograms(t, graph.NewStore(graph.Float32, 1))(n)
	}
	get := sizedPrograms(t, graph.NewStore(graph.Float32, 1))
	for _, n := range []int{2, 3, 8, 2, 8, 3, 2} { // grows twice, then is used again
		gotLoss, got := get(n).run(t, n)
		wantLoss, want := alone[n].run(t, n)
		if gotLoss != wantLoss {
			t.Errorf("batch %d: loss %v, want %v", n, gotLoss, wantLoss)
		}
		sameBits(t, fmt.Sprintf("batch %d: logits", n), got, want)
		for i, vg := range get(n).prog.Gradients() {
			sameBits(t, fmt.Sprintf("batch %d: gradient %d", n, i), gradientOf(t, vg), gradientOf(t, alone[n].prog.Gradients()[i]))
		}
	}
	small, large := grad(t, get(2).prog), grad(t, get(8).prog)
	if small.Uintptr() != large.Uintptr() {
		t.Error("the programs of a set keep gradients of their own")
	}
}

// grad returns the gradient of the first parameter.
func grad(t rapid.TB, prog *graph.Program) gorgonia.Value {
	t.Helper()
	d, err := prog.Gradients()[0].Grad()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPrograms_keepsTheLastSixteen(t *testing.T) {
	built := map[int]int{}
	set := graph.NewPrograms(graph.NewStore(graph.Float64, 1), graph.Eval, func(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
		built[size.Batch]++
		return compile(nil, g.Input("x", size.Batch).Tanh())
	})
	get := func(n int) *graph.Program {
		t.Helper()
		prog, err := set.For(graph.Size{Batch: n})
		if err != nil {
			t.Fatal(err)
		}
		return prog
	}
	first := get(1)
	for n := 2; n <= 16; n++ {
		get(n)
	}
	if get(1) != first || built[1] != 1 {
		t.Error("a program that is kept was made again")
	}
	get(17) // drops 2, the one used longest ago
	for _, n := range []int{1, 3, 17, 2} {
		get(n)
	}
	if built[1] != 1 || built[3] != 1 || built[17] != 1 || built[2] != 2 {
		t.Errorf("built %v", built)
	}
	if p, err := set.For(graph.Size{Batch: 3, Length: 4}); err != nil || p == get(3) {
		t.Errorf("another length gives the same program, or %v", err)
	}
}

func TestPrograms_failure(t *testing.T) {
	broken := errors.New("no such model")
	set := graph.NewPrograms(graph.NewStore(graph.Float64, 1), graph.Eval, func(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
		if size.Batch == 1 {
			return nil, broken
		}
		return compile(nil, g.Input("x", size.Batch, 0))
	})
	if _, err := set.For(graph.Size{Batch: 1, Length: 7}); !errors.Is(err, broken) || !strings.Contains(err.Error(), "batch size 1, length 7: no such model") {
		t.Errorf("got %v", err)
	}
	if _, err := set.For(graph.Size{Batch: 2}); err == nil || !strings.Contains(err.Error(), "batch size 2: input x: shape [2 0]") {
		t.Errorf("got %v", err)
	}
}

// TestPrograms_anyOrder: whatever the order of sizes, each run gives what a
// program of its own gives.
func TestPrograms_anyOrder(t *testing.T) {
	build := func(g *graph.Graph, n int) (x, y *graph.Node) {
		x = g.Input("x", n, 3)
		w := g.Scope().Param("w", graph.Constant(0.5), 3, 3)
		return x, x.MatMul(w).Tanh().Mul(x).Add(x.Sigmoid()).MatMul(w).Sum()
	}
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(1, 20), 1, 30).Draw(t, "sizes")
		store := graph.NewStore(graph.Float64, 1)
		inputs := map[*graph.Program]*graph.Node{}
		set := graph.NewPrograms(store, graph.Train, func(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
			x, y := build(g, size.Batch)
			prog, err := compile(y)
			inputs[prog] = x
			return prog, err
		})
		for i, n := range sizes {
			values := make([]float64, 3*n)
			awayFromZero(rand.New(rand.NewPCG(uint64(i), 1)), nil, values)
			prog, err := set.For(graph.Size{Batch: n})
			if err != nil {
				t.Fatal(err)
			}
			if err := prog.Run(inputs[prog].FeedFloat64s(values)); err != nil {
				t.Fatal(err)
			}
			g := graph.New(store, graph.Train)
			x, y := build(g, n)
			alone, err := g.Compile(y)
			if err != nil {
				t.Fatal(err)
			}
			if err := alone.Run(x.FeedFloat64s(values)); err != nil {
				t.Fatal(err)
			}
			got, want := valuesOf(t, grad(t, prog)), valuesOf(t, grad(t, alone))
			if prog.Loss() != alone.Loss() || !slices.Equal(got, want) {
				t.Fatalf("run %d, size %d: %v %v, want %v %v", i, n, prog.Loss(), got, alone.Loss(), want)
			}
		}
	})
}
