package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/graph"
)

func TestRun_feeds(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x, i, unused := g.Input("x", 2, 2), g.InputInts("i", 3), g.Input("unused", 5)
	w := g.Scope().Param("w", graph.Constant(1), 2, 2)
	y := x.Mul(w).Sum()
	prog := compiled(t, g, y, i)
	other := graph.New(g.Store(), graph.Train).Input("x", 2, 2)
	four, three := make([]float32, 4), make([]int, 3)
	// Each wrong run is the first of a program.
	for name, c := range map[string]struct {
		feeds []graph.Feed
		want  string
	}{
		"nothing":         {nil, "input x(2, 2) is not fed"},
		"one missing":     {[]graph.Feed{x.Feed(four)}, "input i(3) is not fed"},
		"too few":         {[]graph.Feed{x.Feed(four[:3])}, "3 values for input x(2, 2), expected 4"},
		"too many":        {[]graph.Feed{i.FeedInts(make([]int, 4))}, "4 values for input i(3), expected 3"},
		"empty":           {[]graph.Feed{x.Feed(nil)}, "0 values for input x(2, 2), expected 4"},
		"ints for floats": {[]graph.Feed{x.FeedInts(make([]int, 4))}, "input x(2, 2): expected float32 numbers"},
		"floats for ints": {[]graph.Feed{i.Feed(four[:3])}, "input i(3): expected int numbers"},
		"a parameter":     {[]graph.Feed{w.Feed(four)}, "w(2, 2) is no input"},
		"a result":        {[]graph.Feed{y.Feed(four[:1])}, "Sum() is no input"},
		"another graph":   {[]graph.Feed{other.Feed(four)}, "a feed for a node of another graph"},
		"no node":         {[]graph.Feed{{}}, "a feed for a node of another graph"},
	} {
		if err := compiled(t, g, y, i).Run(c.feeds...); err == nil || !strings.Contains(err.Error(), "Run: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	// What a run is not fed keeps its value; an input that nothing needs may be fed.
	ran(t, prog, x.Feed([]float32{1, 2, 3, 4}), i.FeedInts(three), unused.Feed(make([]float32, 5)))
	ran(t, prog, i.FeedInts([]int{7, 8, 9}))
	if prog.Loss() != 10 || !slices.Equal(prog.Values(i), []float64{7, 8, 9}) {
		t.Errorf("loss %v, i %v", prog.Loss(), prog.Values(i))
	}
	// float64s for a float32 graph are rounded.
	ran(t, prog, x.FeedFloat64s([]float64{0.1, 0, 0, 0}))
	if got := prog.Loss(); got != float64(float32(0.1)) {
		t.Errorf("loss %v", got)
	}
	// A feed is copied.
	data := []float32{1, 1, 1, 1}
	ran(t, prog, x.Feed(data))
	data[0] = 100
	if ran(t, prog); prog.Loss() != 4 {
		t.Errorf("loss %v, want 4", prog.Loss())
	}
}

func TestRun_ints(t *testing.T) {
	g := graph.New(graph.NewStore(graph.Float64, 1), graph.Eval)
	ids := g.InputInts("ids", 4, 2)
	table := g.Scope().Param("table", graph.Constant(0), 3, 1)
	if err := g.Store().Param("table").SetValues([]float64{10, 20, 30}); err != nil {
		t.Fatal(err)
	}
	rows := ids.Slice(0, 1, 3)
	flat := rows.Reshape(-1)
	y := table.Embedding(flat)
	prog := compiled(t, g, nil, rows, y, ids.Slice(0, 3, 4).Reshape(2).Slice(0, 1, 2).Reshape(), flat)
	ran(t, prog, ids.FeedInts([]int{0, 0, 1, 2, 2, 0, 0, 1}))
	if got := prog.Values(rows); !slices.Equal(got, []float64{1, 2, 2, 0}) || !slices.Equal(rows.Shape(), []int{2, 2}) {
		t.Errorf("rows %v %v", rows.Shape(), got)
	}
	if got := prog.Values(y); !slices.Equal(got, []float64{20, 30, 30, 10}) {
		t.Errorf("embedding %v", got)
	}
	if got := prog.Value(rows).Data(); !slices.Equal(got.([]int), []int{1, 2, 2, 0}) {
		t.Errorf("value %v", got)
	}
	last := g.InputInts("last")
	prog = ran(t, compiled(t, g, nil, last), last.FeedInts([]int{5}))
	if prog.Scalar(last) != 5 {
		t.Errorf("scalar %v", prog.Scalar(last))
	}
	for _, bad := range [][]int{{0, 0, 3, 2, 2, 0, 0, 1}, {0, 0, 1, 2, 2, -1, 0, 1}} {
		p := compiled(t, g, nil, y)
		err := p.Run(ids.FeedInts(bad))
		if err == nil || !strings.Contains(err.Error(), "Embedding: table(3, 1), Reshape(4): index ") || !strings.Contains(err.Error(), "expected 0 to 2") {
			t.Errorf("index out of range: %v", err)
		}
	}
}

func TestRun_labelOutOfRange(t *testing.T) {
	for _, bad := range []int{-1, 3} {
		g := graph.New(graph.NewStore(graph.Float64, 1), graph.Train)
		z, y := g.Scope().Param("z", graph.Constant(0), 2, 3), g.Labels("y", 2)
		prog := compiled(t, g, z.LogSoftmax(1).NLL(y, graph.NLLOpts{}).Mean())
		err := prog.Run(y.FeedInts([]int{0, bad}))
		if err == nil || !strings.Contains(err.Error(), "NLL: LogSoftmax(2, 3), y(2): label ") || !strings.Contains(err.Error(), "at position 1, expected 0 to 2") {
			t.Errorf("label %d: %v", bad, err)
		}
		ran(t, prog, y.FeedInts([]int{0, 2}))
	}
}
