package graph_test

import (
	"slices"
	"testing"

	"github.com/hocsau/hocsau/graph"
)

// TestLayers: what each layer reads and how much of the picture it sees, of a
// small network with a branch.
func TestLayers(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	s := g.Scope()
	x := g.Input("x", 1, 2, 12, 10)
	conv := x.Conv(s.At("conv").Param("weight", nil, 3, 2, 5, 3), nil, graph.ConvOpts{Stride: []int{2, 1}, Pad: [][2]int{{2, 2}, {1, 1}}})
	pool := conv.MaxPool2d(2)
	wide := conv.Conv(s.At("wide").Param("weight", nil, 3, 3, 3, 3), nil, graph.ConvOpts{Dilation: []int{2}, Pad: [][2]int{{2, 2}}}).Subsample(2)
	sum := pool.Add(wide)
	y := sum.Flatten().MatMul(s.At("fc").Param("weight", nil, 3*3*5, 4))
	if err := g.Err(); err != nil {
		t.Fatal(err)
	}
	type row struct {
		name, operation string
		inputs          []int
		kernel, field   [2]int
	}
	var got []row
	for _, l := range g.Layers(y) {
		got = append(got, row{l.Name, l.Operation, l.Inputs, l.Kernel, l.Field})
	}
	want := []row{
		{"conv", "Conv2d", []int{-1}, [2]int{5, 3}, [2]int{5, 3}},
		{"", "MaxPool2d", []int{0}, [2]int{2, 2}, [2]int{7, 4}},
		{"wide", "Conv2d", []int{0}, [2]int{3, 3}, [2]int{13, 7}},
		{"", "Subsample", []int{2}, [2]int{}, [2]int{13, 7}},
		{"", "Add", []int{1, 3}, [2]int{}, [2]int{13, 7}},
		// 3 × 5 elements, 4 rows and 2 columns apart
		{"fc", "MatMul", []int{4}, [2]int{}, [2]int{13 + 2*4, 7 + 4*2}},
	}
	if !slices.EqualFunc(got, want, func(a, b row) bool {
		return a.name == b.name && a.operation == b.operation && slices.Equal(a.inputs, b.inputs) && a.kernel == b.kernel && a.field == b.field
	}) {
		t.Errorf("got\n%v, want\n%v", got, want)
	}
}
